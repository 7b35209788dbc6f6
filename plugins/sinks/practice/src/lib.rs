//! The practice sink: delivers to the practice invoicing API. Joins the contract to the modules below it: `api` sends,
//! `decide` says what a delivery needs, `mapping` translates.

mod api;
mod decide;
mod mapping;
mod push;
mod wire;

use counterfoil_sdk::sink::{
    CustomersPage, Delivery, Documents, Pushed, Remote, RemoteDocument, SinkInfo, Window,
};
use counterfoil_sdk::{Error, Sink};

use crate::api::Api;
use crate::mapping::{abilities, remote_customer, remote_document};

/// The connector.
#[derive(Debug)]
pub struct Practice;

impl Sink for Practice {
    fn describe() -> Result<SinkInfo, Error> {
        let api = Api::open()?;
        let info = api.info()?;
        Ok(SinkInfo {
            abilities: abilities(&info, api.find_lag_ms()),
            extras: vec![],
        })
    }

    fn check() -> Result<String, Error> {
        let info = Api::open()?.info()?;
        Ok(format!("{} {} answers", info.name, info.version))
    }

    fn push(delivery: &Delivery) -> Result<Pushed, Error> {
        let api = Api::open()?;
        Ok(push::push(&api, delivery).unwrap_or_else(Pushed::failed))
    }

    fn find(references: &[String]) -> Result<Vec<RemoteDocument>, Error> {
        let api = Api::open()?;
        let found = api.find(references)?;
        Ok(found
            .into_iter()
            .map(|document| remote_document(document, api.url()))
            .collect())
    }

    fn list(window: &Window, cursor: Option<&str>) -> Result<Documents, Error> {
        let api = Api::open()?;
        let page = api.list(&window.first_day, &window.last_day, cursor)?;
        let items = page
            .items
            .into_iter()
            .map(|document| remote_document(document, api.url()))
            .collect();
        Ok(Documents {
            items,
            next: page.next,
        })
    }

    fn void(reference: &str, remote: &Remote) -> Result<Pushed, Error> {
        let api = Api::open()?;
        Ok(push::void(&api, reference, remote).unwrap_or_else(Pushed::failed))
    }

    fn customers(cursor: Option<&str>) -> Result<CustomersPage, Error> {
        let page = Api::open()?.customers(cursor)?;
        let items = page.items.into_iter().map(remote_customer).collect();
        Ok(CustomersPage {
            items,
            next: page.next,
        })
    }
}

counterfoil_sdk::export_sink!(
    Practice,
    manifest = "../connector.toml",
    schema = "../config.schema.json"
);

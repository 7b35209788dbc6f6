//! The Odoo 19 sink: customer invoices and credit notes through its JSON-2 API. Joins the contract to the modules below it:
//! `api` sends, `resolve` finds what is named, `rows` and `read_back` translate, `decide` and `push` carry out.

mod api;
mod decide;
mod describe;
mod push;
mod read_back;
mod resolve;
mod rows;
mod settings;
mod wire;

use counterfoil_sdk::sink::{
    CustomersPage, Delivery, Documents, Pushed, Remote, RemoteCustomer, RemoteDocument, SinkInfo,
    Window,
};
use counterfoil_sdk::{Error, Sink};
use serde_json::json;

use crate::api::Api;
use crate::wire::Partner;

/// Documents or customers of a page.
const PAGE_ITEMS: u32 = 200;

/// The connector.
#[derive(Debug)]
pub struct Odoo;

impl Sink for Odoo {
    fn describe() -> Result<SinkInfo, Error> {
        describe::describe(&Api::open()?)
    }

    fn check() -> Result<String, Error> {
        describe::check(&Api::open()?)
    }

    fn push(delivery: &Delivery) -> Result<Pushed, Error> {
        let api = Api::open()?;
        Ok(push::push(&api, delivery).unwrap_or_else(Pushed::failed))
    }

    fn find(references: &[String]) -> Result<Vec<RemoteDocument>, Error> {
        let api = Api::open()?;
        let found = read_back::by_references(&api, references)?;
        Ok(found
            .into_iter()
            .map(|one| one.into_remote_document(api.settings.url()))
            .collect())
    }

    fn list(window: &Window, cursor: Option<&str>) -> Result<Documents, Error> {
        let api = Api::open()?;
        let after = after(cursor)?;
        let found = read_back::page(&api, &window.first_day, &window.last_day, after, PAGE_ITEMS)?;
        let next = next(found.len(), found.last().map(|one| one.head.id));
        let items = found
            .into_iter()
            .map(|one| one.into_remote_document(api.settings.url()))
            .collect();
        Ok(Documents { items, next })
    }

    fn void(reference: &str, remote: &Remote) -> Result<Pushed, Error> {
        let api = Api::open()?;
        Ok(push::void(&api, reference, remote).unwrap_or_else(Pushed::failed))
    }

    fn customers(cursor: Option<&str>) -> Result<CustomersPage, Error> {
        let api = Api::open()?;
        let domain = json!([["id", ">", after(cursor)?]]);
        let fields = ["ref", "name"];
        let found: Vec<Partner> =
            api.search("res.partner", &domain, &fields, "id", Some(PAGE_ITEMS))?;
        let next = next(found.len(), found.last().map(|one| one.id));
        let items = found
            .into_iter()
            .map(|partner| RemoteCustomer {
                id: partner.id.to_string(),
                reference: partner.reference,
                name: partner.name.unwrap_or_default(),
            })
            .collect();
        Ok(CustomersPage { items, next })
    }
}

/// A cursor is the last id of the page before: what is added meanwhile shifts nothing.
fn after(cursor: Option<&str>) -> Result<u32, Error> {
    let unreadable = |_| Error::invalid("the cursor is not one of this connector");
    cursor.map_or(Ok(0), |cursor| cursor.parse().map_err(unreadable))
}

fn next(count: usize, last: Option<u32>) -> Option<String> {
    let is_full = u32::try_from(count).is_ok_and(|count| count >= PAGE_ITEMS);
    last.filter(|_| is_full).map(|last| last.to_string())
}

counterfoil_sdk::export_sink!(
    Odoo,
    manifest = "../connector.toml",
    schema = "../config.schema.json"
);

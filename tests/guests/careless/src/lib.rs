//! A sink that forgets the rules of writing requests; its settings say which. The tests of `core/host` run it.

use counterfoil_sdk::sink::{
    Delivery, Documents, Pushed, Remote, RemoteDocument, SinkInfo, Window,
};
use counterfoil_sdk::{Error, Request, Sink, settings};

struct Careless;

#[derive(serde::Deserialize)]
struct Settings {
    mode: String,
    url: String,
}

impl Sink for Careless {
    fn describe() -> Result<SinkInfo, Error> {
        Ok(SinkInfo {
            abilities: vec![("post".into(), "yes".into())],
            extras: vec![],
        })
    }

    fn check() -> Result<String, Error> {
        Ok("careless".into())
    }

    fn push(delivery: &Delivery) -> Result<Pushed, Error> {
        let settings: Settings = settings()?;
        let post = Request::post(format!("{}/invoices", settings.url))
            .credential("key")
            .idempotency_key(&delivery.content_digest)
            .json(&delivery.net);
        let sent = match settings.mode.as_str() {
            "post" => post.delivery(&delivery.reference).send(),
            "post-without-delivery" => post.send(),
            "post-foreign-delivery" => post.delivery("CF-ANOTHER").send(),
            "search" => Request::post(format!("{}/search/invoices", settings.url))
                .only_reads()
                .send(),
            "trap-after-post" => {
                post.delivery(&delivery.reference).send()?;
                panic!("after the request")
            }
            _ => panic!("before any request"),
        };
        Ok(
            match sent.and_then(counterfoil_sdk::Response::error_for_status) {
                Ok(response) => Pushed::created(
                    Remote {
                        id: response.text(),
                        number: None,
                        url: None,
                        version: None,
                    },
                    vec![],
                ),
                Err(error) => Pushed::failed(error),
            },
        )
    }

    fn find(_: &[String]) -> Result<Vec<RemoteDocument>, Error> {
        Ok(vec![])
    }

    fn list(_: &Window, _: Option<&str>) -> Result<Documents, Error> {
        Ok(Documents {
            items: vec![],
            next: None,
        })
    }
}

counterfoil_sdk::export_sink!(
    Careless,
    manifest = "../connector.toml",
    schema = "../config.schema.json"
);

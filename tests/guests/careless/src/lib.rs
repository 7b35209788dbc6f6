//! A sink that forgets the rules of writing requests, or answers nonsense; its settings say which. The tests of `core/host`
//! and of the pipeline run it.

use counterfoil_sdk::sink::{
    Delivery, DocumentKind, Documents, Pushed, Remote, RemoteDocument, RemoteState, SinkInfo,
    Window,
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
        let settings: Settings = settings()?;
        let lines_max = match settings.mode.as_str() {
            "describe-trap" => panic!("while describing"),
            "describe-nonsense" => "plenty",
            _ => "100",
        };
        let abilities = [("post", "yes"), ("find", "yes"), ("lines-max", lines_max)];
        Ok(SinkInfo {
            abilities: abilities
                .map(|(key, value)| (key.into(), value.into()))
                .into(),
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
            "loop" => spin(),
            "memory" => {
                std::hint::black_box(vec![1_u8; 64 << 20]);
                post.send()
            }
            "elsewhere" => Request::get("http://127.0.0.1:9/").send(),
            "no-id" => return Ok(Pushed::created(remote(""), vec![])),
            _ => panic!("before any request"),
        };
        Ok(
            match sent.and_then(counterfoil_sdk::Response::error_for_status) {
                Ok(response) => Pushed::created(remote(&response.text()), vec![]),
                Err(error) => Pushed::failed(error),
            },
        )
    }

    fn find(references: &[String]) -> Result<Vec<RemoteDocument>, Error> {
        let settings: Settings = settings()?;
        match settings.mode.as_str() {
            "find-trap" => panic!("while looking up"),
            "find-nonsense" => Ok(vec![RemoteDocument {
                remote: remote("7"),
                reference: references.first().cloned(),
                slot_digest: None,
                content_digest: None,
                kind: DocumentKind::Invoice,
                state: RemoteState::Posted,
                customer: None,
                currency: "EUR".into(),
                issue_date: None,
                net: "a lot".into(),
                lines: vec![],
                changed: None,
            }]),
            _ => Ok(vec![]),
        }
    }

    fn list(_: &Window, _: Option<&str>) -> Result<Documents, Error> {
        Ok(Documents {
            items: vec![],
            next: None,
        })
    }
}

fn remote(id: &str) -> Remote {
    Remote {
        id: id.into(),
        number: None,
        url: None,
        version: None,
    }
}

/// The counter keeps the compiler from seeing a loop without effect.
fn spin() -> ! {
    let mut turns = 0_u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}

counterfoil_sdk::export_sink!(
    Careless,
    manifest = "../connector.toml",
    schema = "../config.schema.json"
);

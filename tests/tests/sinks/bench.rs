//! A practice API, and the practice sink in the host connected to it.

use std::path::PathBuf;
use std::sync::Arc;

use counterfoil_host::sink::{Customer, Delivery, DocumentKind, Finalize, Line, Outcome, Remote};
use counterfoil_host::{
    Connector, Credential, Grant, Memory, Runtime, Secret, Setup, SinkConnection, Traffic,
};
use counterfoil_practice::{FaultSchedule, Options, Running, serve};
use serde_json::{Value, json};

const TOKEN: &str = "practice-secret";

pub(crate) struct Bench {
    pub(crate) sink: SinkConnection,
    url: String,
    _running: Running,
    _folder: tempfile::TempDir,
}

/// Where `cargo xtask plugins` puts components: beside the folder of this test program's profile.
fn component(name: &str) -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let target = program
        .ancestors()
        .nth(3)
        .expect("a test program is in TARGET/PROFILE/deps");
    let path = target.join("connectors").join(format!("{name}.wasm"));
    assert!(
        path.is_file(),
        "{} is not there: run `cargo xtask plugins`",
        path.display()
    );
    path
}

/// The API with a fault schedule; customers are made as they come.
pub(crate) async fn bench(faults: &str) -> Bench {
    connect(faults, json!({ "create_customers": true }), Some(TOKEN)).await
}

pub(crate) async fn connect(faults: &str, mut config: Value, token: Option<&str>) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        listen: ([127, 0, 0, 1], 0).into(),
        database: folder.path().join("practice.db"),
        token: token.map(str::to_owned),
        faults: Some(FaultSchedule::parse(faults).unwrap()),
        now: Some("2026-04-01T06:00:00Z".parse().unwrap()),
    };
    let running = serve(options).await.unwrap();
    let url = format!("http://{}", running.local_addr());
    config["url"] = json!(url);
    let runtime = Runtime::new(None).unwrap();
    let connector = Connector::load(&runtime, &component("practice"), None)
        .await
        .unwrap();
    let credential = token.map(|token| ("api".to_owned(), Credential::Token(Secret::new(token))));
    let setup = Setup {
        name: "billing".to_owned(),
        config,
        grant: Grant {
            http: vec![url.parse().unwrap()],
            files: None,
        },
        credentials: credential.into_iter().collect(),
        recorder: Arc::new(Memory::default()),
        traffic: Traffic::Live,
    };
    let sink = SinkConnection::open(&connector, setup).unwrap();
    Bench {
        sink,
        url,
        _running: running,
        _folder: folder,
    }
}

impl Bench {
    /// Pushes and answers what became of it.
    pub(crate) async fn push(&self, delivery: &Delivery) -> Outcome {
        self.sink.push(delivery).await.unwrap().outcome
    }

    /// Pushes and answers the remote document that it left.
    pub(crate) async fn created(&self, delivery: &Delivery) -> Remote {
        match self.push(delivery).await {
            Outcome::Created(remote) => remote,
            other => panic!("{other:?}"),
        }
    }

    /// How many live documents the API holds under a reference: its own word, past the sink.
    pub(crate) async fn live(&self, reference: &str) -> i64 {
        let counts = self.call(reqwest::Method::GET, "counts", None).await;
        let references = counts["references"].as_array().unwrap();
        let found = references
            .iter()
            .find(|count| count["reference"] == reference);
        found.map_or(0, |count| count["live"].as_i64().unwrap())
    }

    /// Somebody changes a line's net behind everybody's back.
    pub(crate) async fn edit_net(&self, document: &str, net: &str) {
        let edit = json!({ "document": document, "line": 1, "field": "net", "value": net });
        self.call(reqwest::Method::POST, "admin/edit", Some(edit))
            .await;
    }

    async fn call(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Value {
        let request = reqwest::Client::new()
            .request(method, format!("{}/api/v1/{path}", self.url))
            .bearer_auth(TOKEN)
            .body(body.map_or(String::new(), |body| body.to_string()));
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }
}

/// An invoice over 30.00 EUR, to be posted.
pub(crate) fn invoice(reference: &str) -> Delivery {
    Delivery {
        reference: reference.to_owned(),
        slot_digest: format!("slot of {reference}"),
        content_digest: "content-1".to_owned(),
        kind: DocumentKind::Invoice,
        corrects: None,
        customer: Customer {
            account: "acme".to_owned(),
            name: "Acme AB".to_owned(),
            remote_id: None,
            buyer_reference: Some("PO 7".to_owned()),
            extras: vec![],
        },
        currency: "EUR".to_owned(),
        issue_date: "2026-04-01".to_owned(),
        due_date: Some("2026-05-01".to_owned()),
        first_day: "2026-03-01".to_owned(),
        last_day: "2026-03-31".to_owned(),
        lines: vec![
            line("racks", "4", "10.00", "40.00"),
            line("discount", "1", "-10", "-10.00"),
        ],
        net: "30.00".to_owned(),
        part: 1,
        parts: 1,
        finalize: Finalize::Post,
        known: None,
        extras: vec![],
    }
}

pub(crate) fn line(id: &str, quantity: &str, unit_price: &str, net: &str) -> Line {
    Line {
        id: id.to_owned(),
        item: "rack-unit".to_owned(),
        description: format!("Rack units ({id})"),
        quantity: quantity.to_owned(),
        unit: "C62".to_owned(),
        unit_price: unit_price.to_owned(),
        net: net.to_owned(),
        first_day: "2026-03-01".to_owned(),
        last_day: "2026-03-31".to_owned(),
        tax_category: Some("standard".to_owned()),
        account_code: Some("3010".to_owned()),
        extras: vec![],
    }
}

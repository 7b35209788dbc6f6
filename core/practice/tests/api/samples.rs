//! Servers and documents that tests begin with.

use counterfoil_practice::{FaultSchedule, Options, Running, serve};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::Client;

pub(crate) struct Practice {
    pub(crate) client: Client,
    pub(crate) running: Running,
    pub(crate) folder: TempDir,
}

/// A server with a schedule and a customer `cus_1`.
pub(crate) async fn practice(faults: &str) -> Practice {
    let folder = tempfile::tempdir().unwrap();
    let practice = start(folder, faults).await;
    practice
        .client
        .post(
            "/api/v1/customers",
            &json!({ "reference": "acme", "name": "Acme" }),
        )
        .await
        .expect(201);
    practice
}

/// A server on a folder that may hold data.
pub(crate) async fn start(folder: TempDir, faults: &str) -> Practice {
    let options = Options {
        listen: ([127, 0, 0, 1], 0).into(),
        database: folder.path().join("practice.db"),
        token: Some("secret".to_owned()),
        faults: Some(FaultSchedule::parse(faults).unwrap()),
        now: Some("2026-04-01T06:00:00Z".parse().unwrap()),
    };
    let running = serve(options).await.unwrap();
    let client = Client {
        address: running.local_addr(),
        token: Some("secret".to_owned()),
    };
    Practice {
        client,
        running,
        folder,
    }
}

pub(crate) fn line(quantity: &str, unit_price: &str, net: &str) -> Value {
    json!({
        "line_reference": "line-1", "item": "rack-unit", "description": "Rack units, March", "quantity": quantity,
        "unit": "C62", "unit_price": unit_price, "net": net, "first_day": "2026-03-01", "last_day": "2026-03-31",
        "tax_category": "standard", "account_code": "3010",
    })
}

/// An invoice over 30.00 EUR.
pub(crate) fn invoice(reference: &str) -> Value {
    json!({
        "kind": "invoice", "reference": reference, "slot_digest": "slot", "content_digest": "content",
        "customer": "cus_1", "currency": "EUR", "issue_date": "2026-04-01", "due_date": "2026-05-01",
        "first_day": "2026-03-01", "last_day": "2026-03-31", "buyer_reference": "PO 7", "net": "30.00",
        "lines": [line("3", "10", "30.00")],
    })
}

/// A credit note over an amount.
pub(crate) fn credit_note(original: &str, net: &str) -> Value {
    let mut document = invoice("CF-CREDIT");
    document["kind"] = json!("credit-note");
    document["corrects"] = json!(original);
    document["net"] = json!(net);
    document["lines"] = json!([line("1", net, net)]);
    document
}

impl Practice {
    /// Creates a draft and answers its id.
    pub(crate) async fn draft(&self, document: &Value) -> String {
        self.client
            .post("/api/v1/documents", document)
            .await
            .expect(201)
            .text("/id")
            .to_owned()
    }

    /// Creates and posts a document and answers its id.
    pub(crate) async fn posted(&self, document: &Value) -> String {
        let id = self.draft(document).await;
        self.client
            .act("POST", &format!("/api/v1/documents/{id}/post"))
            .await
            .expect(200);
        id
    }

    /// How many live documents are held under a reference.
    pub(crate) async fn live(&self, reference: &str) -> i64 {
        let counts = self.client.get("/api/v1/counts").await.expect(200);
        let references = counts.body["references"].as_array().unwrap();
        let found = references
            .iter()
            .find(|count| count["reference"] == reference);
        found.map_or(0, |count| count["live"].as_i64().unwrap())
    }
}

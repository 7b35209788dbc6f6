//! The API keeps what its `OpenAPI` document says: each endpoint is driven to each status that it names, and every
//! answer is validated.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::samples::{credit_note, invoice, practice};

/// An `OpenAPI` document, and what of it was seen.
struct Contract {
    document: Value,
    seen: BTreeSet<(String, String, u16)>,
}

impl Contract {
    /// Every operation and status that the document names.
    fn promised(&self) -> BTreeSet<(String, String, u16)> {
        let mut promised = BTreeSet::new();
        for (path, operations) in self.document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                for status in operation["responses"].as_object().unwrap().keys() {
                    if let Ok(status) = status.parse() {
                        promised.insert((method.clone(), path.clone(), status));
                    }
                }
            }
        }
        promised
    }

    fn check(&mut self, method: &str, path: &str, answer: &Answer) {
        let template = self.template(path);
        let responses = &self.document["paths"][&template][method.to_lowercase()]["responses"];
        let response = &responses[answer.status.to_string()];
        assert!(
            response.is_object(),
            "{method} {template} does not name {}",
            answer.status
        );
        let schema = &response["content"]["application/json"]["schema"];
        if schema.is_null() {
            assert_eq!(answer.body, Value::Null);
        } else {
            let mut root = schema.clone();
            root["components"] = self.document["components"].clone();
            let validator = jsonschema::draft202012::new(&root).unwrap();
            let problems: Vec<_> = validator
                .iter_errors(&answer.body)
                .map(|error| error.to_string())
                .collect();
            assert!(
                problems.is_empty(),
                "{method} {path}: {problems:?} in {}",
                answer.body
            );
        }
        self.seen
            .insert((method.to_lowercase(), template, answer.status));
    }

    fn template(&self, path: &str) -> String {
        let path = path.split('?').next().unwrap();
        let fits = |template: &&String| {
            let (parts, wanted) = (path.split('/'), template.split('/'));
            parts.clone().count() == wanted.clone().count()
                && parts
                    .zip(wanted)
                    .all(|(part, wanted)| part == wanted || wanted == "{id}")
        };
        let paths = self.document["paths"].as_object().unwrap();
        paths
            .keys()
            .find(fits)
            .unwrap_or_else(|| panic!("{path} is not in the document"))
            .clone()
    }
}

/// Requests by method, path and body. Together they reach every status of every endpoint.
fn requests() -> Vec<(&'static str, &'static str, String)> {
    let draft = invoice("CF-1").to_string();
    let mut bad = invoice("CF-1");
    bad["lines"][0]["net"] = json!("31.00");
    let bad = bad.to_string();
    let customer =
        json!({ "reference": "globex", "name": "Globex", "email": "billing@example.net" })
            .to_string();
    let edit = |document: &str, line: usize| {
        json!({ "document": document, "line": line, "field": "net", "value": "29.00" }).to_string()
    };
    let none = String::new;
    let text = |text: &str| text.to_owned();
    vec![
        ("GET", "/api/v1/info", none()),
        ("POST", "/api/v1/customers", customer.clone()),
        ("POST", "/api/v1/customers", customer),
        ("POST", "/api/v1/customers", text("{")),
        (
            "POST",
            "/api/v1/customers",
            text(r#"{"reference":"","name":"x"}"#),
        ),
        ("GET", "/api/v1/customers?limit=1", none()),
        ("GET", "/api/v1/customers?limit=many", none()),
        ("GET", "/api/v1/customers?cursor=doc_1", none()),
        ("GET", "/api/v1/customers/cus_1", none()),
        ("GET", "/api/v1/customers/cus_9", none()),
        ("POST", "/api/v1/documents", draft.clone()),
        ("POST", "/api/v1/documents", draft.clone()),
        ("POST", "/api/v1/documents", text("[1,")),
        ("POST", "/api/v1/documents", bad.clone()),
        ("GET", "/api/v1/documents?reference=CF-1", none()),
        ("GET", "/api/v1/documents?page=2", none()),
        ("GET", "/api/v1/documents?limit=0", none()),
        ("GET", "/api/v1/documents/doc_1", none()),
        ("GET", "/api/v1/documents/doc_9", none()),
        ("PUT", "/api/v1/documents/doc_1", draft.clone()),
        ("PUT", "/api/v1/documents/doc_1", text("{")),
        ("PUT", "/api/v1/documents/doc_1", bad),
        ("PUT", "/api/v1/documents/doc_9", draft.clone()),
        ("POST", "/api/v1/documents/doc_1/post?version=x", none()),
        ("POST", "/api/v1/documents/doc_9/post", none()),
        ("POST", "/api/v1/documents/doc_1/post", none()),
        ("POST", "/api/v1/documents/doc_1/post", none()),
        ("PUT", "/api/v1/documents/doc_1", draft),
        ("DELETE", "/api/v1/documents/doc_1", none()),
        ("DELETE", "/api/v1/documents/doc_9", none()),
        ("DELETE", "/api/v1/documents/doc_2?version=x", none()),
        ("DELETE", "/api/v1/documents/doc_2", none()),
        // A credit note whose original is edited below it cannot be posted any more.
        (
            "POST",
            "/api/v1/documents",
            credit_note("doc_1", "30.00").to_string(),
        ),
        ("POST", "/api/v1/admin/edit", edit("doc_1", 1)),
        ("POST", "/api/v1/admin/edit", edit("doc_1", 2)),
        ("POST", "/api/v1/admin/edit", edit("doc_9", 1)),
        ("POST", "/api/v1/admin/edit", text("")),
        ("POST", "/api/v1/documents/doc_3/post", none()),
        ("POST", "/api/v1/documents/doc_1/void", none()),
        ("POST", "/api/v1/documents/doc_3/void?version=x", none()),
        ("POST", "/api/v1/documents/doc_3/void", none()),
        ("POST", "/api/v1/documents/doc_9/void", none()),
        ("GET", "/api/v1/counts", none()),
        ("GET", "/api/v1/counts?limit=many", none()),
        ("GET", "/api/v1/counts?limit=1000", none()),
    ]
}

#[tokio::test]
async fn every_answer_is_as_the_document_says() {
    let practice = practice("").await;
    let stranger = Client {
        token: None,
        ..practice.client.clone()
    };
    let document = stranger.get("/openapi.json").await.expect(200).body;
    assert_eq!(document["openapi"], "3.1.0");
    let mut contract = Contract {
        document,
        seen: BTreeSet::new(),
    };
    for (method, path, body) in requests() {
        let refused = stranger.attempt(method, path, &body).await.unwrap();
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
        contract.check(method, path, &refused);
        let answer = practice.client.attempt(method, path, &body).await.unwrap();
        contract.check(method, path, &answer);
    }
    let promised = contract.promised();
    let unseen: Vec<_> = promised.difference(&contract.seen).collect();
    assert!(unseen.is_empty(), "no request reaches {unseen:?}");
    assert!(promised.len() > 45, "{}", promised.len());
}

#[tokio::test]
async fn what_is_not_in_the_document_is_refused_as_json() {
    let practice = practice("").await;
    let nowhere = practice.client.get("/api/v1/invoices").await.expect(404);
    assert_eq!(nowhere.text("/error/code"), "not-found");
    let patched = practice
        .client
        .act("PATCH", "/api/v1/documents")
        .await
        .expect(405);
    assert_eq!(patched.text("/error/code"), "method-not-allowed");
    let head = "POST /api/v1/documents HTTP/1.1\r\nContent-Length: 5000000\r\n";
    let large = practice
        .client
        .exchange(head, "")
        .await
        .unwrap()
        .expect(413);
    assert_eq!(large.text("/error/code"), "too-large");
}

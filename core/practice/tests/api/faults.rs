//! Every fault as a caller meets it, and what is really stored after it.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::samples::{invoice, line, practice};

const CREATE: &str = "POST /api/v1/documents";

fn fault(on: &str, rest: &str) -> String {
    format!("[[fault]]\non = \"{on}\"\n{rest}\n")
}

#[tokio::test]
async fn a_refused_request_leaves_nothing_and_says_when_to_come_back() {
    let practice = practice(&fault(
        CREATE,
        "nth = 2\nkind = \"status\"\nstatus = 429\nretry_after_secs = 7",
    ))
    .await;
    practice.draft(&invoice("CF-1")).await;
    let refused = practice
        .client
        .post("/api/v1/documents", &invoice("CF-2"))
        .await
        .expect(429);
    assert_eq!(refused.header("retry-after"), Some("7"));
    assert_eq!(refused.text("/error/code"), "rate-limited");
    assert_eq!(practice.live("CF-2").await, 0);
    practice.draft(&invoice("CF-2")).await;
}

#[tokio::test]
async fn a_failure_after_the_commit_hides_what_was_stored() {
    let rest = "nth = 1\nkind = \"status\"\nstatus = 500\nafter_commit = true";
    let practice = practice(&fault(CREATE, rest)).await;
    let failed = practice
        .client
        .post("/api/v1/documents", &invoice("CF-1"))
        .await
        .expect(500);
    assert_eq!(failed.text("/error/code"), "internal");
    assert_eq!(practice.live("CF-1").await, 1);
}

#[tokio::test]
async fn a_cut_before_the_commit_leaves_nothing() {
    let practice = practice(&fault(CREATE, "nth = 1\nkind = \"cut-before-commit\"")).await;
    let body = invoice("CF-1").to_string();
    assert!(
        practice
            .client
            .attempt("POST", "/api/v1/documents", &body)
            .await
            .is_none()
    );
    assert_eq!(practice.live("CF-1").await, 0);
    practice.draft(&invoice("CF-1")).await;
}

#[tokio::test]
async fn a_cut_after_the_commit_leaves_the_document() {
    let practice = practice(&fault(CREATE, "nth = 1\nkind = \"cut-after-commit\"")).await;
    let body = invoice("CF-1").to_string();
    assert!(
        practice
            .client
            .attempt("POST", "/api/v1/documents", &body)
            .await
            .is_none()
    );
    assert_eq!(practice.live("CF-1").await, 1);
    let found = practice
        .client
        .get("/api/v1/documents?reference=CF-1")
        .await;
    assert_eq!(found.text("/items/0/state"), "draft");
}

#[tokio::test]
async fn a_slow_answer_is_late_and_right() {
    let practice = practice(&fault(CREATE, "kind = \"slow\"\nmillis = 40")).await;
    let start = Instant::now();
    practice.draft(&invoice("CF-1")).await;
    assert!(start.elapsed() >= Duration::from_millis(40));
}

#[tokio::test]
async fn a_stale_listing_misses_a_young_document_that_is_there() {
    let rest = "kind = \"stale-listing\"\nrequests = 2";
    let practice = practice(&fault("GET /api/v1/documents", rest)).await;
    let id = practice.draft(&invoice("CF-1")).await;
    let mut found = Vec::new();
    for _ in 0..3 {
        let page = practice
            .client
            .get("/api/v1/documents?reference=CF-1")
            .await
            .expect(200);
        found.push(page.body["items"].as_array().unwrap().len());
    }
    assert_eq!(found, [0, 0, 1]);
    practice
        .client
        .get(&format!("/api/v1/documents/{id}"))
        .await
        .expect(200);
}

#[tokio::test]
async fn shortened_quantities_change_the_net_as_in_a_real_system() {
    let mut document = invoice("CF-1");
    document["lines"] = json!([line("2.3456", "10", "23.46")]);
    document["net"] = json!("23.46");
    for (schedule, quantity, net) in [
        (
            "[behaviour]\nquantity_decimals = 2\nshorten = \"round\"\n".to_owned(),
            "2.35",
            "23.50",
        ),
        (
            "[behaviour]\nquantity_decimals = 2\nshorten = \"truncate\"\n".to_owned(),
            "2.34",
            "23.40",
        ),
        (
            fault(
                CREATE,
                "kind = \"round-quantity\"\ndecimals = 1\nmode = \"truncate\"",
            ),
            "2.3",
            "23.00",
        ),
    ] {
        let practice = practice(&schedule).await;
        let stored = practice
            .client
            .post("/api/v1/documents", &document)
            .await
            .expect(201);
        assert_eq!(
            (stored.text("/lines/0/quantity"), stored.text("/net")),
            (quantity, net),
            "{schedule}"
        );
    }
    let practice = practice("[behaviour]\nquantity_decimals = 2\n").await;
    let refused = practice
        .client
        .post("/api/v1/documents", &document)
        .await
        .expect(422);
    assert_eq!(refused.text("/error/field"), "lines[0].quantity");
    let info = practice.client.get("/api/v1/info").await;
    assert_eq!(
        (
            info.body["quantity_decimals"].as_i64(),
            info.text("/shorten")
        ),
        (Some(2), "refuse")
    );
}

#[tokio::test]
async fn somebody_edits_an_invoice_after_it_was_posted() {
    let rest = "nth = 1\nkind = \"edit\"\nline = 1\nfield = \"net\"\nvalue = \"29.00\"";
    let practice = practice(&fault("POST /api/v1/documents/*/post", rest)).await;
    let id = practice.draft(&invoice("CF-1")).await;
    practice.draft(&invoice("CF-2")).await;
    let posted = practice
        .client
        .act("POST", &format!("/api/v1/documents/{id}/post"))
        .await
        .expect(200);
    assert_eq!(posted.text("/net"), "30.00");
    let edited = practice
        .client
        .get(&format!("/api/v1/documents/{id}"))
        .await;
    assert_eq!(
        (edited.text("/net"), edited.body["version"].as_i64()),
        ("29.00", Some(3))
    );
}

#[tokio::test]
async fn a_request_without_the_token_does_not_count_for_the_schedule() {
    let practice = practice(&fault(CREATE, "nth = 1\nkind = \"status\"\nstatus = 503")).await;
    let stranger = crate::client::Client {
        token: Some("guess".to_owned()),
        ..practice.client.clone()
    };
    stranger
        .post("/api/v1/documents", &invoice("CF-1"))
        .await
        .expect(401);
    practice
        .client
        .post("/api/v1/documents", &invoice("CF-1"))
        .await
        .expect(503);
}

//! The server's own life: what is stored outlives it, and it stops when it is asked to.

use serde_json::json;

use crate::samples::{Practice, credit_note, invoice, practice, start};

#[tokio::test]
async fn a_restarted_server_goes_on_where_it_was() {
    let Practice {
        client,
        running,
        folder,
    } = {
        let practice = practice("").await;
        practice.posted(&invoice("CF-1")).await;
        practice
    };
    let before = client.get("/api/v1/documents/doc_1").await.body;
    running.shutdown().await.unwrap();

    let practice = start(folder, "").await;
    assert_eq!(
        practice.client.get("/api/v1/documents/doc_1").await.body,
        before
    );
    let second = practice.posted(&invoice("CF-2")).await;
    let second = practice
        .client
        .get(&format!("/api/v1/documents/{second}"))
        .await;
    assert_eq!(second.text("/number"), "INV/2026/00002");
}

#[tokio::test]
async fn concurrent_requests_lose_no_document_and_repeat_no_number() {
    let practice = practice("").await;
    let create = |index: usize| {
        let client = practice.client.clone();
        tokio::spawn(async move {
            let draft = client
                .post("/api/v1/documents", &invoice(&format!("CF-{index}")))
                .await
                .expect(201);
            let path = format!("/api/v1/documents/{}/post", draft.text("/id"));
            client
                .act("POST", &path)
                .await
                .expect(200)
                .text("/number")
                .to_owned()
        })
    };
    let tasks: Vec<_> = (0..20).map(create).collect();
    let mut numbers = Vec::new();
    for task in tasks {
        numbers.push(task.await.unwrap());
    }
    numbers.sort();
    let expected: Vec<_> = (1..=20)
        .map(|number| format!("INV/2026/{number:05}"))
        .collect();
    assert_eq!(numbers, expected);
}

#[tokio::test]
async fn two_credit_notes_at_once_do_not_both_take_what_is_left() {
    let practice = practice("").await;
    let original = practice.posted(&invoice("CF-1")).await;
    let credit = || {
        let (client, body) = (practice.client.clone(), credit_note(&original, "20.00"));
        tokio::spawn(async move { client.post("/api/v1/documents", &body).await.status })
    };
    let (first, second) = (credit(), credit());
    let mut statuses = [first.await.unwrap(), second.await.unwrap()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422]);
}

#[tokio::test]
async fn without_a_token_everybody_is_let_in() {
    let folder = tempfile::tempdir().unwrap();
    let running = counterfoil_practice::serve(counterfoil_practice::Options {
        listen: ([127, 0, 0, 1], 0).into(),
        database: folder.path().join("practice.db"),
        token: None,
        faults: None,
        now: None,
    })
    .await
    .unwrap();
    let client = crate::client::Client {
        address: running.local_addr(),
        token: None,
    };
    let created = client
        .post(
            "/api/v1/customers",
            &json!({ "reference": "acme", "name": "Acme" }),
        )
        .await
        .expect(201);
    assert!(created.text("/created").ends_with('Z'));
    running.shutdown().await.unwrap();
}

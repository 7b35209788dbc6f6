//! Documents: what is kept, refused, found, numbered and corrected.

use serde_json::{Value, json};

use crate::samples::{credit_note, invoice, line, practice};

#[tokio::test]
async fn a_draft_is_given_back_as_it_was_sent() {
    let practice = practice("").await;
    let sent = invoice("CF-1");
    let answer = practice
        .client
        .post("/api/v1/documents", &sent)
        .await
        .expect(201);
    assert_eq!(answer.header("location"), Some("/api/v1/documents/doc_1"));
    assert_eq!(
        (answer.text("/state"), answer.text("/created")),
        ("draft", "2026-04-01T06:00:00Z")
    );
    for (key, value) in sent.as_object().unwrap() {
        if key == "lines" {
            for (key, value) in value[0].as_object().unwrap() {
                assert_eq!(&answer.body["lines"][0][key], value, "lines[0].{key}");
            }
        } else {
            assert_eq!(&answer.body[key], value, "{key}");
        }
    }
    let read = practice
        .client
        .get("/api/v1/documents/doc_1")
        .await
        .expect(200);
    assert_eq!(read.body, answer.body);
}

#[tokio::test]
async fn all_problems_are_told_at_once_with_their_fields() {
    let practice = practice("").await;
    let mut wrong = invoice("CF-1");
    wrong["issue_date"] = json!("2026-02-30");
    wrong["lines"] = json!([
        line("3", "1e1", "30.00"),
        line("3", "10", "30.005"),
        line("3", "10", "30.02")
    ]);
    let answer = practice
        .client
        .post("/api/v1/documents", &wrong)
        .await
        .expect(422);
    let fields: Vec<_> = answer.body["error"]["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| &problem["field"])
        .collect();
    assert_eq!(
        fields,
        [
            "issue_date",
            "lines[0].unit_price",
            "lines[1].net",
            "lines[2].net"
        ]
    );
    assert_eq!(answer.text("/error/field"), "issue_date");

    let mut wrong = invoice("CF-1");
    wrong["lines"][0]["quantity"] = json!(3);
    let answer = practice
        .client
        .post("/api/v1/documents", &wrong)
        .await
        .expect(422);
    assert_eq!(answer.text("/error/field"), "lines[0].quantity");
    let mut wrong = invoice("CF-1");
    wrong["colour"] = json!("red");
    let answer = practice
        .client
        .post("/api/v1/documents", &wrong)
        .await
        .expect(422);
    assert!(
        answer.text("/error/message").contains("colour"),
        "{}",
        answer.body
    );
    assert_eq!(practice.live("CF-1").await, 0);
}

#[tokio::test]
async fn single_fields_are_refused_for_their_own_reason() {
    let practice = practice("").await;
    for (pointer, value, field) in [
        ("/customer", json!("cus_9"), "customer"),
        ("/customer", json!("doc_1"), "customer"),
        ("/currency", json!("EURO"), "currency"),
        ("/due_date", json!("2026-03-31"), "due_date"),
        ("/last_day", json!("2026-02-28"), "last_day"),
        ("/net", json!("30.01"), "net"),
        ("/reference", json!(" "), "reference"),
        ("/lines", json!([]), "lines"),
        ("/lines", json!([line("-1", "10", "-10.00")]), "lines"),
        ("/lines/0/description", json!(""), "lines[0].description"),
        ("/lines/0/quantity", json!("3.0000001"), "lines[0].quantity"),
    ] {
        let mut wrong = invoice("CF-1");
        if pointer.starts_with("/lines") {
            wrong["net"] = Value::Null;
        }
        *wrong.pointer_mut(pointer).unwrap() = value.clone();
        let answer = practice
            .client
            .post("/api/v1/documents", &wrong)
            .await
            .expect(422);
        assert_eq!(answer.text("/error/field"), field, "{pointer} = {value}");
    }
    assert_eq!(practice.live("CF-1").await, 0);
}

#[tokio::test]
async fn a_net_may_be_off_by_one_minor_unit_and_a_lump_sum_stands_for_itself() {
    let practice = practice("").await;
    let mut document = invoice("CF-1");
    document["net"] = json!("45.01");
    document["lines"] = json!([line("3", "10", "30.01"), line("1", "12.3456", "15.00")]);
    let answer = practice
        .client
        .post("/api/v1/documents", &document)
        .await
        .expect(201);
    assert_eq!(answer.text("/net"), "45.01");
    assert_eq!(answer.text("/lines/1/unit_price"), "12.3456");
}

#[tokio::test]
async fn a_posted_document_stays_as_it_is() {
    let practice = practice("").await;
    let id = practice.posted(&invoice("CF-1")).await;
    let path = format!("/api/v1/documents/{id}");
    let before = practice.client.get(&path).await.body;
    for (method, path) in [
        ("PUT", path.clone()),
        ("DELETE", path.clone()),
        ("POST", format!("{path}/post")),
    ] {
        let refused = practice
            .client
            .send(method, &path, &invoice("CF-2"))
            .await
            .expect(409);
        assert_eq!(refused.text("/error/code"), "not-draft");
    }
    assert_eq!(practice.client.get(&path).await.body, before);
}

#[tokio::test]
async fn numbers_are_given_at_posting_without_gaps() {
    let practice = practice("").await;
    let first = practice.draft(&invoice("CF-1")).await;
    let second = practice.draft(&invoice("CF-2")).await;
    practice
        .client
        .act("DELETE", &format!("/api/v1/documents/{first}"))
        .await
        .expect(204);
    let posted = practice
        .client
        .act("POST", &format!("/api/v1/documents/{second}/post"))
        .await;
    assert_eq!(posted.text("/number"), "INV/2026/00001");
    let third = practice.posted(&invoice("CF-3")).await;
    let third = practice
        .client
        .act("POST", &format!("/api/v1/documents/{third}/void"))
        .await
        .expect(200);
    assert_eq!(
        (third.text("/number"), third.text("/state")),
        ("INV/2026/00002", "void")
    );
    let credit = practice.posted(&credit_note(&second, "1.00")).await;
    let credit = practice
        .client
        .get(&format!("/api/v1/documents/{credit}"))
        .await;
    assert_eq!(credit.text("/number"), "CRN/2026/00001");
}

#[tokio::test]
async fn replacing_a_draft_keeps_the_ids_of_lines_and_guards_the_version() {
    let practice = practice("").await;
    let id = practice.draft(&invoice("CF-1")).await;
    let path = format!("/api/v1/documents/{id}");
    let mut changed = invoice("CF-1");
    let mut added = line("1", "5", "5.00");
    added["line_reference"] = json!("line-0");
    changed["net"] = Value::Null;
    changed["lines"] = json!([added, line("4", "10", "40.00")]);
    let answer = practice
        .client
        .send("PUT", &format!("{path}?version=1"), &changed)
        .await
        .expect(200);
    assert_eq!(
        (answer.text("/net"), answer.body["version"].as_i64()),
        ("45.00", Some(2))
    );
    assert_eq!(
        (answer.text("/lines/0/id"), answer.text("/lines/1/id")),
        ("lin_2", "lin_1")
    );
    for (method, path) in [
        ("PUT", path.clone()),
        ("DELETE", path.clone()),
        ("POST", format!("{path}/post")),
    ] {
        let refused = practice
            .client
            .send(method, &format!("{path}?version=1"), &changed)
            .await
            .expect(409);
        assert_eq!(refused.text("/error/code"), "version-changed");
    }
}

#[tokio::test]
async fn references_are_not_unique_and_all_documents_are_found() {
    let practice = practice("").await;
    practice.draft(&invoice("CF-1")).await;
    practice.draft(&invoice("CF-1")).await;
    let mut may = invoice("CF-2");
    may["issue_date"] = json!("2026-05-01");
    practice.draft(&may).await;
    let found = practice
        .client
        .get("/api/v1/documents?reference=CF-1")
        .await;
    assert_eq!(found.body["items"].as_array().unwrap().len(), 2);
    let counts = practice.client.get("/api/v1/counts").await;
    assert_eq!(
        (
            counts.body["live"].as_i64(),
            counts.body["repeated"].as_i64()
        ),
        (Some(3), Some(1))
    );

    let mut path = "/api/v1/documents?first_day=2026-04-01&last_day=2026-04-30&limit=1".to_owned();
    let mut ids = Vec::new();
    loop {
        let page = practice.client.get(&path).await.expect(200);
        ids.extend(
            page.body["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["id"].clone()),
        );
        let Some(next) = page.body["next"].as_str() else {
            break;
        };
        path = format!(
            "/api/v1/documents?first_day=2026-04-01&last_day=2026-04-30&limit=1&cursor={next}"
        );
    }
    assert_eq!(ids, ["doc_1", "doc_2"]);
}

#[tokio::test]
async fn a_credit_note_stays_within_its_original() {
    let practice = practice("").await;
    let draft = practice.draft(&invoice("CF-1")).await;
    let early = practice
        .client
        .post("/api/v1/documents", &credit_note(&draft, "10.00"))
        .await
        .expect(422);
    assert_eq!(early.text("/error/field"), "corrects");
    let original = practice.posted(&invoice("CF-2")).await;
    let first = practice.posted(&credit_note(&original, "20.00")).await;
    let second = practice
        .client
        .post("/api/v1/documents", &credit_note(&original, "10.01"))
        .await
        .expect(422);
    assert_eq!(second.text("/error/code"), "exceeds-original");
    // A further charge on the original may be given back too.
    let mut further = invoice("CF-3");
    further["corrects"] = json!(original);
    practice.posted(&further).await;
    practice.draft(&credit_note(&original, "40.00")).await;
    let kept = practice
        .client
        .act("POST", &format!("/api/v1/documents/{original}/void"))
        .await
        .expect(409);
    assert_eq!(kept.text("/error/code"), "has-corrections");
    let wrong = practice
        .client
        .post("/api/v1/documents", &credit_note(&first, "1.00"))
        .await
        .expect(422);
    assert_eq!(wrong.text("/error/field"), "corrects");
}

#[tokio::test]
async fn an_edit_behind_the_back_changes_even_a_posted_document() {
    let practice = practice("").await;
    let id = practice.posted(&invoice("CF-1")).await;
    for (line, field, value, pointer, net) in [
        (Some(1), "net", "29.50", "/lines/0/net", "29.50"),
        (Some(1), "quantity", "2", "/lines/0/quantity", "20.00"),
        (
            Some(1),
            "unit_price",
            "9.99",
            "/lines/0/unit_price",
            "19.98",
        ),
        (
            Some(1),
            "description",
            "Racks",
            "/lines/0/description",
            "19.98",
        ),
        (None, "reference", "CF-2", "/reference", "19.98"),
        (None, "due_date", "2026-06-01", "/due_date", "19.98"),
    ] {
        let edit = json!({ "document": id, "line": line, "field": field, "value": value });
        let answer = practice
            .client
            .post("/api/v1/admin/edit", &edit)
            .await
            .expect(200);
        assert_eq!(
            (answer.text(pointer), answer.text("/net")),
            (value, net),
            "{field}"
        );
        assert_eq!(answer.text("/state"), "posted");
    }
}

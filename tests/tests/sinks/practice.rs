//! The practice sink: what it leaves at the API, and what it says of every way in which that can fail.

use counterfoil_host::ErrorKind;
use counterfoil_host::sink::{Delivery, DocumentKind, Finalize, Outcome, RemoteState, Window};
use serde_json::json;

use crate::bench::{bench, connect, invoice, line};

const CREATE: &str = "POST /api/v1/documents";
const POST: &str = "POST /api/v1/documents/*/post";

fn first(on: &str, rest: &str) -> String {
    format!("[[fault]]\non = \"{on}\"\nnth = 1\n{rest}\n")
}

fn reason(outcome: &Outcome) -> ErrorKind {
    match outcome {
        Outcome::Rejected(error) | Outcome::Deferred(error) | Outcome::Indeterminate(error) => {
            error.kind
        }
        Outcome::Created(_) | Outcome::Updated(_) | Outcome::Unchanged(_) => panic!("{outcome:?}"),
    }
}

#[tokio::test]
async fn an_invoice_is_posted_found_and_read_back_line_by_line() {
    let bench = bench("").await;
    let pushed = bench.sink.push(&invoice("CF-1")).await.unwrap();
    let Outcome::Created(remote) = pushed.outcome else {
        panic!("{:?}", pushed.outcome)
    };
    assert_eq!(remote.number.as_deref(), Some("INV/2026/00001"));
    assert_eq!(
        pushed
            .lines
            .iter()
            .map(|(ours, _)| ours.as_str())
            .collect::<Vec<_>>(),
        ["racks", "discount"]
    );

    let found = bench
        .sink
        .find(&["CF-1".to_owned(), "CF-2".to_owned()])
        .await
        .unwrap();
    let [document] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(
        (&document.remote, document.state),
        (&remote, RemoteState::Posted)
    );
    assert_eq!(document.content_digest.as_deref(), Some("content-1"));
    assert_eq!(
        (document.net.as_str(), document.lines[1].net.as_str()),
        ("30.00", "-10.00")
    );
    assert_eq!(document.lines[0].line.as_deref(), Some("racks"));

    let window = Window {
        first_day: "2026-04-01".to_owned(),
        last_day: "2026-04-30".to_owned(),
    };
    assert_eq!(bench.sink.list(&window, None).await.unwrap().items, found);
    let customers = bench.sink.customers(None).await.unwrap();
    assert_eq!(customers.items[0].reference.as_deref(), Some("acme"));
    assert_eq!(document.customer.as_ref(), Some(&customers.items[0].id));
}

#[tokio::test]
async fn the_limits_of_the_service_are_declared() {
    let faults = "[behaviour]\nquantity_decimals = 2\nlines_max = 250\n";
    let bench = connect(faults, json!({ "find_lag_ms": 1500 }), None).await;
    let info = bench.sink.describe().await.unwrap();
    for (key, value) in [
        ("quantity-decimals", "2"),
        ("lines-max", "250"),
        ("find-lag-ms", "1500"),
        ("find", "yes"),
    ] {
        assert!(
            info.abilities.contains(&(key.to_owned(), value.to_owned())),
            "{key} in {:?}",
            info.abilities
        );
    }
    assert!(
        bench
            .sink
            .check()
            .await
            .unwrap()
            .starts_with("Counterfoil practice invoicing")
    );
}

#[tokio::test]
async fn nothing_applied_is_deferred() {
    for (status, kind) in [(429, ErrorKind::RateLimited), (503, ErrorKind::Unavailable)] {
        let bench = bench(&first(
            CREATE,
            &format!("kind = \"status\"\nstatus = {status}\nretry_after_secs = 7"),
        ))
        .await;
        let outcome = bench.push(&invoice("CF-1")).await;
        let Outcome::Deferred(error) = &outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!((error.kind, error.retry_after_ms), (kind, Some(7000)));
        assert_eq!(bench.live("CF-1").await, 0);
        bench.created(&invoice("CF-1")).await;
    }
}

#[tokio::test]
async fn what_may_have_been_applied_is_indeterminate_whether_it_was_or_not() {
    for (fault, live) in [
        ("kind = \"cut-before-commit\"", 0),
        ("kind = \"cut-after-commit\"", 1),
        ("kind = \"status\"\nstatus = 500", 0),
        ("kind = \"status\"\nstatus = 502\nafter_commit = true", 1),
    ] {
        let bench = bench(&first(CREATE, fault)).await;
        let outcome = bench.push(&invoice("CF-1")).await;
        assert!(
            matches!(outcome, Outcome::Indeterminate(_)),
            "{fault}: {outcome:?}"
        );
        assert_eq!(bench.live("CF-1").await, live, "{fault}");
        assert_eq!(
            bench.sink.find(&["CF-1".to_owned()]).await.unwrap().len(),
            usize::try_from(live).unwrap()
        );
    }
}

#[tokio::test]
async fn a_draft_whose_posting_failed_is_posted_and_not_made_again() {
    for fault in [
        "kind = \"status\"\nstatus = 429",
        "kind = \"status\"\nstatus = 503",
        "kind = \"cut-before-commit\"",
        "kind = \"cut-after-commit\"",
    ] {
        let bench = bench(&first(POST, fault)).await;
        let outcome = bench.push(&invoice("CF-1")).await;
        assert!(
            matches!(outcome, Outcome::Indeterminate(_)),
            "{fault}: {outcome:?}"
        );
        let found = bench.sink.find(&["CF-1".to_owned()]).await.unwrap();
        let known = Delivery {
            known: Some(found[0].remote.clone()),
            ..invoice("CF-1")
        };
        let (Outcome::Updated(remote) | Outcome::Unchanged(remote)) = bench.push(&known).await
        else {
            panic!("{fault}")
        };
        assert_eq!(remote.number.as_deref(), Some("INV/2026/00001"), "{fault}");
        assert_eq!(bench.live("CF-1").await, 1, "{fault}");
    }
}

#[tokio::test]
async fn a_draft_is_replaced_unless_somebody_changed_it() {
    let bench = bench("").await;
    let draft = Delivery {
        finalize: Finalize::Draft,
        ..invoice("CF-1")
    };
    let remote = bench.created(&draft).await;
    assert_eq!(remote.number, None);
    let mut changed = Delivery {
        content_digest: "content-2".to_owned(),
        lines: vec![line("racks", "5", "10", "50.00")],
        net: "50.00".to_owned(),
        known: Some(remote),
        ..draft
    };
    let Outcome::Updated(remote) = bench.push(&changed).await else {
        panic!()
    };
    let found = bench.sink.find(&["CF-1".to_owned()]).await.unwrap();
    assert_eq!((found.len(), found[0].net.as_str()), (1, "50.00"));
    assert_eq!(found[0].content_digest.as_deref(), Some("content-2"));

    bench.edit_net(&remote.id, "49.00").await;
    changed = Delivery {
        content_digest: "content-3".to_owned(),
        known: Some(remote),
        ..changed
    };
    let outcome = bench.push(&changed).await;
    assert_eq!(reason(&outcome), ErrorKind::Conflict, "{outcome:?}");
    assert_eq!(
        bench.sink.find(&["CF-1".to_owned()]).await.unwrap()[0].net,
        "49.00"
    );
}

#[tokio::test]
async fn a_posted_invoice_is_corrected_by_a_credit_note_and_never_changed() {
    let bench = bench("").await;
    let original = bench.created(&invoice("CF-1")).await;
    let changed = Delivery {
        content_digest: "content-2".to_owned(),
        known: Some(original.clone()),
        ..invoice("CF-1")
    };
    assert_eq!(reason(&bench.push(&changed).await), ErrorKind::Conflict);
    let again = Delivery {
        known: Some(original.clone()),
        ..invoice("CF-1")
    };
    assert!(matches!(bench.push(&again).await, Outcome::Unchanged(_)));

    let credit = |reference: &str, net: &str| Delivery {
        kind: DocumentKind::CreditNote,
        corrects: Some(("CF-1".to_owned(), original.id.clone())),
        lines: vec![line("racks", "1", net, net)],
        net: net.to_owned(),
        ..invoice(reference)
    };
    let remote = bench.created(&credit("CF-2", "12.50")).await;
    assert_eq!(remote.number.as_deref(), Some("CRN/2026/00001"));
    let outcome = bench.push(&credit("CF-3", "17.51")).await;
    let Outcome::Rejected(error) = &outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert_eq!(
        (error.field.as_deref(), error.remote_code.as_deref()),
        (Some("net"), Some("exceeds-original"))
    );
}

#[tokio::test]
async fn a_draft_is_withdrawn_once_and_a_posted_document_never() {
    let bench = bench("").await;
    let draft = Delivery {
        finalize: Finalize::Draft,
        ..invoice("CF-1")
    };
    let remote = bench.created(&draft).await;
    let voided = bench.sink.void("CF-1", &remote).await.unwrap();
    assert!(
        matches!(voided.outcome, Outcome::Updated(_)),
        "{:?}",
        voided.outcome
    );
    let again = bench.sink.void("CF-1", &remote).await.unwrap();
    assert!(
        matches!(again.outcome, Outcome::Unchanged(_)),
        "{:?}",
        again.outcome
    );
    let found = bench.sink.find(&["CF-1".to_owned()]).await.unwrap();
    assert_eq!(
        (found[0].state, bench.live("CF-1").await),
        (RemoteState::Void, 0)
    );

    let posted = bench.created(&invoice("CF-2")).await;
    let refused = bench.sink.void("CF-2", &posted).await.unwrap();
    assert_eq!(reason(&refused.outcome), ErrorKind::Conflict);
    let touched = bench
        .created(&Delivery {
            reference: "CF-3".to_owned(),
            ..draft
        })
        .await;
    bench.edit_net(&touched.id, "39.00").await;
    let refused = bench.sink.void("CF-3", &touched).await.unwrap();
    assert_eq!(reason(&refused.outcome), ErrorKind::Conflict);
    assert_eq!((bench.live("CF-2").await, bench.live("CF-3").await), (1, 1));
}

#[tokio::test]
async fn an_unmapped_customer_is_refused_and_a_mapped_one_is_used() {
    let bench = connect("", json!({}), Some("practice-secret")).await;
    let outcome = bench.push(&invoice("CF-1")).await;
    let Outcome::Rejected(error) = &outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (error.kind, error.field.as_deref()),
        (ErrorKind::NotFound, Some("customer"))
    );
    let mut mapped = invoice("CF-1");
    mapped.customer.remote_id = Some("cus_77".to_owned());
    let outcome = bench.push(&mapped).await;
    let Outcome::Rejected(error) = &outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (error.kind, error.field.as_deref()),
        (ErrorKind::Invalid, Some("customer"))
    );
    assert_eq!(bench.live("CF-1").await, 0);
}

#[tokio::test]
async fn an_api_without_a_token_needs_no_credential() {
    let bench = connect("", json!({ "create_customers": true }), None).await;
    bench.created(&invoice("CF-1")).await;
}

//! A sink's writing requests: tied to their delivery, sent once, and what is known of them after a crash.

use counterfoil_host::sink::{Customer, Delivery, DocumentKind, Finalize, Outcome};
use counterfoil_host::{Answer, CallFailure, ErrorKind};

use crate::guests::{SECRET, sink_at};
use crate::remote::{Remote, Reply, ok};

fn delivery() -> Delivery {
    Delivery {
        reference: "CF-ONE".into(),
        slot_digest: "slot".into(),
        content_digest: "content".into(),
        kind: DocumentKind::Invoice,
        corrects: None,
        customer: Customer {
            account: "acme".into(),
            name: "Acme".into(),
            remote_id: None,
            buyer_reference: None,
            extras: vec![],
        },
        currency: "EUR".into(),
        issue_date: "2026-04-01".into(),
        due_date: None,
        first_day: "2026-03-01".into(),
        last_day: "2026-03-31".into(),
        lines: vec![],
        net: "10.00".into(),
        part: 1,
        parts: 1,
        finalize: Finalize::Draft,
        known: None,
        extras: vec![],
    }
}

/// The error inside an outcome.
fn told(outcome: &Outcome) -> (ErrorKind, &str) {
    match outcome {
        Outcome::Rejected(error) | Outcome::Deferred(error) | Outcome::Indeterminate(error) => {
            (error.kind, &error.message)
        }
        Outcome::Created(_) | Outcome::Updated(_) | Outcome::Unchanged(_) => panic!("{outcome:?}"),
    }
}

#[tokio::test]
async fn a_write_carries_its_delivery_its_key_and_a_credential_that_is_not_recorded() {
    let remote = Remote::start(|_, _| ok("INV-1")).await;
    let (sink, recorder) = sink_at("post", &remote.url).await;
    let pushed = sink.push(&delivery()).await.unwrap();
    assert!(
        matches!(&pushed.outcome, Outcome::Created(made) if made.id == "INV-1"),
        "{pushed:?}"
    );
    let request = &remote.requests()[0];
    assert!(
        request.starts_with(&format!("POST /invoices?api_key={SECRET} ")),
        "{request}"
    );
    assert!(
        request.to_lowercase().contains("idempotency-key: content"),
        "{request}"
    );
    let intent = &recorder.intents()[0];
    assert_eq!(intent.url, format!("{}/invoices", remote.url));
    assert_eq!(
        (intent.deliveries.as_slice(), intent.function),
        (["CF-ONE".to_owned()].as_slice(), "push")
    );
    assert_eq!(intent.body.as_ref(), b"\"10.00\"");
}

#[tokio::test]
async fn a_write_without_its_delivery_is_denied() {
    let remote = Remote::start(|_, _| ok("")).await;
    for (mode, why) in [
        ("post-without-delivery", "names no delivery"),
        (
            "post-foreign-delivery",
            "carries CF-ANOTHER, which `push` is not about",
        ),
    ] {
        let (sink, recorder) = sink_at(mode, &remote.url).await;
        let pushed = sink.push(&delivery()).await.unwrap();
        let (kind, message) = told(&pushed.outcome);
        assert_eq!(kind, ErrorKind::Misconfigured);
        assert!(message.contains(why), "{message}");
        assert_eq!(recorder.intents().len(), 0);
    }
    assert_eq!(remote.requests().len(), 0);
}

#[tokio::test]
async fn a_post_that_only_reads_needs_no_delivery() {
    let remote = Remote::start(|_, _| ok("found")).await;
    let (sink, _) = sink_at("search", &remote.url).await;
    let pushed = sink.push(&delivery()).await.unwrap();
    assert!(matches!(pushed.outcome, Outcome::Created(_)));
}

#[tokio::test]
async fn a_crash_leaves_the_effect_unknown_only_after_a_write() {
    let remote = Remote::start(|_, _| ok("INV-1")).await;
    let (sink, recorder) = sink_at("trap", &remote.url).await;
    let before = sink.push(&delivery()).await.unwrap_err();
    assert!(matches!(before.failure, CallFailure::Trapped { .. }));
    assert!(!before.effect_is_unknown() && recorder.intents().is_empty());

    let (sink, recorder) = sink_at("trap-after-post", &remote.url).await;
    let after = sink.push(&delivery()).await.unwrap_err();
    assert!(matches!(after.failure, CallFailure::Trapped { .. }));
    assert!(after.effect_is_unknown());
    assert_eq!(recorder.results().len(), 1, "the record outlives the crash");
}

#[tokio::test]
async fn a_write_that_may_have_arrived_is_indeterminate_and_not_sent_again() {
    let remote = Remote::start(|_, _| Reply::HangUp).await;
    let (sink, recorder) = sink_at("post", &remote.url).await;
    let pushed = sink.push(&delivery()).await.unwrap();
    assert!(
        matches!(pushed.outcome, Outcome::Indeterminate(_)),
        "{pushed:?}"
    );
    assert_eq!(remote.requests().len(), 1);
    assert!(matches!(
        recorder.results()[0].answer,
        Answer::Interrupted(_)
    ));
}

/// A gateway gave up on the write, and the next attempt is told to be patient: the write may still have been applied.
#[tokio::test]
async fn patience_does_not_undo_what_a_gateway_left_open() {
    let reply = |number: usize, _: &str| match number {
        0 => Reply::Answer(502, vec![("retry-after", "0".to_owned())], String::new()),
        _ => Reply::Answer(429, vec![("retry-after", "3600".to_owned())], String::new()),
    };
    let remote = Remote::start(reply).await;
    let (sink, _) = sink_at("post", &remote.url).await;
    let pushed = sink.push(&delivery()).await.unwrap();
    assert_eq!(told(&pushed.outcome).0, ErrorKind::Indeterminate);
    assert_eq!(remote.requests().len(), 2);
}

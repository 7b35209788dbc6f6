//! The first door: origins, headers, credentials, redirects, budgets, and what is recorded.

use counterfoil_host::{Answer, ErrorKind, OpenError, SourceConnection};
use serde_json::json;

use crate::guests::{SECRET, hostile, refused, setup, source_at};
use crate::remote::{Remote, Reply, ok};

#[tokio::test]
async fn an_origin_that_is_not_granted_is_not_reached() {
    let granted = Remote::start(|_, _| ok("granted")).await;
    let other = Remote::start(|_, _| ok("other")).await;
    let (source, recorder) = source_at("get-plain", &granted.url, &other.url).await;
    let (kind, message) = refused(source.check().await);
    assert_eq!(kind, ErrorKind::Misconfigured);
    assert!(
        message.contains("is not an origin that the manifest asks for"),
        "{message}"
    );
    assert_eq!((other.requests().len(), recorder.intents().len()), (0, 0));
}

#[tokio::test]
async fn an_origin_that_is_asked_for_but_not_granted_does_not_open() {
    let (mut setup, _) = setup(
        "api",
        json!({ "mode": "get", "url": "https://erp.example.net" }),
    );
    setup.grant.http.clear();
    let error = SourceConnection::open(hostile().await, setup).unwrap_err();
    let OpenError::Invalid { problems, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].path, "/grant/http");
    assert_eq!(
        problems[0].hint.as_deref(),
        Some(r#"grant = { http = ["https://erp.example.net"] }"#)
    );
}

#[tokio::test]
async fn a_redirect_is_handed_to_the_guest_and_not_followed() {
    let elsewhere = Remote::start(|_, _| ok("stolen")).await;
    let target = elsewhere.url.clone();
    let remote = Remote::start(move |_, _| {
        Reply::Answer(302, vec![("location", target.clone())], String::new())
    })
    .await;
    let (source, _) = source_at("get", &remote.url, &remote.url).await;
    assert_eq!(
        source.check().await.unwrap(),
        format!("302 {} ", elsewhere.url)
    );
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn a_credential_is_sent_and_never_seen() {
    let echo = |_: usize, request: &str| {
        let headers = vec![
            ("set-cookie", "session=1".to_owned()),
            ("x-echo", SECRET.to_owned()),
        ];
        Reply::Answer(200, headers, request.to_owned())
    };
    let remote = Remote::start(echo).await;
    let (source, recorder) = source_at("get", &remote.url, &remote.url).await;
    let seen = source.check().await.unwrap();
    assert!(remote.requests()[0].contains(&format!("authorization: Bearer {SECRET}")));
    assert!(seen.contains("authorization: Bearer [redacted]"), "{seen}");
    let kept = format!(
        "{:?} {:?} {source:?}",
        recorder.intents(),
        recorder.results()
    );
    assert!(!kept.contains(SECRET) && !seen.contains(SECRET));
    assert!(!kept.contains("session=1"), "cookies are the host's");
    assert_eq!(recorder.intents()[0].credential.as_deref(), Some("api"));
}

#[tokio::test]
async fn a_credential_that_is_not_given_is_not_used() {
    let remote = Remote::start(|_, _| ok("")).await;
    let (source, _) = source_at("get-with-other-credential", &remote.url, &remote.url).await;
    let (kind, message) = refused(source.check().await);
    assert_eq!(kind, ErrorKind::Misconfigured);
    assert!(message.contains("the credential \"other\""), "{message}");
    assert_eq!(remote.requests().len(), 0);
}

#[tokio::test]
async fn headers_of_the_host_are_refused() {
    let remote = Remote::start(|_, _| ok("")).await;
    for header in [
        "Authorization",
        "cookie",
        "Host",
        "Transfer-Encoding",
        "Proxy-X",
        "accept-encoding",
        "a b",
        "x\r\ny",
    ] {
        let config = json!({ "mode": "get-with-header", "url": remote.url, "target": remote.url, "header": header });
        let (setup, _) = setup("api", config);
        let source = SourceConnection::open(hostile().await, setup).unwrap();
        let (kind, message) = refused(source.check().await);
        assert_eq!(kind, ErrorKind::Misconfigured, "{header}: {message}");
    }
    assert_eq!(remote.requests().len(), 0);
}

#[tokio::test]
async fn requests_have_a_budget() {
    let remote = Remote::start(|_, _| ok("")).await;
    let (source, _) = source_at("flood", &remote.url, &remote.url).await;
    let (_, message) = refused(source.check().await);
    assert!(message.contains("limits.requests_max"), "{message}");
    assert_eq!(remote.requests().len(), 3);
}

#[tokio::test]
async fn a_read_is_repeated_when_the_remote_asks_for_patience() {
    let reply = |number: usize, _: &str| match number {
        0 => Reply::Answer(503, vec![("retry-after", "0".to_owned())], String::new()),
        1 => Reply::Answer(429, vec![("retry-after", "0".to_owned())], String::new()),
        _ => ok("at last"),
    };
    let remote = Remote::start(reply).await;
    let (source, recorder) = source_at("get", &remote.url, &remote.url).await;
    assert_eq!(source.check().await.unwrap(), "200 - at last");
    let attempts: Vec<u32> = recorder
        .results()
        .iter()
        .map(|result| result.key.attempt)
        .collect();
    assert_eq!(attempts, [1, 2, 3]);
}

#[tokio::test]
async fn a_long_wait_is_left_to_the_engine() {
    let busy = |_: usize, _: &str| {
        Reply::Answer(429, vec![("retry-after", "3600".to_owned())], "busy".into())
    };
    let remote = Remote::start(busy).await;
    let (source, _) = source_at("get", &remote.url, &remote.url).await;
    assert_eq!(source.check().await.unwrap(), "429 - busy");
    assert_eq!(remote.requests().len(), 1);
}

#[tokio::test]
async fn a_hang_up_is_an_interruption_and_a_closed_port_is_not() {
    let remote = Remote::start(|_, _| Reply::HangUp).await;
    let (source, recorder) = source_at("get", &remote.url, &remote.url).await;
    assert_eq!(refused(source.check().await).0, ErrorKind::Unavailable);
    assert_eq!(
        remote.requests().len(),
        1,
        "what may have arrived is not sent again"
    );
    assert!(matches!(
        recorder.results()[0].answer,
        Answer::Interrupted(_)
    ));

    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let (source, recorder) = source_at("flood", &closed, &closed).await;
    assert_eq!(refused(source.check().await).0, ErrorKind::Unavailable);
    assert!(
        matches!(recorder.results()[0].answer, Answer::NotSent(_)),
        "{:?}",
        recorder.results()
    );
}

#[tokio::test]
async fn an_answer_has_a_length() {
    let remote = Remote::start(|_, _| ok("x".repeat(65537))).await;
    let (source, recorder) = source_at("get", &remote.url, &remote.url).await;
    let (_, message) = refused(source.check().await);
    assert!(message.contains("http.body_bytes_max = 65536"), "{message}");
    assert!(matches!(
        recorder.results()[0].answer,
        Answer::Interrupted(_)
    ));
}

//! A recording answers in place of the network, and only what was recorded.

use counterfoil_host::{Cassette, ErrorKind, SourceConnection, Traffic};
use serde_json::json;

use crate::guests::{SECRET, hostile, refused, setup, source_at};
use crate::remote::{Remote, Reply};

#[tokio::test]
async fn a_recorded_call_replays_offline_once() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("check.json");
    let reply = |number: usize, request: &str| match number {
        0 => Reply::Answer(503, vec![("retry-after", "0".to_owned())], String::new()),
        _ => Reply::Answer(
            200,
            vec![("location", "there".to_owned())],
            request.lines().next().unwrap().to_owned(),
        ),
    };
    let remote = Remote::start(reply).await;
    let target = format!("{}/a?b=c", remote.url);
    let (source, recorder) = source_at("get", &remote.url, &target).await;
    let live = source.check().await.unwrap();
    assert_eq!(live, "200 there GET /a?b=c HTTP/1.1");
    Cassette::of(&recorder).save(&file).unwrap();
    assert!(!std::fs::read_to_string(&file).unwrap().contains(SECRET));

    let reached = remote.requests().len();
    let cassette = Cassette::load(&file).unwrap();
    assert_eq!(cassette.exchanges().len(), 2);
    let config = json!({ "mode": "get", "url": remote.url, "target": target });
    let (mut setup, _) = setup("api", config);
    setup.credentials.clear();
    setup.traffic = Traffic::Replay(cassette);
    let offline = SourceConnection::open(hostile().await, setup).unwrap();
    assert_eq!(offline.check().await.unwrap(), live);
    let (kind, message) = refused(offline.check().await);
    assert_eq!(kind, ErrorKind::Unavailable);
    assert!(
        message.contains("limits.requests_max") || message.contains("holds no further GET"),
        "{message}"
    );
    assert_eq!(remote.requests().len(), reached, "the network was not used");
}

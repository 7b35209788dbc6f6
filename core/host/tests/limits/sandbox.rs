//! Time, memory, stack, messages, and what a process would see without a door.

use counterfoil_host::{CallFailure, Limit};

use crate::guests::{source, source_at};
use crate::remote::{Remote, Reply};

#[tokio::test]
async fn an_endless_loop_ends_at_its_limit_and_lets_others_work() {
    let (source, _) = source("loop").await;
    let mut turns = 0;
    let others = async {
        loop {
            tokio::task::yield_now().await;
            turns += 1;
        }
    };
    let error = tokio::select! {
        answer = source.check() => answer.unwrap_err(),
        () = others => unreachable!("the others work on and on"),
    };
    assert!(
        matches!(error.failure, CallFailure::Limit(Limit::Cpu(1000))),
        "{error:?}"
    );
    assert_eq!(error.to_string(), "run `check` of the connector tried");
    assert_eq!(
        error.failure.to_string(),
        "the connector computed for longer than limits.cpu_ms_max = 1000 allows"
    );
    assert!(turns > 3, "{turns} turns on the only thread");
}

#[tokio::test]
async fn a_memory_bomb_ends_at_its_limit_and_says_which() {
    let (source, _) = source("memory").await;
    let failure = source.check().await.unwrap_err().failure;
    assert_eq!(
        failure.to_string(),
        "the connector used more memory than limits.memory_bytes_max = 16777216 allows"
    );
}

#[tokio::test]
async fn endless_recursion_ends_in_a_crash_of_the_guest_alone() {
    let (source, _) = source("recurse").await;
    let failure = source.check().await.unwrap_err().failure;
    let CallFailure::Trapped { reason } = &failure else {
        panic!("{failure:?}")
    };
    // Which stack ends first, the engine's or the one in the guest's memory, is up to the guest's compiler.
    let ends = ["call stack exhausted", "out of bounds memory access"];
    assert!(ends.iter().any(|end| reason.contains(end)), "{reason}");
}

#[tokio::test]
async fn a_crash_is_told_apart_and_the_next_call_has_a_fresh_instance() {
    let (source, _) = source("trap").await;
    for _ in 0..2 {
        let error = source.check().await.unwrap_err();
        let CallFailure::Trapped { reason } = &error.failure else {
            panic!("{error:?}")
        };
        assert!(reason.ends_with(": as told"), "{reason}");
        assert!(!error.effect_is_unknown());
        assert_eq!(source.describe().await.unwrap().kinds.len(), 1);
    }
}

/// The only test that waits: for a remote that never answers, until the call's 5 seconds are over.
#[tokio::test]
async fn waiting_without_end_ends_at_the_wall_limit() {
    let remote = Remote::start(|_, _| Reply::Silence).await;
    let (source, recorder) = source_at("get", &remote.url, &remote.url).await;
    let error = source.check().await.unwrap_err();
    assert!(
        matches!(error.failure, CallFailure::Limit(Limit::Wall(5))),
        "{error:?}"
    );
    assert_eq!((recorder.intents().len(), recorder.results().len()), (1, 0));
}

#[tokio::test]
async fn messages_are_limited_in_number_and_length() {
    let (source, recorder) = source("chatter").await;
    assert_eq!(source.check().await.unwrap(), "10000 lines");
    let lines = recorder.lines();
    assert_eq!(lines.len(), 1001);
    assert!(lines.iter().all(|line| line.message.len() <= 2048));
    assert_eq!(
        lines[1000].message,
        "more than 1000 messages: the rest is left out"
    );
}

#[tokio::test]
async fn nothing_is_inherited_from_the_process() {
    let (source, _) = source("ambient").await;
    assert_eq!(
        source.check().await.unwrap(),
        "variables: 0, arguments: 0, root: false, temporary: false"
    );
}

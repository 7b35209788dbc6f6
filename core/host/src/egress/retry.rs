//! When a request is sent again, and after how long. It decides from one outcome; what outcomes mean together is `send`'s.

use std::time::Duration;

use super::attempt::Outcome;
use crate::bindings::http::{FailureKind, Response};

const ATTEMPTS_MAX: u32 = 4;
const PAUSE_FIRST: Duration = Duration::from_millis(250);
/// A remote that asks for more is given back to the connector, which passes the wish on to the engine.
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// How long to wait before the next attempt; nothing when there shall be none.
pub(super) fn pause(attempt: u32, outcome: &Outcome) -> Option<Duration> {
    if attempt >= ATTEMPTS_MAX {
        return None;
    }
    let backoff = PAUSE_FIRST * 2_u32.pow(attempt - 1);
    match outcome {
        Outcome::Answered(response) if matches!(response.status, 429 | 502 | 503 | 504) => {
            let asked = retry_after(response).unwrap_or(backoff);
            (asked <= PAUSE_MAX).then_some(asked)
        }
        Outcome::Answered(_) => None,
        Outcome::Failed(failure) => (failure.kind == FailureKind::NotSent).then_some(backoff),
    }
}

/// Whether an answer leaves open that a write was applied.
pub(super) fn is_ambiguous(status: u16) -> bool {
    matches!(status, 502 | 504)
}

/// Whether an answer only says that this one attempt was not applied.
pub(super) fn says_not_applied(status: u16) -> bool {
    matches!(status, 429 | 503)
}

/// In whole seconds. The form with a date is left to the backoff.
fn retry_after(response: &Response) -> Option<Duration> {
    let (_, value) = response
        .headers
        .iter()
        .find(|(name, _)| name == "retry-after")?;
    value.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::http::Failure;

    fn answered(status: u16, retry_after: Option<&str>) -> Outcome {
        let headers = retry_after.map(|value| ("retry-after".to_owned(), value.to_owned()));
        let headers = headers.into_iter().collect();
        Outcome::Answered(Response {
            exchange: 0,
            status,
            headers,
            body: vec![],
            attempts: 1,
        })
    }

    fn failed(kind: FailureKind) -> Outcome {
        Outcome::Failed(Failure {
            kind,
            message: String::new(),
            exchange: None,
        })
    }

    #[test]
    fn pauses_grow_and_the_remote_s_wish_goes_first() {
        assert_eq!(
            pause(1, &answered(503, None)),
            Some(Duration::from_millis(250))
        );
        assert_eq!(pause(3, &answered(429, None)), Some(Duration::from_secs(1)));
        assert_eq!(
            pause(1, &answered(429, Some("7"))),
            Some(Duration::from_secs(7))
        );
        assert_eq!(pause(1, &answered(429, Some("3600"))), None);
        assert_eq!(pause(ATTEMPTS_MAX, &answered(429, None)), None);
    }

    #[test]
    fn only_what_was_not_applied_is_sent_again() {
        assert!(pause(1, &failed(FailureKind::NotSent)).is_some());
        for kind in [
            FailureKind::Interrupted,
            FailureKind::Denied,
            FailureKind::Exhausted,
        ] {
            assert_eq!(pause(1, &failed(kind)), None, "{kind:?}");
        }
        for status in [200, 201, 301, 400, 404, 409, 500] {
            assert_eq!(pause(1, &answered(status, None)), None, "{status}");
        }
    }
}

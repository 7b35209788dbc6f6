//! The first door: every request of a connection goes through here. Policy, credential, pace, repetition and record are each
//! a module; this one is their order.

mod attempt;
mod pace;
mod policy;
mod prepare;
mod redact;
mod retry;
mod transport;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::time::Instant;

use crate::bindings::http::{Failure, FailureKind, Request, Response};
use crate::call::Call;
use crate::credential::Placement;
use crate::exchange::{ExchangeKey, Recorder};

pub(crate) use pace::Pace;
pub(crate) use policy::{Policy, is_link_local};
pub(crate) use redact::Redactor;
pub(crate) use transport::{Replay, Transport, client};

use attempt::Outcome;
use prepare::Prepared;

/// Bodies are cut off here unless the manifest asks for less.
pub(crate) const BODY_BYTES_MAX: u32 = 16 << 20;

/// The way out of one connection.
#[derive(Debug)]
pub(crate) struct Egress {
    pub(crate) policy: Policy,
    /// By the name of the manifest. An optional one that the pipeline does not give is there without a placement.
    pub(crate) credentials: BTreeMap<String, Option<Placement>>,
    pub(crate) transport: Transport,
    pub(crate) pace: Pace,
    pub(crate) redactor: Redactor,
    pub(crate) recorder: Arc<dyn Recorder>,
    pub(crate) idempotency_header: Option<String>,
    pub(crate) body_bytes_max: usize,
}

impl Egress {
    /// Sends a request of a call, as often as its repetition allows.
    pub(crate) async fn send(&self, call: &Call, request: Request) -> Result<Response, Failure> {
        let prepared = self.prepare(call, request).map_err(|message| {
            call.denied.store(true, Ordering::Relaxed);
            Failure {
                kind: FailureKind::Denied,
                message,
                exchange: None,
            }
        })?;
        let exchange = call.next_exchange();
        // An answer that leaves open whether a write was applied; a later attempt that says nothing does not undo it.
        let mut ambiguous: Option<Response> = None;
        for attempt in 1.. {
            let key = ExchangeKey {
                call: call.number,
                exchange,
                attempt,
            };
            let outcome = self.once(call, key, &prepared).await;
            let pause = prepared
                .repeatable
                .then(|| retry::pause(attempt, &outcome))
                .flatten();
            let pause = pause.filter(|pause| Instant::now() + *pause < call.deadline);
            let Some(pause) = pause else {
                return conclude(outcome, ambiguous, attempt);
            };
            if let Outcome::Answered(response) = outcome
                && prepared.writes
                && retry::is_ambiguous(response.status)
            {
                ambiguous = Some(response);
            }
            if self.transport.is_live() {
                tokio::time::sleep(pause).await;
            }
        }
        unreachable!("the loop ends by its own return")
    }

    async fn once(&self, call: &Call, key: ExchangeKey, prepared: &Prepared) -> Outcome {
        if !call.take_request() {
            let message =
                "the call's number of requests (limits.requests_max) is used up".to_owned();
            return Outcome::Failed(Failure {
                kind: FailureKind::Exhausted,
                message,
                exchange: (key.attempt > 1).then_some(key.exchange),
            });
        }
        self.pace.wait().await;
        let outcome = self.attempt(call, key, prepared).await;
        call.waited.store(true, Ordering::Relaxed);
        outcome
    }
}

/// The answer that the guest gets in the end.
fn conclude(
    outcome: Outcome,
    ambiguous: Option<Response>,
    attempts: u32,
) -> Result<Response, Failure> {
    match (outcome, ambiguous) {
        (Outcome::Answered(response), Some(earlier))
            if retry::says_not_applied(response.status) =>
        {
            Ok(Response {
                attempts,
                ..earlier
            })
        }
        (Outcome::Answered(response), _) => Ok(Response {
            attempts,
            ..response
        }),
        (Outcome::Failed(failure), Some(earlier)) if failure.kind == FailureKind::NotSent => {
            Ok(Response {
                attempts,
                ..earlier
            })
        }
        (Outcome::Failed(failure), _) => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16) -> Response {
        Response {
            exchange: 0,
            status,
            headers: vec![],
            body: vec![],
            attempts: 1,
        }
    }

    /// A write that a gateway gave up on may have been applied, whatever a later attempt was told.
    #[test]
    fn an_ambiguous_answer_is_not_undone_by_one_that_says_nothing() {
        let not_sent = || {
            Outcome::Failed(Failure {
                kind: FailureKind::NotSent,
                message: String::new(),
                exchange: None,
            })
        };
        let status = |outcome, ambiguous: Option<u16>| {
            conclude(outcome, ambiguous.map(response), 2)
                .map(|r| r.status)
                .map_err(|f| f.kind)
        };
        assert_eq!(status(Outcome::Answered(response(429)), Some(502)), Ok(502));
        assert_eq!(status(not_sent(), Some(504)), Ok(504));
        assert_eq!(status(Outcome::Answered(response(201)), Some(502)), Ok(201));
        assert_eq!(status(Outcome::Answered(response(429)), None), Ok(429));
        assert_eq!(status(not_sent(), None), Err(FailureKind::NotSent));
    }
}

//! One attempt: its intent is recorded, then it is sent, then its end is recorded, then the guest learns of it.

use std::sync::atomic::Ordering;

use data_encoding::HEXLOWER;
use reqwest::header::HeaderMap;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::Egress;
use super::prepare::Prepared;
use super::transport::{Received, Unreceived};
use crate::bindings::http::{Failure, FailureKind, Response};
use crate::call::Call;
use crate::exchange::{Answer, Answered, ExchangeIntent, ExchangeKey, ExchangeResult, Unanswered};

#[derive(Debug)]
pub(super) enum Outcome {
    Answered(Response),
    Failed(Failure),
}

/// Answers carry these for whoever holds the session; a guest holds none.
const WITHHELD_HEADERS: [&str; 3] = ["set-cookie", "authorization", "proxy-authenticate"];

impl Egress {
    pub(super) async fn attempt(
        &self,
        call: &Call,
        key: ExchangeKey,
        prepared: &Prepared,
    ) -> Outcome {
        let failed = |kind, message| {
            Outcome::Failed(Failure {
                kind,
                message,
                exchange: Some(key.exchange),
            })
        };
        if let Err(error) = self.recorder.begin(self.intent(call, key, prepared)).await {
            return failed(FailureKind::NotSent, error.to_string());
        }
        if prepared.writes {
            call.writes_sent.fetch_add(1, Ordering::Relaxed);
        }
        let started = Instant::now();
        let received = self.transport.send(prepared, self.body_bytes_max).await;
        if prepared.writes && matches!(received, Err(Unreceived::NotSent(_))) {
            call.writes_sent.fetch_sub(1, Ordering::Relaxed);
        }
        let (answer, outcome) = match received {
            Ok(received) => {
                let answered = self.redacted(&received);
                let response = Response {
                    exchange: key.exchange,
                    status: answered.status,
                    headers: answered.headers.clone(),
                    body: answered.body.to_vec(),
                    attempts: key.attempt,
                };
                (Answer::Answered(answered), Outcome::Answered(response))
            }
            Err(Unreceived::NotSent(reason)) => {
                let reason = self.redactor.text(&reason);
                (
                    Answer::NotSent(Unanswered {
                        reason: reason.clone(),
                    }),
                    failed(FailureKind::NotSent, reason),
                )
            }
            Err(Unreceived::Interrupted(reason)) => {
                let reason = self.redactor.text(&reason);
                let answer = Answer::Interrupted(Unanswered {
                    reason: reason.clone(),
                });
                (answer, failed(FailureKind::Interrupted, reason))
            }
        };
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        // Without its record an answer proves nothing: the connector is told that there is none.
        match self
            .recorder
            .end(ExchangeResult {
                key,
                duration_ms,
                answer,
            })
            .await
        {
            Ok(()) => outcome,
            Err(error) => failed(FailureKind::Interrupted, error.to_string()),
        }
    }

    fn intent(&self, call: &Call, key: ExchangeKey, prepared: &Prepared) -> ExchangeIntent {
        ExchangeIntent {
            key,
            function: call.function,
            method: prepared.method.to_string(),
            url: self.redactor.text(prepared.url.as_str()),
            headers: self.readable(&prepared.headers),
            body: prepared.body.clone(),
            body_digest: prepared.body_digest.clone(),
            credential: prepared.credential.as_ref().map(|(name, _)| name.clone()),
            deliveries: prepared.deliveries.clone(),
        }
    }

    fn redacted(&self, received: &Received) -> Answered {
        let body = self.redactor.bytes(&received.body);
        Answered {
            status: received.status,
            headers: self.readable(&received.headers),
            body_digest: HEXLOWER.encode(Sha256::digest(&body).as_slice()),
            body,
        }
    }

    fn readable(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        let shown = headers
            .iter()
            .filter(|(name, _)| !WITHHELD_HEADERS.contains(&name.as_str()));
        let text = |value: &[u8]| self.redactor.text(&String::from_utf8_lossy(value));
        shown
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
            .collect()
    }
}

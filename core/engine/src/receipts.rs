//! Keeps what passed between a connector and its system: intent before the first byte, the answer after the last.

use std::sync::Arc;

use counterfoil_host::{
    ExchangeIntent, ExchangeResult, FileRead, LogLevel, LogLine, RecordError, Recorder,
};
use counterfoil_model::ids::RunId;
use counterfoil_store::{ExchangeBegin, ExchangeEnd, Store};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::session::Session;

/// The receipts of one connection in one run.
#[derive(Debug)]
pub(crate) struct Receipts {
    store: Store,
    run: RunId,
    now: counterfoil_model::time::Instant,
    /// Exchange keys of the host, as the store numbered them.
    open: std::sync::Mutex<std::collections::BTreeMap<(u64, u32, u32), i64>>,
}

impl Receipts {
    pub(crate) fn recorder(session: &Session, run: RunId) -> Arc<dyn Recorder> {
        Arc::new(Self {
            store: session.store.clone(),
            run,
            now: session.now,
            open: std::sync::Mutex::default(),
        })
    }

    fn open(&self) -> std::sync::MutexGuard<'_, std::collections::BTreeMap<(u64, u32, u32), i64>> {
        self.open
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Recorder for Receipts {
    fn begin(&self, intent: ExchangeIntent) -> BoxFuture<'_, Result<(), RecordError>> {
        let begin = ExchangeBegin {
            run: self.run,
            reference: intent.deliveries.first().cloned(),
            method: intent.method,
            url: intent.url,
            body: intent.body.to_vec(),
            started: self.now,
        };
        async move {
            let id = self
                .store
                .begin_exchange(begin)
                .await
                .map_err(|error| RecordError {
                    source: Box::new(error),
                })?;
            self.open().insert(
                (intent.key.call, intent.key.exchange, intent.key.attempt),
                id,
            );
            Ok(())
        }
        .boxed()
    }

    fn end(&self, result: ExchangeResult) -> BoxFuture<'_, Result<(), RecordError>> {
        async move {
            let key = (result.key.call, result.key.exchange, result.key.attempt);
            let Some(id) = self.open().remove(&key) else {
                return Ok(());
            };
            let (status, body, failure) = match result.answer {
                counterfoil_host::Answer::Answered(answered) => {
                    (Some(answered.status), answered.body.to_vec(), None)
                }
                counterfoil_host::Answer::NotSent(unanswered)
                | counterfoil_host::Answer::Interrupted(unanswered) => {
                    (None, Vec::new(), Some(unanswered.reason))
                }
            };
            let end = ExchangeEnd {
                id,
                status,
                body,
                failure,
                duration_ms: result.duration_ms,
            };
            self.store
                .end_exchange(end)
                .await
                .map_err(|error| RecordError {
                    source: Box::new(error),
                })
        }
        .boxed()
    }

    fn log(&self, line: LogLine) {
        let fields = || {
            line.fields
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect::<Vec<_>>()
                .join(" ")
        };
        match line.level {
            LogLevel::Debug => tracing::debug!(fields = fields(), "connector: {}", line.message),
            LogLevel::Info => tracing::info!(fields = fields(), "connector: {}", line.message),
            LogLevel::Warn => tracing::warn!(fields = fields(), "connector: {}", line.message),
            LogLevel::Error => tracing::error!(fields = fields(), "connector: {}", line.message),
        }
    }

    fn file_read(&self, read: FileRead) {
        tracing::debug!(
            path = read.path,
            digest = read.digest,
            bytes = read.length_bytes,
            "read a file"
        );
    }
}

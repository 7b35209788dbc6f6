//! What is kept of a call: exchanges, log lines, files that were read. Where it is kept is the recorder's.

use std::sync::Mutex;

use bytes::Bytes;
use futures_util::future::BoxFuture;

/// Keeps what connectors do. The intent is kept before a byte is sent: an intent without a result may have arrived.
pub trait Recorder: Send + Sync + std::fmt::Debug {
    /// Called before an attempt's first byte. An error keeps it from being sent.
    fn begin(&self, intent: ExchangeIntent) -> BoxFuture<'_, Result<(), RecordError>>;

    /// Called with the answer, or the lack of one, before the connector learns of it.
    fn end(&self, result: ExchangeResult) -> BoxFuture<'_, Result<(), RecordError>>;

    /// A message of the connector.
    fn log(&self, line: LogLine);

    /// A file was read by the connector.
    fn file_read(&self, read: FileRead);
}

/// Failed to keep a record.
#[derive(Debug, thiserror::Error)]
#[error("keep the record of an exchange")]
pub struct RecordError {
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// One attempt of one exchange of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeKey {
    /// The number of the call within its connection, from 1.
    pub call: u64,
    /// The number of the exchange within the call, from 0.
    pub exchange: u32,
    /// From 1.
    pub attempt: u32,
}

/// What is about to be sent, without the credential.
#[derive(Clone, Debug)]
pub struct ExchangeIntent {
    pub key: ExchangeKey,
    /// The function of the contract: "push".
    pub function: &'static str,
    pub method: String,
    /// As the connector gave it.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// SHA-256 of the body in lower-case hexadecimal.
    pub body_digest: String,
    /// The name of the credential that is added.
    pub credential: Option<String>,
    /// The references of the deliveries that it carries.
    pub deliveries: Vec<String>,
}

/// What became of an attempt.
#[derive(Clone, Debug)]
pub struct ExchangeResult {
    pub key: ExchangeKey,
    pub duration_ms: u64,
    pub answer: Answer,
}

#[derive(Clone, Debug)]
pub enum Answer {
    Answered(Answered),
    /// It never reached the remote.
    NotSent(Unanswered),
    /// It may have reached the remote.
    Interrupted(Unanswered),
}

/// The answer, with secrets and cookies taken out.
#[derive(Clone, Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// SHA-256 of the body in lower-case hexadecimal.
    pub body_digest: String,
}

#[derive(Clone, Debug)]
pub struct Unanswered {
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

/// A message of a connector, cut to the host's limits.
#[derive(Clone, Debug)]
pub struct LogLine {
    pub call: u64,
    pub level: LogLevel,
    pub message: String,
    pub fields: Vec<(String, String)>,
}

/// A file that a connector read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRead {
    pub call: u64,
    /// Relative to the granted folder.
    pub path: String,
    /// BLAKE3 in lower-case hexadecimal.
    pub digest: String,
    pub length_bytes: u64,
}

/// Keeps everything in memory.
#[derive(Debug, Default)]
pub struct Memory {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    intents: Vec<ExchangeIntent>,
    results: Vec<ExchangeResult>,
    lines: Vec<LogLine>,
    reads: Vec<FileRead>,
}

impl Memory {
    pub fn intents(&self) -> Vec<ExchangeIntent> {
        self.with(|kept| kept.intents.clone())
    }

    pub fn results(&self) -> Vec<ExchangeResult> {
        self.with(|kept| kept.results.clone())
    }

    pub fn lines(&self) -> Vec<LogLine> {
        self.with(|kept| kept.lines.clone())
    }

    pub fn reads(&self) -> Vec<FileRead> {
        self.with(|kept| kept.reads.clone())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        // A panic elsewhere leaves the lists whole: each is only ever pushed to.
        work(
            &mut self
                .kept
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }
}

impl Recorder for Memory {
    fn begin(&self, intent: ExchangeIntent) -> BoxFuture<'_, Result<(), RecordError>> {
        self.with(|kept| kept.intents.push(intent));
        Box::pin(async { Ok(()) })
    }

    fn end(&self, result: ExchangeResult) -> BoxFuture<'_, Result<(), RecordError>> {
        self.with(|kept| kept.results.push(result));
        Box::pin(async { Ok(()) })
    }

    fn log(&self, line: LogLine) {
        self.with(|kept| kept.lines.push(line));
    }

    fn file_read(&self, read: FileRead) {
        self.with(|kept| kept.reads.push(read));
    }
}

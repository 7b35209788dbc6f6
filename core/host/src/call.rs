//! One call of one connector: what is counted while it runs, and what its end means. Which function is called is the
//! connection's.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use tokio::time::Instant;
use wasmtime::component::ResourceTable;
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::bindings::types;
use crate::connection::Shared;
use crate::files::View;
use crate::limits::{CpuMeter, Limit, MemoryGauge};
use crate::listing::{Listing, ListingError};

/// What a guest may write to its standard error in one call; more is a crash.
const STDERR_BYTES_MAX: usize = 1 << 20;
/// What is told of it after a crash.
const LAST_WORDS_BYTES_MAX: usize = 1024;

/// Failed to get an answer out of a connector.
#[derive(Debug, thiserror::Error)]
#[error("run `{function}` of the connector {connector}")]
pub struct CallError {
    /// The name of the connection: the source or sink of the pipeline.
    pub connector: String,
    pub function: &'static str,
    /// Writing requests that were sent, or may have been. With any, the effect of a failed call is unknown.
    pub writes_sent: u32,
    /// The door refused one of its requests: a connector that names what it may not reach.
    pub denied: bool,
    #[source]
    pub failure: CallFailure,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallFailure {
    /// The connector's own error, classified.
    #[error("{}", .0.message)]
    Refused(Box<types::Error>),
    #[error("the connector {0}")]
    Limit(Limit),
    /// The connector crashed.
    #[error("the connector crashed: {reason}")]
    Trapped { reason: String },
    /// The engine did not accept what was listed.
    #[error(transparent)]
    Listing(ListingError),
    #[error("the connector could not be started: {reason}")]
    NotStarted { reason: String },
}

impl CallError {
    /// The error of the contract, where the connector gave one.
    pub fn refused(&self) -> Option<&types::Error> {
        match &self.failure {
            CallFailure::Refused(error) => Some(error),
            CallFailure::Limit(_)
            | CallFailure::Trapped { .. }
            | CallFailure::Listing(_)
            | CallFailure::NotStarted { .. } => None,
        }
    }

    /// Whether something may have been changed at the remote.
    pub fn effect_is_unknown(&self) -> bool {
        self.writes_sent > 0
    }
}

/// What is counted during one call. Outlives the guest, and so a trap.
#[derive(Debug)]
pub(crate) struct Call {
    /// Within the connection, from 1.
    pub(crate) number: u64,
    pub(crate) function: &'static str,
    /// The deliveries that requests of this call may carry.
    pub(crate) references: BTreeSet<String>,
    pub(crate) deadline: Instant,
    pub(crate) writes_sent: AtomicU32,
    pub(crate) lines: AtomicU32,
    /// The guest has waited for a remote since the last tick.
    pub(crate) waited: AtomicBool,
    /// A request was refused before it was sent.
    pub(crate) denied: AtomicBool,
    exchanges: AtomicU32,
    requests_left: AtomicU32,
}

impl Call {
    pub(crate) fn new(
        number: u64,
        function: &'static str,
        references: BTreeSet<String>,
        deadline: Instant,
        requests_max: u32,
    ) -> Self {
        Self {
            number,
            function,
            references,
            deadline,
            writes_sent: AtomicU32::new(0),
            lines: AtomicU32::new(0),
            waited: AtomicBool::new(false),
            denied: AtomicBool::new(false),
            exchanges: AtomicU32::new(0),
            requests_left: AtomicU32::new(requests_max),
        }
    }

    pub(crate) fn next_exchange(&self) -> u32 {
        self.exchanges.fetch_add(1, Ordering::Relaxed)
    }

    /// Uses up one request; false when none is left.
    pub(crate) fn take_request(&self) -> bool {
        let less = |left: u32| left.checked_sub(1);
        self.requests_left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
            .is_ok()
    }
}

/// What a guest's imports work on.
pub(crate) struct State {
    pub(crate) call: Arc<Call>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) listing: Option<Arc<Mutex<dyn Listing>>>,
    pub(crate) files: View,
    stderr: MemoryOutputPipe,
    memory: MemoryGauge,
    wasi: WasiCtx,
    table: ResourceTable,
}

impl State {
    pub(crate) fn new(
        call: Arc<Call>,
        shared: Arc<Shared>,
        listing: Option<Arc<Mutex<dyn Listing>>>,
    ) -> Self {
        let memory = MemoryGauge::new(shared.limits.memory_bytes_max);
        let stderr = MemoryOutputPipe::new(STDERR_BYTES_MAX);
        // Nothing is inherited: no arguments, environment, folders or streams.
        let mut wasi = WasiCtx::builder();
        wasi.allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .stderr(stderr.clone());
        Self {
            call,
            shared,
            listing,
            files: View::default(),
            stderr,
            memory,
            wasi: wasi.build(),
            table: ResourceTable::new(),
        }
    }

    /// A store with its limits in place.
    pub(crate) fn into_store(self, engine: &wasmtime::Engine) -> Store<Self> {
        let cpu_ms_max = self.shared.limits.cpu_ms_max;
        let mut store = Store::new(engine, self);
        store.limiter(|state| &mut state.memory);
        store.set_epoch_deadline(1);
        let mut meter = CpuMeter::new(cpu_ms_max);
        // Yields at every tick, so that a busy guest does not hold its thread.
        store.epoch_deadline_callback(move |context| {
            let waited = context.data().call.waited.swap(false, Ordering::Relaxed);
            match meter.tick(waited) {
                Some(limit) => Err(wasmtime::Error::new(limit)),
                None => Ok(UpdateDeadline::Yield(1)),
            }
        });
        store
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// What a trap was about.
pub(crate) fn failure(error: &wasmtime::Error, state: &State) -> CallFailure {
    if let Some(limit) = find::<Limit>(error) {
        return CallFailure::Limit(*limit);
    }
    if let Some(refused) = find::<ListingError>(error) {
        return CallFailure::Listing(refused.clone());
    }
    // The root says what happened; the frames between name functions that only the connector's author knows.
    let cause = error.root_cause();
    let words = last_words(&state.stderr.contents());
    let reason = if words.is_empty() {
        cause.to_string()
    } else {
        format!("{cause}; {words}")
    };
    CallFailure::Trapped { reason }
}

/// The end of what a guest wrote to its standard error, on one line: a panic says there what it was about.
fn last_words(stderr: &[u8]) -> String {
    let end = &stderr[stderr.len().saturating_sub(LAST_WORDS_BYTES_MAX)..];
    let text = String::from_utf8_lossy(end);
    let lines = text.lines().filter(|line| !line.starts_with("note: "));
    one_line(&lines.collect::<Vec<_>>().join("\n"))
}

/// A guest's words cannot look like lines of ours.
pub(crate) fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

fn find<E: std::error::Error + Send + Sync + 'static>(error: &wasmtime::Error) -> Option<&E> {
    error
        .downcast_ref()
        .or_else(|| error.chain().find_map(|cause| cause.downcast_ref()))
}

//! Logs and traces: pretty on a terminal, JSON lines otherwise, and spans to a collector where the configuration names one.

mod batch;
mod layer;

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::{Context, Result};
use counterfoil_host::Collector;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::JoinHandle;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry};

use self::batch::{Span, batch};
use self::layer::Spans;

/// Spans that wait to be sent; more are dropped, since traces must not slow down what they tell of.
const WAITING_MAX: usize = 4096;
const BATCH_MAX: usize = 512;
const BATCH_EVERY: Duration = Duration::from_secs(2);
/// So long the last batch may take when the program ends.
const FLUSH_MAX: Duration = Duration::from_secs(3);

/// Sends what is left when it is ended.
#[must_use = "spans that wait are lost unless it is ended"]
pub(crate) struct Telemetry {
    sending: Option<(layer::Gate, JoinHandle<()>)>,
}

/// Starts logging to standard error, so that data stays alone on standard output. A service says what it does, whatever
/// else is wanted; `otlp` is the address of a collector.
pub(crate) fn start(filter: &str, is_service: bool, otlp: Option<&str>) -> Result<Telemetry> {
    let filter = filter_of(filter, is_service)?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = if std::io::stderr().is_terminal() {
        lines.with_target(false).boxed()
    } else {
        lines.json().boxed()
    };
    let lines = lines.with_filter(filter);
    let Some(otlp) = otlp else {
        tracing_subscriber::registry().with(lines).init();
        return Ok(Telemetry { sending: None });
    };
    let collector = Collector::new(otlp)?;
    let (sender, receiver) = channel(WAITING_MAX);
    let (spans, gate) = Spans::new(sender);
    // Spans of our own crates: what is sent must not cause more to be sent.
    let spans = spans.with_filter(Targets::new().with_target("counterfoil", LevelFilter::INFO));
    tracing_subscriber::registry()
        .with(lines)
        .with(spans)
        .init();
    let task = tokio::spawn(send(collector, receiver));
    Ok(Telemetry {
        sending: Some((gate, task)),
    })
}

impl Telemetry {
    pub(crate) async fn end(self) {
        if let Some((gate, task)) = self.sending {
            gate.close();
            // A collector that hangs keeps nothing alive.
            let _ = tokio::time::timeout(FLUSH_MAX, task).await;
        }
    }
}

fn filter_of(filter: &str, is_service: bool) -> Result<EnvFilter> {
    let mut filter = EnvFilter::try_new(filter).context("read --log")?;
    let is_silent = filter
        .max_level_hint()
        .is_some_and(|level| level < LevelFilter::INFO);
    if is_service && is_silent {
        for told in [
            "counterfoil_engine::run=info",
            "counterfoil::commands::run=info",
        ] {
            filter = filter.add_directive(told.parse()?);
        }
    }
    Ok(filter)
}

/// Sends batches until there is nothing more to come. A collector that is away costs traces, and one line in the log.
async fn send(collector: Collector, mut receiver: Receiver<Span>) {
    let mut is_away = false;
    let mut spans = Vec::new();
    loop {
        let count = receiver.recv_many(&mut spans, BATCH_MAX).await;
        if count == 0 {
            return;
        }
        // What belongs together mostly ends together.
        let more = async {
            while spans.len() < BATCH_MAX {
                let room = BATCH_MAX - spans.len();
                if receiver.recv_many(&mut spans, room).await == 0 {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(BATCH_EVERY, more).await;
        let sent = collector.send(batch(&spans)).await;
        spans.clear();
        match sent {
            Ok(()) => is_away = false,
            Err(error) if !is_away => {
                is_away = true;
                tracing::warn!(target: "telemetry", "traces are lost: failed to {}", counterfoil_engine::chain(&error));
            }
            Err(_) => {}
        }
    }
}

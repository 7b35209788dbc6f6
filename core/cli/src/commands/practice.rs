//! `counterfoil practice`: serves until it is interrupted.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use counterfoil_practice::{FaultSchedule, Options, serve};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Global;
use crate::exit::Exit;
use crate::output::Shape;

const EXAMPLES: &str = "\
Example:
  counterfoil practice --database practice.db --listen 127.0.0.1:8080 --token secret";

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PracticeReport {
    /// Where it answers.
    url: String,
    /// Where it describes itself.
    openapi: String,
}

pub(crate) const SHAPE: Shape<PracticeReport> = Shape::new(
    "practice/1",
    "Where the practice API answers, once it does.",
    &[],
);

/// Runs the practice invoicing API, for demos, tests and connector authors.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Practice {
    /// Where it listens; port 0 picks a free one, which is printed.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// Where it keeps its data.
    #[arg(long, default_value = "practice.db", value_name = "FILE")]
    pub(crate) database: PathBuf,
    /// A bearer token that every request has to carry.
    #[arg(long, env = "COUNTERFOIL_PRACTICE_TOKEN")]
    pub(crate) token: Option<String>,
    /// A fault schedule in TOML.
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
}

pub(crate) async fn run(global: &Global, what: &Practice) -> Result<Exit> {
    let faults = match &what.faults {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("read {}", path.display()))?;
            Some(FaultSchedule::parse(&text).with_context(|| format!("read {}", path.display()))?)
        }
        None => None,
    };
    let running = serve(Options {
        listen: what.listen,
        database: what.database.clone(),
        token: what.token.clone(),
        faults,
        now: global.now.map(counterfoil_model::time::Instant::timestamp),
    })
    .await?;
    let url = format!("http://{}/", running.local_addr());
    let report = PracticeReport {
        openapi: format!("{url}openapi.json"),
        url,
    };
    global.answer(SHAPE.answer(&report).text(|| {
        format!(
            "practice invoicing API at {}, OpenAPI at /openapi.json",
            report.url
        )
    }))?;
    wait_for_the_end().await?;
    running.shutdown().await?;
    Ok(Exit::Done)
}

/// Ctrl-C or SIGTERM.
async fn wait_for_the_end() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("listen for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}

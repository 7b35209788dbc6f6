//! `counterfoil practice`: serves until it is interrupted.

use anyhow::{Context, Result};
use counterfoil_practice::{FaultSchedule, Options, serve};

use crate::args::{Global, Practice};
use crate::exit::Exit;
use crate::print;

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
    print(&format!(
        "practice invoicing API at http://{}/, OpenAPI at /openapi.json",
        running.local_addr()
    ))?;
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

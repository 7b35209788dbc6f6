//! `counterfoil run`: keeps the schedules until it is stopped. The first signal lets the running job end at a safe point, the
//! second ends at once.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;
use counterfoil_engine::run::{Operation, Pulse, RunReport, run as keep};
use counterfoil_engine::session::Session;
use counterfoil_engine::stop::Stop;
use counterfoil_model::time::Instant;
use counterfoil_portal::{Portal, serve};
use counterfoil_store::scheduling::JobOutcome;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};

const EXAMPLES: &str = "\
Examples:
  counterfoil run
  counterfoil run --listen 127.0.0.1:9464
  counterfoil run --once
  counterfoil run --once --now 2026-04-01T06:00:00Z";

pub(crate) const SHAPE: Shape<RunReport> = Shape::new(
    "run/1",
    "The jobs that `run --once` did, and how each ended.",
    &["jobs"],
);

/// Keeps the schedules of all pipelines: discovers, bills what has ended, applies what is approved, reconciles.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Run {
    /// Does what is due and ends, for another scheduler to call.
    #[arg(long)]
    pub(crate) once: bool,
    /// Serves /healthz and /metrics there, whatever the configuration says; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "once")]
    pub(crate) listen: Option<SocketAddr>,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Run) -> Result<Exit> {
    let connectors = Global::connectors(session)?;
    let pulse = Arc::new(Pulse::default());
    listen_for_signals(&session.stop)?;
    let begun = std::time::Instant::now();
    let fixed = global.now;
    let clock: Arc<dyn Fn() -> Instant + Send + Sync> =
        Arc::new(move || Global::now_after(fixed, begun));
    let address = what.listen.or(session.config.service.listen);
    let _serving = match address.filter(|_| !what.once) {
        Some(address) => {
            let portal = Portal {
                store: session.store.clone(),
                pulse: Arc::clone(&pulse),
                clock: Arc::clone(&clock),
            };
            let serving = serve(address, portal).await?;
            tracing::info!(
                "health and metrics at http://{0}/healthz and http://{0}/metrics",
                serving.address()
            );
            Some(serving)
        }
        None => None,
    };
    let operation = Operation {
        config: &global.config,
        connectors: &connectors,
        clock: &*clock,
        stop: session.stop.clone(),
        once: what.once,
        pulse: &pulse,
    };
    let report = keep(&operation, &session.store).await?;
    if what.once {
        global.answer(
            SHAPE
                .answer(&report)
                .tables(|| vec![jobs(&report)])
                .text(|| text(&report)),
        )?;
    }
    if report.stopped {
        tracing::info!("stopped: nothing is half done; what was begun goes on at the next start");
    }
    // A service that is asked to stop, and stops where nothing is half done, did what it should; one run has more to do.
    Ok(if what.once && report.stopped {
        Exit::Stopped
    } else {
        exit(&report)
    })
}

/// Asks for a stop at the first signal, and ends at the second.
fn listen_for_signals(stop: &Stop) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for Ctrl-C")?;
    let stop = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping when the running job is at a safe point; once more stops at once");
        stop.ask();
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::warn!("stopped at once: what was being sent is looked up at the next start");
        std::process::exit(i32::from(Exit::Stopped.code()));
    });
    Ok(())
}

fn exit(report: &RunReport) -> Exit {
    let is = |outcome: JobOutcome| report.jobs.iter().any(|job| job.outcome == outcome);
    if is(JobOutcome::Failed) {
        Exit::Failed
    } else if is(JobOutcome::Partial) || is(JobOutcome::Waiting) {
        Exit::Findings
    } else {
        Exit::Done
    }
}

fn text(report: &RunReport) -> String {
    if report.jobs.is_empty() {
        return "nothing was due".to_owned();
    }
    jobs(report).to_text()
}

fn jobs(report: &RunReport) -> Table {
    let columns = [
        Column::text("pipeline"),
        Column::text("job"),
        Column::text("reason").for_exports(),
        Column::text("outcome"),
        Column::text("message").titled(""),
        Column::instant("started").for_exports(),
        Column::instant("finished").for_exports(),
        Column::instant("retry_at").for_exports(),
    ];
    let rows = report.jobs.iter().map(|job| {
        row![
            &job.pipeline,
            job.job.as_str(),
            &job.reason,
            outcome_word(job.outcome),
            &job.message,
            job.started,
            job.finished,
            job.retry_at,
        ]
    });
    Table::new("jobs", columns).with_rows(rows)
}

pub(super) fn outcome_word(outcome: JobOutcome) -> &'static str {
    match outcome {
        JobOutcome::Complete => "complete",
        JobOutcome::Partial => "partial",
        JobOutcome::Waiting => "waiting",
        JobOutcome::Stopped => "stopped",
        JobOutcome::Failed => "failed",
    }
}

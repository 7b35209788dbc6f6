//! One module a command: it asks the engine and shows the answer.

pub(crate) mod apply;
pub(crate) mod approvals;
pub(crate) mod approve;
pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod classify;
pub(crate) mod close;
pub(crate) mod completions;
pub(crate) mod discover;
pub(crate) mod explain;
pub(crate) mod export;
mod findings;
pub(crate) mod init;
pub(crate) mod inventory;
mod left_behind;
pub(crate) mod man;
pub(crate) mod map;
pub(crate) mod notifications;
pub(crate) mod opening;
pub(crate) mod pause;
pub(crate) mod plan;
pub(crate) mod practice;
pub(crate) mod preview;
mod price_words;
pub(crate) mod rate;
pub(crate) mod reconcile;
mod reference;
pub(crate) mod release;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod shadow;
pub(crate) mod shapes;
pub(crate) mod status;
pub(crate) mod verify;
pub(crate) mod what_if;

use std::path::PathBuf;

use anyhow::{Context, Result};
use counterfoil_engine::config::Config;
use counterfoil_engine::connect::Connectors;
use counterfoil_engine::session::Session;
use counterfoil_model::time::Instant;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::{Cli, Command, Global, Stage};
use crate::exit::Exit;
use crate::output::Answer;
use crate::progress::Bars;
use crate::signals;
use crate::telemetry;

/// Instead of the value of what is in suspense.
const NO_CURRENCY: &str = "whose value is not known: accounts and prices have several currencies, say `estimate_currency` in the pipeline";

pub(crate) async fn run(cli: Cli) -> Result<Exit> {
    signals::outlive_file_limits()?;
    let global = cli.global;
    let stage = match cli.command {
        Command::Stage(Stage::Rate(what)) if what.of_facts() => {
            return run_alone(&global, Command::Stage(Stage::Rate(what))).await;
        }
        Command::Stage(stage) => stage,
        other => return run_alone(&global, other).await,
    };
    let config = Config::read(&global.config)?;
    let otlp = config.service.otlp.clone();
    let telemetry = telemetry::start(&global.log, stage.is_service(), otlp.as_deref())?;
    let session = Session::over(config, global.now()).await?;
    let outcome = run_stage(&global, &session, &stage).await;
    // Folds the write-ahead log back, so that a copy of the file alone is whole.
    session.store.close().await;
    telemetry.end().await;
    outcome
}

/// What needs no store that is open.
async fn run_alone(global: &Global, command: Command) -> Result<Exit> {
    let telemetry = telemetry::start(&global.log, false, None)?;
    let outcome = match command {
        Command::Init(what) => init::run(global, what).await,
        Command::Check(what) => check::run(global, &what).await,
        Command::Reference => reference::run(),
        Command::Schema(what) => schema::run(global, &what),
        Command::Restore(what) => backup::run_restore(global, &what).await,
        Command::Practice(what) => practice::run(global, &what).await,
        Command::Completions(what) => completions::run(&what),
        Command::Man(what) => man::run(&what),
        Command::Shapes(what) => shapes::run(global, &what),
        Command::Stage(Stage::Rate(what)) => rate::run_facts(global, &what),
        Command::Stage(_) => unreachable!("it has a store, and was taken out before"),
    };
    telemetry.end().await;
    outcome
}

async fn run_stage(global: &Global, session: &Session, stage: &Stage) -> Result<Exit> {
    signals::listen_for(stage, session)?;
    match stage {
        Stage::Discover(what) => discover::run(global, session, what).await,
        Stage::Inventory(what) => inventory::run(global, session, what).await,
        Stage::Classify(what) => classify::run(global, session, what).await,
        Stage::Rate(what) => rate::run(global, session, what).await,
        Stage::Plan(what) => plan::run(global, session, what).await,
        Stage::Preview(what) => preview::run(global, session, what).await,
        Stage::Export(what) => export::run(global, session, what).await,
        Stage::Approve(what) => approve::run(global, session, what).await,
        Stage::Approvals(what) => approvals::run(global, session, what).await,
        Stage::Pause(what) => pause::run(global, session, what).await,
        Stage::Apply(what) => apply::run(global, session, what).await,
        Stage::Release(what) => release::run(global, session, what).await,
        Stage::Reconcile(what) => reconcile::run(global, session, what).await,
        Stage::Close(what) => close::run(global, session, what).await,
        Stage::Explain(what) => explain::run(global, session, what).await,
        Stage::Report(what) => report::run(global, session, what).await,
        Stage::WhatIf(what) => what_if::run(global, session, what).await,
        Stage::Shadow(what) => shadow::run(global, session, what).await,
        Stage::Map(what) => map::run(global, session, what).await,
        Stage::Opening(what) => opening::run(global, session, what).await,
        Stage::Verify(what) => verify::run(global, session, what).await,
        Stage::Run(what) => run::run(global, session, what).await,
        Stage::Backup(what) => backup::run(global, session, what).await,
        Stage::Status(_) => status::run(global, session).await,
        Stage::Notifications(what) => notifications::run(global, session, what).await,
    }
}

impl Global {
    /// `--now`, or the clock.
    fn now(&self) -> Instant {
        self.now.unwrap_or_else(clock)
    }

    /// The same later on: `--now` and what passed since.
    fn now_after(now: Option<Instant>, begun: std::time::Instant) -> Instant {
        let Some(now) = now else {
            return clock();
        };
        let passed_secs = i64::try_from(begun.elapsed().as_secs()).unwrap_or(0);
        Instant::from_seconds(now.seconds().saturating_add(passed_secs)).unwrap_or(now)
    }

    fn connectors(session: &Session) -> Result<Connectors> {
        let cache = session.config.store.with_extension("connectors");
        Ok(Connectors::new(
            bundled_connectors()?,
            session.config.folder.clone(),
            Some(&cache),
        )?)
    }

    /// Bars on a terminal whose user wants them.
    pub(crate) fn progress(&self) -> Bars {
        Bars::new(self.no_progress)
    }

    /// In the form that was asked for, to where it was asked for.
    fn answer<T: Serialize + JsonSchema>(&self, answer: Answer<'_, T>) -> Result<()> {
        answer.show(&self.output, self.now())
    }
}

/// The one place that reads it.
fn clock() -> Instant {
    Instant::from(jiff::Timestamp::now())
}

/// `COUNTERFOIL_CONNECTORS`, else the folder that set-up fills beside the binary's.
fn bundled_connectors() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("COUNTERFOIL_CONNECTORS") {
        return Ok(PathBuf::from(folder));
    }
    let binary = std::env::current_exe().context("find the folder of this binary")?;
    let beside = binary.parent().map(|folder| folder.join("connectors"));
    let above = binary
        .parent()
        .and_then(|folder| folder.parent())
        .map(|folder| folder.join("connectors"));
    let found = [beside, above.clone()]
        .into_iter()
        .flatten()
        .find(|folder| folder.is_dir());
    found
        .or(above)
        .context("find the folder of the bundled connectors")
}

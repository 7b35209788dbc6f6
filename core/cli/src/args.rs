//! The command line: which commands there are, and what all of them take. What one takes stands with the command.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use counterfoil_model::time::Instant;

use crate::commands::apply::Apply;
use crate::commands::approvals::Approvals;
use crate::commands::approve::Approve;
use crate::commands::backup::{Backup, Restore};
use crate::commands::check::Check;
use crate::commands::classify::Classify;
use crate::commands::close::Close;
use crate::commands::completions::Completions;
use crate::commands::discover::Discover;
use crate::commands::explain::Explain;
use crate::commands::export::Export;
use crate::commands::init::Init;
use crate::commands::inventory::Inventory;
use crate::commands::man::ManArguments;
use crate::commands::map::Map;
use crate::commands::notifications::Notifications;
use crate::commands::opening::Opening;
use crate::commands::pause::Pause;
use crate::commands::plan::Plan;
use crate::commands::practice::Practice;
use crate::commands::preview::Preview;
use crate::commands::rate::Rate;
use crate::commands::reconcile::Reconcile;
use crate::commands::release::Release;
use crate::commands::report::Report;
use crate::commands::run::Run;
use crate::commands::schema::Schema;
use crate::commands::shadow::ShadowRun;
use crate::commands::shapes::Shapes;
use crate::commands::status::Status;
use crate::commands::verify::Verify;
use crate::commands::what_if::WhatIf;
use crate::output::OutputArguments;

const EXIT_CODES: &str = "\
Exit codes:
  0  done, nothing to look at
  1  failed: the message says what and what to do next
  2  the command line or the configuration is wrong
  3  done, and there are findings that a person has to look at
  4  some deliveries are not confirmed (rejected, parked or of unknown outcome)
  130  stopped by Ctrl-C or SIGTERM: the message says what was saved and how to go on (`run` ends with 0 where
       the first signal let it stop at a safe point, and with 130 where a second one ended it at once)

With --json a failure is told on standard error in the shape error/1, with the same codes.";

/// Turns what a datacenter runs into invoice lines, and keeps the counterfoil of every line it sends.
#[derive(Debug, Parser)]
#[command(name = "counterfoil", version, after_help = EXIT_CODES, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The configuration file.
    #[arg(
        long,
        global = true,
        default_value = "counterfoil.toml",
        env = "COUNTERFOIL_CONFIG",
        value_name = "FILE"
    )]
    pub(crate) config: PathBuf,
    /// Takes this as the present time, such as 2026-04-01T08:00:00Z: for demos, tests and replays.
    #[arg(long, global = true, value_name = "TIME")]
    pub(crate) now: Option<Instant>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    /// Draws no progress bars; they are drawn on a terminal alone.
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
    /// What is logged to standard error: error, warn, info, debug, or a filter such as `counterfoil_host=debug`.
    #[arg(
        long,
        global = true,
        default_value = "warn",
        env = "COUNTERFOIL_LOG",
        value_name = "FILTER"
    )]
    pub(crate) log: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(Init),
    Check(Check),
    #[command(flatten)]
    Stage(Stage),
    Schema(Schema),
    Restore(Restore),
    /// Prints the commands as a page of the book.
    #[command(hide = true)]
    Reference,
    Practice(Practice),
    Shapes(Shapes),
    Completions(Completions),
    Man(ManArguments),
}

/// What works on a store.
#[derive(Debug, Subcommand)]
pub(crate) enum Stage {
    Discover(Discover),
    Inventory(Inventory),
    Classify(Classify),
    Rate(Rate),
    Plan(Plan),
    Preview(Preview),
    Export(Export),
    Approve(Approve),
    Approvals(Approvals),
    Pause(Pause),
    Apply(Apply),
    Release(Release),
    Reconcile(Reconcile),
    Close(Close),
    Explain(Explain),
    Report(Report),
    Shadow(ShadowRun),
    WhatIf(WhatIf),
    Map(Map),
    Opening(Opening),
    Verify(Verify),
    Run(Run),
    Status(Status),
    Backup(Backup),
    Notifications(Notifications),
}

impl Stage {
    /// Does it run for long, with nobody who looks at its output?
    pub(crate) fn is_service(&self) -> bool {
        matches!(self, Self::Run(_))
    }
}

#[derive(Debug, Args)]
pub(crate) struct PipelineAndPeriod {
    /// The pipeline; may be left out where there is one.
    pub(crate) pipeline: Option<String>,
    /// The billing period, such as 2026-03; the last one that has ended if left out.
    #[arg(long, value_name = "MONTH")]
    pub(crate) period: Option<String>,
}

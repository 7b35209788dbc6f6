//! The command line: what can be asked, with examples. Must not know how it is done.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use counterfoil_model::time::Instant;

const EXIT_CODES: &str = "\
Exit codes:
  0  done, nothing to look at
  1  failed: the message says what and what to do next
  2  the command line or the configuration is wrong
  3  done, and there are findings that a person has to look at
  4  some deliveries are not confirmed (rejected, parked or of unknown outcome)";

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
    /// Writes data as JSON to standard output, for scripts.
    #[arg(long, global = true)]
    pub(crate) json: bool,
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
    /// Writes a starter pipeline that passes `check`.
    #[command(
        after_help = "Example:\n  counterfoil init billing && cd billing && counterfoil check"
    )]
    Init(Init),
    /// Reports every mistake of the configuration at once, with file and line.
    #[command(after_help = "Examples:\n  counterfoil check\n  counterfoil check --connect")]
    Check(Check),
    #[command(flatten)]
    Stage(Stage),
    /// Runs the practice invoicing API, for demos, tests and connector authors.
    #[command(
        after_help = "Example:\n  counterfoil practice --database practice.db --listen 127.0.0.1:8080 --token secret"
    )]
    Practice(Practice),
}

/// What works on a store.
#[derive(Debug, Subcommand)]
pub(crate) enum Stage {
    /// Takes the sources' listings into the inventory's history.
    #[command(
        after_help = "Examples:\n  counterfoil discover\n  counterfoil discover north --source netbox --full"
    )]
    Discover(Discover),
    /// Asks the inventory: what is there, what was, what changed, what is uncertain.
    #[command(after_help = INVENTORY_EXAMPLES)]
    Inventory(Inventory),
    /// Shows whose each resource is, by which rule, and what is in suspense.
    #[command(
        after_help = "Examples:\n  counterfoil classify\n  counterfoil classify --resource VM-1007 --at 2026-03-15"
    )]
    Classify(Classify),
    /// Rates a period and shows what would be sent, without sending anything.
    #[command(
        after_help = "Examples:\n  counterfoil plan --period 2026-03\n  counterfoil plan north --period 2026-03 --json"
    )]
    Plan(Plan),
    /// Approves the newest plan of a period: everything, or one account; or holds an account back.
    #[command(after_help = APPROVE_EXAMPLES)]
    Approve(Approve),
    /// Stops a pipeline's effects at once, or lets them go on.
    #[command(
        after_help = "Examples:\n  counterfoil pause north --reason 'wrong price book' --by anna\n  counterfoil pause north --resume --by anna"
    )]
    Pause(Pause),
    /// Sends what is approved, at most once or parked.
    #[command(after_help = "Example:\n  counterfoil apply --period 2026-03")]
    Apply(PipelineAndPeriod),
    /// Lets a parked delivery go on, after a person looked at the sink. It is looked up before anything is sent.
    #[command(
        after_help = "Example:\n  counterfoil release CF-ABCDEFGHIJKLMNOP --by anna --reason 'deleted the copy at the sink'"
    )]
    Release(Release),
    /// Reads the sinks back and compares: expected, planned, sent, observed.
    #[command(after_help = "Example:\n  counterfoil reconcile --period 2026-03")]
    Reconcile(PipelineAndPeriod),
    /// Walks from a cent back to rounding, arithmetic, price, rule, interval, observation, file and row.
    #[command(
        after_help = "Examples:\n  counterfoil explain CF-ABCDEFGHIJKLMNOP\n  counterfoil explain CF-ABCDEFGHIJKLMNOP --line 2\n  counterfoil explain --resource VM-1007 --period 2026-03"
    )]
    Explain(Explain),
    /// Checks the chain of counterfoils and names the first record that was edited, removed or cut off.
    #[command(
        after_help = "Examples:\n  counterfoil verify\n  counterfoil verify --head 41:9f2c… (as printed by an earlier apply)"
    )]
    Verify(Verify),
}

const INVENTORY_EXAMPLES: &str = "\
Examples:
  counterfoil inventory list --as-of 2026-03-15 --kind virtual-machine
  counterfoil inventory list --as-of 2026-03-15 --known-at 2026-04-01T00:00:00Z
  counterfoil inventory delta 2026-03-01 2026-04-01
  counterfoil inventory history VM-1007
  counterfoil inventory coverage
  counterfoil inventory withheld
  counterfoil inventory approve-withheld 3 --ceiling 70 --by anna";

const APPROVE_EXAMPLES: &str = "\
Examples:
  counterfoil approve --period 2026-03 --all --by anna
  counterfoil approve --period 2026-03 --plan 5617743f1cbd --all --by anna
  counterfoil approve --period 2026-03 --account acme --by anna
  counterfoil approve --period 2026-03 --hold acme --reason 'disputed disks' --by anna";

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder to write to.
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Also calls each connector's own check: does it reach its system with its credential?
    #[arg(long)]
    pub(crate) connect: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Discover {
    /// The pipeline; may be left out where there is one.
    pub(crate) pipeline: Option<String>,
    /// Only this source.
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// Asks for every row, also those that did not change: catches a connector that wrongly says "unchanged".
    #[arg(long)]
    pub(crate) full: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Inventory {
    #[command(subcommand)]
    pub(crate) question: InventoryQuestion,
    /// The pipeline; may be left out where there is one.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) pipeline: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InventoryQuestion {
    /// What is there at a time, as known now or at an earlier time.
    List {
        /// A day (its end) or an instant; now if left out.
        #[arg(long, value_name = "TIME")]
        as_of: Option<String>,
        /// Only what had been learned by then.
        #[arg(long, value_name = "TIME")]
        known_at: Option<String>,
        #[arg(long)]
        kind: Option<String>,
    },
    /// What was added, removed and changed between two times.
    Delta { from: String, to: String },
    /// Everything that is known of one resource, by its id at the source or its name.
    History { resource: String },
    /// The coverage log: what was listed, when, how completely.
    Coverage,
    /// Rows that could not be read and are kept out of the bill.
    Broken,
    /// Endings that wait for a person, and what is billed for them a month.
    Withheld,
    /// Lets withheld endings happen, up to a number of resources.
    ApproveWithheld {
        id: i64,
        /// At most so many resources may end.
        #[arg(long)]
        ceiling: u32,
        /// Who approves.
        #[arg(long, value_name = "NAME")]
        by: String,
    },
    /// Says that a source, sink, account or pipeline is gone from the configuration for good. What a source showed ends
    /// now and is billed until then; past periods stay as they are.
    Retire {
        /// pipeline, source, sink or account
        entity: String,
        name: String,
    },
    /// Decides that withheld endings did not happen.
    DismissWithheld {
        id: i64,
        #[arg(long, value_name = "NAME")]
        by: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Classify {
    pub(crate) pipeline: Option<String>,
    /// A day or an instant; now if left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// One resource with the whole explanation: the rules that won, and those that lost to them.
    #[arg(long, value_name = "ID")]
    pub(crate) resource: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PipelineAndPeriod {
    /// The pipeline; may be left out where there is one.
    pub(crate) pipeline: Option<String>,
    /// The billing period, such as 2026-03; the last one that has ended if left out.
    #[arg(long, value_name = "MONTH")]
    pub(crate) period: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) what: PipelineAndPeriod,
    /// Shows every line.
    #[arg(long)]
    pub(crate) lines: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Approve {
    #[command(flatten)]
    pub(crate) what: PipelineAndPeriod,
    /// The plan that was looked at, as `plan` printed its id; a newer one is then refused.
    #[arg(long, value_name = "ID")]
    pub(crate) plan: Option<String>,
    /// Everything in the plan that is not held.
    #[arg(long, group = "which")]
    pub(crate) all: bool,
    /// One account.
    #[arg(long, group = "which", value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    /// Holds one account back, in later plans too, until it is approved by name.
    #[arg(long, group = "which", value_name = "ACCOUNT", requires = "reason")]
    pub(crate) hold: Option<String>,
    /// Why a plan that is blocked may go all the same; kept with the approval.
    #[arg(long, value_name = "REASON", conflicts_with = "hold")]
    pub(crate) despite: Option<String>,
    /// Why it is held.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Who decides.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
}

#[derive(Debug, Args)]
pub(crate) struct Pause {
    pub(crate) pipeline: Option<String>,
    /// Lets effects go on.
    #[arg(long)]
    pub(crate) resume: bool,
    #[arg(long, required_unless_present = "resume")]
    pub(crate) reason: Option<String>,
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
}

#[derive(Debug, Args)]
pub(crate) struct Release {
    /// The reference of the delivery, as `apply` names it.
    pub(crate) reference: String,
    /// The pipeline; may be left out where there is one.
    pub(crate) pipeline: Option<String>,
    /// Who looked.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// What was found and done at the sink.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The reference of a delivery.
    #[arg(required_unless_present = "resource")]
    pub(crate) reference: Option<String>,
    /// One line of it, counted from 1.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) line: Option<usize>,
    /// What a resource is billed in a period, or why it is not.
    #[arg(long, value_name = "ID", conflicts_with = "reference")]
    pub(crate) resource: Option<String>,
    #[arg(long, value_name = "NAME")]
    pub(crate) pipeline: Option<String>,
    #[arg(long, value_name = "MONTH")]
    pub(crate) period: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    pub(crate) pipeline: Option<String>,
    /// The number and digest of a head that was kept outside.
    #[arg(long, value_name = "NUMBER:DIGEST")]
    pub(crate) head: Option<String>,
}

#[derive(Debug, Args)]
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

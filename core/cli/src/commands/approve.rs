//! `counterfoil approve`.

use anyhow::{Result, bail};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use counterfoil_engine::approve::{ApproveReport, Decision, Verdict, approve};
use counterfoil_engine::session::Session;

use crate::args::{Global, PipelineAndPeriod};
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};

const EXAMPLES: &str = "\
Examples:
  counterfoil approve --period 2026-03 --all --by anna
  counterfoil approve --period 2026-03 --plan 5617743f1cbd --all --by anna
  counterfoil approve --period 2026-03 --account acme --by anna
  counterfoil approve --period 2026-03 --hold acme --reason 'disputed disks' --by anna
  counterfoil approve --period 2026-03 --withdraw acme --reason 'wrong month' --by anna";

pub(crate) const SHAPE: Shape<ApproveReport> = Shape::new(
    "approve/1",
    "What holds now for each account of the plans that were decided on.",
    &["accounts"],
);

/// Approves the newest plan of a period: everything, or one account; holds an account back, or withdraws an approval.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Approve {
    #[command(flatten)]
    pub(crate) what: PipelineAndPeriod,
    /// The plan that was looked at, as `plan` printed its id; a newer one is then refused.
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
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
    /// Takes back what was approved of one account and is not sent yet.
    #[arg(long, group = "which", value_name = "ACCOUNT", requires = "reason")]
    pub(crate) withdraw: Option<String>,
    /// Why a plan that is blocked may go all the same; kept with the approval.
    #[arg(long, value_name = "REASON", conflicts_with_all = ["hold", "withdraw"])]
    pub(crate) despite: Option<String>,
    /// Why it is held or withdrawn.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Who decides.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Approve) -> Result<Exit> {
    let despite = what.despite.as_deref();
    let verdict = match (&what.account, &what.hold, &what.withdraw, &what.reason) {
        (Some(account), None, None, _) => Verdict::Approve { account, despite },
        (None, Some(account), None, Some(reason)) => Verdict::Hold { account, reason },
        (None, None, Some(account), Some(reason)) => Verdict::Withdraw { account, reason },
        (None, None, None, _) if what.all => Verdict::ApproveAll { despite },
        _ => bail!("say --all, --account ACCOUNT, or --hold or --withdraw ACCOUNT with a --reason"),
    };
    let pipeline = session.pipeline(what.what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let period = session.period(pipeline, what.what.period.as_deref())?;
    let report = approve(
        session,
        &wired,
        &period,
        what.plan.as_deref(),
        verdict,
        &what.by,
    )
    .await?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![accounts(&report)])
            .text(|| text(&report)),
    )?;
    Ok(Exit::Done)
}

fn text(report: &ApproveReport) -> String {
    format!(
        "plan {} of {}\n\n{}",
        report.plans.join(", "),
        report.billing_period,
        accounts(report).to_text()
    )
}

/// A row for each account and currency.
fn accounts(report: &ApproveReport) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("buyer_account").for_exports(),
        Column::text("sink"),
        Column::money("difference").with_currency(),
        Column::text("state"),
        Column::text("by"),
        Column::text("reason"),
    ];
    let mut table = Table::new("accounts", columns);
    for decided in &report.accounts {
        let (state, by, reason) = match &decided.decision {
            Decision::Waiting {
                approved_by,
                needed,
            } if *needed > 1 => (
                format!("waits: {} of {needed}", approved_by.len()),
                Some(approved_by.join(", ")),
                None,
            ),
            Decision::Waiting { .. } => ("waits".to_owned(), None, None),
            Decision::Approved { by, .. } => ("approved".to_owned(), Some(by.clone()), None),
            Decision::Held { by, reason, .. } => {
                ("held".to_owned(), Some(by.clone()), Some(reason))
            }
        };
        let mut amounts: Vec<_> = decided.differences.iter().copied().map(Some).collect();
        if amounts.is_empty() {
            amounts.push(None);
        }
        for amount in amounts {
            table.push(row![
                &decided.account,
                decided.buyer_account.as_ref(),
                &decided.sink,
                amount,
                &state,
                by.clone(),
                reason
            ]);
        }
    }
    table
}

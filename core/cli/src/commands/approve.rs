//! `counterfoil approve`.

use anyhow::{Result, bail};
use counterfoil_engine::approve::{ApproveReport, Decision, Verdict, approve};
use counterfoil_engine::session::Session;

use crate::args::{Approve, Global};
use crate::exit::Exit;
use crate::table::table;

pub(crate) async fn run(global: &Global, session: &Session, what: &Approve) -> Result<Exit> {
    let verdict = match (&what.account, &what.hold, &what.reason) {
        (Some(account), None, _) => Verdict::Approve {
            account,
            despite: what.despite.as_deref(),
        },
        (None, Some(account), Some(reason)) => Verdict::Hold { account, reason },
        (None, None, _) if what.all => Verdict::ApproveAll {
            despite: what.despite.as_deref(),
        },
        _ => bail!("say --all, --account ACCOUNT, or --hold ACCOUNT with a --reason"),
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
    global.show(&report, || text(&report))?;
    Ok(Exit::Done)
}

fn text(report: &ApproveReport) -> String {
    let rows = report.accounts.iter().map(|decided| {
        let (state, by, reason) = match &decided.decision {
            Decision::Waiting => ("waits", "", ""),
            Decision::Approved { by, .. } => ("approved", by.as_str(), ""),
            Decision::Held { by, reason, .. } => ("held", by.as_str(), reason.as_str()),
        };
        let differences: Vec<String> = decided
            .differences
            .iter()
            .map(ToString::to_string)
            .collect();
        [
            decided.account.clone(),
            decided.sink.clone(),
            differences.join(", "),
            state.to_owned(),
            by.to_owned(),
            reason.to_owned(),
        ]
    });
    let titles = ["account", "sink", "difference>", "state", "by", "reason"];
    format!(
        "plan {} of {}\n\n{}",
        report.plans.join(", "),
        report.billing_period,
        table(&titles, rows)
    )
}

//! `counterfoil approvals`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::approve::history::{Entry, history};
use counterfoil_engine::filter::Filter;
use counterfoil_engine::session::Session;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};
use crate::when;

const EXAMPLES: &str = "\
Examples:
  counterfoil approvals
  counterfoil approvals --customer acme --since 3mo
  counterfoil approvals north --period 2026-03 --json";

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ApprovalsReport {
    pipeline: String,
    /// The one that was asked for.
    billing_period: Option<String>,
    decisions: Vec<Entry>,
}

pub(crate) const SHAPE: Shape<ApprovalsReport> = Shape::new(
    "approvals/1",
    "What was decided: who, when, what and why.",
    &["decisions"],
);

/// Shows what was decided: who, when, what and why.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Approvals {
    /// The pipeline; may be left out where there is one.
    pub(crate) pipeline: Option<String>,
    /// Only of one billing period, such as 2026-03.
    #[arg(long, value_name = "MONTH")]
    pub(crate) period: Option<String>,
    /// Only of this customer's accounts, and of everything at once.
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) customer: Option<String>,
    /// Only what was decided on this day or after this instant.
    #[arg(long, value_name = "TIME", help_heading = "Filters")]
    pub(crate) since: Option<String>,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Approvals) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let period = match what.period.as_deref() {
        Some(text) => Some(session.period(pipeline, Some(text))?.id()),
        None => None,
    };
    let since = what.since.as_deref();
    let filter = Filter {
        customer: what.customer.clone(),
        kind: None,
        since: when::since(since, session.now, &wired.pipeline.zone)?,
    };
    let narrow = filter.resolve(session, &wired).await?;
    let entries = history(session, &wired, period.as_deref(), &narrow).await?;
    let report = ApprovalsReport {
        pipeline: pipeline.name.clone(),
        billing_period: period,
        decisions: entries,
    };
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![decisions(&report.decisions)])
            .text(|| {
                if report.decisions.is_empty() {
                    "nothing was decided".to_owned()
                } else {
                    decisions(&report.decisions).to_text()
                }
            }),
    )?;
    Ok(Exit::Done)
}

fn decisions(entries: &[Entry]) -> Table {
    let columns = [
        Column::instant("when"),
        Column::text("what"),
        Column::text("of"),
        Column::text("by"),
        Column::text("period"),
        Column::text("plan"),
        Column::text("why"),
    ];
    let rows = entries.iter().map(|entry| {
        let by = match &entry.login {
            Some(login) if *login != entry.by => format!("{} (as {login})", entry.by),
            Some(_) | None => entry.by.clone(),
        };
        row![
            entry.at,
            &entry.what,
            entry.subject.as_deref().unwrap_or("everything"),
            by,
            entry.billing_period.as_ref(),
            entry.plan.as_ref(),
            why(entry),
        ]
    });
    Table::new("decisions", columns).with_rows(rows)
}

fn why(entry: &Entry) -> String {
    let mut words: Vec<String> = entry.reason.iter().cloned().collect();
    if let Some(plan) = &entry.carried_from {
        words.push(format!("given on plan {plan}, nothing of it changed"));
    }
    if let Some(policy) = &entry.policy {
        let judgement = &policy["judgement"];
        let money = |key: &str| {
            let amount = judgement[key]["amount"].as_str()?;
            Some(format!("{amount} {}", judgement[key]["currency"].as_str()?))
        };
        let named = policy["policy"].as_str().unwrap_or_default().to_owned();
        words.push(match (money("now"), money("last"), money("deviation")) {
            (Some(now), Some(last), Some(deviation)) => format!(
                "{named}: {now} differs by {deviation} from {last} of {}",
                judgement["last_period"].as_str().unwrap_or_default()
            ),
            (_, _, _) => named,
        });
    }
    words.join("; ")
}

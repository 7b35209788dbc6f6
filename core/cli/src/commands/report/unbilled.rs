//! `counterfoil report unbilled`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::classify::suspense_text;
use counterfoil_engine::report::{Unbilled, UnbilledReport, unbilled};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::report::Reason;
use counterfoil_model::time::TimeZone;

use super::{Limits, joined};
use crate::args::Global;
use crate::commands::findings;
use crate::exit::Exit;
use crate::table::table;
use crate::when;

/// What runs unbilled, since when, worth how much a month: suspense, exempted, not charged, unpriced, unread; and what is
/// rated and not sent.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  counterfoil report unbilled")]
pub(crate) struct UnbilledQuestion {
    /// A day (its end) or an instant; now if left out.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Only what has been unbilled since then or later: a day, an instant, or how long ago: 30d, 6mo, 1y.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    #[command(flatten)]
    limits: Limits,
}

pub(super) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &UnbilledQuestion,
) -> Result<Exit> {
    let zone = &wired.pipeline.zone;
    let at = match &what.at {
        Some(text) => when::past(text, session.now, zone)?,
        None => when::just_before(session.now),
    };
    let since = match &what.since {
        Some(text) => Some(when::beginning(text, session.now, zone)?),
        None => None,
    };
    let report = unbilled(
        session,
        wired,
        &what.limits.filter(session, wired)?,
        at,
        since,
    )
    .await?;
    global.show(&report, || text(&report, zone))?;
    Ok(Exit::Done)
}

fn text(report: &UnbilledReport, zone: &TimeZone) -> String {
    let mut parts = Vec::new();
    if let Some(before) = &report.before_bill_from {
        parts.push(format!(
            "nothing is billed before {}: {} a month",
            before.bill_from,
            joined(&before.per_month)
        ));
    }
    if report.resources.is_empty() {
        parts.push("every resource that runs is billed".to_owned());
    } else {
        parts.push(resources(&report.resources, zone));
        parts.push(format!(
            "{} resources, worth about {} a month at list price",
            report.resources.len(),
            if report.per_month.is_empty() {
                "nothing that has a price".to_owned()
            } else {
                joined(&report.per_month)
            }
        ));
    }
    if !report.not_sent.is_empty() {
        let rows = report.not_sent.iter().map(|row| {
            [
                row.account.clone(),
                row.billing_period.clone(),
                row.reference.clone(),
                row.sink.clone(),
                row.amount.to_string(),
                when::shown(row.since, zone),
                row.state.clone(),
            ]
        });
        let titles = [
            "not sent",
            "period",
            "reference",
            "sink",
            "amount>",
            "since",
            "why",
        ];
        parts.push(table(&titles, rows));
    }
    if !report.unread.is_empty() {
        let rows = report.unread.iter().map(|row| {
            [
                format!("{} {}", row.listing, row.place),
                row.external_id.clone().unwrap_or_default(),
                when::shown(row.since, zone),
                row.message.clone(),
            ]
        });
        parts.push(table(&["unread row", "id", "since", "why"], rows));
    }
    parts.extend(findings::text(&report.findings));
    parts.join("\n\n")
}

fn resources(rows: &[Unbilled], zone: &TimeZone) -> String {
    let cells = rows.iter().map(|row| {
        let what = &row.what;
        [
            what.per_month
                .map_or_else(|| "unknown".to_owned(), |money| money.to_string()),
            what.kind.clone(),
            what.external_id.clone(),
            what.name.clone(),
            when::shown(row.since, zone),
            why(&what.reason),
            joined(&what.customers),
        ]
    });
    let titles = [
        "a month ~>",
        "kind",
        "id",
        "name",
        "since",
        "why",
        "customer",
    ];
    table(&titles, cells)
}

fn why(reason: &Reason) -> String {
    match reason {
        Reason::Suspense { why } => format!("in suspense: {}", suspense_text(why)),
        Reason::NonBillable { terms } => {
            let until = terms
                .until
                .map(|until| format!(", until {until}"))
                .unwrap_or_default();
            format!("not billed: {} ({}){until}", terms.reason, terms.owner)
        }
        Reason::NotCharged => "the price book charges nothing for its kind".to_owned(),
        Reason::NoItemFits => "no item's `when` fits it".to_owned(),
        Reason::Unpriced => "no item could price it".to_owned(),
    }
}

//! `counterfoil report unbilled`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::classify::suspended_text;
use counterfoil_engine::report::{Unbilled, UnbilledReport, unbilled};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::counted::counted;
use counterfoil_model::report::Reason;
use counterfoil_model::time::TimeZone;

use super::{Limits, joined};
use crate::args::Global;
use crate::commands::{NO_CURRENCY, findings, left_behind};
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};
use crate::when;

pub(crate) const SHAPE: Shape<UnbilledReport> = Shape::new(
    "report-unbilled/1",
    "What runs at a time and is not billed, since when, worth how much; and what is rated and not sent.",
    &["resources", "left_behind", "not_sent", "unread", "findings"],
);

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
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| {
                vec![
                    resources(&report, zone),
                    left_behind::table(&report.left_behind),
                    not_sent(&report, zone),
                    unread(&report, zone),
                    findings::table(&report.findings),
                ]
            })
            .text(|| text(&report, zone)),
    )?;
    Ok(Exit::Done)
}

fn text(report: &UnbilledReport, zone: &TimeZone) -> String {
    let mut parts = Vec::new();
    if let Some(before) = &report.before_bill_from {
        let worth = if before.per_month.is_empty() {
            String::new()
        } else {
            format!(": {} a month", joined(&before.per_month))
        };
        parts.push(format!(
            "nothing is billed before {}{worth}",
            before.bill_from
        ));
    }
    if report.resources.is_empty() {
        parts.push("every resource that runs is billed".to_owned());
    } else {
        parts.push(resources(report, zone).to_text());
        let worth = match (report.estimate_currency, report.per_month.as_slice()) {
            (_, [_, ..]) => format!(
                "worth about {} a month at list price",
                joined(&report.per_month)
            ),
            (Some(currency), []) => format!("none of which has a list price in {currency}"),
            (None, []) => NO_CURRENCY.to_owned(),
        };
        parts.push(format!(
            "{}, {worth}",
            counted(report.resources.len(), "resource")
        ));
    }
    parts.extend(left_behind::text(&report.left_behind));
    if !report.not_sent.is_empty() {
        parts.push(not_sent(report, zone).to_text());
    }
    if !report.unread.is_empty() {
        parts.push(unread(report, zone).to_text());
    }
    parts.extend(findings::text(&report.findings));
    parts.join("\n\n")
}

fn resources(report: &UnbilledReport, zone: &TimeZone) -> Table {
    let columns = [
        Column::text("worth")
            .titled("a month ~")
            .aligned_right()
            .for_people(),
        Column::money("per_month").for_exports(),
        Column::text("kind"),
        Column::text("external_id").titled("id"),
        Column::text("name"),
        Column::instant("since").in_zone(zone),
        Column::text("why"),
        Column::text("customers").titled("customer"),
        Column::integer("resource").for_exports(),
    ];
    let rows = report.resources.iter().map(|row| {
        let what = &row.what;
        let worth = what.per_month;
        row![
            worth.map_or_else(|| "unknown".to_owned(), |money| money.to_string()),
            worth,
            &what.kind,
            &what.external_id,
            &what.name,
            row.since,
            why(row),
            joined(&what.customers),
            what.resource.0,
        ]
    });
    Table::new("resources", columns).with_rows(rows)
}

fn not_sent(report: &UnbilledReport, zone: &TimeZone) -> Table {
    let columns = [
        Column::text("account").titled("not sent"),
        Column::text("period"),
        Column::text("reference"),
        Column::text("sink"),
        Column::money("amount").with_currency(),
        Column::instant("since").in_zone(zone),
        Column::text("why"),
    ];
    let rows = report.not_sent.iter().map(|row| {
        row![
            &row.account,
            &row.billing_period,
            &row.reference,
            &row.sink,
            row.amount,
            row.since,
            &row.state,
        ]
    });
    Table::new("not_sent", columns).with_rows(rows)
}

fn unread(report: &UnbilledReport, zone: &TimeZone) -> Table {
    let columns = [
        Column::text("row").titled("unread row").for_people(),
        Column::text("source").for_exports(),
        Column::text("listing").for_exports(),
        Column::text("place").for_exports(),
        Column::text("external_id").titled("id"),
        Column::instant("since").in_zone(zone),
        Column::text("why"),
    ];
    let rows = report.unread.iter().map(|row| {
        row![
            format!("{} {}", row.listing, row.place),
            &row.source,
            &row.listing,
            &row.place,
            row.external_id.as_ref(),
            row.since,
            &row.message,
        ]
    });
    Table::new("unread", columns).with_rows(rows)
}

fn why(row: &Unbilled) -> String {
    match &row.what.reason {
        Reason::Suspense { why } => {
            format!("in suspense: {}", suspended_text(why, row.later.as_ref()))
        }
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

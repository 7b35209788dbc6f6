//! `counterfoil report changes`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::report::{ChangesReport, ShownChange, changes};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::money::Money;
use counterfoil_model::report::Cause;
use counterfoil_model::time::TimeZone;

use super::{Limits, delivered, signed};
use crate::args::Global;
use crate::exit::Exit;
use crate::table::table;
use crate::when;

/// What changed between two times, per customer, with its monthly value, and when each change was seen and delivered.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  counterfoil report changes 2026-03-01 2026-03-31 --customer acme"
)]
pub(crate) struct ChangesQuestion {
    /// A day (its end), an instant, or how long ago: 30d, 6mo, 1y.
    from: String,
    /// The same of the end; now if left out.
    to: Option<String>,
    #[command(flatten)]
    limits: Limits,
}

const CAUSES: [Cause; 5] = [
    Cause::New,
    Cause::Gone,
    Cause::Changed,
    Cause::Reclassified,
    Cause::Repriced,
];

pub(super) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &ChangesQuestion,
) -> Result<Exit> {
    let zone = &wired.pipeline.zone;
    let from = when::past(&what.from, session.now, zone)?;
    let to = match &what.to {
        Some(text) => when::past(text, session.now, zone)?,
        None => when::just_before(session.now),
    };
    let report = changes(
        session,
        wired,
        &what.limits.filter(session, wired)?,
        (from, to),
    )
    .await?;
    global.show(&report, || text(&report, zone))?;
    Ok(Exit::Done)
}

fn text(report: &ChangesReport, zone: &TimeZone) -> String {
    let mut parts = Vec::new();
    let rows = report.changes.iter().map(|row| cells(row, zone));
    let titles = [
        "customer",
        "change",
        "kind",
        "id",
        "name",
        "what",
        "since",
        "a month before>",
        "after>",
        "difference>",
        "seen in",
        "delivered",
    ];
    parts.push(table(&titles, rows));
    let totals = report.customers.iter().map(|total| {
        let change = &total.change;
        let zero = Money::zero(change.difference.currency());
        let of = |cause: &Cause| change.by_cause.get(cause).copied().unwrap_or(zero).amount();
        let mut cells = vec![total.account_key.clone(), change.before.amount()];
        cells.extend(CAUSES.iter().map(of));
        cells.extend([change.after.amount(), signed(change.difference)]);
        cells
    });
    let titles = [
        "a month",
        "before>",
        "new>",
        "gone>",
        "changed>",
        "reclassified>",
        "repriced>",
        "after>",
        "difference>",
    ];
    parts.push(table(&titles, totals));
    let start = match report.asked_from {
        Some(asked) => format!("{} (nothing was listed at {asked})", report.from),
        None => report.from.to_string(),
    };
    parts.push(format!(
        "{} changes from {start} to {}",
        report.changes.len(),
        report.to
    ));
    parts.join("\n\n")
}

fn cells(row: &ShownChange, zone: &TimeZone) -> [String; 12] {
    let change = &row.change;
    let amount = |money: Option<Money>| money.map_or_else(String::new, Money::amount);
    [
        row.account_key
            .clone()
            .unwrap_or_else(|| "nobody".to_owned()),
        cause(change.cause).to_owned(),
        change.kind.clone(),
        change.external_id.clone(),
        change.name.clone(),
        what(row),
        change
            .since
            .map_or_else(String::new, |since| when::shown(since, zone)),
        amount(change.before),
        amount(change.after),
        change.difference.map_or_else(String::new, signed),
        row.seen.as_ref().map_or_else(String::new, delivered::seen),
        if change.resource.is_some() {
            delivered::way(&row.way, zone)
        } else {
            String::new()
        },
    ]
}

fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::New => "new",
        Cause::Gone => "gone",
        Cause::Changed => "changed",
        Cause::Reclassified => "reclassified",
        Cause::Repriced => "repriced",
    }
}

fn what(row: &ShownChange) -> String {
    let mut words = Vec::new();
    if row.change.cause == Cause::Reclassified
        && let (Some(before), Some(after)) = (&row.standing_before, &row.standing_after)
    {
        words.push(format!("{before} → {after}"));
    }
    words.extend(row.change.attributes.iter().map(delivered::attribute));
    words.join(", ")
}

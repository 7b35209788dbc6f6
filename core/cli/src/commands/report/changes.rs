//! `counterfoil report changes`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::report::{ChangesReport, ShownChange, changes};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::counted::counted;
use counterfoil_model::money::Money;
use counterfoil_model::report::Cause;
use counterfoil_model::time::TimeZone;

use super::{Limits, delivered, incomplete};
use crate::args::Global;
use crate::commands::findings;
use crate::exit::Exit;
use crate::output::{Cell, Column, Shape, Table, row};
use crate::when;

pub(crate) const SHAPE: Shape<ChangesReport> = Shape::new(
    "report-changes/1",
    "What changed between two times, per customer, with its monthly value.",
    &["changes", "customers", "findings"],
);

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

const CAUSES: [Cause; 7] = [
    Cause::New,
    Cause::Gone,
    Cause::Changed,
    Cause::Reclassified,
    Cause::Usage,
    Cause::Repriced,
    Cause::Derived,
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
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| {
                vec![
                    rows(&report, zone),
                    totals(&report),
                    findings::table(&report.findings),
                ]
            })
            .text(|| text(&report, zone)),
    )?;
    Ok(incomplete(&report.findings))
}

fn text(report: &ChangesReport, zone: &TimeZone) -> String {
    let start = match report.asked_from {
        Some(asked) => format!("{} (nothing was listed at {asked})", report.from),
        None => report.from.to_string(),
    };
    let mut parts = vec![
        rows(report, zone).to_text(),
        totals(report).to_text(),
        format!(
            "{} from {start} to {}",
            counted(report.changes.len(), "change"),
            report.to
        ),
    ];
    if let Some(findings) = findings::text(&report.findings) {
        parts.push("not in these amounts is what could not be priced:".to_owned());
        parts.push(findings);
    }
    parts.join("\n\n")
}

fn totals(report: &ChangesReport) -> Table {
    let mut columns = vec![
        Column::text("account").titled("a month"),
        Column::text("customer").for_exports(),
        Column::money("before"),
    ];
    columns.extend(CAUSES.map(|cause| Column::money(cause_word(cause))));
    columns.extend([
        Column::money("after"),
        Column::money("difference").signed().with_currency(),
    ]);
    let rows = report.customers.iter().map(|total| {
        let change = &total.change;
        let zero = Money::zero(change.difference.currency());
        let of = |cause: &Cause| change.by_cause.get(cause).copied().unwrap_or(zero);
        let mut cells = row![&total.account_key, &total.customer, change.before];
        cells.extend(CAUSES.iter().map(|cause| Cell::from(of(cause))));
        cells.extend(row![change.after, change.difference]);
        cells
    });
    let table = Table::new("customers", columns).with_rows(rows);
    let has = |cause: &Cause| {
        let mut changes = report.customers.iter().map(|total| &total.change);
        changes.any(|change| change.by_cause.contains_key(cause))
    };
    let rare = [Cause::Usage, Cause::Derived].into_iter();
    let absent: Vec<&str> = rare.filter(|cause| !has(cause)).map(cause_word).collect();
    table.without(&absent)
}

fn rows(report: &ChangesReport, zone: &TimeZone) -> Table {
    let columns = [
        Column::text("account").titled("customer"),
        Column::text("customer").for_exports(),
        Column::text("change"),
        Column::text("kind"),
        Column::text("external_id").titled("id"),
        Column::text("name"),
        Column::text("what"),
        Column::instant("since").in_zone(zone),
        Column::money("before").titled("a month before"),
        Column::money("after"),
        Column::money("difference").signed().with_currency(),
        Column::text("seen_in"),
        Column::text("delivered"),
        Column::integer("resource").for_exports(),
        Column::integer("resources").for_exports(),
    ];
    let rows = report.changes.iter().map(|row| cells(row, zone));
    Table::new("changes", columns).with_rows(rows)
}

fn cells(row: &ShownChange, zone: &TimeZone) -> Vec<Cell> {
    let change = &row.change;
    let account = row.account_key.as_deref().unwrap_or("nobody");
    let is_one = change.resource.is_some();
    row![
        account,
        row.customer.as_ref(),
        cause_word(change.cause),
        &change.kind,
        &change.external_id,
        &change.name,
        what(row),
        change.since,
        change.before,
        change.after,
        change.difference,
        row.seen.as_ref().map(delivered::seen),
        is_one.then(|| delivered::way(&row.way, zone)),
        change.resource.map(|resource| resource.0),
        change.resources,
    ]
}

pub(crate) fn cause_word(cause: Cause) -> &'static str {
    match cause {
        Cause::New => "new",
        Cause::Gone => "gone",
        Cause::Changed => "changed",
        Cause::Reclassified => "reclassified",
        Cause::Usage => "usage",
        Cause::Calendar => "calendar",
        Cause::Repriced => "repriced",
        Cause::Derived => "derived",
    }
}

fn what(row: &ShownChange) -> String {
    let mut words = Vec::new();
    if row.change.cause == Cause::Reclassified
        && let (Some(before), Some(after)) = (&row.standing_before, &row.standing_after)
    {
        let is_elsewhere = before != after;
        if is_elsewhere {
            words.push(format!("{before} → {after}"));
        }
        for (what, before, after) in [
            ("agreement", &row.agreements_before, &row.agreements_after),
            ("share", &row.shares_before, &row.shares_after),
        ] {
            if !before.is_empty() && (!is_elsewhere || what == "agreement") {
                words.push(format!(
                    "{what} {} → {}",
                    before.join(", "),
                    after.join(", ")
                ));
            }
        }
    }
    words.extend(row.change.attributes.iter().map(delivered::attribute));
    words.join(", ")
}

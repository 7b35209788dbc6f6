//! `counterfoil report growth`.

use anyhow::Result;
use clap::{Args, ValueEnum};
use counterfoil_engine::report::{GrowthReport, growth};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::counted::{counted, counted_as};
use counterfoil_model::decimal::Decimal;
use counterfoil_model::money::Money;
use counterfoil_model::report::{Growth, GrowthBy, Incomplete};

use super::{Limits, incomplete, joined};
use crate::args::Global;
use crate::commands::findings;
use crate::exit::Exit;
use crate::output::{Cell, Column, Shape, Table, row};
use crate::when;

pub(crate) const SHAPE: Shape<GrowthReport> = Shape::new(
    "report-growth/1",
    "Which customer, kind or resource grew the most between two times.",
    &["growth", "findings"],
);

/// Which customer, kind or resource grows the most: in money a month, and in an attribute.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  counterfoil report growth --by customer --since 1y\n  counterfoil report growth --by resource --kind disk --attribute disk_gb"
)]
pub(crate) struct GrowthQuestion {
    /// Whose growth is told.
    #[arg(long, value_enum, default_value = "customer")]
    by: By,
    /// A number that grows, such as `disk_gb`; the rows are then ordered by it.
    #[arg(long, value_name = "NAME")]
    attribute: Option<String>,
    /// A day (its end), an instant, or how long ago: 30d, 6mo, 1y.
    #[arg(long, value_name = "TIME", default_value = "1y")]
    since: String,
    /// The same of the end; now if left out.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// So many rows, from the greatest growth on; 0 shows all.
    #[arg(long, value_name = "ROWS", default_value_t = 20)]
    top: usize,
    #[command(flatten)]
    limits: Limits,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    Customer,
    Resource,
    Kind,
}

pub(super) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &GrowthQuestion,
) -> Result<Exit> {
    let zone = &wired.pipeline.zone;
    let since = when::past(&what.since, session.now, zone)?;
    let until = match &what.until {
        Some(text) => when::past(text, session.now, zone)?,
        None => when::just_before(session.now),
    };
    let by = match what.by {
        By::Customer => GrowthBy::Customer,
        By::Resource => GrowthBy::Resource,
        By::Kind => GrowthBy::Kind,
    };
    let asked = (by, what.attribute.as_deref());
    let filter = what.limits.filter(session, wired)?;
    let mut report = growth(session, wired, &filter, asked, (since, until)).await?;
    let all = report.rows.len();
    if what.top > 0 {
        report.rows.truncate(what.top);
    }
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![rows(&report), findings::table(&report.findings)])
            .text(|| text(&report, all)),
    )?;
    Ok(incomplete(&report.findings))
}

fn text(report: &GrowthReport, all: usize) -> String {
    let mut parts = vec![rows(report).to_text()];
    if report.rows.len() < all {
        parts.push(format!(
            "… and {} more (--top 0 shows all)",
            all - report.rows.len()
        ));
    }
    parts.push(match report.asked_since {
        Some(asked) => format!(
            "from {} (nothing was listed at {asked}) to {}",
            report.since, report.until
        ),
        None => format!("from {} to {}", report.since, report.until),
    });
    let unpriced = report.rows.iter().filter(|row| row.incomplete.is_some());
    let unpriced = unpriced.count();
    if unpriced > 0 {
        parts.push(format!(
            "{} unknown: something could not be priced",
            counted_as(unpriced, "growth is", "growths are")
        ));
    }
    parts.extend(findings::text(&report.findings));
    parts.join("\n\n")
}

fn columns(report: &GrowthReport) -> Vec<Column> {
    let subject = match report.by {
        GrowthBy::Resource => "resource",
        GrowthBy::Customer => "customer",
        GrowthBy::Kind => "kind",
    };
    let mut columns = vec![
        Column::text("subject").titled(subject),
        Column::text("of").for_people(),
        Column::text("name").for_exports(),
        Column::text("customers").for_exports(),
        Column::integer("resources_before").for_exports(),
        Column::integer("resources_after").for_exports(),
    ];
    if let Some(name) = &report.attribute {
        columns.extend([
            Column::text("attribute").for_exports(),
            Column::decimal("quantity_before").titled(format!("{name} before")),
            Column::decimal("quantity_after").titled("after"),
            Column::decimal("quantity_growth").titled("growth").signed(),
            Column::text("quantity_share")
                .titled("%")
                .aligned_right()
                .for_people(),
            Column::decimal("quantity_percent").for_exports(),
            Column::decimal("quantity_per_month")
                .titled("a month")
                .signed(),
        ]);
    }
    columns.extend([
        Column::text("shown_before")
            .titled("billed a month before")
            .aligned_right()
            .for_people(),
        Column::text("shown_after")
            .titled("after")
            .aligned_right()
            .for_people(),
        Column::money("before").for_exports(),
        Column::money("after").for_exports(),
        Column::integer("unpriced_before").for_exports(),
        Column::integer("unpriced_after").for_exports(),
        Column::money("growth").signed().with_currency(),
        Column::text("share")
            .titled("%")
            .aligned_right()
            .for_people(),
        Column::decimal("percent").for_exports(),
        Column::money("per_month")
            .titled("each month")
            .signed()
            .with_currency(),
    ]);
    columns
}

fn rows(report: &GrowthReport) -> Table {
    let attribute = report.attribute.as_deref();
    let rows = report.rows.iter().map(|row| cells(row, attribute));
    Table::new("growth", columns(report)).with_rows(rows)
}

fn cells(row: &Growth, attribute: Option<&str>) -> Vec<Cell> {
    let of = match &row.name {
        Some(name) if row.customers.is_empty() => format!("{name} (not billed)"),
        Some(name) => format!("{name} ({})", joined(&row.customers)),
        None => format!(
            "{} → {}",
            row.resources_before,
            counted(row.resources_after, "resource")
        ),
    };
    let mut cells = row![
        &row.subject,
        of,
        row.name.as_ref(),
        joined(&row.customers),
        row.resources_before,
        row.resources_after,
    ];
    if let Some(name) = attribute {
        let grown = row.quantity;
        cells.extend(row![
            name,
            grown.map(|one| one.before),
            grown.map(|one| one.after),
            grown.map(|one| one.difference),
            grown.map(|one| share(one.percent)),
            grown.and_then(|one| one.percent),
            grown.map(|one| one.per_month),
        ]);
    }
    let grown = row.value;
    let known = amounts(row);
    cells.extend(row![
        known.map(|one| shown(one.before, one.unpriced_before)),
        known.map(|one| shown(one.after, one.unpriced_after)),
        known.and_then(|one| one.before),
        known.and_then(|one| one.after),
        known.map(|one| one.unpriced_before),
        known.map(|one| one.unpriced_after),
        grown.map(|one| one.difference),
        known.map(|_| grown.map_or_else(|| "unknown".to_owned(), |one| share(one.percent))),
        grown.and_then(|one| one.percent),
        grown.map(|one| one.per_month),
    ]);
    cells
}

/// What could be priced, and how many resources could not.
fn amounts(row: &Growth) -> Option<Incomplete> {
    let complete = row.value.map(|value| Incomplete {
        before: Some(value.before),
        after: Some(value.after),
        unpriced_before: 0,
        unpriced_after: 0,
    });
    complete.or(row.incomplete)
}

fn shown(amount: Option<Money>, unpriced: u64) -> String {
    match (amount, unpriced) {
        (Some(amount), 0) => amount.amount(),
        (Some(amount), _) => format!("{} + unknown", amount.amount()),
        (None, 0) => "0".to_owned(),
        (None, _) => "unknown".to_owned(),
    }
}

/// Nothing has grown to something: no share tells by how much.
fn share(percent: Option<Decimal>) -> String {
    match percent {
        None => "new".to_owned(),
        Some(value) if value.is_zero() || value.is_negative() => value.to_string(),
        Some(value) => format!("+{value}"),
    }
}

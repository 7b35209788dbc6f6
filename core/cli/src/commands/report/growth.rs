//! `counterfoil report growth`.

use anyhow::Result;
use clap::{Args, ValueEnum};
use counterfoil_engine::report::{GrowthReport, growth};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::decimal::Decimal;
use counterfoil_model::report::{Growth, GrowthBy};

use super::{Limits, joined, signed};
use crate::args::Global;
use crate::exit::Exit;
use crate::table::table;
use crate::when;

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
    global.show(&report, || text(&report, all))?;
    Ok(Exit::Done)
}

fn text(report: &GrowthReport, all: usize) -> String {
    let subject = match report.by {
        GrowthBy::Resource => "resource",
        GrowthBy::Customer => "customer",
        GrowthBy::Kind => "kind",
    };
    let mut titles = vec![subject, "of"];
    let attribute = report.attribute.as_deref();
    let named = attribute.map(|name| {
        [
            format!("{name} before>"),
            "after>".to_owned(),
            "growth>".to_owned(),
            "%>".to_owned(),
            "a month>".to_owned(),
        ]
    });
    if let Some(named) = &named {
        titles.extend(named.iter().map(String::as_str));
    }
    titles.extend([
        "billed a month before>",
        "after>",
        "growth>",
        "%>",
        "each month>",
    ]);
    let rows = report
        .rows
        .iter()
        .map(|row| cells(row, attribute.is_some()));
    let mut parts = vec![table(&titles, rows)];
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
    parts.join("\n\n")
}

fn cells(row: &Growth, with_attribute: bool) -> Vec<String> {
    let of = match &row.name {
        Some(name) if row.customers.is_empty() => format!("{name} (not billed)"),
        Some(name) => format!("{name} ({})", joined(&row.customers)),
        None => format!(
            "{} → {} resources",
            row.resources_before, row.resources_after
        ),
    };
    let mut cells = vec![row.subject.clone(), of];
    if with_attribute {
        match row.quantity {
            Some(quantity) => cells.extend([
                quantity.before.to_string(),
                quantity.after.to_string(),
                signed_decimal(quantity.difference),
                percent(quantity.percent),
                signed_decimal(quantity.per_month),
            ]),
            None => cells.extend(std::iter::repeat_n(String::new(), 5)),
        }
    }
    match row.value {
        Some(value) => cells.extend([
            value.before.amount(),
            value.after.amount(),
            signed(value.difference),
            percent(value.percent),
            signed(value.per_month),
        ]),
        None => cells.extend(std::iter::repeat_n(String::new(), 5)),
    }
    cells
}

fn signed_decimal(value: Decimal) -> String {
    if value.is_zero() || value.is_negative() {
        value.to_string()
    } else {
        format!("+{value}")
    }
}

/// Nothing has grown to something: no share tells by how much.
fn percent(percent: Option<Decimal>) -> String {
    percent.map_or_else(|| "new".to_owned(), signed_decimal)
}

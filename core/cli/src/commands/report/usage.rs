//! `counterfoil report usage`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::report::{UsageReport, usage};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::ids::CustomerKey;
use counterfoil_model::report::Compared;

use super::Limits;
use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Cell, Column, Shape, Table, row};

pub(crate) const SHAPE: Shape<UsageReport> = Shape::new(
    "report-usage/1",
    "What customers and resources have against what they use of it.",
    &["customers", "resources"],
);

/// What is provisioned against what is consumed over a period, per customer and resource.
///
/// Both are averages over the whole period: what is there for half of it counts half. The pipeline's `compare` says which
/// attribute is compared with which gauge.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  counterfoil report usage --period 2026-03\n  counterfoil report usage --period 2026-03 --customer acme --kind disk"
)]
pub(crate) struct UsageQuestion {
    /// The billing period, such as 2026-03; the last one that has ended if left out.
    #[arg(long, value_name = "MONTH")]
    period: Option<String>,
    /// So many resources, from those on of which the smallest part is used; 0 shows all.
    #[arg(long, value_name = "ROWS", default_value_t = 20)]
    top: usize,
    #[command(flatten)]
    limits: Limits,
}

pub(super) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &UsageQuestion,
) -> Result<Exit> {
    let period = session.period(wired.pipeline, what.period.as_deref())?;
    let filter = what.limits.filter(session, wired)?;
    let report = usage(session, wired, &filter, &period).await?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![customers(&report), resources(&report)])
            .text(|| text(&report, what.top)),
    )?;
    Ok(Exit::Done)
}

fn text(report: &UsageReport, top: usize) -> String {
    let resources = resources(report);
    let all = resources.rows().len();
    let shown = if top == 0 { all } else { top.min(all) };
    let mut parts = vec![customers(report).to_text(), resources.first_to_text(shown)];
    if shown < all {
        parts.push(format!("… and {} more (--top 0 shows all)", all - shown));
    }
    parts.push(match report.not_ended {
        Some(end) => format!("{}, which ends at {end}", report.billing_period),
        None => report.billing_period.clone(),
    });
    parts.join("\n\n")
}

fn columns(first: impl IntoIterator<Item = Column>) -> Vec<Column> {
    let amounts = [
        Column::text("kind"),
        Column::text("provisioned_is").titled("provisioned"),
        Column::decimal("provisioned").titled("quantity"),
        Column::text("consumed_is").titled("consumed"),
        Column::decimal("consumed").titled("quantity"),
        Column::decimal("used_percent").titled("used %"),
        Column::duration("unknown"),
    ];
    first.into_iter().chain(amounts).collect()
}

fn cells(mut first: Vec<Cell>, compared: &Compared) -> Vec<Cell> {
    first.extend(row![
        &compared.kind,
        &compared.provisioned_is,
        compared.provisioned,
        &compared.consumed_is,
        compared.consumed,
        compared.used_percent,
    ]);
    first.push(Cell::Seconds(compared.unknown_seconds));
    first
}

fn customers(report: &UsageReport) -> Table {
    let columns = columns([Column::text("customer"), Column::integer("resources")]);
    let rows = report.customers.iter().map(|one| {
        let customer = one.customer.as_deref().unwrap_or("nobody");
        cells(row![customer, one.compared.resources], &one.compared)
    });
    Table::new("customers", columns).with_rows(rows)
}

fn resources(report: &UsageReport) -> Table {
    let columns = columns([
        Column::text("customer"),
        Column::text("external_id").titled("id"),
        Column::text("name"),
        Column::integer("resource").for_exports(),
    ]);
    let rows = report.resources.iter().map(|one| {
        let customer = one.customer.as_ref().map_or("nobody", CustomerKey::as_str);
        let first = row![customer, &one.external_id, &one.name, one.resource.0];
        cells(first, &one.compared)
    });
    Table::new("resources", columns).with_rows(rows)
}

//! `counterfoil report margin`.

use anyhow::Result;
use clap::{Args, ValueEnum};
use counterfoil_engine::report::{Basis, MarginReport, margin};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::ids::{AgreementKey, CustomerKey, ItemKey, ServiceKey};
use counterfoil_model::margin::{Amounts, MarginBy, MarginRow, NotSold};

use super::Limits;
use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Cell, Column, Shape, Table, row};

pub(crate) const SHAPE: Shape<MarginReport> = Shape::new(
    "report-margin/1",
    "What a period earns: list price, discount, net, cost and margin.",
    &["margin", "totals"],
);

/// What a period earns: list price, discount, net, cost and margin, by line, customer, service or agreement.
///
/// Costs are rated with the price book that `cost_book` names, by the code of the bill, of the same facts. What nobody pays
/// for has rows of its own, so that the costs of all rows are all costs.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  counterfoil report margin --period 2026-03\n  counterfoil report margin --period 2026-03 --by line --customer acme"
)]
pub(crate) struct MarginQuestion {
    /// The billing period, such as 2026-03; the last one that has ended if left out.
    #[arg(long, value_name = "MONTH")]
    period: Option<String>,
    /// What a row is of.
    #[arg(long, value_enum, default_value = "customer")]
    by: By,
    /// Only this customer. The totals are of all.
    #[arg(long, value_name = "CUSTOMER")]
    customer: Option<String>,
    /// Only what had been learned of the inventory by then: a day (its end), an instant, or how long ago.
    #[arg(long, value_name = "TIME")]
    known_at: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    Line,
    Customer,
    Service,
    Agreement,
}

pub(super) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &MarginQuestion,
) -> Result<Exit> {
    let period = session.period(wired.pipeline, what.period.as_deref())?;
    let by = match what.by {
        By::Line => MarginBy::Line,
        By::Customer => MarginBy::Customer,
        By::Service => MarginBy::Service,
        By::Agreement => MarginBy::Agreement,
    };
    let limits = Limits {
        customer: what.customer.clone(),
        kind: None,
        known_at: what.known_at.clone(),
    };
    let filter = limits.filter(session, wired)?;
    let report = margin(session, wired, &filter, &period, by).await?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![rows(&report, For::Export), totals(&report, For::Export)])
            .text(|| text(&report)),
    )?;
    Ok(Exit::Done)
}

fn text(report: &MarginReport) -> String {
    let mut parts = vec![
        rows(report, For::People).to_text(),
        totals(report, For::People).to_text(),
    ];
    if !report.kinds_without_cost.is_empty() {
        parts.push(format!(
            "the price book `{}` has no cost for: {}",
            report.cost_book,
            report.kinds_without_cost.join(", ")
        ));
    }
    if report.basis == Basis::Usage {
        let billed = report.billed.iter().map(ToString::to_string);
        let billed: Vec<String> = billed.collect();
        parts.push(format!(
            "list and net are what was there comes to for {}; what is billed with it is for other times too: {}",
            report.billing_period,
            if billed.is_empty() {
                "nothing".to_owned()
            } else {
                billed.join(", ")
            }
        ));
    }
    for rate in &report.exchange_rates {
        parts.push(format!(
            "costs in {} by the rate {} {} to one {} of {} ({})",
            rate.to, rate.rate, rate.to, rate.from, rate.date, rate.source
        ));
    }
    if let Some(end) = report.not_ended {
        parts.push(format!("the period has not ended: it ends at {end}"));
    }
    parts.push(format!(
        "{} cost {} by the price book `{}`",
        report.billing_period, report.cost, report.cost_book
    ));
    parts.join("\n\n")
}

fn amount_columns() -> [Column; 7] {
    [
        Column::money("list"),
        Column::money("discount"),
        Column::money("net").with_currency(),
        Column::money("cost").with_currency(),
        Column::money("cost_converted").for_exports(),
        Column::money("margin").with_currency(),
        Column::decimal("margin_percent").titled("%"),
    ]
}

/// Who reads a table. An exported row has one currency: that of the net.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    People,
    Export,
}

fn amount_cells(amounts: &Amounts, reader: For) -> Vec<Cell> {
    let in_one = amounts.cost.currency() == amounts.net.currency();
    let cost = if reader == For::Export && !in_one {
        amounts.cost_converted
    } else {
        Some(amounts.cost)
    };
    row![
        amounts.list,
        amounts.discount,
        amounts.net,
        cost,
        amounts.cost_converted,
        amounts.margin,
        amounts.margin_percent,
    ]
}

fn rows(report: &MarginReport, reader: For) -> Table {
    let mut columns = match report.by {
        MarginBy::Line => vec![
            Column::text("account"),
            Column::text("customer").for_exports(),
            Column::text("agreement"),
            Column::text("item"),
            Column::text("dimensions"),
        ],
        MarginBy::Customer => vec![Column::text("customer")],
        MarginBy::Service => vec![Column::text("service")],
        MarginBy::Agreement => vec![
            Column::text("account"),
            Column::text("customer").for_exports(),
            Column::text("agreement"),
        ],
    };
    columns.extend(amount_columns());
    columns.push(Column::text("not_sold").for_exports());
    let cells = report.rows.iter().map(|row| {
        let mut cells = names(row, report.by);
        cells.extend(amount_cells(&row.amounts, reader));
        cells.extend(row![row.not_sold.map(word)]);
        cells
    });
    Table::new("margin", columns).with_rows(cells)
}

fn names(row: &MarginRow, by: MarginBy) -> Vec<Cell> {
    let not_sold = row.not_sold.map(word);
    let customer = row.customer.as_ref().map(CustomerKey::as_str);
    let agreement = row.agreement.as_ref().map(AgreementKey::as_str);
    let first = row.account_key.as_deref().or(not_sold);
    match by {
        MarginBy::Line => {
            let dimensions = row.dimensions.iter();
            let dimensions = dimensions.map(|(name, value)| format!("{name}={value}"));
            let item = row.item.as_ref().map(ItemKey::as_str);
            row![
                first,
                customer,
                agreement,
                item.or(not_sold.filter(|_| row.account_key.is_some())),
                dimensions.collect::<Vec<_>>().join(" "),
            ]
        }
        MarginBy::Customer => row![customer.or(not_sold)],
        MarginBy::Service => {
            let service = row.service.as_ref().map(ServiceKey::as_str);
            row![service.or(not_sold).unwrap_or("no service")]
        }
        MarginBy::Agreement => row![first, customer, agreement],
    }
}

fn word(not_sold: NotSold) -> &'static str {
    match not_sold {
        NotSold::NotCharged => "not charged",
        NotSold::NonBillable => "non-billable",
        NotSold::Suspense => "in suspense",
    }
}

fn totals(report: &MarginReport, reader: For) -> Table {
    let mut columns = vec![Column::text("total").titled("").for_people()];
    columns.extend(amount_columns());
    let rows = report.totals.iter().map(|total| {
        let mut cells = row!["total"];
        cells.extend(amount_cells(total, reader));
        cells
    });
    Table::new("totals", columns).with_rows(rows)
}

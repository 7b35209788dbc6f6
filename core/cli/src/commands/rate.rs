//! `counterfoil rate`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::rate::{RateReport, rate};
use counterfoil_engine::session::Session;
use counterfoil_model::finding::Severity;

use super::findings;
use super::plan::tables::balances;
use crate::args::{Global, PipelineAndPeriod};
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};

const EXAMPLES: &str = "\
Examples:
  counterfoil rate --period 2026-03
  counterfoil rate north --period 2026-03 --json";

pub(crate) const SHAPE: Shape<RateReport> = Shape::new(
    "rate/1",
    "The charges of a period as they would be now, line by line.",
    &["lines", "totals", "suspended", "completeness", "findings"],
);

/// Shows the charges of a period as they would be now, line by line. Nothing is kept, and no sink is asked.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Rate {
    #[command(flatten)]
    pub(crate) what: PipelineAndPeriod,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Rate) -> Result<Exit> {
    let what = &what.what;
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let period = session.period(pipeline, what.period.as_deref())?;
    let report = rate(session, &wired, &period).await?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| tables(&report))
            .text(|| text(&report)),
    )?;
    let blocking =
        |finding: &counterfoil_model::finding::Finding| finding.severity == Severity::Blocking;
    Ok(if report.findings.iter().any(blocking) {
        Exit::Findings
    } else {
        Exit::Done
    })
}

fn text(report: &RateReport) -> String {
    let mut parts = vec![
        format!("{} {}", report.pipeline, report.billing_period),
        presumed(report).unwrap_or_default(),
        lines(report).to_text(),
    ];
    let totals = report.totals.values().map(|total| format!("total {total}"));
    parts.push(totals.collect::<Vec<_>>().join("\n"));
    if !report.suspended.is_empty() {
        parts.push(suspended(report).to_text());
    }
    parts.extend(findings::text(&report.findings));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

/// What nobody has seen yet.
fn presumed(report: &RateReport) -> Option<String> {
    const AN_HOUR: i64 = 3_600;
    let hours = match report.presumed_seconds {
        0 => "nothing of it is presumed".to_owned(),
        seconds if seconds < AN_HOUR => "less than an hour of it is presumed".to_owned(),
        seconds => format!(
            "{} resource-hours of it are presumed, beyond the last coverage",
            seconds / AN_HOUR
        ),
    };
    match report.not_ended {
        Some(end) => Some(format!(
            "{} has not ended (it ends at {end}): {hours}",
            report.billing_period
        )),
        None => {
            (report.presumed_seconds > 0).then(|| format!("{}: {hours}", report.billing_period))
        }
    }
}

fn tables(report: &RateReport) -> Vec<Table> {
    let totals = report.totals.values().map(|total| row![*total]);
    vec![
        lines(report),
        Table::new("totals", [Column::money("net")]).with_rows(totals),
        suspended(report),
        balances(report.kinds.iter()),
        findings::table(&report.findings),
    ]
}

fn lines(report: &RateReport) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("customer").for_exports(),
        Column::text("agreement").for_exports(),
        Column::text("item").for_exports(),
        Column::text("dimensions").for_exports(),
        Column::text("description").titled("charge"),
        Column::text("days").for_people(),
        Column::date("first_day").for_exports(),
        Column::date("last_day").for_exports(),
        Column::decimal("quantity"),
        Column::text("unit"),
        Column::decimal("unit_price"),
        Column::money("net").with_currency(),
        Column::integer("presumed_seconds").for_exports(),
    ];
    let rows = report.lines.iter().map(|line| {
        let dimensions = line.dimensions.iter();
        let dimensions = dimensions.map(|(name, value)| format!("{name}={value}"));
        row![
            &line.account,
            &line.customer,
            &line.agreement,
            &line.item,
            dimensions.collect::<Vec<_>>().join(" "),
            &line.description,
            format!("{} to {}", line.first_day, line.last_day),
            line.first_day,
            line.last_day,
            line.quantity,
            &line.unit,
            line.unit_price,
            line.net,
            line.presumed_seconds,
        ]
    });
    Table::new("lines", columns).with_rows(rows)
}

fn suspended(report: &RateReport) -> Table {
    let columns = [
        Column::text("item").titled("in suspense"),
        Column::text("service"),
        Column::text("plan"),
        Column::decimal("quantity"),
        Column::money("estimate").with_currency(),
    ];
    let rows = report.suspended.iter().map(|line| {
        row![
            line.item.to_string(),
            line.service.as_ref().map(ToString::to_string),
            line.plan.as_ref().map(ToString::to_string),
            line.quantity,
            line.net,
        ]
    });
    Table::new("suspended", columns).with_rows(rows)
}

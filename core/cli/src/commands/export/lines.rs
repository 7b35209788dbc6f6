//! `counterfoil export lines`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::export::lines::{ExportedLine, export};
use counterfoil_engine::session::Session;
use counterfoil_model::finding::Finding;
use counterfoil_model::money::Money;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::{Global, PipelineAndPeriod};
use crate::commands::findings::{self, word};
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LinesReport {
    pipeline: String,
    billing_period: String,
    lines: Vec<ExportedLine>,
    /// Why documents are missing which the plan held back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Finding>,
}

pub(crate) const SHAPE: Shape<LinesReport> = Shape::new(
    "export-lines/1",
    "The lines of a period's documents, planned or delivered.",
    &["lines"],
);

const EXAMPLES: &str = "\
Examples:
  counterfoil export lines --period 2026-03 --output march.xlsx
  counterfoil export lines --period 2026-03 --account acme --output acme.csv";

/// Shows the lines of a period's documents for a sheet. In a workbook the totals below them are formulas.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Lines {
    #[command(flatten)]
    what: PipelineAndPeriod,
    /// Only the documents of one account.
    #[arg(long)]
    account: Option<String>,
}

pub(crate) async fn run(global: &Global, session: &Session, asked: &Lines) -> Result<Exit> {
    let what = &asked.what;
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let period = session.period(pipeline, what.period.as_deref())?;
    let extract = export(session, &wired, &period, asked.account.as_deref()).await?;
    let report = LinesReport {
        pipeline: pipeline.name.clone(),
        billing_period: period.id(),
        lines: extract.rows,
        findings: extract.withheld,
    };
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![table(&report)])
            .text(|| text(&report)),
    )?;
    Ok(super::finish(global, &report.findings))
}

fn text(report: &LinesReport) -> String {
    let nets = report.lines.iter().map(|line| line.billed);
    let totals = Money::by_currency(nets).flatten();
    let totals = totals.map(|total| format!("total {total}"));
    let mut parts = vec![table(report).to_text()];
    parts.push(totals.collect::<Vec<_>>().join("\n"));
    parts.extend(findings::text(&report.findings));
    parts.join("\n\n")
}

fn table(report: &LinesReport) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("name").for_exports(),
        Column::text("document"),
        Column::text("reference").for_exports(),
        Column::text("kind"),
        Column::text("state").for_exports(),
        Column::text("corrects").for_exports(),
        Column::date("issue_date").for_exports(),
        Column::date("due_date").for_exports(),
        Column::text("agreement").for_exports(),
        Column::text("item").for_exports(),
        Column::text("description"),
        Column::date("first_day"),
        Column::date("last_day"),
        Column::decimal("quantity"),
        Column::text("unit"),
        Column::decimal("unit_price"),
        Column::money("net").with_currency(),
        Column::text("tax_category").for_exports(),
        Column::text("account_code").for_exports(),
    ];
    let rows = report.lines.iter().map(|line| {
        row![
            &line.account,
            &line.name,
            &line.document,
            &line.reference,
            word(&line.kind),
            word(&line.standing),
            line.corrects.as_ref(),
            line.issue_date,
            line.due_date,
            &line.agreement,
            &line.item,
            &line.description,
            line.first_day,
            line.last_day,
            line.quantity,
            &line.unit,
            line.unit_price,
            line.billed,
            line.tax_category.as_ref(),
            line.account_code.as_ref(),
        ]
    });
    Table::new("lines", columns).with_rows(rows).with_totals()
}

//! `counterfoil export focus`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::export::focus::{FocusRow, export};
use counterfoil_engine::session::Session;
use counterfoil_model::finding::Finding;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::{Global, PipelineAndPeriod};
use crate::commands::findings;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FocusReport {
    pipeline: String,
    billing_period: String,
    /// A row for each line of each document, with FOCUS's names of columns.
    rows: Vec<FocusRow>,
    /// Why documents are missing which the plan held back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Finding>,
}

pub(crate) const SHAPE: Shape<FocusReport> = Shape::new(
    "export-focus/1",
    "The lines of a period's documents as FOCUS 1.2 has them.",
    &["focus"],
);

const EXAMPLES: &str = "\
Examples:
  counterfoil export focus --period 2026-03 --output march.csv
  counterfoil export focus --period 2026-03 --account acme --json";

/// Shows the lines of a period's documents as rows of FOCUS 1.2, planned or delivered; times are in UTC.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Focus {
    #[command(flatten)]
    what: PipelineAndPeriod,
    /// Only the documents of one account.
    #[arg(long)]
    account: Option<String>,
}

pub(crate) async fn run(global: &Global, session: &Session, asked: &Focus) -> Result<Exit> {
    let what = &asked.what;
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let period = session.period(pipeline, what.period.as_deref())?;
    let extract = export(session, &wired, &period, asked.account.as_deref()).await?;
    let report = FocusReport {
        pipeline: pipeline.name.clone(),
        billing_period: period.id(),
        rows: extract.rows,
        findings: extract.withheld,
    };
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![table(&report.rows)])
            .text(|| text(&report)),
    )?;
    Ok(super::finish(global, &report.findings))
}

fn text(report: &FocusReport) -> String {
    let mut parts = vec![table(&report.rows).to_text()];
    parts.extend(findings::text(&report.findings));
    parts.join("\n\n")
}

fn table(rows: &[FocusRow]) -> Table {
    let rows = rows.iter().map(|row| {
        row![
            row.billed_cost,
            &row.billing_account_id,
            &row.billing_account_name,
            &row.billing_currency,
            row.billing_period_start,
            row.billing_period_end,
            &row.charge_category,
            row.charge_class.as_ref(),
            &row.charge_description,
            &row.charge_frequency,
            row.charge_period_start,
            row.charge_period_end,
            row.commitment_discount_status.as_ref(),
            row.consumed_quantity,
            row.consumed_unit.as_ref(),
            row.contracted_cost,
            row.contracted_unit_price,
            row.effective_cost,
            &row.host_provider_name,
            &row.invoice_id,
            &row.invoice_issuer_name,
            row.list_cost,
            row.list_unit_price,
            row.pricing_category.as_ref(),
            row.pricing_quantity,
            row.pricing_unit.as_ref(),
            &row.provider_name,
            &row.publisher_name,
            &row.service_category,
            &row.service_name,
            &row.service_provider_name,
            &row.service_subcategory,
            row.sku_id.as_ref(),
            &row.tags,
            &row.x_reference,
            row.x_corrects.as_ref(),
            &row.x_line_id,
            &row.x_unit_code,
            row.x_tax_category.as_ref(),
            row.x_account_code.as_ref(),
        ]
    });
    Table::new("focus", columns()).with_rows(rows)
}

/// The names of FOCUS, in the order of the alphabet, and ours after them.
fn columns() -> Vec<Column> {
    vec![
        Column::decimal("BilledCost").pointed(),
        Column::text("BillingAccountId"),
        Column::text("BillingAccountName").for_exports(),
        Column::text("BillingCurrency"),
        Column::instant("BillingPeriodStart").for_exports(),
        Column::instant("BillingPeriodEnd").for_exports(),
        Column::text("ChargeCategory").for_exports(),
        Column::text("ChargeClass"),
        Column::text("ChargeDescription"),
        Column::text("ChargeFrequency").for_exports(),
        Column::instant("ChargePeriodStart").for_exports(),
        Column::instant("ChargePeriodEnd").for_exports(),
        Column::text("CommitmentDiscountStatus").for_exports(),
        Column::decimal("ConsumedQuantity").pointed().for_exports(),
        Column::text("ConsumedUnit").for_exports(),
        Column::decimal("ContractedCost").pointed().for_exports(),
        Column::decimal("ContractedUnitPrice")
            .pointed()
            .for_exports(),
        Column::decimal("EffectiveCost").pointed().for_exports(),
        Column::text("HostProviderName").for_exports(),
        Column::text("InvoiceId"),
        Column::text("InvoiceIssuerName").for_exports(),
        Column::decimal("ListCost").pointed().for_exports(),
        Column::decimal("ListUnitPrice").pointed().for_exports(),
        Column::text("PricingCategory").for_exports(),
        Column::decimal("PricingQuantity").pointed(),
        Column::text("PricingUnit"),
        Column::text("ProviderName").for_exports(),
        Column::text("PublisherName").for_exports(),
        Column::text("ServiceCategory").for_exports(),
        Column::text("ServiceName").for_exports(),
        Column::text("ServiceProviderName").for_exports(),
        Column::text("ServiceSubcategory").for_exports(),
        Column::text("SkuId").for_exports(),
        Column::text("Tags").for_exports(),
        Column::text("x_Reference").for_exports(),
        Column::text("x_Corrects").for_exports(),
        Column::text("x_LineId").for_exports(),
        Column::text("x_UnitCode").for_exports(),
        Column::text("x_TaxCategory").for_exports(),
        Column::text("x_AccountCode").for_exports(),
    ]
}

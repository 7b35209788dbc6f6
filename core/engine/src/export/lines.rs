//! The lines of a period's documents as finance people read them in a sheet.

use counterfoil_model::decimal::Decimal;
use counterfoil_model::document::DocumentKind;
use counterfoil_model::money::Money;
use counterfoil_model::time::{BillingPeriod, Date};
use schemars::JsonSchema;
use serde::Serialize;

use super::focus::{invoice_id, upright};
use super::{ExportError, Extract, Scope, documents};
use crate::preview::Standing;
use crate::session::{Session, Wired};

/// A line in the sign of an invoice: what a credit note gives back is negative.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ExportedLine {
    pub account: String,
    /// As the document names the buyer.
    pub name: String,
    /// The sink's number of the document, else its reference.
    pub document: String,
    pub reference: String,
    pub kind: DocumentKind,
    pub standing: Standing,
    /// The reference of the document which it corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrects: Option<String>,
    pub issue_date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<Date>,
    pub agreement: String,
    pub item: String,
    pub description: String,
    pub first_day: Date,
    pub last_day: Date,
    pub quantity: Decimal,
    /// UN/ECE Rec 20.
    pub unit: String,
    pub unit_price: Decimal,
    pub billed: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_code: Option<String>,
}

/// Of all accounts, or of one.
pub async fn export(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
    account: Option<&str>,
) -> Result<Extract<ExportedLine>, ExportError> {
    let shown = documents(session, wired, period, account, Scope::OfPeriod).await?;
    let mut lines = Vec::new();
    for one in &shown.rows {
        let delivery = &one.delivery;
        lines.extend(delivery.lines.iter().map(|line| ExportedLine {
            account: one.account.to_string(),
            name: delivery.buyer.name.clone(),
            document: invoice_id(one),
            reference: delivery.reference.to_string(),
            kind: delivery.kind,
            standing: one.standing,
            corrects: delivery.corrects.as_ref().map(ToString::to_string),
            issue_date: delivery.issue_date,
            due_date: delivery.due_date,
            agreement: line.charge.agreement.to_string(),
            item: line.item.to_string(),
            description: line.description.clone(),
            first_day: line.first_day,
            last_day: line.last_day,
            quantity: upright(delivery, line),
            unit: line.unit.clone(),
            unit_price: line.unit_price,
            billed: line.billed,
            tax_category: line.tax_category.clone(),
            account_code: line.account_code.clone(),
        }));
    }
    Ok(Extract {
        rows: lines,
        withheld: shown.withheld,
    })
}

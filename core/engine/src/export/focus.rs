//! The lines of a period's documents as FOCUS 1.2 has them: one row each, in UTC.

use counterfoil_model::decimal::Decimal;
use counterfoil_model::document::{Delivery, Line};
use counterfoil_model::money::Money;
use counterfoil_model::price::unit;
use counterfoil_model::time::{BillingPeriod, Instant};
use schemars::JsonSchema;
use serde::Serialize;

use super::ascii::{ascii, ascii_json, ascii_name};
use super::{ExportError, Extract, Scope, documents};
use crate::preview::Shown;
use crate::session::{Session, Wired};

/// What items belong to none of FOCUS's categories by themselves.
const CATEGORY: &str = "Other";
const SUBCATEGORY: &str = "Other (Other)";

/// A row. A key is the column's name; one that is null is blank in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct FocusRow {
    /// The net of the line; what is given back is negative.
    pub billed_cost: Decimal,
    /// The account's key. Texts are of ASCII, as FOCUS has it: letters without their marks.
    pub billing_account_id: String,
    pub billing_account_name: String,
    pub billing_currency: String,
    pub billing_period_start: Instant,
    pub billing_period_end: Instant,
    /// `Usage`, or `Credit` for a discount.
    pub charge_category: String,
    /// `Correction` for what corrects a document that was issued.
    pub charge_class: Option<String>,
    pub charge_description: String,
    pub charge_frequency: String,
    pub charge_period_start: Instant,
    pub charge_period_end: Instant,
    /// Always blank: there are no such discounts.
    pub commitment_discount_status: Option<String>,
    pub consumed_quantity: Option<Decimal>,
    pub consumed_unit: Option<String>,
    /// The contracted price times the quantity, before it was rounded.
    pub contracted_cost: Decimal,
    pub contracted_unit_price: Option<Decimal>,
    pub effective_cost: Decimal,
    pub host_provider_name: String,
    /// The sink's number of the document, else its reference.
    pub invoice_id: String,
    pub invoice_issuer_name: String,
    pub list_cost: Decimal,
    pub list_unit_price: Option<Decimal>,
    pub pricing_category: Option<String>,
    pub pricing_quantity: Option<Decimal>,
    pub pricing_unit: Option<String>,
    pub provider_name: String,
    pub publisher_name: String,
    pub service_category: String,
    pub service_name: String,
    pub service_provider_name: String,
    pub service_subcategory: String,
    /// The price item's key.
    pub sku_id: Option<String>,
    /// What the charge is kept apart by, as JSON: service, plan, and attributes.
    pub tags: String,
    /// Our reference of the document.
    #[serde(rename = "x_Reference")]
    pub x_reference: String,
    /// That of the document which it corrects.
    #[serde(rename = "x_Corrects")]
    pub x_corrects: Option<String>,
    /// The line within the document.
    #[serde(rename = "x_LineId")]
    pub x_line_id: String,
    /// UN/ECE Rec 20.
    #[serde(rename = "x_UnitCode")]
    pub x_unit_code: String,
    #[serde(rename = "x_TaxCategory")]
    pub x_tax_category: Option<String>,
    #[serde(rename = "x_AccountCode")]
    pub x_account_code: Option<String>,
}

/// Of all accounts, or of one.
pub async fn export(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
    account: Option<&str>,
) -> Result<Extract<FocusRow>, ExportError> {
    let key = &wired.pipeline.config.issuer;
    let issuer = ascii_name(&wired.pipeline.issuer.party(key).name, key);
    let shown = documents(session, wired, period, account, Scope::OfPeriod).await?;
    let mut rows = Vec::new();
    for one in &shown.rows {
        for line in &one.delivery.lines {
            rows.push(row(one, line, &issuer, period));
        }
    }
    Ok(Extract {
        rows,
        withheld: shown.withheld,
    })
}

fn row(shown: &Shown, line: &Line, issuer: &str, period: &BillingPeriod) -> FocusRow {
    let delivery = &shown.delivery;
    let billed = amount(line.billed);
    let is_correction = delivery.corrects.is_some();
    let is_discount = !is_correction && line.billed.is_negative();
    let quantity = upright(delivery, line);
    // A price that is not the net's is none: the computation then stands in the description.
    let product = Decimal::from_rational(&(quantity.to_rational() * line.unit_price.to_rational()));
    let priced = product.filter(|_| !is_discount);
    let (cost, is_priced) = match priced {
        Some(product) => (product, true),
        None => (billed, false),
    };
    let of_price = |value: Decimal| is_priced.then_some(value);
    let unit_name = focus_unit(&line.unit);
    let key = &line.charge;
    let service = key
        .dimensions
        .get("service")
        .filter(|name| !name.is_empty());
    FocusRow {
        billed_cost: billed,
        billing_account_id: ascii(shown.account.as_str()),
        billing_account_name: ascii_name(&delivery.buyer.name, shown.account.as_str()),
        billing_currency: line.billed.currency().to_string(),
        billing_period_start: period.period().from(),
        billing_period_end: period.period().to(),
        charge_category: if is_discount { "Credit" } else { "Usage" }.to_owned(),
        charge_class: is_correction.then(|| "Correction".to_owned()),
        charge_description: ascii(&line.description),
        charge_frequency: if is_discount {
            "One-Time"
        } else {
            "Usage-Based"
        }
        .to_owned(),
        charge_period_start: key.period.from(),
        charge_period_end: key.period.to(),
        commitment_discount_status: None,
        consumed_quantity: of_price(quantity),
        consumed_unit: is_priced.then(|| unit_name.clone()),
        contracted_cost: cost,
        contracted_unit_price: of_price(line.unit_price),
        effective_cost: billed,
        host_provider_name: issuer.to_owned(),
        invoice_id: ascii(&invoice_id(shown)),
        invoice_issuer_name: issuer.to_owned(),
        list_cost: cost,
        list_unit_price: of_price(line.unit_price),
        pricing_category: is_priced.then(|| "Standard".to_owned()),
        pricing_quantity: of_price(quantity),
        pricing_unit: is_priced.then_some(unit_name),
        provider_name: issuer.to_owned(),
        publisher_name: issuer.to_owned(),
        service_category: CATEGORY.to_owned(),
        service_name: service.map_or_else(|| ascii(line.item.as_str()), |name| ascii(name)),
        service_provider_name: issuer.to_owned(),
        service_subcategory: SUBCATEGORY.to_owned(),
        sku_id: is_priced.then(|| ascii(line.item.as_str())),
        tags: ascii_json(&serde_json::to_string(&key.dimensions).unwrap_or_default()),
        x_reference: delivery.reference.to_string(),
        x_corrects: delivery.corrects.as_ref().map(ToString::to_string),
        x_line_id: line.id.clone(),
        x_unit_code: line.unit.clone(),
        x_tax_category: line.tax_category.clone(),
        x_account_code: line.account_code.clone(),
    }
}

pub(super) fn invoice_id(shown: &Shown) -> String {
    let remote = shown.remote.as_ref();
    let number = remote.and_then(|remote| remote.number.clone());
    number.unwrap_or_else(|| shown.delivery.reference.to_string())
}

/// In the sign of an invoice, whatever document it stands in.
pub(super) fn upright(delivery: &Delivery, line: &Line) -> Decimal {
    let (digits, scale) = line.quantity.parts();
    let is_turned = delivery.kind == counterfoil_model::document::DocumentKind::CreditNote;
    let digits = if is_turned { -digits } else { digits };
    Decimal::from_parts(digits, scale).unwrap_or(line.quantity)
}

fn amount(money: Money) -> Decimal {
    let scale = u32::from(money.currency().exponent());
    Decimal::from_parts(i128::from(money.minor()), scale)
        .expect("an amount has fewer digits than a decimal")
}

/// FOCUS has words of its own for the units that bills of computing have.
fn focus_unit(code: &str) -> String {
    let word = match code {
        "C62" | "H87" | "EA" => "Units",
        "C0" => "Requests",
        "IE" => "Users",
        "SEC" => "Seconds",
        "MIN" => "Minutes",
        "HUR" => "Hours",
        "DAY" => "Days",
        "MON" => "Months",
        "ANN" => "Years",
        "AD" => "B",
        "2P" => "KB",
        "4L" => "MB",
        "E34" => "GB",
        "E35" => "TB",
        "E36" => "PB",
        "E64" => "KiB",
        "E63" => "MiB",
        "E62" => "GiB",
        "E61" => "TiB",
        "E60" => "PiB",
        other => unit(other).map_or(other, |unit| unit.name),
    };
    word.to_owned()
}

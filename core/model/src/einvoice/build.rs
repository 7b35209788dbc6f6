//! From a document to an e-invoice: lines, value added tax by category, and totals. Nothing is judged here.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::Zero;

use super::line::{EInvoiceLine, line};
use super::party::filled;
use super::{Invoicing, Party, Payment, Tax, VatCategory};
use crate::decimal::{Decimal, Rational};
use crate::document::{Delivery, DocumentKind};
use crate::money::{Currency, Money, MoneyError, Rounding, round_decimals, round_money};
use crate::time::Date;

/// BT-3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 380.
    Invoice,
    /// 381.
    CreditNote,
}

/// Which rules it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// The European standard alone.
    En16931,
    /// Also those of the network by which it is sent.
    Peppol,
}

/// The document that it corrects (BG-3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preceding {
    pub number: String,
    pub issue_date: Option<Date>,
}

/// A document as EN 16931 has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EInvoice {
    pub profile: Profile,
    pub kind: Kind,
    pub number: String,
    pub issue_date: Date,
    pub due_date: Option<Date>,
    pub texts: Vec<String>,
    pub currency: Currency,
    pub buyer_reference: Option<String>,
    pub order_reference: Option<String>,
    /// BT-73 and BT-74: from the first to the last day that is charged.
    pub first_day: Date,
    pub last_day: Date,
    pub preceding: Option<Preceding>,
    pub seller: Party,
    pub buyer: Party,
    pub payment: Payment,
    pub lines: Vec<EInvoiceLine>,
    pub breakdown: Vec<Breakdown>,
    pub totals: Totals,
}

/// The tax of one category and rate (BG-23).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakdown {
    pub tax: Tax,
    pub taxable: Money,
    pub amount: Money,
}

/// BG-22.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// BT-106.
    pub lines: Money,
    /// BT-109.
    pub without_tax: Money,
    /// BT-110.
    pub tax: Money,
    /// BT-112.
    pub with_tax: Money,
    /// BT-114.
    pub rounding: Money,
    /// BT-115.
    pub payable: Money,
}

/// What the finance system calls the document, and the one that it corrects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calls {
    /// Its number there; the reference where it has none yet.
    pub number: Option<String>,
    pub preceding: Option<Preceding>,
}

/// A credit note that corrects nothing goes out as an invoice with a negative total: it could not name an invoice.
pub fn build(
    delivery: &Delivery,
    invoicing: &Invoicing,
    calls: Calls,
) -> Result<EInvoice, MoneyError> {
    let currency = delivery.slot.currency;
    let preceding = calls.preceding.or_else(|| {
        let reference = delivery.corrects.as_ref()?;
        Some(Preceding {
            number: reference.to_string(),
            issue_date: None,
        })
    });
    let turned = delivery.kind == DocumentKind::CreditNote && preceding.is_none();
    let kind = match delivery.kind {
        DocumentKind::CreditNote if !turned => Kind::CreditNote,
        DocumentKind::CreditNote | DocumentKind::Invoice => Kind::Invoice,
    };
    let mut lines = Vec::with_capacity(delivery.lines.len());
    for (index, one) in delivery.lines.iter().enumerate() {
        let tax = one.tax_category.as_ref();
        let tax = tax.and_then(|name| invoicing.taxes.get(name));
        lines.push(line(index + 1, one, tax, turned)?);
    }
    let breakdown = breakdown(&lines, currency)?;
    let totals = totals(&lines, &breakdown, invoicing.payable_step, currency)?;
    let days = || lines.iter().map(|line| (line.first_day, line.last_day));
    let (mut seller, mut buyer) = (invoicing.seller.clone(), invoicing.buyer.clone());
    // Who is not subject to VAT has no number for it on the document (BR-O-02).
    let is_outside = |line: &EInvoiceLine| of_category(line, VatCategory::O);
    if !lines.is_empty() && lines.iter().all(is_outside) {
        seller.vat_id = None;
        seller.tax_registration = None;
        buyer.vat_id = None;
    }
    Ok(EInvoice {
        profile: if seller.endpoint.is_some() {
            Profile::Peppol
        } else {
            Profile::En16931
        },
        kind,
        number: calls
            .number
            .unwrap_or_else(|| delivery.reference.to_string()),
        issue_date: delivery.issue_date,
        due_date: match kind {
            Kind::Invoice => delivery.due_date,
            Kind::CreditNote => None,
        },
        texts: invoicing.texts.clone(),
        currency,
        buyer_reference: delivery.buyer.reference.clone(),
        order_reference: invoicing.order_reference.clone(),
        first_day: days()
            .map(|(first, _)| first)
            .chain([delivery.first_day])
            .min()
            .unwrap_or(delivery.first_day),
        last_day: days()
            .map(|(_, last)| last)
            .chain([delivery.last_day])
            .max()
            .unwrap_or(delivery.last_day),
        preceding,
        seller,
        buyer,
        payment: invoicing.payment.clone(),
        lines,
        breakdown,
        totals,
    })
}

pub(super) fn of_category(line: &EInvoiceLine, category: VatCategory) -> bool {
    line.tax
        .as_ref()
        .is_some_and(|tax| tax.category == category)
}

/// The tax is computed of the sum of a category and rate, not of its lines. Lines that are exempt for several reasons are one
/// group, which gives them all: each category without tax stands once in a document (BR-E-08 and its like).
fn breakdown(lines: &[EInvoiceLine], currency: Currency) -> Result<Vec<Breakdown>, MoneyError> {
    let mut groups: BTreeMap<(VatCategory, Decimal), (BTreeSet<&Tax>, Money)> = BTreeMap::new();
    for line in lines {
        let Some(tax) = &line.tax else { continue };
        let group = groups.entry((tax.category, tax.percent));
        let (taxes, sum) = group.or_insert((BTreeSet::new(), Money::zero(currency)));
        taxes.insert(tax);
        *sum = sum.checked_add(line.net)?;
    }
    let breakdown = groups
        .into_iter()
        .map(|((category, percent), (taxes, taxable))| {
            let (reason_code, reason) = reasons(&taxes);
            Ok(Breakdown {
                tax: Tax {
                    category,
                    percent,
                    reason,
                    reason_code,
                },
                taxable,
                amount: tax_of(taxable, percent)?,
            })
        });
    breakdown.collect()
}

/// Code and words of all of them; a group has one code at most.
fn reasons(taxes: &BTreeSet<&Tax>) -> (Option<String>, Option<String>) {
    let codes: BTreeSet<Option<&String>> =
        taxes.iter().map(|tax| tax.reason_code.as_ref()).collect();
    let is_one = codes.len() < 2;
    let code = codes.into_iter().flatten().next().filter(|_| is_one);
    let words: BTreeSet<&str> = taxes
        .iter()
        .filter_map(|tax| {
            let said = filled(tax.reason.as_ref());
            // What was said by its code alone is said in words where the code cannot stand.
            said.or_else(|| filled(tax.reason_code.as_ref()).filter(|_| !is_one))
        })
        .collect();
    let words = Vec::from_iter(words).join("; ");
    (code.cloned(), Some(words).filter(|words| !words.is_empty()))
}

pub(super) fn tax_of(taxable: Money, percent: Decimal) -> Result<Money, MoneyError> {
    let hundred = Rational::from_integer(100.into());
    let exact = taxable.to_rational() * percent.to_rational() / hundred;
    round_money(&exact, taxable.currency(), Rounding::HalfUp)
}

fn totals(
    lines: &[EInvoiceLine],
    breakdown: &[Breakdown],
    payable_step: Option<Decimal>,
    currency: Currency,
) -> Result<Totals, MoneyError> {
    let of_lines = Money::sum(lines.iter().map(|line| line.net), currency)?;
    let tax = Money::sum(breakdown.iter().map(|group| group.amount), currency)?;
    let with_tax = of_lines.checked_add(tax)?;
    let payable = match payable_step {
        Some(step) => stepped(with_tax, step)?,
        None => with_tax,
    };
    Ok(Totals {
        lines: of_lines,
        without_tax: of_lines,
        tax,
        with_tax,
        rounding: payable.checked_sub(with_tax)?,
        payable,
    })
}

/// The nearest multiple of a step, half away from zero.
fn stepped(amount: Money, step: Decimal) -> Result<Money, MoneyError> {
    let step = step.to_rational();
    if step.is_zero() {
        return Ok(amount);
    }
    let steps = round_decimals(&(amount.to_rational() / &step), 0, Rounding::HalfUp);
    round_money(&(steps * step), amount.currency(), Rounding::HalfUp)
}

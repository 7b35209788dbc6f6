//! Rules about value added tax: which categories the lines have, and what that asks of both sides and of the breakdown.

use std::collections::BTreeSet;

use num_traits::Zero;

use super::super::build::{Breakdown, EInvoice, Profile, tax_of};
use super::super::codes::is_exemption;
use super::super::party::filled;
use super::super::{Party, Tax, VatCategory};
use super::numbers::has_swedish_rates;
use super::{Fault, fault};
use crate::decimal::Decimal;
use crate::money::Money;

/// What a person does about lines that are not subject to VAT, beside others or between sides that are registered.
const OTHERWISE: &str = "Give them a category that stands beside others, such as E (`category` of their tax, or `tax_instead` of \
    the account), or bill them to an account of their own: documents are of one account.";

pub(super) fn check(invoice: &EInvoice, faults: &mut Vec<Fault>) {
    for line in invoice.lines.iter().filter(|line| line.tax.is_none()) {
        faults.push(match &line.tax_category {
            None => fault(
                "BR-CO-04",
                format!("Line {}, {}, has no tax category.", line.id, line.name),
                "Set tax_category of its price item, or of the account.",
            ),
            Some(name) => fault(
                "BR-CO-04",
                format!(
                    "Line {}, {}: nothing says what the tax category `{name}` is.",
                    line.id, line.name
                ),
                format!("Add a table [tax.{name}] with its category and percent."),
            ),
        });
    }
    let of_lines: BTreeSet<&Tax> = invoice
        .lines
        .iter()
        .filter_map(|line| line.tax.as_ref())
        .collect();
    let categories: BTreeSet<VatCategory> = of_lines.iter().map(|tax| tax.category).collect();
    for tax in &of_lines {
        rate(tax, faults);
        reason_code(tax, faults);
        if invoice.profile == Profile::Peppol {
            of_peppol(invoice, tax, faults);
        }
    }
    for category in &categories {
        sides(invoice, *category, faults);
    }
    if categories.contains(&VatCategory::O) && categories.len() > 1 {
        faults.push(fault(
            "BR-O-12",
            "Some lines are not subject to VAT, and others are.",
            OTHERWISE,
        ));
    }
    breakdown(invoice, &of_lines, faults);
}

fn rule(category: VatCategory, number: &str) -> String {
    format!("BR-{}-{number}", category.of_rules())
}

fn rate(tax: &Tax, faults: &mut Vec<Fault>) {
    let code = tax.category.code();
    let is_zero = tax.percent.is_zero();
    let is_wrong = match tax.category {
        VatCategory::S => is_zero || tax.percent.is_negative(),
        VatCategory::L | VatCategory::M => tax.percent.is_negative(),
        VatCategory::Z
        | VatCategory::E
        | VatCategory::AE
        | VatCategory::K
        | VatCategory::G
        | VatCategory::O => !is_zero,
    };
    if is_wrong {
        faults.push(fault(
            rule(tax.category, "05"),
            format!(
                "The category {code} cannot have a rate of {} %.",
                tax.percent
            ),
            "Set percent of the tax.",
        ));
    }
    let is_said =
        filled(tax.reason.as_ref()).is_some() || filled(tax.reason_code.as_ref()).is_some();
    if is_said != tax.category.needs_reason() {
        let message = if is_said {
            format!("The category {code} has no reason.")
        } else {
            format!("The category {code} says why no tax is charged.")
        };
        faults.push(fault(
            rule(tax.category, "10"),
            message,
            "Set reason of the tax, or leave it out.",
        ));
    }
}

pub(super) fn reason_code(tax: &Tax, faults: &mut Vec<Fault>) {
    if let Some(reason) = filled(tax.reason_code.as_ref())
        && !is_exemption(reason)
    {
        faults.push(fault(
            "BR-CL-22",
            format!("`{reason}` is no code of the list VATEX."),
            "Set reason_code of the tax, such as VATEX-EU-132, or say it in words as reason.",
        ));
    }
}

/// Reasons that are those of one category alone, by the numbers of Peppol's rules.
const REASONS: [(&str, VatCategory, &str); 8] = [
    ("VATEX-EU-G", VatCategory::G, "P0104"),
    ("VATEX-EU-O", VatCategory::O, "P0105"),
    ("VATEX-EU-IC", VatCategory::K, "P0106"),
    ("VATEX-EU-AE", VatCategory::AE, "P0107"),
    ("VATEX-EU-D", VatCategory::E, "P0108"),
    ("VATEX-EU-F", VatCategory::E, "P0109"),
    ("VATEX-EU-I", VatCategory::E, "P0110"),
    ("VATEX-EU-J", VatCategory::E, "P0111"),
];
const SWEDISH_RATES: [i128; 3] = [25, 12, 6];

fn of_peppol(invoice: &EInvoice, tax: &Tax, faults: &mut Vec<Fault>) {
    let code = filled(tax.reason_code.as_ref());
    let alone = REASONS.iter().find(|(reason, _, _)| code == Some(reason));
    if let Some((reason, category, number)) = alone
        && *category != tax.category
    {
        faults.push(fault(
            format!("PEPPOL-EN16931-{number}"),
            format!(
                "{reason} is a reason of the category {}, and not of {}.",
                category.code(),
                tax.category.code()
            ),
            "Set reason_code of the tax, or leave it out.",
        ));
    }
    let is_swedish = SWEDISH_RATES
        .iter()
        .any(|rate| Decimal::from_parts(*rate, 0).is_some_and(|rate| rate == tax.percent));
    if tax.category == VatCategory::S && !is_swedish && has_swedish_rates(&invoice.seller) {
        faults.push(fault(
            "SE-R-006",
            format!("Sweden has no rate of {} %.", tax.percent),
            "Set percent of the tax: 25, 12 or 6.",
        ));
    }
}

/// Whose numbers a category asks for.
fn sides(invoice: &EInvoice, category: VatCategory, faults: &mut Vec<Fault>) {
    let (seller, buyer) = (&invoice.seller, &invoice.buyer);
    if category == VatCategory::O {
        if has(seller.vat_id.as_ref()) || has(buyer.vat_id.as_ref()) {
            faults.push(fault(
                rule(category, "02"),
                "Who is not subject to VAT has no VAT id on the document.",
                OTHERWISE,
            ));
        }
        return;
    }
    faults.extend(of_seller(seller, category));
    faults.extend(of_buyer(buyer, category));
}

fn has(text: Option<&String>) -> bool {
    filled(text).is_some()
}

/// What a category asks of the seller, and is not there.
pub(super) fn of_seller(seller: &Party, category: VatCategory) -> Option<Fault> {
    let is_known = match category {
        VatCategory::O => true,
        VatCategory::G | VatCategory::K => has(seller.vat_id.as_ref()),
        VatCategory::S
        | VatCategory::Z
        | VatCategory::E
        | VatCategory::AE
        | VatCategory::L
        | VatCategory::M => has(seller.vat_id.as_ref()) || has(seller.tax_registration.as_ref()),
    };
    (!is_known).then(|| {
        fault(
            rule(category, "02"),
            format!(
                "The category {} needs the seller's VAT id.",
                category.code()
            ),
            "Set vat_id of the issuer.",
        )
    })
}

/// The same of the buyer.
pub(super) fn of_buyer(buyer: &Party, category: VatCategory) -> Option<Fault> {
    let is_known = match category {
        VatCategory::AE => has(buyer.vat_id.as_ref()) || has(buyer.legal_id.as_ref()),
        VatCategory::K => has(buyer.vat_id.as_ref()),
        VatCategory::S
        | VatCategory::Z
        | VatCategory::E
        | VatCategory::G
        | VatCategory::O
        | VatCategory::L
        | VatCategory::M => true,
    };
    (!is_known).then(|| {
        fault(
            rule(category, "02"),
            format!("The category {} needs the buyer's VAT id.", category.code()),
            "Set vat_id of the account.",
        )
    })
}

fn breakdown(invoice: &EInvoice, of_lines: &BTreeSet<&Tax>, faults: &mut Vec<Fault>) {
    let groups = &invoice.breakdown;
    if groups.is_empty() {
        faults.push(fault(
            "BR-CO-18",
            "The document has no breakdown of its tax.",
            "Set the tax categories of its lines.",
        ));
    }
    for tax in of_lines {
        if !groups.iter().any(|group| is_of(tax, group)) {
            faults.push(fault(
                rule(tax.category, "01"),
                format!("The breakdown lacks the category {}.", tax.category.code()),
                "Tell whoever maintains this tool.",
            ));
        }
    }
    for group in groups {
        of_group(invoice, group, faults);
    }
}

fn is_of(tax: &Tax, group: &Breakdown) -> bool {
    (tax.category, tax.percent) == (group.tax.category, group.tax.percent)
}

fn of_group(invoice: &EInvoice, group: &Breakdown, faults: &mut Vec<Fault>) {
    let category = group.tax.category;
    let code = category.code();
    let lines = invoice
        .lines
        .iter()
        .filter(|line| line.tax.as_ref().is_some_and(|tax| is_of(tax, group)));
    let taxable = Money::sum(lines.map(|line| line.net), group.taxable.currency());
    let next = "Tell whoever maintains this tool.";
    if taxable != Ok(group.taxable) {
        let message = format!(
            "The lines of the category {code} do not sum to {}.",
            group.taxable
        );
        faults.push(fault(rule(category, "08"), message, next));
    }
    if tax_of(group.taxable, group.tax.percent) != Ok(group.amount) {
        let number = if category.is_taxed() && !group.tax.percent.to_rational().is_zero() {
            "BR-CO-17".to_owned()
        } else {
            rule(category, "09")
        };
        let message = format!(
            "{} % of {} is not {}.",
            group.tax.percent, group.taxable, group.amount
        );
        faults.push(fault(number, message, next));
    }
}

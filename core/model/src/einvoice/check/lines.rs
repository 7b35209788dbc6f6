//! Rules about a line.

use num_traits::Signed;

use super::super::EInvoiceLine;
use super::super::build::{EInvoice, Profile};
use super::{Fault, fault};
use crate::price::is_unit_code;

/// EN 16931 has no more.
pub(super) const DECIMALS_MAX: u32 = 2;

pub(super) fn check(invoice: &EInvoice, line: &EInvoiceLine, faults: &mut Vec<Fault>) {
    let number = &line.id;
    let mut add = |rule: &str, message: String, next: &str| faults.push(fault(rule, message, next));
    if number.trim().is_empty() {
        add(
            "BR-21",
            "A line has no number.".to_owned(),
            "Tell whoever maintains this tool.",
        );
    }
    if line.name.trim().is_empty() {
        add(
            "BR-25",
            format!("Line {number} has no name."),
            "Set description of its price item.",
        );
    }
    if line.unit.trim().is_empty() {
        add(
            "BR-23",
            format!("Line {number}, {}, has no unit.", line.name),
            "Set unit of its price item, such as C62.",
        );
    } else if !is_unit_code(&line.unit) {
        add(
            "BR-CL-23",
            format!(
                "Line {number}, {}: `{}` is no unit code of UN/ECE Recommendation 20.",
                line.name, line.unit
            ),
            "Set unit of its price item, such as C62.",
        );
    }
    if line.price.is_negative() {
        add(
            "BR-27",
            format!("Line {number}, {}, has a negative price.", line.name),
            "Let the quantity carry the sign.",
        );
    }
    if !line.base_quantity.to_rational().is_positive() {
        add(
            "PEPPOL-EN16931-R121",
            format!("Line {number}, {}: its price is for no units.", line.name),
            "Give the price for one unit.",
        );
    }
    if !line.is_computed() {
        add(
            "PEPPOL-EN16931-R120",
            format!(
                "Line {number}, {}: {} × {} is not {}.",
                line.name, line.quantity, line.price, line.net
            ),
            "Send it as 1 × the amount.",
        );
    }
    if super::totals::decimals(line.net) > DECIMALS_MAX {
        add(
            "BR-DEC-23",
            format!(
                "Line {number}, {}: {} has more than two decimals.",
                line.name, line.net
            ),
            "EN 16931 has two decimals: set prices so that amounts need no more, or send this account no e-invoices.",
        );
    }
    period(invoice, line, &mut add);
}

fn period(invoice: &EInvoice, line: &EInvoiceLine, add: &mut impl FnMut(&str, String, &str)) {
    let number = &line.id;
    let next = "Look at the period that was billed.";
    if line.last_day < line.first_day {
        let message = format!(
            "Line {number}, {}, ends on {}, before it begins on {}.",
            line.name, line.last_day, line.first_day
        );
        add("BR-30", message, next);
    }
    if invoice.profile != Profile::Peppol {
        return;
    }
    let outside = [
        ("PEPPOL-EN16931-R110", line.first_day < invoice.first_day),
        ("PEPPOL-EN16931-R111", line.last_day > invoice.last_day),
    ];
    for (rule, is_outside) in outside {
        if is_outside {
            let message = format!(
                "Line {number}, {}, is outside of the period of the document.",
                line.name
            );
            add(rule, message, next);
        }
    }
}

//! Rules about sums: what the lines come to, what is to be paid, and how many decimals amounts have.

use super::super::build::{EInvoice, Totals};
use super::lines::DECIMALS_MAX;
use super::{Fault, fault};
use crate::money::{Money, MoneyError};

pub(super) fn check(invoice: &EInvoice, faults: &mut Vec<Fault>) {
    let Totals {
        lines,
        without_tax,
        tax,
        with_tax,
        rounding,
        payable,
    } = &invoice.totals;
    let nets = invoice.lines.iter().map(|line| line.net);
    let taxes = invoice.breakdown.iter().map(|group| group.amount);
    let sum = |amounts: &mut dyn Iterator<Item = Money>| Money::sum(amounts, invoice.currency);
    let expected: [(&str, &str, Money, Result<Money, MoneyError>); 5] = [
        (
            "BR-CO-10",
            "of the lines",
            *lines,
            sum(&mut nets.into_iter()),
        ),
        ("BR-CO-13", "without VAT", *without_tax, Ok(*lines)),
        ("BR-CO-14", "of VAT", *tax, sum(&mut taxes.into_iter())),
        (
            "BR-CO-15",
            "with VAT",
            *with_tax,
            without_tax.checked_add(*tax),
        ),
        (
            "BR-CO-16",
            "to be paid",
            *payable,
            with_tax.checked_add(*rounding),
        ),
    ];
    for (rule, which, total, expected) in expected {
        if expected != Ok(total) {
            let message = match expected {
                Ok(expected) => format!("The total {which} is {total}, and sums to {expected}."),
                Err(_) => format!("The total {which} cannot be summed."),
            };
            faults.push(fault(rule, message, "Tell whoever maintains this tool."));
        }
    }
    let mut amounts = vec![
        ("BR-DEC-09", *lines),
        ("BR-DEC-12", *without_tax),
        ("BR-DEC-13", *tax),
        ("BR-DEC-14", *with_tax),
        ("BR-DEC-17", *rounding),
        ("BR-DEC-18", *payable),
    ];
    for group in &invoice.breakdown {
        amounts.push(("BR-DEC-19", group.taxable));
        amounts.push(("BR-DEC-20", group.amount));
    }
    for (rule, amount) in amounts {
        if decimals(amount) > DECIMALS_MAX {
            faults.push(fault(
                rule,
                format!("{amount} has more than two decimals."),
                "EN 16931 has two decimals: set prices so that amounts need no more, or send this account no e-invoices.",
            ));
        }
    }
}

/// How many an amount needs: a thousandth that is zero needs none.
pub(in crate::einvoice) fn decimals(amount: Money) -> u32 {
    let mut decimals = u32::from(amount.currency().exponent());
    let mut minor = amount.minor();
    while decimals > DECIMALS_MAX && minor % 10 == 0 {
        minor /= 10;
        decimals -= 1;
    }
    decimals
}

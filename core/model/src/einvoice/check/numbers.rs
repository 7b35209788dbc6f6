//! Rules of Peppol about numbers that registers give: their form and check digits, and what a seller in Sweden says.

use super::super::Party;
use super::super::party::filled;
use super::{Fault, Side, fault};

/// Of registers whose numbers are checked: code, rule, name, and what a number looks like.
struct Register {
    scheme: &'static str,
    rule: &'static str,
    name: &'static str,
    is_valid: fn(&[u32]) -> bool,
    /// May stand before the digits.
    prefix: &'static str,
}

const REGISTERS: [Register; 6] = [
    Register {
        scheme: "0007",
        rule: "PEPPOL-COMMON-R049",
        name: "Swedish organisation number",
        is_valid: is_swedish,
        prefix: "",
    },
    Register {
        scheme: "0088",
        rule: "PEPPOL-COMMON-R040",
        name: "Global Location Number",
        is_valid: is_location,
        prefix: "",
    },
    Register {
        scheme: "0151",
        rule: "PEPPOL-COMMON-R050",
        name: "Australian business number",
        is_valid: is_australian,
        prefix: "",
    },
    Register {
        scheme: "0184",
        rule: "PEPPOL-COMMON-R042",
        name: "Danish CVR number",
        is_valid: |digits| digits.len() == 8,
        prefix: "DK",
    },
    Register {
        scheme: "0192",
        rule: "PEPPOL-COMMON-R041",
        name: "Norwegian organisation number",
        is_valid: is_norwegian,
        prefix: "",
    },
    Register {
        scheme: "0208",
        rule: "PEPPOL-COMMON-R043",
        name: "Belgian enterprise number",
        is_valid: is_belgian,
        prefix: "",
    },
];

/// Of both sides.
pub(super) fn check(side: &Side<'_>, faults: &mut Vec<Fault>) {
    let party = side.party;
    let legal = party
        .legal_id_scheme
        .as_ref()
        .zip(party.legal_id.as_ref())
        .map(|(scheme, id)| ("legal_id", scheme, id));
    let endpoint = party
        .endpoint
        .as_ref()
        .map(|endpoint| ("endpoint", &endpoint.scheme, &endpoint.id));
    for (key, scheme, id) in legal.into_iter().chain(endpoint) {
        let register = REGISTERS.iter().find(|one| one.scheme == scheme.trim());
        let (Some(register), Some(id)) = (register, filled(Some(id))) else {
            continue;
        };
        let number = id.strip_prefix(register.prefix).unwrap_or(id);
        if !digits(number).is_some_and(|digits| (register.is_valid)(&digits)) {
            let wrong = fault(
                register.rule,
                format!("{id} of the {} is no {}.", side.word, register.name),
                format!(
                    "Set {key} of the {}: digits alone, the last of which checks the others.",
                    side.table
                ),
            );
            faults.push(wrong.of(key));
        }
    }
}

/// What a seller in Sweden says of itself.
pub(super) fn check_swedish(seller: &Side<'_>, faults: &mut Vec<Fault>) {
    let party = seller.party;
    if party.country() != Some("SE") {
        return;
    }
    if let Some(vat_id) = filled(party.vat_id.as_ref()).filter(|id| id.starts_with("SE")) {
        let number = &vat_id[2..];
        let rule = if vat_id.chars().count() == 14 {
            (digits(number).is_none()).then_some("SE-R-002")
        } else {
            Some("SE-R-001")
        };
        faults.extend(rule.map(|rule| {
            fault(
                rule,
                format!("The VAT id {vat_id} is not SE and twelve digits."),
                "Set vat_id of the issuer, such as SE556677889901.",
            )
            .of("vat_id")
        }));
    }
    let Some(legal_id) = filled(party.legal_id.as_ref()) else {
        return;
    };
    let rule = match digits(legal_id) {
        None => Some("SE-R-003"),
        Some(digits) if digits.len() != 10 => Some("SE-R-004"),
        Some(digits) => (!is_swedish(&digits)).then_some("SE-R-013"),
    };
    faults.extend(rule.map(|rule| {
        fault(
            rule,
            format!("The legal id {legal_id} is no Swedish organisation number."),
            "Set legal_id of the issuer: ten digits, the last of which checks the others.",
        )
        .of("legal_id")
    }));
    if let Some(registration) = filled(party.tax_registration.as_ref())
        && registration.to_uppercase() != "GODKÄND FÖR F-SKATT"
    {
        faults.push(fault(
            "SE-R-005",
            format!("The tax registration of a seller in Sweden is not `{registration}`."),
            "Set tax_registration = \"Godkänd för F-skatt\" of the issuer, or leave it out.",
        ));
    }
}

/// Is it a seller whose rates of VAT are Sweden's?
pub(super) fn has_swedish_rates(seller: &Party) -> bool {
    let vat_id = filled(seller.vat_id.as_ref());
    seller.country() == Some("SE") && vat_id.is_some_and(|id| id.starts_with("SE"))
}

fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|one| one.to_digit(10)).collect()
}

/// By the formula of Luhn.
fn is_swedish(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit < 5 { digit * 2 } else { digit * 2 - 9 };
    let weighed = |(index, digit): (usize, &u32)| match index % 2 {
        0 => *digit,
        _ => doubled(*digit),
    };
    let sum: u32 = digits.iter().rev().enumerate().map(weighed).sum();
    digits.len() == 10 && sum.is_multiple_of(10)
}

fn is_location(digits: &[u32]) -> bool {
    let weighed = |(index, digit): (usize, &u32)| digit * if index % 2 == 0 { 1 } else { 3 };
    let sum: u32 = digits.iter().rev().enumerate().map(weighed).sum();
    digits.len() > 1 && sum.is_multiple_of(10)
}

fn is_norwegian(digits: &[u32]) -> bool {
    const WEIGHTS: [u32; 9] = [3, 2, 7, 6, 5, 4, 3, 2, 1];
    digits.len() == WEIGHTS.len()
        && digits.iter().any(|digit| *digit > 0)
        && weighed(digits, &WEIGHTS).is_multiple_of(11)
}

fn is_belgian(digits: &[u32]) -> bool {
    let number = |digits: &[u32]| digits.iter().fold(0, |number, digit| number * 10 + digit);
    digits.len() == 10 && number(&digits[8..]) == 97 - number(&digits[..8]) % 97
}

fn is_australian(digits: &[u32]) -> bool {
    const WEIGHTS: [u32; 11] = [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19];
    // One is taken off the first digit, so that ten is off the sum.
    let sum = weighed(digits, &WEIGHTS);
    digits.len() == WEIGHTS.len() && sum >= 10 && (sum - 10).is_multiple_of(89)
}

fn weighed(digits: &[u32], weights: &[u32]) -> u32 {
    let products = digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| digit * weight);
    products.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_registers_have_check_digits() {
        for (scheme, valid, broken) in [
            ("0007", "2021005489", "2021005488"),
            ("0007", "5566778899", "556677-8899"),
            ("0088", "7300010000001", "7300010000002"),
            ("0151", "51824753556", "51824753557"),
            ("0184", "DK12345678", "DK1234567"),
            ("0184", "12345678", "SE12345678"),
            ("0192", "974760673", "974760674"),
            ("0208", "0202239951", "0202239952"),
        ] {
            let register = REGISTERS.iter().find(|one| one.scheme == scheme).unwrap();
            let takes = |id: &str| {
                let number = id.strip_prefix(register.prefix).unwrap_or(id);
                digits(number).is_some_and(|digits| (register.is_valid)(&digits))
            };
            assert!(takes(valid), "{scheme} {valid}");
            assert!(!takes(broken), "{scheme} {broken}");
        }
    }
}

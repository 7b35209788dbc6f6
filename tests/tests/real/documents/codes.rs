//! The codes that the pre-flight knows are those of the official rules: not one more, not one less.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use counterfoil_model::einvoice::{EInvoice, VatCategory, check};

use super::sample::invoice;
use super::validators;

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const SIGNS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A rule, the place of its codes, and what else might be one.
struct List {
    rule: &'static str,
    of: VatCategory,
    set: fn(&mut EInvoice, &str),
    others: Vec<String>,
}

/// Every word of so many of these characters.
fn words(characters: &str, length: usize) -> Vec<String> {
    let mut words = vec![String::new()];
    for _ in 0..length {
        words = words
            .iter()
            .flat_map(|word| characters.chars().map(move |one| format!("{word}{one}")))
            .collect();
    }
    words
}

fn lists() -> [List; 6] {
    let numbers = || (0..=9999).map(|number| format!("{number:04}"));
    [
        List {
            rule: "BR-CL-04",
            of: VatCategory::S,
            set: |it, code| {
                let parsed = code.parse().or_else(|_| format!("{code}/2").parse());
                it.currency = parsed.expect("three letters are a currency with its decimals");
            },
            others: words(LETTERS, 3),
        },
        List {
            rule: "BR-CL-11",
            of: VatCategory::S,
            set: |it, code| it.buyer.legal_id_scheme = Some(code.to_owned()),
            others: numbers().collect(),
        },
        List {
            rule: "BR-CL-14",
            of: VatCategory::S,
            set: |it, code| {
                it.buyer.address.as_mut().expect("one").country = Some(code.to_owned());
            },
            others: words(SIGNS, 2),
        },
        List {
            rule: "BR-CL-22",
            of: VatCategory::E,
            set: |it, code| {
                it.lines[0].tax.as_mut().expect("one").reason_code = Some(code.to_owned());
            },
            others: words(SIGNS, 2)
                .into_iter()
                .map(|word| format!("VATEX-EU-{word}"))
                .collect(),
        },
        List {
            rule: "BR-CL-23",
            of: VatCategory::S,
            set: |it, code| code.clone_into(&mut it.lines[0].unit),
            others: [words(SIGNS, 2), words(SIGNS, 3)].concat(),
        },
        List {
            rule: "BR-CL-25",
            of: VatCategory::S,
            set: |it, code| {
                code.clone_into(&mut it.buyer.endpoint.as_mut().expect("one").scheme);
            },
            others: numbers().chain(words(LETTERS, 2)).collect(),
        },
    ]
}

#[test]
#[ignore = "needs the official validators: cargo xtask test --documents"]
fn real_codes_are_those_of_the_official_rules() -> Result<()> {
    let official = validators::ask("ubl.py", ["--codes"])?;
    for list in lists() {
        let codes = official[list.rule].as_array().context("codes of a rule")?;
        let codes: BTreeSet<&str> = codes.iter().filter_map(|code| code.as_str()).collect();
        assert!(codes.len() > 50, "{}: {codes:?}", list.rule);
        let mut invoice = invoice(list.of);
        let mut is_taken = |code: &str| {
            (list.set)(&mut invoice, code);
            let faults = check::check(&invoice);
            !faults.iter().any(|fault| fault.rule == list.rule)
        };
        let refused: Vec<&&str> = codes.iter().filter(|code| !is_taken(code)).collect();
        assert!(refused.is_empty(), "{} lacks {refused:?}", list.rule);
        let more: Vec<&String> = list
            .others
            .iter()
            .filter(|code| !codes.contains(code.as_str()) && is_taken(code))
            .collect();
        assert!(more.is_empty(), "{} takes {more:?}", list.rule);
    }
    Ok(())
}

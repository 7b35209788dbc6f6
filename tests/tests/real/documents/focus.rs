//! Rows of FOCUS against its official validator.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use super::company::Company;
use super::validators;

/// What our rows have beyond what everybody's must have.
const CRITERIA: [&str; 4] = [
    "USAGE_MEASUREMENT_SUPPORTED",
    "TAGGING_SUPPORTED",
    "NEGOTIATED_PRICING_SUPPORTED",
    "ACCOUNT_NAMING_SUPPORTED",
];

/// Every row of a month; and the rows of a document sum to its net.
pub(super) fn pass(company: &Company, month: &str) -> Result<()> {
    let path = company.file(&format!("{month}.csv"));
    company.exports_file("focus", month, &path)?;
    let written = path.to_string_lossy();
    for criteria in [&[][..], &CRITERIA[..]] {
        let arguments = [&[&*written][..], criteria].concat();
        let answer = validators::ask("focus.py", arguments)?;
        let failed = answer["failed"].as_array().context("what failed")?;
        assert!(failed.is_empty(), "{month}, {criteria:?}: {failed:#?}");
        let passed = answer["passed"].as_u64().unwrap_or_default();
        assert!(passed > 100, "{answer:#}");
    }
    sum_to_the_documents(company, month, &path)
}

fn sum_to_the_documents(company: &Company, month: &str, path: &std::path::Path) -> Result<()> {
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    let mut reader = csv::Reader::from_path(path)?;
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row?;
        *sums.entry(row["InvoiceId"].clone()).or_default() += thousandths(&row["BilledCost"])?;
    }
    let answer = company.exports_ubl(month, &company.file("compared"))?;
    let documents = answer["documents"].as_array().context("documents")?;
    assert_eq!(sums.len(), documents.len());
    for document in documents {
        let number = document["number"].as_str().context("a number")?;
        let net = thousandths(document["net"]["amount"].as_str().context("a net")?)?;
        let sign = if document["kind"] == "credit-note" {
            -1
        } else {
            1
        };
        assert_eq!(sums.get(number), Some(&(sign * net)), "{document:#}");
    }
    Ok(())
}

/// No currency of the company has more than three decimals.
pub(super) fn thousandths(text: &str) -> Result<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if part.len() > 3 {
        bail!("{text} has more than three decimals");
    }
    let scaled: i128 = format!("{whole}{part:0<3}").parse()?;
    Ok(sign * scaled)
}

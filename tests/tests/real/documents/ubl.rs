//! E-invoices against the schemas of UBL 2.1 and the rules of EN 16931.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use super::company::Company;
use super::validators;

/// Every document of a month; `types` are the codes that they have, all of them.
pub(super) fn pass(company: &Company, month: &str, types: &[&str]) -> Result<()> {
    let files = files(company, month)?;
    assert!(files.len() >= 9, "{files:?}");
    let answer = validators::ask("ubl.py", &files)?;
    let answer = answer.as_object().context("an answer for each file")?;
    assert_eq!(answer.len(), files.len());
    let faults: Vec<String> = answer
        .iter()
        .filter(|(_, faults)| faults.as_array().is_none_or(|faults| !faults.is_empty()))
        .map(|(file, faults)| format!("{file}: {faults:#}"))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let mut found: Vec<&str> = Vec::new();
    for path in &files {
        let xml = std::fs::read_to_string(path)?;
        found.extend(types.iter().filter(|code| xml.contains(&type_code(code))));
    }
    assert_eq!(found.len(), files.len(), "each has one of {types:?}");
    for code in types {
        assert!(found.contains(code), "none is a {code}");
    }
    Ok(())
}

fn type_code(code: &str) -> String {
    format!("TypeCode>{code}</")
}

/// The files of a month, written anew.
pub(super) fn files(company: &Company, month: &str) -> Result<Vec<PathBuf>> {
    let folder = company.file(month);
    let answer = company.exports_ubl(month, &folder)?;
    let documents = answer["documents"].as_array().context("documents")?;
    let files = documents.iter().map(|document| {
        let name = document["file"].as_str().context("a file")?;
        Ok(folder.join(name))
    });
    files.collect()
}

/// Nothing was validated in vain: each part that an invoice may have is in one of them.
pub(super) fn have_what_the_company_does(company: &Company) -> Result<()> {
    let mut all = String::new();
    for month in ["2026-03", "2026-04"] {
        for path in files(company, month)? {
            all.push_str(&std::fs::read_to_string(path)?);
        }
    }
    let categories = ["S", "Z", "E", "AE", "K", "G", "O", "L", "M"];
    let categories = categories.map(|code| format!("<cbc:ID>{code}</cbc:ID>"));
    let currencies = ["EUR", "SEK", "USD", "JPY", "KWD"];
    let currencies = currencies.map(|code| format!("currencyID=\"{code}\""));
    let parts = [
        "<cac:BillingReference>",
        "<cbc:PayableRoundingAmount",
        "<cbc:BaseQuantity",
        "<cbc:Note>Questions? billing@example.net &lt;weekdays&gt;",
        "By the frame agreement of 2026.",
        "Order &lt;2&gt; &amp; 3",
        "Quantity unitCode=\"C62\">-1</cbc:",
        "<cbc:PayableAmount currencyID=\"KWD\">6.66<",
        "Up to the minimum commitment base",
        "Disk (discount 7.5 %)",
        "Disk (maximum 60)",
        "Seat, in advance",
        "Cage, a quarter",
        "Appliance with RAM",
        "Part of the power bill",
        "Consulting",
        "Support, 12 %",
        "Traffic, 95th percentile",
        "Handbook",
    ];
    let parts = parts.map(str::to_owned);
    for part in categories.iter().chain(&currencies).chain(&parts) {
        assert!(all.contains(part), "no document has {part}");
    }
    Ok(())
}

/// The rules against which documents are, and whether each is fatal.
pub(super) fn faults(files: &[PathBuf]) -> Result<Vec<Vec<(String, bool)>>> {
    let answer = validators::ask("ubl.py", files)?;
    let of_file = |path: &PathBuf| {
        let faults = answer[&*path.to_string_lossy()].as_array();
        let faults = faults.context("an answer for each file")?;
        let rule = |fault: &Value| {
            let rule = fault["rule"].as_str().context("a rule")?.to_owned();
            Ok((rule, fault["severity"] == "fatal"))
        };
        faults.iter().map(rule).collect()
    };
    files.iter().map(of_file).collect()
}

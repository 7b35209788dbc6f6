//! The workbook of lines: its formulas by another program, its looks, and that it says what the CSV says.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use calamine::{Data, Reader, Xlsx};
use serde_json::Value;

use super::company::Company;
use super::focus::thousandths;
use super::validators;

/// A sheet's columns are so wide where nobody says another width.
const UNSET_WIDTH: u64 = 13;

pub(super) fn sums_to_the_documents(company: &Company, month: &str) -> Result<()> {
    let [workbook, csv] =
        ["xlsx", "csv"].map(|ending| company.file(&format!("{month}-lines.{ending}")));
    for path in [&workbook, &csv] {
        company.exports_file("lines", month, path)?;
    }
    let sheets = validators::ask("workbook.py", [&workbook])?;
    let sheet = &sheets["lines"];
    looks_finished(sheet)?;
    let totals = totals(sheet)?;
    assert_eq!(totals, nets(company, month)?, "{month}");
    assert!(totals.len() >= 4, "{totals:?}");
    says_what_the_csv_says(&workbook, &csv, totals.len())
}

/// What the formulas come to, by currency.
fn totals(sheet: &Value) -> Result<BTreeMap<String, i128>> {
    let head = sheet["head"].as_array().context("a head")?;
    let currency = head.iter().position(|title| title == "currency");
    let currency = currency.context("a column of currencies")?;
    let formulas = sheet["formulas"].as_object().context("formulas")?;
    let totals = formulas.values().map(|formula| {
        assert_eq!(formula["column"], "net", "{formula:#}");
        assert_eq!(formula["row"][0], "total", "{formula:#}");
        let text = |value: &Value| value.as_str().map(str::to_owned).context("a text");
        let code = text(&formula["row"][currency])?;
        let decimals = formula["format"]
            .as_str()
            .and_then(|format| format.split_once('.'));
        let expected = match code.as_str() {
            "JPY" => None,
            "KWD" => Some(("#,##0", "000")),
            _ => Some(("#,##0", "00")),
        };
        assert_eq!(decimals, expected, "{formula:#}");
        // A binary sum of decimals may end in many nines.
        let value = text(&formula["value"])?;
        Ok((code, rounded(&value)?))
    });
    totals.collect()
}

fn rounded(text: &str) -> Result<i128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let Some((kept, next)) = part.split_at_checked(3) else {
        return thousandths(text);
    };
    let cut = thousandths(&format!("{whole}.{kept}"))?;
    let away = i128::from(next.starts_with(['5', '6', '7', '8', '9']));
    Ok(if text.starts_with('-') {
        cut - away
    } else {
        cut + away
    })
}

/// The nets of the documents by currency, in the sign of an invoice.
fn nets(company: &Company, month: &str) -> Result<BTreeMap<String, i128>> {
    let answer = company.exports_ubl(month, &company.file("compared"))?;
    let mut nets = BTreeMap::new();
    for document in answer["documents"].as_array().context("documents")? {
        let net = &document["net"];
        let text = |key: &str| net[key].as_str().context("a text");
        let amount = thousandths(text("amount")?)?;
        let sign = if document["kind"] == "credit-note" {
            -1
        } else {
            1
        };
        *nets.entry(text("currency")?.to_owned()).or_default() += sign * amount;
    }
    Ok(nets)
}

fn looks_finished(sheet: &Value) -> Result<()> {
    assert_eq!(sheet["head_is_bold"], true);
    assert_eq!(sheet["frozen"], "A2");
    let column = |name: &str| &sheet["columns"][name];
    for day in ["issue_date", "due_date", "first_day", "last_day"] {
        assert_eq!(column(day)["types"], serde_json::json!(["d"]), "{day}");
        assert_eq!(
            column(day)["formats"],
            serde_json::json!(["yyyy-mm-dd"]),
            "{day}"
        );
    }
    for number in ["quantity", "unit_price", "net"] {
        assert_eq!(
            column(number)["types"],
            serde_json::json!(["n"]),
            "{number}"
        );
    }
    let formats = column("net")["formats"].to_string();
    for format in [r##""#,##0""##, r##""#,##0.00""##] {
        assert!(formats.contains(format), "{formats}");
    }
    for text in ["account", "document", "description", "unit", "currency"] {
        assert_eq!(column(text)["types"], serde_json::json!(["s"]), "{text}");
    }
    let description = column("description")["width"].to_string();
    let width = description
        .split('.')
        .next()
        .unwrap_or_default()
        .parse::<u64>()?;
    assert!(width > UNSET_WIDTH, "descriptions are seen: {description}");
    Ok(())
}

fn says_what_the_csv_says(workbook: &Path, csv: &Path, totals: usize) -> Result<()> {
    let mut workbook: Xlsx<_> = calamine::open_workbook(workbook)?;
    let range = workbook.worksheet_range("lines")?;
    let of_sheet: Vec<Vec<String>> = range
        .rows()
        .map(|row| row.iter().map(said).collect())
        .collect();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(csv)?;
    let of_csv: Vec<Vec<String>> = reader
        .records()
        .map(|row| Ok(row?.iter().map(plain).collect()))
        .collect::<Result<_>>()?;
    assert!(of_csv.len() > 10, "{of_csv:?}");
    assert_eq!(of_sheet.len(), of_csv.len() + totals);
    for (sheet, csv) in of_sheet.iter().zip(&of_csv) {
        assert_eq!(sheet, csv);
    }
    Ok(())
}

fn said(cell: &Data) -> String {
    match cell {
        Data::DateTime(day) => {
            let (year, month, day, ..) = day.to_ymd_hms_milli();
            format!("{year}-{month:02}-{day:02}")
        }
        other => plain(&other.to_string()),
    }
}

/// Numbers without the zeros that say nothing.
fn plain(text: &str) -> String {
    let is_number = !text.is_empty()
        && text
            .chars()
            .all(|one| one.is_ascii_digit() || "-.".contains(one));
    match text.split_once('.') {
        Some(_) if is_number => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        _ => text.to_owned(),
    }
}

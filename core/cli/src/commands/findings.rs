//! Findings as people read them: the worst first, each with its next step.

use counterfoil_model::finding::{Finding, Severity};
use serde::Serialize;

use crate::output::{Cell, Column, Table, row};
use crate::style::{self, To};

/// One block of text; nothing where there is no finding.
pub(crate) fn text(findings: &[Finding]) -> Option<String> {
    if findings.is_empty() {
        return None;
    }
    let lines = ordered(findings).into_iter().map(|finding| {
        let mark = mark(finding.severity);
        let value = finding
            .value
            .map(|value| format!(" [{value}]"))
            .unwrap_or_default();
        let since = finding
            .since
            .map(|since| format!(" (since {since})"))
            .unwrap_or_default();
        format!(
            "{mark}{value} {}: {}{since}\n  next: {}",
            finding.subject, finding.message, finding.next_step
        )
    });
    Some(lines.collect::<Vec<_>>().join("\n"))
}

/// How bad it is, before its text.
pub(crate) fn mark(severity: Severity) -> String {
    match severity {
        Severity::Blocking => style::alarm("BLOCKS", To::Output),
        Severity::Warning => style::warning("warning", To::Output),
        Severity::Note => "note".to_owned(),
    }
}

/// The same for a spreadsheet.
pub(crate) fn table<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Table {
    let columns = [
        Column::text("severity"),
        Column::text("code"),
        Column::text("subject"),
        Column::text("message"),
        Column::money("value"),
        Column::instant("since"),
        Column::text("next_step"),
    ];
    let rows = ordered(findings).into_iter().map(|finding| {
        row![
            word(&finding.severity),
            word(&finding.code),
            &finding.subject,
            &finding.message,
            finding.value,
            finding.since,
            &finding.next_step,
        ]
    });
    Table::new("findings", columns).with_rows(rows)
}

fn ordered<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<&'a Finding> {
    let mut ordered: Vec<&Finding> = findings.into_iter().collect();
    ordered.sort_by_key(|finding| (finding.severity, finding.code));
    ordered
}

/// The word that JSON has for a value of an enum, so that every export says the same.
pub(crate) fn word<T: Serialize>(value: &T) -> Cell {
    let written = serde_json::to_value(value).ok();
    Cell::from(written.as_ref().and_then(serde_json::Value::as_str))
}

//! Findings as people read them: the worst first, each with its next step.

use counterfoil_model::finding::{Finding, Severity};

/// One block of text; nothing where there is no finding.
pub(crate) fn text(findings: &[Finding]) -> Option<String> {
    if findings.is_empty() {
        return None;
    }
    let mut ordered: Vec<&Finding> = findings.iter().collect();
    ordered.sort_by_key(|finding| (finding.severity, finding.code));
    let lines = ordered.into_iter().map(|finding| {
        let mark = match finding.severity {
            Severity::Blocking => "BLOCKS",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
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

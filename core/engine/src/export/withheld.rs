//! What an export lacks: documents that the newest plan of the ledger held back, as the plan told it.

use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::time::BillingPeriod;

use super::{ExportError, is_of_ledger};
use crate::preview::{PreviewError, plan_of};
use crate::session::{Session, Wired};

/// Of all accounts, or of one.
pub(super) async fn withheld(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
    account: Option<&str>,
) -> Result<Vec<Finding>, ExportError> {
    let asked = account.map(|account| format!("account {account}"));
    let mut withheld = Vec::new();
    for (id, sink) in &wired.sinks {
        if !is_of_ledger(wired, &sink.name) {
            continue;
        }
        let plan = plan_of(session, wired, *id, period).await;
        let plan = plan.map_err(|source| PreviewError::Store { source })?;
        let findings = plan.into_iter().flat_map(|plan| plan.findings);
        withheld.extend(findings.filter(|finding| {
            holds_back(finding) && asked.as_ref().is_none_or(|asked| finding.subject == *asked)
        }));
    }
    Ok(withheld)
}

/// Others are of resources and of whole periods: what they are about is no document yet. A note is of none that there should be.
fn holds_back(finding: &Finding) -> bool {
    let of_account = finding.subject.starts_with("account ");
    match finding.code {
        _ if finding.severity == Severity::Note => false,
        FindingCode::InGrace => of_account,
        code => matches!(
            code,
            FindingCode::EInvoice
                | FindingCode::NotSent
                | FindingCode::UnmappedCustomer
                | FindingCode::UnknownEffect
        ),
    }
}

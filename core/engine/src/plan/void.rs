//! What a plan takes as standing though it was void when the sink was read back last.

use std::collections::BTreeMap;

use counterfoil_model::document::Reference;
use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::plan::{Plan, PlannedAction, PlannedDelivery};
use counterfoil_store::StoreError;

use crate::session::Session;
use crate::sinks::OpenSink;

pub(super) async fn findings(
    session: &Session,
    sink: &OpenSink<'_>,
    plan: &Plan,
) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    let standing = plan
        .deliveries
        .iter()
        .filter(|planned| planned.action == PlannedAction::Nothing);
    let standing: BTreeMap<&Reference, &PlannedDelivery> = standing
        .map(|planned| (&planned.delivery.reference, planned))
        .collect();
    let references: Vec<&Reference> = standing.keys().copied().collect();
    for (reference, at) in session.store.seen_void(sink.id, &references).await? {
        let Some(planned) = standing.get(&reference) else {
            continue;
        };
        findings.push(Finding {
            code: FindingCode::Missing,
            severity: Severity::Warning,
            subject: reference.to_string(),
            message: format!(
                "{reference} counts as billed, and was void at the sink when it was read back last."
            ),
            next_step: format!(
                "Ask who voided it. If it stays so: `counterfoil reconcile --accept-void {reference} --by NAME --reason \
                 TEXT`, then `counterfoil plan` again."
            ),
            value: Some(planned.amount.confirmed),
            since: Some(at),
        });
    }
    Ok(findings)
}

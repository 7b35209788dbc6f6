//! Does a plan still hold? It is refused when counterfoils, configuration or the sink's abilities changed since. Effects
//! cannot change unseen: only the newest plan is applied, by one process at a time, after it has settled what is open.

use counterfoil_model::counterfoil::{Action, Counterfoil};
use counterfoil_model::digest::Digest;
use counterfoil_model::finding::FindingCode;
use counterfoil_model::ids::SinkId;
use counterfoil_model::plan::Plan;
use counterfoil_store::StoreError;
use thiserror::Error;

use crate::session::{Session, Wired};
use crate::sinks::OpenSink;
use crate::terms::{Keep, TermsError, Versions, versions, versions_at};

#[derive(Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    #[error("the configuration was changed since")]
    Configuration,
    #[error("the sink can do other things than it could")]
    Abilities,
    #[error(
        "something was delivered, reinstated or accepted as void since that is not of this plan"
    )]
    Counterfoils,
}

pub(super) async fn still_holds(
    session: &Session,
    wired: &Wired<'_>,
    sink: &OpenSink<'_>,
    plan: &Plan,
    current: &Versions,
) -> Result<Result<(), Refusal>, StoreError> {
    let basis = &plan.basis;
    if basis.config != sink.basis(current) {
        return Ok(Err(Refusal::Configuration));
    }
    if basis.abilities != Digest::of_json(&sink.abilities) {
        return Ok(Err(Refusal::Abilities));
    }
    of_counterfoils(session, wired, sink.id, plan).await
}

/// The same as far as it can be told without asking the sink: what nobody can apply any more need not be approved.
pub(crate) async fn may_be_approved(
    session: &Session,
    wired: &Wired<'_>,
    sink: SinkId,
    plan: &Plan,
) -> Result<Result<(), Refusal>, TermsError> {
    let planned = versions_at(session, wired, plan.basis.cutoff).await?;
    let current = versions(session, wired, Keep::Transient).await?;
    if planned.digest() != current.digest() {
        return Ok(Err(Refusal::Configuration));
    }
    let held = of_counterfoils(session, wired, sink, plan).await;
    held.map_err(|source| TermsError::Store { source })
}

async fn of_counterfoils(
    session: &Session,
    wired: &Wired<'_>,
    sink: SinkId,
    plan: &Plan,
) -> Result<Result<(), Refusal>, StoreError> {
    // An interrupted run of this very plan has delivered some of it: that is how it goes on.
    let since = session
        .store
        .counterfoils_after(wired.id, plan.basis.head.map_or(0, |head| head.number))
        .await?;
    let own = plan.id.to_string();
    let mut of_this_sink = since
        .iter()
        .filter(|counterfoil| counterfoil.delivery.slot.sink == sink);
    // What a person says of an issued document carries the plan that sent it.
    let is_of_person = |counterfoil: &Counterfoil| match counterfoil.action {
        Action::Reinstated => true,
        Action::Voided => counterfoil.posted,
        Action::Created | Action::Updated | Action::Adopted => false,
    };
    // What was open when it was planned kept its account out of the plan: that it is settled changes nothing of the rest.
    let was_open = |counterfoil: &Counterfoil| {
        let reference = counterfoil.delivery.reference.to_string();
        plan.findings.iter().any(|finding| {
            finding.code == FindingCode::UnknownEffect && finding.subject == reference
        })
    };
    let is_other = |counterfoil: &Counterfoil| counterfoil.plan != own && !was_open(counterfoil);
    if of_this_sink.any(|counterfoil| is_other(counterfoil) || is_of_person(counterfoil)) {
        return Ok(Err(Refusal::Counterfoils));
    }
    Ok(Ok(()))
}

//! Does a plan still hold? It is refused when counterfoils, configuration or the sink's abilities changed since. Effects
//! cannot change unseen: only the newest plan is applied, by one process at a time, after it has settled what is open.

use counterfoil_model::counterfoil::{Action, Counterfoil};
use counterfoil_model::digest::Digest;
use counterfoil_store::{StoreError, StoredPlan};
use thiserror::Error;

use crate::session::{Session, Wired};
use crate::sinks::OpenSink;
use crate::terms::Versions;

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
    plan: &StoredPlan,
    current: &Versions,
) -> Result<Result<(), Refusal>, StoreError> {
    let basis = &plan.plan.basis;
    if basis.config != sink.basis(current) {
        return Ok(Err(Refusal::Configuration));
    }
    if basis.abilities != Digest::of_json(&sink.abilities) {
        return Ok(Err(Refusal::Abilities));
    }
    // An interrupted run of this very plan has delivered some of it: that is how it goes on.
    let since = session
        .store
        .counterfoils_after(wired.id, basis.head.map_or(0, |head| head.number))
        .await?;
    let own = plan.plan.id.to_string();
    let mut of_this_sink = since
        .iter()
        .filter(|counterfoil| counterfoil.delivery.slot.sink == sink.id);
    // What a person says of an issued document carries the plan that sent it.
    let is_of_person = |counterfoil: &Counterfoil| match counterfoil.action {
        Action::Reinstated => true,
        Action::Voided => counterfoil.posted,
        Action::Created | Action::Updated | Action::Adopted => false,
    };
    if of_this_sink.any(|counterfoil| counterfoil.plan != own || is_of_person(counterfoil)) {
        return Ok(Err(Refusal::Counterfoils));
    }
    Ok(Ok(()))
}

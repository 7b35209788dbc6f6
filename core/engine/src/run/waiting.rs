//! What an apply follows: decisions of people, and deliveries that an earlier one put off or left begun.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::document::Reference;
use counterfoil_model::ids::{PipelineId, SinkId};
use counterfoil_model::time::Instant;
use counterfoil_store::StoreError;

use super::due::Waiting;
use crate::approve::{Decision, decisions};
use crate::config::Pipeline;
use crate::session::{Session, Wired};

pub(super) async fn waiting(
    session: &Session,
    pipeline: &Pipeline,
    id: PipelineId,
) -> Result<Waiting, StoreError> {
    let store = &session.store;
    Ok(Waiting {
        decisions: store.decision_count(id).await?,
        is_paused: store.pause(id).await?.is_some(),
        until: first_wait(session, &Wired::unnamed(id, pipeline)).await?,
    })
}

/// When the first wait is over of a delivery that an apply would go on with.
async fn first_wait(session: &Session, wired: &Wired<'_>) -> Result<Option<Instant>, StoreError> {
    let mut first: Option<Instant> = None;
    let mut sendable: BTreeMap<(SinkId, String), BTreeSet<Reference>> = BTreeMap::new();
    for delivery in session.store.unsettled(wired.id).await? {
        let until = if delivery.state == "planned" {
            let Some(until) = delivery.wait_until else {
                continue;
            };
            let plan = (delivery.sink, delivery.billing_period);
            if !sendable.contains_key(&plan) {
                let approved = approved(session, wired, &plan).await?;
                sendable.insert(plan.clone(), approved);
            }
            // What is held, withdrawn or planned no more is not sent when its wait is over.
            if !sendable[&plan].contains(&delivery.reference) {
                continue;
            }
            Some(until)
        } else {
            // What a process that died was sending waits for nothing.
            let at_once = Instant::from_seconds(0).ok();
            delivery.wait_until.or(at_once)
        };
        first = match (first, until) {
            (Some(first), Some(until)) => Some(first.min(until)),
            (first, until) => first.or(until),
        };
    }
    Ok(first)
}

/// What is approved in the plan in force.
async fn approved(
    session: &Session,
    wired: &Wired<'_>,
    (sink, billing_period): &(SinkId, String),
) -> Result<BTreeSet<Reference>, StoreError> {
    let newest = session
        .store
        .newest_plan(wired.id, *sink, billing_period)
        .await?;
    let Some(stored) = newest else {
        return Ok(BTreeSet::new());
    };
    let decided = decisions(session, wired, &stored.plan).await?;
    let deliveries = stored.plan.effects().map(|planned| &planned.delivery);
    let approved = deliveries.filter(|delivery| {
        let decision = decided.get(&delivery.slot.account);
        matches!(decision, Some(Decision::Approved { .. }))
    });
    Ok(approved
        .map(|delivery| delivery.reference.clone())
        .collect())
}

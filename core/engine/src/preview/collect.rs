//! Which documents a billing period has: those that the newest plans want, and those that were delivered.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::document::Reference;
use counterfoil_model::plan::{Confirmed, Plan, PlannedAction, PlannedDelivery, RemoteState};
use counterfoil_model::time::BillingPeriod;
use counterfoil_store::StoreError;

use super::{PreviewError, Shown, Standing};
use crate::session::{Session, Wired};

type Latest = BTreeMap<Reference, Confirmed>;

/// By account and reference: of all accounts, or of one.
pub async fn collect(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
    account: Option<&str>,
) -> Result<Vec<Shown>, PreviewError> {
    let store_error = |source| PreviewError::Store { source };
    let mut shown = Vec::new();
    for (id, sink) in &wired.sinks {
        let counterfoils = session.store.counterfoils_of(wired.id, *id).await;
        let latest: Latest = Confirmed::latest(&counterfoils.map_err(store_error)?)
            .into_iter()
            .map(|one| (one.delivery.reference.clone(), one))
            .collect();
        let plan = plan_of(session, wired, *id, period)
            .await
            .map_err(store_error)?;
        let documents = of_sink(wired, plan.as_ref(), &latest, (&period.id(), &sink.name));
        shown.extend(documents);
    }
    if shown.is_empty() {
        return Err(PreviewError::Nothing {
            period: period.id(),
        });
    }
    if let Some(account) = account {
        let known: BTreeSet<String> = shown.iter().map(|one| one.account.to_string()).collect();
        if !known.contains(account) {
            return Err(PreviewError::NoAccount {
                period: period.id(),
                account: account.to_owned(),
                renamed: wired.known.renamed_hint(account),
                known: known.into_iter().collect(),
            });
        }
        shown.retain(|one| one.account.as_str() == account);
    }
    let key = |one: &Shown| {
        let delivery = &one.delivery;
        (
            one.account.clone(),
            delivery.slot.billing_period.clone(),
            delivery.slot.correction,
            delivery.slot.part,
            delivery.reference.clone(),
        )
    };
    shown.sort_by_key(key);
    Ok(shown)
}

/// The newest plan of a sink for a period.
pub(crate) async fn plan_of(
    session: &Session,
    wired: &Wired<'_>,
    sink: counterfoil_model::ids::SinkId,
    period: &BillingPeriod,
) -> Result<Option<Plan>, StoreError> {
    let stored = session
        .store
        .newest_plan(wired.id, sink, &period.id())
        .await?;
    Ok(stored.map(|stored| stored.plan))
}

/// What was delivered since the plan was made is shown as it stands.
fn of_sink(
    wired: &Wired<'_>,
    plan: Option<&Plan>,
    latest: &Latest,
    (period, sink): (&str, &str),
) -> Vec<Shown> {
    let mut shown = Vec::new();
    let mut seen: BTreeSet<&Reference> = BTreeSet::new();
    for planned in plan.into_iter().flat_map(|plan| &plan.deliveries) {
        let reference = &planned.delivery.reference;
        let confirmed = latest.get(reference);
        seen.insert(reference);
        shown.push(match confirmed.filter(|one| is_done(planned, one)) {
            Some(confirmed) => of_confirmed(wired, confirmed, latest, sink),
            None => of_planned(wired, (planned, confirmed), latest, sink),
        });
    }
    let delivered = latest.values().filter(|one| {
        one.delivery.slot.billing_period == period && !seen.contains(&one.delivery.reference)
    });
    shown.extend(delivered.map(|one| of_confirmed(wired, one, latest, sink)));
    shown
}

/// Does it stand there as the plan wants it?
fn is_done(planned: &PlannedDelivery, confirmed: &Confirmed) -> bool {
    match planned.action {
        PlannedAction::Nothing => true,
        PlannedAction::Void => confirmed.state == RemoteState::Void,
        PlannedAction::Create | PlannedAction::Update => {
            confirmed.delivery.content_digest() == planned.content_digest
        }
    }
}

fn of_planned(
    wired: &Wired<'_>,
    (planned, confirmed): (&PlannedDelivery, Option<&Confirmed>),
    latest: &Latest,
    sink: &str,
) -> Shown {
    Shown {
        corrects_number: number_of(planned.delivery.corrects.as_ref(), latest),
        account: wired.known.key_of(&planned.delivery),
        delivery: planned.delivery.clone(),
        standing: match planned.action {
            PlannedAction::Create | PlannedAction::Nothing => Standing::Planned,
            PlannedAction::Update => Standing::Changed,
            PlannedAction::Void => Standing::ToBeWithdrawn,
        },
        sink: sink.to_owned(),
        remote: confirmed.map(|confirmed| confirmed.remote.clone()),
    }
}

fn of_confirmed(wired: &Wired<'_>, confirmed: &Confirmed, latest: &Latest, sink: &str) -> Shown {
    Shown {
        corrects_number: number_of(confirmed.delivery.corrects.as_ref(), latest),
        account: wired.known.key_of(&confirmed.delivery),
        delivery: confirmed.delivery.clone(),
        standing: match confirmed.state {
            RemoteState::Draft => Standing::Draft,
            RemoteState::Posted => Standing::Issued,
            RemoteState::Void => Standing::Withdrawn,
        },
        sink: sink.to_owned(),
        remote: Some(confirmed.remote.clone()),
    }
}

fn number_of(corrected: Option<&Reference>, latest: &Latest) -> Option<String> {
    latest.get(corrected?)?.remote.number.clone()
}

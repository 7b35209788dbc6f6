//! What plans would send and no sink has: held, waiting for approval, parked, of unknown outcome.

use counterfoil_model::effect::State;
use counterfoil_model::plan::PlannedAction;

use super::filter::Known;
use super::unbilled::NotSent;
use super::{ReportError, store_error};
use crate::approve::{Decision, decisions};
use crate::session::{Session, Wired};

/// Of the newest plan of each period: what is planned and not confirmed, the greatest first.
pub(super) async fn not_sent(
    session: &Session,
    wired: &Wired<'_>,
    known: &Known,
) -> Result<Vec<NotSent>, ReportError> {
    let store = &session.store;
    let mut rows = Vec::new();
    if !known.is_any_kind() {
        return Ok(rows);
    }
    let periods = store.planned_periods(wired.id).await.map_err(store_error)?;
    for (sink, config) in &wired.sinks {
        for period in &periods {
            let plan = store.newest_plan(wired.id, *sink, period).await;
            let Some(stored) = plan.map_err(store_error)? else {
                continue;
            };
            let decided = decisions(session, wired, &stored.plan)
                .await
                .map_err(store_error)?;
            for planned in &stored.plan.deliveries {
                let delivery = &planned.delivery;
                let is_asked = known.is_account(Some(delivery.slot.account));
                if planned.action == PlannedAction::Nothing || !is_asked {
                    continue;
                }
                let effect = store.effect(*sink, &delivery.reference).await;
                let effect = effect.map_err(store_error)?;
                // An effect of another plan under this reference is an older draft.
                let own = effect.filter(|effect| {
                    effect.plan == stored.plan.id
                        || effect.planned.content_digest == planned.content_digest
                });
                let Some(state) = told(
                    own.map(|effect| effect.effect.state),
                    decided.get(&delivery.slot.account),
                ) else {
                    continue;
                };
                rows.push(NotSent {
                    sink: config.name.clone(),
                    account: wired.known.key_of(delivery).to_string(),
                    billing_period: delivery.slot.billing_period.clone(),
                    reference: delivery.reference.to_string(),
                    amount: planned.amount.difference,
                    since: stored.created,
                    state,
                });
            }
        }
    }
    rows.sort_by(|a, b| {
        let key = |row: &NotSent| (row.billing_period.clone(), row.reference.clone());
        let minor = |row: &NotSent| row.amount.minor().unsigned_abs();
        minor(b).cmp(&minor(a)).then_with(|| key(a).cmp(&key(b)))
    });
    Ok(rows)
}

/// None where it stands at the sink.
fn told(state: Option<State>, decision: Option<&Decision>) -> Option<String> {
    match state {
        Some(State::Confirmed | State::Verified) => return None,
        Some(State::Parked) => return Some("parked".to_owned()),
        Some(State::Sending | State::Unknown) => {
            return Some("its outcome is not known".to_owned());
        }
        Some(State::Rejected) => return Some("the sink rejected it".to_owned()),
        Some(State::Planned) | None => {}
    }
    Some(match decision {
        Some(Decision::Held { by, reason, .. }) => format!("held by {by}: {reason}"),
        Some(Decision::Approved { by, .. }) => format!("approved by {by}, not applied"),
        Some(Decision::Waiting { approved_by, .. }) if !approved_by.is_empty() => {
            format!(
                "approved by {}, and waits for others",
                approved_by.join(", ")
            )
        }
        Some(Decision::Waiting { .. }) | None => "waits for approval".to_owned(),
    })
}

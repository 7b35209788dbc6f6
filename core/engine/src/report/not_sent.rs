//! What plans would send and no sink has: held, waiting for approval, parked, of unknown outcome, accepted as void; and what
//! they tell and do not correct, since it is too old.

use std::collections::BTreeSet;

use counterfoil_model::counterfoil::Counterfoil;
use counterfoil_model::document::{Delivery, Slot};
use counterfoil_model::effect::State;
use counterfoil_model::ids::{AccountId, SinkId};
use counterfoil_model::money::Money;
use counterfoil_model::plan::{Older, Plan, PlannedAction};
use counterfoil_model::time::Instant;
use counterfoil_store::{StoreError, StoredPlan};

use super::older::older;
use super::unbilled::NotSent;
use crate::approve::{Decision, decisions};
use crate::session::{Session, Wired};

/// Of the newest plan of each period what is planned and not confirmed, what earlier plans left open, and what a person
/// accepted as void and no plan bills anew yet, and what is older than the look-back; the greatest first.
pub(crate) async fn not_sent(
    session: &Session,
    wired: &Wired<'_>,
    counts: &(dyn Fn(AccountId) -> bool + Sync),
) -> Result<Vec<NotSent>, StoreError> {
    let store = &session.store;
    let mut rows = Vec::new();
    let periods = store.planned_periods(wired.id).await?;
    for (sink, config) in &wired.sinks {
        let at = Sink {
            session,
            wired,
            counts,
            id: *sink,
            name: &config.name,
        };
        let mut plans = Vec::new();
        for period in &periods {
            let plan = store.newest_plan(wired.id, *sink, period).await;
            plans.extend(plan?);
        }
        for stored in &plans {
            rows.extend(at.planned(stored).await?);
            rows.extend(at.accepted_as_void(stored, &plans).await?);
        }
        rows.extend(at.left_open(&rows).await?);
        rows.extend(at.older().await?);
    }
    rows.sort_by(|a, b| {
        let key = |row: &NotSent| (row.billing_period.clone(), row.reference.clone());
        let minor = |row: &NotSent| row.amount.minor().unsigned_abs();
        minor(b).cmp(&minor(a)).then_with(|| key(a).cmp(&key(b)))
    });
    Ok(rows)
}

struct Sink<'a> {
    session: &'a Session,
    wired: &'a Wired<'a>,
    counts: &'a (dyn Fn(AccountId) -> bool + Sync),
    id: SinkId,
    name: &'a str,
}

impl Sink<'_> {
    fn row(&self, delivery: &Delivery, amount: Money, since: Instant, state: String) -> NotSent {
        NotSent {
            sink: self.name.to_owned(),
            account: self.wired.known.key_of(delivery).to_string(),
            billing_period: delivery.slot.billing_period.clone(),
            reference: delivery.reference.to_string(),
            amount,
            since,
            state,
        }
    }

    async fn planned(&self, stored: &StoredPlan) -> Result<Vec<NotSent>, StoreError> {
        let store = &self.session.store;
        let decided = decisions(self.session, self.wired, &stored.plan).await;
        let decided = decided?;
        let mut rows = Vec::new();
        let mut since_then: Option<Vec<Counterfoil>> = None;
        for planned in &stored.plan.deliveries {
            let delivery = &planned.delivery;
            let is_asked = (self.counts)(delivery.slot.account);
            if planned.action == PlannedAction::Nothing || !is_asked {
                continue;
            }
            let effect = store.effect(self.id, &delivery.reference).await;
            // An effect of another plan under this reference is an older draft.
            let own = effect?.filter(|effect| {
                effect.plan == stored.plan.id
                    || effect.planned.content_digest == planned.content_digest
            });
            let state = own.map(|effect| effect.effect.state);
            let Some(mut told) = told(state, decided.get(&delivery.slot.account)) else {
                continue;
            };
            if matches!(state, None | Some(State::Planned)) {
                let since_then = match &mut since_then {
                    Some(known) => known,
                    none => none.insert(self.delivered_since(stored).await?),
                };
                let is_same = |one: &Counterfoil| {
                    let slot = &one.delivery.slot;
                    slot.account == delivery.slot.account
                        && slot.billing_period == delivery.slot.billing_period
                };
                // Another plan settled it: what is still to be sent is only known when it is planned again.
                if since_then.iter().any(is_same) {
                    continue;
                }
                if !since_then.is_empty() {
                    let period = &stored.plan.billing_period;
                    told = format!(
                        "its plan no longer holds: run `counterfoil plan --period {period}`"
                    );
                }
            }
            rows.push(self.row(delivery, planned.amount.difference, stored.created, told));
        }
        Ok(rows)
    }

    /// What other plans delivered here since a plan was made.
    async fn delivered_since(&self, stored: &StoredPlan) -> Result<Vec<Counterfoil>, StoreError> {
        let head = head_of(stored);
        let since = self.session.store.counterfoils_after(self.wired.id, head);
        let mut since = since.await?;
        let own = stored.plan.id.to_string();
        since.retain(|one| one.delivery.slot.sink == self.id && one.plan != own);
        Ok(since)
    }

    /// What a person accepted as void after the plan was made.
    async fn accepted_as_void(
        &self,
        stored: &StoredPlan,
        plans: &[StoredPlan],
    ) -> Result<Vec<NotSent>, StoreError> {
        let store = &self.session.store;
        let period = stored.plan.billing_period.as_str();
        let head = head_of(stored);
        let voided = store.voided_after((self.wired.id, self.id), period, head);
        let mut rows = Vec::new();
        for one in voided.await? {
            let delivery = &one.delivery;
            // The plan of another month looks back: what it bills anew is told as that, and then stands.
            let is_billed_anew = plans
                .iter()
                .any(|plan| head_of(plan) >= one.number && bills_anew(&plan.plan, &delivery.slot));
            if !one.posted || is_billed_anew || !(self.counts)(delivery.slot.account) {
                continue;
            }
            let state = format!(
                "accepted as void and not billed anew: run `counterfoil plan --period {period}`"
            );
            rows.push(self.row(delivery, delivery.signed_net(), one.confirmed, state));
        }
        Ok(rows)
    }

    async fn older(&self) -> Result<Vec<NotSent>, StoreError> {
        let told = older(&self.session.store, (self.wired.id, self.id)).await?;
        let asked = told
            .into_iter()
            .filter(|(one, _)| (self.counts)(one.account));
        let row = |(one, since): (Older, Instant)| {
            let key = self
                .wired
                .known
                .accounts
                .get(&one.account)
                .or(one.key.as_ref());
            NotSent {
                sink: self.name.to_owned(),
                account: key.map_or_else(|| one.account.to_string(), ToString::to_string),
                reference: one
                    .reference
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                amount: one.amount.difference,
                since,
                state: format!(
                    "older than the look-back, not corrected: run `counterfoil plan --period {}`",
                    one.billing_period
                ),
                billing_period: one.billing_period,
            }
        };
        Ok(asked.map(row).collect())
    }

    /// What no newest plan names: nothing more is planned for its account until it is settled.
    async fn left_open(&self, told: &[NotSent]) -> Result<Vec<NotSent>, StoreError> {
        let open = self.session.store.open_effects(self.wired.id, self.id);
        let named: BTreeSet<&str> = told
            .iter()
            .filter(|row| row.sink == self.name)
            .map(|row| row.reference.as_str())
            .collect();
        let mut rows = Vec::new();
        for open in open.await? {
            let delivery = &open.planned.delivery;
            let is_told = named.contains(delivery.reference.to_string().as_str());
            if is_told || !(self.counts)(delivery.slot.account) {
                continue;
            }
            if let Some(state) = self::told(Some(open.effect.state), None) {
                let amount = open.planned.amount.difference;
                rows.push(self.row(delivery, amount, open.updated, state));
            }
        }
        Ok(rows)
    }
}

/// The last counterfoil that a plan knew of.
pub(super) fn head_of(stored: &StoredPlan) -> i64 {
    stored.plan.basis.head.map_or(0, |head| head.number)
}

/// Has it a document for what another one of the slot's account and month billed?
fn bills_anew(plan: &Plan, void: &Slot) -> bool {
    plan.deliveries.iter().any(|planned| {
        let slot = &planned.delivery.slot;
        let is_standing = planned.action != PlannedAction::Void;
        let same = |slot: &Slot| {
            let Slot {
                account,
                currency,
                invoice_group,
                billing_period,
                ..
            } = slot;
            (
                *account,
                *currency,
                invoice_group.clone(),
                billing_period.clone(),
            )
        };
        is_standing && same(slot) == same(void)
    })
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

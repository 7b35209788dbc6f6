//! What an earlier plan of the period left open: a newer plan has nothing for such an account until it is settled, and yet
//! people hold it, or take back what they approved.

use counterfoil_model::effect::State;
use counterfoil_model::ids::{AccountId, SinkId};
use counterfoil_model::money::Money;
use counterfoil_model::plan::Plan;
use counterfoil_model::time::{BillingPeriod, Instant};
use counterfoil_store::{StoreError, StoredEffect};

use super::error::ApproveError;
use super::{AccountDecision, Decision, InForce, Verdict};
use crate::session::{Session, Wired};

/// The open effects of a period at a sink.
pub(super) async fn open_effects(
    session: &Session,
    wired: &Wired<'_>,
    sink: SinkId,
    period: &BillingPeriod,
) -> Result<Vec<StoredEffect>, StoreError> {
    let mut open = session.store.open_effects(wired.id, sink).await?;
    open.retain(|stored| stored.planned.delivery.slot.billing_period == period.id());
    Ok(open)
}

pub(super) fn of_account(
    open: &[StoredEffect],
    account: AccountId,
) -> impl Iterator<Item = &StoredEffect> {
    open.iter()
        .filter(move |stored| stored.planned.delivery.slot.account == account)
}

/// Approving has to wait until it is known what became of it.
pub(super) fn still_open(stored: &StoredEffect, key: &str, period: &BillingPeriod) -> ApproveError {
    let is_parked = stored.effect.state == State::Parked;
    let reference = stored.effect.reference.to_string();
    ApproveError::StillOpen {
        account: key.to_owned(),
        period: period.id(),
        hint: if is_parked {
            format!(
                "look at the sink, then run `counterfoil release {reference} --by NAME --reason TEXT`"
            )
        } else {
            "run `counterfoil apply`: it looks the reference up; then plan again".to_owned()
        },
        reference,
        state: if is_parked {
            "is parked"
        } else {
            "may have been sent"
        },
    }
}

pub(super) fn is_in(plan: &Plan, account: AccountId) -> bool {
    let slots = plan.deliveries.iter().map(|planned| &planned.delivery.slot);
    slots.map(|slot| slot.account).any(|known| known == account)
}

/// Of an account that the plan has nothing for, since an earlier one left something open: what was decided just now.
pub(super) fn decisions(
    (wired, one): (&Wired<'_>, &InForce),
    verdict: Verdict<'_>,
    by: &str,
    at: Instant,
) -> Vec<AccountDecision> {
    let decision = match verdict {
        Verdict::ApproveAll { .. } | Verdict::Approve { .. } => return Vec::new(),
        Verdict::Hold { reason, .. } => Decision::Held {
            by: by.to_owned(),
            at,
            reason: reason.to_owned(),
        },
        Verdict::Withdraw { .. } => Decision::Waiting {
            approved_by: Vec::new(),
            needed: 1,
        },
    };
    let open = one.open.iter().filter(|stored| {
        let delivery = &stored.planned.delivery;
        Some(wired.known.key_of(delivery).as_str()) == verdict.account()
            && !is_in(&one.plan, delivery.slot.account)
    });
    let first = open.clone().next();
    let decided = first.map(|stored| AccountDecision {
        sink: one.sink_name.clone(),
        account: wired.known.key_of(&stored.planned.delivery).to_string(),
        buyer_account: open
            .clone()
            .find_map(|stored| wired.known.former_key_of(&stored.planned.delivery))
            .map(|key| key.to_string()),
        differences: Money::by_currency(open.map(|stored| stored.planned.amount.difference))
            .flatten()
            .collect(),
        decision,
    });
    decided.into_iter().collect()
}

//! May it be sent? Asked before every send, since people decide while an apply runs.

use counterfoil_model::ids::AccountId;
use counterfoil_store::{ApprovalDecision, StoreError, StoredEffect, StoredPlan};

use crate::approve::{Decision, decisions};
use crate::session::{Session, Wired};

pub(super) struct Gate<'a> {
    pub(super) session: &'a Session,
    pub(super) wired: &'a Wired<'a>,
    pub(super) plan: &'a StoredPlan,
}

impl Gate<'_> {
    /// Why nothing is sent of it now; nothing where it may go. What an earlier plan left open goes by the approval of
    /// that plan, unless its account is held since.
    pub(super) async fn closed(&self, stored: &StoredEffect) -> Result<Option<String>, StoreError> {
        if let Some(reason) = self.paused().await? {
            return Ok(Some(reason));
        }
        let account = stored.planned.delivery.slot.account;
        if let Some(held) = self.held(stored, account).await? {
            return Ok(Some(held));
        }
        let mut decided = decisions(self.session, self.wired, &self.plan.plan).await?;
        let of_newest = decided.remove(&account);
        if stored.plan == self.plan.plan.id || matches!(of_newest, Some(Decision::Held { .. })) {
            return Ok(not_approved(of_newest));
        }
        let Some(own) = self.session.store.plan(stored.plan).await? else {
            return Ok(not_approved(None));
        };
        let mut decided = decisions(self.session, self.wired, &own.plan).await?;
        Ok(not_approved(decided.remove(&account)))
    }

    /// A hold reaches what an earlier plan left open, also where the newest plan has nothing for the account.
    async fn held(
        &self,
        stored: &StoredEffect,
        account: AccountId,
    ) -> Result<Option<String>, StoreError> {
        if stored.plan == self.plan.plan.id {
            return Ok(None);
        }
        let sink = stored.planned.delivery.slot.sink;
        let said = self.session.store.last_by_name(self.wired.id, sink).await?;
        let last = said.get(&account);
        let held = last.filter(|last| last.decision == ApprovalDecision::Hold);
        Ok(held.map(|last| {
            let reason = last.reason.as_deref().unwrap_or_default();
            format!("held by {}: {reason}", last.signature.by)
        }))
    }

    /// Why nothing at all is sent.
    pub(super) async fn paused(&self) -> Result<Option<String>, StoreError> {
        let pause = self.session.store.pause(self.wired.id).await?;
        Ok(pause.map(|pause| format!("the pipeline is paused by {}: {}", pause.by, pause.reason)))
    }
}

fn not_approved(decision: Option<Decision>) -> Option<String> {
    match decision {
        Some(Decision::Approved { .. }) => None,
        Some(Decision::Held { by, reason, .. }) => Some(format!("held by {by}: {reason}")),
        Some(Decision::Waiting {
            approved_by,
            needed,
        }) if !approved_by.is_empty() => Some(format!(
            "it waits for approval: {} of {needed} approved ({})",
            approved_by.len(),
            approved_by.join(", ")
        )),
        Some(Decision::Waiting { .. }) | None => Some("it waits for approval".to_owned()),
    }
}

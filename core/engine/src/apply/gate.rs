//! May it be sent? Asked before every send, since people decide while an apply runs.

use counterfoil_store::{StoreError, StoredEffect, StoredPlan};

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

//! Which void documents a new one may replace.

use std::collections::BTreeMap;

use counterfoil_model::document::{Delivery, Reference};
use counterfoil_model::effect::may_replace;
use counterfoil_model::ids::{AccountId, PipelineId, SinkId};
use counterfoil_model::plan::{Confirmed, RemoteState};
use counterfoil_store::StoreError;

use crate::session::Session;

/// By account, as it was recorded when the apply began: what it withdraws itself, it knows.
pub(super) struct Replaced(BTreeMap<AccountId, Vec<Delivery>>);

impl Replaced {
    pub(super) async fn load(
        session: &Session,
        pipeline: PipelineId,
        sink: SinkId,
    ) -> Result<Self, StoreError> {
        let counterfoils = session.store.counterfoils_of(pipeline, sink).await?;
        let mut replaced: BTreeMap<AccountId, Vec<Delivery>> = BTreeMap::new();
        for confirmed in Confirmed::latest(&counterfoils) {
            if confirmed.state == RemoteState::Void {
                let of_account = replaced.entry(confirmed.delivery.slot.account).or_default();
                of_account.push(confirmed.delivery);
            }
        }
        Ok(Self(replaced))
    }

    pub(super) fn by(&self, delivery: &Delivery) -> Vec<Reference> {
        let of_account = self.0.get(&delivery.slot.account).into_iter().flatten();
        of_account
            .filter(|void| may_replace(delivery, void))
            .map(|void| void.reference.clone())
            .collect()
    }
}

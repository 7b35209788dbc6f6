//! Which void documents a new one may replace: those of the same account, currency and billing period.

use std::collections::BTreeMap;

use counterfoil_model::document::{Delivery, Reference, Slot};
use counterfoil_model::ids::{AccountId, PipelineId, SinkId};
use counterfoil_model::money::Currency;
use counterfoil_model::plan::{Confirmed, RemoteState};
use counterfoil_store::StoreError;

use crate::session::Session;

type Key = (AccountId, Currency, String);

/// As it was recorded when the apply began: what it withdraws itself, it knows.
pub(super) struct Replaced(BTreeMap<Key, Vec<Reference>>);

impl Replaced {
    pub(super) async fn load(
        session: &Session,
        pipeline: PipelineId,
        sink: SinkId,
    ) -> Result<Self, StoreError> {
        let counterfoils = session.store.counterfoils_of(pipeline, sink).await?;
        let mut replaced: BTreeMap<Key, Vec<Reference>> = BTreeMap::new();
        for confirmed in Confirmed::latest(&counterfoils) {
            if confirmed.state == RemoteState::Void {
                let of_slot = replaced.entry(key(&confirmed.delivery.slot)).or_default();
                of_slot.push(confirmed.delivery.reference);
            }
        }
        Ok(Self(replaced))
    }

    pub(super) fn by(&self, delivery: &Delivery) -> &[Reference] {
        self.0.get(&key(&delivery.slot)).map_or(&[], Vec::as_slice)
    }
}

fn key(slot: &Slot) -> Key {
    (slot.account, slot.currency, slot.billing_period.clone())
}

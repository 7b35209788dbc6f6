//! Charges that come to nothing: a plan has no line of them.

use std::collections::BTreeSet;

use counterfoil_model::charge::ChargeKey;
use counterfoil_model::rate::Detail;
use counterfoil_model::time::BillingPeriod;

use super::tracks::Tracks;
use super::{ReportError, store_error};
use crate::rating::rate_period;

impl Tracks<'_> {
    /// Do all of these come to 0.00 by what is known now? That depends on everything that shares a line.
    pub(super) async fn come_to_nothing(
        &mut self,
        period: &BillingPeriod,
        keys: &BTreeSet<ChargeKey>,
    ) -> Result<bool, ReportError> {
        let id = period.id();
        if !self.nothing.contains_key(&id) {
            let cutoff = self.session.store.cutoff().await.map_err(store_error)?;
            let (session, wired, detail) = (self.session, self.wired, Detail::Amounts);
            let rated = rate_period(session, wired, self.now, period, cutoff, detail).await?;
            let charges = rated.rated.charges.into_iter();
            let nothing = charges.filter(|charge| charge.net.is_zero());
            let nothing = nothing.map(|charge| charge.key).collect();
            self.nothing.insert(id.clone(), nothing);
        }
        let nothing = self.nothing.get(&id);
        Ok(nothing.is_some_and(|nothing| keys.is_subset(nothing)))
    }
}

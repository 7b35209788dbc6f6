//! With which knowledge a line was made: that of its document's plan, or of the document whose line it takes back.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use counterfoil_model::counterfoil::Counterfoil;
use counterfoil_model::document::Line;
use counterfoil_model::ids::RecordingId;
use counterfoil_model::money::Money;
use counterfoil_model::plan::is_taken_back;
use counterfoil_model::rate::Detail;
use counterfoil_model::time::BillingPeriod;

use super::{ExplainError, LineExplained, store_error};
use crate::between::{Extremes, Placing, extremes};
use crate::rating::{PeriodRated, rate_placed};
use crate::session::{Session, Wired};
use crate::terms::versions_at;

/// The documents of a period, and its ratings with what was known when each was planned.
pub(super) struct Knowledge {
    counterfoil: Counterfoil,
    /// Of the same account and period, at the same sink.
    others: Vec<Counterfoil>,
    rated: BTreeMap<RecordingId, (PeriodRated, Option<Extremes>)>,
}

impl Knowledge {
    pub(super) async fn of(
        session: &Session,
        wired: &Wired<'_>,
        counterfoil: &Counterfoil,
    ) -> Result<Self, ExplainError> {
        let slot = &counterfoil.delivery.slot;
        let others = session.store.counterfoils_of(wired.id, slot.sink).await;
        let mut others = others.map_err(store_error)?;
        others.retain(|one| {
            let other = &one.delivery.slot;
            other.account == slot.account && other.billing_period == slot.billing_period
        });
        Ok(Self {
            counterfoil: counterfoil.clone(),
            others,
            rated: BTreeMap::new(),
        })
    }

    /// The counterfoil whose plan the line was rated for: of what is taken back, the last one before that billed it.
    pub(super) fn made_with(&self, line: &Line) -> &Counterfoil {
        if !is_taken_back(line) {
            return &self.counterfoil;
        }
        let bills = |one: &&Counterfoil| {
            let mut lines = one.delivery.lines.iter();
            one.number < self.counterfoil.number
                && one.delivery.reference != self.counterfoil.delivery.reference
                && one.action.is_sent()
                && lines.any(|own| own.charge == line.charge && !is_taken_back(own))
        };
        let before = self.others.iter().filter(bills);
        before
            .max_by_key(|one| one.number)
            .unwrap_or(&self.counterfoil)
    }

    /// The period of the document, from what was known for a plan.
    pub(super) async fn rated(
        &mut self,
        session: &Session,
        wired: &Wired<'_>,
        counterfoil: &Counterfoil,
    ) -> Result<&(PeriodRated, Option<Extremes>), ExplainError> {
        let no_plan = || ExplainError::NoPlan {
            plan: counterfoil.plan.clone(),
        };
        let id = counterfoil.plan.parse().map_err(|_| no_plan())?;
        let plan = session.store.plan(id).await.map_err(store_error)?;
        let cutoff = plan.ok_or_else(no_plan)?.plan.basis.cutoff;
        if let Entry::Vacant(unrated) = self.rated.entry(cutoff) {
            let terms = versions_at(session, wired, cutoff).await?;
            let id = &counterfoil.delivery.slot.billing_period;
            let period = BillingPeriod::parse(id, wired.pipeline.zone.clone());
            let period = period.map_err(|source| ExplainError::Period { source })?;
            let placing = (&period, Placing::Explained);
            let detail = Detail::Resources;
            let again = rate_placed(session, wired, &terms, placing, cutoff, detail).await?;
            let extremes = extremes(session, wired, &terms, &again, cutoff).await?;
            unrated.insert((again, extremes));
        }
        Ok(&self.rated[&cutoff])
    }
}

impl LineExplained {
    /// Its charge is that of an earlier document, and has the line's sign.
    pub(super) fn take_back(&mut self, from: &Counterfoil) {
        let reference = &from.delivery.reference;
        let number = from.remote.number.as_ref();
        self.taken_back_from =
            Some(number.map_or_else(|| reference.to_string(), ToOwned::to_owned));
        let negated = self.charge_rated_again.map(Money::checked_neg);
        self.charge_rated_again = negated.and_then(Result::ok);
    }
}

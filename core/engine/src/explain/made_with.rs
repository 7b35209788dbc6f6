//! With which knowledge a line was made: that of its document's plan, or of the document whose line it takes back.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::charge::{Charge, ChargeKey};
use counterfoil_model::counterfoil::Counterfoil;
use counterfoil_model::document::Line;
use counterfoil_model::ids::{IntervalId, RecordingId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::money::Money;
use counterfoil_model::ownership::OwnedInterval;
use counterfoil_model::plan::is_taken_back;
use counterfoil_model::rate::Detail;
use counterfoil_model::time::{BillingPeriod, Period};
use counterfoil_store::StoredPlan;

use super::{ExplainError, LineExplained, store_error};
use crate::between::{Extremes, Placing, extremes};
use crate::rating::{PeriodRated, rate_placed};
use crate::session::{Session, Wired};
use crate::terms::versions_at;

/// The period of a document, rated once with what was known for each plan that its lines were made with.
pub(super) struct Knowledge<'a> {
    makers: Makers<'a>,
    /// By the number of the counterfoil.
    cutoffs: BTreeMap<i64, RecordingId>,
    known: BTreeMap<RecordingId, Known>,
}

/// The counterfoils whose plans the lines of a document were rated for.
struct Makers<'a> {
    /// The document's own.
    counterfoil: &'a Counterfoil,
    /// Those that billed what the document takes back.
    others: Vec<Counterfoil>,
    /// Where among the others: the last one before that billed the key.
    billed_by: BTreeMap<&'a ChargeKey, usize>,
}

/// A period as it is rated again, by what lines ask for.
pub(super) struct Known {
    rated: PeriodRated,
    pub(super) extremes: Option<Extremes>,
    charges: BTreeMap<ChargeKey, usize>,
    intervals: BTreeMap<IntervalId, usize>,
    owned: BTreeMap<IntervalId, Vec<usize>>,
}

impl<'a> Knowledge<'a> {
    /// For the lines that are asked for, by their index. The others are all of the sink.
    pub(super) async fn of(
        session: &Session,
        wired: &Wired<'_>,
        (counterfoil, others, asked): (&'a Counterfoil, Vec<Counterfoil>, &[usize]),
    ) -> Result<Self, ExplainError> {
        let asked = asked
            .iter()
            .map(|&index| &counterfoil.delivery.lines[index]);
        let (others, billed_by) = billed_before(counterfoil, others, asked.clone());
        let makers = Makers {
            counterfoil,
            others,
            billed_by,
        };
        let mut cutoffs = BTreeMap::new();
        let mut known = BTreeMap::new();
        for line in asked {
            let made_with = makers.of_line(line);
            let Entry::Vacant(unread) = cutoffs.entry(made_with.number) else {
                continue;
            };
            let cutoff = *unread.insert(cutoff_of(session, made_with).await?);
            if let Entry::Vacant(unrated) = known.entry(cutoff) {
                unrated.insert(Known::at(session, wired, made_with, cutoff).await?);
            }
        }
        Ok(Self {
            makers,
            cutoffs,
            known,
        })
    }

    /// The counterfoil that a line that was asked for was made with, and what was known for its plan.
    pub(super) fn of_line(&self, line: &Line) -> (&Counterfoil, &Known) {
        let made_with = self.makers.of_line(line);
        (made_with, &self.known[&self.cutoffs[&made_with.number]])
    }
}

impl Makers<'_> {
    /// Of what is taken back, the last one before that billed it.
    fn of_line(&self, line: &Line) -> &Counterfoil {
        let billed_by = self.billed_by.get(&line.charge);
        match billed_by.filter(|_| is_taken_back(line)) {
            Some(&position) => &self.others[position],
            None => self.counterfoil,
        }
    }
}

/// Of the others those of the same account and period that billed before what the lines take back, and where they are by key.
fn billed_before<'a>(
    counterfoil: &Counterfoil,
    mut others: Vec<Counterfoil>,
    lines: impl Iterator<Item = &'a Line>,
) -> (Vec<Counterfoil>, BTreeMap<&'a ChargeKey, usize>) {
    let lines = lines.filter(|line| is_taken_back(line));
    let keys: BTreeSet<&ChargeKey> = lines.map(|line| &line.charge).collect();
    let slot = &counterfoil.delivery.slot;
    others.retain(|one| {
        let other = &one.delivery.slot;
        !keys.is_empty()
            && other.account == slot.account
            && other.billing_period == slot.billing_period
            && one.number < counterfoil.number
            && one.delivery.reference != counterfoil.delivery.reference
            && one.action.is_sent()
    });
    others.sort_by_key(|one| one.number);
    let mut billed_by = BTreeMap::new();
    for (position, one) in others.iter().enumerate() {
        for line in one
            .delivery
            .lines
            .iter()
            .filter(|line| !is_taken_back(line))
        {
            if let Some(&key) = keys.get(&line.charge) {
                billed_by.insert(key, position);
            }
        }
    }
    (others, billed_by)
}

async fn cutoff_of(
    session: &Session,
    counterfoil: &Counterfoil,
) -> Result<RecordingId, ExplainError> {
    Ok(plan_of(session, counterfoil).await?.plan.basis.cutoff)
}

/// The plan that a document was confirmed for.
pub(super) async fn plan_of(
    session: &Session,
    counterfoil: &Counterfoil,
) -> Result<StoredPlan, ExplainError> {
    let no_plan = || ExplainError::NoPlan {
        plan: counterfoil.plan.clone(),
    };
    let id = counterfoil.plan.parse().map_err(|_| no_plan())?;
    let plan = session.store.plan(id).await.map_err(store_error)?;
    plan.ok_or_else(no_plan)
}

impl Known {
    /// The period of the document, from what was known for a plan.
    async fn at(
        session: &Session,
        wired: &Wired<'_>,
        counterfoil: &Counterfoil,
        cutoff: RecordingId,
    ) -> Result<Self, ExplainError> {
        let terms = versions_at(session, wired, cutoff).await?;
        let id = &counterfoil.delivery.slot.billing_period;
        let period = BillingPeriod::parse(id, wired.pipeline.zone.clone());
        let period = period.map_err(|source| ExplainError::Period { source })?;
        let placing = (&period, Placing::Explained);
        let detail = Detail::Resources;
        let again = rate_placed(session, wired, &terms, placing, cutoff, detail).await?;
        let extremes = extremes(session, wired, &terms, &again, cutoff).await?;
        Ok(Self::of(again, extremes))
    }

    fn of(rated: PeriodRated, extremes: Option<Extremes>) -> Self {
        let mut charges = BTreeMap::new();
        for (position, charge) in rated.rated.charges.iter().enumerate() {
            charges.entry(charge.key.clone()).or_insert(position);
        }
        let intervals = rated.intervals.iter().enumerate();
        let intervals = intervals.map(|(position, interval)| (interval.id, position));
        let intervals = intervals.collect();
        let mut owned: BTreeMap<IntervalId, Vec<usize>> = BTreeMap::new();
        for (position, one) in rated.owned.iter().enumerate() {
            owned.entry(one.interval).or_default().push(position);
        }
        Self {
            rated,
            extremes,
            charges,
            intervals,
            owned,
        }
    }

    pub(super) fn charge(&self, key: &ChargeKey) -> Option<&Charge> {
        let position = self.charges.get(key)?;
        Some(&self.rated.rated.charges[*position])
    }

    pub(super) fn interval(&self, id: IntervalId) -> Option<&Interval> {
        let position = self.intervals.get(&id)?;
        Some(&self.rated.intervals[*position])
    }

    /// The first part of an interval with an owner that reaches into the time.
    pub(super) fn owned(&self, id: IntervalId, within: Period) -> Option<&OwnedInterval> {
        let of_interval = self.owned.get(&id)?.iter();
        let mut owned = of_interval.map(|&position| &self.rated.owned[position]);
        owned.find(|one| one.period.intersect(within).is_some())
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

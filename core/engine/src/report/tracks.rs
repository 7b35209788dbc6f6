//! Follows changes to the sinks: what was known of some resources and when, what they add to charges by that knowledge, and
//! which documents have lines of these. Each knowledge is rated once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use counterfoil_model::charge::ChargeKey;
use counterfoil_model::counterfoil::Counterfoil;
use counterfoil_model::document::Reference;
use counterfoil_model::ids::{RecordingId, ResourceId, SinkId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::rate::Detail;
use counterfoil_model::time::{BillingPeriod, Instant};
use counterfoil_store::inventory::{Known, Listing};

use super::delivery::{Asked, DeliveredLine, Edge, NotYet, Sighting, Way};
use super::documents::Document;
use super::edges::{Parts, keys_of};
use super::lines::Shares;
use super::{ReportError, store_error};
use crate::rating::{Given, billed_part, facts_needed, intervals_needed, rate_facts};
use crate::session::{Session, Wired};
use crate::terms::{Versions, versions_at};

/// Everything that is known of some resources, and what was rated of them so far.
pub(super) struct Tracks<'a> {
    pub(super) session: &'a Session,
    pub(super) wired: &'a Wired<'a>,
    pub(super) now: &'a Versions,
    histories: BTreeMap<ResourceId, Vec<Known>>,
    listings: Vec<Listing>,
    then: BTreeMap<RecordingId, Versions>,
    parts: BTreeMap<(String, Option<RecordingId>), Arc<Parts>>,
    /// Everything that was confirmed of a charge, oldest first: a report follows many changes of few charges.
    confirmed: BTreeMap<ChargeKey, Vec<Arc<Counterfoil>>>,
    /// Everything that was confirmed under a reference, oldest first.
    versions: BTreeMap<(SinkId, Reference), Vec<Arc<Counterfoil>>>,
    /// By plan.
    cutoffs: BTreeMap<String, RecordingId>,
    /// By billing period.
    periods: BTreeMap<String, Vec<RecordingId>>,
    /// The charges that come to 0.00 by what is known now, by billing period.
    pub(super) nothing: BTreeMap<String, BTreeSet<ChargeKey>>,
    /// Those that anything was delivered for; read when they are asked for first.
    billed: Option<Vec<BillingPeriod>>,
    /// Where a resource's own part of each line is asked for, which takes a rating of whole periods.
    pub(super) shares: Option<Shares>,
}

impl<'a> Tracks<'a> {
    pub(super) async fn load(
        session: &'a Session,
        wired: &'a Wired<'a>,
        now: &'a Versions,
        resources: &[ResourceId],
    ) -> Result<Self, ReportError> {
        let read = session.store.histories(resources).await;
        let mut histories: BTreeMap<ResourceId, Vec<Known>> = BTreeMap::new();
        for known in read.map_err(store_error)? {
            let of_resource = histories.entry(known.interval.resource).or_default();
            of_resource.push(known);
        }
        let mut listings = Vec::new();
        for source in wired.every_source() {
            let log = session.store.coverage_log(source).await;
            listings.extend(log.map_err(store_error)?);
        }
        Ok(Self {
            session,
            wired,
            now,
            histories,
            listings,
            then: BTreeMap::new(),
            parts: BTreeMap::new(),
            confirmed: BTreeMap::new(),
            versions: BTreeMap::new(),
            cutoffs: BTreeMap::new(),
            periods: BTreeMap::new(),
            nothing: BTreeMap::new(),
            billed: None,
            shares: None,
        })
    }

    /// What is known of them, as of a cutoff or now.
    pub(super) fn intervals(&self, cutoff: Option<RecordingId>) -> Vec<Interval> {
        let every = self.histories.values().flatten();
        let held = every.filter(|known| match cutoff {
            Some(cutoff) => {
                known.recorded_from <= cutoff && known.recorded_to.is_none_or(|to| to > cutoff)
            }
            None => known.recorded_to.is_none(),
        });
        held.map(|known| known.interval.clone()).collect()
    }

    /// Where the start or the end of an interval was learned. None where it is none of an interval: a rule or an
    /// agreement made it.
    pub(super) fn sighting(&self, asked: &Asked, interval: &Interval) -> Option<Sighting> {
        let of_resource = self.histories.get(&asked.resource)?;
        let of_edge = of_resource.iter().filter(|known| {
            let valid = known.interval.valid;
            match asked.edge {
                Edge::Start => {
                    valid.from == Some(asked.at)
                        && known.interval.configuration == interval.configuration
                }
                Edge::End => valid.to == Some(asked.at),
            }
        });
        let first = of_edge.min_by_key(|known| known.recorded_from)?;
        let listing = self.listings.iter().find(|listing| match asked.edge {
            Edge::Start => listing.outcome.listing == first.interval.evidence.listing,
            Edge::End => listing.outcome.recording == first.recorded_from,
        })?;
        let source = self.wired.known.sources.get(&first.interval.source);
        Some(Sighting {
            source: source.map_or_else(|| first.interval.source.to_string(), String::clone),
            listing: listing.key.clone(),
            place: match asked.edge {
                Edge::Start => Some(first.interval.evidence.place.clone()),
                Edge::End => None,
            },
            recorded: listing.recorded,
        })
    }

    /// By which deliveries a change was billed first, or why by none.
    pub(super) async fn way(&mut self, asked: &Asked) -> Result<Way, ReportError> {
        let zone = self.wired.pipeline.zone.clone();
        let mut at = asked.at;
        if let Some(day) = self.wired.pipeline.config.bill_from
            && let Ok(start) = Instant::start_of_day(day, &zone)
        {
            if asked.edge == Edge::End && at <= start {
                return Ok(Way {
                    delivered: Vec::new(),
                    not_yet: Some(NotYet::BeforeBillFrom { bill_from: day }),
                });
            }
            at = at.max(start);
        }
        let within = match asked.edge {
            Edge::Start => at,
            // The last second that it was so.
            Edge::End => Instant::from_seconds(at.seconds() - 1).unwrap_or(at),
        };
        let period = BillingPeriod::containing(within, zone)
            .map_err(|source| ReportError::Period { source })?;
        let asked = Asked { at, ..*asked };
        let mut way = self.deliveries(&asked, &period).await?;
        for other in self.billed_otherwise(&asked, &period).await? {
            let more = self.deliveries(&asked, &other).await?;
            if more.delivered.is_empty() {
                continue;
            }
            way.delivered.extend(more.delivered);
            if matches!(way.not_yet, None | Some(NotYet::NothingCharged)) {
                way.not_yet = more.not_yet;
            }
        }
        Ok(way)
    }

    /// The periods in which nothing is charged by what is known now, and documents may bill it all the same: those after
    /// an end that was learned late, and those before a start.
    async fn billed_otherwise(
        &mut self,
        asked: &Asked,
        period: &BillingPeriod,
    ) -> Result<Vec<BillingPeriod>, ReportError> {
        let Some(lasts) = asked.lasts else {
            return Ok(Vec::new());
        };
        let now = self.parts_at(period, None).await?;
        let ends = asked.edge == Edge::End || keys_of(&now, asked).is_empty();
        let others = self.billed_periods(period).await?.iter().filter(|other| {
            let (whole, own) = (other.period(), period.period());
            let is_after = whole.from() >= own.to() && lasts.to.is_none_or(|to| whole.from() < to);
            let is_before = whole.to() <= own.from() && lasts.from.is_none();
            (ends && is_after) || is_before
        });
        Ok(others.cloned().collect())
    }

    async fn billed_periods(
        &mut self,
        like: &BillingPeriod,
    ) -> Result<&[BillingPeriod], ReportError> {
        if self.billed.is_none() {
            let billed = self.session.store.billed_periods(self.wired.id).await;
            let billed = billed.map_err(store_error)?.into_iter();
            let parsed = billed.map(|id| BillingPeriod::parse(&id, like.zone().clone()));
            let parsed: Result<Vec<_>, _> = parsed.collect();
            self.billed = Some(parsed.map_err(|source| ReportError::Period { source })?);
        }
        Ok(self.billed.as_deref().unwrap_or_default())
    }

    /// The documents that have lines of some charges, in the order in which they were confirmed first.
    pub(super) async fn documents_of(
        &mut self,
        keys: &BTreeSet<ChargeKey>,
    ) -> Result<Vec<Document>, ReportError> {
        let mut documents = Vec::new();
        for place in Document::places(&self.confirmed_of(keys).await?) {
            // A draft that was changed may have lost the lines since, or have got them so.
            if !self.versions.contains_key(&place) {
                let store = &self.session.store;
                let versions = store.counterfoils_under(self.wired.id, place.0, &place.1);
                let versions = versions.await.map_err(store_error)?;
                let versions = self.read(versions);
                self.versions.insert(place.clone(), versions);
            }
            let versions = self.versions[&place].clone();
            documents.push(Document { versions });
        }
        documents.sort_by_key(|document| document.first().number);
        Ok(documents)
    }

    /// Tells the resource's part of a line where that is asked for: by the knowledge of its document, and by that of the
    /// document before.
    pub(super) async fn share(
        &mut self,
        period: &BillingPeriod,
        (then, before): (RecordingId, Option<RecordingId>),
        (key, asked): (&ChargeKey, &Asked),
        line: &mut DeliveredLine,
    ) -> Result<(), ReportError> {
        if self.shares.is_none() {
            return Ok(());
        }
        for cutoff in [Some(then), before].into_iter().flatten() {
            let shares = self.shares.as_ref();
            if shares.is_some_and(|shares| shares.holds(period, cutoff)) {
                continue;
            }
            self.know(cutoff).await?;
            let (of, versions) = ((self.session, self.wired), &self.then[&cutoff]);
            let id = period.id();
            // A line is looked for where a resource has, or had, a part of its charge.
            let known = self.parts.iter().filter(|((of, _), _)| *of == id);
            let parts = known.flat_map(|(_, parts)| parts.values().flatten());
            let keys: BTreeSet<&ChargeKey> = parts.map(|(key, _)| key).collect();
            if let Some(shares) = &mut self.shares {
                shares.rate(of, (versions, cutoff), (period, &keys)).await?;
            }
        }
        match &self.shares {
            Some(shares) => shares.tell(period, (then, before), key, asked.resource, line),
            None => Ok(()),
        }
    }

    /// Everything that was confirmed of some charges, oldest first.
    async fn confirmed_of(
        &mut self,
        keys: &BTreeSet<ChargeKey>,
    ) -> Result<Vec<Arc<Counterfoil>>, ReportError> {
        let mut by_number: BTreeMap<i64, Arc<Counterfoil>> = BTreeMap::new();
        for key in keys {
            if !self.confirmed.contains_key(key) {
                let store = &self.session.store;
                let written = self.now.written(self.wired, key);
                let found = store.counterfoils_of_charges(self.wired.id, &written).await;
                let found = self.read(found.map_err(store_error)?);
                self.confirmed.insert(key.clone(), found);
            }
            for counterfoil in &self.confirmed[key] {
                by_number.insert(counterfoil.number, Arc::clone(counterfoil));
            }
        }
        Ok(by_number.into_values().collect())
    }

    /// Under the names of now.
    fn read(&self, counterfoils: Vec<Counterfoil>) -> Vec<Arc<Counterfoil>> {
        let read = counterfoils.into_iter().map(|mut counterfoil| {
            self.now.read_all(self.wired, &mut counterfoil.delivery);
            Arc::new(counterfoil)
        });
        read.collect()
    }

    /// What was known when a plan was made, by its id.
    pub(super) async fn cutoff_of(
        &mut self,
        plan: &str,
    ) -> Result<Option<RecordingId>, ReportError> {
        if let Some(cutoff) = self.cutoffs.get(plan) {
            return Ok(Some(*cutoff));
        }
        let Ok(id) = plan.parse() else {
            return Ok(None);
        };
        let stored = self.session.store.plan(id).await.map_err(store_error)?;
        let Some(stored) = stored else {
            return Ok(None);
        };
        let cutoff = stored.plan.basis.cutoff;
        self.cutoffs.insert(plan.to_owned(), cutoff);
        Ok(Some(cutoff))
    }

    /// With which knowledge a period was billed and corrected, the oldest first.
    pub(super) async fn cutoffs_of(
        &mut self,
        period: &BillingPeriod,
    ) -> Result<Vec<RecordingId>, ReportError> {
        if let Some(cutoffs) = self.periods.get(&period.id()) {
            return Ok(cutoffs.clone());
        }
        let store = &self.session.store;
        let plans = store.plans_delivered(self.wired.id, &period.id()).await;
        let mut cutoffs = BTreeSet::new();
        for plan in plans.map_err(store_error)? {
            cutoffs.extend(self.cutoff_of(&plan).await?);
        }
        let cutoffs: Vec<RecordingId> = cutoffs.into_iter().collect();
        self.periods.insert(period.id(), cutoffs.clone());
        Ok(cutoffs)
    }

    /// Reads the versions of the terms that were known at a cutoff.
    async fn know(&mut self, cutoff: RecordingId) -> Result<(), ReportError> {
        if !self.then.contains_key(&cutoff) {
            let versions = versions_at(self.session, self.wired, cutoff).await?;
            self.then.insert(cutoff, versions);
        }
        Ok(())
    }

    /// What the resources add to charges of a period, as known at a cutoff or now. Others are not looked at: what one
    /// adds, and to which charge, does not depend on them.
    pub(super) async fn parts_at(
        &mut self,
        period: &BillingPeriod,
        cutoff: Option<RecordingId>,
    ) -> Result<Arc<Parts>, ReportError> {
        let place = (period.id(), cutoff);
        if let Some(parts) = self.parts.get(&place) {
            return Ok(Arc::clone(parts));
        }
        if let Some(cutoff) = cutoff {
            self.know(cutoff).await?;
        }
        let versions = match cutoff {
            Some(cutoff) => &self.then[&cutoff],
            None => self.now,
        };
        let needed = facts_needed(self.wired, versions, period);
        let mut intervals = self.intervals(cutoff);
        let read = intervals_needed(self.wired, versions, period);
        intervals.retain(|interval| interval.valid.clip(read).is_some());
        let resources: Vec<ResourceId> = intervals.iter().map(|one| one.resource).collect();
        let known = cutoff.unwrap_or(RecordingId(i64::MAX));
        let gauges = self
            .session
            .store
            .gauges_of(&resources, needed, known)
            .await
            .map_err(store_error)?;
        let billed = billed_part(self.wired, period, needed);
        let rated = rate_facts(
            self.wired,
            versions,
            (period, billed),
            Given {
                intervals,
                gauges,
                ..Given::default()
            },
            Detail::Resources,
        )?;
        let mut parts = Parts::new();
        for charge in rated.rated.charges {
            for part in charge.contributions {
                let of_resource = parts.entry(part.resource).or_default();
                of_resource.push((charge.key.clone(), part));
            }
        }
        let parts = Arc::new(parts);
        self.parts.insert(place, Arc::clone(&parts));
        Ok(parts)
    }
}

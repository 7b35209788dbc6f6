//! Follows a change to the sinks: from the interval to its charges, and from these to the first delivery that was made from
//! the knowledge of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use counterfoil_model::charge::ChargeKey;
use counterfoil_model::counterfoil::Counterfoil;
use counterfoil_model::document::Reference;
use counterfoil_model::ids::{AccountId, RecordingId, ResourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::plan::{Confirmed, RemoteState};
use counterfoil_model::rate::Detail;
use counterfoil_model::time::{BillingPeriod, Instant};
use counterfoil_store::inventory::{Known, Listing};

use super::delivery::{Asked, Delivered, DeliveredLine, Edge, NotYet, Sighting, Way};
use super::edges::{Parts, adds, keys_of};
use super::lines::{Shares, lines};
use super::{ReportError, store_error};
use crate::rating::{billed_part, rate_facts};
use crate::session::{Session, Wired};
use crate::terms::{Versions, versions_at};

/// Everything that is known of some resources, and what was rated of them so far.
pub(super) struct Tracks<'a> {
    session: &'a Session,
    wired: &'a Wired<'a>,
    now: &'a Versions,
    histories: BTreeMap<ResourceId, Vec<Known>>,
    listings: Vec<Listing>,
    then: BTreeMap<RecordingId, Versions>,
    parts: BTreeMap<(String, Option<RecordingId>), Arc<Parts>>,
    /// Everything that was confirmed of a charge, oldest first: a report follows many changes of few charges.
    confirmed: BTreeMap<ChargeKey, Vec<Arc<Counterfoil>>>,
    cutoffs: BTreeMap<String, RecordingId>,
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
            cutoffs: BTreeMap::new(),
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
        let edge = Asked { at, ..*asked };
        let now = self.parts_at(&period, None).await?;
        let keys = keys_of(&now, &edge);
        if keys.is_empty() {
            return Ok(Way {
                delivered: Vec::new(),
                not_yet: Some(NotYet::NothingCharged),
            });
        }
        self.deliveries(&edge, &period, &keys, &now).await
    }

    async fn deliveries(
        &mut self,
        asked: &Asked,
        period: &BillingPeriod,
        keys: &[ChargeKey],
        now: &Parts,
    ) -> Result<Way, ReportError> {
        let counterfoils = self.confirmed_of(keys).await?;
        let latest = Confirmed::latest(counterfoils.iter().map(Arc::as_ref));
        let now_of = |reference: &Reference| {
            let mut latest = latest.iter();
            latest.find(|confirmed| confirmed.delivery.reference == *reference)
        };
        let mut way = Way::default();
        let mut told: Vec<(i64, AccountId)> = Vec::new();
        for counterfoil in &counterfoils {
            let slot = &counterfoil.delivery.slot;
            let reference = &counterfoil.delivery.reference;
            let is_told = |one: &Delivered| one.reference == reference.0;
            if told.contains(&(slot.sink.0, slot.account)) || way.delivered.iter().any(is_told) {
                continue;
            }
            let Some(cutoff) = self.cutoff_of(counterfoil).await? else {
                continue;
            };
            let then = self.parts_at(period, Some(cutoff)).await?;
            let same = keys.iter().filter(|key| {
                key.account == slot.account && adds(&then, key, asked) == adds(now, key, asked)
            });
            let same: Vec<&ChargeKey> = same.collect();
            let mut lines = lines(counterfoil, &same)?;
            if lines.is_empty() {
                continue;
            }
            if let Some(shares) = &mut self.shares {
                let known = (&self.then[&cutoff], cutoff);
                let of = (self.session, self.wired);
                shares
                    .tell(of, known, period, asked.resource, &mut lines)
                    .await?;
            }
            let now = now_of(reference);
            // What is void bills nothing: the next one does, if there is one.
            if now.is_none_or(|now| now.state != RemoteState::Void) {
                told.push((slot.sink.0, slot.account));
            }
            let lines = lines.into_values().collect();
            let delivered = self.delivered(counterfoil, now, lines).await?;
            way.delivered.push(delivered);
        }
        if told.is_empty() {
            let mut standing = counterfoils;
            standing.retain(|one| {
                let now = now_of(&one.delivery.reference);
                now.is_some_and(|now| now.state != RemoteState::Void)
            });
            way.not_yet = Some(self.not_yet(period, keys, &standing).await?);
        }
        Ok(way)
    }

    async fn delivered(
        &self,
        counterfoil: &Counterfoil,
        now: Option<&Confirmed>,
        lines: Vec<DeliveredLine>,
    ) -> Result<Delivered, ReportError> {
        let delivery = &counterfoil.delivery;
        let sink = delivery.slot.sink;
        let named = self.wired.sinks.iter().find(|(id, _)| *id == sink);
        let first = Confirmed::of(counterfoil);
        let Confirmed { remote, state, .. } = now.unwrap_or(&first);
        let state = *state;
        let read_back = self
            .session
            .store
            .read_back_at(sink, &delivery.reference)
            .await;
        Ok(Delivered {
            sink: named.map_or_else(|| sink.to_string(), |(_, config)| config.name.clone()),
            reference: delivery.reference.to_string(),
            account: delivery.buyer.account.to_string(),
            billing_period: delivery.slot.billing_period.clone(),
            sent: counterfoil.confirmed,
            number: remote.number.clone(),
            state,
            posted: state == RemoteState::Posted,
            read_back: read_back.map_err(store_error)?,
            corrects: delivery.corrects.as_ref().map(ToString::to_string),
            lines,
        })
    }

    async fn not_yet(
        &self,
        period: &BillingPeriod,
        keys: &[ChargeKey],
        counterfoils: &[Arc<Counterfoil>],
    ) -> Result<NotYet, ReportError> {
        let billing_period = period.id();
        if let Some(issued) = counterfoils.last() {
            return Ok(NotYet::LearnedLater {
                billing_period,
                reference: issued.delivery.reference.to_string(),
            });
        }
        if period.period().to() > self.session.now {
            return Ok(NotYet::OpenPeriod {
                billing_period,
                ends: period.period().to(),
            });
        }
        let store = &self.session.store;
        for (sink, _) in &self.wired.sinks {
            let plan = store.newest_plan(self.wired.id, *sink, &billing_period);
            let Some(plan) = plan.await.map_err(store_error)? else {
                continue;
            };
            let holds = plan.plan.deliveries.iter().find(|planned| {
                let mut lines = planned.delivery.lines.iter();
                lines.any(|line| keys.contains(&line.charge))
            });
            if let Some(planned) = holds {
                let reference = &planned.delivery.reference;
                let effect = store.effect(*sink, reference).await.map_err(store_error)?;
                return Ok(NotYet::NotSent {
                    billing_period,
                    reference: Some(reference.to_string()),
                    state: effect.map(|stored| stored.effect.state),
                });
            }
        }
        Ok(NotYet::NotSent {
            billing_period,
            reference: None,
            state: None,
        })
    }

    /// Everything that was confirmed of some charges, oldest first.
    async fn confirmed_of(
        &mut self,
        keys: &[ChargeKey],
    ) -> Result<Vec<Arc<Counterfoil>>, ReportError> {
        let mut by_number: BTreeMap<i64, Arc<Counterfoil>> = BTreeMap::new();
        for key in keys {
            if !self.confirmed.contains_key(key) {
                let store = &self.session.store;
                let one = std::slice::from_ref(key);
                let found = store.counterfoils_of_charges(self.wired.id, one).await;
                let found = found.map_err(store_error)?.into_iter().map(Arc::new);
                self.confirmed.insert(key.clone(), found.collect());
            }
            for counterfoil in &self.confirmed[key] {
                by_number.insert(counterfoil.number, Arc::clone(counterfoil));
            }
        }
        Ok(by_number.into_values().collect())
    }

    /// What was known when the plan was made that a counterfoil is of.
    async fn cutoff_of(
        &mut self,
        counterfoil: &Counterfoil,
    ) -> Result<Option<RecordingId>, ReportError> {
        if let Some(cutoff) = self.cutoffs.get(&counterfoil.plan) {
            return Ok(Some(*cutoff));
        }
        let Ok(id) = counterfoil.plan.parse() else {
            return Ok(None);
        };
        let plan = self.session.store.plan(id).await.map_err(store_error)?;
        let Some(plan) = plan else { return Ok(None) };
        let cutoff = plan.plan.basis.cutoff;
        self.cutoffs.insert(counterfoil.plan.clone(), cutoff);
        Ok(Some(cutoff))
    }

    /// What the resources add to charges of a period, as known at a cutoff or now. Others are not looked at: what one
    /// adds, and to which charge, does not depend on them.
    async fn parts_at(
        &mut self,
        period: &BillingPeriod,
        cutoff: Option<RecordingId>,
    ) -> Result<Arc<Parts>, ReportError> {
        let place = (period.id(), cutoff);
        if let Some(parts) = self.parts.get(&place) {
            return Ok(Arc::clone(parts));
        }
        if let Some(cutoff) = cutoff
            && !self.then.contains_key(&cutoff)
        {
            let versions = versions_at(self.session, self.wired, cutoff).await?;
            self.then.insert(cutoff, versions);
        }
        let versions = match cutoff {
            Some(cutoff) => &self.then[&cutoff],
            None => self.now,
        };
        let mut intervals = self.intervals(cutoff);
        intervals.retain(|interval| interval.valid.clip(period.period()).is_some());
        let resources: Vec<ResourceId> = intervals.iter().map(|one| one.resource).collect();
        let known = cutoff.unwrap_or(RecordingId(i64::MAX));
        let gauges = self
            .session
            .store
            .gauges_of(&resources, period.period(), known)
            .await
            .map_err(store_error)?;
        let billed = billed_part(self.wired, period);
        let rated = rate_facts(
            self.wired,
            versions,
            period,
            billed,
            (intervals, gauges),
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

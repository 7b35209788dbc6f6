//! Where the bill has a change that happened between two listings: a report of changes tells the same moment.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::between::ChangeAt;
use counterfoil_model::ids::{IntervalId, RecordingId, ResourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::time::{BillingPeriod, Instant};

use super::ReportError;
use crate::between::{Placing, placed_intervals};
use crate::session::{Session, Wired};
use crate::terms::Versions;

/// The edges of some resources that the policy moves, from where a listing first showed them to where they are billed.
#[derive(Debug, Default)]
pub(super) struct Placed {
    moved: BTreeMap<(ResourceId, Instant), Instant>,
}

impl Placed {
    /// Each by the policy of the month in which it was seen.
    pub(super) async fn of(
        session: &Session,
        (wired, versions): (&Wired<'_>, &Versions),
        (seen, changes): (&[Interval], &[(ResourceId, Instant)]),
        cutoff: RecordingId,
    ) -> Result<Self, ReportError> {
        let mut months: BTreeMap<String, BillingPeriod> = BTreeMap::new();
        for (_, at) in changes {
            let zone = wired.pipeline.zone.clone();
            if let Ok(month) = BillingPeriod::containing(*at, zone)
                && versions.in_force(month.period().from()).change_at != ChangeAt::FirstSeen
            {
                months.insert(month.id(), month);
            }
        }
        let wanted: BTreeSet<&(ResourceId, Instant)> = changes.iter().collect();
        let mut placed = Self::default();
        for month in months.values() {
            let of = (month, month.period(), Placing::AsConfigured);
            let intervals = placed_intervals(session, wired, versions, of, cutoff).await?;
            let intervals: BTreeMap<IntervalId, &Interval> =
                intervals.iter().map(|one| (one.id, one)).collect();
            for before in seen {
                let Some(after) = intervals.get(&before.id) else {
                    continue;
                };
                let edges = [
                    (before.valid.from, after.valid.from),
                    (before.valid.to, after.valid.to),
                ];
                for (was, is) in edges {
                    let (Some(was), Some(is)) = (was, is) else {
                        continue;
                    };
                    let key = (before.resource, was);
                    if was != is && month.period().contains(was) && wanted.contains(&key) {
                        placed.moved.insert(key, is);
                    }
                }
            }
        }
        Ok(placed)
    }

    pub(super) fn at(&self, resource: ResourceId, seen: Instant) -> Instant {
        self.moved.get(&(resource, seen)).copied().unwrap_or(seen)
    }
}

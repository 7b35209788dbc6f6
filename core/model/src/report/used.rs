//! What was measured of a resource at two instants: gauges that say something else, and items that meter them.

use std::collections::{BTreeMap, BTreeSet};

use super::Moment;
use crate::decimal::Decimal;
use crate::ids::{AccountId, ItemKey, ResourceId};
use crate::price::Meter;
use crate::timeline::AttributeChange;

/// The gauges of one instant, and what items metered of them.
pub(super) struct Used<'a> {
    gauges: BTreeMap<ResourceId, BTreeMap<&'a str, Decimal>>,
    metered: BTreeMap<(ResourceId, AccountId), BTreeSet<(&'a ItemKey, Decimal)>>,
    /// By item.
    meters: BTreeMap<&'a ItemKey, Vec<&'a str>>,
}

impl<'a> Used<'a> {
    pub(super) fn at(moment: &'a Moment) -> Self {
        let mut gauges: BTreeMap<ResourceId, BTreeMap<&str, Decimal>> = BTreeMap::new();
        for run in &moment.gauges {
            let of_resource = gauges.entry(run.resource).or_default();
            of_resource.insert(&run.name, run.value);
        }
        let items = moment.price_book.items.iter();
        let meters = items.filter_map(|item| {
            let names = match &item.meter {
                Meter::Gauge(name) => vec![name.as_str()],
                Meter::Gauges(names) => names.iter().map(String::as_str).collect(),
                Meter::Attribute(_) | Meter::Count(_) | Meter::Distinct(_) | Meter::Manual => {
                    return None;
                }
            };
            Some((&item.key, names))
        });
        let meters: BTreeMap<&ItemKey, Vec<&str>> = meters.collect();
        let mut metered: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for charge in &moment.rated.charges {
            if !meters.contains_key(&charge.key.item) {
                continue;
            }
            for part in &charge.contributions {
                let of = metered.entry((part.resource, charge.key.account));
                of.or_default().insert((&charge.key.item, part.quantity));
            }
        }
        Self {
            gauges,
            metered,
            meters,
        }
    }

    /// The gauges by which an account pays something else for a resource; none where that is not why.
    pub(super) fn changes(
        &self,
        now: &Self,
        (resource, account): (ResourceId, AccountId),
    ) -> Vec<AttributeChange> {
        let level = |of: &Self, name: &str| {
            let gauges = of.gauges.get(&resource)?;
            gauges.get(name).map(ToString::to_string)
        };
        let metered = |of: &Self, item: &ItemKey| -> Vec<Decimal> {
            let all = of.metered.get(&(resource, account)).into_iter().flatten();
            let own = all.filter(|(metered, _)| *metered == item);
            own.map(|(_, level)| *level).collect()
        };
        let mut changes: BTreeMap<&str, AttributeChange> = BTreeMap::new();
        for (item, names) in self.meters.iter().chain(&now.meters) {
            if metered(self, item) == metered(now, item) {
                continue;
            }
            for name in names {
                let (before, after) = (level(self, name), level(now, name));
                if before != after {
                    changes.entry(name).or_insert_with(|| AttributeChange {
                        attribute: (*name).to_owned(),
                        before,
                        after,
                    });
                }
            }
        }
        changes.into_values().collect()
    }
}

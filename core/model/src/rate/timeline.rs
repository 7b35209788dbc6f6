//! What held since when, in civil days: the charge cycles of items and the calendars of accounts, version by version.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use super::ItemCycle;
use super::calendars::Calendars;
use crate::ids::{AccountId, ItemKey};
use crate::price::{Model, PriceBook};
use crate::time::{AccountCalendar, Date, TimeZone};
use crate::validity::ConfigVersion;

/// Oldest first, each until the next one; the first one always held.
pub(super) type Timeline<T> = Vec<(Option<Date>, T)>;

/// What holds on a day.
pub(super) fn at<T>(timeline: &Timeline<T>, day: Option<Date>) -> Option<&T> {
    let holding = timeline.iter().rfind(|(from, _)| *from <= day);
    holding.or(timeline.first()).map(|(_, what)| what)
}

/// What several versions have alike is one entry. Before the first one there is nothing else to go by.
fn timeline<T: PartialEq>(versions: impl IntoIterator<Item = (Option<Date>, T)>) -> Timeline<T> {
    let mut timeline: Timeline<T> = Vec::new();
    for (from, what) in versions {
        // A version that was replaced before it was ever in force does not count.
        timeline.retain(|(earlier, _)| *earlier < from);
        if timeline.last().is_none_or(|(_, last)| *last != what) {
            let from = if timeline.is_empty() { None } else { from };
            timeline.push((from, what));
        }
    }
    timeline
}

/// Those with the same timeline together. `hint` is the same for the same timelines, and seldom for others.
fn grouped<T: PartialEq, K: Ord, H: Hash + Eq>(
    all: impl IntoIterator<Item = (K, Timeline<T>)>,
    hint: impl Fn(&Timeline<T>) -> H,
) -> Vec<(Timeline<T>, BTreeSet<K>)> {
    let mut groups: Vec<(Timeline<T>, BTreeSet<K>)> = Vec::new();
    let mut hinted: HashMap<H, Vec<usize>> = HashMap::new();
    for (key, timeline) in all {
        let positions = hinted.entry(hint(&timeline)).or_default();
        let known = positions
            .iter()
            .find(|position| groups[**position].0 == timeline);
        if let Some(&known) = known {
            groups[known].1.insert(key);
        } else {
            positions.push(groups.len());
            groups.push((timeline, BTreeSet::from([key])));
        }
    }
    groups
}

/// Of all items that any version has. One that a later version adds is as that one has it, since its prices may reach back;
/// one that is gone has no charge periods any more.
pub(super) fn item_timelines(
    versions: &[ConfigVersion<&PriceBook>],
    zone: &TimeZone,
) -> Vec<(Timeline<Option<ItemCycle>>, BTreeSet<ItemKey>)> {
    let mut cycles: Vec<BTreeMap<&ItemKey, ItemCycle>> = Vec::with_capacity(versions.len());
    for version in versions {
        let prices = version.terms.prices.iter();
        let splits = prices.filter(|price| matches!(price.tariff.model, Model::Split(_)));
        let splits: BTreeSet<&ItemKey> = splits.map(|price| &price.item).collect();
        let items = version.terms.items.iter().map(|item| {
            let cycle = ItemCycle {
                charge_cycle: item.charge_cycle,
                is_split: splits.contains(&item.key),
            };
            (&item.key, cycle)
        });
        cycles.push(items.collect());
    }
    let keys: BTreeSet<&ItemKey> = cycles.iter().flat_map(BTreeMap::keys).copied().collect();
    let timelines = keys.into_iter().map(|key| {
        let held = versions.iter().enumerate().map(|(index, version)| {
            let since = version.effective_from.map(|from| from.date(zone));
            let cycle = cycles[index..].iter().find_map(|later| later.get(key));
            (since, cycle.copied())
        });
        (key.clone(), timeline(held))
    });
    grouped(timelines, |timeline| {
        let last = timeline.last().and_then(|(_, cycle)| *cycle);
        (timeline.len(), last.map(|last| last.charge_cycle))
    })
}

/// Of all accounts that there are. One that a version does not know is as a later one has it, else as it was before.
pub(super) fn account_timelines(
    accounts: impl IntoIterator<Item = AccountId>,
    calendars: &Calendars,
) -> Vec<(Timeline<AccountCalendar>, BTreeSet<AccountId>)> {
    let versions = &calendars.versions;
    let timelines = accounts.into_iter().map(|id| {
        let held = versions.iter().enumerate().map(|(index, (since, _))| {
            let (before, later) = versions.split_at(index);
            let mut nearest = later.iter().chain(before.iter().rev());
            let calendar = nearest.find_map(|(_, calendars)| calendars.get(&id));
            (*since, calendar.cloned().unwrap_or_default())
        });
        let mut held = timeline(held);
        if held.is_empty() {
            held.push((None, AccountCalendar::default()));
        }
        (id, held)
    });
    grouped(timelines, |timeline| {
        let last = timeline.last().map(|(_, calendar)| calendar);
        (timeline.len(), last.and_then(|last| last.anchor))
    })
}

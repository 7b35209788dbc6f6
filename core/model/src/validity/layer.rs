//! Lays the explicitly dated items of later versions over the version that was in force.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{ConfigVersion, Dated};
use crate::time::{Instant, Validity};

/// Identities, numbered in the order in which they first occur.
type Identity = usize;

struct Entry<'a, D> {
    item: &'a D,
    identity: Identity,
    validity: Validity,
}

impl<D> Clone for Entry<'_, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Entry<'_, D> {}

struct Layer<'a, D> {
    effective_from: Option<Instant>,
    entries: Vec<Entry<'a, D>>,
}

/// The versions that were ever in force.
pub(super) struct Layers<'a, D> {
    layers: Vec<Layer<'a, D>>,
    /// For each identity the last layer that wrote or changed an explicit `from` of it.
    restated: BTreeMap<Identity, usize>,
}

impl<'a, D: Dated> Layers<'a, D> {
    pub(super) fn new<T: AsRef<[D]>>(versions: &'a [ConfigVersion<T>]) -> Self {
        let mut identities: HashMap<String, Identity> = HashMap::new();
        let mut layers: Vec<Layer<'a, D>> = Vec::new();
        for version in versions {
            let entries = version.terms.as_ref().iter().map(|item| {
                let next = identities.len();
                Entry {
                    item,
                    identity: *identities.entry(item.identity()).or_insert(next),
                    validity: item.validity(),
                }
            });
            let entries = entries.collect();
            layers.retain(|older| older.effective_from < version.effective_from);
            layers.push(Layer {
                effective_from: version.effective_from,
                entries,
            });
        }
        let mut restated = BTreeMap::new();
        for (index, pair) in layers.windows(2).enumerate() {
            for identity in restated_identities(&pair[0], &pair[1]) {
                restated.insert(identity, index + 1);
            }
        }
        Self { layers, restated }
    }

    /// Every instant at which what holds may change.
    pub(super) fn boundaries(&self) -> Vec<Instant> {
        let mut boundaries = Vec::new();
        for layer in &self.layers {
            boundaries.extend(layer.effective_from);
            for entry in &layer.entries {
                boundaries.extend(entry.validity.from);
                boundaries.extend(entry.validity.to);
            }
        }
        boundaries
    }
}

/// Those whose explicitly dated items are not what they were in the layer below.
fn restated_identities<D: Dated>(below: &Layer<'_, D>, layer: &Layer<'_, D>) -> Vec<Identity> {
    let before = dated_groups(below);
    let restated = dated_groups(layer).into_iter().filter(|(identity, now)| {
        let Some(then) = before.get(identity) else {
            return true;
        };
        now.len() != then.len() || now.iter().zip(then).any(|(a, b)| !a.same(b))
    });
    restated.map(|(identity, _)| identity).collect()
}

fn dated_groups<'a, D>(layer: &Layer<'a, D>) -> BTreeMap<Identity, Vec<&'a D>> {
    let mut groups: BTreeMap<Identity, Vec<&'a D>> = BTreeMap::new();
    for entry in &layer.entries {
        if entry.validity.from.is_some() {
            groups.entry(entry.identity).or_default().push(entry.item);
        }
    }
    groups
}

/// What holds at an instant, in order.
pub(super) fn lay_over<'a, D: Dated>(layers: &Layers<'a, D>, instant: Instant) -> Vec<&'a D> {
    let in_force = |layer: &Layer<'_, D>| layer.effective_from.is_none_or(|from| from <= instant);
    // Before the first version there is nothing else to go by.
    let base = layers.layers.iter().rposition(in_force).unwrap_or(0);
    let Some(layer) = layers.layers.get(base) else {
        return Vec::new();
    };
    let holds = |entry: &&Entry<'a, D>| entry.validity.contains(instant);
    let mut list: Vec<Entry<'a, D>> = layer.entries.iter().filter(holds).copied().collect();
    for (index, later) in layers.layers.iter().enumerate().skip(base + 1) {
        let reaches_back = |entry: &Entry<'_, D>| {
            entry.validity.from.is_some_and(|from| from <= instant)
                && layers.restated.get(&entry.identity) == Some(&index)
        };
        let restated = later.entries.iter().filter(|entry| reaches_back(entry));
        let mut restated: BTreeSet<Identity> = restated.map(|entry| entry.identity).collect();
        restated.extend(ended(later, instant));
        if !restated.is_empty() {
            list = overlay(&list, later, &restated, instant);
        }
    }
    list.into_iter().map(|entry| entry.item).collect()
}

/// What has ended by an instant as a layer says it, and began with no date of its own.
fn ended<D>(layer: &Layer<'_, D>, instant: Instant) -> BTreeSet<Identity> {
    let mut ended = BTreeSet::new();
    let mut goes_on = BTreeSet::new();
    for entry in &layer.entries {
        let Validity { from, to } = entry.validity;
        if from.is_none() && to.is_some_and(|to| to <= instant) {
            ended.insert(entry.identity);
        } else {
            goes_on.insert(entry.identity);
        }
    }
    ended.retain(|identity| !goes_on.contains(identity));
    ended
}

/// The list with the restated identities as the later layer has them.
fn overlay<'a, D: Dated>(
    list: &[Entry<'a, D>],
    later: &Layer<'a, D>,
    restated: &BTreeSet<Identity>,
    instant: Instant,
) -> Vec<Entry<'a, D>> {
    let mut groups: BTreeMap<Identity, Vec<Entry<'a, D>>> = BTreeMap::new();
    let mut undated: BTreeSet<Identity> = BTreeSet::new();
    for entry in &later.entries {
        if restated.contains(&entry.identity) && entry.validity.contains(instant) {
            if entry.validity.from.is_some() {
                groups.entry(entry.identity).or_default().push(*entry);
            } else {
                undated.insert(entry.identity);
            }
        }
    }
    let stated = groups.values().flatten();
    let alone: BTreeMap<&str, Identity> = stated
        .filter_map(|entry| Some((entry.item.alone_of()?, entry.identity)))
        .collect();
    let mut inserts = places_of_new(list, later, &groups);
    let mut laid = Vec::with_capacity(list.len() + inserts.len());
    for (position, entry) in list.iter().enumerate() {
        laid.extend(inserts.remove(&position).unwrap_or_default());
        let ended = restated.contains(&entry.identity) && !undated.contains(&entry.identity);
        match groups.get_mut(&entry.identity) {
            // Emptied by its first place, so that a second one adds nothing.
            Some(group) => laid.append(group),
            None if ended => {}
            None => laid.push(*entry),
        }
    }
    laid.extend(inserts.remove(&list.len()).unwrap_or_default());
    if !alone.is_empty() {
        laid.retain(|entry| {
            let stated = entry.item.alone_of().and_then(|of| alone.get(of));
            stated.is_none_or(|stated| *stated == entry.identity)
        });
    }
    laid
}

/// Where items go whose identity the list does not have: behind the nearest item that precedes them in the later
/// layer, but never behind one that follows them there. The key is the position in the list before which they go.
fn places_of_new<'a, D>(
    list: &[Entry<'a, D>],
    later: &Layer<'a, D>,
    groups: &BTreeMap<Identity, Vec<Entry<'a, D>>>,
) -> BTreeMap<usize, Vec<Entry<'a, D>>> {
    let mut positions: HashMap<Identity, usize> = HashMap::new();
    for (position, entry) in list.iter().enumerate() {
        positions.entry(entry.identity).or_insert(position);
    }
    let mut first_following = vec![list.len(); later.entries.len() + 1];
    for (index, entry) in later.entries.iter().enumerate().rev() {
        let own = positions.get(&entry.identity).copied();
        first_following[index] = first_following[index + 1].min(own.unwrap_or(list.len()));
    }
    let mut inserts: BTreeMap<usize, Vec<Entry<'a, D>>> = BTreeMap::new();
    let mut behind_preceding = 0;
    for (index, entry) in later.entries.iter().enumerate() {
        if let Some(position) = positions.get(&entry.identity) {
            behind_preceding = position + 1;
        } else if let Some(group) = groups.get(&entry.identity)
            && group.iter().any(|held| std::ptr::eq(held.item, entry.item))
        {
            let place = behind_preceding.min(first_following[index + 1]);
            inserts.entry(place).or_default().push(*entry);
        }
    }
    inserts
}

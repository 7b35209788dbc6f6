//! The inventory at one time, and what changed between two.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::ResourceId;
use crate::inventory::{Configuration, Interval};
use crate::time::Instant;

/// The intervals that hold at an instant, in the order of resource, source and scope.
pub fn as_of(intervals: &[Interval], instant: Instant) -> Vec<&Interval> {
    let mut held: Vec<&Interval> = intervals
        .iter()
        .filter(|interval| interval.valid.contains(instant))
        .collect();
    held.sort_by(|a, b| order(a).cmp(&order(b)));
    held
}

fn order(interval: &Interval) -> impl Ord + use<'_> {
    (
        interval.resource,
        interval.source,
        &interval.scope,
        &interval.external_id,
        interval.id,
    )
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference<'a> {
    Added(&'a Interval),
    Removed(&'a Interval),
    Changed {
        before: &'a Interval,
        after: &'a Interval,
        attributes: Vec<AttributeChange>,
    },
}

/// `name` and `parent` count as attributes here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttributeChange {
    pub attribute: String,
    /// Absent where it had no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What differs between the inventories of two times, in the order of resources. A resource that moved to another
/// scope or source without other change is no difference.
pub fn delta<'a>(before: &[&'a Interval], after: &[&'a Interval]) -> Vec<Difference<'a>> {
    let (before, after) = (by_resource(before), by_resource(after));
    let resources: BTreeSet<ResourceId> = before.keys().chain(after.keys()).copied().collect();
    let mut differences = Vec::new();
    for resource in resources {
        let then = before.get(&resource).map_or(&[][..], Vec::as_slice);
        let now = after.get(&resource).map_or(&[][..], Vec::as_slice);
        for (before, after) in then.iter().zip(now) {
            let attributes = attribute_changes(&before.configuration, &after.configuration);
            if !attributes.is_empty() {
                differences.push(Difference::Changed {
                    before,
                    after,
                    attributes,
                });
            }
        }
        let removed = then.iter().skip(now.len());
        differences.extend(removed.map(|interval| Difference::Removed(interval)));
        let added = now.iter().skip(then.len());
        differences.extend(added.map(|interval| Difference::Added(interval)));
    }
    differences
}

fn by_resource<'a>(intervals: &[&'a Interval]) -> BTreeMap<ResourceId, Vec<&'a Interval>> {
    let mut groups: BTreeMap<ResourceId, Vec<&Interval>> = BTreeMap::new();
    for interval in intervals {
        groups.entry(interval.resource).or_default().push(interval);
    }
    for group in groups.values_mut() {
        group.sort_by(|a, b| order(a).cmp(&order(b)));
    }
    groups
}

/// What differs between two configurations, in the order of names.
pub fn attribute_changes(before: &Configuration, after: &Configuration) -> Vec<AttributeChange> {
    fn values(configuration: &Configuration) -> BTreeMap<&str, &str> {
        let mut values: BTreeMap<&str, &str> = configuration.attributes.iter().collect();
        values.insert("name", &configuration.name);
        values.extend(
            configuration
                .parent
                .iter()
                .map(|parent| ("parent", parent.as_str())),
        );
        values
    }
    if before == after {
        return Vec::new();
    }
    let (before, after) = (values(before), values(after));
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let differing = names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name));
    differing
        .map(|name| AttributeChange {
            attribute: name.to_owned(),
            before: before.get(name).map(|value| (*value).to_owned()),
            after: after.get(name).map(|value| (*value).to_owned()),
        })
        .collect()
}

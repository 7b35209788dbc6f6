//! Rows of one listing with one id: at most one of them counts. Any of the others may be another resource's, whose id was
//! mistyped; so the row that is as the resource was counts before one that is not.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use counterfoil_model::ids::ResourceId;
use counterfoil_model::time::Instant;
use rusqlite::Connection;

use super::base::ScopeKey;
use super::fold::Folded;
use super::listing::BrokenRow;
use super::reading::Reading;
use super::timelines::Timelines;

/// Which of the rows with one id counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    Reading(usize),
    /// The one that was reported as unchanged.
    Unchanged,
    /// They contradict each other, and none is as the resource was, or several are.
    Nothing,
}

/// Of each id that more than one row has.
#[derive(Debug, Default)]
pub(super) struct Repeated<'a> {
    by_id: HashMap<&'a str, Counts>,
}

impl<'a> Repeated<'a> {
    /// `known_as` tells the resource that a row's id was, and what it was is asked as of `at`.
    pub(super) fn load(
        connection: &Connection,
        (key, at): (ScopeKey<'_>, Instant),
        folded: &'a Folded,
        known_as: impl Fn(&Reading) -> Option<ResourceId>,
    ) -> rusqlite::Result<Self> {
        let groups = groups(folded);
        let readings = &folded.readings;
        let rows = groups.values().flat_map(|group| &group.readings);
        let resources: Vec<ResourceId> = rows
            .filter_map(|index| known_as(&readings[*index]))
            .collect();
        let timelines = Timelines::load(connection, key.tenant, &resources)?;
        let then = |index: usize| {
            let resource = known_as(&readings[index])?;
            let then = timelines.at(resource, key, at)?;
            Some(&then.held.configuration)
        };
        let by_id = groups.into_iter().map(|(id, group)| {
            let rows = || group.readings.iter().copied();
            let is_as_it_was = |row: usize| then(row) == Some(&readings[row].configuration);
            let mut as_it_was = rows().filter(|row| is_as_it_was(*row)).peekable();
            let first = rows().next();
            let is_clear = group.agrees(readings) || rows().all(|row| then(row).is_none());
            let counts = match as_it_was.peek().copied() {
                // A gauge changes without an end: where they differ in it, nobody can tell which of them is its own.
                Some(one) => agree(as_it_was.map(|row| &readings[row])).then_some(one),
                None => first.filter(|_| is_clear),
            };
            (id, counts.map_or(Counts::Nothing, Counts::Reading))
        });
        Ok(Self {
            by_id: by_id.collect(),
        })
    }

    pub(super) fn of(&self, id: &str) -> Option<Counts> {
        self.by_id.get(id).copied()
    }
}

/// Rows with one id.
#[derive(Debug)]
struct Group {
    readings: Vec<usize>,
    broken: usize,
}

impl Group {
    fn of(first: usize) -> Self {
        Self {
            readings: vec![first],
            broken: 0,
        }
    }

    /// Do all of them say the same?
    fn agrees(&self, readings: &[Reading]) -> bool {
        self.broken == 0 && agree(self.readings.iter().map(|index| &readings[*index]))
    }
}

fn agree<'a>(readings: impl Iterator<Item = &'a Reading>) -> bool {
    let mut said = readings.map(|reading| (&reading.kind, &reading.configuration, &reading.gauges));
    let first = said.next();
    said.all(|other| Some(other) == first)
}

/// Of ids that more than one row has, at least one of which could be read.
fn groups(folded: &Folded) -> BTreeMap<&str, Group> {
    let mut first_rows = HashMap::with_capacity(folded.readings.len());
    let mut groups: BTreeMap<&str, Group> = BTreeMap::new();
    for (index, reading) in folded.readings.iter().enumerate() {
        let id = reading.external_id.as_str();
        match first_rows.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert(index);
            }
            Entry::Occupied(first) => {
                let group = groups.entry(id).or_insert_with(|| Group::of(*first.get()));
                group.readings.push(index);
            }
        }
    }
    let broken = folded.broken.iter();
    for id in broken.filter_map(|row| row.external_id.as_deref()) {
        if let Some((id, first)) = first_rows.get_key_value(id) {
            let group = groups.entry(id).or_insert_with(|| Group::of(*first));
            group.broken += 1;
        }
    }
    groups
}

impl Counts {
    /// What is said of a row that does not count.
    pub(super) fn told(self, row: &Reading, readings: &[Reading]) -> BrokenRow {
        let message = match self {
            Self::Reading(index) => format!(
                "the id `{}` is also that of {}, which counts",
                row.external_id, readings[index].place
            ),
            Self::Unchanged => format!(
                "the id `{}` is also that of the row that is as it was, which counts",
                row.external_id
            ),
            Self::Nothing => format!(
                "the id `{}` is that of several rows, and which of them counts cannot be told: the last known values stay",
                row.external_id
            ),
        };
        BrokenRow {
            place: row.place.clone(),
            external_id: Some(row.external_id.clone()),
            message,
            hint: Some("give each row an id of its own".to_owned()),
        }
    }
}

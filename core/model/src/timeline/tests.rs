//! The history is the same in whatever order, and however often, its listings arrive.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::{AttributeChange, Difference, Edit, EvidenceOf, Held, Seen, as_of, delta, edits};
use crate::attributes::Attributes;
use crate::ids::{IntervalId, Kind, ListingId, ResourceId, Scope, SourceId};
use crate::inventory::{Configuration, Evidence, Interval};
use crate::time::{Instant, Validity};

fn at(seconds: i64) -> Instant {
    Instant::from_seconds(seconds).unwrap()
}

fn configuration(size: u8) -> Arc<Configuration> {
    Arc::new(Configuration {
        name: "disk".to_owned(),
        parent: None,
        attributes: Attributes::from([("size", size.to_string())]),
    })
}

fn present(size: u8) -> Seen {
    Seen::Present(configuration(size))
}

/// A store in miniature: numbers the intervals and applies edits.
#[derive(Default)]
struct History {
    intervals: Vec<Held>,
    /// By interval, the time of the listing that it was read in.
    read: BTreeMap<IntervalId, i64>,
    last_id: i64,
}

impl History {
    fn list(&mut self, time: i64, next: Option<i64>, seen: &Seen) -> usize {
        let edits = edits(&self.intervals, at(time), next.map(at), seen);
        for edit in &edits {
            match edit {
                Edit::Supersede(id) => {
                    let count = self.intervals.len();
                    self.intervals.retain(|held| held.id != *id);
                    assert_eq!(
                        self.intervals.len() + 1,
                        count,
                        "superseded what is not there"
                    );
                }
                Edit::Insert {
                    valid,
                    configuration,
                    evidence,
                } => {
                    self.last_id += 1;
                    let read = match evidence {
                        EvidenceOf::Kept(id) => self.read[id],
                        EvidenceOf::ThisListing => time,
                        EvidenceOf::NextListing(_) => next.unwrap(),
                    };
                    self.read.insert(IntervalId(self.last_id), read);
                    self.intervals.push(Held {
                        id: IntervalId(self.last_id),
                        valid: *valid,
                        configuration: Arc::clone(configuration),
                    });
                }
            }
        }
        self.intervals.sort_by_key(|held| held.valid.from);
        edits.len()
    }

    /// "from–to: size", interval by interval.
    fn shown(&self) -> Vec<String> {
        let seconds = |instant: Option<Instant>| {
            instant.map_or(String::new(), |instant| instant.seconds().to_string())
        };
        let show = |held: &Held| {
            let size = &held.configuration.attributes["size"];
            format!(
                "{}–{}: {size}",
                seconds(held.valid.from),
                seconds(held.valid.to)
            )
        };
        self.intervals.iter().map(show).collect()
    }
}

#[test]
fn listings_in_order_open_change_and_close() {
    let mut history = History::default();
    assert_eq!(history.list(10, None, &present(1)), 1);
    assert_eq!(history.list(20, None, &present(1)), 0);
    history.list(30, None, &present(2));
    history.list(40, None, &Seen::Absent);
    assert_eq!(history.list(50, None, &Seen::Absent), 0);
    history.list(60, None, &present(2));
    assert_eq!(history.shown(), ["10–30: 1", "30–40: 2", "60–: 2"]);
}

#[test]
fn a_late_listing_holds_until_the_next_one() {
    let mut history = History::default();
    history.list(10, None, &present(1));
    history.list(40, None, &present(1));
    assert_eq!(history.list(20, Some(40), &present(2)), 4);
    assert_eq!(history.shown(), ["10–20: 1", "20–40: 2", "40–: 1"]);
    history.list(20, Some(40), &present(1));
    assert_eq!(history.shown(), ["10–: 1"]);
    history.list(5, Some(10), &present(1));
    assert_eq!(history.shown(), ["5–: 1"]);
    history.list(10, Some(40), &Seen::Absent);
    assert_eq!(history.shown(), ["5–10: 1", "40–: 1"]);
}

#[test]
fn a_broken_row_keeps_alive_what_is_known() {
    let mut history = History::default();
    assert_eq!(history.list(10, None, &Seen::PresentUnread), 0);
    history.list(20, None, &present(1));
    assert_eq!(history.list(30, None, &Seen::PresentUnread), 0);
    history.list(40, None, &Seen::Absent);
    history.list(50, None, &Seen::PresentUnread);
    assert_eq!(history.shown(), ["20–40: 1", "50–: 1"]);
}

#[test]
fn evidence_stays_with_the_interval_that_was_read() {
    let held = [Held {
        id: IntervalId(7),
        valid: Validity {
            from: Some(at(10)),
            to: None,
        },
        configuration: configuration(1),
    }];
    let evidence: Vec<EvidenceOf> = edits(&held, at(20), Some(at(30)), &present(2))
        .into_iter()
        .filter_map(|edit| match edit {
            Edit::Insert { evidence, .. } => Some(evidence),
            Edit::Supersede(_) => None,
        })
        .collect();
    let id = IntervalId(7);
    assert_eq!(
        evidence,
        [
            EvidenceOf::Kept(id),
            EvidenceOf::ThisListing,
            EvidenceOf::NextListing(id)
        ]
    );
    assert_eq!(edits(&held, at(20), Some(at(20)), &Seen::Absent), []);
}

fn interval(id: i64, resource: i64, from: i64, to: Option<i64>, size: u8) -> Interval {
    Interval {
        id: IntervalId(id),
        resource: ResourceId(resource),
        kind: Kind::from("disk"),
        source: SourceId(1),
        scope: Scope::from("all"),
        external_id: format!("disk-{resource}"),
        valid: Validity {
            from: Some(at(from)),
            to: to.map(at),
        },
        covered_until: at(100),
        configuration: configuration(size),
        evidence: Evidence {
            listing: ListingId(1),
            place: "disks.csv row 2".to_owned(),
        },
        uncertain: None,
    }
}

#[test]
fn the_delta_tells_each_attribute_that_changed() {
    let intervals = [
        interval(4, 3, 50, None, 1),
        interval(1, 1, 0, Some(50), 1),
        interval(2, 1, 50, None, 2),
        interval(3, 2, 0, Some(50), 1),
        interval(5, 4, 0, None, 1),
    ];
    let (before, after) = (as_of(&intervals, at(49)), as_of(&intervals, at(50)));
    let differences = delta(&before, &after);
    assert_eq!(
        differences,
        [
            Difference::Changed {
                before: &intervals[1],
                after: &intervals[2],
                attributes: vec![AttributeChange {
                    attribute: "size".to_owned(),
                    before: Some("1".to_owned()),
                    after: Some("2".to_owned()),
                }],
            },
            Difference::Removed(&intervals[3]),
            Difference::Added(&intervals[0]),
        ]
    );
    assert_eq!(delta(&after, &after), []);
}

/// The state that each of some times listed, in the order in which the listings arrive, with repetitions.
fn arrivals() -> impl Strategy<Value = (BTreeMap<i64, Option<u8>>, Vec<i64>)> {
    let states = prop::collection::btree_map(0..40_i64, prop::option::of(0..3_u8), 1..12);
    states.prop_flat_map(|states| {
        let times: Vec<i64> = states.keys().copied().collect();
        let again = prop::collection::vec(prop::sample::select(times.clone()), 0..8);
        let order = (Just(times), again)
            .prop_map(|(times, again)| [times, again].concat())
            .prop_shuffle();
        (Just(states), order)
    })
}

fn seen(state: Option<u8>) -> Seen {
    state.map_or(Seen::Absent, present)
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_give_the_naive_history((states, order) in arrivals()) {
        let mut history = History::default();
        let mut arrived = BTreeSet::new();
        for time in order {
            let next = arrived.range(time + 1..).next().copied();
            history.list(time, next, &seen(states[&time]));
            arrived.insert(time);
        }
        for probe in -1..45_i64 {
            let naive = states.range(..=probe).next_back().and_then(|(_, state)| *state);
            let holding: Vec<u8> = history.intervals.iter()
                .filter(|held| held.valid.contains(at(probe)))
                .map(|held| held.configuration.attributes["size"].parse().unwrap())
                .collect();
            prop_assert_eq!(holding, Vec::from_iter(naive));
        }
        let mut in_order = History::default();
        for (time, state) in &states {
            in_order.list(*time, None, &seen(*state));
        }
        prop_assert_eq!(history.shown(), in_order.shown());
        for held in &history.intervals {
            prop_assert_eq!(held.valid.from, Some(at(history.read[&held.id])));
        }
    }
}

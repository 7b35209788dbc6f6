//! Whatever a policy says, what tiled still tiles; and each hand pays for what is its own.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::attributes::Attributes;
use crate::decimal::Rational;
use crate::ids::{AccountId, AgreementKey, CustomerKey};
use crate::ids::{IntervalId, Kind, ListingId, ResourceId, Scope, SourceId};
use crate::inventory::{Between, Configuration, Evidence, Interval, Uncertain};
use crate::ownership::{OwnedInterval, Owner, Ownership};
use crate::time::{Period, TimeZone, Validity};

fn at(seconds: i64) -> Instant {
    Instant::from_seconds(seconds).unwrap()
}

/// Stretches of one resource that follow one another: the length of each, how long before its start the last one was seen
/// to go on, and whether there is a gap before it.
fn history(parts: &[(u8, u8, bool)]) -> Vec<Interval> {
    let mut from = 1_000;
    let mut intervals: Vec<Interval> = Vec::new();
    for (number, (length, before, gap)) in (1..).zip(parts) {
        from += if *gap { 5 } else { 0 };
        let between = Between {
            earliest: at(from - i64::from(*before)),
            latest: at(from),
        };
        if let Some(last) = intervals.last_mut().filter(|_| !gap) {
            let known = last.uncertain.get_or_insert_default();
            known.to = Some(between);
        }
        let to = from + i64::from(*length) + 1;
        intervals.push(interval(number, from, to, between));
        from = to;
    }
    intervals
}

fn interval(number: i64, from: i64, to: i64, between: Between) -> Interval {
    Interval {
        id: IntervalId(number),
        resource: ResourceId(1),
        kind: Kind::from("disk"),
        source: SourceId(1),
        scope: Scope::from("all"),
        external_id: "disk-1".to_owned(),
        valid: Validity {
            from: Some(at(from)),
            to: Some(at(to)),
        },
        covered_until: at(to),
        configuration: Arc::new(Configuration {
            name: "disk-1".to_owned(),
            parent: None,
            attributes: Attributes::from([("n", number.to_string())]),
        }),
        evidence: Evidence {
            listing: ListingId(1),
            place: String::new(),
        },
        uncertain: Some(Box::new(Uncertain {
            from: Some(between),
            to: None,
        })),
    }
}

fn day(date: &str) -> Instant {
    Instant::start_of_day(date.parse().unwrap(), &TimeZone::UTC).unwrap()
}

fn during(from: &str, to: &str) -> Period {
    Period::new(day(from), day(to)).unwrap()
}

fn owned(account: i64, period: Period) -> OwnedInterval {
    let owner = Owner {
        customer: CustomerKey::from("customer"),
        account: AccountId(account),
        agreement: AgreementKey::from("standard"),
        share: Rational::from_integer(1.into()),
    };
    OwnedInterval {
        interval: IntervalId(account),
        resource: ResourceId(1),
        kind: Kind::from("disk"),
        period,
        ownership: Arc::new(Ownership::Owned {
            owners: vec![owner],
            service: None,
            plan: None,
        }),
        because: Arc::default(),
    }
}

#[test]
fn each_month_is_handed_over_whole_by_its_own_policy() {
    let march = day("2026-03-01");
    let policy = |month: Instant| {
        if month < march {
            Handover::EndOfPeriod
        } else {
            Handover::Time
        }
    };
    let asked = during("2026-01-15", "2026-03-15");
    let handovers = Handovers::of(asked, &TimeZone::UTC, policy);
    assert_eq!(handovers.needs(asked), during("2026-01-01", "2026-03-15"));
    let mut all = vec![
        owned(1, during("2026-01-01", "2026-01-10")),
        owned(2, during("2026-01-10", "2026-02-09")),
        owned(3, during("2026-02-09", "2026-03-10")),
        owned(4, during("2026-03-10", "2026-03-15")),
    ];
    handovers.hand_over(&mut all, asked);
    let paid = all.iter().map(|one| {
        let [(account, _)] = handover::payers(&one.ownership)[..] else {
            panic!("there is one owner");
        };
        (account.0, one.period)
    });
    let expected = [
        (2, during("2026-01-15", "2026-02-01")),
        (3, during("2026-02-01", "2026-02-09")),
        (3, during("2026-02-09", "2026-03-10")),
        (4, during("2026-03-10", "2026-03-15")),
    ];
    assert_eq!(paid.collect::<Vec<_>>(), expected);
    let by_time = Handovers::of(asked, &TimeZone::UTC, |_| Handover::Time);
    assert!(by_time.is_by_time() && by_time.needs(asked) == asked);
}

fn bounds(interval: &Interval) -> (i64, i64) {
    let valid = interval.valid;
    (valid.from.unwrap().seconds(), valid.to.unwrap().seconds())
}

#[test]
fn the_middle_is_rounded_down_and_both_sides_move() {
    let intervals = history(&[(9, 0, false), (9, 5, false)]);
    let placed = place(intervals, |edge| {
        ChangeAt::Midpoint.moment(edge, |_| Direction::Alike)
    });
    let bounds: Vec<_> = placed.iter().map(bounds).collect();
    assert_eq!(bounds, [(1_000, 1_007), (1_007, 1_020)]);
    assert_eq!(placed[0].covered_until, at(1_007));
}

#[test]
fn nothing_uncertain_is_left_as_it_is() {
    let mut intervals = history(&[(9, 0, false), (9, 0, false)]);
    for one in &mut intervals {
        one.uncertain = None;
    }
    let before = intervals.clone();
    place_in(&mut intervals, |edge| edge.earliest);
    assert_eq!(intervals, before);
}

proptest! {
    #[test]
    fn what_tiled_still_tiles(
        parts in proptest::collection::vec((0..20u8, 0..40u8, any::<bool>()), 1..8),
        choices in proptest::collection::vec(0..3u8, 16),
    ) {
        let seen = history(&parts);
        let mut choices = choices.into_iter().cycle();
        let placed = place(seen.clone(), |edge| match choices.next() {
            Some(0) => edge.earliest,
            Some(1) => edge.midpoint(),
            // What is not possible is kept within.
            Some(_) | None => at(0),
        });
        let joins: Vec<(i64, i64)> = seen
            .windows(2)
            .filter(|pair| bounds(&pair[0]).1 == bounds(&pair[1]).0)
            .map(|pair| (pair[0].id.0, pair[1].id.0))
            .collect();
        for pair in placed.windows(2) {
            let (one, next) = (bounds(&pair[0]), bounds(&pair[1]));
            prop_assert!(one.1 <= next.0, "{one:?} overlaps {next:?}");
            if joins.contains(&(pair[0].id.0, pair[1].id.0)) {
                prop_assert_eq!(one.1, next.0);
            }
        }
        for one in &placed {
            let (from, to) = bounds(one);
            let was = bounds(&seen[usize::try_from(one.id.0 - 1).unwrap()]);
            prop_assert!(from < to && from <= was.0 && to <= was.1);
        }
        let length = |intervals: &[Interval]| -> i64 {
            intervals.iter().map(|one| bounds(one).1 - bounds(one).0).sum()
        };
        // Without gaps all of it is still there, from the first edge to the last.
        if parts.iter().skip(1).all(|(_, _, gap)| !gap) {
            let first = placed.iter().map(|one| bounds(one).0).min();
            let last = bounds(&seen[seen.len() - 1]).1;
            prop_assert_eq!(Some(length(&placed)), first.map(|first| last - first));
        }
    }
}

//! What an edit may touch: placement by example, the promise to closed periods by property.

use proptest::prelude::*;

use super::{ConfigVersion, Dated, WrittenDate, resolve_validity, segments};
use crate::time::{Instant, Period, TimeZone, Validity};

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    name: &'static str,
    value: u8,
    validity: Validity,
}

impl Dated for Term {
    fn identity(&self) -> String {
        self.name.to_owned()
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn alone_of(&self) -> Option<&str> {
        self.name.starts_with("sole").then_some("sole")
    }

    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

fn at(day: i64) -> Instant {
    Instant::from_seconds(day * 86_400).unwrap()
}

fn term(name: &'static str, value: u8, from: Option<i64>, to: Option<i64>) -> Term {
    Term {
        name,
        value,
        validity: Validity {
            from: from.map(at),
            to: to.map(at),
        },
    }
}

fn version(from: Option<i64>, terms: &[Term]) -> ConfigVersion<Vec<Term>> {
    ConfigVersion {
        effective_from: from.map(at),
        terms: terms.to_vec(),
    }
}

fn days(from: i64, to: i64) -> Period {
    Period::new(at(from), at(to)).unwrap()
}

/// "first day: names with values", segment by segment.
fn shown(versions: &[ConfigVersion<Vec<Term>>], period: Period) -> Vec<String> {
    let show = |item: &&Term| format!("{}{}", item.name, item.value);
    segments(versions, period)
        .iter()
        .map(|segment| {
            let items: Vec<String> = segment.items.iter().map(show).collect();
            let day = segment.period.from().seconds() / 86_400;
            format!("{day}: {}", items.join(" "))
        })
        .collect()
}

#[test]
fn an_undated_edit_starts_with_its_version() {
    let first = version(None, &[term("a", 1, None, None), term("b", 1, None, None)]);
    let second = version(
        Some(60),
        &[term("b", 2, None, None), term("c", 1, None, None)],
    );
    assert_eq!(
        shown(&[first, second], days(0, 90)),
        ["0: a1 b1", "60: b2 c1"]
    );
}

#[test]
fn an_explicit_start_reaches_back_and_takes_the_place_of_its_namesake() {
    let first = version(None, &[term("a", 1, None, None), term("b", 1, None, None)]);
    let second = version(
        Some(60),
        &[term("a", 2, Some(40), None), term("b", 1, None, None)],
    );
    let versions = [first, second];
    assert_eq!(shown(&versions, days(0, 90)), ["0: a1 b1", "40: a2 b1"]);
}

#[test]
fn of_what_at_most_one_holds_the_last_one_stated_does() {
    let first = version(
        None,
        &[term("sole-a", 1, Some(0), None), term("b", 1, None, None)],
    );
    let second = version(
        Some(60),
        &[term("sole-c", 1, Some(0), None), term("b", 1, None, None)],
    );
    let undone = version(
        Some(90),
        &[term("sole-a", 1, Some(0), None), term("b", 1, None, None)],
    );
    let versions = [first, second, undone];
    assert_eq!(shown(&versions[..2], days(0, 100)), ["0: sole-c1 b1"]);
    assert_eq!(shown(&versions, days(0, 100)), ["0: sole-a1 b1"]);
}

#[test]
fn a_new_item_goes_where_its_version_has_it_ahead_of_what_was_dropped() {
    let first = version(
        None,
        &[
            term("first", 1, None, None),
            term("dropped", 1, None, None),
            term("last", 1, None, None),
        ],
    );
    let second = version(
        Some(60),
        &[
            term("first", 1, None, None),
            term("new", 1, Some(40), Some(50)),
            term("last", 1, None, None),
        ],
    );
    assert_eq!(
        shown(&[first, second], days(30, 70)),
        [
            "30: first1 dropped1 last1",
            "40: first1 new1 dropped1 last1",
            "50: first1 dropped1 last1",
            "60: first1 last1",
        ]
    );
}

#[test]
fn a_written_end_reaches_back() {
    let first = version(None, &[term("a", 1, None, None)]);
    let ended = version(Some(60), &[term("a", 1, None, Some(40))]);
    assert_eq!(
        shown(&[first.clone(), ended.clone()], days(30, 70)),
        ["30: a1", "40: "]
    );
    let restated = version(Some(60), &[term("a", 1, Some(0), Some(40))]);
    assert_eq!(
        shown(&[first.clone(), restated], days(30, 70)),
        ["30: a1", "40: "]
    );
    // What else is said of it in that edit has no date: before its end it is as it was.
    let another = version(Some(60), &[term("a", 2, None, Some(40))]);
    assert_eq!(
        shown(&[first.clone(), another], days(30, 70)),
        ["30: a1", "40: "]
    );
    // Neither has one that takes an end away.
    let endless = version(Some(90), &[term("a", 1, None, None)]);
    let moved = version(Some(90), &[term("a", 1, None, Some(110))]);
    assert_eq!(
        shown(&[first.clone(), ended.clone(), moved], days(30, 120)),
        ["30: a1", "40: ", "90: a1", "110: "]
    );
    assert_eq!(
        shown(&[first, ended, endless], days(30, 100)),
        ["30: a1", "40: ", "90: a1"]
    );
}

#[test]
fn leaving_out_an_item_that_reached_back_is_an_edit_without_a_date() {
    let first = version(None, &[term("a", 1, None, None)]);
    let reached = version(Some(60), &[term("a", 2, Some(40), None)]);
    let dropped = version(Some(90), &[]);
    let versions = [first, reached, dropped];
    assert_eq!(
        shown(&versions, days(30, 100)),
        ["30: a1", "40: a2", "90: "]
    );
}

#[test]
fn a_version_replaced_within_its_open_period_never_was() {
    let first = version(None, &[term("a", 1, None, None)]);
    let mistaken = version(Some(60), &[term("a", 2, Some(40), None)]);
    let mended = version(Some(60), &[term("a", 1, None, None)]);
    assert_eq!(shown(&[first, mistaken, mended], days(30, 90)), ["30: a1"]);
}

#[test]
fn the_last_statement_of_a_start_counts() {
    let first = version(None, &[term("a", 1, None, None)]);
    let early = version(Some(60), &[term("a", 2, Some(40), None)]);
    let later = version(Some(90), &[term("a", 2, Some(50), None)]);
    assert_eq!(
        shown(&[first, early, later], days(30, 100)),
        ["30: a1", "50: a2"]
    );
}

#[test]
fn dates_are_local_days_and_each_bad_one_is_told() {
    let zone = TimeZone::get("Europe/Stockholm").unwrap();
    let date = |text: &str| Some(WrittenDate(text.to_owned()));
    let mut problems = Vec::new();
    let march = resolve_validity(
        date("2026-03-01").as_ref(),
        None,
        &zone,
        &["rule", "1"],
        &mut problems,
    );
    assert_eq!(march.from.unwrap().to_string(), "2026-02-28T23:00:00Z");
    for (from, to) in [
        ("2026-02-30", "2026-3-1"),
        ("2026-03-01T00:00:00", "2026-03-01"),
        ("2026-03-01", "2026-03-01"),
    ] {
        resolve_validity(
            date(from).as_ref(),
            date(to).as_ref(),
            &zone,
            &["rule", "1"],
            &mut problems,
        );
    }
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "rule.1.from: `2026-02-30` is no date; expected one such as 2026-03-01",
            "rule.1.to: `2026-3-1` is no date; expected one such as 2026-03-01",
            "rule.1.from: `2026-03-01T00:00:00` is no date; expected one such as 2026-03-01",
            "rule.1.to: `to` is not after `from`: it would never hold \
             (hint: `to` is the first day on which it holds no more)",
        ]
    );
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Terms with names of their own in any order; `dated`: some carry an explicit start.
fn terms(dated: bool) -> impl Strategy<Value = Vec<Term>> {
    let bounds = (0..120_i64, 1..60_i64, any::<bool>(), any::<bool>());
    let names = prop::sample::subsequence(NAMES.to_vec(), 0..=NAMES.len()).prop_shuffle();
    (names, prop::collection::vec((0..3_u8, bounds), NAMES.len())).prop_map(
        move |(names, contents)| {
            let pairs = names.into_iter().zip(contents);
            pairs
                .map(|(name, (value, (from, length, starts, ends)))| {
                    let starts = (dated && starts).then_some(from);
                    term(
                        name,
                        value,
                        starts,
                        (dated && ends).then_some(from + length),
                    )
                })
                .collect()
        },
    )
}

fn versions(dated: bool) -> impl Strategy<Value = Vec<ConfigVersion<Vec<Term>>>> {
    prop::collection::vec((terms(dated), 1..30_i64), 1..5).prop_map(|edits| {
        let mut start = 0;
        let mut versions = Vec::new();
        for (terms, gap) in edits {
            let from = (!versions.is_empty()).then_some(start);
            versions.push(version(from, &terms));
            start += gap;
        }
        versions
    })
}

proptest! {
    #[test]
    fn segments_tile_the_period(versions in versions(true), from in 0..100_i64, length in 1..60_i64) {
        let period = days(from, from + length);
        let tiles = segments(&versions, period);
        prop_assert_eq!(tiles.first().unwrap().period.from(), period.from());
        prop_assert_eq!(tiles.last().unwrap().period.to(), period.to());
        for pair in tiles.windows(2) {
            prop_assert_eq!(pair[0].period.to(), pair[1].period.from());
            prop_assert_ne!(&pair[0].items, &pair[1].items);
        }
        prop_assert_eq!(tiles, segments(&versions, period));
    }

    #[test]
    fn without_a_date_no_edit_touches_an_earlier_reign(versions in versions(false), more in terms(false)) {
        let last = versions.last().unwrap().effective_from.map_or(0, |from| from.seconds() / 86_400);
        let closed = days(-10, last + 10);
        let mut edited = versions.clone();
        edited.push(version(Some(last + 10), &more));
        prop_assert_eq!(segments(&versions, closed), segments(&edited, closed));
    }

    /// Also where dated items stand in the configuration: kept, moved or left out, they state nothing new.
    #[test]
    fn an_undated_edit_beside_dated_items_touches_nothing_closed(
        versions in versions(true),
        kept in prop::collection::vec(any::<bool>(), NAMES.len()),
        value in 5..9_u8,
    ) {
        let latest = versions.last().unwrap();
        let last = latest.effective_from.map_or(0, |from| from.seconds() / 86_400);
        let mut terms: Vec<Term> = latest.terms.iter().zip(kept).filter(|(_, kept)| *kept).map(|(term, _)| term.clone()).collect();
        terms.reverse();
        for term in terms.iter_mut().filter(|term| term.validity.from.is_none()) {
            term.value = value;
        }
        terms.insert(0, term("new", value, None, None));
        let closed = days(-10, last + 10);
        let mut edited = versions.clone();
        edited.push(version(Some(last + 10), &terms));
        prop_assert_eq!(segments(&versions, closed), segments(&edited, closed));
    }

    #[test]
    fn a_stated_start_holds_from_then_on(versions in versions(true), probe in -5..150_i64) {
        let latest = versions.last().unwrap();
        let before: &[Term] = versions.len().checked_sub(2).map_or(&[], |index| &versions[index].terms);
        let held = segments(&versions, days(probe, probe + 1)).remove(0).items;
        for term in latest.terms.iter().filter(|term| term.validity.from.is_some() && !before.contains(term)) {
            let times = held.iter().filter(|item| item.name == term.name).count();
            if term.validity.contains(at(probe)) {
                prop_assert!(held.contains(&term) && times == 1);
            } else if term.validity.to.is_some_and(|to| to <= at(probe)) {
                prop_assert_eq!(times, 0);
            }
        }
    }
}

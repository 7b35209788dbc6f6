//! Schedules on the days on which zones skip or repeat time: by table, and against a walk over every minute.

use std::collections::BTreeSet;

use counterfoil_model::time::{Instant, TimeZone};
use proptest::prelude::*;

use super::{Schedule, ScheduleError};

fn schedule(expression: &str, zone: &str) -> Schedule {
    Schedule::parse(expression, TimeZone::get(zone).unwrap()).unwrap()
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// The local times, with their offsets, at which it fires from one instant to another.
fn fired(expression: &str, zone: &str, from: &str, to: &str) -> Vec<String> {
    let schedule = schedule(expression, zone);
    let before = Instant::from_seconds(at(from).seconds() - 1).unwrap();
    let times = std::iter::successors(schedule.next_after(before), |&last| {
        schedule.next_after(last)
    });
    times
        .take_while(|&time| time < at(to))
        .map(|time| {
            let local = time.timestamp().to_zoned(schedule.zone().clone());
            local.strftime("%d %H:%M:%S %:z").to_string()
        })
        .collect()
}

#[test]
fn a_local_time_that_is_skipped_fires_when_the_gap_ends() {
    let (from, to) = ("2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z");
    assert_eq!(
        fired("0 30 2 * * *", "Europe/Stockholm", from, to),
        [
            "28 02:30:00 +01:00",
            "29 03:00:00 +02:00",
            "30 02:30:00 +02:00"
        ]
    );
    let (from, to) = ("2026-03-07T12:00:00Z", "2026-03-09T12:00:00Z");
    assert_eq!(
        fired("0 30 2 * * *", "America/New_York", from, to),
        ["08 03:00:00 -04:00", "09 02:30:00 -04:00"]
    );
    // Half an hour is skipped, from 02:00 to 02:30.
    let (from, to) = ("2026-10-03T00:00:00Z", "2026-10-04T20:00:00Z");
    assert_eq!(
        fired("0 15 2 * * *", "Australia/Lord_Howe", from, to),
        ["04 02:30:00 +11:00", "05 02:15:00 +11:00"]
    );
    // Midnight itself is skipped, and once a whole day was.
    let (from, to) = ("2026-04-23T12:00:00Z", "2026-04-24T12:00:00Z");
    assert_eq!(
        fired("0 0 0 * * *", "Africa/Cairo", from, to),
        ["24 01:00:00 +03:00"]
    );
    let (from, to) = ("2011-12-28T20:00:00Z", "2012-01-02T00:00:00Z");
    assert_eq!(
        fired("0 0 6 30 * *", "Pacific/Apia", from, to),
        ["31 00:00:00 +14:00"]
    );
}

#[test]
fn a_local_time_that_is_repeated_fires_the_first_time() {
    let (from, to) = ("2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z");
    assert_eq!(
        fired("0 30 2 * * *", "Europe/Stockholm", from, to),
        ["25 02:30:00 +02:00", "26 02:30:00 +01:00"]
    );
    let (from, to) = ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z");
    assert_eq!(
        fired("0 30 1 * * *", "America/New_York", from, to),
        ["01 01:30:00 -04:00"]
    );
    let (from, to) = ("2026-04-04T00:00:00Z", "2026-04-05T12:00:00Z");
    assert_eq!(
        fired("0 45 1 * * *", "Australia/Lord_Howe", from, to),
        ["05 01:45:00 +11:00"]
    );
}

#[test]
fn local_times_that_one_gap_skips_fire_together_once() {
    let (from, to) = ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
    let zone = "Europe/Stockholm";
    assert_eq!(
        fired("0 0/15 2 * * *", zone, from, to),
        ["29 03:00:00 +02:00"]
    );
    // 02:00 and 03:00 are the same instant on that day.
    assert_eq!(fired("0 0 0-23 * * *", zone, from, to).len(), 23);
    assert_eq!(
        fired("0 0 1-4 * * *", zone, from, to),
        [
            "29 01:00:00 +01:00",
            "29 03:00:00 +02:00",
            "29 04:00:00 +02:00"
        ]
    );
}

#[test]
fn a_wildcard_hour_fires_each_real_hour() {
    let zone = "Europe/Stockholm";
    let of_day = |expression: &str, from: &str, to: &str| fired(expression, zone, from, to);
    let spring = ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
    let autumn = ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
    let plain = ("2026-05-04T22:00:00Z", "2026-05-05T22:00:00Z");
    assert_eq!(of_day("0 0 * * * *", spring.0, spring.1).len(), 23);
    assert_eq!(of_day("0 0 * * * *", plain.0, plain.1).len(), 24);
    assert_eq!(of_day("0 0 * * * *", autumn.0, autumn.1).len(), 25);
    assert_eq!(
        of_day("0 30 */2 * * *", autumn.0, autumn.1)[..3],
        [
            "25 00:30:00 +02:00",
            "25 02:30:00 +02:00",
            "25 02:30:00 +01:00"
        ]
    );
    // The half hour from 01:30 comes twice there.
    let (from, to) = ("2026-04-04T14:15:00Z", "2026-04-04T16:00:00Z");
    assert_eq!(
        fired("0 */15 * * * *", "Australia/Lord_Howe", from, to),
        [
            "05 01:15:00 +11:00",
            "05 01:30:00 +11:00",
            "05 01:45:00 +11:00",
            "05 01:30:00 +10:30",
            "05 01:45:00 +10:30",
            "05 02:00:00 +10:30",
            "05 02:15:00 +10:30"
        ]
    );
}

#[test]
fn weekdays_are_names_and_a_week_has_no_end() {
    let (from, to) = ("2026-05-04T00:00:00Z", "2026-05-11T00:00:00Z");
    let days = |expression: &str| -> Vec<String> {
        let fired = fired(expression, "UTC", from, to);
        fired.iter().map(|time| time[..2].to_owned()).collect()
    };
    // 4 May 2026 is a Monday.
    assert_eq!(days("0 0 6 * * MON"), ["04"]);
    assert_eq!(days("0 0 6 * * sunday"), ["10"]);
    assert_eq!(days("0 0 6 ? * fri-MON"), ["04", "08", "09", "10"]);
    assert_eq!(days("0 0 6 * * MON-FRI/2"), ["04", "06", "08"]);
    // Both day fields have to match.
    assert_eq!(days("0 0 6 6-9 MAY SAT,THU"), ["07", "09"]);
    assert_eq!(days("@weekly"), ["10"]);
    assert_eq!(days("@daily").len(), 7);
}

#[test]
fn what_is_wrong_is_said_with_the_next_step() {
    let refused = |expression: &str| {
        let error = Schedule::parse(expression, TimeZone::UTC).unwrap_err();
        format!("{error}; {}", error.hint().unwrap_or_default())
    };
    let told = [
        (
            "0 6 1 * *",
            "`0 6 1 * *` has 5 fields, and a schedule has six: second minute hour day month weekday; the first field is the second: \"0 0 6 1 * *\"",
        ),
        ("hourly", "`hourly` has 1 field, and"),
        (
            "@noon",
            "there are: @hourly, @daily, @weekly, @monthly, @yearly",
        ),
        ("0 0 6 * * 1", "weekday `1` is a number"),
        ("0 0 6 * * 1-5", "write the name: SUN, MON"),
        ("0 0 6 * * */2", "weekday `*/2` is none of SUN, MON"),
        ("0 61 6 * * *", "minute `61` is none of 0 to 59"),
        ("0 0 24 * * *", "hour `24` is none of 0 to 23"),
        ("0 0 6 L * *", "the first of the next one it can"),
        ("0 0 6 0 * *", "day `0` is none of 1 to 31"),
        (
            "0 0 6 1 Foo *",
            "month `Foo` is none of 1 to 12, or JAN to DEC",
        ),
        (
            "0 0 18-6 * * *",
            "hour `18-6` goes backwards; write 18-23,0-6",
        ),
        ("0 0 6 1 1 * 2030-2027", "write 2027-2030"),
        (
            "0 */90 * * * *",
            "the step of minute `*/90` is no number from 1 to 59",
        ),
        ("0 */0 * * * *", "the step of minute `*/0`"),
        ("0 0 6, * * *", "hour `` is none of"),
        ("0 0 -6 * * *", "hour `` is none of"),
        ("0 0 6 31 FEB *", "`0 0 6 31 FEB *` never comes"),
        ("0 0 6 31 4,6,9,11 *", "a day that every month has"),
        ("0 0 6 29 2 * 2027", "never comes"),
    ];
    for (expression, words) in told {
        let said = refused(expression);
        assert!(said.contains(words), "{expression}: {said}");
    }
    assert!(matches!(
        Schedule::parse("0 0 6 * * 0", TimeZone::UTC),
        Err(ScheduleError::WeekdayNumber { .. })
    ));
}

#[test]
fn years_end() {
    let schedule = schedule("0 0 6 29 2 * 2028", "UTC");
    let times = schedule.next_times(at("2026-01-01T00:00:00Z"), 5);
    assert_eq!(times, [at("2028-02-29T06:00:00Z")]);
    assert_eq!(schedule.next_after(times[0]), None);
}

/// A zone, and a day around which it changes its clocks.
const TRANSITIONS: [(&str, &str); 10] = [
    ("Europe/Stockholm", "2026-03-29"),
    ("Europe/Stockholm", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Africa/Cairo", "2026-04-24"),
    ("Africa/Cairo", "2026-10-30"),
    ("Pacific/Apia", "2011-12-30"),
    ("UTC", "2026-06-30"),
];

/// What may stand in a field, by value.
#[derive(Debug, Clone)]
struct Field(Option<BTreeSet<i8>>);

impl Field {
    fn matches(&self, value: i8) -> bool {
        self.0.as_ref().is_none_or(|set| set.contains(&value))
    }

    fn text(&self, name: impl Fn(i8) -> String) -> String {
        match &self.0 {
            None => "*".to_owned(),
            Some(set) => set
                .iter()
                .map(|&value| name(value))
                .collect::<Vec<_>>()
                .join(","),
        }
    }
}

fn field(from: i8, to: i8, most: usize) -> impl Strategy<Value = Field> {
    prop_oneof![
        2 => Just(Field(None)),
        3 => prop::collection::btree_set(from..=to, 1..most).prop_map(|set| Field(Some(set))),
    ]
}

const WEEKDAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

/// Walks every minute of eight days. A local time is reached at the first minute that shows it or a later one.
fn walk(
    zone: &TimeZone,
    from: Instant,
    is_wildcard: bool,
    matches: impl Fn(jiff::civil::DateTime) -> bool,
) -> Vec<Instant> {
    use jiff::ToSpan;
    let local = |instant: Instant| zone.to_datetime(instant.timestamp());
    let mut reached = local(from);
    let mut fired = Vec::new();
    for minute in 1..=8 * 1440 {
        let instant = Instant::from_seconds(from.seconds() + minute * 60).unwrap();
        let shown = local(instant);
        let mut is_due = is_wildcard && matches(shown);
        while reached < shown {
            reached = reached.checked_add(1.minute()).unwrap();
            is_due |= !is_wildcard && matches(reached);
        }
        if is_due {
            fired.push(instant);
        }
    }
    fired
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn it_fires_as_a_walk_over_every_minute_says(
        transition in 0..TRANSITIONS.len(),
        minute in field(0, 59, 4),
        hour in field(0, 23, 5),
        hour_step in prop::option::of(2i8..12),
        day in field(1, 31, 9),
        weekday in field(1, 7, 4),
    ) {
        let (zone, date) = TRANSITIONS[transition];
        let zone = TimeZone::get(zone).unwrap();
        let days: i64 = 4 * 86_400;
        let middle = Instant::start_of_day(date.parse().unwrap(), &zone).unwrap();
        let from = Instant::from_seconds(middle.seconds() - days).unwrap();
        let is_wildcard = hour.0.is_none();
        let (hour_text, step) = match (is_wildcard, hour_step) {
            (true, Some(step)) => (format!("*/{step}"), step),
            (true, None) | (false, _) => (hour.text(|value| value.to_string()), 1),
        };
        let text = format!(
            "0 {} {hour_text} {} * {}",
            minute.text(|value| value.to_string()),
            day.text(|value| value.to_string()),
            weekday.text(|value| WEEKDAYS[usize::try_from(value).unwrap() - 1].to_owned()),
        );
        let expected = walk(&zone, from, is_wildcard, |civil| {
            minute.matches(civil.minute())
                && hour.matches(civil.hour())
                && civil.hour() % step == 0
                && day.matches(civil.day())
                && weekday.matches(civil.weekday().to_monday_one_offset())
        });
        let schedule = Schedule::parse(&text, zone).unwrap();
        let end = Instant::from_seconds(from.seconds() + 2 * days).unwrap();
        let fired: Vec<Instant> =
            std::iter::successors(schedule.next_after(from), |&last| schedule.next_after(last))
                .take_while(|&time| time <= end)
                .collect();
        prop_assert_eq!(fired, expected, "{}", text);
    }
}

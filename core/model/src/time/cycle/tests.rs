//! Cycles: bounds that do not drift, names, and that periods tile the time line in every zone.

use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::time::{BillingPeriod, BillingPeriodError, Period};

fn anchored(length: CycleLength, anchor: Date) -> Cycle {
    Cycle {
        length,
        anchor: Some(anchor),
    }
}

fn bounds(cycle: Cycle, first: Date, count: usize) -> Vec<String> {
    let mut day = first;
    let mut bounds = Vec::new();
    for _ in 0..count {
        let period = cycle.containing(day);
        bounds.push(period.first_day.to_string());
        day = period.next_day;
    }
    bounds
}

#[test]
fn rule_r5_months_are_counted_from_their_anchor() {
    let from = |anchor: Date| bounds(anchored(CycleLength::Month, anchor), anchor, 5);
    assert_eq!(
        from(date(2026, 1, 31)),
        [
            "2026-01-31",
            "2026-02-28",
            "2026-03-31",
            "2026-04-30",
            "2026-05-31"
        ]
    );
    assert_eq!(
        from(date(2027, 12, 29)),
        [
            "2027-12-29",
            "2028-01-29",
            "2028-02-29",
            "2028-03-29",
            "2028-04-29"
        ]
    );
    assert_eq!(
        bounds(
            anchored(CycleLength::Quarter, date(2025, 11, 30)),
            date(2025, 11, 30),
            4
        ),
        ["2025-11-30", "2026-02-28", "2026-05-30", "2026-08-30"]
    );
}

#[test]
fn rule_r6_a_year_from_a_leap_day_begins_on_28_february_in_others() {
    let cycle = anchored(CycleLength::Year, date(2024, 2, 29));
    assert_eq!(
        bounds(cycle, date(2024, 2, 29), 5),
        [
            "2024-02-29",
            "2025-02-28",
            "2026-02-28",
            "2027-02-28",
            "2028-02-29"
        ]
    );
    assert_eq!(
        cycle.containing(date(2028, 2, 28)).first_day,
        date(2027, 2, 28)
    );
}

#[test]
fn periods_before_their_anchor_are_there_too() {
    let cycle = anchored(CycleLength::Month, date(2026, 1, 31));
    assert_eq!(
        cycle.containing(date(2025, 11, 30)).first_day,
        date(2025, 11, 30)
    );
    assert_eq!(
        cycle.containing(date(2025, 11, 29)).first_day,
        date(2025, 10, 31)
    );
    let tens = anchored(CycleLength::Days(10), date(2026, 3, 1));
    assert_eq!(
        tens.containing(date(2026, 2, 28)).first_day,
        date(2026, 2, 19)
    );
}

#[test]
fn periods_of_the_calendar_have_its_names() {
    let id = |cycle: Cycle, day: Date| cycle.id(cycle.containing(day));
    let day = date(2026, 3, 15);
    let names = [
        (Cycle::of(CycleLength::Week), "2026-W11"),
        (Cycle::of(CycleLength::Month), "2026-03"),
        (Cycle::of(CycleLength::Quarter), "2026-Q1"),
        (Cycle::of(CycleLength::Year), "2026"),
        (
            anchored(CycleLength::Month, date(2026, 1, 31)),
            "2026-02-28/2026-03-31",
        ),
        (anchored(CycleLength::Month, date(2020, 5, 1)), "2026-03"),
        (
            anchored(CycleLength::Days(10), date(2026, 3, 1)),
            "2026-03-11/2026-03-21",
        ),
        (
            anchored(CycleLength::Year, date(2025, 4, 1)),
            "2025-04-01/2026-04-01",
        ),
    ];
    for (cycle, name) in names {
        assert_eq!(id(cycle, day), name);
    }
    // The week of ISO 8601 belongs to the year that holds its Thursday.
    assert_eq!(
        id(Cycle::of(CycleLength::Week), date(2027, 1, 2)),
        "2026-W53"
    );
}

#[test]
fn lengths_are_read_as_they_are_shown() {
    for text in ["week", "month", "quarter", "year", "10 days", "1 day"] {
        assert_eq!(text.parse::<CycleLength>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "months",
        "0 days",
        "-3 days",
        "days",
        "ten days",
        "4000 days",
        "1.5 days",
    ] {
        assert!(text.parse::<CycleLength>().is_err(), "{text}");
    }
}

/// Samoa went over the date line: there was no 30 December 2011.
#[test]
fn a_day_that_a_zone_skips_has_no_period() {
    let zone = TimeZone::get("Pacific/Apia").unwrap();
    let days = anchored(CycleLength::Days(1), date(2011, 12, 29));
    let skipped = BillingPeriod::of(days, date(2011, 12, 30), zone.clone());
    assert!(matches!(skipped, Err(BillingPeriodError::Empty { .. })));
    let december = BillingPeriod::parse("2011-12", zone).unwrap();
    assert_eq!(december.period().seconds(), 30 * 24 * 3600);
    assert_eq!(december.days().unwrap().len(), 30);
}

fn lengths() -> impl Strategy<Value = CycleLength> {
    prop_oneof![
        Just(CycleLength::Week),
        Just(CycleLength::Month),
        Just(CycleLength::Quarter),
        Just(CycleLength::Year),
        (1..100_u16).prop_map(CycleLength::Days),
    ]
}

fn days() -> impl Strategy<Value = Date> {
    (1995..2035_i16, 1..=12_i8, 1..=31_i8)
        .prop_filter_map("a day of the calendar", |(y, m, d)| Date::new(y, m, d).ok())
}

proptest! {
    /// Rule R1: periods follow one another without a gap, whatever the zone does to its clocks.
    #[test]
    fn periods_tile_the_time_line(
        length in lengths(), anchor in proptest::option::of(days()), first in days(),
        zone in prop::sample::select(vec![
            "UTC", "Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia",
            "America/Sao_Paulo",
        ]),
    ) {
        let cycle = Cycle { length, anchor };
        let zone = TimeZone::get(zone).unwrap();
        let mut before: Option<Period> = None;
        let mut day = first;
        for _ in 0..30 {
            let civil = cycle.containing(day);
            prop_assert!(civil.first_day <= day && day < civil.next_day);
            prop_assert_eq!(cycle.containing(civil.next_day).first_day, civil.next_day);
            match BillingPeriod::of(cycle, day, zone.clone()) {
                Ok(period) => {
                    if let Some(before) = before {
                        prop_assert_eq!(before.to(), period.period().from());
                    }
                    before = Some(period.period());
                }
                Err(BillingPeriodError::Empty { .. }) => {}
                Err(error) => panic!("{error}"),
            }
            day = civil.next_day;
        }
    }

    /// Anchors of one phase are one anchor, and periods stay as they are.
    #[test]
    fn a_normalized_cycle_has_the_same_periods(length in lengths(), anchor in days(), other in 0..40_i64, first in days()) {
        let cycle = anchored(length, anchor);
        let mut day = first;
        for _ in 0..30 {
            let period = cycle.containing(day);
            prop_assert_eq!(cycle.normalized().containing(day), period);
            day = period.next_day;
        }
        // A month that is too short for the anchor's day has another phase.
        let later = match length.months() {
            Some(months) => anchor.saturating_add((other * months).months()),
            None => anchor.saturating_add((other * cycle.days()).days()),
        };
        if length.months().is_none() || later.day() == anchor.day() {
            prop_assert_eq!(anchored(length, later).normalized(), cycle.normalized());
        }
    }

    /// Whoever asks for a period by its name gets that period.
    #[test]
    fn names_are_read_back(length in lengths(), anchor in proptest::option::of(days()), day in days()) {
        let period = BillingPeriod::of(Cycle { length, anchor }, day, TimeZone::UTC).unwrap();
        let read = BillingPeriod::parse_any(&period.id(), TimeZone::UTC).unwrap();
        prop_assert_eq!(read.period(), period.period());
        prop_assert_eq!(read.id(), period.id());
    }
}

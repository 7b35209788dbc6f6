//! Months of thirty days from any anchor: each day's weight counted another way than weighing does it.

use super::super::weights::Weights;
use super::*;
use crate::price::Proration;
use crate::time::{Cycle, CycleLength};

const DAYS: i64 = 30;

/// A month of the calendar is cut where the anchor's day begins. Both parts have as many days as they have in a month of thirty:
/// one each, none for those that are too many, and for the last one those that are missing.
fn weights_of_days(month: Date, anchor: i8) -> Vec<i64> {
    let last = month.last_of_month().day();
    let begins = anchor.min(last);
    let whole = i64::from(anchor).min(DAYS) - 1;
    let part = |days: i8, whole: i64| {
        let mut left = whole;
        let mut weights: Vec<i64> = Vec::new();
        for _ in 0..days {
            let one = left.min(1);
            weights.push(one);
            left -= one;
        }
        if let Some(day) = weights.last_mut() {
            *day += left;
        }
        weights
    };
    let before = part(begins - 1, whole);
    [before, part(last - begins + 1, DAYS - whole)].concat()
}

#[test]
fn from_any_anchor_each_month_has_thirty_days() {
    let days = |first: &str, next: &str| {
        let (mut day, next): (Date, Date) = (first.parse().unwrap(), next.parse().unwrap());
        std::iter::from_fn(move || {
            let this = day;
            day = day.tomorrow().unwrap();
            (this < next).then_some(this)
        })
    };
    for anchor in 1..=31_i8 {
        for (length, months) in [
            (CycleLength::Month, 1),
            (CycleLength::Quarter, 3),
            (CycleLength::Year, 12),
        ] {
            let cycle = Cycle {
                length,
                anchor: Some(Date::new(2024, 1, anchor).unwrap()),
            };
            for day in days("2026-01-01", "2026-03-15").chain(days("2028-01-01", "2028-03-15")) {
                let period = BillingPeriod::of(cycle, day, TimeZone::UTC).unwrap();
                let weights = Weights::new(Proration::Strict30360, &period);
                let full = weights.total();
                assert_eq!(full % (months * 30), 0);
                let whole = Period::new(
                    Instant::start_of_day(day, &TimeZone::UTC).unwrap(),
                    Instant::start_of_day(day.tomorrow().unwrap(), &TimeZone::UTC).unwrap(),
                );
                let weighed = weights.units(whole.unwrap()) * months * 30 / full;
                let counted = weights_of_days(day.first_of_month(), anchor);
                let counted = counted[usize::try_from(day.day() - 1).unwrap()];
                assert_eq!(
                    weighed,
                    i128::from(counted),
                    "{day} from {anchor}, {length}"
                );
            }
        }
    }
}

//! The months of the company, counted from its first one.

use jiff::ToSpan;
use jiff::civil::{Date, date};

/// The first of a month.
pub(crate) fn first(step: usize) -> Date {
    let months = i64::try_from(step).expect("a few months");
    date(2024, 5, 1) + months.months()
}

pub(crate) fn last(step: usize) -> Date {
    first(step).last_of_month()
}

/// Such as `2024-05`.
pub(crate) fn name(step: usize) -> String {
    first(step).strftime("%Y-%m").to_string()
}

/// The Sunday of this month on which clocks change in Europe.
pub(crate) fn change_of_clocks(step: usize) -> Option<Date> {
    let last = last(step);
    let is_change = matches!(last.month(), 3 | 10);
    is_change.then(|| {
        let back = i64::from(last.weekday().to_sunday_zero_offset());
        last - back.days()
    })
}

/// When a month is billed: on the morning of the second of the next one.
pub(crate) fn billed_at(step: usize) -> String {
    format!("{}T06:00:00Z", first(step + 1) + 1.day())
}

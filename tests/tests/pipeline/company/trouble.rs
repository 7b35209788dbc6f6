//! What goes wrong in which month.

use jiff::civil::Date;

use super::calendar;
use crate::oracle::random::Random;

/// What happens to the listing in the middle of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    None,
    /// It cannot be read at first.
    Unreadable,
    /// It comes so many months after the others, when its month is billed.
    Late(usize),
    /// It lacks a third of its rows, which is seen and dismissed.
    Thin {
        mended: bool,
    },
}

/// An older export is put right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edit {
    /// The month in which that is done.
    pub(crate) step: usize,
    pub(crate) day: Date,
    pub(crate) thing: usize,
    /// How many more there were.
    pub(crate) more: i64,
    /// So many months before.
    pub(crate) back: usize,
}

pub(crate) fn of_months(random: &mut Random, months: usize) -> Vec<Trouble> {
    let mut all = Vec::new();
    while all.len() < months {
        let mut some = [
            Trouble::None,
            Trouble::Unreadable,
            Trouble::Late(1),
            Trouble::Late(2),
            Trouble::Thin { mended: false },
            Trouble::Thin { mended: true },
        ];
        for place in (1..some.len()).rev() {
            some.swap(place, random.below(place + 1));
        }
        all.extend(some);
    }
    all.truncate(months);
    all
}

/// When the listing in the middle of a month is made.
pub(crate) fn middle(random: &mut Random, step: usize) -> Date {
    let some_day = i8::try_from(random.within(9, 22)).expect("a day");
    let first = calendar::first(step);
    let some_day = first.with().day(some_day).build().expect("a day of it");
    calendar::change_of_clocks(step).unwrap_or(some_day)
}

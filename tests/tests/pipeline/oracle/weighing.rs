//! How much of a month a step weighs under each proration, in whole units.

use super::calendar::{Month, STEP};
use super::exact::{Exact, fraction, whole};

#[derive(Debug)]
pub(crate) struct Weighing {
    proration: &'static str,
    /// Of each step.
    units: Vec<i128>,
    /// What an amount is for.
    full: i128,
}

impl Weighing {
    pub(crate) fn new(proration: &'static str, month: &Month) -> Self {
        let of_days = |weight: &dyn Fn(usize) -> i128| {
            // A step of a day of 23 hours weighs more than one of a day of 25.
            let product = month.days.iter().map(|day| day.steps).fold(1, least_common);
            let units = month
                .day_of
                .iter()
                .map(|day| weight(*day) * product / month.days[*day].steps);
            (units.collect::<Vec<_>>(), product)
        };
        let (units, full) = match proration {
            "actual-day" => {
                let (units, day) = of_days(&|_| 1);
                let all = day * month.days.len() as i128;
                (units, all)
            }
            "actual-360" => {
                let (units, day) = of_days(&|_| 1);
                (units, 30 * day)
            }
            "strict-30-360" => {
                let (units, _) = of_days(&|day| thirtieths(month, day));
                let all = units.iter().sum();
                (units, all)
            }
            "hour" => (vec![STEP.into(); month.steps()], 3_600),
            "hour-730" => (vec![STEP.into(); month.steps()], 730 * 3_600),
            _ => (vec![1; month.steps()], month.steps() as i128),
        };
        Self {
            proration,
            units,
            full,
        }
    }

    pub(crate) fn unit(&self, step: usize) -> i128 {
        self.units[step]
    }

    pub(crate) fn full(&self) -> i128 {
        self.full
    }

    /// How much of an amount a stretch of the month has.
    pub(crate) fn of(&self, from: usize, to: usize) -> Exact {
        let own: i128 = self.units[from..to].iter().sum();
        let all: i128 = self.units.iter().sum();
        match self.proration {
            // The whole month has the whole amount.
            "actual-360" => fraction(own, all),
            "hour-730" => fraction(all, self.full).min(whole(1)) * fraction(own, all),
            _ => fraction(own, self.full),
        }
    }

    /// How much of what a month has once a stretch of it has. A price of an hour is no price of a month, and these are.
    pub(crate) fn once(&self, from: usize, to: usize) -> Exact {
        match self.proration {
            "hour" => fraction(to as i128 - from as i128, self.units.len() as i128),
            _ => self.of(from, to),
        }
    }

    /// How much of what a month has once, a free unit say, goes with a whole amount.
    pub(crate) fn once_of(&self) -> Exact {
        match self.proration {
            "hour" => fraction(self.full, self.units.iter().sum()),
            _ => whole(1),
        }
    }

    /// How much of an amount something has that is there in some steps of a stretch.
    pub(crate) fn part(
        &self,
        there: impl Iterator<Item = usize>,
        (from, to): (usize, usize),
    ) -> Exact {
        let all = self.of(from, to);
        if matches!(self.proration, "none" | "full-unit") {
            return all;
        }
        let units: i128 = there.map(|step| self.units[step]).sum();
        if units == self.units[from..to].iter().sum::<i128>() {
            return all;
        }
        fraction(units, self.full).min(all)
    }
}

/// Every month has thirty days.
fn thirtieths(month: &Month, day: usize) -> i128 {
    let date = month.days[day].date;
    let number = i128::from(date.day());
    let is_last = date == date.last_of_month();
    match number {
        31 => 0,
        number if is_last => 30 - number + 1,
        _ => 1,
    }
}

fn least_common(one: i128, other: i128) -> i128 {
    let mut multiple = one;
    while multiple % other != 0 {
        multiple += one;
    }
    multiple
}

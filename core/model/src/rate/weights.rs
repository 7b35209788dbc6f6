//! How much a stretch of time weighs within its billing period, in whole units, so that sums are exact and cheap.

use num_integer::Integer;
use num_traits::One;

use crate::decimal::Rational;
use crate::price::Proration;
use crate::time::{BillingPeriod, CivilPeriod, Date, Instant, Period, days_of};

const HOUR_SECONDS: i128 = 3600;
/// The hours of a month as clouds count it (rule R7).
const MONTH_HOURS: i128 = 730;
const MONTH_DAYS: i128 = 30;

/// Time measured in whole units.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    period: Period,
    /// Stretches that tile the time that is asked for, each with the units before it and those of one of its seconds.
    stretches: Vec<Stretch>,
    /// What amounts are for.
    total: i128,
    /// Of the whole charge period.
    whole: i128,
}

#[derive(Debug, Clone, Copy)]
struct Stretch {
    period: Period,
    units_before: i128,
    units_per_second: i128,
}

impl Weights {
    /// Of a charge period.
    pub(super) fn new(proration: Proration, charge_period: &BillingPeriod) -> Self {
        Self::spanning(proration, charge_period, charge_period)
    }

    /// Of a charge period, also for stretches of another one.
    ///
    /// A unit is a second, or where days count, such a part of a day that a day of 23 hours has as many as one of 25: the
    /// lengths' least common multiple.
    pub(super) fn spanning(
        proration: Proration,
        charge_period: &BillingPeriod,
        other: &BillingPeriod,
    ) -> Self {
        let cycle = charge_period.cycle();
        let of_months = cycle.length.days_of_thirty();
        let anchor = of_months.and(cycle.anchor).map_or(1, Date::day);
        let days = |weight: &dyn Fn(Date) -> i128| days(charge_period, other, weight);
        let (total, days) = match proration {
            Proration::Second | Proration::None | Proration::FullUnit => {
                return Self::of_seconds(charge_period, other, None);
            }
            Proration::Hour => {
                return Self::of_seconds(charge_period, other, Some(HOUR_SECONDS));
            }
            Proration::Hour730 => {
                return Self::of_seconds(charge_period, other, Some(MONTH_HOURS * HOUR_SECONDS));
            }
            Proration::ActualDay => (None, days(&|_| 1)),
            Proration::Actual360 => (Some(of_months.unwrap_or(MONTH_DAYS)), days(&|_| 1)),
            Proration::Strict30360 => (None, days(&|date| days_of_thirty(date, anchor))),
        };
        let lengths = days.iter().map(|(period, _)| i128::from(period.seconds()));
        let day_units = lengths.fold(1, |all, length| all.lcm(&length));
        let mut units_before = 0;
        let mut stretches = Vec::with_capacity(days.len());
        for (period, weight) in days {
            let units = day_units * weight;
            stretches.push(Stretch {
                period,
                units_before,
                units_per_second: units / i128::from(period.seconds()),
            });
            units_before += units;
        }
        let mut weights = Self {
            period: other.period(),
            stretches,
            total: 0,
            whole: 0,
        };
        weights.whole = weights.units(charge_period.period());
        weights.total = total.map_or(weights.whole, |days| days * day_units);
        weights
    }

    fn of_seconds(
        charge_period: &BillingPeriod,
        other: &BillingPeriod,
        total: Option<i128>,
    ) -> Self {
        let period = charge_period.period().hull(other.period());
        let whole = i128::from(charge_period.period().seconds());
        let stretch = Stretch {
            period,
            units_before: 0,
            units_per_second: 1,
        };
        Self {
            period: other.period(),
            stretches: vec![stretch],
            total: total.unwrap_or(whole),
            whole,
        }
    }

    /// What amounts are for: the units of a whole month, or of an hour.
    pub(super) fn total(&self) -> i128 {
        self.total
    }

    /// Of a stretch within the billing period. Stretches that tile another one have its units in sum.
    pub(super) fn units(&self, period: Period) -> i128 {
        self.units_until(period.to()) - self.units_until(period.from())
    }

    /// How much of an amount a charged period has. The whole charge period has all of it, also where its days are not
    /// those that amounts are for.
    pub(super) fn fraction(&self, proration: Proration, period: Period) -> Rational {
        let units = self.units(period);
        match proration {
            Proration::Actual360 => Rational::new(units.into(), self.whole.into()),
            Proration::Hour730 => {
                let all = Rational::new(self.whole.into(), self.total.into());
                all.min(Rational::one()) * Rational::new(units.into(), self.whole.into())
            }
            _ => Rational::new(units.into(), self.total.into()),
        }
    }

    /// How much of what a charge period has once a charged period has: of allowances, tiers, flat amounts and limits. An amount
    /// that is for an hour leaves them what they are.
    pub(super) fn once(&self, proration: Proration, period: Period) -> Rational {
        let fraction = self.fraction(proration, period);
        match proration {
            Proration::Hour => fraction / self.hours(),
            _ => fraction,
        }
    }

    /// Of the whole charge period, as many as amounts are for.
    pub(super) fn hours(&self) -> Rational {
        Rational::new(self.whole.into(), self.total.into())
    }

    /// How much of an amount has what is there for so many units of a charged period.
    pub(super) fn part(&self, proration: Proration, units: i128, charged: Period) -> Rational {
        let whole = self.fraction(proration, charged);
        match proration {
            Proration::None | Proration::FullUnit => whole,
            _ if units == self.units(charged) => whole,
            _ => Rational::new(units.into(), self.total.into()).min(whole),
        }
    }

    /// The time that is asked for.
    pub(super) fn period(&self) -> Period {
        self.period
    }

    fn units_until(&self, instant: Instant) -> i128 {
        let begun = self
            .stretches
            .partition_point(|stretch| stretch.period.from() <= instant);
        let Some(stretch) = begun.checked_sub(1).map(|index| self.stretches[index]) else {
            return 0;
        };
        let inside = instant.min(stretch.period.to()).seconds() - stretch.period.from().seconds();
        stretch.units_before + i128::from(inside) * stretch.units_per_second
    }
}

fn days(
    charge_period: &BillingPeriod,
    other: &BillingPeriod,
    weight: &dyn Fn(Date) -> i128,
) -> Vec<(Period, i128)> {
    let (one, other) = (charge_period.civil(), other.civil());
    let both = CivilPeriod {
        first_day: one.first_day.min(other.first_day),
        next_day: one.next_day.max(other.next_day),
    };
    let days = days_of(both, charge_period.zone());
    let days = days.expect("a period with bounds in the calendar has its days there");
    days.into_iter()
        .map(|(date, period)| (period, weight(date)))
        .collect()
}

/// Every month has thirty days, and so has every one from anchor to anchor: before the day on which one begins stand the same
/// number in each, before the last day of a shorter one too. From a 31st it begins as from a 30th.
fn days_of_thirty(date: Date, anchor: i8) -> i128 {
    let (day, last) = (date.day(), date.last_of_month().day());
    let begins = anchor.min(last);
    let before = |day: i8| {
        if day == begins {
            i128::from(anchor).min(MONTH_DAYS) - 1
        } else if day > last {
            MONTH_DAYS
        } else {
            i128::from(day - 1).min(MONTH_DAYS)
        }
    };
    before(day + 1) - before(day)
}

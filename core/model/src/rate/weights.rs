//! How much a stretch of time weighs within its billing period, in whole units, so that sums are exact and cheap.

use num_integer::Integer;

use crate::decimal::Rational;
use crate::price::Proration;
use crate::time::{BillingPeriod, Instant, Period};

/// Time measured in units of which the billing period has a whole number.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    /// Stretches that tile the billing period, each with the units before it and those of one of its seconds.
    stretches: Vec<Stretch>,
    total: i128,
}

#[derive(Debug, Clone, Copy)]
struct Stretch {
    period: Period,
    units_before: i128,
    units_per_second: i128,
}

impl Weights {
    /// Under `second` a unit is a second. Under `actual-day` a day of 23 hours has as many units as one of 25: their
    /// lengths' least common multiple.
    pub(super) fn new(proration: Proration, billing_period: &BillingPeriod) -> Self {
        let periods: Vec<Period> = match proration {
            Proration::Second => vec![billing_period.period()],
            Proration::ActualDay => {
                let days = billing_period.days();
                let days = days.expect("a period with bounds in the calendar has its days there");
                days.into_iter().map(|(_, period)| period).collect()
            }
        };
        let lengths = periods.iter().map(|period| i128::from(period.seconds()));
        let units_each = match proration {
            Proration::Second => i128::from(billing_period.period().seconds()),
            Proration::ActualDay => lengths.fold(1, |all, length| all.lcm(&length)),
        };
        let mut total = 0;
        let mut stretches = Vec::with_capacity(periods.len());
        for period in periods {
            stretches.push(Stretch {
                period,
                units_before: total,
                units_per_second: units_each / i128::from(period.seconds()),
            });
            total += units_each;
        }
        Self { stretches, total }
    }

    /// Of the whole billing period.
    pub(super) fn total(&self) -> i128 {
        self.total
    }

    /// Of a stretch within the billing period. Stretches that tile another one have its units in sum.
    pub(super) fn units(&self, period: Period) -> i128 {
        self.units_until(period.to()) - self.units_until(period.from())
    }

    /// The part of the billing period that a stretch is.
    pub(super) fn fraction(&self, period: Period) -> Rational {
        Rational::new(self.units(period).into(), self.total.into())
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

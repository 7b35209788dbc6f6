//! How much of a charge is for stretches of time: by quantity and time, as what each resource adds is.

use std::collections::{BTreeSet, HashMap};

use num_traits::{One, Zero};

use super::charged_period::PriceTable;
use super::group::Metered;
use super::weights::Weights;
use crate::agreed::Agreed;
use crate::charge::{Charge, ChargeKey};
use crate::decimal::Rational;
use crate::ids::AccountId;
use crate::time::{BillingPeriod, Period};

/// Of the charges of accounts with commitments, whatever their zone.
pub(super) type Spreads = HashMap<ChargeKey, Spread>;

/// What a charge is made of, over time.
#[derive(Debug)]
pub(super) struct Spread {
    weights: Weights,
    /// Levels, while they lasted.
    levels: Vec<(Period, Rational)>,
}

/// The charges of an account.
pub(super) struct Counted<'a> {
    pub(super) charges: &'a [&'a Charge],
    pub(super) spreads: &'a Spreads,
    pub(super) table: &'a PriceTable<'a>,
}

/// Those that commitments ask for.
pub(super) fn spreads(metered: &Metered<'_>, table: &PriceTable<'_>, agreed: &Agreed) -> Spreads {
    let commitments = agreed.commitments.iter();
    let accounts: BTreeSet<AccountId> = commitments.map(|placed| placed.account).collect();
    let asked = metered.groups.iter();
    let asked = asked.filter(|group| accounts.contains(&group.buyer.account));
    let spreads = asked.map(|group| {
        let levels = group.portions.iter();
        let levels = levels.map(|portion| {
            let level = portion.quantity.to_rational() * portion.share;
            (portion.period, level)
        });
        let spread = Spread {
            weights: table.weights(group.item).clone(),
            levels: levels.collect(),
        };
        (group.key(table), spread)
    });
    spreads.collect()
}

impl Counted<'_> {
    /// Of a charge of the account.
    pub(super) fn part(
        &self,
        charge: &Charge,
        stretches: &[Period],
        billing_period: &BillingPeriod,
    ) -> Rational {
        // What is billed with the billing period counts in it, whatever its own charge period is.
        if charge.key.billing_period != billing_period.id() {
            return if stretches.is_empty() {
                Rational::zero()
            } else {
                Rational::one()
            };
        }
        let whole = charge.key.period;
        let whole = whole.intersect(billing_period.period()).unwrap_or(whole);
        let clipped = stretches.iter().filter_map(|one| one.intersect(whole));
        let clipped: Vec<Period> = clipped.collect();
        let seconds: i64 = clipped.iter().map(|period| period.seconds()).sum();
        if seconds == whole.seconds() {
            return Rational::one();
        }
        self.by_base(charge, stretches, billing_period)
            .or_else(|| self.by_quantity(charge, &clipped))
            .unwrap_or_else(|| Rational::new(seconds.into(), whole.seconds().into()))
    }

    /// A percentage of others is for the time that they are for.
    fn by_base(
        &self,
        charge: &Charge,
        stretches: &[Period],
        billing_period: &BillingPeriod,
    ) -> Option<Rational> {
        let key = &charge.key;
        let of = &self.table.item(self.table.position(&key.item)?).of;
        if of.is_empty() {
            return None;
        }
        let base = self.charges.iter().filter(|one| {
            let is_of = of.contains(&one.key.item) && one.key.item != key.item;
            is_of
                && one.key.agreement == key.agreement
                && one.key.billing_period == key.billing_period
        });
        let (mut all, mut within) = (Rational::zero(), Rational::zero());
        for one in base {
            let Some(shared) = one.key.period.intersect(key.period) else {
                continue;
            };
            let own = self.part(one, &[shared], billing_period) * one.net.to_rational();
            let stretches = stretches
                .iter()
                .filter_map(|stretch| stretch.intersect(shared));
            let stretches: Vec<Period> = stretches.collect();
            within += self.part(one, &stretches, billing_period) * one.net.to_rational();
            all += own;
        }
        (!all.is_zero()).then(|| within / all)
    }

    fn by_quantity(&self, charge: &Charge, clipped: &[Period]) -> Option<Rational> {
        let spread = self.spreads.get(&charge.key)?;
        let (mut all, mut within) = (Rational::zero(), Rational::zero());
        for (period, level) in &spread.levels {
            let units = clipped.iter();
            let units = units.filter_map(|stretch| stretch.intersect(*period));
            let units: i128 = units.map(|one| spread.weights.units(one)).sum();
            all += level * Rational::from_integer(spread.weights.units(*period).into());
            within += level * Rational::from_integer(units.into());
        }
        (!all.is_zero()).then(|| within / all)
    }
}

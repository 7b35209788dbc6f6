//! What may be worth what could not be measured: by what the item comes to where it could be.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use crate::charge::Charge;
use crate::decimal::Rational;
use crate::ids::ItemKey;
use crate::money::Money;

/// By item, what its charges come to, and the resource-seconds in them.
#[derive(Debug, Default)]
pub(super) struct Measured(BTreeMap<ItemKey, OfItem>);

#[derive(Debug)]
struct OfItem {
    /// Of the currency of its first charge. `None` where they are in several, or do not fit.
    net: Option<Money>,
    seconds: i64,
    /// A level counts for the time without a sample too.
    lasts: bool,
}

impl Measured {
    pub(super) fn add(&mut self, charge: &Charge, seconds: i64, lasts: bool) {
        if let Some(measured) = self.0.get_mut(&charge.key.item) {
            measured.seconds += seconds;
            let together = |net: Money| Money::sum([net, charge.net], net.currency()).ok();
            measured.net = measured.net.and_then(together);
        } else {
            let measured = OfItem {
                net: Some(charge.net),
                seconds,
                lasts,
            };
            self.0.insert(charge.key.item.clone(), measured);
        }
    }

    /// The time without a sample of a resource that has others.
    pub(super) fn lasting(&mut self, item: &ItemKey, seconds: i64) {
        if let Some(measured) = self.0.get_mut(item).filter(|one| one.lasts) {
            measured.seconds += seconds;
        }
    }

    /// What was left out, at what the item comes to on the average of those that could be measured.
    pub(super) fn estimate(&self, item: &ItemKey, seconds: i64) -> Option<Money> {
        let measured = self.0.get(item)?;
        let net = measured.net?;
        if measured.seconds == 0 {
            return None;
        }
        let numerator = BigInt::from(net.minor()) * seconds;
        let minor = Rational::new(numerator, BigInt::from(measured.seconds));
        Some(Money::from_minor(
            minor.round().to_integer().to_i64()?,
            net.currency(),
        ))
    }
}

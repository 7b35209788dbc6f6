//! The resources' weights in a charge as whole numbers over one denominator, and their parts of its net.
//!
//! Whole numbers of 128 bits do for all but absurd quantities; for those the same is done with fractions.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};

use super::group::Portion;
use super::sum::ExactSum;
use super::usage::Beyond;
use crate::decimal::Rational;
use crate::money::{Money, split_largest_remainder};

/// Share × quantity × time units of each portion, over a common denominator.
#[derive(Debug)]
pub(super) enum PortionWeights {
    Whole {
        weights: Vec<i128>,
        sum: i128,
        denominator: i128,
    },
    Fractions(Vec<Rational>),
}

/// The weighted quantity of all portions, without their parts.
pub(super) fn weighted_sum(portions: &[Portion<'_>], total_units: i128) -> Rational {
    if portions.iter().any(|portion| !portion.share.is_one()) {
        return PortionWeights::new(portions, total_units).sum();
    }
    let mut sum = ExactSum::default();
    for portion in portions {
        sum.add(portion.quantity, portion.units);
    }
    sum.over(total_units)
}

impl PortionWeights {
    /// `total_units` are those of the whole billing period.
    pub(super) fn new(portions: &[Portion<'_>], total_units: i128) -> Self {
        Self::whole(portions, total_units).unwrap_or_else(|| {
            let total = Rational::from_integer(BigInt::from(total_units));
            let fraction = |portion: &Portion<'_>| {
                let units = Rational::from_integer(BigInt::from(portion.units));
                portion.quantity.to_rational() * units * portion.share / &total
            };
            Self::Fractions(portions.iter().map(fraction).collect())
        })
    }

    /// Of what costs something without a quantity, under a minimum say: share × time.
    pub(super) fn of_time(portions: &[Portion<'_>]) -> Self {
        let time = |portion: &Portion<'_>| {
            Rational::from_integer(BigInt::from(portion.period.seconds())) * portion.share
        };
        Self::Fractions(portions.iter().map(time).collect())
    }

    /// `None` where a number does not fit.
    fn whole(portions: &[Portion<'_>], total_units: i128) -> Option<Self> {
        let mut scale = 0;
        let mut share_denominator: i128 = 1;
        for portion in portions {
            scale = scale.max(portion.quantity.parts().1);
            if !portion.share.is_one() {
                let denominator = portion.share.denom().to_i128()?;
                let factor = denominator / share_denominator.gcd(&denominator);
                share_denominator = share_denominator.checked_mul(factor)?;
            }
        }
        let mut sum: i128 = 0;
        let mut weights = Vec::with_capacity(portions.len());
        for portion in portions {
            let (digits, places) = portion.quantity.parts();
            let share = if portion.share.is_one() {
                share_denominator
            } else {
                let factor = share_denominator / portion.share.denom().to_i128()?;
                portion.share.numer().to_i128()?.checked_mul(factor)?
            };
            let weight = digits
                .checked_mul(10_i128.checked_pow(scale - places)?)?
                .checked_mul(portion.units)?
                .checked_mul(share)?;
            sum = sum.checked_add(weight)?;
            weights.push(weight);
        }
        let denominator = 10_i128
            .checked_pow(scale)?
            .checked_mul(share_denominator)?
            .checked_mul(total_units)?;
        Some(Self::Whole {
            weights,
            sum,
            denominator,
        })
    }

    /// Of what is priced of each: the rest is within the resource's own allowance.
    pub(super) fn beyond(&self, portions: &[Portion<'_>], beyond: &Beyond) -> Self {
        let own = |index: usize| match self {
            Self::Whole {
                weights,
                denominator,
                ..
            } => Rational::new(BigInt::from(weights[index]), BigInt::from(*denominator)),
            Self::Fractions(weights) => weights[index].clone(),
        };
        let priced = portions.iter().enumerate().map(|(index, portion)| {
            let part = beyond.get(&portion.interval.resource);
            part.map_or_else(Rational::zero, |part| own(index) * part)
        });
        Self::Fractions(priced.collect())
    }

    /// The weighted quantity of all portions.
    pub(super) fn sum(&self) -> Rational {
        match self {
            Self::Whole {
                sum, denominator, ..
            } => Rational::new(BigInt::from(*sum), BigInt::from(*denominator)),
            Self::Fractions(weights) => weights.iter().sum(),
        }
    }

    /// Each weighted quantity in text: "31/5".
    pub(super) fn shown(&self) -> Vec<String> {
        match self {
            Self::Fractions(weights) => weights.iter().map(ToString::to_string).collect(),
            Self::Whole {
                weights,
                denominator,
                ..
            } => {
                let mut last: Option<(i128, String)> = None;
                let mut shown = Vec::with_capacity(weights.len());
                for &weight in weights {
                    // Most resources of a charge are alike, and cancelling is the slow part.
                    let text = match &last {
                        Some((same, text)) if *same == weight => text.clone(),
                        _ => cancelled(weight, *denominator),
                    };
                    last = Some((weight, text.clone()));
                    shown.push(text);
                }
                shown
            }
        }
    }

    /// Splits the net by largest remainder; equal remainders go to the earlier portion (rule R27).
    pub(super) fn allocate(&self, net: Money) -> Vec<Money> {
        let split = match self {
            Self::Whole { weights, sum, .. } => split_whole(net, weights, *sum).or_else(|| {
                let fraction = |weight: &i128| Rational::from_integer(BigInt::from(*weight));
                split_largest_remainder(net, &weights.iter().map(fraction).collect::<Vec<_>>())
            }),
            Self::Fractions(weights) => split_largest_remainder(net, weights),
        };
        // Without any weight there is nothing to split by.
        split.unwrap_or_else(|| vec![Money::zero(net.currency()); self.len()])
    }

    fn len(&self) -> usize {
        match self {
            Self::Whole { weights, .. } => weights.len(),
            Self::Fractions(weights) => weights.len(),
        }
    }
}

fn cancelled(numerator: i128, denominator: i128) -> String {
    let divisor = numerator.gcd(&denominator);
    match (numerator / divisor, denominator / divisor) {
        (numerator, 1) => numerator.to_string(),
        (numerator, denominator) => format!("{numerator}/{denominator}"),
    }
}

/// As `split_largest_remainder` for a net and weights that are not negative. `None` where a product does not fit.
fn split_whole(net: Money, weights: &[i128], sum: i128) -> Option<Vec<Money>> {
    if sum.is_zero() || net.is_negative() {
        return None;
    }
    let minor = i128::from(net.minor());
    let mut left = net.minor();
    let mut parts = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    for (index, weight) in weights.iter().enumerate() {
        let (part, remainder) = weight.checked_mul(minor)?.div_rem(&sum);
        let part = part.to_i64()?;
        left -= part;
        parts.push(part);
        remainders.push((std::cmp::Reverse(remainder), index));
    }
    let left = usize::try_from(left).ok()?;
    remainders.sort_unstable();
    for (_, index) in remainders.into_iter().take(left) {
        parts[index] += 1;
    }
    let money = |part| Money::from_minor(part, net.currency());
    Some(parts.into_iter().map(money).collect())
}

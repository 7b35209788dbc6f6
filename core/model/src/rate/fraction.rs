//! Fractions of 128 bits: what almost every line needs, without memory of their own. Whoever gets `None` takes the
//! unlimited ones.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::ToPrimitive;

use crate::decimal::{Decimal, Rational};

/// In lowest terms; the denominator is positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Fraction {
    pub(super) const ZERO: Self = Self {
        numerator: 0,
        denominator: 1,
    };
    pub(super) const HUNDREDTH: Self = Self {
        numerator: 1,
        denominator: 100,
    };

    /// `None` where it does not fit.
    pub(super) fn of(exact: &Rational) -> Option<Self> {
        Some(Self {
            numerator: exact.numer().to_i128()?,
            denominator: exact.denom().to_i128()?,
        })
    }

    pub(super) fn of_decimal(decimal: Decimal) -> Option<Self> {
        let (digits, scale) = decimal.parts();
        Some(Self::new(digits, 10_i128.checked_pow(scale)?))
    }

    fn new(numerator: i128, denominator: i128) -> Self {
        let divisor = common_divisor(numerator, denominator);
        Self {
            numerator: numerator / divisor,
            denominator: denominator / divisor,
        }
    }

    pub(super) fn is_zero(self) -> bool {
        self.numerator == 0
    }

    pub(super) fn is_positive(self) -> bool {
        self.numerator > 0
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let own = self.numerator.checked_mul(other.denominator)?;
        let others = other.numerator.checked_mul(self.denominator)?;
        let denominator = self.denominator.checked_mul(other.denominator)?;
        Some(Self::new(own.checked_add(others)?, denominator))
    }

    pub(super) fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self {
            numerator: other.numerator.checked_neg()?,
            denominator: other.denominator,
        })
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        // What cancels across keeps the products small.
        let one = Self::new(self.numerator, other.denominator);
        let two = Self::new(other.numerator, self.denominator);
        Some(Self {
            numerator: one.numerator.checked_mul(two.numerator)?,
            denominator: one.denominator.checked_mul(two.denominator)?,
        })
    }

    /// By something positive.
    pub(super) fn over(self, other: Self) -> Option<Self> {
        if !other.is_positive() {
            return None;
        }
        self.times(Self {
            numerator: other.denominator,
            denominator: other.numerator,
        })
    }

    pub(super) fn compare(self, other: Self) -> Option<Ordering> {
        let own = self.numerator.checked_mul(other.denominator)?;
        let others = other.numerator.checked_mul(self.denominator)?;
        Some(own.cmp(&others))
    }

    pub(super) fn to_rational(self) -> Rational {
        Rational::new_raw(BigInt::from(self.numerator), BigInt::from(self.denominator))
    }
}

fn common_divisor(one: i128, other: i128) -> i128 {
    // Half as wide it is several times as fast.
    match (i64::try_from(one), i64::try_from(other)) {
        (Ok(one), Ok(other)) if one != i64::MIN && other != i64::MIN => {
            i128::from(one.gcd(&other)).max(1)
        }
        _ if one == i128::MIN => 1,
        _ => one.gcd(&other).max(1),
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.numerator.fmt(formatter)?;
        if self.denominator != 1 {
            write!(formatter, "/{}", self.denominator)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rational(numerator: i64, denominator: i64) -> Rational {
        Rational::new(numerator.into(), denominator.into())
    }

    proptest! {
        #[test]
        fn they_compute_what_unlimited_ones_do(a in any::<i64>(), b in 1..i64::MAX, c in any::<i32>(), d in 1..i32::MAX) {
            let (one, other) = (rational(a, b), rational(c.into(), d.into()));
            let (small, small_other) = (Fraction::of(&one).unwrap(), Fraction::of(&other).unwrap());
            let same = |small: Option<Fraction>, exact: Rational| {
                small.is_none_or(|small| small.to_rational() == exact && small.to_string() == exact.to_string())
            };
            prop_assert!(same(small.plus(small_other), &one + &other));
            prop_assert!(same(small.minus(small_other), &one - &other));
            prop_assert!(same(small.times(small_other), &one * &other));
            if c > 0 {
                prop_assert!(same(small.over(small_other), &one / &other));
            }
            prop_assert!(small.compare(small_other).is_none_or(|order| order == one.cmp(&other)));
        }
    }

    #[test]
    fn what_does_not_fit_is_not_answered() {
        let huge = Fraction::of_decimal("9999999999999999999999999999".parse().unwrap()).unwrap();
        assert_eq!(huge.times(huge), None);
        assert_eq!(Fraction::ZERO.over(Fraction::ZERO), None);
    }
}

//! Sums of quantities over time, in whole numbers as long as they fit 128 bits: fractions are made once a sum.

use num_bigint::BigInt;
use num_traits::Zero;

use crate::decimal::{Decimal, Rational};

/// Quantity × time units, summed.
#[derive(Debug, Clone, Default)]
pub(super) struct ExactSum {
    digits: i128,
    /// How many of the digits stand behind the point.
    scale: u32,
    /// What does not fit: absurd quantities.
    rest: Rational,
}

impl ExactSum {
    pub(super) fn add(&mut self, quantity: Decimal, units: i128) {
        match self.added(quantity, units) {
            Some((digits, scale)) => (self.digits, self.scale) = (digits, scale),
            None => self.rest += quantity.to_rational() * BigInt::from(units),
        }
    }

    fn added(&self, quantity: Decimal, units: i128) -> Option<(i128, u32)> {
        let (digits, scale) = quantity.parts();
        let common = scale.max(self.scale);
        let so_far = self
            .digits
            .checked_mul(10_i128.checked_pow(common - self.scale)?)?;
        let more = digits
            .checked_mul(10_i128.checked_pow(common - scale)?)?
            .checked_mul(units)?;
        Some((so_far.checked_add(more)?, common))
    }

    /// Weighted over a billing period of so many units.
    pub(super) fn over(&self, total_units: i128) -> Rational {
        let scale = BigInt::from(10).pow(self.scale);
        let whole = Rational::new(BigInt::from(self.digits), scale * total_units);
        if self.rest.is_zero() {
            return whole;
        }
        whole + &self.rest / BigInt::from(total_units)
    }

    /// The same for sums that are the same, where all of it fits.
    pub(super) fn key(&self) -> Option<(i128, u32)> {
        self.rest.is_zero().then_some((self.digits, self.scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_not_lost() {
        let huge: Decimal = "9999999999999999999999999999".parse().unwrap();
        let small: Decimal = "0.25".parse().unwrap();
        let mut sum = ExactSum::default();
        for quantity in [small, huge, small] {
            sum.add(quantity, 86_400_000_000_000);
        }
        let expected = huge.to_rational() + Rational::new(1.into(), 2.into());
        assert_eq!(sum.over(86_400_000_000_000), expected);
        assert_eq!(sum.key(), None);
    }

    #[test]
    fn scales_are_brought_together() {
        let mut sum = ExactSum::default();
        for quantity in ["1", "0.5", "0.125", "3"] {
            sum.add(quantity.parse().unwrap(), 2);
        }
        assert_eq!(sum.over(2), Rational::new(37.into(), 8.into()));
        assert_eq!(sum.key(), Some((9250, 3)));
    }
}

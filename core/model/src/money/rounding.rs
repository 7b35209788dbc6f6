//! The one place where an exact fraction becomes an amount.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Currency, Money, MoneyError};
use crate::decimal::Rational;

/// How a fraction of a minor unit is rounded. Both modes treat a credit as the mirror image of a charge (rule R25).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// Half away from zero: 2.345 becomes 2.35.
    #[default]
    HalfUp,
    /// Half to the even neighbour: 2.345 becomes 2.34.
    HalfEven,
}

impl Rounding {
    /// As people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::HalfUp => "half up",
            Self::HalfEven => "half to even",
        }
    }
}

/// Rounds to the minor units of the currency.
pub fn round_money(
    exact: &Rational,
    currency: Currency,
    mode: Rounding,
) -> Result<Money, MoneyError> {
    let scaled = scale_to(exact, u32::from(currency.exponent()), mode);
    match i64::try_from(scaled) {
        Ok(minor) => Ok(Money::from_minor(minor, currency)),
        Err(_) => Err(MoneyError::Overflow { currency }),
    }
}

/// Rounds to so many decimals; for quantities and prices where a sink keeps only some.
pub fn round_decimals(exact: &Rational, decimals: u32, mode: Rounding) -> Rational {
    Rational::new(
        scale_to(exact, decimals, mode),
        BigInt::from(10).pow(decimals),
    )
}

/// Times 10 to the power of the decimals, as a whole number.
pub(crate) fn scale_to(exact: &Rational, decimals: u32, mode: Rounding) -> BigInt {
    if let Some(rounded) = scale_small(exact, decimals, mode) {
        return BigInt::from(rounded);
    }
    let scaled = exact.numer() * BigInt::from(10).pow(decimals);
    let (whole, rest) = scaled.abs().div_rem(exact.denom());
    let up = match (rest * 2_u32).cmp(exact.denom()) {
        Ordering::Less => false,
        Ordering::Greater => true,
        Ordering::Equal => is_up_at_half(mode, whole.is_odd()),
    };
    let rounded = if up { whole + 1 } else { whole };
    if scaled.is_negative() {
        -rounded
    } else {
        rounded
    }
}

/// The same where all numbers fit 128 bits.
fn scale_small(exact: &Rational, decimals: u32, mode: Rounding) -> Option<i128> {
    let denominator = exact.denom().to_i128()?;
    let scale = 10_i128.checked_pow(decimals)?;
    let scaled = exact.numer().to_i128()?.checked_mul(scale)?;
    let (whole, rest) = scaled.checked_abs()?.div_rem(&denominator);
    let up = match rest.cmp(&(denominator - rest)) {
        Ordering::Less => false,
        Ordering::Greater => true,
        Ordering::Equal => is_up_at_half(mode, whole.is_odd()),
    };
    let rounded = whole + i128::from(up);
    Some(if scaled < 0 { -rounded } else { rounded })
}

fn is_up_at_half(mode: Rounding, is_odd: bool) -> bool {
    match mode {
        Rounding::HalfUp => true,
        Rounding::HalfEven => is_odd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decimal::Decimal;

    fn rounded(text: &str, mode: Rounding) -> String {
        let exact = text.parse::<Decimal>().unwrap().to_rational();
        round_money(&exact, "USD".parse().unwrap(), mode)
            .unwrap()
            .amount()
    }

    #[test]
    fn tv_69_and_71_both_modes() {
        let half_up = ["2.345", "2.355", "0.125", "0.135", "1.005", "1.235"]
            .map(|text| rounded(text, Rounding::HalfUp));
        assert_eq!(half_up, ["2.35", "2.36", "0.13", "0.14", "1.01", "1.24"]);
        let half_even = ["2.345", "2.355", "0.125", "0.135", "1.005"]
            .map(|text| rounded(text, Rounding::HalfEven));
        assert_eq!(half_even, ["2.34", "2.36", "0.12", "0.14", "1.00"]);
    }

    #[test]
    fn numbers_of_any_size_are_rounded_alike() {
        let factor = BigInt::from(10).pow(40);
        for numerator in [-25, -15, -14, 0, 5, 14, 15, 16, 25, 26] {
            for mode in [Rounding::HalfUp, Rounding::HalfEven] {
                let small = Rational::new(numerator.into(), 10.into());
                let large = Rational::new_raw(&factor * numerator, &factor * 10);
                assert_eq!(
                    scale_to(&small, 0, mode),
                    scale_to(&large, 0, mode),
                    "{numerator}"
                );
            }
        }
    }

    #[test]
    fn a_credit_mirrors_its_charge() {
        for text in ["2.345", "0.125", "0.001"] {
            for mode in [Rounding::HalfUp, Rounding::HalfEven] {
                let charge = rounded(text, mode);
                let credit = rounded(&format!("-{text}"), mode);
                assert_eq!(credit.trim_start_matches('-'), charge);
            }
        }
    }
}

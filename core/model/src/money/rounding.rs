//! The one place where an exact fraction becomes an amount.

use num_bigint::BigInt;
use num_traits::Signed;
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

fn scale_to(exact: &Rational, decimals: u32, mode: Rounding) -> BigInt {
    let scaled = exact * Rational::from_integer(BigInt::from(10).pow(decimals));
    let magnitude = scaled.abs();
    let whole = magnitude.trunc().to_integer();
    let rest = magnitude.fract() * BigInt::from(2);
    let one = Rational::from_integer(BigInt::from(1));
    let up = match rest.cmp(&one) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => match mode {
            Rounding::HalfUp => true,
            Rounding::HalfEven => whole.bit(0),
        },
    };
    let rounded = if up { whole + 1 } else { whole };
    if scaled.is_negative() {
        -rounded
    } else {
        rounded
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

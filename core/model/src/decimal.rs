//! Exact decimals as people write them, and the rationals that arithmetic is done in.

use std::fmt;
use std::str::FromStr;

use num_bigint::BigInt;
use rust_decimal::Decimal as Inner;
use schemars::JsonSchema;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::excerpt::excerpt;

/// An exact fraction: what every intermediate result is.
pub type Rational = num_rational::BigRational;

/// A decimal number with at most 28 significant digits: a unit price or a quantity. It has no arithmetic of its own;
/// sums and products are rationals, rounded once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(Inner);

#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{text}` is no decimal number of at most 28 digits, such as 12.50")]
pub struct DecimalError {
    pub text: String,
}

impl Decimal {
    pub const ZERO: Self = Self(Inner::ZERO);
    pub const ONE: Self = Self(Inner::ONE);

    /// The digits without the point, and how many of them stand behind it.
    pub fn parts(self) -> (i128, u32) {
        (self.0.mantissa(), self.0.scale())
    }

    /// So many digits, that many of them behind the point. `None` beyond 28 of either.
    pub fn from_parts(digits: i128, scale: u32) -> Option<Self> {
        Inner::try_from_i128_with_scale(digits, scale)
            .ok()
            .map(Self)
    }

    pub fn is_negative(self) -> bool {
        self.0.is_sign_negative() && !self.0.is_zero()
    }

    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// How many digits stand behind the point, trailing zeros not counted.
    pub fn decimals(self) -> u32 {
        self.0.normalize().scale()
    }

    pub fn to_rational(self) -> Rational {
        let (digits, scale) = self.parts();
        Rational::new(BigInt::from(digits), BigInt::from(10).pow(scale))
    }

    /// The fraction as a decimal, if it is one of at most 28 digits.
    pub fn from_rational(exact: &Rational) -> Option<Self> {
        (0..=28).find_map(|scale| {
            let scaled = exact * Rational::from_integer(BigInt::from(10).pow(scale));
            if !scaled.is_integer() {
                return None;
            }
            let digits = i128::try_from(scaled.to_integer()).ok()?;
            Self::from_parts(digits, scale)
        })
    }
}

impl From<i64> for Decimal {
    fn from(whole: i64) -> Self {
        Self(Inner::from(whole))
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    /// Digits with an optional sign and point. No exponent, no separators, nothing is rounded.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'));
        let digits = text.bytes().any(|byte| byte.is_ascii_digit());
        match Inner::from_str_exact(text) {
            Ok(value) if plain && digits => Ok(Self(value)),
            _ => Err(DecimalError {
                text: excerpt(text).into_owned(),
            }),
        }
    }
}

/// Without trailing zeros.
impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let normal = self.0.normalize();
        if normal.is_zero() {
            formatter.write_str("0")
        } else {
            normal.fmt(formatter)
        }
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DecimalVisitor)
    }
}

/// Takes text and whole numbers; a float is refused, since its digits are already lost.
struct DecimalVisitor;

impl Visitor<'_> for DecimalVisitor {
    type Value = Decimal;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a decimal number such as \"12.50\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Decimal, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: serde::de::Error>(self, whole: i64) -> Result<Decimal, E> {
        Ok(Decimal::from(whole))
    }

    fn visit_u64<E: serde::de::Error>(self, whole: u64) -> Result<Decimal, E> {
        Ok(Decimal(Inner::from(whole)))
    }
}

impl JsonSchema for Decimal {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_decimals_are_read() {
        assert_eq!("12.50".parse::<Decimal>().unwrap().to_string(), "12.5");
        assert_eq!("-0.00".parse::<Decimal>().unwrap().to_string(), "0");
        for bad in [
            "",
            ".",
            "1e3",
            "1_000",
            "12,5",
            "0.12345678901234567890123456789",
            "nan",
        ] {
            assert!(bad.parse::<Decimal>().is_err(), "{bad}");
        }
    }

    #[test]
    fn rationals_come_back_where_they_can() {
        let third = Rational::new(1.into(), 3.into());
        assert_eq!(Decimal::from_rational(&third), None);
        let price: Decimal = "0.0125".parse().unwrap();
        assert_eq!(Decimal::from_rational(&price.to_rational()), Some(price));
    }
}

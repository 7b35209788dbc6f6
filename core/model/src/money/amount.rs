//! An amount of money, with checked arithmetic that refuses to mix currencies.

use std::collections::BTreeMap;
use std::fmt;

use num_bigint::BigInt;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::Currency;
use crate::decimal::{Decimal, Rational};

/// Integer minor units (cents) of a currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

#[derive(Debug, Error, PartialEq, Eq)]
pub enum MoneyError {
    #[error("{left} and {right} are different currencies")]
    MixedCurrencies { left: Currency, right: Currency },
    #[error("the amount does not fit 64 bits of {currency} minor units")]
    Overflow { currency: Currency },
    #[error("`{text}` is no amount of {currency} with at most {} decimals", currency.exponent())]
    Unreadable { text: String, currency: Currency },
}

impl Money {
    pub fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub fn zero(currency: Currency) -> Self {
        Self::from_minor(0, currency)
    }

    /// Reads a decimal such as `12.34`; more decimals than the currency has are refused, not rounded.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let unreadable = || MoneyError::Unreadable {
            text: text.to_owned(),
            currency,
        };
        let decimal: Decimal = text.parse().map_err(|_| unreadable())?;
        let minor = decimal.to_rational() * Rational::from_integer(scale(currency));
        if !minor.is_integer() {
            return Err(unreadable());
        }
        let minor =
            i64::try_from(minor.to_integer()).map_err(|_| MoneyError::Overflow { currency })?;
        Ok(Self { minor, currency })
    }

    pub fn minor(self) -> i64 {
        self.minor
    }

    pub fn currency(self) -> Currency {
        self.currency
    }

    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    pub fn is_negative(self) -> bool {
        self.minor < 0
    }

    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.with(self.minor.checked_add(other.minor))
    }

    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.with(self.minor.checked_sub(other.minor))
    }

    pub fn checked_neg(self) -> Result<Self, MoneyError> {
        self.with(self.minor.checked_neg())
    }

    /// The sum, zero where there is nothing to add.
    pub fn sum(
        amounts: impl IntoIterator<Item = Self>,
        currency: Currency,
    ) -> Result<Self, MoneyError> {
        amounts
            .into_iter()
            .try_fold(Self::zero(currency), Self::checked_add)
    }

    /// One sum a currency, in their order; an error for each that does not fit.
    pub fn by_currency(
        amounts: impl IntoIterator<Item = Self>,
    ) -> impl Iterator<Item = Result<Self, MoneyError>> {
        let mut sums: BTreeMap<Currency, Result<Self, MoneyError>> = BTreeMap::new();
        for amount in amounts {
            let sum = sums
                .entry(amount.currency)
                .or_insert(Ok(Self::zero(amount.currency)));
            if let Ok(so_far) = sum {
                *sum = so_far.checked_add(amount);
            }
        }
        sums.into_values()
    }

    pub fn to_rational(self) -> Rational {
        Rational::new(BigInt::from(self.minor), scale(self.currency))
    }

    /// The decimal text with all decimals of the currency: `12.30`.
    pub fn amount(self) -> String {
        let exponent = usize::from(self.currency.exponent());
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = format!(
            "{:0>width$}",
            self.minor.unsigned_abs(),
            width = exponent + 1
        );
        let (whole, part) = digits.split_at(digits.len() - exponent);
        if part.is_empty() {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{part}")
        }
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(MoneyError::MixedCurrencies {
            left: self.currency,
            right: other.currency,
        })
    }

    fn with(self, minor: Option<i64>) -> Result<Self, MoneyError> {
        let currency = self.currency;
        minor
            .map(|minor| Self { minor, currency })
            .ok_or(MoneyError::Overflow { currency })
    }
}

fn scale(currency: Currency) -> BigInt {
    BigInt::from(10).pow(u32::from(currency.exponent()))
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&format!("{} {}", self.amount(), self.currency))
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wire {
    /// A decimal with all decimals of the currency.
    amount: String,
    currency: Currency,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire {
            amount: self.amount(),
            currency: self.currency,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        Self::parse(&wire.amount, wire.currency).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Money {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Wire::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str, code: &str) -> Money {
        Money::parse(text, code.parse().unwrap()).unwrap()
    }

    #[test]
    fn text_has_the_decimals_of_the_currency() {
        assert_eq!(money("-0.05", "EUR").to_string(), "-0.05 EUR");
        assert_eq!(money("1200", "JPY").amount(), "1200");
        assert_eq!(money("0.5", "KWD").amount(), "0.500");
        assert!(Money::parse("0.005", "EUR".parse().unwrap()).is_err());
    }

    #[test]
    fn currencies_do_not_mix_and_sums_do_not_wrap() {
        assert!(money("1", "EUR").checked_add(money("1", "SEK")).is_err());
        let most = Money::from_minor(i64::MAX, "EUR".parse().unwrap());
        assert!(most.checked_add(money("0.01", "EUR")).is_err());
    }
}

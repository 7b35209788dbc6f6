//! Amounts: decimal text outside, exact decimals and integer minor units inside. All rounding of the practice
//! API happens here.

use iso_currency::Currency;
use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// With at most this many digits each, quantity × unit price fits a `Decimal` (28 digits) exactly.
pub(crate) const DIGITS_MAX: usize = 14;
/// What a decimal looks like on the wire.
pub(crate) const DECIMAL_PATTERN: &str = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$";

/// Why an amount is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AmountError {
    #[error(
        "must be a decimal like \"-12.34\": digits, an optional sign and fraction, no exponent"
    )]
    Malformed,
    #[error("must not have more than {DIGITS_MAX} digits")]
    TooLong,
    #[error("must not have more than {decimals_max} decimals")]
    TooManyDecimals { decimals_max: u32 },
    #[error("is larger than this API can hold")]
    TooLarge,
}

/// How surplus decimals go away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Shortening {
    /// Half away from zero.
    Round,
    /// Towards zero.
    Truncate,
}

/// Reads a decimal. Zeros at its end do not count.
pub(crate) fn parse(text: &str) -> Result<Decimal, AmountError> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || (whole.len() > 1 && whole.starts_with('0')) {
        return Err(AmountError::Malformed);
    }
    if whole.len() + fraction.trim_end_matches('0').len() > DIGITS_MAX {
        return Err(AmountError::TooLong);
    }
    let value = Decimal::from_str_exact(text).map_err(|_| AmountError::TooLong)?;
    Ok(if value.is_zero() {
        Decimal::ZERO
    } else {
        value.normalize()
    })
}

/// The decimals of a currency's amounts; `None` where ISO 4217 has no such currency or gives it none.
pub(crate) fn exponent(currency: &str) -> Option<u32> {
    Currency::from_code(currency)
        .and_then(Currency::exponent)
        .map(u32::from)
}

/// Reads an amount of money as minor units. Nothing is rounded: surplus decimals are refused.
pub(crate) fn parse_minor(text: &str, exponent: u32) -> Result<i64, AmountError> {
    let value = parse(text)?;
    if value.scale() > exponent {
        return Err(AmountError::TooManyDecimals {
            decimals_max: exponent,
        });
    }
    minor(value, exponent)
}

/// Renders minor units with all the currency's decimals.
pub(crate) fn render_minor(minor: i64, exponent: u32) -> String {
    Decimal::new(minor, exponent).to_string()
}

/// quantity × unit price in minor units, rounded half away from zero.
pub(crate) fn line_net(
    quantity: Decimal,
    unit_price: Decimal,
    exponent: u32,
) -> Result<i64, AmountError> {
    let exact = quantity
        .checked_mul(unit_price)
        .ok_or(AmountError::TooLarge)?;
    minor(shorten(exact, exponent, Shortening::Round), exponent)
}

/// Takes surplus decimals away.
pub(crate) fn shorten(value: Decimal, decimals: u32, how: Shortening) -> Decimal {
    let strategy = match how {
        Shortening::Round => RoundingStrategy::MidpointAwayFromZero,
        Shortening::Truncate => RoundingStrategy::ToZero,
    };
    let short = value.round_dp_with_strategy(decimals, strategy);
    if short.is_zero() {
        Decimal::ZERO
    } else {
        short.normalize()
    }
}

fn minor(value: Decimal, exponent: u32) -> Result<i64, AmountError> {
    let factor = 10_i128.pow(exponent);
    let scaled = value
        .mantissa()
        .checked_mul(factor)
        .ok_or(AmountError::TooLarge)?;
    i64::try_from(scaled / 10_i128.pow(value.scale())).map_err(|_| AmountError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        parse(text).unwrap()
    }

    #[test]
    fn reads_decimals_and_nothing_else() {
        for (text, canonical) in [
            ("0", "0"),
            ("-0.00", "0"),
            ("12.340", "12.34"),
            ("-7", "-7"),
        ] {
            assert_eq!(decimal(text).to_string(), canonical);
        }
        for text in [
            "", "-", "1e3", "01", ".5", "5.", "+1", "1,5", " 1", "1.2.3", "NaN", "--1",
        ] {
            assert_eq!(parse(text), Err(AmountError::Malformed), "{text:?}");
        }
        assert_eq!(parse("123456789012345"), Err(AmountError::TooLong));
        assert_eq!(decimal("1234567.8901234").to_string(), "1234567.8901234");
    }

    #[test]
    fn minor_units_follow_the_currency() {
        assert_eq!(exponent("EUR"), Some(2));
        assert_eq!(exponent("JPY"), Some(0));
        assert_eq!(exponent("KWD"), Some(3));
        assert_eq!(exponent("eur"), None);
        assert_eq!(parse_minor("-12.3", 2), Ok(-1230));
        assert_eq!(parse_minor("12.300", 2), Ok(1230));
        assert_eq!(
            parse_minor("12.345", 2),
            Err(AmountError::TooManyDecimals { decimals_max: 2 })
        );
        assert_eq!(parse_minor("12.0", 0), Ok(12));
        assert_eq!(render_minor(-5, 2), "-0.05");
        assert_eq!(render_minor(1200, 0), "1200");
    }

    #[test]
    fn nets_are_rounded_once_half_away_from_zero() {
        assert_eq!(line_net(decimal("3"), decimal("0.335"), 2), Ok(101));
        assert_eq!(line_net(decimal("1"), decimal("0.005"), 2), Ok(1));
        assert_eq!(line_net(decimal("-1"), decimal("0.005"), 2), Ok(-1));
        let largest = decimal("99999999999999");
        assert_eq!(line_net(largest, largest, 2), Err(AmountError::TooLarge));
        assert_eq!(
            line_net(decimal("0.9999999999999"), decimal("0.9999999999999"), 3),
            Ok(1000)
        );
    }

    #[test]
    fn shortening_rounds_or_truncates() {
        assert_eq!(
            shorten(decimal("1.555"), 2, Shortening::Round),
            decimal("1.56")
        );
        assert_eq!(
            shorten(decimal("-1.555"), 2, Shortening::Truncate),
            decimal("-1.55")
        );
        assert_eq!(
            shorten(decimal("-0.001"), 2, Shortening::Truncate).to_string(),
            "0"
        );
    }
}

//! Decimals as text, as the contract has them: no exponent, no float, one spelling for one number.

use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};

use crate::Error;

/// More digits than any amount has; an exponent may not make a text without end.
const DIGITS_MAX: usize = 60;

/// The canonical text of a decimal: "+007.50" and "75e-1" become "7.5", "-0.00" becomes "0".
///
/// A decimal point, never a comma; no grouping. Whatever else a source writes is the connector's to translate.
pub fn canonical(text: &str) -> Result<String, Error> {
    Parts::read(text)
        .map(|parts| parts.write(0))
        .ok_or_else(|| not_a_decimal(text))
}

/// The number with exactly so many decimals ("7.5" with 2 is "7.50"). An error if digits other than 0 would be lost:
/// rounding is never the connector's.
pub fn with_decimals(text: &str, decimals: usize) -> Result<String, Error> {
    let parts = Parts::read(text).ok_or_else(|| not_a_decimal(text))?;
    if parts.fraction.len() > decimals {
        let message = format!("{text} has more than {decimals} decimals");
        return Err(Error::invalid(message));
    }
    Ok(parts.write(decimals))
}

/// The number with the other sign, in canonical text.
pub fn negate(text: &str) -> Result<String, Error> {
    let parts = Parts::read(text).ok_or_else(|| not_a_decimal(text))?;
    Ok(Parts {
        negative: !parts.negative,
        ..parts
    }
    .write(0))
}

/// Whether the text is a decimal that is 0.
pub fn is_zero(text: &str) -> bool {
    Parts::read(text).is_some_and(|parts| parts.is_zero())
}

/// Whether two texts are the same number.
pub fn equal(left: &str, right: &str) -> bool {
    match (Parts::read(left), Parts::read(right)) {
        (Some(left), Some(right)) => left.write(0) == right.write(0),
        _ => false,
    }
}

/// The canonical text of a JSON number or of a text that holds one, as remotes write either.
pub fn from_json(value: &Value) -> Result<String, Error> {
    match value {
        Value::Number(number) => canonical(&number.to_string()),
        Value::String(text) => canonical(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            Err(not_a_decimal(&value.to_string()))
        }
    }
}

/// The decimal as a JSON number, for remotes that take no text. An error if the number would not be the same one after
/// the trip (about 15 significant digits are safe).
pub fn to_json(text: &str) -> Result<Number, Error> {
    let wanted = canonical(text)?;
    let number: Number = serde_json::from_str(&wanted).map_err(|_| not_a_decimal(text))?;
    if canonical(&number.to_string())? == wanted {
        Ok(number)
    } else {
        Err(Error::invalid(format!(
            "{text} has more digits than a JSON number keeps"
        )))
    }
}

/// For `#[serde(deserialize_with = "counterfoil_sdk::decimal::deserialize")]` on a `String`.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let value = Value::deserialize(deserializer)?;
    from_json(&value).map_err(|error| serde::de::Error::custom(error.message))
}

/// As [`deserialize`], for an `Option<String>` that may be null.
pub fn deserialize_option<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        value => from_json(&value)
            .map(Some)
            .map_err(|error| serde::de::Error::custom(error.message)),
    }
}

fn not_a_decimal(text: &str) -> Error {
    Error::invalid(format!("{text:?} is not a decimal"))
}

/// The digits of a decimal without leading zeros before and trailing zeros after the point.
struct Parts {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Parts {
    fn read(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty()
            || digits.len() > DIGITS_MAX
            || !digits.bytes().all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
        let (whole, fraction) = split_at_point(&digits, point)?;
        Some(Self {
            negative,
            whole: whole.trim_start_matches('0').to_owned(),
            fraction: fraction.trim_end_matches('0').to_owned(),
        })
    }

    fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty()
    }

    fn write(&self, decimals_min: usize) -> String {
        let sign = if self.negative && !self.is_zero() {
            "-"
        } else {
            ""
        };
        let whole = if self.whole.is_empty() {
            "0"
        } else {
            &self.whole
        };
        let fraction = format!("{:0<decimals_min$}", self.fraction);
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}")
    }
}

/// Cuts digits so many places from their start, with zeros put in where the place is outside of them.
fn split_at_point(digits: &str, point: i32) -> Option<(String, String)> {
    let limit = i32::try_from(DIGITS_MAX).ok()?;
    if digits.bytes().all(|digit| digit == b'0') {
        return Some((String::new(), String::new()));
    }
    if !(-limit..=limit).contains(&point) {
        return None;
    }
    let Ok(point) = usize::try_from(point) else {
        let zeros = usize::try_from(point.unsigned_abs()).ok()?;
        return Some((String::new(), format!("{}{digits}", "0".repeat(zeros))));
    };
    if point > digits.len() {
        return Some((format!("{digits:0<point$}"), String::new()));
    }
    Some((digits[..point].to_owned(), digits[point..].to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_number_has_one_text() {
        let cases = [
            ("+007.50", "7.5"),
            ("-0.00", "0"),
            (".5", "0.5"),
            ("5.", "5"),
            ("75e-1", "7.5"),
            ("1E3", "1000"),
            ("-1.25e1", "-12.5"),
            ("1e-7", "0.0000001"),
            ("0e99", "0"),
            (
                "123456789012345678901234567890.1",
                "123456789012345678901234567890.1",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(canonical(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in [
            "", "-", ".", "1,5", "1 000", "NaN", "1e", "1e999", "0x1", "1.2.3", "--1", "١",
        ] {
            assert!(canonical(text).is_err(), "{text}");
        }
        assert!(canonical(&"1".repeat(DIGITS_MAX + 1)).is_err());
    }

    #[test]
    fn decimals_are_filled_up_but_never_cut() {
        assert_eq!(with_decimals("7.5", 2).unwrap(), "7.50");
        assert_eq!(with_decimals("7.500", 2).unwrap(), "7.50");
        assert_eq!(with_decimals("-3", 0).unwrap(), "-3");
        assert!(with_decimals("7.505", 2).is_err());
    }

    #[test]
    fn json_numbers_keep_their_digits_or_are_refused() {
        assert_eq!(from_json(&serde_json::json!(1234.56)).unwrap(), "1234.56");
        assert_eq!(from_json(&serde_json::json!("0.10")).unwrap(), "0.1");
        assert!(from_json(&serde_json::json!(null)).is_err());
        assert_eq!(to_json("19.90").unwrap().to_string(), "19.9");
        assert!(to_json("12345678901234567.89").is_err());
    }

    #[test]
    fn a_field_may_be_a_number_or_a_text() {
        #[derive(Deserialize)]
        struct Line {
            #[serde(deserialize_with = "deserialize")]
            net: String,
            #[serde(default, deserialize_with = "deserialize_option")]
            quantity: Option<String>,
        }
        let line: Line = serde_json::from_str(r#"{"net": 10.50, "quantity": "2.0"}"#).unwrap();
        assert_eq!(
            (line.net.as_str(), line.quantity.as_deref()),
            ("10.5", Some("2"))
        );
        let line: Line = serde_json::from_str(r#"{"net": "1", "quantity": null}"#).unwrap();
        assert_eq!((line.net.as_str(), line.quantity), ("1", None));
    }

    proptest! {
        #[test]
        fn canonical_text_is_its_own(text in "[+-]?[0-9]{1,20}(\\.[0-9]{0,20})?(e-?[0-9])?") {
            let once = canonical(&text).unwrap();
            prop_assert_eq!(&canonical(&once).unwrap(), &once);
            prop_assert!(equal(&text, &once));
            prop_assert_eq!(canonical(&negate(&negate(&text).unwrap()).unwrap()).unwrap(), once);
        }
    }
}

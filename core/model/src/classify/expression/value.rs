//! From an attribute's canonical text to a CEL value of the declared type.

use std::sync::Arc;

use cel::Value;

use crate::attribute::ValueType;
use crate::decimal::Decimal;

/// Digits that a double tells apart: two decimals of so many digits are never the same double.
const DOUBLE_DIGITS_MAX: usize = 15;

/// The value, or a reason that reads after the attribute's name.
pub(super) fn value_of(text: &str, value_type: ValueType) -> Result<Value, String> {
    match value_type {
        ValueType::Text | ValueType::Timestamp | ValueType::Date => {
            Ok(Value::String(Arc::new(text.to_owned())))
        }
        ValueType::Boolean => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(format!("is declared boolean and holds `{text}`")),
        },
        ValueType::Integer => text.parse().map(Value::Int).map_err(|_| {
            format!("is declared integer and holds `{text}`, which is none of 64 bits")
        }),
        ValueType::Decimal => {
            let decimal: Decimal = text
                .parse()
                .map_err(|_| format!("is declared decimal and holds `{text}`"))?;
            let plain = decimal.to_string();
            let digits = plain.trim_start_matches(['-', '0', '.']);
            let digits = digits.bytes().filter(u8::is_ascii_digit).count();
            if digits > DOUBLE_DIGITS_MAX {
                return Err(format!(
                    "holds `{text}`, whose digits CEL would lose; compare it with `min` and `max`"
                ));
            }
            plain
                .parse()
                .map(Value::Float)
                .map_err(|_| format!("is declared decimal and holds `{text}`"))
        }
    }
}

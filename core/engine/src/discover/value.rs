//! Is a value what its declaration says, in canonical text?

use counterfoil_model::attribute::ValueType;
use counterfoil_model::decimal::Decimal;
use counterfoil_model::time::{Date, Instant};

/// Answers what was expected where it is not.
pub(super) fn check_value(value_type: ValueType, value: &str) -> Result<(), &'static str> {
    let (fits, expected) = match value_type {
        ValueType::Text => (true, "text"),
        ValueType::Integer => (value.parse::<i64>().is_ok(), "a whole number"),
        ValueType::Decimal => (
            value.parse::<Decimal>().is_ok(),
            "a decimal number such as 12.5",
        ),
        ValueType::Boolean => (matches!(value, "true" | "false"), "true or false"),
        ValueType::Timestamp => (
            value.parse::<Instant>().is_ok(),
            "a time such as 2026-03-01T00:00:00Z",
        ),
        ValueType::Date => (value.parse::<Date>().is_ok(), "a date such as 2026-03-01"),
    };
    if fits { Ok(()) } else { Err(expected) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fit_their_types() {
        assert!(check_value(ValueType::Decimal, "12.5").is_ok());
        assert!(check_value(ValueType::Decimal, "12,5").is_err());
        assert!(check_value(ValueType::Boolean, "TRUE").is_err());
        assert!(check_value(ValueType::Date, "2026-02-30").is_err());
    }
}

//! ISO 4217 currencies and their exponents.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A currency that has minor units. Funds and metals, which have none, are refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

#[derive(Debug, Error, PartialEq, Eq)]
pub enum CurrencyError {
    #[error("`{text}` is no ISO 4217 currency code, such as EUR or SEK")]
    Unknown { text: String },
    #[error("the currency {text} has no minor units, so nothing can be billed in it")]
    NoExponent { text: String },
}

impl Currency {
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).expect("a code is made of ASCII letters")
    }

    /// How many decimals an amount has (ISO 4217): 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn exponent(self) -> u8 {
        self.exponent
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let unknown = || CurrencyError::Unknown {
            text: text.to_owned(),
        };
        let known = iso_currency::Currency::from_code(text).ok_or_else(unknown)?;
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| unknown())?;
        let exponent = known
            .exponent()
            .and_then(|exponent| u8::try_from(exponent).ok());
        match exponent {
            Some(exponent) => Ok(Self { code, exponent }),
            None => Err(CurrencyError::NoExponent {
                text: text.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Currency {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "An upper-case ISO 4217 code: EUR.",
            "type": "string",
            "pattern": "^[A-Z]{3}$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_those_of_iso_4217() {
        let exponent = |code: &str| code.parse::<Currency>().map(Currency::exponent);
        for code in ["JPY", "KRW", "VND", "CLP", "ISK", "UGX"] {
            assert_eq!(exponent(code), Ok(0), "{code}");
        }
        for code in ["EUR", "SEK", "USD", "HUF", "IDR"] {
            assert_eq!(exponent(code), Ok(2), "{code}");
        }
        for code in ["BHD", "JOD", "KWD", "OMR", "TND"] {
            assert_eq!(exponent(code), Ok(3), "{code}");
        }
        assert!(exponent("XAU").is_err());
        assert!(exponent("eur").is_err());
    }
}

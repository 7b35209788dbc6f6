//! ISO 4217 currencies and their exponents; and currencies of one's own, which say theirs: `XTK/6`.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A currency that has minor units. Funds and metals, which have none in ISO 4217, are refused unless their decimals are
/// written behind them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
    /// Its decimals are those of ISO 4217.
    is_listed: bool,
}

/// Minor units are counted in 64 bits: a billion with nine decimals still fits.
const OWN_EXPONENT_MAX: u8 = 9;

#[derive(Debug, Error, PartialEq, Eq)]
pub enum CurrencyError {
    #[error("`{text}` is no ISO 4217 currency code, such as EUR or SEK")]
    Unknown { text: String },
    #[error("the currency {text} has no minor units, so nothing can be billed in it")]
    NoExponent { text: String },
    #[error("the currency {code} has {exponent} decimals by ISO 4217, and no others")]
    Listed { code: String, exponent: u8 },
}

impl Currency {
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).expect("a code is made of ASCII letters")
    }

    /// How many decimals an amount has: 2 for EUR, 0 for JPY, 3 for KWD (ISO 4217), 6 for a currency that is written as XTK/6.
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
        let (code, own) = match text.split_once('/') {
            Some((code, digit)) => (code, Some(own_exponent(digit).ok_or_else(unknown)?)),
            None => (text, None),
        };
        let listed = iso_currency::Currency::from_code(code);
        let exponent = listed.and_then(iso_currency::Currency::exponent);
        let exponent = exponent.and_then(|exponent| u8::try_from(exponent).ok());
        let bytes: [u8; 3] = code.as_bytes().try_into().map_err(|_| unknown())?;
        match (exponent, own) {
            (Some(exponent), None) => Ok(Self {
                code: bytes,
                exponent,
                is_listed: true,
            }),
            (Some(exponent), Some(_)) => Err(CurrencyError::Listed {
                code: code.to_owned(),
                exponent,
            }),
            (None, Some(exponent)) if bytes.iter().all(u8::is_ascii_uppercase) => Ok(Self {
                code: bytes,
                exponent,
                is_listed: false,
            }),
            (None, None) if listed.is_some() => Err(CurrencyError::NoExponent {
                text: text.to_owned(),
            }),
            (None, _) => Err(unknown()),
        }
    }
}

fn own_exponent(digit: &str) -> Option<u8> {
    let digit = digit.parse().ok().filter(|_| digit.len() == 1);
    digit.filter(|exponent| *exponent <= OWN_EXPONENT_MAX)
}

/// As it is read.
impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_listed {
            return formatter.pad(self.code());
        }
        formatter.pad(&format!("{}/{}", self.code(), self.exponent))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
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
            "description": "An upper-case ISO 4217 code: EUR; or one of one's own with its decimals: XTK/6.",
            "type": "string",
            "pattern": "^[A-Z]{3}(/[0-9])?$",
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
        let own = "XTK/6".parse::<Currency>().unwrap();
        assert_eq!((own.code(), own.exponent()), ("XTK", 6));
        assert_eq!(own.to_string(), "XTK/6");
        assert_eq!(exponent("XAU/4"), Ok(4));
        for bad in [
            "XTK", "XTK/", "XTK/10", "XTK/+1", "xtk/6", "XT/6", "EUR/2", "XTK/6/1",
        ] {
            assert!(exponent(bad).is_err(), "{bad}");
        }
        assert!(exponent("XAU").is_err());
        assert!(exponent("eur").is_err());
    }
}

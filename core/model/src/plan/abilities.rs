//! What a sink can carry, read from the key-value list that its connector declares. Must not know any sink by name.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::money::Currency;
use crate::problem::Problem;

/// Who computes tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tax {
    #[default]
    Ledger,
    Sent,
}

/// The defaults are those of an empty list: no ability, no limit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent yes or no of the contract"
)]
pub struct Abilities {
    pub draft: bool,
    pub post: bool,
    pub update: bool,
    pub void: bool,
    pub credit_note: bool,
    pub negative_lines: bool,
    pub customers: bool,
    pub find: bool,
    /// Push is atomic by reference at the remote.
    pub upsert: bool,
    pub find_lag_ms: u32,
    pub lines_max: Option<u32>,
    pub quantity_decimals: Option<u32>,
    pub price_decimals: Option<u32>,
    pub reference_length: Option<u32>,
    /// Only where they are not those of ISO 4217.
    pub exponents: BTreeMap<String, u32>,
    pub tax: Tax,
    pub sums: Sums,
}

/// What a sink adds up to the total of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sums {
    /// The rounded nets of the lines (EN 16931).
    #[default]
    RoundedLines,
    /// The products before rounding, so that fractions of a cent in lines add up to other totals than ours.
    ExactProducts,
}

impl Abilities {
    /// How many lines a document holds.
    pub(super) fn most_lines(&self) -> usize {
        self.lines_max.map_or(usize::MAX, |most| most as usize)
    }

    /// Reads the list of `describe`. Keys that are not known are left alone, so that the contract can grow.
    pub fn parse(list: &[(String, String)]) -> Result<Self, Vec<Problem>> {
        let mut abilities = Self::default();
        let mut problems = Vec::new();
        for (key, value) in list {
            if let Err(expected) = abilities.set(key, value) {
                let message = format!("`{value}` is not what was expected: {expected}");
                problems.push(Problem::new(["abilities", key], message));
            }
        }
        if problems.is_empty() {
            Ok(abilities)
        } else {
            Err(problems)
        }
    }

    /// Decimals of an amount at the sink.
    pub fn exponent(&self, currency: Currency) -> u32 {
        let declared = self.exponents.get(currency.code()).copied();
        declared.unwrap_or_else(|| u32::from(currency.exponent()))
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), &'static str> {
        match key {
            "draft" => self.draft = yes(value)?,
            "post" => self.post = yes(value)?,
            "update" => self.update = yes(value)?,
            "void" => self.void = yes(value)?,
            "credit-note" => self.credit_note = yes(value)?,
            "negative-lines" => self.negative_lines = yes(value)?,
            "customers" => self.customers = yes(value)?,
            "find" => self.find = yes(value)?,
            "upsert" => self.upsert = yes(value)?,
            "find-lag-ms" => self.find_lag_ms = number(value)?,
            "lines-max" => {
                let most = number(value)?;
                if most == 0 {
                    return Err("a whole number from 1");
                }
                self.lines_max = Some(most);
            }
            "quantity-decimals" => self.quantity_decimals = Some(number(value)?),
            "price-decimals" => self.price_decimals = Some(number(value)?),
            "reference-length" => self.reference_length = Some(number(value)?),
            "tax" => {
                self.tax = match value {
                    "ledger" => Tax::Ledger,
                    "sent" => Tax::Sent,
                    _ => return Err("ledger or sent"),
                }
            }
            "rounding" => {
                self.sums = match value {
                    "line" => Sums::RoundedLines,
                    "document" => Sums::ExactProducts,
                    _ => return Err("line or document"),
                }
            }
            _ => {
                if let Some(code) = key.strip_prefix("exponent.") {
                    let currency: Currency = code.parse().map_err(|_| "an ISO 4217 code")?;
                    let decimals = number(value)?;
                    self.exponents.insert(currency.code().to_owned(), decimals);
                }
            }
        }
        Ok(())
    }
}

fn yes(value: &str) -> Result<bool, &'static str> {
    match value {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("yes or no"),
    }
}

fn number(value: &str) -> Result<u32, &'static str> {
    value.parse().map_err(|_| "a whole number")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |&(key, value): &(&str, &str)| (key.to_owned(), value.to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn the_list_of_the_contract_is_read() {
        let abilities = Abilities::parse(&list(&[
            ("draft", "yes"),
            ("lines-max", "250"),
            ("exponent.HUF", "0"),
            ("tax", "sent"),
            ("rounding", "document"),
            ("some-later-key", "whatever"),
        ]))
        .unwrap();
        assert!(abilities.draft && !abilities.post);
        assert_eq!(abilities.lines_max, Some(250));
        assert_eq!(abilities.exponent("HUF".parse().unwrap()), 0);
        assert_eq!(abilities.exponent("EUR".parse().unwrap()), 2);
        assert_eq!(abilities.tax, Tax::Sent);
        assert_eq!(abilities.sums, Sums::ExactProducts);
    }

    #[test]
    fn every_bad_value_is_reported() {
        let problems = Abilities::parse(&list(&[
            ("draft", "true"),
            ("lines-max", "0"),
            ("exponent.XYZ", "2"),
        ]))
        .unwrap_err();
        let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "abilities.draft: `true` is not what was expected: yes or no",
                "abilities.lines-max: `0` is not what was expected: a whole number from 1",
                "abilities.exponent.XYZ: `2` is not what was expected: an ISO 4217 code",
            ]
        );
    }
}

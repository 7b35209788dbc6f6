//! Exchange rates: dated facts with a source, and what a price comes to in another currency. Nothing is rounded here, and no
//! rate is turned round.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tariff::{Model, Tariff, Tier};
use super::tiers::read_decimal;
use super::written::WrittenDecimal;
use crate::charge::Exchange;
use crate::decimal::Decimal;
use crate::money::Currency;
use crate::problem::Problem;
use crate::time::{Date, Instant, TimeZone, Validity};
use crate::validity::{Dated, WrittenDate};

/// By how many days a rate may be older than the day on which it counts: a week with its holidays.
pub(super) const RATE_AGE_DAYS_MAX: u32 = 7;

/// An exchange rate of a day: one of `from` is `rate` of `to`. It counts for prices that say `convert_from`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExchangeRateConfig {
    /// The currency that prices are in: an upper-case ISO 4217 code.
    #[schemars(regex(pattern = "^[A-Z]{3}(/[0-9])?$"))]
    pub from: String,
    /// The currency that is billed: an upper-case ISO 4217 code. The other direction needs a rate of its own.
    #[schemars(regex(pattern = "^[A-Z]{3}(/[0-9])?$"))]
    pub to: String,
    /// How much of `to` one of `from` is.
    pub rate: WrittenDecimal,
    /// The day of the rate. It counts from then on, until there is a newer one.
    pub date: WrittenDate,
    /// Who published it, as it stands on lines: "Riksbanken".
    pub source: String,
    /// Where it stands: "rates.csv:40". Filled in by whoever reads the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub place: Option<String>,
}

/// The day whose exchange rate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RateOn {
    /// The last day of the billing period.
    #[default]
    PeriodEnd,
    /// The first day of the billing period.
    PeriodStart,
}

impl RateOn {
    /// As a person writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::PeriodEnd => "period-end",
            Self::PeriodStart => "period-start",
        }
    }
}

/// An exchange rate that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRate {
    pub from: Currency,
    pub to: Currency,
    pub rate: Decimal,
    pub date: Date,
    /// The start of its day.
    pub since: Instant,
    pub source: String,
    pub place: String,
}

impl Dated for ExchangeRate {
    fn identity(&self) -> String {
        format!("{} {} {}", self.from, self.to, self.date)
    }

    fn validity(&self) -> Validity {
        Validity {
            from: Some(self.since),
            to: None,
        }
    }

    fn same(&self, other: &Self) -> bool {
        self.identity() == other.identity()
            && self.rate == other.rate
            && self.source == other.source
    }
}

/// A price in the currency of its buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanged {
    pub tariff: Tariff,
    pub exchange: Exchange,
    /// Days from the rate to the day on which it counts, where they are more than allowed.
    pub too_old: Option<i32>,
}

/// Checks rates whose days are those of the zone. Paths begin with `exchange_rate`.
pub fn resolve_rates(
    configs: &[ExchangeRateConfig],
    zone: &TimeZone,
) -> Result<Vec<ExchangeRate>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut rates = Vec::with_capacity(configs.len());
    for (index, config) in configs.iter().enumerate() {
        let mut own = Vec::new();
        if let Some(rate) = resolve_rate(config, index, zone, &mut own) {
            let earlier = *known.entry(rate.identity()).or_insert(index);
            if earlier != index {
                let message = format!(
                    "there are two rates from {} to {} of {}: this one, and number {}",
                    rate.from,
                    rate.to,
                    rate.date,
                    earlier + 1
                );
                let hint = "leave one of them out: which one counts, nobody could tell";
                own.push(Problem::new(["date"], message).with_hint(hint));
            }
            rates.push(rate);
        }
        let outer = ["exchange_rate".to_owned(), index.to_string()];
        problems.extend(own.into_iter().map(|problem| problem.below(outer.clone())));
    }
    if problems.is_empty() {
        Ok(rates)
    } else {
        Err(problems)
    }
}

fn resolve_rate(
    config: &ExchangeRateConfig,
    index: usize,
    zone: &TimeZone,
    problems: &mut Vec<Problem>,
) -> Option<ExchangeRate> {
    let mut currency = |text: &str, key: &str| match text.parse::<Currency>() {
        Ok(currency) => Some(currency),
        Err(error) => {
            problems.push(Problem::new([key], error.to_string()));
            None
        }
    };
    let (from, to) = (currency(&config.from, "from"), currency(&config.to, "to"));
    if from.is_some() && from == to {
        let message = format!("it is a rate from {} to itself", config.from);
        problems.push(Problem::new(["to"], message));
    }
    let rate = read_decimal(&config.rate, &["rate"], problems);
    if rate.is_some_and(Decimal::is_zero) {
        let hint = "how much of `to` one of `from` is";
        problems.push(Problem::new(["rate"], "a rate is more than zero").with_hint(hint));
    }
    let date = match config.date.date(&["date"]) {
        Ok(date) => Some(date),
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    let since = date.and_then(|date| match Instant::start_of_day(date, zone) {
        Ok(since) => Some(since),
        Err(error) => {
            problems.push(Problem::new(["date"], error.to_string()));
            None
        }
    });
    if config.source.trim().is_empty() {
        let hint = "source = \"Riksbanken\": it stands on every line that was converted";
        problems.push(Problem::new(["source"], "the rate has no source").with_hint(hint));
    }
    Some(ExchangeRate {
        from: from?,
        to: to?,
        rate: rate?,
        date: date?,
        since: since?,
        source: config.source.trim().to_owned(),
        place: config
            .place
            .clone()
            .unwrap_or_else(|| format!("exchange rate {}", index + 1)),
    })
}

impl Tariff {
    /// Every amount of money times a rate, exactly. The percentage of a quantity is an amount of money, that of the `net` of
    /// other items is none. `None` where a number has more than 28 digits then.
    pub fn exchanged(&self, rate: Decimal, of_net: bool) -> Option<Self> {
        let money =
            |amount: Decimal| Decimal::from_rational(&(amount.to_rational() * rate.to_rational()));
        let maybe = |amount: Option<Decimal>| match amount {
            Some(amount) => money(amount).map(Some),
            None => Some(None),
        };
        let tiers = |tiers: &[Tier]| -> Option<Vec<Tier>> {
            let tier = |tier: &Tier| {
                Some(Tier {
                    up_to: tier.up_to,
                    amount: money(tier.amount)?,
                    flat: maybe(tier.flat)?,
                })
            };
            tiers.iter().map(tier).collect()
        };
        let model = match &self.model {
            Model::Unit(amount) => Model::Unit(money(*amount)?),
            Model::Flat(amount) => Model::Flat(money(*amount)?),
            Model::Graduated(all) => Model::Graduated(tiers(all)?),
            Model::Volume(all) => Model::Volume(tiers(all)?),
            Model::Package { size, amount } => Model::Package {
                size: *size,
                amount: money(*amount)?,
            },
            Model::Percentage(percent) if of_net => Model::Percentage(*percent),
            Model::Percentage(percent) => Model::Percentage(money(*percent)?),
            Model::Split(amount) => Model::Split(money(*amount)?),
            Model::Bundle(amount) => Model::Bundle(money(*amount)?),
        };
        Some(Self {
            model,
            conversion: self.conversion.clone(),
            allowance: self.allowance,
            discount_percent: self.discount_percent,
            discount_amount: maybe(self.discount_amount)?,
            maximum: maybe(self.maximum)?,
            minimum: maybe(self.minimum)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(keys: &str) -> ExchangeRateConfig {
        let head = "from = \"EUR\"\nto = \"SEK\"\nrate = \"11.2345\"\ndate = \"2026-03-31\"\nsource = \"Riksbanken\"\n";
        let key = |line: &&str| {
            let (key, _) = line.split_once(' ').unwrap();
            !keys.lines().any(|own| own.starts_with(key))
        };
        let rest: Vec<&str> = head.lines().filter(key).collect();
        toml::from_str(&format!("{}\n{keys}", rest.join("\n"))).unwrap()
    }

    #[test]
    fn every_mistake_of_a_rate_is_told() {
        for (keys, told) in [
            (
                "from = \"EURO\"",
                "from: `EURO` is no ISO 4217 currency code, such as EUR or SEK",
            ),
            (
                "to = \"XAU\"",
                "to: the currency XAU has no minor units, so nothing can be billed in it",
            ),
            ("to = \"EUR\"", "to: it is a rate from EUR to itself"),
            ("rate = \"0\"", "rate: a rate is more than zero"),
            (
                "rate = \"-1\"",
                "rate: `-1` is negative; a rate is zero or more",
            ),
            (
                "rate = \"11,2\"",
                "rate: `11,2` is no decimal number of at most 28 digits, such as 12.50",
            ),
            (
                "date = \"2026-02-30\"",
                "date: `2026-02-30` is no date; expected one such as 2026-03-01",
            ),
            ("source = \" \"", "source: the rate has no source"),
        ] {
            let found = resolve_rates(&[rate(keys)], &TimeZone::UTC).unwrap_err();
            let [only] = found.as_slice() else {
                panic!("{keys}: {found:?}")
            };
            assert_eq!(
                format!("{}: {}", only.path[2..].join("."), only.message),
                told
            );
        }
        let twice = [rate(""), rate("rate = \"11\"")];
        let found = resolve_rates(&twice, &TimeZone::UTC).unwrap_err();
        assert_eq!(
            found[0].message,
            "there are two rates from EUR to SEK of 2026-03-31: this one, and number 1"
        );
    }

    #[test]
    fn every_amount_is_converted_and_no_quantity() {
        let one = |text: &str| text.parse::<Decimal>().unwrap();
        let tariff = Tariff {
            discount_percent: Some(one("10")),
            discount_amount: Some(one("2")),
            maximum: Some(one("100")),
            minimum: Some(one("0.5")),
            ..Tariff::of(Model::Graduated(vec![
                Tier {
                    up_to: Some(one("5")),
                    amount: one("7.9"),
                    flat: Some(one("1")),
                },
                Tier {
                    up_to: None,
                    amount: one("0"),
                    flat: None,
                },
            ]))
        };
        let there = tariff.exchanged(one("11.2345"), false).unwrap();
        let Model::Graduated(tiers) = &there.model else {
            panic!("{there:?}")
        };
        assert_eq!(tiers[0].up_to, Some(one("5")));
        assert_eq!(tiers[0].amount, one("88.75255"));
        assert_eq!(tiers[0].flat, Some(one("11.2345")));
        assert_eq!(there.discount_percent, Some(one("10")));
        assert_eq!(there.discount_amount, Some(one("22.469")));
        assert_eq!(there.maximum, Some(one("1123.45")));
        assert_eq!(there.minimum, Some(one("5.61725")));
        let percent = Tariff::of(Model::Percentage(one("2.5")));
        let of_quantity = percent.exchanged(one("10"), false).unwrap();
        assert_eq!(of_quantity.model, Model::Percentage(one("25")));
        let of_net = percent.exchanged(one("10"), true).unwrap();
        assert_eq!(of_net, percent);
        let fine = Tariff::of(Model::Unit(one("1234567890.123456789012")));
        assert_eq!(fine.exchanged(one("1.123456789012"), false), None);
    }
}

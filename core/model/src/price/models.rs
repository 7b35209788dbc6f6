//! Reads what a price says under the model of its item: the keys that the model needs, and none that it has no use for.

use super::config::PriceConfig;
use super::tariff::{Allowance, Model, Tariff};
use super::tiers::{read_decimal, read_tiers};
use super::written::WrittenDecimal;
use crate::decimal::Decimal;
use crate::problem::Problem;

/// The models that there are, as a person writes them.
pub(super) const MODELS: [&str; 8] = [
    "unit",
    "flat",
    "graduated",
    "volume",
    "package",
    "percentage",
    "split",
    "bundle",
];

/// The numbers of a model: by key, what is written.
type Numbers = [(&'static str, bool); 4];

/// The keys that hold a model's numbers, and an example of a price that has them.
fn keys_of(model: &str) -> Option<(&'static [&'static str], &'static str)> {
    Some(match model {
        "unit" | "bundle" | "flat" | "split" => (&["amount"], "amount = \"12.50\""),
        "graduated" | "volume" => (
            &["tiers"],
            "tiers = [{ up_to = \"100\", amount = \"1.00\" }, { amount = \"0.80\" }]",
        ),
        "package" => (
            &["amount", "package"],
            "package = \"100\", amount = \"5.00\"",
        ),
        "percentage" => (&["percent"], "percent = \"2.5\""),
        _ => return None,
    })
}

/// The tariff of a price under the model of its item. Paths are relative to the price.
pub(super) fn read_tariff(
    config: &PriceConfig,
    model: &str,
    problems: &mut Vec<Problem>,
) -> Option<Tariff> {
    let before = problems.len();
    // The item's own problem is told once, at the item.
    let (keys, example) = keys_of(model)?;
    check_keys(config, model, (keys, example), problems);
    let numbers = read_model(config, model, problems);
    let mut read = |written: &Option<WrittenDecimal>, key: &'static str| {
        let written = written.as_ref()?;
        read_decimal(written, &[key], problems)
    };
    let allowance = read(&config.allowance, "allowance").map(|quantity| Allowance {
        quantity,
        per: config.allowance_per,
    });
    let tariff = Tariff {
        model: numbers?,
        conversion: None,
        allowance,
        discount_percent: read(&config.discount_percent, "discount_percent"),
        discount_amount: read(&config.discount_amount, "discount_amount"),
        maximum: read(&config.maximum, "maximum"),
        minimum: read(&config.minimum, "minimum"),
    };
    check_limits(&tariff, problems);
    (problems.len() == before).then_some(tariff)
}

fn check_keys(
    config: &PriceConfig,
    model: &str,
    (needed, example): (&[&str], &str),
    problems: &mut Vec<Problem>,
) {
    let written: Numbers = [
        ("amount", config.amount.is_some()),
        ("tiers", config.tiers.is_some()),
        ("package", config.package.is_some()),
        ("percent", config.percent.is_some()),
    ];
    for (key, is_written) in written {
        match (needed.contains(&key), is_written) {
            (true, false) => {
                let message = format!("the model \"{model}\" needs `{key}`");
                let nowhere = Vec::<String>::new();
                problems.push(Problem::new(nowhere, message).with_hint(example));
            }
            (false, true) => {
                let message = format!("the model \"{model}\" has no use for `{key}`");
                let hint = format!("a price of this model has {example}");
                problems.push(Problem::new([key], message).with_hint(hint));
            }
            (true, true) | (false, false) => {}
        }
    }
}

fn read_model(config: &PriceConfig, model: &str, problems: &mut Vec<Problem>) -> Option<Model> {
    if let ("graduated" | "volume", Some(tiers)) = (model, &config.tiers) {
        let tiers = read_tiers(tiers, problems)?;
        return Some(match model {
            "graduated" => Model::Graduated(tiers),
            _ => Model::Volume(tiers),
        });
    }
    let mut read = |written: &Option<WrittenDecimal>, key: &'static str| {
        let written = written.as_ref()?;
        read_decimal(written, &[key], problems)
    };
    match model {
        "percentage" => read(&config.percent, "percent").map(Model::Percentage),
        "package" => {
            let (amount, size) = (
                read(&config.amount, "amount"),
                read(&config.package, "package"),
            );
            let (amount, size) = (amount?, size?);
            if size.is_zero() {
                problems.push(Problem::new(
                    ["package"],
                    "a package of nothing has no price",
                ));
            }
            Some(Model::Package { size, amount })
        }
        _ => {
            let amount = read(&config.amount, "amount")?;
            Some(match model {
                "flat" => Model::Flat(amount),
                "split" => Model::Split(amount),
                "bundle" => Model::Bundle(amount),
                _ => Model::Unit(amount),
            })
        }
    }
}

fn check_limits(tariff: &Tariff, problems: &mut Vec<Problem>) {
    let hundred = Decimal::from(100);
    if tariff
        .discount_percent
        .is_some_and(|percent| percent > hundred)
    {
        let message = "a discount of more than 100 % would pay the customer";
        problems.push(Problem::new(["discount_percent"], message));
    }
    if let (Some(minimum), Some(maximum)) = (tariff.minimum, tariff.maximum)
        && minimum > maximum
    {
        let message = format!("the minimum {minimum} is above the maximum {maximum}");
        problems.push(Problem::new(["minimum"], message));
    }
    let shares = matches!(tariff.model, Model::Split(_));
    if shares && !tariff.is_plain() {
        let message = "a total that is shared has no allowance, discount, maximum or minimum";
        let hint = "take them off the total";
        let nowhere = Vec::<String>::new();
        problems.push(Problem::new(nowhere, message).with_hint(hint));
    }
}

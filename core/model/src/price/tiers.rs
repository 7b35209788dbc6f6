//! Reads the numbers of a price: plain decimals with few places, and tiers that leave no gap.

use super::book::{Tariff, Tier};
use super::config::{PriceConfig, TierConfig};
use super::written::WrittenDecimal;
use crate::decimal::Decimal;
use crate::problem::Problem;

/// How many decimals a price or a tier's bound may have: as many as the sinks with the finest prices take (rule R29).
const DECIMALS_MAX: u32 = 12;

/// The models that there are, as a person writes them.
pub(super) const MODELS: [&str; 2] = ["unit", "graduated"];

/// The tariff of a price under the model of its item. Paths are relative to the price.
pub(super) fn read_tariff(
    config: &PriceConfig,
    model: &str,
    problems: &mut Vec<Problem>,
) -> Option<Tariff> {
    match (&config.amount, &config.tiers, model) {
        (Some(_), Some(_), _) => {
            problems.push(
                Problem::new(["tiers"], "a price has `amount` or `tiers`, and not both")
                    .with_hint("keep `amount` for model \"unit\", `tiers` for \"graduated\""),
            );
            None
        }
        (Some(amount), None, "unit") => {
            read_decimal(amount, &["amount"], problems).map(Tariff::Unit)
        }
        (None, Some(tiers), "graduated") => read_tiers(tiers, problems).map(Tariff::Graduated),
        (_, _, "unit") => {
            problems.push(
                Problem::new(Vec::<String>::new(), "the model \"unit\" needs an `amount`")
                    .with_hint("amount = \"12.50\", or model = \"graduated\" for tiers"),
            );
            None
        }
        (_, _, "graduated") => {
            problems.push(
                Problem::new(
                    Vec::<String>::new(),
                    "the model \"graduated\" needs `tiers`",
                )
                .with_hint(
                    "tiers = [{ up_to = \"100\", amount = \"1.00\" }, { amount = \"0.80\" }]",
                ),
            );
            None
        }
        // The item's problem is reported once, at the item.
        _ => None,
    }
}

/// A decimal that is not negative and has at most twelve decimals.
fn read_decimal(
    written: &WrittenDecimal,
    path: &[&str],
    problems: &mut Vec<Problem>,
) -> Option<Decimal> {
    let text = &written.0;
    let mut refuse = |message: String, hint: &str| {
        problems.push(Problem::new(path.iter().copied(), message).with_hint(hint));
        None
    };
    let places = text.split_once('.').map_or("", |(_, places)| places);
    let decimals = places.trim_end_matches('0').len();
    let all_digits = places.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits && decimals > DECIMALS_MAX as usize {
        let message =
            format!("`{text}` has {decimals} decimals; at most {DECIMALS_MAX} are allowed");
        return refuse(message, "price a larger unit, such as 1000 calls");
    }
    match text.parse::<Decimal>() {
        Err(error) => refuse(
            error.to_string(),
            "digits with a point, no separators and no sign",
        ),
        Ok(value) if value.is_negative() => refuse(
            format!("`{text}` is negative; a price is zero or more"),
            "what is given back belongs into a discount or a credit note",
        ),
        Ok(value) => Some(value),
    }
}

fn read_tiers(tiers: &[TierConfig], problems: &mut Vec<Problem>) -> Option<Vec<Tier>> {
    let before = problems.len();
    if tiers.is_empty() {
        problems.push(Problem::new(["tiers"], "there is no tier"));
    }
    let mut read = Vec::with_capacity(tiers.len());
    let mut below = Decimal::ZERO;
    for (index, tier) in tiers.iter().enumerate() {
        let position = index.to_string();
        let bound_path = ["tiers", &position, "up_to"];
        let is_last = index + 1 == tiers.len();
        let amount = read_decimal(&tier.amount, &["tiers", &position, "amount"], problems);
        let up_to = match &tier.up_to {
            None if is_last => None,
            None => {
                problems.push(
                    Problem::new(
                        ["tiers", &position],
                        "the tier has no `up_to`, and others follow",
                    )
                    .with_hint("only the last tier is open; give the others their last quantity"),
                );
                None
            }
            Some(written) => {
                if is_last {
                    problems.push(
                        Problem::new(
                            bound_path,
                            "the last tier ends: larger quantities have no price",
                        )
                        .with_hint("leave `up_to` out of the last tier, or add a tier without it"),
                    );
                }
                read_decimal(written, &bound_path, problems)
            }
        };
        if let Some(bound) = up_to {
            if bound <= below {
                problems.push(Problem::new(
                    bound_path,
                    format!("the tiers do not ascend: {bound} is not above {below}"),
                ));
            }
            below = below.max(bound);
        }
        read.extend(amount.map(|amount| Tier { up_to, amount }));
    }
    (problems.len() == before).then_some(read)
}

//! Reads the numbers of a price: plain decimals with few places, and tiers that leave no gap.

use super::config::TierConfig;
use super::tariff::Tier;
use super::written::WrittenDecimal;
use crate::decimal::Decimal;
use crate::problem::Problem;

/// How many decimals a price or a tier's bound may have: as many as the sinks with the finest prices take (rule R29).
const DECIMALS_MAX: u32 = 15;

/// A decimal that is not negative and has at most fifteen decimals.
pub(crate) fn read_decimal(
    written: &WrittenDecimal,
    path: &[&str],
    problems: &mut Vec<Problem>,
) -> Option<Decimal> {
    let text = &written.0;
    let what = called(path.last().copied().unwrap_or_default());
    let mut refuse = |message: String, hint: &str| {
        problems.push(Problem::new(path.iter().copied(), message).with_hint(hint));
        None
    };
    let places = text.split_once('.').map_or("", |(_, places)| places);
    let decimals = places.trim_end_matches('0').len();
    let all_digits = places.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits && decimals > DECIMALS_MAX as usize {
        let written = places.len();
        let message =
            format!("`{text}` has {written} decimals; at most {DECIMALS_MAX} are allowed");
        // Rounding decides money, which is for a person; of a percentage there is no larger unit.
        let hint = match what {
            "a price" => "price a larger unit, such as 1000 calls",
            _ => "round it to as many",
        };
        return refuse(message, hint);
    }
    match text.parse::<Decimal>() {
        Err(error) => refuse(
            error.to_string(),
            "digits with a point, no separators and no sign",
        ),
        Ok(value) if value.is_negative() => refuse(
            format!("`{text}` is negative; {what} is zero or more"),
            match what {
                "a rate" => "how much of `to` one of `from` is",
                _ => "what is given back belongs into a discount or a credit note",
            },
        ),
        Ok(value) => Some(value),
    }
}

/// What the number under a key is.
fn called(key: &str) -> &'static str {
    match key {
        "quantity" | "allowance" | "up_to" | "package" | "divide" => "a quantity",
        "percent" | "discount_percent" => "a percentage",
        "rate" => "a rate",
        _ => "a price",
    }
}

/// Tiers that ascend and leave no gap.
pub(super) fn read_tiers(tiers: &[TierConfig], problems: &mut Vec<Problem>) -> Option<Vec<Tier>> {
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
        let (amount, flat) = read_amounts(tier, &position, problems);
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
        read.push(Tier {
            up_to,
            amount,
            flat,
        });
    }
    (problems.len() == before).then_some(read)
}

/// What a unit of a tier costs, and what the tier itself costs.
fn read_amounts(
    tier: &TierConfig,
    position: &str,
    problems: &mut Vec<Problem>,
) -> (Decimal, Option<Decimal>) {
    if tier.amount.is_none() && tier.flat.is_none() {
        let message = "the tier has neither an `amount` nor a `flat`";
        let hint = "amount = \"0\" for a tier that is free of charge";
        problems.push(Problem::new(["tiers", position], message).with_hint(hint));
    }
    let mut read = |written: &Option<WrittenDecimal>, key: &str| {
        let written = written.as_ref()?;
        read_decimal(written, &["tiers", position, key], problems)
    };
    let amount = read(&tier.amount, "amount").unwrap_or(Decimal::ZERO);
    (amount, read(&tier.flat, "flat"))
}

//! What holds of every answer, whatever was asked (section 10 of the money rules).

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use super::agreements::Agreements;
use super::calendar::{Month, STEP};
use super::world::{ACCOUNTS, AGREEMENTS, Case, World};

/// An amount without its point: all of one line have the same decimals.
fn minor(money: &Value) -> Result<i128> {
    let text = money["amount"].as_str().context("an amount is a text")?;
    Ok(text.replace('.', "").parse()?)
}

fn list(value: &Value) -> Result<&Vec<Value>> {
    value.as_array().context("a list")
}

fn sum<'a>(money: impl Iterator<Item = &'a Value>) -> Result<i128> {
    money.map(minor).sum()
}

/// Of an answer with `--detail`.
pub(crate) fn check(answer: &Value, world: &World, month: &Month) -> Result<()> {
    let mut totals: BTreeMap<String, i128> = BTreeMap::new();
    let mut charged: BTreeMap<String, Vec<(&str, &str)>> = BTreeMap::new();
    for line in list(&answer["lines"])? {
        let net = minor(&line["net"])?;
        let told = || format!("{line:#}");
        let parts = list(&line["parts"])?.iter().map(|part| &part["amount"]);
        assert_eq!(sum(parts)?, net, "parts of {}", told());
        let of_resources = list(&line["contributions"]).map_or(&[][..], Vec::as_slice);
        if !of_resources.is_empty() {
            let allocated = of_resources.iter().map(|one| &one["allocated"]);
            assert_eq!(sum(allocated)?, net, "allocations of {}", told());
        }
        let currency = line["net"]["currency"].as_str().context("a currency")?;
        *totals.entry(currency.to_owned()).or_default() += net;
        let mut key = format!(
            "{} {} {}",
            line["account"], line["item"], line["dimensions"]
        );
        key.push_str(&contract(world, month, line));
        let bound = |end: &str| line["period"][end].as_str().context("a period");
        charged
            .entry(key)
            .or_default()
            .push((bound("from")?, bound("to")?));
    }
    for (key, mut periods) in charged {
        periods.sort_unstable();
        let overlap = periods.windows(2).find(|pair| pair[0].1 > pair[1].0);
        assert_eq!(overlap, None, "periods of {key}");
    }
    for (currency, total) in totals {
        assert_eq!(
            minor(&answer["totals"][&currency])?,
            total,
            "the total of {currency}"
        );
    }
    check_balance(answer, world, month);
    Ok(())
}

/// The contract that a line is for: agreements that stand side by side are contracts of their own.
fn contract(world: &World, month: &Month, line: &Value) -> String {
    let named = |case: &&Case| (0..ACCOUNTS).find(|one| line["account"] == case.account(*one));
    let Some((case, account)) = world
        .cases
        .iter()
        .find_map(|case| Some((case, named(&case)?)))
    else {
        return String::new();
    };
    let agreement = AGREEMENTS
        .iter()
        .position(|name| line["agreement"] == *name);
    let agreements = Agreements::of(case, month);
    format!("{:?}", agreements.contract(account, agreement))
}

/// Invariant 4: what was discovered is accounted for, in seconds and in count.
fn check_balance(answer: &Value, world: &World, month: &Month) {
    for case in &world.cases {
        let stretches = case
            .resources
            .iter()
            .flat_map(|resource| &resource.stretches);
        let (mut seconds, mut at_end) = (0, 0);
        for stretch in stretches {
            let (from, to) = (stretch.from.max(0), stretch.to.min(month.end()));
            seconds += (to - from).max(0) * STEP;
            at_end += i64::from(from < month.end() && to == month.end());
        }
        let balance = &answer["kinds"][case.kind()];
        for (name, discovered) in [("seconds", seconds), ("at_end", at_end)] {
            let number = |key: &str| balance[name][key].as_i64().unwrap_or(0);
            assert_eq!(
                number("discovered"),
                discovered,
                "{name} of {}",
                case.kind()
            );
            let keys = [
                "billed",
                "non_billable",
                "not_charged",
                "suspended",
                "unpriced",
            ];
            let accounted: i64 = keys.into_iter().map(number).sum();
            assert_eq!(
                accounted,
                discovered,
                "{name} of {}: {balance}",
                case.kind()
            );
        }
    }
}

//! The answer of `counterfoil rate --json` in the form of the reference: one CSV line a charge, in the same order.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::workload::UNASSIGNED;

const HEAD: &str = "customer,agreement,function,meter,unit_days,amount";

#[derive(Debug, Deserialize)]
struct Answer {
    lines: Vec<Line>,
    suspended: Vec<Suspended>,
}

#[derive(Debug, Deserialize)]
struct Line {
    customer: String,
    item: String,
    dimensions: BTreeMap<String, String>,
    quantity_exact: String,
    net: Money,
}

#[derive(Debug, Deserialize)]
struct Suspended {
    plan: String,
    service: String,
    item: String,
    quantity_exact: String,
    net: Money,
}

#[derive(Debug, Deserialize)]
struct Money {
    amount: String,
}

/// The lines with their head. Suspense stands under the reference's name for it.
pub fn of_answer(json: &str, days: u32) -> Result<String> {
    let answer: Answer = serde_json::from_str(json).context("read the answer of `rate`")?;
    let mut lines = BTreeMap::new();
    for line in &answer.lines {
        let said = |name: &str| line.dimensions.get(name).map_or("", String::as_str);
        let key = (
            line.customer.as_str(),
            said("plan"),
            said("service"),
            line.item.as_str(),
        );
        add(&mut lines, key, &line.quantity_exact, &line.net, days)?;
    }
    for line in &answer.suspended {
        let key = (
            UNASSIGNED,
            line.plan.as_str(),
            line.service.as_str(),
            line.item.as_str(),
        );
        add(&mut lines, key, &line.quantity_exact, &line.net, days)?;
    }
    let mut text = format!("{HEAD}\n");
    for ((customer, plan, service, item), rest) in lines {
        text.push_str(&format!("{customer},{plan},{service},{item},{rest}\n"));
    }
    Ok(text)
}

type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

fn add<'a>(
    lines: &mut BTreeMap<Key<'a>, String>,
    key: Key<'a>,
    quantity: &str,
    net: &Money,
    days: u32,
) -> Result<()> {
    let line = format!("{},{}", unit_days(quantity, days)?, net.amount);
    if lines.insert(key, line).is_some() {
        bail!("there are two lines of {key:?}");
    }
    Ok(())
}

/// The quantity of a month times its days: what the reference sums up, in hundredths exactly.
fn unit_days(quantity: &str, days: u32) -> Result<String> {
    let (numerator, denominator) = quantity.split_once('/').unwrap_or((quantity, "1"));
    let numerator: i128 = numerator.parse().context("read a quantity")?;
    let denominator: i128 = denominator.parse().context("read a quantity")?;
    let hundredths = numerator * i128::from(days) * 100;
    if hundredths % denominator != 0 {
        bail!("{quantity} of {days} days is no whole number of hundredths");
    }
    let hundredths = hundredths / denominator;
    Ok(format!("{}.{:02}", hundredths / 100, hundredths % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monthly_quantity_becomes_unit_days() {
        assert_eq!(unit_days("7/30", 30).unwrap(), "7.00");
        assert_eq!(unit_days("2501/3000", 30).unwrap(), "25.01");
        assert_eq!(unit_days("4", 30).unwrap(), "120.00");
        assert!(unit_days("1/7", 30).is_err());
    }
}

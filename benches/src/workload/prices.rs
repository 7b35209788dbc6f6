//! The workload's price list as a price book: an item a meter, with the list's tiers by plan and the customers' own.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use toml::{Table, Value};

use super::{CURRENCY, Customer, FREE, table, text};

#[derive(Debug, Deserialize)]
struct Row {
    /// Empty: the list's.
    customer: String,
    agreement: String,
    meter: String,
    tier_from: i64,
    price: String,
}

/// By meter, then by customer and agreement: the start and the price of each tier.
type Tiers = BTreeMap<String, BTreeMap<(String, String), BTreeMap<i64, String>>>;

pub(super) fn tables(path: &Path, customers: &[Customer]) -> Result<Table> {
    let mut reader =
        csv::Reader::from_path(path).with_context(|| format!("read {}", path.display()))?;
    let mut tiers = Tiers::new();
    for row in reader.deserialize() {
        let row: Row = row.with_context(|| format!("read {}", path.display()))?;
        let buyers = tiers.entry(row.meter).or_default();
        let buyer = buyers.entry((row.customer, row.agreement)).or_default();
        buyer.insert(row.tier_from, row.price);
    }
    let items = tiers
        .iter()
        .map(|(meter, buyers)| item(meter, buyers, customers))
        .collect::<Result<Vec<Value>>>()?;
    let book = table([
        ("rounding", text("half-up")),
        ("not_charged_services", Value::Array(vec![text(FREE)])),
        ("item", Value::Array(items)),
    ]);
    let books = table([("month", Value::Table(book))]);
    Ok(table([("price_book", Value::Table(books))]))
}

fn item(
    meter: &str,
    buyers: &BTreeMap<(String, String), BTreeMap<i64, String>>,
    customers: &[Customer],
) -> Result<Value> {
    let attribute = |name: &str| table([("attribute", text(name))]);
    let (kind, reads) = match meter {
        "vm.cpu" => ("vm", attribute("cpu")),
        "vm.ram" => ("vm", attribute("ram_gb")),
        "disk.prov" => ("disk", attribute("disk_gb")),
        "disk.used" => ("disk", table([("gauge", text("used_gb"))])),
        "ip.addr" => ("ip", table([("count", Value::Integer(1))])),
        "lic.core" => ("lic", attribute("cpu")),
        other => anyhow::bail!("there is no meter `{other}`"),
    };
    let mut item = table([
        ("name", text(meter)),
        (
            "description",
            text(&format!("{meter}, {{service}}, {{plan}}")),
        ),
        ("unit", text("C62")),
        ("kind", text(kind)),
        ("meter", Value::Table(reads)),
        ("model", text("graduated")),
        ("proration", text("actual-day")),
    ]);
    if kind == "vm" {
        let on = table([("power", text("on"))]);
        item.insert("when".to_owned(), Value::Table(on));
    }
    let consuming = customers.iter().filter(|one| one.is_billed_as_consumed());
    let consuming = Value::Array(consuming.map(|customer| text(&customer.code)).collect());
    match meter {
        "disk.used" => item.insert("customers".to_owned(), consuming),
        "disk.prov" => item.insert("except_customers".to_owned(), consuming),
        _ => None,
    };
    let prices = buyers.iter().map(|((customer, plan), tiers)| {
        let mut price = table([
            ("currency", text(CURRENCY)),
            ("plan", text(plan)),
            ("tiers", Value::Array(tier_tables(tiers))),
        ]);
        if !customer.is_empty() {
            price.insert("customer".to_owned(), text(customer));
        }
        Value::Table(price)
    });
    item.insert("price".to_owned(), Value::Array(prices.collect()));
    Ok(Value::Table(item))
}

/// A tier of the workload begins where the one before it ends; ours say their end.
fn tier_tables(tiers: &BTreeMap<i64, String>) -> Vec<Value> {
    let ends = tiers.keys().skip(1).map(Some).chain([None]);
    let tiers = tiers.values().zip(ends).map(|(amount, end)| {
        let mut tier = table([("amount", text(amount))]);
        if let Some(end) = end {
            tier.insert("up_to".to_owned(), Value::Integer(*end));
        }
        Value::Table(tier)
    });
    tiers.collect()
}

//! What the two months must come to: counts × price × days, in whole numbers, worked out without Counterfoil.

use std::collections::BTreeMap;
use std::ops::Range;

use super::estate::Estate;
use super::load::tenant_name;

/// Something with a price for a whole month.
pub(crate) struct Item {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) meter: &'static str,
    pub(crate) ten_thousandths: u64,
}

const fn item(
    name: &'static str,
    kind: &'static str,
    meter: &'static str,
    ten_thousandths: u64,
) -> Item {
    Item {
        name,
        kind,
        meter,
        ten_thousandths,
    }
}

pub(crate) const ITEMS: [Item; 5] = [
    item(
        "vcpu",
        "virtual-machine",
        r#"{ attribute = "vcpus" }"#,
        61_300,
    ),
    item(
        "memory",
        "virtual-machine",
        r#"{ attribute = "memory_mb" }"#,
        21,
    ),
    item("disk", "disk", r#"{ attribute = "disk_gb" }"#, 900),
    item(
        "rack-unit",
        "device",
        r#"{ attribute = "height_units" }"#,
        400_000,
    ),
    item("address", "ip-address", "{ count = 1 }", 21_000),
];

/// Net cents by customer and item.
pub(crate) type Bill = BTreeMap<(String, String), u64>;

/// The bill of the days of a month, counted from the first of March.
pub(crate) fn bill(estate: &Estate, month: Range<u64>) -> Bill {
    let mut unit_days: BTreeMap<(u32, &str), u64> = BTreeMap::new();
    for stay in estate.stays(month.end) {
        let first = stay.days.start.max(month.start);
        let days = stay.days.end.min(month.end).saturating_sub(first);
        for (item, units) in &stay.holding.units {
            *unit_days.entry((stay.holding.tenant, item)).or_default() += units * days;
        }
    }
    let length = month.end - month.start;
    let cents = |item: &str, unit_days: u64| {
        let price = ITEMS.iter().find(|one| one.name == item);
        let exact = unit_days * price.map_or(0, |price| price.ten_thousandths);
        // Half a cent goes up; a cent has a hundred ten-thousandths.
        (2 * exact + length * 100) / (2 * length * 100)
    };
    let lines = unit_days
        .into_iter()
        .filter(|(_, unit_days)| *unit_days > 0);
    lines
        .map(|((tenant, item), unit_days)| {
            let key = (tenant_name(tenant), item.to_owned());
            (key, cents(item, unit_days))
        })
        .collect()
}

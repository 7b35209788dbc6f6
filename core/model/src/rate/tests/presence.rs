//! What counts because something was there, and for how long: flat prices, own allowances, days that weigh nothing.

use super::*;
use crate::inventory::GaugeRun;

/// In 2026-08, with resources that are there for a time.
fn nets(keys: &str, prices: &[&str], resources: &[(&str, &str, &str)]) -> Vec<String> {
    let mut scenario = Scenario::new("2026-08", "UTC", &item(keys, prices));
    for (quantity, from, to) in resources {
        let period = scenario.period(from, to);
        scenario.add(quantity, period);
    }
    scenario.nets()
}

#[test]
fn a_flat_price_is_for_the_time_in_which_anything_is_there() {
    let of = |proration: &str, resources: &[(&str, &str, &str)]| {
        let keys = format!("model = \"flat\"\nproration = \"{proration}\"");
        nets(&keys, &["amount = \"50\""], resources).remove(0)
    };
    let from_the_tenth = ("7", "2026-08-10", "2026-09-01");
    // 22 × 50/31, as in TV-15.
    assert_eq!(of("actual-day", &[from_the_tenth]), "35.48");
    assert_eq!(of("second", &[from_the_tenth]), "35.48");
    assert_eq!(of("actual-360", &[from_the_tenth]), "36.67");
    assert_eq!(of("strict-30-360", &[from_the_tenth]), "35.00");
    assert_eq!(of("none", &[from_the_tenth]), "50.00");
    assert_eq!(of("full-unit", &[from_the_tenth]), "50.00");
    let overlapping = ("0", "2026-08-05", "2026-08-15");
    let before = ("1", "2026-08-01", "2026-08-03");
    // 2 days, a gap of two, and 27.
    let three = [from_the_tenth, overlapping, before];
    assert_eq!(of("actual-day", &three), "46.77");
    assert_eq!(of("actual-360", &three), "48.33");
    let throughout = [from_the_tenth, ("1", "2026-08-01", "2026-08-12")];
    assert_eq!(of("actual-360", &throughout), "50.00");
}

#[test]
fn prices_of_a_day_that_weighs_nothing_charge_nothing() {
    let keys = "model = \"graduated\"\nproration = \"strict-30-360\"";
    let tiers = |dates: &str, amount: i64| {
        format!("{dates}\ntiers = [{{ up_to = 5, amount = {amount}, flat = 3 }}, {{ amount = 1 }}]")
    };
    let (before, after) = (tiers("to = 2026-08-31", 2), tiers("from = 2026-08-31", 9));
    let all = [("2", "2026-08-01", "2026-09-01")];
    assert_eq!(nets(keys, &[&before, &after], &all), ["7.00", "0.00"]);
}

#[test]
fn a_sum_of_such_a_day_is_still_priced() {
    let mut keys = item(
        "model = \"graduated\"\nproration = \"strict-30-360\"",
        &[
            "to = 2026-08-31\ntiers = [{ amount = 2 }]",
            "from = 2026-08-31\ntiers = [{ amount = 3 }]",
        ],
    );
    keys = keys.replace(
        "attribute = \"n\"",
        "attribute = \"n\", aggregate = \"sum\"",
    );
    let mut scenario = Scenario::new("2026-08", "UTC", &keys);
    let period = scenario.period("2026-08-31", "2026-09-01");
    scenario.add("4", period);
    assert_eq!(scenario.nets(), ["12.00"]);
}

#[test]
fn a_level_is_summed_once_also_where_its_price_changes() {
    let prices = [
        "to = 2026-08-11\namount = 31",
        "from = 2026-08-11\namount = 31\nallowance = 0",
    ];
    let keys = item("", &prices);
    let keys = keys.replace(
        "attribute = \"n\"",
        "attribute = \"n\", aggregate = \"sum\"",
    );
    let mut scenario = Scenario::new("2026-08", "UTC", &keys);
    let whole = scenario.whole();
    scenario.add("2", whole);
    assert_eq!(scenario.nets(), ["20.00", "42.00"]);
}

#[test]
fn an_allowance_of_a_resource_counts_as_the_resource_does() {
    let price = ["amount = 1\nallowance = 10\nallowance_per = \"resource\""];
    let part = [("12", "2026-08-20", "2026-09-01")];
    for (proration, net) in [
        ("second", "0.77"),
        ("none", "2.00"),
        ("full-unit", "2.00"),
        ("actual-360", "0.80"),
    ] {
        let keys = format!("proration = \"{proration}\"");
        assert_eq!(nets(&keys, &price, &part), [net], "{proration}");
    }
    for aggregate in ["maximum", "last", "percentile", "sum"] {
        let meter = format!("attribute = \"n\", aggregate = \"{aggregate}\"");
        let keys = item("", &price).replace("attribute = \"n\"", &meter);
        let mut scenario = Scenario::new("2026-08", "UTC", &keys);
        let period = scenario.period("2026-08-20", "2026-09-01");
        scenario.add("12", period);
        assert_eq!(scenario.nets(), ["2.00"], "{aggregate}");
    }
}

#[test]
fn tiers_that_see_each_moment_see_what_is_beyond_each_allowance() {
    let keys = "model = \"volume\"\ntiers_see = \"each-moment\"\nproration = \"actual-day\"";
    let price = [
        "allowance = 10\nallowance_per = \"resource\"\ntiers = [{ up_to = 5, amount = 31 }, { amount = \"3.1\" }]",
    ];
    // 4 beyond for 10 days, 4 + 6 for 5 days; the third never uses its own.
    let resources = [
        ("14", "2026-08-01", "2026-08-16"),
        ("16", "2026-08-11", "2026-08-16"),
        ("3", "2026-08-01", "2026-09-01"),
    ];
    assert_eq!(nets(keys, &price, &resources), ["45.00"]);
}

#[test]
fn of_two_gauges_the_greater_one_counts_under_each_aggregate() {
    for (aggregate, net) in [
        ("average", "6.00"),
        ("maximum", "9.00"),
        ("last", "5.00"),
        ("sum", "180.00"),
        ("percentile", "9.00"),
        ("average\", proration = \"x", "6.00"),
        ("maximum\", together = true, merge = \"each", "9.00"),
        ("last\", together = true, merge = \"each", "5.00"),
    ] {
        let meter =
            format!("gauges = [\"in\", \"out\"], sample = \"24h\", aggregate = \"{aggregate}\"");
        let keys = item("", &["amount = 1"]).replace("attribute = \"n\"", &meter);
        let keys = keys.replace(", proration = \"x\"", "").replace(
            "[[item.price]]",
            if aggregate.contains("proration") {
                "proration = \"none\"\n[[item.price]]"
            } else {
                "[[item.price]]"
            },
        );
        let mut scenario = Scenario::new("2026-04", "UTC", &keys);
        let whole = scenario.whole();
        scenario.add("1", whole);
        for (name, first, second) in [("in", "9", "3"), ("out", "2", "5")] {
            for (value, from, to) in [
                (first, "2026-04-01", "2026-04-16"),
                (second, "2026-04-16", "2026-05-01"),
            ] {
                scenario.gauges.push(GaugeRun {
                    resource: ResourceId(1),
                    name: name.to_owned(),
                    period: scenario.period(from, to),
                    value: value.parse().unwrap(),
                });
            }
        }
        assert_eq!(scenario.nets(), [net], "{aggregate}");
    }
}

#[test]
fn what_nobody_has_any_of_is_allocated_by_time() {
    let mut scenario = Scenario::new("2026-08", "UTC", &item("", &["amount = 2\nminimum = 10"]));
    let (whole, part) = (
        scenario.whole(),
        scenario.period("2026-08-01", "2026-08-02"),
    );
    scenario.add("0", whole);
    scenario.add("0", part);
    let rated = scenario.rate();
    let parts = rated.charges[0].contributions.iter();
    let parts: Vec<String> = parts.map(|one| one.allocated.amount()).collect();
    assert_eq!(parts, ["9.69", "0.31"]);
}

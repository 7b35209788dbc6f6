//! Each proration and each aggregate, with the vectors that others publish.

use super::*;
use crate::inventory::GaugeRun;

/// One resource of one unit while it lasts.
fn prorated(month: &str, proration: &str, price: &str, from: &str, to: &str) -> String {
    let keys = format!("proration = \"{proration}\"");
    let price = format!("amount = \"{price}\"");
    let mut scenario = Scenario::new(month, "UTC", &item(&keys, &[&price]));
    let period = scenario.period(from, to);
    scenario.add("1", period);
    scenario.nets().remove(0)
}

#[test]
fn tv_23_and_26_five_days_and_nine() {
    for (proration, january, april) in [
        ("actual-day", "16.13", "30.00"),
        ("second", "16.13", "30.00"),
        ("actual-360", "16.67", "30.00"),
        ("strict-30-360", "13.33", "30.00"),
    ] {
        let of = |month, from, to| prorated(month, proration, "100", from, to);
        assert_eq!(
            of("2021-01", "2021-01-27", "2021-02-01"),
            january,
            "{proration}"
        );
        assert_eq!(
            of("2021-04", "2021-04-21", "2021-04-30"),
            april,
            "{proration}"
        );
    }
}

#[test]
fn a_whole_month_costs_its_price_under_every_proration_but_hours() {
    for proration in [
        "second",
        "actual-day",
        "actual-360",
        "strict-30-360",
        "none",
        "full-unit",
    ] {
        for (month, to) in [
            ("2026-01", "2026-02-01"),
            ("2026-02", "2026-03-01"),
            ("2028-02", "2028-03-01"),
        ] {
            let from = format!("{month}-01");
            assert_eq!(
                prorated(month, proration, "100", &from, to),
                "100.00",
                "{proration} {month}"
            );
        }
    }
}

#[test]
fn actual_360_never_exceeds_a_month() {
    assert_eq!(
        prorated("2026-01", "actual-360", "100", "2026-01-02", "2026-02-01"),
        "100.00"
    );
    assert_eq!(
        prorated("2026-01", "actual-360", "100", "2026-01-03", "2026-02-01"),
        "96.67"
    );
    assert_eq!(
        prorated("2026-02", "actual-360", "100", "2026-02-02", "2026-03-01"),
        "90.00"
    );
}

#[test]
fn strict_30_360_gives_the_last_day_what_is_missing() {
    assert_eq!(
        prorated(
            "2026-01",
            "strict-30-360",
            "100",
            "2026-01-31",
            "2026-02-01"
        ),
        "0.00"
    );
    assert_eq!(
        prorated(
            "2026-02",
            "strict-30-360",
            "100",
            "2026-02-28",
            "2026-03-01"
        ),
        "10.00"
    );
    assert_eq!(
        prorated(
            "2026-02",
            "strict-30-360",
            "100",
            "2026-02-01",
            "2026-02-28"
        ),
        "90.00"
    );
}

#[test]
fn none_and_full_unit_count_whatever_was_there() {
    assert_eq!(
        prorated("2026-01", "none", "100", "2026-01-31", "2026-02-01"),
        "100.00"
    );
    let of = |proration: &str| {
        let keys = format!("proration = \"{proration}\"");
        let mut scenario = Scenario::new("2026-01", "UTC", &item(&keys, &["amount = \"1\""]));
        let (first, second) = (
            scenario.period("2026-01-11", "2026-01-16"),
            scenario.period("2026-01-16", "2026-01-26"),
        );
        scenario.add("10", first);
        scenario.add("40", second);
        scenario.one_resource();
        scenario.nets().remove(0)
    };
    assert_eq!(of("none"), "30.00");
    assert_eq!(of("full-unit"), "40.00");
}

#[test]
fn tv_10_hours_as_they_are_and_730_of_them() {
    for (month, to, actual, normalised) in [
        ("2026-02", "2026-03-01", "67.20", "67.20"),
        ("2026-04", "2026-05-01", "72.00", "72.00"),
        ("2026-01", "2026-02-01", "74.40", "73.00"),
    ] {
        let from = format!("{month}-01");
        assert_eq!(prorated(month, "hour", "0.10", &from, to), actual);
        assert_eq!(prorated(month, "hour-730", "73.00", &from, to), normalised);
    }
}

#[test]
fn tv_57_gibibytes_for_an_hour() {
    let mut scenario = Scenario::new(
        "2026-01",
        "UTC",
        &item("proration = \"hour\"", &["amount = \"0.03\""]),
    );
    let hour = scenario.period("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z");
    scenario.add("10", hour);
    assert_eq!(scenario.nets(), ["0.30"]);
}

/// An item whose meter has these keys, at 1 a unit.
pub(super) fn metered(keys: &str, more: &str, price: &str) -> String {
    item(more, &[price]).replace("{ attribute = \"n\" }", &format!("{{ {keys} }}"))
}

/// A disk of 100 that grows to 200 on the 11th.
fn grown(keys: &str, price: &str) -> String {
    let book = metered(&format!("attribute = \"n\", {keys}"), "", price);
    let mut scenario = Scenario::new("2026-01", "UTC", &book);
    for (quantity, from, to) in [
        ("100", "2026-01-01", "2026-01-11"),
        ("200", "2026-01-11", "2026-01-21"),
        ("150", "2026-01-21", "2026-02-01"),
    ] {
        let period = scenario.period(from, to);
        scenario.add(quantity, period);
    }
    scenario.one_resource();
    scenario.nets().remove(0)
}

#[test]
fn tv_30_each_aggregate_of_a_disk() {
    let price = "amount = \"0.50\"";
    for (aggregate, net) in [
        ("average", "75.00"),
        ("maximum", "100.00"),
        ("last", "75.00"),
        ("sum", "225.00"),
        ("percentile", "100.00"),
    ] {
        assert_eq!(
            grown(&format!("aggregate = \"{aggregate}\""), price),
            net,
            "{aggregate}"
        );
    }
    assert_eq!(
        grown("aggregate = \"percentile\", percentile = 60", price),
        "75.00"
    );
}

#[test]
fn a_maximum_is_of_each_resource_or_of_all_together() {
    let of = |keys: &str| {
        let book = metered(&format!("attribute = \"n\", {keys}"), "", "amount = \"1\"");
        let mut scenario = Scenario::new("2026-01", "UTC", &book);
        let (early, late) = (
            scenario.period("2026-01-01", "2026-01-16"),
            scenario.period("2026-01-16", "2026-02-01"),
        );
        scenario.add("10", early);
        scenario.add("30", late);
        scenario.nets().remove(0)
    };
    assert_eq!(of("aggregate = \"maximum\""), "40.00");
    assert_eq!(of("aggregate = \"maximum\", together = true"), "30.00");
}

#[test]
fn unique_counts_values() {
    let book = metered(
        "attribute = \"n\", aggregate = \"unique\"",
        "",
        "amount = \"1\"",
    );
    let mut scenario = Scenario::new("2026-01", "UTC", &book);
    let whole = scenario.whole();
    for user in ["anna", "bert", "anna"] {
        scenario.add(user, whole);
    }
    assert_eq!(scenario.nets(), ["2.00"]);
}

/// Samples of five minutes, each of its own level.
fn sampled(scenario: &mut Scenario, name: &str, levels: impl Iterator<Item = i64>) {
    let start = scenario.whole().from().seconds();
    for (index, level) in levels.enumerate() {
        let from = start + 300 * i64::try_from(index).unwrap();
        let at = |seconds| Instant::from_seconds(seconds).unwrap();
        scenario.gauges.push(GaugeRun {
            resource: ResourceId(1),
            name: name.to_owned(),
            period: Period::new(at(from), at(from + 300)).unwrap(),
            value: Decimal::from(level),
        });
    }
}

#[test]
fn tv_34_the_percentile_of_a_month() {
    let book = metered(
        "gauge = \"bits\", aggregate = \"percentile\"",
        "",
        "amount = \"1\"",
    );
    let mut scenario = Scenario::new("2026-04", "UTC", &book);
    let whole = scenario.whole();
    scenario.add("1", whole);
    sampled(&mut scenario, "bits", 1..=8640);
    assert_eq!(scenario.nets(), ["8208.00"]);
}

#[test]
fn tv_36_of_a_hundred_readings_the_sixth_highest() {
    let of = |keys: &str| {
        let book = metered(
            &format!("gauge = \"bits\", aggregate = \"percentile\"{keys}"),
            "",
            "amount = \"1\"",
        );
        let mut scenario = Scenario::new("2026-04", "UTC", &book);
        let whole = scenario.whole();
        scenario.add("1", whole);
        sampled(&mut scenario, "bits", 1..=100);
        scenario.rate().charges[0].net.amount()
    };
    assert_eq!(of(""), "95.00");
    // 8540 of 8640 samples are missing: 432 are dropped, which is more than there are.
    assert_eq!(of(", gaps = \"zero\""), "0.00");
}

#[test]
fn two_gauges_are_merged_before_or_after() {
    let of = |merge: &str| {
        let keys = format!(
            "gauges = [\"in\", \"out\"], aggregate = \"percentile\", percentile = 50, merge = \"{merge}\""
        );
        let mut scenario = Scenario::new("2026-04", "UTC", &metered(&keys, "", "amount = \"1\""));
        let whole = scenario.whole();
        scenario.add("1", whole);
        sampled(&mut scenario, "in", [1, 9, 1, 9].into_iter());
        sampled(&mut scenario, "out", [8, 2, 8, 2].into_iter());
        scenario.rate().charges[0].net.amount()
    };
    // In: 1 1 9 9, out: 2 2 8 8; of four samples two are dropped.
    assert_eq!(of("each"), "2.00");
    // 8 9 8 9.
    assert_eq!(of("sample"), "8.00");
}

#[test]
fn tv_32_and_33_a_conversion_is_of_the_whole_quantity() {
    let minutes = |quantities: &[&str]| {
        let book = metered(
            "attribute = \"n\", divide = 60, round = \"up\"",
            "",
            "amount = \"10\"",
        );
        let mut scenario = Scenario::new("2026-01", "UTC", &book);
        let whole = scenario.whole();
        for quantity in quantities {
            scenario.add(quantity, whole);
        }
        scenario.nets().remove(0)
    };
    assert_eq!(minutes(&["150"]), "30.00");
    assert_eq!(minutes(&["50", "50", "50"]), "30.00");
    for (users, net) in [
        ("1", "10.00"),
        ("3", "10.00"),
        ("5", "10.00"),
        ("6", "20.00"),
        ("7", "20.00"),
    ] {
        let book = metered(
            "attribute = \"n\", divide = 5, round = \"up\"",
            "",
            "amount = \"10\"",
        );
        let mut scenario = Scenario::new("2026-01", "UTC", &book);
        let whole = scenario.whole();
        scenario.add(users, whole);
        assert_eq!(scenario.nets(), [net]);
    }
}

#[test]
fn tv_52_blocks_of_minutes_in_tiers() {
    let tiers = r#"tiers = [{ up_to = "100", amount = "1" }, { amount = "0.5" }]"#;
    let book = metered(
        "attribute = \"n\", divide = 10, round = \"up\"",
        "model = \"graduated\"",
        tiers,
    );
    let mut scenario = Scenario::new("2026-01", "UTC", &book);
    let whole = scenario.whole();
    scenario.add("1500", whole);
    assert_eq!(scenario.nets(), ["125.00"]);
}

#[test]
fn binary_units_are_priced_as_decimal_ones() {
    let book = metered("attribute = \"n\", unit = \"E62\"", "", "amount = \"1\"")
        .replace("unit = \"C62\"", "unit = \"E34\"");
    let mut scenario = Scenario::new("2026-01", "UTC", &book);
    let whole = scenario.whole();
    scenario.add("1000", whole);
    assert_eq!(scenario.nets(), ["1073.74"]);
    assert_eq!(
        scenario.rate().charges[0].quantity.to_string(),
        "1073.741824"
    );
}

#[test]
fn what_resources_add_sums_to_the_line_under_every_policy() {
    for keys in ["maximum", "last", "sum", "percentile", "unique"] {
        let book = metered(
            &format!("attribute = \"n\", aggregate = \"{keys}\""),
            "",
            "amount = \"0.07\"",
        );
        let mut scenario = Scenario::new("2026-01", "UTC", &book);
        for (quantity, from) in [
            ("3", "2026-01-01"),
            ("5", "2026-01-07"),
            ("5", "2026-01-13"),
        ] {
            let period = scenario.period(from, "2026-01-31");
            scenario.add(quantity, period);
        }
        let rated = scenario.rate();
        let charge = &rated.charges[0];
        let allocated: i64 = charge
            .contributions
            .iter()
            .map(|part| part.allocated.minor())
            .sum();
        assert_eq!(allocated, charge.net.minor(), "{keys}");
    }
}

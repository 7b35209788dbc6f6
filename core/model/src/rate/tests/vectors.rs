//! Test vectors that others publish, or that follow from the rules; the numbers are those of the money rules.

use super::*;
use crate::money::{Money, Rounding, round_decimals, round_money};

fn unit_price(proration: &str, amount: &str) -> String {
    item(
        &format!("proration = \"{proration}\""),
        &[&format!("amount = \"{amount}\"")],
    )
}

/// One resource of one unit while it lasts.
fn one(
    month: &str,
    zone: &str,
    proration: &str,
    amount: &str,
    from: &str,
    to: &str,
) -> Vec<String> {
    let mut scenario = Scenario::new(month, zone, &unit_price(proration, amount));
    let period = scenario.period(from, to);
    scenario.add("1", period);
    scenario.nets()
}

fn graduated(tiers: &str, quantity: &str) -> String {
    let book = item("model = \"graduated\"", &[&format!("tiers = {tiers}")]);
    let mut scenario = Scenario::new("2026-01", "UTC", &book);
    let whole = scenario.whole();
    scenario.add(quantity, whole);
    scenario.nets().remove(0)
}

#[test]
fn tv_7_a_short_day_by_days_and_by_seconds() {
    let (month, from, to) = ("2026-03", "2026-03-29", "2026-03-30");
    assert_eq!(
        one(month, "Europe/Stockholm", "actual-day", "310.00", from, to),
        ["10.00"]
    );
    assert_eq!(
        one(month, "Europe/Stockholm", "second", "310.00", from, to),
        ["9.60"]
    );
    assert_eq!(one(month, "UTC", "second", "310.00", from, to), ["10.00"]);
}

#[test]
fn tv_7_a_half_of_a_short_day_is_half_a_day() {
    // 11:30 hours of the 23 hours of 29 March.
    let (from, to) = ("2026-03-28T23:00:00Z", "2026-03-29T10:30:00Z");
    assert_eq!(
        one(
            "2026-03",
            "Europe/Stockholm",
            "actual-day",
            "310.00",
            from,
            to
        ),
        ["5.00"]
    );
}

#[test]
fn tv_14_half_a_month() {
    for proration in ["second", "actual-day"] {
        assert_eq!(
            one(
                "2026-01",
                "UTC",
                proration,
                "100.00",
                "2026-01-01",
                "2026-01-16"
            ),
            ["48.39"]
        );
    }
}

#[test]
fn tv_15_from_the_tenth_of_august() {
    for proration in ["second", "actual-day"] {
        assert_eq!(
            one(
                "2026-08",
                "UTC",
                proration,
                "50.00",
                "2026-08-10",
                "2026-09-01"
            ),
            ["35.48"]
        );
    }
}

#[test]
fn tv_27_seventeen_days_of_31() {
    let mut scenario = Scenario::new(
        "2023-01",
        "America/New_York",
        &unit_price("actual-day", "1"),
    );
    let period = scenario.period("2023-01-15", "2023-02-01");
    scenario.add("31", period);
    assert_eq!(scenario.nets(), ["17.00"]);
}

#[test]
fn tv_28_segments_rounded_each() {
    let mut scenario = Scenario::new(
        "2026-03",
        "Europe/Stockholm",
        &unit_price("actual-day", "100.00"),
    );
    for (service, from, to) in [
        ("a", "2026-03-01", "2026-03-11"),
        ("b", "2026-03-11", "2026-03-21"),
        ("c", "2026-03-21", "2026-04-01"),
    ] {
        let period = scenario.period(from, to);
        let position = scenario.add("1", period);
        scenario.set_service(position, service);
    }
    assert_eq!(scenario.nets(), ["32.26", "32.26", "35.48"]);
}

#[test]
fn tv_30_a_disk_that_grows_is_averaged() {
    let mut scenario = Scenario::new("2026-01", "UTC", &unit_price("second", "0.50"));
    for (quantity, from, to) in [
        ("100", "2026-01-01", "2026-01-11"),
        ("200", "2026-01-11", "2026-02-01"),
    ] {
        let period = scenario.period(from, to);
        scenario.add(quantity, period);
    }
    assert_eq!(scenario.nets(), ["83.87"]);
    let charge = &scenario.rate().charges[0];
    assert_eq!(charge.quantity.to_string(), "167.741935");
    assert_eq!(charge.explanation.quantity_exact, "5200/31");
    assert_eq!(charge.explanation.net_exact, "2600/31");
    assert_eq!(charge.contributions[0].weighted, "1000/31");
    assert_eq!(charge.contributions[0].allocated.amount(), "16.13");
    assert_eq!(charge.contributions[1].allocated.amount(), "67.74");
}

#[test]
fn tv_39_graduated_as_stripe_has_it() {
    let tiers =
        r#"[{ up_to = 5, amount = "7" }, { up_to = 10, amount = "6.5" }, { amount = "6" }]"#;
    let expected = [
        ("5", "35.00"),
        ("6", "41.50"),
        ("10", "67.50"),
        ("20", "127.50"),
        ("25", "157.50"),
    ];
    for (quantity, net) in expected {
        assert_eq!(graduated(tiers, quantity), net, "{quantity}");
    }
    assert_eq!(graduated(tiers, "0"), "0.00");
    assert_eq!(graduated(tiers, "5.5"), "38.25");
}

#[test]
fn tv_50_graduated_as_lago_has_it() {
    let tiers =
        r#"[{ up_to = 100, amount = "1" }, { up_to = 200, amount = "0.5" }, { amount = "0.1" }]"#;
    assert_eq!(graduated(tiers, "250"), "155.00");
}

#[test]
fn tv_52_all_tiers_of_two_items() {
    let minutes = graduated(
        r#"[{ up_to = 100, amount = "1" }, { amount = "0.5" }]"#,
        "150",
    );
    let megabytes = graduated(
        r#"[{ up_to = 1024, amount = "0.5" }, { amount = "0.1" }]"#,
        "2048",
    );
    assert_eq!([minutes, megabytes], ["125.00", "614.40"]);
}

#[test]
fn tv_57_ten_gibibytes() {
    let mut scenario = Scenario::new("2026-01", "UTC", &unit_price("second", "0.03"));
    let whole = scenario.whole();
    scenario.add("10", whole);
    assert_eq!(scenario.nets(), ["0.30"]);
}

#[test]
fn tv_69_to_71_rounding_is_the_books() {
    for (mode, expected) in [
        ("half-up", ["2.35", "2.36", "0.13", "0.14", "1.01", "1.24"]),
        (
            "half-even",
            ["2.34", "2.36", "0.12", "0.14", "1.00", "1.24"],
        ),
    ] {
        for (amount, net) in ["2.345", "2.355", "0.125", "0.135", "1.005", "1.235"]
            .into_iter()
            .zip(expected)
        {
            let book = format!("rounding = \"{mode}\"\n{}", unit_price("second", amount));
            let mut scenario = Scenario::new("2026-01", "UTC", &book);
            let whole = scenario.whole();
            scenario.add("1", whole);
            assert_eq!(scenario.nets(), [net], "{amount} {mode}");
        }
    }
}

#[test]
fn tv_72_six_digits() {
    let exact = "1.2345678"
        .parse::<crate::decimal::Decimal>()
        .unwrap()
        .to_rational();
    let rounded = round_decimals(&exact, 6, Rounding::HalfUp);
    assert_eq!(
        rounded,
        "1.234568"
            .parse::<crate::decimal::Decimal>()
            .unwrap()
            .to_rational()
    );
}

#[test]
fn tv_73_lines_are_rounded_one_by_one() {
    let mut scenario = Scenario::new("2026-01", "UTC", &unit_price("second", "10.005"));
    for service in "abcdefghij".chars() {
        let whole = scenario.whole();
        let position = scenario.add("1", whole);
        scenario.set_service(position, &service.to_string());
    }
    let nets = scenario.rate().charges.into_iter().map(|charge| charge.net);
    let eur = "EUR".parse().unwrap();
    assert_eq!(Money::sum(nets, eur).unwrap().amount(), "100.10");
    let once = Rational::new(10005.into(), 100.into());
    assert_eq!(
        round_money(&once, eur, Rounding::HalfUp).unwrap().amount(),
        "100.05"
    );
}

#[test]
fn tv_77_resources_share_a_net_to_the_cent() {
    // The prices are chosen so that the nets are 10.00, 0.05 and 100.00.
    for (price, quantities, expected) in [
        (
            "3.333333333333",
            vec!["1", "1", "1"],
            vec!["3.34", "3.33", "3.33"],
        ),
        (
            "0.016666666667",
            vec!["1", "1", "1"],
            vec!["0.02", "0.02", "0.01"],
        ),
        (
            "0.934579439252",
            vec!["50", "30", "20", "7"],
            vec!["46.73", "28.04", "18.69", "6.54"],
        ),
    ] {
        let mut scenario = Scenario::new("2026-01", "UTC", &unit_price("second", price));
        let whole = scenario.whole();
        for quantity in &quantities {
            scenario.add(quantity, whole);
        }
        let charge = scenario.rate().charges.remove(0);
        let parts = charge
            .contributions
            .iter()
            .map(|part| part.allocated.amount());
        assert_eq!(parts.collect::<Vec<_>>(), expected);
    }
}

//! Prices that change within a billing period, are overruled, or stand in tiers over several lines.

use super::*;
use crate::money::Money;

#[test]
fn a_price_that_changes_cuts_the_period() {
    let book = item(
        "",
        &["amount = \"31\"", "amount = \"62\"\nfrom = 2026-01-11"],
    );
    let mut scenario = Scenario::new("2026-01", "UTC", &book);
    let whole = scenario.whole();
    scenario.add("1", whole);
    let charges = scenario.rate().charges;
    let told: Vec<(String, String, String, String)> = charges
        .iter()
        .map(|charge| {
            let days = (charge.first_day.to_string(), charge.last_day.to_string());
            (
                days.0,
                days.1,
                charge.quantity.to_string(),
                charge.net.amount(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                "2026-01-01".into(),
                "2026-01-10".into(),
                "0.322581".into(),
                "10.00".into()
            ),
            (
                "2026-01-11".into(),
                "2026-01-31".into(),
                "0.677419".into(),
                "42.00".into()
            ),
        ]
    );
    assert_eq!(
        charges[1].explanation.price.from.as_deref(),
        Some("2026-01-11")
    );
    assert_eq!(
        charges[1].explanation.price.overruled,
        ["list (item thing, price 1)"]
    );
}

#[test]
fn a_new_version_at_the_same_price_makes_no_new_line() {
    let book = item(
        "",
        &[
            "amount = \"33.33\"",
            "amount = \"33.33\"\nfrom = 2026-01-11",
        ],
    );
    let mut scenario = Scenario::new("2026-01", "UTC", &book);
    let whole = scenario.whole();
    scenario.add("1", whole);
    assert_eq!(scenario.nets(), ["33.33"]);
}

/// Tiers see the average level of the charged part, so that a constant level costs its part of the whole.
#[test]
fn tiers_keep_their_bounds_in_a_part_of_the_period() {
    let tiers = |first: &str, keys: &str| {
        format!("tiers = [{{ up_to = 10, amount = \"{first}\" }}, {{ amount = \"3.1\" }}]\n{keys}")
    };
    let prices = [tiers("6.2", ""), tiers("9.3", "from = 2026-01-11")];
    let book = item("model = \"graduated\"", &[&prices[0], &prices[1]]);
    let mut scenario = Scenario::new("2026-01", "UTC", &book);
    let whole = scenario.whole();
    scenario.add("15", whole);
    // A whole month would be 10 × 6.2 + 5 × 3.1 = 77.5 at the old price, 93 + 15.5 = 108.5 at the new one.
    assert_eq!(scenario.nets(), ["25.00", "73.50"]);
    let parts = &scenario.rate().charges[0].explanation.parts;
    assert_eq!(
        parts
            .iter()
            .map(|part| part.quantity.as_str())
            .collect::<Vec<_>>(),
        ["100/31", "50/31"]
    );
}

#[test]
fn an_override_beats_the_list_and_says_so() {
    let prices = [
        "amount = \"10\"",
        "amount = \"9\"\nplan = \"gold\"",
        "amount = \"8\"\naccount = \"account-2\"",
    ];
    let mut scenario = Scenario::new("2026-01", "UTC", &item("", &prices));
    let whole = scenario.whole();
    for (account, plan) in [(1, None), (1, Some("gold")), (2, Some("gold"))] {
        let position = scenario.add("1", whole);
        scenario.set_owners(position, vec![owner(account, 1, 1)]);
        if let Some(plan) = plan {
            scenario.set_plan(position, plan);
        }
    }
    assert_eq!(scenario.nets(), ["10.00", "9.00", "8.00"]);
    let charges = scenario.rate().charges;
    let levels: Vec<&str> = charges
        .iter()
        .map(|charge| charge.explanation.price.level.as_str())
        .collect();
    assert_eq!(levels, ["list", "plan gold", "account account-2"]);
    assert_eq!(charges[2].explanation.price.overruled.len(), 2);
    assert_eq!(charges[1].description, "Thing, gold");
    assert_eq!(charges[0].description, "Thing");
}

#[test]
fn an_edit_without_a_date_changes_no_earlier_period() {
    let mut scenario = Scenario::new("2026-01", "UTC", &item("", &["amount = \"10\""]));
    let whole = scenario.whole();
    scenario.add("1", whole);
    let later = Some(scenario.at("2026-02-01"));
    let edited = |prices: &[&str]| book_in(&item("", prices), "UTC").unwrap();
    scenario.books.push((later, edited(&["amount = \"20\""])));
    assert_eq!(scenario.nets(), ["10.00"]);
    scenario.books[1].1 = edited(&["amount = \"10\"", "amount = \"41\"\nfrom = 2026-01-01"]);
    assert_eq!(scenario.nets(), ["41.00"]);
}

#[test]
fn a_charge_in_tiers_makes_lines_that_sum_to_it() {
    let tiers = r#"tiers = [{ up_to = 1, amount = "1.005" }, { up_to = 2, amount = "1.005" }, { amount = "1.005" }]"#;
    let mut scenario = Scenario::new("2026-01", "UTC", &item("model = \"graduated\"", &[tiers]));
    let whole = scenario.whole();
    scenario.add("3", whole);
    let charge = scenario.rate().charges.remove(0);
    assert_eq!(charge.net.amount(), "3.02");
    let lines = charge_lines(&charge).unwrap();
    assert_eq!(
        lines
            .iter()
            .map(|line| line.net.amount())
            .collect::<Vec<_>>(),
        ["1.01", "1.01", "1.00"]
    );
    assert_eq!(lines[2].tier.as_deref(), Some("above 2"));
    assert_eq!(
        Money::sum(lines.iter().map(|line| line.net), charge.net.currency()).unwrap(),
        charge.net
    );
}

#[test]
fn shares_multiply_quantities_and_dimensions_make_lines() {
    let keys = "dimensions = [\"service\", \"resource\"]";
    let mut scenario = Scenario::new("2026-01", "UTC", &item(keys, &["amount = \"10\""]));
    let whole = scenario.whole();
    let shared = scenario.add("1", whole);
    scenario.set_owners(shared, vec![owner(1, 1, 3), owner(2, 2, 3)]);
    scenario.add("2", whole);
    let charges = scenario.rate().charges;
    let told: Vec<String> = charges
        .iter()
        .map(|charge| {
            format!(
                "{} {} {}",
                charge.key.account,
                charge.key.dimensions["resource"],
                charge.net.amount()
            )
        })
        .collect();
    assert_eq!(
        told,
        ["1 thing-1 3.33", "1 thing-2 20.00", "2 thing-1 6.67"]
    );
    assert_eq!(charges[2].contributions[0].share, "2/3");
}

#[test]
fn services_are_one_line_where_the_item_does_not_keep_them_apart() {
    for (keys, nets) in [
        ("dimensions = []", vec!["20.00"]),
        ("", vec!["10.00", "10.00"]),
    ] {
        let mut scenario = Scenario::new("2026-01", "UTC", &item(keys, &["amount = \"10\""]));
        let whole = scenario.whole();
        for service in ["web", "mail"] {
            let position = scenario.add("1", whole);
            scenario.set_service(position, service);
        }
        assert_eq!(scenario.nets(), nets, "{keys}");
    }
}

#[test]
fn time_beyond_the_last_coverage_is_presumed() {
    let mut scenario = Scenario::new("2026-01", "UTC", &item("", &["amount = \"10\""]));
    let whole = scenario.whole();
    scenario.add("1", whole);
    scenario.intervals[0].covered_until = scenario.at("2026-01-31");
    let charge = scenario.rate().charges.remove(0);
    assert_eq!(charge.contributions[0].presumed_seconds, 86_400);
    assert_eq!(charge.explanation.presumed_seconds, 86_400);
}

#[test]
fn a_new_item_of_a_later_book_is_charged_where_its_price_says_that_it_held() {
    let old = item("", &["amount = \"1\""]);
    let new = |prices: &[&str]| {
        let new = item("", prices).replace("\"thing\"\ndesc", "\"support\"\ndesc");
        format!("{old}\n{new}")
    };
    for (prices, expected) in [
        (&["amount = \"31\""][..], &["1.00"][..]),
        (&["amount = \"31\"\nfrom = 2026-01-11"], &["21.00", "1.00"]),
        (
            &[
                "amount = \"31\"\nfrom = 2026-01-01",
                "amount = \"62\"\nplan = \"gold\"",
            ],
            &["31.00", "1.00"],
        ),
    ] {
        let mut scenario = Scenario::new("2026-01", "UTC", &old);
        let whole = scenario.whole();
        scenario.add("1", whole);
        let later = book_in(&new(prices), "UTC").unwrap();
        scenario.books.push((Some(whole.to()), later));
        assert_eq!(scenario.nets(), expected, "{prices:?}");
        assert_eq!(scenario.rate().findings, [], "{prices:?}");
    }
}

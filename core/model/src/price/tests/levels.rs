//! Who has which price: the precedence of levels, and what is wrong with the words of a version.

use super::*;
use crate::ids::{AccountKey, AgreementKey, CustomerKey, ItemKey, PlanKey};
use crate::time::Instant;

fn winner(book: &PriceBook, at: &str, plan: &str) -> String {
    let at: Instant = at.parse().unwrap();
    let holding: Vec<&Price> = book
        .prices
        .iter()
        .filter(|price| price.validity.contains(at))
        .collect();
    let agreement = AgreementKey::from("frame");
    let (account, customer, plan) = (
        AccountKey::from("acme-1"),
        CustomerKey::from("acme"),
        PlanKey::from(plan),
    );
    let buyer = PricedFor {
        account: Some(&account),
        customer: Some(&customer),
        agreement: Some(&agreement),
        signed: None,
        plan: Some(&plan),
        currency: "SEK".parse().unwrap(),
    };
    let selection = select(&holding, &ItemKey::from("vcpu"), &buyer).unwrap();
    let choice = selection.choice();
    format!("{} over {}", choice.level, choice.overruled.len())
}

#[test]
fn the_most_specific_level_wins_then_the_latest_from() {
    let prices = [
        "amount = \"6\"",
        "amount = \"7\"\nfrom = 2026-04-01",
        "amount = \"5\"\nplan = \"gold\"",
        "amount = \"4\"\ncustomer = \"acme\"\nfrom = 2026-03-10",
        "amount = \"3\"\ncustomer = \"acme\"\nplan = \"gold\"\nfrom = 2026-03-20",
        "amount = \"2\"\naccount = \"acme-1\"\nfrom = 2026-04-01",
        "amount = \"1\"\naccount = \"acme-1\"\nplan = \"gold\"\nfrom = 2026-05-01",
        "amount = \"0\"\naccount = \"other\"",
    ];
    let book = with_prices(&prices.map(price).concat()).unwrap();
    assert_eq!(
        winner(&book, "2026-03-01T00:00:00Z", "silver"),
        "list over 0"
    );
    assert_eq!(
        winner(&book, "2026-03-01T00:00:00Z", "gold"),
        "plan gold over 1"
    );
    assert_eq!(
        winner(&book, "2026-03-10T00:00:00Z", "gold"),
        "customer acme over 2"
    );
    assert_eq!(
        winner(&book, "2026-03-20T00:00:00Z", "gold"),
        "customer acme, plan gold over 3"
    );
    assert_eq!(
        winner(&book, "2026-04-01T00:00:00Z", "gold"),
        "account acme-1 over 5"
    );
    assert_eq!(
        winner(&book, "2026-05-01T00:00:00Z", "gold"),
        "account acme-1, plan gold over 6"
    );
}

/// Every level, the most special one last; each beats all before it.
#[test]
fn the_precedence_of_levels_is_a_table() {
    let levels = [
        ("", "list"),
        ("plan = \"gold\"", "plan gold"),
        ("customer = \"acme\"", "customer acme"),
        (
            "customer = \"acme\"\nplan = \"gold\"",
            "customer acme, plan gold",
        ),
        ("account = \"acme-1\"", "account acme-1"),
        (
            "account = \"acme-1\"\nplan = \"gold\"",
            "account acme-1, plan gold",
        ),
        ("agreement = \"frame\"", "agreement frame"),
        (
            "agreement = \"frame\"\nplan = \"gold\"",
            "agreement frame, plan gold",
        ),
        (
            "account = \"acme-1\"\nagreement = \"frame\"",
            "account acme-1, agreement frame",
        ),
        (
            "account = \"acme-1\"\nagreement = \"frame\"\nplan = \"gold\"",
            "account acme-1, agreement frame, plan gold",
        ),
    ];
    for count in 1..=levels.len() {
        // The order in which they are written does not matter.
        let written = levels[..count].iter().rev();
        let prices = written.map(|(keys, _)| price(&format!("amount = \"1\"\n{keys}")));
        let book = with_prices(&prices.collect::<String>()).unwrap();
        let expected = format!("{} over {}", levels[count - 1].1, count - 1);
        assert_eq!(winner(&book, "2026-03-01T00:00:00Z", "gold"), expected);
    }
    let others = [
        "agreement = \"other\"",
        "account = \"other\"\nagreement = \"frame\"",
        "account = \"acme-1\"\nagreement = \"other\"",
    ];
    let list = ["", others[0], others[1], others[2]];
    let prices = list.map(|keys| price(&format!("amount = \"1\"\n{keys}")));
    let book = with_prices(&prices.concat()).unwrap();
    assert_eq!(winner(&book, "2026-03-01T00:00:00Z", "gold"), "list over 0");
}

#[test]
fn a_price_is_for_an_agreement_or_a_customer() {
    let told = complaints(with_prices(&price(
        "amount = \"1\"\nagreement = \"frame\"\ncustomer = \"acme\"",
    )));
    assert_eq!(
        told,
        ["item.0.price.0.customer: a price is for an agreement or for a customer, and not both"]
    );
}

#[test]
fn currencies_and_days_of_versions_are_judged() {
    let keys =
        "rounding = { default = \"half-up\", EURO = \"half-even\" }\nconvert_from = \"XAU\"\n";
    let book = format!(
        "{keys}{ITEM}convert_from = \"eur\"\n{}",
        price("amount = \"1\"\nsigned_before = \"2026-02-30\"")
    );
    let config: PriceBookConfig = toml::from_str(&book).unwrap();
    let told = complaints(resolve(&config, &TimeZone::UTC));
    assert_eq!(
        told,
        [
            "item.0.convert_from: `eur` is no ISO 4217 currency code, such as EUR or SEK",
            "item.0.price.0.signed_before: `2026-02-30` is no date; expected one such as 2026-03-01",
            "rounding.EURO: `EURO` is no ISO 4217 currency code, such as EUR or SEK",
            "convert_from: the currency XAU has no minor units, so nothing can be billed in it",
        ]
    );
}

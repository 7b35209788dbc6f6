//! Allowances of a customer, totals that nobody has a measure of, and how a quantity came about in words.

use super::*;

const POOL: &str = "amount = \"1\"\nallowance = \"100\"\nallowance_per = \"customer\"";

/// Accounts 1 and 2 are of one customer, account 3 of another.
fn pooled(keys: &str, price: &str) -> Scenario {
    let mut facts = Scenario::new("2026-01", "UTC", &item(keys, &[price]));
    for account in [1, 2] {
        facts
            .accounts
            .get_mut(&AccountId(account))
            .unwrap()
            .customer = CustomerKey::from("shared");
    }
    facts
}

fn add(facts: &mut Scenario, account: i64, quantity: &str) -> usize {
    let whole = facts.whole();
    let position = facts.add(quantity, whole);
    facts.set_owners(position, vec![owner(account, 1, 1)]);
    position
}

#[test]
fn an_allowance_of_the_customer_is_one_over_accounts_and_services() {
    let mut facts = pooled("", POOL);
    add(&mut facts, 1, "150");
    let web = add(&mut facts, 1, "30");
    facts.set_service(web, "web");
    add(&mut facts, 2, "20");
    add(&mut facts, 3, "120");
    // 100 of 200 units are free, half of each line; the other customer has 100 of its own.
    assert_eq!(facts.nets(), ["75.00", "15.00", "10.00", "20.00"]);
    let rated = facts.rate();
    let part = &rated.charges[0].explanation.parts[0];
    assert_eq!(
        part.tier.as_deref(),
        Some("part of the customer's allowance")
    );
    assert_eq!(part.quantity, "75");
    facts.owned.reverse();
    assert_eq!(
        facts.rate().charges,
        rated.charges,
        "no order decides anything"
    );
}

#[test]
fn an_allowance_that_is_not_used_up_leaves_nothing_to_pay() {
    let mut facts = pooled("", POOL);
    add(&mut facts, 1, "60");
    add(&mut facts, 2, "40");
    assert_eq!(facts.nets(), ["0.00", "0.00"]);
}

#[test]
fn prices_with_other_allowances_have_pools_of_their_own() {
    let special =
        "account = \"account-2\"\namount = \"1\"\nallowance = \"10\"\nallowance_per = \"customer\"";
    let mut facts = pooled("", POOL);
    let book = item("", &[POOL, special]);
    facts.books = vec![(None, book_in(&book, "UTC").unwrap())];
    add(&mut facts, 1, "150");
    add(&mut facts, 2, "20");
    assert_eq!(facts.nets(), ["50.00", "10.00"]);
}

#[test]
fn a_pool_is_of_what_is_converted_and_of_half_a_period_half() {
    let divided = "meter = { attribute = \"n\", divide = 60, round = \"up\" }";
    let book = item("", &[POOL]).replace("meter = { attribute = \"n\" }", divided);
    let mut facts = pooled("", POOL);
    facts.books = vec![(None, book_in(&book, "UTC").unwrap())];
    // 101 and 99 hours that were begun.
    add(&mut facts, 1, "6001");
    add(&mut facts, 2, "5940");
    assert_eq!(facts.nets(), ["50.50", "49.50"]);
    let later = format!("{POOL}\nfrom = 2026-01-17").replace("\"1\"", "\"2\"");
    let mut facts = pooled("", POOL);
    facts.books = vec![(None, book_in(&item("", &[POOL, &later]), "UTC").unwrap())];
    add(&mut facts, 1, "150");
    add(&mut facts, 2, "50");
    // 16 of 31 days at 1, the others at 2: each has 100 units of its part of the month.
    assert_eq!(facts.nets(), ["38.71", "72.58", "12.90", "24.19"]);
}

#[test]
fn a_total_of_which_nobody_has_a_part_is_shared_equally() {
    let mut facts = Scenario::new(
        "2026-01",
        "UTC",
        &item("model = \"split\"", &["amount = \"10\""]),
    );
    for account in 1..=3 {
        add(&mut facts, account, "0");
    }
    assert_eq!(facts.nets(), ["3.34", "3.33", "3.33"]);
}

/// Where a month has thirty days, a price that begins on the 31st holds for no time at all.
#[test]
fn a_charged_period_that_weighs_nothing_costs_nothing() {
    for (model, price) in [
        ("flat", "amount = \"30\""),
        (
            "graduated",
            "tiers = [{ up_to = 5, amount = \"1\", flat = \"2\" }, { amount = \"3\" }]",
        ),
        (
            "volume",
            "tiers = [{ up_to = 5, amount = \"1\" }, { amount = \"3\" }]",
        ),
        ("package", "package = 10\namount = \"30\""),
    ] {
        let later = format!("{price}\nfrom = 2026-01-31\nmaximum = \"1000\"");
        let keys = format!("model = \"{model}\"\nproration = \"strict-30-360\"");
        let mut facts = Scenario::new("2026-01", "UTC", &item(&keys, &[price, &later]));
        let whole = facts.whole();
        facts.add("7", whole);
        assert_eq!(
            facts.nets().get(1).map(String::as_str),
            Some("0.00"),
            "{model}"
        );
    }
}

#[test]
fn how_a_quantity_came_about_stands_on_the_line() {
    let said = |meter: &str| {
        let book = item("", &["amount = \"1\""]).replace("meter = { attribute = \"n\" }", meter);
        let book = book_in(&book, "UTC").unwrap();
        let tariff = &book.prices[0].tariff;
        super::super::measured::measured(&book.items[0], tariff)
    };
    assert_eq!(said("meter = { attribute = \"n\" }"), None);
    for (meter, expected) in [
        (
            "meter = { gauges = [\"in\", \"out\"], aggregate = \"percentile\" }",
            "percentile 95: of n samples, one every 300 s, the highest n × 5/100 (rounded down) are dropped and the highest that \
             remains counts; times without a sample are left out; the greater one of `in` and `out`, each by itself; of each \
             resource, summed",
        ),
        (
            "meter = { gauges = [\"in\", \"out\"], merge = \"sample\", aggregate = \"percentile\", percentile = 90, \
             sample = \"1h\", gaps = \"zero\", together = true }",
            "percentile 90: of n samples, one every 3600 s, the highest n × 10/100 (rounded down) are dropped and the highest that \
             remains counts; times without a sample count as zero; the greater one of `in` and `out`, sample by sample; of all \
             resources of the line together",
        ),
        (
            "meter = { gauge = \"n\", aggregate = \"sum\", sample = \"5m\" }",
            "the sum of the levels, each once for every 300 s that it lasted",
        ),
        (
            "meter = { attribute = \"n\", divide = 60, round = \"up\" }",
            "what was metered × 1/60 = C62 (one), rounded up to whole ones once for the line",
        ),
    ] {
        assert_eq!(said(meter).as_deref(), Some(expected));
    }
}

//! Price models, each with the vectors that others publish.

use super::*;

/// What a full month of a constant quantity comes to.
fn month(keys: &str, price: &str, quantity: &str) -> String {
    let mut scenario = Scenario::new("2026-01", "UTC", &item(keys, &[price]));
    let whole = scenario.whole();
    scenario.add(quantity, whole);
    scenario.nets().remove(0)
}

fn months(keys: &str, price: &str, quantities: &[&str]) -> Vec<String> {
    let month = |quantity: &&str| month(keys, price, quantity);
    quantities.iter().map(month).collect()
}

const STRIPE: &str = r#"tiers = [{ up_to = "5", amount = "7" }, { up_to = "10", amount = "6.5" }, { amount = "6" }]"#;

#[test]
fn tv_38_volume() {
    assert_eq!(
        months("model = \"volume\"", STRIPE, &["1", "5", "6", "20", "25"]),
        ["7.00", "35.00", "39.00", "120.00", "150.00"]
    );
}

#[test]
fn tv_39_graduated() {
    assert_eq!(
        months(
            "model = \"graduated\"",
            STRIPE,
            &["5", "6", "10", "20", "25"]
        ),
        ["35.00", "41.50", "67.50", "127.50", "157.50"]
    );
}

#[test]
fn tv_40_graduated_with_flat_amounts() {
    let tiers = r#"tiers = [{ up_to = "5", flat = "100" }, { up_to = "10", flat = "50" },
        { up_to = "15", amount = "5" }, { amount = "1" }]"#
        .replace('\n', " ");
    assert_eq!(
        months("model = \"graduated\"", &tiers, &["22", "0", "5", "6"]),
        ["182.00", "0.00", "100.00", "150.00"]
    );
}

const OPENMETER: &str = r#"tiers = [{ up_to = "5", flat = "100" }, { up_to = "10", flat = "150" }, { up_to = "15", amount = "10" }, { amount = "5" }]"#;

#[test]
fn tv_43_volume_with_flat_amounts() {
    assert_eq!(
        months(
            "model = \"volume\"",
            OPENMETER,
            &["0", "3", "5", "14", "15", "16", "100"]
        ),
        [
            "100.00", "100.00", "100.00", "140.00", "150.00", "80.00", "500.00"
        ]
    );
}

#[test]
fn tv_44_a_maximum_shows_the_gross() {
    let price = format!("{OPENMETER}\nmaximum = \"125\"");
    let mut scenario = Scenario::new("2026-01", "UTC", &item("model = \"volume\"", &[&price]));
    let whole = scenario.whole();
    scenario.add("7", whole);
    let rated = scenario.rate();
    let charge = &rated.charges[0];
    assert_eq!(charge.net.amount(), "125.00");
    let lines = charge_lines(charge).unwrap();
    let shown: Vec<_> = lines
        .iter()
        .map(|line| {
            format!(
                "{} {} {}",
                line.tier.as_deref().unwrap(),
                line.quantity,
                line.net.amount()
            )
        })
        .collect();
    assert_eq!(shown, ["5–10, flat 1 150.00", "maximum 125 -1 -25.00"]);
}

#[test]
fn tv_47_volume_of_a_large_quantity() {
    let tiers = r#"tiers = [{ up_to = "50000", amount = "0.001" }, { up_to = "100000", amount = "0.0006", flat = "10" }, { amount = "0.0005" }]"#;
    assert_eq!(months("model = \"volume\"", tiers, &["65000"]), ["49.00"]);
}

#[test]
fn tv_48_packages_beyond_what_is_free() {
    let price = "package = \"100\"\namount = \"5\"\nallowance = \"100\"";
    assert_eq!(
        months(
            "model = \"package\"",
            price,
            &["201", "100", "101", "200", "0"]
        ),
        ["10.00", "0.00", "5.00", "5.00", "0.00"]
    );
}

#[test]
fn tv_50_graduated_of_three() {
    let tiers = r#"tiers = [{ up_to = "100", amount = "1" }, { up_to = "200", amount = "0.5" }, { amount = "0.1" }]"#;
    assert_eq!(months("model = \"graduated\"", tiers, &["250"]), ["155.00"]);
}

#[test]
fn tv_51_a_minimum_is_a_line_of_its_own() {
    let price = "amount = \"1\"\nminimum = \"100\"";
    let mut scenario = Scenario::new("2026-01", "UTC", &item("", &[price]));
    let whole = scenario.whole();
    scenario.add("50", whole);
    let rated = scenario.rate();
    assert_eq!(rated.charges[0].net.amount(), "100.00");
    let lines = charge_lines(&rated.charges[0]).unwrap();
    let nets: Vec<_> = lines.iter().map(|line| line.net.amount()).collect();
    assert_eq!(nets, ["50.00", "50.00"]);
    assert_eq!(lines[1].tier.as_deref(), Some("up to the minimum 100"));
}

#[test]
fn rule_23_the_order_of_operations() {
    // (120 - 20) x 2 = 200; 10 % off = 180; 30 off = 150; at most 140; at least 100.
    let price = "amount = \"2\"\nallowance = \"20\"\ndiscount_percent = \"10\"\ndiscount_amount = \"30\"\nmaximum = \"140\"\nminimum = \"100\"";
    assert_eq!(
        months("", price, &["120", "70", "15"]),
        ["140.00", "100.00", "100.00"]
    );
    let mut scenario = Scenario::new("2026-01", "UTC", &item("", &[price]));
    let whole = scenario.whole();
    scenario.add("120", whole);
    let rated = scenario.rate();
    let parts = &rated.charges[0].explanation.parts;
    let named: Vec<_> = parts
        .iter()
        .map(|part| {
            format!(
                "{} {}",
                part.tier.as_deref().unwrap_or("model"),
                part.amount
            )
        })
        .collect();
    assert_eq!(
        named,
        [
            "allowance 0",
            "model 200",
            "discount 10 % -20",
            "discount -30",
            "maximum 140 -10"
        ]
    );
}

#[test]
fn a_discount_takes_no_more_than_there_is() {
    assert_eq!(
        months("", "amount = \"2\"\ndiscount_amount = \"30\"", &["5", "20"]),
        ["0.00", "10.00"]
    );
}

#[test]
fn an_allowance_is_pooled_or_each_resources_own() {
    let of = |per: &str| {
        let price = format!("amount = \"1\"\nallowance = \"10\"\nallowance_per = \"{per}\"");
        let mut scenario = Scenario::new("2026-01", "UTC", &item("", &[&price]));
        let whole = scenario.whole();
        scenario.add("4", whole);
        scenario.add("20", whole);
        scenario.nets().remove(0)
    };
    assert_eq!(of("charge"), "14.00");
    assert_eq!(of("resource"), "10.00");
}

#[test]
fn a_flat_price_counts_no_units() {
    assert_eq!(
        months("model = \"flat\"", "amount = \"49.50\"", &["1", "17"]),
        ["49.50", "49.50"]
    );
}

#[test]
fn a_percentage_of_an_amount() {
    assert_eq!(
        months("model = \"percentage\"", "percent = \"2.5\"", &["1234.56"]),
        ["30.86"]
    );
}

/// The walk of rule R31's neighbours: each unit is priced by the tier that it fell into, the last ones go first.
#[test]
fn tv_58_to_63_tiers_that_see_each_moment() {
    let tiers = r#"tiers = [{ up_to = "5", amount = "10", flat = "100" }, { up_to = "15", amount = "5", flat = "50" }, { amount = "2" }]"#;
    let keys = "model = \"graduated\"\ntiers_see = \"each-moment\"\nproration = \"actual-day\"";
    let steps = [
        ("2", "2023-09-10"),
        ("7", "2023-09-16"),
        ("1", "2023-09-20"),
        ("11", "2023-09-25"),
        ("15", "2023-09-26"),
        ("75", "2023-09-30"),
    ];
    let after = |count: usize| {
        let mut scenario = Scenario::new("2023-09", "UTC", &item(keys, &[tiers]));
        let ends = steps[1..count]
            .iter()
            .map(|(_, day)| *day)
            .chain(["2023-10-01"]);
        for ((quantity, from), to) in steps[..count].iter().zip(ends) {
            let period = scenario.period(from, to);
            scenario.add(quantity, period);
        }
        scenario.nets().remove(0)
    };
    let totals: Vec<String> = (1..=steps.len()).map(after).collect();
    assert_eq!(
        totals,
        ["114.00", "184.00", "165.67", "179.67", "183.00", "187.00"]
    );
}

fn split(keys: &str, quantities: &[&str], total: &str) -> Vec<String> {
    let keys = format!("model = \"split\"\n{keys}");
    let price = format!("amount = \"{total}\"");
    let mut scenario = Scenario::new("2026-01", "UTC", &item(&keys, &[&price]));
    let whole = scenario.whole();
    for (index, quantity) in quantities.iter().enumerate() {
        let position = scenario.add(quantity, whole);
        scenario.set_service(position, &format!("service-{index}"));
    }
    scenario.nets()
}

#[test]
fn tv_77_a_total_is_shared_to_the_cent() {
    assert_eq!(
        split("", &["1", "1", "1"], "10.00"),
        ["3.34", "3.33", "3.33"]
    );
    assert_eq!(
        split("", &["5", "5", "5"], "0.05"),
        ["0.02", "0.02", "0.01"]
    );
    assert_eq!(
        split("", &["50", "30", "20", "7"], "100.00"),
        ["46.73", "28.04", "18.69", "6.54"]
    );
    assert_eq!(
        split("split_by = \"equal\"", &["50", "30", "20"], "10.00"),
        ["3.34", "3.33", "3.33"]
    );
}

fn composed(extra: &str) -> Scenario {
    let book = format!(
        "{}\n{}\n{extra}",
        item("", &["amount = \"10\""]),
        item("", &["amount = \"3\""]).replace("\"thing\"\ndescription", "\"part\"\ndescription"),
    );
    let mut scenario = Scenario::new("2026-01", "UTC", &book);
    let whole = scenario.whole();
    scenario.add("2", whole);
    scenario
}

fn nets_by_item(scenario: &Scenario) -> Vec<String> {
    let rated = scenario.rate();
    assert_eq!(rated.findings, []);
    let shown = rated
        .charges
        .iter()
        .map(|charge| format!("{} {}", charge.key.item, charge.net.amount()));
    shown.collect()
}

#[test]
fn a_percentage_of_other_items() {
    let support = r#"
        [[item]]
        name = "support"
        description = "Support"
        unit = "C62"
        model = "percentage"
        of = ["thing", "part"]
        [[item.price]]
        currency = "EUR"
        percent = "12"
        minimum = "5"
    "#;
    assert_eq!(
        nets_by_item(&composed(support)),
        ["part 6.00", "support 5.00", "thing 20.00"]
    );
}

#[test]
fn a_bundle_is_one_line_with_its_contents() {
    let bundle = r#"
        [[item]]
        name = "bundle"
        description = "Small server"
        unit = "C62"
        kind = "thing"
        meter = { count = 1 }
        model = "bundle"
        contains = ["thing", "part"]
        [[item.price]]
        currency = "EUR"
        amount = "19"
    "#;
    let scenario = composed(bundle);
    assert_eq!(nets_by_item(&scenario), ["bundle 19.00"]);
    let charge = &scenario.rate().charges[0];
    assert_eq!(charge.description, "Small server (with 2 thing, 2 part)");
    assert_eq!(charge.explanation.contents.len(), 2);
}

//! Price books, read and resolved: what they accept, and every mistake with its place.

use jiff::tz::TimeZone;

mod levels;

use super::*;
use crate::problem::Problem;
use crate::time::Instant;
use crate::validity::{ConfigVersion, segments};

const ITEM: &str = r#"
    [[item]]
    name = "vcpu"
    description = "vCPU, {plan}"
    unit = "C62"
    kind = ["virtual-machine", "container"]
    when = { powered = true }
    meter = { attribute = "vcpu" }
"#;

/// A book in Stockholm's time.
pub(crate) fn book(toml: &str) -> Result<PriceBook, Vec<Problem>> {
    book_in(toml, "Europe/Stockholm")
}

pub(crate) fn book_in(toml: &str, zone: &str) -> Result<PriceBook, Vec<Problem>> {
    let config: PriceBookConfig = toml::from_str(toml).unwrap();
    resolve(&config, &TimeZone::get(zone).unwrap())
}

fn with_prices(prices: &str) -> Result<PriceBook, Vec<Problem>> {
    book(&format!("{ITEM}{prices}"))
}

fn complaints(result: Result<PriceBook, Vec<Problem>>) -> Vec<String> {
    let problems = result.unwrap_err();
    problems
        .iter()
        .map(|problem| format!("{}: {}", problem.path.join("."), problem.message))
        .collect()
}

fn price(keys: &str) -> String {
    format!("\n[[item.price]]\ncurrency = \"SEK\"\n{keys}\n")
}

#[test]
fn a_book_is_read_whole() {
    let book = with_prices(&price("from = 2026-03-01\namount = \"12.50\"")).unwrap();
    let item = &book.items[0];
    assert_eq!(item.unit.name, "one");
    assert_eq!(item.when["powered"], "true");
    assert_eq!(item.kinds.len(), 2);
    assert_eq!(item.dimensions, [Dimension::Service]);
    assert_eq!(item.proration, Proration::Second);
    let price = &book.prices[0];
    assert_eq!(
        price.validity.from.unwrap().to_string(),
        "2026-02-28T23:00:00Z"
    );
    assert_eq!(
        price.tariff,
        Tariff::of(Model::Unit("12.5".parse().unwrap()))
    );
}

#[test]
fn all_mistakes_are_told_at_once_with_their_paths() {
    let toml = r#"
        not_charged_kinds = ["disk"]
        [[item]]
        name = "disk"
        description = "Disk {tier}"
        unit = "GiB"
        kind = "disk"
        meter = { attribute = "size", count = 1 }
        model = "tiered"
        proration = "monthly"
        [[item]]
        name = "disk"
        description = "Disk"
        unit = "E62"
        kind = "disk"
        meter = { count = 0 }
        [[item.price]]
        currency = "SKE"
        account = "a"
        customer = "b"
        from = 2026-03-01
        to = 2026-03-01
        amount = "-1"
    "#;
    let complaints = complaints(book(toml));
    let paths: Vec<&str> = complaints
        .iter()
        .map(|text| text.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        paths,
        [
            "item.0.price",
            "item.0.model",
            "item.0.description",
            "item.0.unit",
            "item.0.meter",
            "item.0.proration",
            "item.1.name",
            "item.1.meter.count",
            "item.1.price.0.to",
            "item.1.price.0.customer",
            "item.1.price.0.currency",
            "item.1.price.0.amount",
            "not_charged_kinds.0",
        ]
    );
    assert!(complaints[1].ends_with("`tiered` is no price model"));
}

#[test]
fn a_wrong_unit_is_told_the_code_that_was_meant() {
    for (unit, meant) in [
        ("GiB", "`E62` is gibibyte"),
        (
            "GB",
            "`E34` is gigabyte, in powers of 1000; `E62` is gibibyte, in powers of 1024",
        ),
        ("h", "`HUR` is hour"),
    ] {
        let problems = book(&ITEM.replace("C62", unit)).unwrap_err();
        let hint = problems.iter().find_map(|problem| {
            problem
                .hint
                .as_deref()
                .filter(|_| problem.path[2] == "unit")
        });
        assert_eq!(hint, Some(meant));
    }
}

#[test]
fn numbers_that_are_no_prices_are_refused() {
    for (keys, complaint) in [
        (
            "amount = \"0.12345678901234567890\"",
            "has 20 decimals; at most 15",
        ),
        ("amount = \"12,50\"", "is no decimal number"),
        ("amount = \"-0.01\"", "is negative; a price is zero or more"),
        (
            "amount = \"1\"\nallowance = \"-1\"",
            "is negative; a quantity is zero or more",
        ),
        (
            "amount = \"1\"\ndiscount_percent = \"-1\"",
            "is negative; a percentage is zero or more",
        ),
        ("amount = \"1e3\"", "is no decimal number"),
        ("", "needs `amount`"),
        (
            "amount = \"1\"\ntiers = [{ amount = \"1\" }]",
            "the model \"unit\" has no use for `tiers`",
        ),
        (
            "amount = \"1\"\npercent = \"2\"",
            "has no use for `percent`",
        ),
        (
            "amount = \"1\"\ndiscount_percent = \"101\"",
            "more than 100 %",
        ),
        (
            "amount = \"1\"\nminimum = \"5\"\nmaximum = \"4\"",
            "the minimum 5 is above the maximum 4",
        ),
    ] {
        let told = complaints(with_prices(&price(keys)));
        assert!(
            told.len() == 1 && told[0].contains(complaint),
            "{keys}: {told:?}"
        );
    }
    // Trailing zeros are no decimals.
    assert!(with_prices(&price("amount = \"0.50000000000000000000\"")).is_ok());
}

#[test]
fn a_percentage_of_too_many_decimals_is_to_be_rounded() {
    let item = ITEM.to_owned() + "model = \"percentage\"\n";
    let priced =
        |percent: &str| book(&(item.clone() + &price(&format!("percent = \"{percent}\""))));
    let problems = priced("0.1234567890123456").unwrap_err();
    assert_eq!(problems[0].path.last().map(String::as_str), Some("percent"));
    assert!(problems[0].message.contains("has 16 decimals; at most 15"));
    assert_eq!(problems[0].hint.as_deref(), Some("round it to as many"));
    assert!(priced("0.123456789012345").is_ok());
}

#[test]
fn tiers_ascend_without_gaps_and_end_open() {
    let graduated = ITEM.to_owned() + "model = \"graduated\"\n";
    for (tiers, complaint) in [
        ("[]", "there is no tier"),
        ("[{ up_to = \"10\", amount = \"1\" }]", "the last tier ends"),
        ("[{ amount = \"1\" }, { amount = \"2\" }]", "has no `up_to`"),
        (
            "[{ up_to = \"10\", amount = \"1\" }, { up_to = \"10\", amount = \"1\" }, { amount = \"1\" }]",
            "do not ascend",
        ),
        (
            "[{ up_to = \"0\", amount = \"1\" }, { amount = \"1\" }]",
            "do not ascend",
        ),
    ] {
        let told = complaints(book(
            &(graduated.clone() + &price(&format!("tiers = {tiers}"))),
        ));
        assert!(
            told.len() == 1 && told[0].contains(complaint),
            "{tiers}: {told:?}"
        );
    }
    assert!(
        book(
            &(graduated + &price("tiers = [{ up_to = 10, amount = \"1\" }, { amount = \"0.5\" }]"))
        )
        .is_ok()
    );
}

#[test]
fn prices_follow_one_another_and_do_not_contradict() {
    let two = |first: &str, second: &str| {
        let text = price(&format!("amount = \"1\"\n{first}"))
            + &price(&format!("amount = \"2\"\n{second}"));
        with_prices(&text)
    };
    assert!(two("", "from = 2026-04-01").is_ok());
    assert!(two("from = 2026-01-01", "from = 2026-04-01\nto = 2026-05-01").is_ok());
    assert!(two("to = 2026-04-01", "from = 2026-04-01").is_ok());
    assert!(two("", "plan = \"gold\"").is_ok());
    for (first, second) in [
        ("", ""),
        ("from = 2026-04-01", "from = 2026-04-01"),
        ("to = 2026-05-01", "from = 2026-04-01"),
        ("from = 2026-04-01", "from = 2026-01-01\nto = 2026-05-01"),
    ] {
        let told = complaints(two(first, second));
        assert_eq!(told.len(), 1, "{first} {second}");
        assert!(
            told[0].starts_with("item.0.price.1: it holds at the same time as price 1"),
            "{told:?}"
        );
    }
}

#[test]
fn what_is_made_of_others_names_them_and_not_itself() {
    let book_of = |items: &[(&str, &str)]| {
        let text = items.iter().map(|(name, keys)| {
            let own = if keys.contains("of =") {
                ""
            } else {
                "kind = \"disk\"\nmeter = { count = 1 }"
            };
            let numbers = if keys.contains("percentage") {
                "percent"
            } else {
                "amount"
            };
            format!(
                "[[item]]\nname = \"{name}\"\ndescription = \"x\"\nunit = \"C62\"\n{own}\n{keys}\n\
                 [[item.price]]\ncurrency = \"SEK\"\n{numbers} = \"1\"\n"
            )
        });
        complaints(book(&text.collect::<String>()))
    };
    let bundle = |of: &str| format!("model = \"bundle\"\ncontains = [\"{of}\"]");
    assert_eq!(
        book_of(&[("a", &bundle("b")), ("b", &bundle("a"))]),
        [
            "item.0.contains: the bundle contains itself: a contains b contains a",
            "item.1.contains: the bundle contains itself: b contains a contains b",
        ]
    );
    assert_eq!(
        book_of(&[("a", &bundle("c"))]),
        ["item.0.contains.0: there is no item `c`"]
    );
    assert_eq!(
        book_of(&[("a", "model = \"bundle\"")]),
        ["item.0.contains: the bundle contains nothing"]
    );
    let percentage = |of: &str| format!("model = \"percentage\"\nof = [\"{of}\"]");
    assert_eq!(
        book_of(&[("a", &percentage("b")), ("b", &percentage("c")), ("c", "")]),
        ["item.0.of.0: `b` is a percentage of other items itself"]
    );
    assert_eq!(
        book_of(&[("a", "contains = [\"b\"]"), ("b", "")]),
        ["item.0.contains: the model \"unit\" has no use for `contains`"]
    );
}

#[test]
fn an_undated_edit_leaves_closed_periods_alone_and_a_dated_one_reaches_back() {
    let before = with_prices(&price("amount = \"10\"")).unwrap();
    let undated = with_prices(&price("amount = \"11\"")).unwrap();
    let dated =
        with_prices(&(price("amount = \"10\"") + &price("amount = \"12\"\nfrom = 2026-03-11")))
            .unwrap();
    let start_of_april: Instant = "2026-03-31T22:00:00Z".parse().unwrap();
    let march =
        crate::time::BillingPeriod::parse("2026-03", TimeZone::get("Europe/Stockholm").unwrap())
            .unwrap();
    let amounts = |after: &PriceBook| -> Vec<Vec<Tariff>> {
        let versions = [
            ConfigVersion {
                effective_from: None,
                terms: &before,
            },
            ConfigVersion {
                effective_from: Some(start_of_april),
                terms: after,
            },
        ];
        let segments = segments::<Price, _>(&versions, march.period());
        let tariffs = segments.iter().map(|segment| {
            segment
                .items
                .iter()
                .map(|price| price.tariff.clone())
                .collect()
        });
        tariffs.collect()
    };
    let unit = |amount: &str| vec![Tariff::of(Model::Unit(amount.parse().unwrap()))];
    assert_eq!(amounts(&undated), [unit("10")]);
    assert_eq!(amounts(&dated), [unit("10"), unit("12")]);
}

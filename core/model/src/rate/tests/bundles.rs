//! Bundles that later versions of a price book bring.

use super::*;

const BUNDLE: &str = r#"
[[item]]
name = "bundle"
description = "Bundle"
unit = "C62"
kind = "thing"
meter = { count = 1 }
model = "bundle"
contains = ["thing"]
[[item.price]]
currency = "EUR"
amount = "62"
from = 2026-03-16
"#;

/// A thing all March, and from April on a price book whose bundle is dated back to the 16th.
#[test]
fn a_bundle_takes_the_place_of_its_contents_since_it_has_a_price() {
    let plain = item("proration = \"actual-day\"", &["amount = \"31\""]);
    let mut scenario = Scenario::new("2026-03", "UTC", &plain);
    let whole = scenario.whole();
    scenario.add("1", whole);
    assert_eq!(scenario.nets(), ["31.00"]);
    let later = book_in(&format!("{plain}{BUNDLE}"), "UTC").unwrap();
    let april = scenario.at("2026-04-01");
    scenario.books.push((Some(april), later));
    let rated = scenario.rate();
    let nets: Vec<String> = rated
        .charges
        .iter()
        .map(|one| one.net.to_string())
        .collect();
    assert_eq!(nets, ["32.00 EUR", "15.00 EUR"]);
    assert_eq!(rated.findings, []);
}

/// An estimate at list price is what a bill at list price would be.
#[test]
fn what_is_suspended_is_worth_what_it_would_be_billed() {
    let plain = item("", &["amount = \"31\""]);
    let metered =
        |meter: &str| plain.replace("attribute = \"n\"", &format!("attribute = \"n\", {meter}"));
    let books = [
        format!("{plain}{}", BUNDLE.replace("from = 2026-03-16\n", "")),
        metered("aggregate = \"sum\""),
        metered("aggregate = \"maximum\""),
        metered("aggregate = \"last\""),
        item("proration = \"full-unit\"", &["amount = \"31\""]),
        plain.clone(),
    ];
    for book in books {
        let mut scenario = Scenario::new("2026-03", "UTC", &book);
        let (early, late) = (
            scenario.period("2026-03-01", "2026-03-05"),
            scenario.period("2026-03-05", "2026-03-20"),
        );
        scenario.add("3", early);
        scenario.add("2", late);
        scenario.one_resource();
        let billed = scenario
            .rate()
            .charges
            .iter()
            .map(|one| one.net.minor())
            .sum::<i64>();
        assert!(billed > 0, "{book}");
        scenario.suspend(0);
        scenario.suspend(1);
        let suspense = scenario.rate().completeness.suspense;
        let value = suspense.total.map(crate::money::Money::minor);
        assert_eq!(value, Some(billed), "{book}");
    }
}

//! What cannot be priced is told, is left out visibly, and keeps the completeness equation whole.

use super::*;
use crate::decimal::Decimal;
use crate::finding::{FindingCode, Severity};
use crate::ownership::NonBillable;

const DAY: i64 = 86_400;
const MONTH: i64 = 31 * DAY;

pub(super) fn scenario(keys: &str, prices: &[&str]) -> Scenario {
    let mut scenario = Scenario::new("2026-01", "UTC", &item(keys, prices));
    let whole = scenario.whole();
    scenario.add("1", whole);
    scenario
}

pub(super) fn told(rated: &Rated) -> Vec<(FindingCode, Severity)> {
    rated
        .findings
        .iter()
        .map(|finding| (finding.code, finding.severity))
        .collect()
}

pub(super) fn seconds(rated: &Rated) -> Balance {
    let balance = rated.completeness.kinds[&Kind::from("thing")];
    assert_eq!(balance.seconds.remainder(), 0);
    assert_eq!(balance.at_end.remainder(), 0);
    balance.seconds
}

#[test]
fn a_kind_without_item_blocks_unless_that_is_meant() {
    let mut scenario = scenario("", &["amount = \"1\""]);
    scenario.books[0].1.items[0].kinds = [Kind::from("other")].into();
    let rated = scenario.rate();
    assert_eq!(rated.charges, []);
    assert_eq!(
        told(&rated),
        [(FindingCode::MissingPrice, Severity::Blocking)]
    );
    assert_eq!(seconds(&rated).unpriced, MONTH);

    scenario.books[0].1.not_charged_kinds = [Kind::from("thing")].into();
    let rated = scenario.rate();
    assert_eq!(rated.findings, []);
    assert_eq!(seconds(&rated).not_charged, MONTH);
}

#[test]
fn a_resource_that_no_filter_fits_is_told() {
    let rated = scenario("when = { power = \"on\" }", &["amount = \"1\""]).rate();
    assert_eq!(rated.charges, []);
    assert_eq!(
        told(&rated),
        [(FindingCode::MissingPrice, Severity::Warning)]
    );
    assert_eq!(seconds(&rated).not_charged, MONTH);
}

#[test]
fn a_currency_without_price_blocks() {
    let mut scenario = scenario("", &["amount = \"1\""]);
    scenario.accounts.get_mut(&AccountId(1)).unwrap().currency = "SEK".parse().unwrap();
    let rated = scenario.rate();
    assert_eq!(
        told(&rated),
        [(FindingCode::MissingPrice, Severity::Blocking)]
    );
    assert!(
        rated.findings[0]
            .message
            .contains("no price in SEK for account `account-1`")
    );
    assert_eq!(seconds(&rated).unpriced, MONTH);
}

#[test]
fn days_before_the_first_price_are_told_and_the_rest_is_billed() {
    let rated = scenario("", &["amount = \"31\"\nfrom = 2026-01-11"]).rate();
    assert_eq!(rated.charges[0].net.amount(), "21.00");
    assert_eq!(
        told(&rated),
        [(FindingCode::MissingPrice, Severity::Blocking)]
    );
    assert_eq!(seconds(&rated).billed, 21 * DAY);
    assert_eq!(seconds(&rated).unpriced, 10 * DAY);
}

#[test]
fn one_finding_names_all_that_share_its_cause() {
    let mut scenario = scenario("", &["amount = \"1\"\nplan = \"gold\""]);
    for _ in 0..4 {
        let whole = scenario.whole();
        scenario.add("1", whole);
    }
    let rated = scenario.rate();
    assert_eq!(rated.findings.len(), 1);
    assert!(
        rated.findings[0]
            .message
            .ends_with("5 resources (thing-1, thing-2, thing-3, …).")
    );
}

#[test]
fn a_quantity_that_cannot_be_read_keeps_its_resource_out() {
    for (text, code, words) in [
        ("8 vCPU", FindingCode::UnreadableQuantity, "is no number"),
        ("-3", FindingCode::NegativeQuantity, "is negative"),
    ] {
        let mut scenario = scenario("", &["amount = \"1\""]);
        let whole = scenario.whole();
        scenario.add(text, whole);
        let rated = scenario.rate();
        assert_eq!(rated.charges[0].net.amount(), "1.00");
        assert_eq!(told(&rated), [(code, Severity::Blocking)]);
        let value = rated.findings[0].value.unwrap();
        assert_eq!(value.amount(), "1.00", "as much as the one that is read");
        assert!(
            rated.findings[0].message.contains(words),
            "{}",
            rated.findings[0].message
        );
        assert_eq!(
            (seconds(&rated).billed, seconds(&rated).unpriced),
            (MONTH, MONTH)
        );
    }
    let mut scenario = scenario("", &["amount = \"1\""]);
    Arc::make_mut(&mut scenario.intervals[0].configuration).attributes = Attributes::default();
    let rated = scenario.rate();
    assert_eq!(
        told(&rated),
        [(FindingCode::UnreadableQuantity, Severity::Blocking)]
    );
    assert!(rated.findings[0].message.contains("has no attribute `n`"));
    assert_eq!(rated.findings[0].value, None, "nothing to go by");
}

#[test]
fn a_resource_without_an_optional_attribute_is_left_out_on_purpose() {
    let mut scenario = scenario("", &["amount = \"1\""]);
    scenario.books[0].1.items[0].is_meter_optional = true;
    let whole = scenario.whole();
    scenario.add("2", whole);
    Arc::make_mut(&mut scenario.intervals[0].configuration).attributes = Attributes::default();
    let rated = scenario.rate();
    assert_eq!(rated.charges[0].net.amount(), "2.00");
    assert_eq!(
        told(&rated),
        [(FindingCode::MissingPrice, Severity::Warning)]
    );
    assert_eq!(
        (seconds(&rated).billed, seconds(&rated).not_charged),
        (MONTH, MONTH)
    );
    Arc::make_mut(&mut scenario.intervals[0].configuration).attributes =
        Attributes::from([("n", "two")]);
    assert_eq!(
        told(&scenario.rate()),
        [(FindingCode::UnreadableQuantity, Severity::Blocking)],
        "optional is not unreadable"
    );
}

#[test]
fn an_amount_beyond_64_bits_is_a_finding() {
    for quantity in ["92233720368547759", "9999999999999999999999999999"] {
        let mut scenario = scenario("", &["amount = \"1\""]);
        let whole = scenario.whole();
        scenario.add(quantity, whole);
        let rated = scenario.rate();
        assert_eq!(rated.charges.len(), 1, "of the other one");
        assert_eq!(
            told(&rated),
            [(FindingCode::AmountOverflow, Severity::Blocking)]
        );
        let message = &rated.findings[0].message;
        assert!(message.contains(&format!(", {quantity}")), "{message}");
        assert_eq!(seconds(&rated).unpriced, MONTH);
    }
}

#[test]
fn quantities_beyond_128_bits_are_added_exactly() {
    let mut scenario = Scenario::new(
        "2026-01",
        "UTC",
        &item("", &["amount = \"0.000000000001\""]),
    );
    let whole = scenario.whole();
    for _ in 0..3 {
        scenario.add("9999999999999999999999999999", whole);
    }
    let rated = scenario.rate();
    assert_eq!(rated.charges[0].net.amount(), "30000000000000000.00");
    assert_eq!(
        rated.charges[0].explanation.quantity_exact,
        "29999999999999999999999999997"
    );
}

#[test]
fn a_gauge_bills_what_its_samples_say() {
    let book = item("", &["amount = \"31\""]).replace("attribute = \"n\"", "gauge = \"used\"");
    let mut scenario = Scenario::new("2026-01", "UTC", &book);
    let whole = scenario.whole();
    scenario.add("", whole);
    for (value, from, to) in [
        ("2", "2025-12-20", "2026-01-11"),
        ("4", "2026-01-11", "2026-01-31"),
    ] {
        let period = scenario.period(from, to);
        let value: Decimal = value.parse().unwrap();
        scenario.gauges.push(GaugeRun {
            resource: ResourceId(1),
            name: "used".to_owned(),
            period,
            value,
        });
    }
    let rated = scenario.rate();
    assert_eq!(rated.charges[0].net.amount(), "100.00");
    assert_eq!(rated.charges[0].contributions.len(), 2);
    assert_eq!(
        told(&rated),
        [(FindingCode::UnreadableQuantity, Severity::Warning)]
    );
    assert_eq!(
        rated.findings[0].message,
        "thing-1 has no sample of `used` for 86400 seconds, which the item `thing` leaves out."
    );
    // 100.00 for thirty days.
    assert_eq!(rated.findings[0].value.unwrap().amount(), "3.33");
    assert_eq!(
        (seconds(&rated).billed, seconds(&rated).unpriced),
        (30 * DAY, DAY)
    );
}

#[test]
fn suspense_is_valued_at_list_price_the_most_valuable_first() {
    let mut scenario = scenario("", &["amount = \"10\"", "amount = \"1\"\nplan = \"gold\""]);
    let whole = scenario.whole();
    for quantity in ["2", "5", "broken"] {
        let position = scenario.add(quantity, whole);
        scenario.suspend(position);
    }
    let rated = scenario.rate();
    let suspense = &rated.completeness.suspense;
    let values: Vec<(&str, Option<String>)> = suspense
        .resources
        .iter()
        .map(|resource| {
            (
                resource.name.as_str(),
                resource.value.map(crate::money::Money::amount),
            )
        })
        .collect();
    assert_eq!(
        values,
        [
            ("thing-3", Some("50.00".to_owned())),
            ("thing-2", Some("20.00".to_owned())),
            ("thing-4", None)
        ]
    );
    assert_eq!(suspense.total.unwrap().amount(), "70.00");
    assert_eq!(told(&rated), [(FindingCode::Suspense, Severity::Warning)]);
    assert_eq!(rated.findings[0].value, suspense.total);
    assert_eq!(
        (seconds(&rated).billed, seconds(&rated).suspended),
        (MONTH, 3 * MONTH)
    );
}

#[test]
fn what_is_not_billable_keeps_its_reason_and_lost_time_is_found() {
    let mut scenario = scenario("", &["amount = \"10\""]);
    let period = scenario.period("2026-01-11", "2026-01-21");
    let position = scenario.add("1", period);
    let because = NonBillable {
        reason: "own use".to_owned(),
        owner: "ops".to_owned(),
        until: None,
    };
    scenario.owned[position].ownership = Arc::new(Ownership::NonBillable(because.clone()));
    let rated = scenario.rate();
    assert_eq!(rated.findings, []);
    assert_eq!(seconds(&rated).non_billable, 10 * DAY);
    let total = &rated.completeness.non_billable[0];
    assert_eq!(
        (&total.because, total.seconds, total.at_end),
        (&because, 10 * DAY, 0)
    );

    scenario.owned.remove(position);
    assert_eq!(
        told(&scenario.rate()),
        [(FindingCode::Unbalanced, Severity::Blocking)]
    );
}

#[test]
fn a_share_that_has_no_price_leaves_the_resource_unpriced() {
    let mut scenario = scenario("", &["amount = \"10\""]);
    scenario.set_owners(0, vec![owner(1, 1, 2), owner(2, 1, 2)]);
    scenario.accounts.get_mut(&AccountId(2)).unwrap().currency = "SEK".parse().unwrap();
    let rated = scenario.rate();
    assert_eq!(rated.charges[0].net.amount(), "5.00");
    assert_eq!(
        (seconds(&rated).billed, seconds(&rated).unpriced),
        (0, MONTH)
    );
}

/// A scenario of January, of which documents were issued, and the book as it was edited afterwards.
fn edited_after_the_first_invoice(prices: &[&str]) -> Scenario {
    let mut scenario = scenario("", &["amount = \"1\""]);
    scenario.accounts.get_mut(&AccountId(1)).unwrap().currency = "SEK".parse().unwrap();
    let open = scenario.at("2026-02-01");
    let book = item("", prices).replace(
        "currency = \"EUR\"\namount = \"9\"",
        "currency = \"SEK\"\namount = \"9\"",
    );
    scenario
        .books
        .push((Some(open), book_in(&book, "UTC").unwrap()));
    scenario.open_from = Some(open);
    scenario
}

#[test]
fn a_price_that_came_after_the_first_invoice_is_named_with_the_date_that_it_needs() {
    let late = edited_after_the_first_invoice(&["amount = \"1\"", "amount = \"9\""]).rate();
    let finding = &late.findings[0];
    assert!(
        finding.message.ends_with(
            "The price of `thing` (item thing, price 2) is there, but holds only from 2026-02-01, since documents of \
             2026-01 were issued before it was added."
        ),
        "{}",
        finding.message
    );
    assert!(
        finding
            .next_step
            .starts_with("give it `from = \"2026-01-01\"` to bill 2026-01 too")
    );

    let dated = "from = \"2026-01-01\"\ncurrency = \"SEK\"\namount = \"9\"";
    let dated = item("", &["amount = \"1\""]) + "\n[[item.price]]\n" + dated + "\n";
    let mut scenario = edited_after_the_first_invoice(&["amount = \"1\""]);
    scenario.books[1].1 = book_in(&dated, "UTC").unwrap();
    assert_eq!(scenario.rate().findings, []);
}

#[test]
fn advice_to_add_a_price_names_the_date_that_it_needs() {
    let missing = edited_after_the_first_invoice(&["amount = \"1\""]).rate();
    assert_eq!(
        missing.findings[0].next_step,
        "add a price in the account's currency that holds then; give it `from = \"2026-01-01\"`: without one it holds \
         only from 2026-02-01, since documents of 2026-01 were issued"
    );
}

//! Which version of a price counts, for whom, and in which currency.

use super::*;
use crate::price::{PriceAt, Signed, Signing};

fn signed(scenario: &mut Scenario, account: i64, day: &str) {
    let at = scenario.at(day);
    let signing = Signing {
        agreement: AgreementKey::from("standard"),
        validity: Validity::ALWAYS,
        signed: Signed {
            at,
            day: day.parse().unwrap(),
        },
    };
    let terms = scenario.accounts.get_mut(&AccountId(account)).unwrap();
    terms.signings.push(signing);
}

/// One thing all month in March, in UTC.
fn march(keys: &str, prices: &[&str]) -> Scenario {
    let mut scenario = Scenario::new("2026-03", "UTC", &item(keys, prices));
    let whole = scenario.whole();
    scenario.add("1", whole);
    scenario
}

const CHANGE: [&str; 2] = [
    "amount = \"31\"\nto = 2026-03-11",
    "amount = \"62\"\nfrom = 2026-03-11",
];

#[test]
fn each_policy_chooses_its_version() {
    for (policy, expected) in [
        ("", vec!["10.00", "42.00"]),
        ("price_at = \"usage\"", vec!["10.00", "42.00"]),
        ("price_at = \"period-start\"", vec!["31.00"]),
        ("price_at = \"agreement-signing\"", vec!["31.00"]),
    ] {
        let mut scenario = march(policy, &CHANGE);
        signed(&mut scenario, 1, "2025-06-01");
        assert_eq!(scenario.nets(), expected, "{policy}");
    }
}

#[test]
fn the_line_says_the_policy_and_what_it_passed_over() {
    let mut scenario = march("price_at = \"agreement-signing\"", &CHANGE);
    signed(&mut scenario, 1, "2025-06-01");
    let choice = scenario.rate().charges[0].explanation.price.clone();
    assert_eq!(choice.policy, PriceAt::AgreementSigning);
    assert_eq!(choice.signed.unwrap().to_string(), "2025-06-01");
    let scenario = march("price_at = \"period-start\"", &CHANGE);
    let choice = scenario.rate().charges[0].explanation.price.clone();
    assert_eq!(choice.policy, PriceAt::PeriodStart);
    assert_eq!(
        choice.passed_over,
        ["list from 2026-03-11 (item thing, price 2)"]
    );
}

#[test]
fn a_later_month_keeps_the_version_of_the_signing() {
    for (day, expected) in [
        ("2025-06-01", "31.00"),
        ("2026-03-10", "31.00"),
        ("2026-03-11", "62.00"),
        ("2026-12-01", "62.00"),
    ] {
        let book = item("price_at = \"agreement-signing\"", &CHANGE);
        let mut scenario = Scenario::new("2026-07", "UTC", &book);
        let whole = scenario.whole();
        scenario.add("1", whole);
        signed(&mut scenario, 1, day);
        assert_eq!(scenario.nets(), [expected], "{day}");
        let choice = scenario.rate().charges[0].explanation.price.clone();
        let passed_over = usize::from(expected == "31.00");
        assert_eq!(choice.passed_over.len(), passed_over, "{day}");
    }
}

#[test]
fn an_edit_without_a_date_is_kept_from_those_who_signed_before() {
    let book = item("price_at = \"agreement-signing\"", &["amount = \"31\""]);
    let mut scenario = Scenario::new("2026-07", "UTC", &book);
    let whole = scenario.whole();
    scenario.add("1", whole);
    let later = item("price_at = \"agreement-signing\"", &["amount = \"62\""]);
    let from = scenario.at("2026-05-01");
    scenario
        .books
        .push((Some(from), book_in(&later, "UTC").unwrap()));
    let mut newer = scenario.clone();
    signed(&mut scenario, 1, "2025-06-01");
    assert_eq!(scenario.nets(), ["31.00"]);
    signed(&mut newer, 1, "2026-06-01");
    assert_eq!(newer.nets(), ["62.00"]);
}

#[test]
fn an_item_that_came_after_the_signing_has_its_first_price() {
    let prices = [
        "amount = \"31\"\nfrom = 2026-01-01\nto = 2026-02-01",
        "amount = \"62\"\nfrom = 2026-02-01",
    ];
    let mut scenario = march("price_at = \"agreement-signing\"", &prices);
    signed(&mut scenario, 1, "2025-06-01");
    assert_eq!(scenario.nets(), ["31.00"]);
}

#[test]
fn prices_of_the_account_itself_count_by_their_own_dates() {
    let prices = [
        "amount = \"31\"",
        "amount = \"15.50\"\naccount = \"account-1\"\nfrom = 2026-03-17",
    ];
    let mut scenario = march("price_at = \"agreement-signing\"", &prices);
    signed(&mut scenario, 1, "2025-06-01");
    assert_eq!(scenario.nets(), ["16.00", "7.50"]);
}

#[test]
fn without_a_signing_nothing_is_guessed() {
    let scenario = march("price_at = \"agreement-signing\"", &CHANGE);
    let rated = scenario.rate();
    assert_eq!(rated.charges, []);
    assert_eq!(
        rated.findings[0].message,
        "The item `thing` has the price of the agreement's signing, and nobody says when the agreement `standard` of account \
         `account-1` was signed: 1 resource (thing-1)."
    );
    assert_eq!(
        rated.findings[0].next_step,
        "give the agreement a `signed` day, or a `from`"
    );
}

#[test]
fn a_renewal_within_the_month_cuts_it() {
    let mut scenario = march("price_at = \"agreement-signing\"", &CHANGE);
    let cut = scenario.at("2026-03-17");
    for (from, to, day) in [
        (None, Some(cut), "2025-06-01"),
        (Some(cut), None, "2026-03-15"),
    ] {
        signed(&mut scenario, 1, day);
        let signings = &mut scenario.accounts.get_mut(&AccountId(1)).unwrap().signings;
        signings.last_mut().unwrap().validity = Validity { from, to };
    }
    assert_eq!(scenario.nets(), ["16.00", "30.00"]);
}

#[test]
fn a_version_may_be_kept_for_those_who_signed_before_a_day() {
    let prices = [
        "amount = \"62\"",
        "amount = \"31\"\nsigned_before = 2026-01-01",
        "amount = \"15.50\"\nsigned_before = 2025-01-01",
    ];
    for (day, expected, overruled) in [
        ("2024-12-31", "15.50", 2),
        ("2025-01-01", "31.00", 1),
        ("2026-01-01", "62.00", 0),
    ] {
        let mut scenario = march("", &prices);
        signed(&mut scenario, 1, day);
        let choice = scenario.rate().charges[0].explanation.price.clone();
        assert_eq!(scenario.nets(), [expected], "{day}");
        assert_eq!(choice.overruled.len(), overruled, "{day}");
        assert_eq!(choice.signed.is_some(), overruled > 0, "{day}");
    }
    assert_eq!(march("", &prices).nets(), ["62.00"]);
}

const RATES: &str = "
[[exchange_rate]]
from = \"EUR\"
to = \"SEK\"
rate = \"11.2345\"
date = 2026-03-30
source = \"Riksbanken\"

[[exchange_rate]]
from = \"EUR\"
to = \"SEK\"
rate = \"12\"
date = 2026-04-01
source = \"Riksbanken\"
";

fn in_sek(keys: &str, book: &str) -> Scenario {
    let item = item("", &["amount = \"7.90\""]);
    let mut scenario = Scenario::new("2026-03", "UTC", &format!("{book}\n{item}\n{keys}"));
    let whole = scenario.whole();
    scenario.add("3", whole);
    scenario.accounts.get_mut(&AccountId(1)).unwrap().currency = "SEK".parse().unwrap();
    scenario
}

#[test]
fn a_price_is_converted_exactly_and_rounded_once() {
    let scenario = in_sek(RATES, "convert_from = \"EUR\"");
    let rated = scenario.rate();
    assert_eq!(rated.findings, []);
    let charge = &rated.charges[0];
    // 3 × 7.90 × 11.2345 = 266.25765.
    assert_eq!(charge.net.to_string(), "266.26 SEK");
    assert_eq!(charge.unit_price.to_string(), "88.75255");
    assert_eq!(charge.explanation.net_exact, "5325153/20000");
    let exchange = charge.explanation.price.exchange.clone().unwrap();
    assert_eq!(
        (
            exchange.rate.to_string(),
            exchange.date.to_string(),
            exchange.on.to_string()
        ),
        (
            "11.2345".to_owned(),
            "2026-03-30".to_owned(),
            "2026-03-31".to_owned()
        )
    );
    assert_eq!(
        (exchange.source.as_str(), exchange.place.as_str()),
        ("Riksbanken", "exchange rate 1")
    );
}

#[test]
fn nothing_is_converted_unless_it_is_said() {
    let rated = in_sek(RATES, "").rate();
    assert_eq!(rated.charges, []);
    assert!(
        rated.findings[0]
            .message
            .starts_with("The item `thing` has no price in SEK")
    );
}

#[test]
fn rates_that_lack_are_told_and_none_is_turned_round() {
    let rated = in_sek("", "convert_from = \"EUR\"").rate();
    assert_eq!(
        rated.findings[0].message,
        "The item `thing` has a price in EUR for account `account-1`, and there is no exchange rate from EUR to SEK on or \
         before 2026-03-31: 1 resource (thing-1)."
    );
    let other = RATES
        .replace("\"EUR\"", "\"X\"")
        .replace("\"SEK\"", "\"EUR\"")
        .replace("\"X\"", "\"SEK\"");
    let rated = in_sek(&other, "convert_from = \"EUR\"").rate();
    assert!(
        rated.findings[0]
            .message
            .ends_with("There is one from SEK to EUR, which is not turned round."),
        "{}",
        rated.findings[0].message
    );
    assert_eq!(rated.charges, []);
}

#[test]
fn an_old_rate_is_used_and_blocks() {
    for (max, is_fresh) in [
        ("", true),
        ("rate_age_days_max = 1\n", true),
        ("rate_age_days_max = 0\n", false),
    ] {
        let rated = in_sek(RATES, &format!("{max}convert_from = \"EUR\"")).rate();
        assert_eq!(rated.charges.len(), 1);
        assert_eq!(rated.findings.is_empty(), is_fresh, "{max}");
        if let Some(finding) = rated.findings.first() {
            assert_eq!(
                finding.message,
                "The newest exchange rate from EUR to SEK on or before 2026-03-31 is of 2026-03-30, 1 day before: 1 resource \
                 (thing-1)."
            );
            assert_eq!(finding.severity, crate::finding::Severity::Blocking);
        }
    }
}

#[test]
fn the_day_of_the_rate_is_stated() {
    let first = "[[exchange_rate]]\nfrom = \"EUR\"\nto = \"SEK\"\nrate = \"10\"\ndate = 2026-03-01\nsource = \"ECB\"\n";
    let scenario = in_sek(
        &format!("{first}{RATES}"),
        "rate_on = \"period-start\"\nconvert_from = \"EUR\"",
    );
    assert_eq!(scenario.nets(), ["237.00"]);
}

#[test]
fn a_rate_that_is_dated_back_reaches_a_closed_month_and_leaving_one_out_does_not() {
    let mut scenario = in_sek(RATES, "convert_from = \"EUR\"");
    let april = scenario.at("2026-04-01");
    let corrected = RATES.replace("11.2345", "11");
    let later = in_sek(&corrected, "convert_from = \"EUR\"")
        .books
        .remove(0)
        .1;
    scenario.books.push((Some(april), later));
    assert_eq!(scenario.nets(), ["260.70"]);
    let dropped = in_sek("", "convert_from = \"EUR\"").books.remove(0).1;
    scenario.books[1] = (Some(april), dropped);
    assert_eq!(scenario.nets(), ["266.26"]);
}

#[test]
fn a_price_in_the_own_currency_comes_first() {
    let book = "convert_from = \"EUR\"\n".to_owned()
        + &item(
            "",
            &[
                "amount = \"7.90\"\naccount = \"account-1\"",
                "amount = \"80\"",
            ],
        )
        .replacen(
            "currency = \"EUR\"\namount = \"80\"",
            "currency = \"SEK\"\namount = \"80\"",
            1,
        )
        + RATES;
    let mut scenario = in_sek("", "");
    scenario.books[0].1 = book_in(&book, "UTC").unwrap();
    assert_eq!(scenario.nets(), ["240.00"]);
}

#[test]
fn percentages_without_a_price_are_told() {
    let support = "\n[[item]]\nname = \"support\"\ndescription = \"Support\"\nunit = \"C62\"\nmodel = \"percentage\"\nof = [\"thing\"]\n\
                   price = [{ currency = \"SEK\", percent = \"10\" }]\n";
    let mut scenario = Scenario::new(
        "2026-03",
        "UTC",
        &format!("{}{support}", item("", &["amount = \"1\""])),
    );
    let whole = scenario.whole();
    scenario.add("1", whole);
    let rated = scenario.rate();
    assert_eq!(rated.charges.len(), 1);
    assert_eq!(
        rated.findings[0].message,
        "The item `support` has no price in EUR for account `account-1` from 2026-03-01T00:00:00Z to 2026-04-01T00:00:00Z: a \
         part of 1 line."
    );
}

#[test]
fn rounding_goes_by_currency() {
    for (rounding, expected) in [
        ("\"half-up\"", "2.35"),
        ("\"half-even\"", "2.34"),
        ("{ EUR = \"half-even\" }", "2.34"),
        ("{ default = \"half-even\" }", "2.34"),
        (
            "{ default = \"half-even\", EUR = \"half-up\", JPY = \"half-even\" }",
            "2.35",
        ),
    ] {
        let book = format!(
            "rounding = {rounding}\n{}",
            item("", &["amount = \"2.345\""])
        );
        let mut scenario = Scenario::new("2026-03", "UTC", &book);
        let whole = scenario.whole();
        scenario.add("1", whole);
        assert_eq!(scenario.nets(), [expected], "{rounding}");
    }
}

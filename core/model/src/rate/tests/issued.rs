//! Edits without a date beside what was billed in advance: who was billed goes on, who was not begins with the edit.

use super::*;
use crate::time::AccountCalendar;

const LIST: &str = "amount = \"36.50\"";

fn year(prices: &[&str]) -> String {
    let keys = "per = \"year\"\nproration = \"actual-day\"\nbilled = \"in-advance\"";
    item(keys, prices)
}

/// The fee of the year 2026 was billed with December; the book was edited without a date after April was issued.
fn edited(before: &[&str], after: &[&str]) -> Scenario {
    let mut scenario = Scenario::new("2026-05", "UTC", &year(before));
    let may = scenario.at("2026-05-01");
    let book = book_in(&year(after), "UTC").unwrap();
    scenario.books.push((Some(may), book));
    scenario.calendars.versions = vec![(None, known([1, 2]))];
    scenario
}

fn known<const N: usize>(accounts: [i64; N]) -> BTreeMap<AccountId, AccountCalendar> {
    let accounts = accounts.into_iter().map(AccountId);
    accounts
        .map(|one| (one, AccountCalendar::default()))
        .collect()
}

/// What is rated with May, of a thing of an account that is there from a day on.
fn billed(scenario: &Scenario, account: i64, since: &str) -> Vec<String> {
    let mut scenario = scenario.clone();
    let period = scenario.period(since, "2027-02-01");
    let position = scenario.add("1", period);
    scenario.set_owners(position, vec![owner(account, 1, 1)]);
    let charges = scenario.rate().charges.into_iter();
    let own = charges.filter(|charge| charge.key.account == AccountId(account));
    own.map(|charge| format!("{} {}", charge.key.billing_period, charge.net.amount()))
        .collect()
}

#[test]
fn who_was_billed_in_advance_goes_on_at_that_price() {
    let own = "amount = \"73\"\naccount = \"account-1\"";
    let mut scenario = edited(&[LIST], &[LIST, own]);
    let whole = scenario.period("2025-11-01", "2027-02-01");
    scenario.add("1", whole);
    // 236 days of the year are left on 10 May.
    assert_eq!(billed(&scenario, 1, "2026-05-10"), ["2026 23.60"]);
}

#[test]
fn who_was_not_billed_in_advance_has_the_price_of_the_edit() {
    let own = |account: i64| format!("amount = \"73\"\naccount = \"account-{account}\"");
    let mut scenario = edited(&[LIST], &[LIST, &own(2), &own(3)]);
    let whole = scenario.period("2025-11-01", "2027-02-01");
    scenario.add("1", whole);
    // Account 2 was there without anything that is charged, and account 3 came with the edit.
    assert_eq!(billed(&scenario, 2, "2026-05-10"), ["2026 47.20"]);
    scenario
        .calendars
        .versions
        .push((Some("2026-05-01".parse().unwrap()), known([1, 2, 3])));
    assert_eq!(billed(&scenario, 3, "2026-05-10"), ["2026 47.20"]);
    // The neighbour changes nothing for the one that was billed.
    assert_eq!(billed(&scenario, 1, "2026-05-10"), ["2026 23.60"]);
}

/// In April something was there that is charged, and it was billed at list price.
#[test]
fn who_had_something_before_the_edit_was_billed() {
    let own = "amount = \"73\"\naccount = \"account-2\"";
    let mut scenario = edited(&[LIST], &[LIST, own]);
    let april = scenario.period("2026-04-01", "2026-04-11");
    let position = scenario.add("1", april);
    scenario.set_owners(position, vec![owner(2, 1, 1)]);
    assert_eq!(billed(&scenario, 2, "2026-05-10"), ["2026 23.60"]);
}

/// A new account whose things begin with the charge period itself: nothing of it was known when that was billed.
#[test]
fn who_begins_with_the_charge_period_and_the_edit_has_its_price() {
    let own = "amount = \"60\"\naccount = \"account-3\"";
    let month = |prices: &[&str]| item("billed = \"in-advance\"", prices);
    let mut scenario = Scenario::new("2026-04", "UTC", &month(&["amount = \"30\""]));
    let april = scenario.at("2026-05-01");
    let book = book_in(&month(&["amount = \"30\"", own]), "UTC").unwrap();
    scenario.books.push((Some(april), book));
    scenario.calendars.versions = vec![
        (None, known([1, 2])),
        (Some("2026-05-01".parse().unwrap()), known([1, 2, 3])),
    ];
    // May is billed with April here: it begins with the edit.
    assert_eq!(billed(&scenario, 3, "2026-05-01"), ["2026-05 60.00"]);
    assert_eq!(billed(&scenario, 1, "2026-05-01"), ["2026-05 30.00"]);
}

/// A pool is one for all accounts of a customer: it goes on where one of them was billed.
#[test]
fn accounts_that_share_an_allowance_are_decided_together() {
    let pool = "allowance = 1\nallowance_per = \"customer\"";
    let list = format!("amount = \"30\"\n{pool}");
    let own = format!("amount = \"60\"\naccount = \"account-2\"\n{pool}");
    let mut scenario = edited(&[&list], &[&list, &own]);
    let customer = scenario.accounts[&AccountId(1)].customer.clone();
    scenario.accounts.get_mut(&AccountId(2)).unwrap().customer = customer;
    let whole = scenario.period("2025-11-01", "2027-02-01");
    scenario.add("2", whole);
    let charged = billed(&scenario, 2, "2026-05-10");
    // 236 of 365 days at the 30.00 of the list, and a share of the one that is free.
    let at_list: i64 = 30_00 * 236 / 365;
    let amount = charged[0].trim_start_matches("2026 ").replace('.', "");
    let amount: i64 = amount.parse().unwrap();
    assert!(0 < amount && amount <= at_list, "{charged:?}");
}

/// Of another item the account was billed, and of this one nothing. What is a part of it goes with it.
#[test]
fn what_was_billed_of_another_item_decides_nothing() {
    let keys = "per = \"year\"\nproration = \"actual-day\"\nbilled = \"in-advance\"";
    let more = |own: &str| {
        format!(
            "{}\n[[item]]\nname = \"gold\"\ndescription = \"Gold\"\nunit = \"C62\"\nkind = \"thing\"\nmeter = {{ count = 1 }}\n\
             when = {{ n = \"7\" }}\n{keys}\nprice = [{{ currency = \"EUR\", amount = \"365\" }}{own}]\n\
             [[item]]\nname = \"care\"\ndescription = \"Care\"\nunit = \"C62\"\nmodel = \"percentage\"\nof = [\"gold\"]\n\
             {keys}\nprice = [{{ currency = \"EUR\", percent = \"10\" }}]\n",
            year(&[LIST])
        )
    };
    let mut scenario = Scenario::new("2026-05", "UTC", &more(""));
    let may = scenario.at("2026-05-01");
    let own = ", { currency = \"EUR\", account = \"account-2\", amount = \"730\" }";
    scenario
        .books
        .push((Some(may), book_in(&more(own), "UTC").unwrap()));
    scenario.calendars.versions = vec![(None, known([1, 2]))];
    let whole = scenario.period("2025-11-01", "2027-02-01");
    let position = scenario.add("1", whole);
    scenario.set_owners(position, vec![owner(2, 1, 1)]);
    let since = scenario.period("2026-05-10", "2027-02-01");
    let position = scenario.add("7", since);
    scenario.set_owners(position, vec![owner(2, 1, 1)]);
    let charges = scenario.rate().charges;
    let of = |item: &str| {
        let own = charges
            .iter()
            .filter(|charge| charge.key.item.as_str() == item);
        own.map(|charge| charge.net.amount()).collect::<Vec<_>>()
    };
    // 236 days of 730.00 a year, a tenth of that, and the thing itself at list price.
    assert_eq!(of("gold"), ["472.00"]);
    assert_eq!(of("care"), ["47.20"]);
    assert_eq!(of("thing"), ["165.20"]);
}

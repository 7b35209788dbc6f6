//! Two moments of a small inventory, and what is said of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::attributes::Attributes;
use crate::decimal::Rational;
use crate::ids::{
    AccountId, AccountKey, AgreementKey, CustomerKey, IntervalId, Kind, ListingId, ResourceId,
    Scope, SourceId,
};
use crate::inventory::{Configuration, Evidence, Interval};
use crate::money::Money;
use crate::ownership::{NonBillable, OwnedInterval, Owner, Ownership, Suspense};
use crate::price::tests::book_in;
use crate::price::{PriceBook, Signed, Signing};
use crate::rate::AccountTerms;
use crate::time::{BillingPeriod, Instant, Period, TimeZone, Validity};
use crate::validity::ConfigVersion;

const FLAT: &str = "[[item]]\nname = \"thing\"\ndescription = \"Thing\"\nunit = \"C62\"\nkind = \"thing\"\n\
    meter = { attribute = \"n\" }\nproration = \"second\"\nprice = [{ currency = \"EUR\", amount = \"10.00\" }]\n";
/// Ten at 10.00, the rest at 1.00.
const TIERS: &str = "[[item]]\nname = \"thing\"\ndescription = \"Thing\"\nunit = \"C62\"\nkind = \"thing\"\n\
    meter = { attribute = \"n\" }\nmodel = \"graduated\"\nproration = \"second\"\n\
    price = [{ currency = \"EUR\", tiers = [{ up_to = 10, amount = \"10.00\" }, { amount = \"1.00\" }] }]\n";

/// Who has it: an account, or nobody.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Has {
    Account(i64),
    Suspense,
    Lab,
}

/// Number, quantity, owner.
type Thing = (i64, i64, Has);

fn moment(at: &str, book: &str, things: &[Thing]) -> Moment {
    let at: Instant = at.parse().unwrap();
    let book: PriceBook = book_in(book, "UTC").unwrap();
    let second = Period::new(at, Instant::from_seconds(at.seconds() + 1).unwrap()).unwrap();
    let accounts: BTreeMap<AccountId, AccountTerms> = (1..=3)
        .map(|number| {
            let terms = AccountTerms {
                key: AccountKey(format!("account-{number}")),
                name: String::new(),
                customer: CustomerKey(format!("customer-{number}")),
                signings: vec![signed_in(2023 + number)],
                renewals: Vec::new(),
                spoken: crate::language::Spoken::default(),
                currency: "EUR".parse().unwrap(),
            };
            (AccountId(number), terms)
        })
        .collect();
    Moment::new(MomentInput {
        at,
        billing_period: &BillingPeriod::containing(at, TimeZone::UTC).unwrap(),
        intervals: things.iter().map(|thing| interval(*thing, at)).collect(),
        owned: things.iter().map(|thing| owned(*thing, second)).collect(),
        gauges: Vec::new(),
        price_book: &[ConfigVersion {
            effective_from: None,
            terms: &book,
        }],
        accounts: &accounts,
        estimate_currency: Some("EUR".parse().unwrap()),
    })
}

/// On the first of March of the year.
fn signed_in(year: i64) -> Signing {
    let at: Instant = format!("{year}-03-01T00:00:00Z").parse().unwrap();
    Signing {
        agreement: AgreementKey::from("standard"),
        validity: Validity::ALWAYS,
        signed: Signed {
            at,
            day: at.date(&TimeZone::UTC),
        },
    }
}

fn interval((number, quantity, _): Thing, at: Instant) -> Interval {
    Interval {
        id: IntervalId(number),
        resource: ResourceId(number),
        kind: Kind::from("thing"),
        source: SourceId(1),
        scope: Scope::from("all"),
        external_id: format!("T-{number}"),
        valid: Validity {
            from: Some(at),
            to: None,
        },
        covered_until: at,
        configuration: Arc::new(Configuration {
            name: format!("thing-{number}"),
            parent: None,
            attributes: Attributes::from([("n", quantity.to_string())]),
        }),
        evidence: Evidence {
            listing: ListingId(1),
            place: String::new(),
        },
        uncertain: None,
    }
}

fn owned((number, _, has): Thing, period: Period) -> OwnedInterval {
    let ownership = match has {
        Has::Account(account) => Ownership::Owned {
            owners: vec![Owner {
                customer: CustomerKey(format!("customer-{account}")),
                account: AccountId(account),
                agreement: AgreementKey::from("standard"),
                share: Rational::from_integer(1.into()),
            }],
            service: None,
            plan: None,
        },
        Has::Suspense => Ownership::Suspended(Suspense::NoCustomer),
        Has::Lab => Ownership::NonBillable(NonBillable {
            reason: "lab".to_owned(),
            owner: "ops".to_owned(),
            until: None,
        }),
    };
    OwnedInterval {
        interval: IntervalId(number),
        resource: ResourceId(number),
        kind: Kind::from("thing"),
        period,
        ownership: Arc::new(ownership),
        because: Arc::default(),
    }
}

#[test]
fn what_a_signing_keeps_is_worth_its_own_version() {
    let book = FLAT.replace("price = [", "price_at = \"agreement-signing\"\nprice = [").replace(
        "amount = \"10.00\" }",
        "amount = \"10.00\", to = 2025-01-01 }, { currency = \"EUR\", amount = \"20.00\", from = 2025-01-01 }, \
         { currency = \"EUR\", account = \"account-3\", amount = \"5.00\", from = 2026-03-10 }",
    );
    let things = [
        (1, 1, Has::Account(1)),
        (2, 1, Has::Account(2)),
        (3, 1, Has::Account(3)),
        (4, 1, Has::Suspense),
    ];
    let moment = moment(NOW, &book, &things);
    let nets = moment
        .rated
        .charges
        .iter()
        .map(|charge| charge.net.amount());
    assert_eq!(nets.collect::<Vec<_>>(), ["10.00", "20.00", "5.00"]);
    let suspended = moment.not_billed.resources[0].value.unwrap();
    assert_eq!(suspended.amount(), "20.00");
}

const THEN: &str = "2026-02-10T12:00:00Z";
const NOW: &str = "2026-03-12T12:00:00Z";

/// A price in USD, and rates from one that is known on the day on.
#[test]
fn what_has_no_rate_on_its_day_says_which_day_that_is() {
    let book = "convert_from = \"USD\"\n".to_owned()
        + &FLAT.replace("EUR", "USD")
        + "[[exchange_rate]]\nfrom = \"USD\"\nto = \"EUR\"\nrate = \"0.5\"\ndate = 2026-01-31\nsource = \"bank\"\n";
    let things = [(1, 4, Has::Account(1))];
    let early = moment("2026-01-26T12:00:00Z", &book, &things);
    let findings = unpriced_findings(&early, |_, _| true);
    let said = "no exchange rate from USD to EUR on or before 2026-01-26:";
    assert!(findings[0].message.contains(said), "{findings:?}");
    let late = moment("2026-01-31T12:00:00Z", &book, &things);
    assert!(unpriced_findings(&late, |_, _| true).is_empty());
}

fn shown(changes: &ValuedChanges) -> Vec<String> {
    let rows = changes.changes.iter().map(|row| {
        let difference = row.difference.map_or("-".to_owned(), Money::amount);
        format!(
            "{:?} {} {:?} {difference}",
            row.cause, row.name, row.account
        )
    });
    rows.collect()
}

#[test]
fn a_moment_is_worth_a_whole_month_whatever_its_length() {
    for at in [THEN, NOW] {
        let moment = moment(at, FLAT, &[(1, 3, Has::Account(1))]);
        let [charge] = moment.rated.charges.as_slice() else {
            panic!("{:?}", moment.rated)
        };
        assert_eq!(charge.net.amount(), "30.00");
        assert_eq!(charge.contributions[0].presumed_seconds, 0);
        assert_eq!(moment.rated.findings, []);
    }
}

#[test]
fn each_cause_is_told_once() {
    let before = moment(
        THEN,
        FLAT,
        &[
            (1, 1, Has::Account(1)),
            (2, 1, Has::Account(1)),
            (3, 1, Has::Account(1)),
            (4, 1, Has::Suspense),
            (5, 1, Has::Account(2)),
        ],
    );
    let after = moment(
        NOW,
        FLAT,
        &[
            (1, 5, Has::Account(1)),
            (3, 1, Has::Account(2)),
            (4, 1, Has::Account(1)),
            (5, 1, Has::Account(2)),
            (6, 2, Has::Account(2)),
            (7, 2, Has::Lab),
        ],
    );
    assert_eq!(
        shown(&changes(&before, &after).unwrap()),
        [
            "New thing-7 None -",
            "Gone thing-2 Some(AccountId(1)) -10.00",
            "Changed thing-1 Some(AccountId(1)) 40.00",
            "Reclassified thing-3 Some(AccountId(1)) -10.00",
            "Reclassified thing-4 Some(AccountId(1)) 10.00",
            "New thing-6 Some(AccountId(2)) 20.00",
            "Reclassified thing-3 Some(AccountId(2)) 10.00",
        ]
    );
}

#[test]
fn what_others_move_in_the_tiers_is_one_row() {
    let before = moment(
        THEN,
        TIERS,
        &[(1, 5, Has::Account(1)), (2, 5, Has::Account(1))],
    );
    let after = moment(
        NOW,
        TIERS,
        &[
            (1, 5, Has::Account(1)),
            (2, 5, Has::Account(1)),
            (3, 10, Has::Account(1)),
        ],
    );
    // Ten more cost 10.00; the twenty are 5.50 each, so the new ones are 55.00 and the others 45.00 less.
    assert_eq!(
        shown(&changes(&before, &after).unwrap()),
        [
            "New thing-3 Some(AccountId(1)) 55.00",
            "Repriced 2 resources Some(AccountId(1)) -45.00",
        ]
    );
}

#[test]
fn what_is_not_billed_is_valued_at_list_price() {
    let moment = moment(
        NOW,
        FLAT,
        &[
            (1, 1, Has::Account(1)),
            (2, 2, Has::Suspense),
            (3, 3, Has::Lab),
        ],
    );
    let rows: Vec<String> = not_billed(&moment)
        .iter()
        .map(|row| format!("{} {}", row.name, row.per_month.unwrap().amount()))
        .collect();
    assert_eq!(rows, ["thing-3 30.00", "thing-2 20.00"]);
    // What a rule exempts is no suspense of the bill.
    let suspense = &moment.rated.completeness.suspense;
    assert_eq!(suspense.total.unwrap().amount(), "20.00");
}

#[test]
fn growth_joins_what_was_not_billed_with_what_is() {
    let before = moment(THEN, FLAT, &[(1, 2, Has::Suspense)]);
    let after = moment(NOW, FLAT, &[(1, 3, Has::Account(1))]);
    let everything = |_: &Interval, _: &BTreeSet<CustomerKey>| true;
    let rows = growth(&before, &after, GrowthBy::Resource, Some("n"), everything).unwrap();
    let [row] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    let quantity = row.quantity.unwrap();
    assert_eq!(quantity.difference.to_string(), "1");
    assert_eq!(quantity.percent.unwrap().to_string(), "50");
    // One in thirty days.
    assert_eq!(quantity.per_month.to_string(), "1.01");
    let value = row.value.unwrap();
    assert_eq!(value.difference.amount(), "30.00");
    assert_eq!(value.percent, None);
}

fn any_things() -> impl Strategy<Value = Vec<Thing>> {
    let has = prop_oneof![
        (1_i64..=3).prop_map(Has::Account),
        Just(Has::Suspense),
        Just(Has::Lab)
    ];
    let thing = (1_i64..=8, 0_i64..=30, has);
    prop::collection::vec(thing, 0..8).prop_map(|mut things| {
        things.sort_by_key(|(number, _, _)| *number);
        things.dedup_by_key(|(number, _, _)| *number);
        things
    })
}

proptest! {
    /// A report and an invoice cannot disagree: rows sum to what the bills of whole months differ by.
    #[test]
    fn changes_sum_to_the_difference_of_the_bills(
        before in any_things(),
        after in any_things(),
    ) {
        let (before, after) = (moment(THEN, TIERS, &before), moment(NOW, TIERS, &after));
        let changes = changes(&before, &after).unwrap();
        let zero = Money::zero("EUR".parse().unwrap());
        for total in &changes.accounts {
            let sum = |money: Vec<Money>| Money::sum(money, zero.currency()).unwrap();
            let causes = sum(total.by_cause.values().copied().collect());
            prop_assert_eq!(causes, total.difference);
            let own = changes.changes.iter().filter(|row| row.account == Some(total.account));
            let rows = sum(own.filter_map(|row| row.difference).collect());
            prop_assert_eq!(rows, total.difference);
        }
    }

    #[test]
    fn growth_of_customers_sums_to_the_difference_of_the_bills(
        before in any_things(),
        after in any_things(),
    ) {
        let (before, after) = (moment(THEN, TIERS, &before), moment(NOW, TIERS, &after));
        let net = |moment: &Moment| -> i64 {
            moment.rated.charges.iter().map(|charge| charge.net.minor()).sum()
        };
        for by in [GrowthBy::Resource, GrowthBy::Customer, GrowthBy::Kind] {
            let rows = growth(&before, &after, by, None, |_, _| true).unwrap();
            let sum: i64 = rows
                .iter()
                .filter_map(|row| row.value)
                .map(|value| value.difference.minor())
                .sum();
            prop_assert_eq!(sum, net(&after) - net(&before));
        }
    }
}

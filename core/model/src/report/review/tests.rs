//! January and February of a small company, and why its bills differ.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::agreed::Agreed;
use crate::attributes::Attributes;
use crate::decimal::Rational;
use crate::ids::{
    AccountKey, AgreementKey, CustomerKey, IntervalId, Kind, ListingId, Scope, SourceId,
};
use crate::inventory::{Configuration, Evidence};
use crate::ownership::{Owner, Ownership, Suspense};
use crate::price::PriceBook;
use crate::price::tests::book_in;
use crate::rate::{AccountTerms, Detail, RateInput, Rated, rate};
use crate::time::{BillingPeriod, Instant, TimeZone, Validity};
use crate::validity::ConfigVersion;

/// A quantity and an account, 0 being nobody.
type State = Option<(i64, i64)>;
/// What something was in January and is in February; the days of January on which it came, and of February on which it left.
type Thing = (State, State, i64, i64);

struct Month {
    period: BillingPeriod,
    intervals: Vec<Interval>,
    owned: Vec<OwnedInterval>,
}

impl Month {
    fn new(id: &str, states: &[(State, i64, i64)]) -> Self {
        let period = BillingPeriod::parse(id, TimeZone::UTC).unwrap();
        let whole = period.period();
        let mut month = Self {
            period,
            intervals: Vec::new(),
            owned: Vec::new(),
        };
        for (number, (state, came, left)) in (1_i64..).zip(states) {
            let Some((quantity, account)) = *state else {
                continue;
            };
            let day = |day: i64| Instant::from_seconds(whole.from().seconds() + day * 86_400);
            let part = Period::new(day(*came).unwrap(), day(*left).unwrap());
            let part = part.unwrap().intersect(whole).unwrap();
            month.add(number, quantity, account, part);
        }
        month
    }

    fn add(&mut self, number: i64, quantity: i64, account: i64, part: Period) {
        self.intervals.push(Interval {
            id: IntervalId(number),
            resource: ResourceId(number),
            kind: Kind::from("thing"),
            source: SourceId(1),
            scope: Scope::from("all"),
            external_id: format!("T-{number}"),
            uncertain: None,
            valid: Validity {
                from: Some(part.from()),
                to: Some(part.to()),
            },
            covered_until: part.to(),
            configuration: Arc::new(Configuration {
                name: format!("thing-{number}"),
                parent: None,
                attributes: Attributes::from([("n", quantity.to_string())]),
            }),
            evidence: Evidence {
                listing: ListingId(1),
                place: String::new(),
            },
        });
        let ownership = if account == 0 {
            Ownership::Suspended(Suspense::NoCustomer)
        } else {
            Ownership::Owned {
                owners: vec![Owner {
                    customer: CustomerKey(format!("customer-{account}")),
                    account: AccountId(account),
                    agreement: AgreementKey::from("standard"),
                    share: Rational::from_integer(1.into()),
                }],
                service: None,
                plan: None,
            }
        };
        self.owned.push(OwnedInterval {
            interval: IntervalId(number),
            resource: ResourceId(number),
            kind: Kind::from("thing"),
            period: part,
            ownership: Arc::new(ownership),
            because: Arc::default(),
        });
    }

    fn rate(&self, book: &PriceBook) -> Rated {
        let terms = |number: i64| AccountTerms {
            signings: Vec::new(),
            renewals: Vec::new(),
            spoken: crate::language::Spoken::default(),
            key: AccountKey(format!("account-{number}")),
            name: String::new(),
            customer: CustomerKey(format!("customer-{number}")),
            currency: "EUR".parse().unwrap(),
        };
        rate(&RateInput {
            billing_period: &self.period,
            intervals: &self.intervals,
            owned: &self.owned,
            gauges: &[],
            agreed: &Agreed::default(),
            price_book: &[ConfigVersion {
                effective_from: None,
                terms: book,
            }],
            accounts: &(1..=3).map(|one| (AccountId(one), terms(one))).collect(),
            estimate_currency: None,
            later: &BTreeMap::new(),
            open_from: None,
            charge_periods: crate::rate::ChargePeriods::Whole,
            detail: Detail::Resources,
        })
    }
}

fn book(amounts: &str) -> String {
    format!(
        "[[item]]\nname = \"thing\"\ndescription = \"Thing\"\nunit = \"C62\"\nkind = \"thing\"\n\
         meter = {{ attribute = \"n\" }}\nproration = \"actual-day\"\n{amounts}\n"
    )
}

fn unit(amount: &str) -> String {
    book(&format!(
        "price = [{{ currency = \"EUR\", amount = \"{amount}\" }}]"
    ))
}

const SUPPORT: &str = "[[item]]\nname = \"support\"\ndescription = \"Support\"\nunit = \"C62\"\nmodel = \"percentage\"\n\
     of = [\"thing\"]\nprice = [{ currency = \"EUR\", percent = \"10\" }]\n";

fn reviewed(things: &[Thing], before: &str, now: &str) -> Vec<AccountReview> {
    reviewed_as(things, before, now, &BTreeSet::new())
}

/// The same where these items measure gauges.
fn reviewed_as(
    things: &[Thing],
    before: &str,
    now: &str,
    gauged: &BTreeSet<ItemKey>,
) -> Vec<AccountReview> {
    let january: Vec<_> = things.iter().map(|thing| (thing.0, thing.2, 31)).collect();
    let february: Vec<_> = things.iter().map(|thing| (thing.1, 0, thing.3)).collect();
    let (january, february) = (
        Month::new("2026-01", &january),
        Month::new("2026-02", &february),
    );
    let (old, new) = (
        book_in(before, "UTC").unwrap(),
        book_in(now, "UTC").unwrap(),
    );
    let (was, is) = (january.rate(&old).charges, february.rate(&new).charges);
    let at_old_prices = february.rate(&old).charges;
    let side = |month: &Month| (month.period.period(), month.owned.clone());
    let (before_side, mut now_side) = (side(&january), side(&february));
    // Where something is billed in advance, March is known too: that agreements are renewed then is no cause in February.
    let march = BillingPeriod::parse("2026-03", TimeZone::UTC).unwrap();
    for mut owned in february.owned.clone() {
        owned.period = march.period();
        if let Ownership::Owned { owners, .. } = Arc::make_mut(&mut owned.ownership) {
            owners[0].agreement = AgreementKey::from("renewed");
        }
        now_side.1.push(owned);
    }
    let input = ReviewInput {
        before: ReviewedPeriod {
            id: "2026-01",
            period: before_side.0,
            intervals: &january.intervals,
            owned: &before_side.1,
            charges: &was,
        },
        now: ReviewedPeriod {
            id: "2026-02",
            period: now_side.0,
            intervals: &february.intervals,
            owned: &now_side.1,
            charges: &is,
        },
        at_old_prices: (before != now).then_some(at_old_prices.as_slice()),
        gauged,
        resources_max: 10,
    };
    review(&input, &account_totals(&was, &is).unwrap()).unwrap()
}

fn told(reviews: &[AccountReview]) -> Vec<String> {
    let told = reviews.iter().map(|review| {
        let causes = review.by_cause.iter();
        let causes = causes.map(|(cause, money)| format!("{cause:?} {}", money.amount()));
        let causes: Vec<String> = causes.collect();
        format!(
            "{}: {} {}: {}",
            review.account,
            review.before.amount(),
            review.now.amount(),
            causes.join(", ")
        )
    });
    told.collect()
}

#[test]
fn each_cause_has_its_money() {
    let things = [
        // Grown; gone; new; moved; the same.
        (Some((2, 1)), Some((5, 1)), 0, 28),
        (Some((3, 1)), None, 0, 28),
        (None, Some((4, 1)), 0, 28),
        (Some((1, 1)), Some((1, 2)), 0, 28),
        (Some((7, 2)), Some((7, 2)), 0, 28),
        // There for the last ten days of January, and for the first seven of February.
        (Some((31, 3)), Some((31, 3)), 21, 28),
        (Some((28, 3)), Some((28, 3)), 0, 7),
        // Nobody's in January.
        (Some((6, 0)), Some((6, 3)), 0, 28),
    ];
    let reviews = reviewed(&things, &unit("10.00"), &unit("10.00"));
    assert_eq!(
        told(&reviews),
        [
            "1: 60.00 90.00: New 40.00, Gone -30.00, Changed 30.00, Reclassified -10.00",
            "2: 70.00 80.00: Reclassified 10.00",
            "3: 380.00 440.00: New 210.00, Gone -210.00, Reclassified 60.00",
        ]
    );
    let first = &reviews[0].resources[0];
    assert_eq!((first.name.as_str(), first.cause), ("thing-3", Cause::New));
    let percent = reviews[0].percent.map(|one| one.to_string());
    assert_eq!(percent.as_deref(), Some("50"));
}

#[test]
fn a_new_price_is_told_apart_from_what_grew_at_the_same_time() {
    let things = [
        (Some((2, 1)), Some((5, 1)), 0, 28),
        (Some((1, 1)), Some((1, 1)), 0, 28),
        (None, Some((1, 1)), 0, 28),
    ];
    let reviews = reviewed(&things, &unit("10.00"), &unit("12.00"));
    // 2 → 5 at the old price is 30, and 5 × 2 is for the new one; the one that stayed has 2, and the new one costs 12.
    assert_eq!(
        told(&reviews),
        ["1: 30.00 84.00: New 12.00, Changed 30.00, Repriced 12.00"]
    );
    let grown = &reviews[0].resources[0];
    assert_eq!(grown.repriced.unwrap().amount(), "10.00");
    assert_eq!(grown.attributes.len(), 1);
}

#[test]
fn what_follows_from_other_lines_is_derived() {
    let things = [(Some((2, 1)), Some((4, 1)), 0, 28)];
    let both = unit("10.00") + SUPPORT;
    let reviews = reviewed(&things, &both, &both);
    assert_eq!(
        told(&reviews),
        ["1: 22.00 44.00: Changed 20.00, Derived 2.00"]
    );
}

#[test]
fn another_level_of_a_gauge_is_usage() {
    let things = [(Some((2, 1)), Some((5, 1)), 0, 28)];
    let gauged = BTreeSet::from([ItemKey::from("thing")]);
    let reviews = reviewed_as(&things, &unit("10.00"), &unit("12.00"), &gauged);
    assert_eq!(
        told(&reviews),
        ["1: 20.00 60.00: Usage 30.00, Repriced 10.00"]
    );
    assert_eq!(reviews[0].resources[0].cause, Cause::Usage);
}

#[test]
fn what_does_not_add_up_is_an_error() {
    let things = [(Some((2, 1)), Some((5, 1)), 0, 28)];
    let mut review = reviewed(&things, &unit("10.00"), &unit("10.00")).remove(0);
    adds_up(&review, &[]).unwrap();
    review.resources.clear();
    let error = adds_up(&review, &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the resources and other lines sum to 0.00 EUR, and the difference is 30.00 EUR"
    );
}

#[test]
fn other_days_are_the_calendar_and_not_a_price() {
    // 744 hours in January, 672 in February.
    let hours = |amount: &str| unit(amount).replace("actual-day", "hour");
    let things = [
        (Some((1, 1)), Some((1, 1)), 0, 28),
        (Some((1, 2)), Some((2, 2)), 0, 28),
    ];
    let reviews = reviewed(&things, &hours("0.01"), &hours("0.01"));
    assert_eq!(
        told(&reviews),
        [
            "1: 7.44 6.72: Calendar -0.72",
            "2: 7.44 13.44: Changed 6.00"
        ]
    );
    assert_eq!(reviews[0].resources[0].cause, Cause::Calendar);
    // At the old price 6.72, and twice that at the new one.
    let reviews = reviewed(&things[..1], &hours("0.01"), &hours("0.02"));
    assert_eq!(
        told(&reviews),
        ["1: 7.44 13.44: Calendar -0.72, Repriced 6.72"]
    );
    let parts = reviews[0].resources[0].by_cause.values();
    let parts: Vec<String> = parts.map(|money| Money::amount(*money)).collect();
    assert_eq!(parts, ["-0.72", "6.72"]);
}

fn things() -> impl Strategy<Value = Vec<Thing>> {
    let state = prop::option::weighted(0.8, (0..40_i64, 0..4_i64));
    let thing = (state.clone(), state, 0..31_i64, 1..29_i64);
    prop::collection::vec(thing, 0..14)
}

fn books() -> impl Strategy<Value = String> {
    let tiers = "model = \"graduated\"\nprice = [{ currency = \"EUR\", tiers = [{ up_to = 10, amount = \"9.99\" }, { amount = \"1.01\" }] }]";
    let minimum = "price = [{ currency = \"EUR\", amount = \"0.77\", minimum = \"15.00\", discount_percent = \"3\" }]";
    let shared = "model = \"split\"\nprice = [{ currency = \"EUR\", amount = \"100.00\" }]";
    prop_oneof![
        Just(unit("3.33")),
        Just(book(tiers)),
        Just(book(minimum)),
        Just(book(shared)),
        Just(unit("1.05") + SUPPORT),
        Just(unit("2.22").replace("actual-day", "hour")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn causes_sum_to_the_difference_and_resources_to_their_causes(
        things in things(), before in books(), now in books(),
    ) {
        for review in reviewed(&things, &before, &now) {
            let causes = review.by_cause.values().map(|money| Money::minor(*money)).sum::<i64>();
            prop_assert_eq!(causes, review.difference.minor());
            prop_assert_eq!(review.now.minor() - review.before.minor(), causes);
            for row in review.resources.iter().filter(|row| !row.by_cause.is_empty()) {
                let parts = row.by_cause.values().map(|money| Money::minor(*money)).sum::<i64>();
                prop_assert_eq!(parts, row.difference.minor());
            }
            if review.more_resources == 0 {
                let rows = review.resources.iter().map(|row| row.difference.minor()).sum::<i64>();
                let derived = review.by_cause.get(&Cause::Derived).map_or(0, |money| Money::minor(*money));
                prop_assert_eq!(rows + derived, causes);
            }
        }
    }
}

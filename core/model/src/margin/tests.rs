//! A month of a small company with costs: by hand, and whatever the books are.

mod balance;

use std::sync::Arc;

use super::*;
use crate::agreed::Agreed;
use crate::attributes::Attributes;
use crate::decimal::Rational;
use crate::ids::{AccountKey, IntervalId, Kind, ListingId, ResourceId, Scope, SourceId};
use crate::inventory::{Configuration, Evidence, Interval};
use crate::ownership::{NonBillable, Owner, Ownership, Suspense};
use crate::price::PriceBook;
use crate::price::tests::book_in;
use crate::rate::{Detail, RateInput, Rated, rate};
use crate::time::{BillingPeriod, Instant, Period, TimeZone, Validity};
use crate::validity::ConfigVersion;

/// Whose a machine is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Has {
    /// An account and a service.
    One(i64, &'static str),
    /// Accounts 1 and 2, a third and the rest.
    Both,
    Suspense,
    Lab,
}

/// Processors, memory, days of January from the first on, and whose it is.
type Machine = (i64, i64, i64, Has);

fn item(name: &str, meter: &str, keys: &str) -> String {
    format!(
        "[[item]]\nname = \"{name}\"\ndescription = \"{name}\"\nunit = \"C62\"\nkind = \"vm\"\nmeter = {meter}\n\
         proration = \"actual-day\"\n{keys}\n"
    )
}

fn price(keys: &str) -> String {
    format!("price = [{{ currency = \"EUR\", {keys} }}]")
}

struct Month {
    period: BillingPeriod,
    intervals: Vec<Interval>,
    owned: Vec<OwnedInterval>,
    accounts: BTreeMap<AccountId, AccountTerms>,
}

impl Month {
    fn new(machines: &[Machine]) -> Self {
        let period = BillingPeriod::parse("2026-01", TimeZone::UTC).unwrap();
        let start = period.period().from();
        let mut month = Self {
            period,
            intervals: Vec::new(),
            owned: Vec::new(),
            accounts: BTreeMap::new(),
        };
        for number in 1..=3 {
            let terms = AccountTerms {
                signings: Vec::new(),
                renewals: Vec::new(),
                spoken: crate::language::Spoken::default(),
                key: AccountKey(format!("account-{number}")),
                name: String::new(),
                customer: CustomerKey(format!("customer-{number}")),
                currency: "EUR".parse().unwrap(),
            };
            month.accounts.insert(AccountId(number), terms);
        }
        for (number, machine) in (1_i64..).zip(machines) {
            let (cpu, ram, days, has) = *machine;
            let end = Instant::from_seconds(start.seconds() + days * 86_400).unwrap();
            let part = Period::new(start, end).unwrap();
            let attributes = [("cpu", cpu.to_string()), ("ram", ram.to_string())];
            month.intervals.push(Interval {
                id: IntervalId(number),
                resource: ResourceId(number),
                kind: Kind::from("vm"),
                source: SourceId(1),
                scope: Scope::from("all"),
                external_id: format!("VM-{number}"),
                uncertain: None,
                valid: Validity {
                    from: Some(start),
                    to: Some(end),
                },
                covered_until: end,
                configuration: Arc::new(Configuration {
                    name: format!("vm-{number}"),
                    parent: None,
                    attributes: Attributes::from(attributes),
                }),
                evidence: Evidence {
                    listing: ListingId(1),
                    place: String::new(),
                },
            });
            month.owned.push(OwnedInterval {
                interval: IntervalId(number),
                resource: ResourceId(number),
                kind: Kind::from("vm"),
                period: part,
                ownership: Arc::new(ownership(has)),
                because: Arc::default(),
            });
        }
        month
    }

    fn rate(&self, book: &PriceBook, costed: Option<&Costed>) -> Rated {
        rate(&RateInput {
            billing_period: &self.period,
            intervals: &self.intervals,
            owned: costed.map_or(&self.owned, |costed| &costed.owned),
            gauges: &[],
            agreed: &Agreed::default(),
            price_book: &[ConfigVersion {
                effective_from: None,
                terms: book,
            }],
            accounts: costed.map_or(&self.accounts, |costed| &costed.accounts),
            estimate_currency: None,
            later: &BTreeMap::new(),
            open_from: None,
            charge_periods: crate::rate::ChargePeriods::Whole,
            detail: Detail::Resources,
        })
    }

    /// The margins, with the net of the bill and the cost as they were rated in whole.
    fn margins(&self, book: &str, cost: &str) -> (Margins, [i64; 3]) {
        let book = book_in(book, "UTC").unwrap();
        let cost_book = book_in(cost, "UTC").unwrap();
        let currency = cost_book.prices[0].currency;
        let costed = costed(&self.owned, &self.accounts, currency);
        let billed = self.rate(&book, None).charges;
        let list = self.rate(&book.at_list(), None).charges;
        let cost = self.rate(&cost_book, Some(&costed)).charges;
        let meters = |book: &PriceBook| -> BTreeMap<ItemKey, Meter> {
            let items = book.items.iter();
            items
                .map(|item| (item.key.clone(), item.meter.clone()))
                .collect()
        };
        let margins = Margins::new(&MarginInput {
            billed: &billed,
            list: &list,
            cost: &cost,
            owned: &self.owned,
            accounts: &self.accounts,
            meters: &meters(&book),
            cost_meters: &meters(&cost_book),
            cost_currency: currency,
            rates: &[],
        });
        let sum = |charges: &[Charge]| charges.iter().map(|one| one.net.minor()).sum::<i64>();
        (margins.unwrap(), [sum(&list), sum(&billed), sum(&cost)])
    }

    fn told(&self, margins: &Margins, by: MarginBy) -> Vec<String> {
        let rows = grouped(margins, by, &self.accounts).unwrap();
        let rows = rows.iter().map(|row| {
            let amounts = &row.amounts;
            let words = [
                row.customer.as_ref().map(CustomerKey::as_str),
                row.service.as_ref().map(ServiceKey::as_str),
                row.item.as_ref().map(ItemKey::as_str),
            ];
            let mut words: Vec<String> = words.into_iter().flatten().map(str::to_owned).collect();
            words.extend(row.not_sold.map(|one| format!("{one:?}")));
            let money = [amounts.list, amounts.discount, amounts.net, amounts.cost];
            words.extend(money.map(Money::amount));
            words.push(amounts.margin.map_or("-".to_owned(), Money::amount));
            words.extend(amounts.margin_percent.map(|one| format!("{one} %")));
            words.join(" ")
        });
        rows.collect()
    }
}

fn ownership(has: Has) -> Ownership {
    let owner = |account: i64, numerator: i64, denominator: i64| Owner {
        customer: CustomerKey(format!("customer-{account}")),
        account: AccountId(account),
        agreement: AgreementKey::from("standard"),
        share: Rational::new(numerator.into(), denominator.into()),
    };
    match has {
        Has::One(account, service) => Ownership::Owned {
            owners: vec![owner(account, 1, 1)],
            service: Some(ServiceKey::from(service)),
            plan: None,
        },
        Has::Both => Ownership::Owned {
            owners: vec![owner(1, 1, 3), owner(2, 2, 3)],
            service: None,
            plan: None,
        },
        Has::Suspense => Ownership::Suspended(Suspense::NoCustomer),
        Has::Lab => Ownership::NonBillable(NonBillable {
            reason: "lab".to_owned(),
            owner: "ops".to_owned(),
            until: None,
        }),
    }
}

const CPU: &str = "{ attribute = \"cpu\" }";
const RAM: &str = "{ attribute = \"ram\" }";

#[test]
fn costs_go_to_the_lines_that_measure_the_same_and_the_rest_is_not_sold() {
    let month = Month::new(&[
        (2, 4, 31, Has::One(1, "web")),
        (1, 2, 31, Has::One(1, "db")),
        (4, 8, 31, Has::One(2, "web")),
        (3, 6, 31, Has::Suspense),
        (1, 1, 31, Has::Lab),
    ]);
    // Account 1 has a tenth off its processors; 10.00 and 2.00 are list prices.
    let book = item(
        "cpu",
        CPU,
        "price = [{ currency = \"EUR\", amount = \"10.00\" }, \
         { currency = \"EUR\", account = \"account-1\", amount = \"9.00\" }]",
    ) + &item("ram", RAM, &price("amount = \"2.00\""));
    let cost = item("cost-cpu", CPU, &price("amount = \"4.00\""))
        + &item("cost-ram", RAM, &price("amount = \"0.50\""))
        + &item("cost-space", "{ count = 1 }", &price("amount = \"1.00\""));
    let (margins, _) = month.margins(&book, &cost);
    assert_eq!(
        month.told(&margins, MarginBy::Customer),
        [
            // List 30 + 12, net 27 + 12; cost 12 + 3 + 2.
            "customer-1 42.00 3.00 39.00 17.00 22.00 56.41 %",
            // List 40 + 16; cost 16 + 4 + 1.
            "customer-2 56.00 0.00 56.00 21.00 35.00 62.5 %",
            // 4 + 0.50 + 1, and 12 + 3 + 1.
            "NonBillable 0.00 0.00 0.00 5.50 -5.50",
            "Suspense 0.00 0.00 0.00 16.00 -16.00",
        ]
    );
    assert_eq!(
        month.told(&margins, MarginBy::Line),
        [
            // Space is split by what a machine adds: 9 to 4, and 18 to 8, which is 0.69 and 0.31.
            "customer-1 cpu 10.00 1.00 9.00 4.69 4.31 47.89 %",
            "customer-1 cpu 20.00 2.00 18.00 8.69 9.31 51.72 %",
            "customer-1 ram 4.00 0.00 4.00 1.31 2.69 67.25 %",
            "customer-1 ram 8.00 0.00 8.00 2.31 5.69 71.13 %",
            // 40 to 16: 0.71 and 0.29.
            "customer-2 cpu 40.00 0.00 40.00 16.71 23.29 58.23 %",
            "customer-2 ram 16.00 0.00 16.00 4.29 11.71 73.19 %",
            "NonBillable 0.00 0.00 0.00 5.50 -5.50",
            "Suspense 0.00 0.00 0.00 16.00 -16.00",
        ]
    );
    assert_eq!(
        month.told(&margins, MarginBy::Service),
        [
            "db 14.00 1.00 13.00 6.00 7.00 53.85 %",
            "web 84.00 2.00 82.00 32.00 50.00 60.98 %",
            "NonBillable 0.00 0.00 0.00 5.50 -5.50",
            "Suspense 0.00 0.00 0.00 16.00 -16.00",
        ]
    );
}

#[test]
fn what_an_owner_is_not_charged_for_and_costs_in_another_currency_are_told() {
    let month = Month::new(&[
        (2, 4, 31, Has::One(1, "web")),
        (1, 1, 31, Has::One(2, "web")),
    ]);
    let only = format!(
        "customers = [\"customer-1\"]\n{}",
        price("amount = \"10.00\"")
    );
    let book = item("cpu", CPU, &only);
    let cost = item(
        "cost",
        CPU,
        "price = [{ currency = \"SEK\", amount = \"50.00\" }]",
    );
    let (margins, _) = month.margins(&book, &cost);
    assert_eq!(
        month.told(&margins, MarginBy::Line),
        [
            "customer-1 cpu 20.00 0.00 20.00 100.00 -",
            "customer-2 NotCharged 0.00 0.00 0.00 50.00 -",
        ]
    );
    let totals = margins.totals().unwrap();
    assert_eq!((totals.len(), totals[0].margin), (1, None));
}

#[test]
fn discounts_and_maximums_are_no_list_price_and_a_plan_is() {
    let month = Month::new(&[(10, 1, 31, Has::One(1, "web"))]);
    for (keys, expected) in [
        (
            "amount = \"10.00\", discount_percent = \"25\"",
            "100.00 25.00 75.00",
        ),
        (
            "amount = \"10.00\", discount_amount = \"5.00\"",
            "100.00 5.00 95.00",
        ),
        (
            "amount = \"10.00\", maximum = \"60.00\"",
            "100.00 40.00 60.00",
        ),
        (
            "amount = \"10.00\", minimum = \"160.00\"",
            "160.00 0.00 160.00",
        ),
        (
            "account = \"account-1\", amount = \"8.00\"",
            "80.00 0.00 80.00",
        ),
    ] {
        let cost = item("cost", CPU, &price("amount = \"1.00\""));
        let (margins, _) = month.margins(&item("cpu", CPU, &price(keys)), &cost);
        let told = month.told(&margins, MarginBy::Customer).join(";");
        assert!(
            told.starts_with(&format!("customer-1 {expected} 10.00 ")),
            "{told}"
        );
    }
}

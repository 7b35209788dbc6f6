//! Facts for one billing period, built in few words, and what rating must make of them.

mod bundles;
mod cycles;
mod findings;
mod issued;
mod models;
mod policies;
mod pools;
mod presence;
mod prices;
mod properties;
mod sources;
mod thirties;
mod unsampled;
mod vectors;
mod versions;

use std::sync::Arc;

use super::*;
use crate::attributes::Attributes;
use crate::decimal::{Decimal, Rational};
use crate::ids::{
    AgreementKey, IntervalId, Kind, ListingId, PlanKey, ResourceId, Scope, ServiceKey, SourceId,
};
use crate::inventory::{Configuration, Evidence};
use crate::ownership::{Owner, Ownership, Suspense};
use crate::price::tests::book_in;
use crate::time::{Date, Instant, Period, TimeZone, Validity};

/// Facts for one billing period, in which resources meter their attribute `n`.
#[derive(Clone)]
pub(super) struct Scenario {
    billing_period: BillingPeriod,
    books: Vec<(Option<Instant>, PriceBook)>,
    intervals: Vec<Interval>,
    owned: Vec<OwnedInterval>,
    gauges: Vec<GaugeRun>,
    agreed: Agreed,
    accounts: BTreeMap<AccountId, AccountTerms>,
    later: BTreeMap<ResourceId, HoldsLater>,
    open_from: Option<Instant>,
    calendars: Calendars,
}

/// An item in the first price book of a scenario.
fn item(keys: &str, prices: &[&str]) -> String {
    let head = "[[item]]\nname = \"thing\"\ndescription = \"Thing, {plan}\"\nunit = \"C62\"\nkind = \"thing\"\nmeter = { attribute = \"n\" }\n";
    let prices = prices
        .iter()
        .map(|price| format!("\n[[item.price]]\ncurrency = \"EUR\"\n{price}\n"));
    format!("{head}{keys}\n{}", prices.collect::<String>())
}

impl Scenario {
    fn new(month: &str, zone: &str, book: &str) -> Self {
        let accounts = (1..=3).map(|number| {
            let terms = AccountTerms {
                key: AccountKey(format!("account-{number}")),
                name: format!("Account {number}"),
                customer: CustomerKey(format!("customer-{number}")),
                signings: Vec::new(),
                renewals: Vec::new(),
                spoken: crate::language::Spoken::default(),
                currency: "EUR".parse().unwrap(),
            };
            (AccountId(number), terms)
        });
        Self {
            billing_period: BillingPeriod::parse(month, TimeZone::get(zone).unwrap()).unwrap(),
            books: vec![(None, book_in(book, zone).unwrap())],
            intervals: Vec::new(),
            owned: Vec::new(),
            gauges: Vec::new(),
            agreed: Agreed::default(),
            accounts: accounts.collect(),
            later: BTreeMap::new(),
            open_from: None,
            calendars: Calendars::default(),
        }
    }

    /// A local day's start, or an instant.
    fn at(&self, text: &str) -> Instant {
        match text.parse::<Instant>() {
            Ok(instant) => instant,
            Err(_) => {
                Instant::start_of_day(text.parse::<Date>().unwrap(), self.billing_period.zone())
                    .unwrap()
            }
        }
    }

    fn period(&self, from: &str, to: &str) -> Period {
        Period::new(self.at(from), self.at(to)).unwrap()
    }

    /// A resource of its own with a quantity, owned by account 1 while it is there.
    fn add(&mut self, quantity: &str, period: Period) -> usize {
        let number = i64::try_from(self.intervals.len()).unwrap() + 1;
        self.add_interval(number, quantity, period);
        self.owned.push(OwnedInterval {
            interval: IntervalId(number),
            resource: ResourceId(number),
            kind: Kind::from("thing"),
            period,
            ownership: Arc::new(Ownership::Owned {
                owners: vec![owner(1, 1, 1)],
                service: None,
                plan: None,
            }),
            because: Arc::default(),
        });
        self.owned.len() - 1
    }

    fn add_interval(&mut self, number: i64, quantity: &str, period: Period) {
        let attributes = Attributes::from([("n", quantity)]);
        self.intervals.push(Interval {
            id: IntervalId(number),
            resource: ResourceId(number),
            kind: Kind::from("thing"),
            source: SourceId(1),
            scope: Scope::from("all"),
            external_id: number.to_string(),
            valid: Validity {
                from: Some(period.from()),
                to: Some(period.to()),
            },
            covered_until: period.to(),
            configuration: Arc::new(Configuration {
                name: format!("thing-{number}"),
                parent: None,
                attributes,
            }),
            evidence: Evidence {
                listing: ListingId(1),
                place: String::new(),
            },
            uncertain: None,
        });
    }

    fn whole(&self) -> Period {
        self.billing_period.period()
    }

    fn set_service(&mut self, position: usize, text: &str) {
        if let Ownership::Owned { service, .. } = Arc::make_mut(&mut self.owned[position].ownership)
        {
            *service = Some(ServiceKey::from(text));
        }
    }

    fn set_plan(&mut self, position: usize, text: &str) {
        if let Ownership::Owned { plan, .. } = Arc::make_mut(&mut self.owned[position].ownership) {
            *plan = Some(PlanKey::from(text));
        }
    }

    fn set_owners(&mut self, position: usize, new: Vec<Owner>) {
        if let Ownership::Owned { owners, .. } = Arc::make_mut(&mut self.owned[position].ownership)
        {
            *owners = new;
        }
    }

    /// All intervals are those of one resource.
    fn one_resource(&mut self) {
        for interval in &mut self.intervals {
            interval.resource = ResourceId(1);
        }
        for owned in &mut self.owned {
            owned.resource = ResourceId(1);
        }
    }

    fn suspend(&mut self, position: usize) {
        self.owned[position].ownership = Arc::new(Ownership::Suspended(Suspense::NoCustomer));
    }

    fn rate(&self) -> Rated {
        let versions: Vec<ConfigVersion<&PriceBook>> = self
            .books
            .iter()
            .map(|(effective_from, terms)| ConfigVersion {
                effective_from: *effective_from,
                terms,
            })
            .collect();
        rate(&RateInput {
            billing_period: &self.billing_period,
            intervals: &self.intervals,
            owned: &self.owned,
            gauges: &self.gauges,
            agreed: &self.agreed,
            price_book: &versions,
            accounts: &self.accounts,
            estimate_currency: Some("EUR".parse().unwrap()),
            later: &self.later,
            open_from: self.open_from,
            charge_periods: ChargePeriods::Due(&self.calendars),
            detail: Detail::Resources,
        })
    }

    fn nets(&self) -> Vec<String> {
        let rated = self.rate();
        assert_eq!(rated.findings, []);
        rated
            .charges
            .iter()
            .map(|charge| charge.net.amount())
            .collect()
    }
}

fn owner(account: i64, numerator: i64, denominator: i64) -> Owner {
    Owner {
        customer: CustomerKey(format!("customer-{account}")),
        account: AccountId(account),
        agreement: AgreementKey::from("standard"),
        share: Rational::new(numerator.into(), denominator.into()),
    }
}

//! Why a resource is not billed, or not all of it: each break of the chain from its source to an invoice, with the next step.

use std::collections::BTreeSet;

use counterfoil_model::classify::{NearRule, near_rules};
use counterfoil_model::ids::CustomerKey;
use counterfoil_model::inventory::Interval;
use counterfoil_model::ownership::{NonBillable, OwnedInterval, Ownership, Suspense, Winner};
use counterfoil_model::price::{Billed, PriceBook, PriceItem};
use counterfoil_model::rate::unfit;
use counterfoil_model::time::{BillingPeriod, Instant, TimeZone};
use schemars::JsonSchema;
use serde::Serialize;

use super::elsewhere::{Elsewhere, Held, line_of};
use crate::classify::suspense_text;
use crate::rating::{PeriodRated, price_books};
use crate::session::Wired;
use crate::terms::Versions;

/// Items of the price book that are told.
const ITEMS_MAX: usize = 6;

/// A break of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WhyNot {
    pub code: WhyNotCode,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_step: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhyNotCode {
    /// Several resources have the name.
    Several,
    /// It was not there in the period.
    NotThere,
    /// A later listing, or a person, took back that it was there.
    TakenBack,
    /// Nothing is billed before the day with which billing begins.
    BeforeBilling,
    /// A row of it could not be read.
    BrokenRow,
    /// A listing missed it, and its end waits for a person: it is billed on.
    EndWithheld,
    /// Nobody is known to pay for it.
    Suspended,
    /// A rule says so.
    NonBillable,
    /// The price book says that its kind or service is not charged.
    NotCharged,
    /// No item of the price book charges it.
    NoItemFits,
    /// An item charges it, and it could not be priced.
    Unpriced,
    /// A customer is asked for, and another one pays.
    OtherCustomer,
    /// It has a part of a line, and that comes to nothing.
    ComesToNothing,
    /// A line of another month has it, which is billed in advance.
    InAdvance,
    /// A line of another month has it, in which its charge period ends or its account's invoice is made.
    WithAnotherMonth,
    /// What is rated is not billed, or not all of it.
    NotBilledYet,
}

impl WhyNot {
    pub(super) fn new(code: WhyNotCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            next_step: None,
        }
    }

    pub(super) fn then(mut self, next_step: impl Into<String>) -> Self {
        self.next_step = Some(next_step.into());
        self
    }
}

/// What is known of the resource in the period.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chain<'a> {
    pub(super) wired: &'a Wired<'a>,
    pub(super) terms: &'a Versions,
    pub(super) rated: &'a PeriodRated,
    /// The resource's own, in the order of time.
    pub(super) owned: &'a [(&'a OwnedInterval, &'a Interval)],
    pub(super) elsewhere: &'a Elsewhere,
}

impl Chain<'_> {
    /// From its owner to its price.
    pub(super) fn breaks(&self) -> Vec<WhyNot> {
        let mut told: Vec<WhyNot> = Vec::new();
        for (owned, interval) in self.owned {
            let breaks = match &*owned.ownership {
                Ownership::Suspended(why) => self.suspended(owned, interval, why),
                Ownership::NonBillable(terms) => vec![self.exempted(owned, terms)],
                Ownership::Owned { .. } => self.unpriced(owned, interval),
            };
            for one in breaks {
                if !told.contains(&one) {
                    told.push(one);
                }
            }
        }
        told
    }

    fn zone(&self) -> &TimeZone {
        &self.wired.pipeline.zone
    }

    fn days(&self, owned: &OwnedInterval) -> String {
        let whole = self.rated.period.period();
        if owned.period == whole {
            return String::new();
        }
        let day = |at: Instant| at.date(self.zone());
        let (from, to) = (owned.period.from(), owned.period.to());
        format!("from {} to {}: ", day(from), day(to))
    }

    fn suspended(&self, owned: &OwnedInterval, interval: &Interval, why: &Suspense) -> Vec<WhyNot> {
        let days = self.days(owned);
        let code = WhyNotCode::Suspended;
        let at = owned.period.from();
        let terms = &self.terms.in_force(at).classification;
        let mut told = WhyNot::new(
            code,
            format!(
                "{days}nobody is known to pay for it: {}",
                suspense_text(why)
            ),
        );
        told = match why {
            Suspense::NoCustomer => told.then(
                "add a rule that names a customer; `counterfoil report suggestions` has those that would fit",
            ),
            Suspense::UnknownCustomer { customer } => told.then(format!(
                "add an account of `{customer}`, or correct the name at the source or in the rule's map"
            )),
            Suspense::NoAgreement { customer } => told.then(self.agreements(customer, terms)),
            Suspense::AmbiguousAccount { .. } => told.then("name the account in a rule"),
            Suspense::RuleFailed { .. } => told.then("mend the rule's expression"),
        };
        let mut all = vec![told];
        if matches!(why, Suspense::NoCustomer) {
            let directory = &self.wired.known.directory;
            let near = near_rules(terms, directory, interval, at).into_iter();
            all.extend(near.map(|rule| {
                let NearRule { rule, place, lacks } = rule;
                WhyNot::new(
                    code,
                    format!("rule `{rule}` ({place}) almost matches: {lacks}"),
                )
            }));
        }
        all
    }

    /// When the customer's agreements hold.
    fn agreements(&self, customer: &str, terms: &counterfoil_model::classify::Terms) -> String {
        let day = |at: Instant| at.date(self.zone()).to_string();
        let own = terms.agreements.iter();
        let own = own.filter(|one| one.customer.as_str() == customer);
        let held: Vec<String> = own
            .map(|one| {
                let from = one.validity.from.map_or_else(|| "ever".to_owned(), day);
                let to = one.validity.to.map_or_else(|| "on".to_owned(), day);
                format!(
                    "`{}` of account `{}` from {from} to {to}",
                    one.key, one.account
                )
            })
            .collect();
        if held.is_empty() {
            format!("add an agreement to an account of `{customer}`")
        } else {
            format!(
                "give an agreement these days; there are {}",
                held.join(", ")
            )
        }
    }

    fn exempted(&self, owned: &OwnedInterval, terms: &NonBillable) -> WhyNot {
        let decision = owned.because.targets.get("non_billable");
        let by = decision.and_then(|decision| match &decision.winner {
            Winner::Rule(rule) => Some(format!("rule `{}` ({})", rule.rule, rule.place)),
            Winner::Default | Winner::Agreement => None,
        });
        let until = terms.until.map_or_else(
            || "without an end".to_owned(),
            |until| format!("until {until}"),
        );
        WhyNot::new(
            WhyNotCode::NonBillable,
            format!(
                "{}it is not billed on purpose, by {}: {}; {} answers for it, {until}",
                self.days(owned),
                by.unwrap_or_else(|| "a rule".to_owned()),
                terms.reason,
                terms.owner
            ),
        )
    }

    fn unpriced(&self, owned: &OwnedInterval, interval: &Interval) -> Vec<WhyNot> {
        let is_billed = line_of(self.rated, owned).is_some();
        let Ownership::Owned {
            owners, service, ..
        } = &*owned.ownership
        else {
            return Vec::new();
        };
        let books = price_books(self.terms);
        let book = PriceBook::in_force(&books, self.rated.period.period().from());
        let Some(book) = book.filter(|_| !is_billed) else {
            return Vec::new();
        };
        let days = self.days(owned);
        if let Some(held) = self.elsewhere.get(owned) {
            return vec![billed_with(&days, held, interval)];
        }
        let code = WhyNotCode::NotCharged;
        if let Some(service) = service.as_ref()
            && book.not_charged_services.contains(service)
        {
            let text =
                format!("{days}the price book says that the service `{service}` is not charged");
            return vec![WhyNot::new(code, text)];
        }
        let kind = &interval.kind;
        let items = book.items.iter();
        let items: Vec<&PriceItem> = items.filter(|item| item.kinds.contains(kind)).collect();
        if items.is_empty() && book.not_charged_kinds.contains(kind) {
            let text = format!("{days}the price book says that the kind `{kind}` is not charged");
            return vec![WhyNot::new(code, text)];
        }
        let customers: Vec<&CustomerKey> = owners.iter().map(|owner| &owner.customer).collect();
        let misses: Vec<Option<String>> = items
            .iter()
            .map(|item| unfit(item, interval, &customers))
            .collect();
        if !items.is_empty() && misses.iter().all(Option::is_some) {
            let pairs = items.iter().zip(misses.into_iter().flatten());
            return no_item_fits(&days, pairs);
        }
        let fitting = items.iter().zip(&misses);
        let fitting = fitting.filter(|(_, miss)| miss.is_none());
        let fitting: BTreeSet<&str> = fitting.map(|(item, _)| item.key.as_str()).collect();
        let accounts = owners.iter().filter_map(|owner| {
            let key = self.wired.known.accounts.get(&owner.account);
            key.map(ToString::to_string)
        });
        self.findings(interval, &fitting, &accounts.collect())
    }

    /// What rating found of what should charge it.
    fn findings(
        &self,
        interval: &Interval,
        items: &BTreeSet<&str>,
        accounts: &BTreeSet<String>,
    ) -> Vec<WhyNot> {
        let names = [&interval.external_id, &interval.configuration.name];
        let kind = format!("kind {}", interval.kind);
        let concerns = |subject: &str| {
            let of_account = items.iter().any(|item| {
                accounts
                    .iter()
                    .any(|account| subject == format!("item {item}, account {account}"))
            });
            let of_it = items.iter().any(|item| {
                subject.ends_with(&format!(", item {item}"))
                    && names.iter().any(|name| subject.contains(name.as_str()))
            });
            let is_account = accounts
                .iter()
                .any(|one| subject == format!("account {one}"));
            subject == kind || of_account || of_it || is_account
        };
        let found = self.rated.rated.findings.iter();
        let found = found.filter(|finding| concerns(&finding.subject));
        let mut told: Vec<WhyNot> = found
            .map(|finding| {
                WhyNot::new(WhyNotCode::Unpriced, finding.message.clone())
                    .then(finding.next_step.clone())
            })
            .collect();
        if told.is_empty() {
            let items: Vec<&str> = items.iter().copied().collect();
            let text = if items.is_empty() {
                format!("the price book has no item for the {kind}")
            } else {
                format!(
                    "`{}` should charge it, and no line has it",
                    items.join("`, `")
                )
            };
            told.push(
                WhyNot::new(WhyNotCode::Unpriced, text)
                    .then("`counterfoil rate` tells what could not be priced"),
            );
        }
        told
    }
}

fn billed_with(days: &str, held: &Held, interval: &Interval) -> WhyNot {
    let Held {
        item,
        description,
        name,
        of,
        with,
        billed,
    } = held;
    let (code, text) = match billed {
        Billed::InAdvance => (
            WhyNotCode::InAdvance,
            format!(
                "{days}`{item}` is billed in advance: the line `{description}` of {of} has it as `{name}`, and is billed with {with}"
            ),
        ),
        Billed::InArrears => (
            WhyNotCode::WithAnotherMonth,
            format!(
                "{days}`{item}` is billed with {with}: the line `{description}` of {of} has it"
            ),
        ),
    };
    let id = &interval.external_id;
    WhyNot::new(code, text).then(format!(
        "`counterfoil explain --resource {id} --period {with}` shows what is billed of it"
    ))
}

fn no_item_fits<'a>(
    days: &str,
    items: impl Iterator<Item = (&'a &'a PriceItem, String)>,
) -> Vec<WhyNot> {
    let code = WhyNotCode::NoItemFits;
    let mut told = vec![
        WhyNot::new(code, format!("{days}no item of the price book fits it"))
            .then("add an item, or correct the attribute at the source"),
    ];
    told.extend(items.take(ITEMS_MAX).map(|(item, lacks)| {
        let text = format!(
            "item `{}` ({}) does not charge it: {lacks}",
            item.key, item.place
        );
        WhyNot::new(code, text)
    }));
    told
}

/// Of what the inventory has, and not in the period.
pub(super) fn not_there(
    interval: &Interval,
    period: &BillingPeriod,
    (seen, zone): (&str, &TimeZone),
) -> WhyNot {
    let day = |at: Instant| at.date(zone);
    let whole = period.period();
    let id = period.id();
    let code = WhyNotCode::NotThere;
    match (interval.valid.from, interval.valid.to) {
        (_, Some(to)) if to <= whole.from() => {
            let text = format!("it ended on {}, before {id} ({to}); {seen}", day(to));
            WhyNot::new(code, text)
        }
        (Some(from), _) if from >= whole.to() => {
            let text = format!("it began on {}, after {id} ({from}); {seen}", day(from));
            WhyNot::new(code, text)
        }
        (_, _) => WhyNot::new(code, format!("it is not rated in {id}; {seen}")),
    }
}

//! Facts that are handed over in files, rated without a store and without a configuration by the code of the real run. Rows
//! that cannot be read are told and kept out, with everything else of their resource: half a resource is a wrong bill.

mod accounts;
mod agreed;
mod apart;
mod calendar;
mod gathered;
mod heading;
mod idle;
mod intervals;
mod json;
mod judged;
mod left_out;
mod moment;
mod rating;
mod renewed;
mod samples;
mod stretch;
mod table;
mod whose;
pub mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use counterfoil_model::ids::{AccountId, Kind};
use counterfoil_model::money::Currency;
use counterfoil_model::nearest::nearest;
use counterfoil_model::price::{ExchangeRate, PriceBook, PriceBookConfig};
use counterfoil_model::rate::{Calendars, Detail, facts_needed};
use counterfoil_model::time::{
    AccountCalendar, BillingPeriod, Instant, Period, TimeZone, find_zone,
};
use counterfoil_model::validity::{ConfigVersion, Dated};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::config::{ConfigProblem, GivenBook, given_rates};
use crate::rate::RateReport;
use accounts::Accounts;
use gathered::Gathered;
use judged::Facts;
use rating::Policies;
use stretch::Defaults;

/// What a resource is where neither a row nor the price book says it.
const KIND: &str = "thing";

/// What is rated, as it was asked for.
#[derive(Debug)]
pub struct FactsRequest {
    /// CSV, XLSX or JSON.
    pub facts: Vec<PathBuf>,
    /// TOML, CSV or XLSX.
    pub price_book: PathBuf,
    /// Which one, where the file has several.
    pub book: Option<String>,
    /// Tables of exchange rates.
    pub exchange_rates: Vec<PathBuf>,
    /// "2026-03", or another period of the calendar, or days; the last month that has ended where it is left out.
    pub period: Option<String>,
    /// An IANA name.
    pub timezone: String,
    /// Of accounts without one.
    pub currency: Option<String>,
    /// For how long a sample holds at most.
    pub sample: Option<String>,
    /// When changes count that happened between two observations: "first-seen" where it is left out.
    pub change_at: Option<String>,
    /// Who pays for what changes hands: "time" where it is left out.
    pub handover: Option<String>,
    pub detail: Detail,
    pub now: Instant,
}

/// What was read of the files, and what was not rated.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FactsRead {
    pub files: Vec<PathBuf>,
    pub price_book: PathBuf,
    /// Rows or elements of resources, samples and quantities.
    pub rows: usize,
    /// Of those that were rated.
    pub resources: usize,
    /// Rows that were not rated: those in `broken`, and the others of the same resource or gauge.
    pub rows_kept_out: usize,
    /// Rows that were rated, and have a quantity that was left out, and samples that no item meters: findings say why, and name
    /// them.
    pub rows_left_out: usize,
    /// Rows that say again what another row says, and count once.
    pub rows_repeated: usize,
    /// Rows of a time before or after the period, and samples that hold only while their resource is not there.
    pub rows_outside: usize,
    /// Rows that end in the second in which they begin: nothing was there.
    pub rows_empty: usize,
    /// Why rows were kept out.
    pub broken: Vec<ConfigProblem>,
}

/// Everything that is wrong with what was given.
#[derive(Debug, Error)]
#[error("the input has {} problem{}", problems.len(), if problems.len() == 1 { "" } else { "s" })]
pub struct FactsError {
    pub problems: Vec<ConfigProblem>,
}

/// What the command line says, as far as it can be understood.
struct Asked {
    period: Option<BillingPeriod>,
    zone: TimeZone,
    currency: Option<Currency>,
    every: Option<i64>,
    policies: Policies,
}

/// Rates facts of files under a price book.
pub fn rate_facts(request: &FactsRequest) -> Result<RateReport, FactsError> {
    let mut problems = Vec::new();
    let asked = asked(request, &mut problems);
    let book = GivenBook::read(
        &request.price_book,
        request.book.as_deref(),
        &asked.zone,
        &mut problems,
    );
    let rates = given_rates(&request.exchange_rates, &asked.zone, &mut problems);
    let named = book.as_ref().map(|book| names(&book.config));
    let is_named = |name: &str| named.as_ref().is_none_or(|named| named.contains(name));
    let mut gathered = Gathered::default();
    for path in &request.facts {
        gathered.read(path, &is_named);
    }
    // Some month stands in for one that nobody can read, so that the mistakes of the rows are told too.
    let any = || BillingPeriod::containing(request.now, asked.zone.clone()).ok();
    let Some(period) = asked.period.clone().or_else(any) else {
        return Err(FactsError { problems });
    };
    let config = book.as_ref().map(|book| &book.config);
    let only_kind = config.and_then(|config| {
        only(
            config
                .item
                .iter()
                .flat_map(|item| item.kind.0.iter().cloned()),
        )
    });
    let only_currency = config.and_then(|config| {
        let prices = config.item.iter().flat_map(|item| &item.price);
        only(prices.map(|price| price.currency.clone()))
    });
    let only_currency = only_currency.and_then(|code| code.parse().ok());
    let resolved = book.as_ref().and_then(|book| book.resolved.as_ref());
    let accounts = Accounts::of(&mut gathered);
    let span = span(&period, resolved, &accounts);
    let defaults = Defaults {
        period: &period,
        span,
        read: asked.policies.handovers(&period, span).needs(span),
        kind: only_kind.unwrap_or_else(|| Kind::from(KIND)),
        // What cannot be known for a mistake that was told is no mistake of the rows.
        currency: asked.currency.or(only_currency).or_else(|| {
            let stands_in = "EUR".parse().ok();
            stands_in.filter(|_| !problems.is_empty())
        }),
        items: config.map(|config| config.item.iter().map(|item| item.name.as_str()).collect()),
    };
    let facts = Facts::judge((gathered, accounts), &defaults, asked.every);
    problems.extend(facts.fatal.iter().cloned());
    let resolved = book.as_ref().and_then(|book| book.resolved.as_ref());
    if let Some(book) = resolved {
        problems.extend(facts.apart(book, &period, &request.price_book));
    }
    let resolved = resolved.map(|book| with_rates(book, rates));
    let (Some(book), true) = (resolved, problems.is_empty()) else {
        problems.extend(facts.broken);
        return Err(FactsError { problems });
    };
    Ok(facts.rate(&book, &defaults, asked.policies, request))
}

/// A rate that is handed over takes the place of that of the same day in the book.
fn with_rates(book: &PriceBook, rates: Vec<ExchangeRate>) -> PriceBook {
    let mut book = book.clone();
    let is_given = |known: &ExchangeRate| {
        let mut rates = rates.iter();
        rates.any(|rate| rate.identity() == known.identity())
    };
    book.exchange_rates.retain(|known| !is_given(known));
    book.exchange_rates.extend(rates);
    book
}

fn asked(request: &FactsRequest, problems: &mut Vec<ConfigProblem>) -> Asked {
    let mut tell = |option: &str, message: String, hint: &str| {
        problems.push(ConfigProblem::of(option.as_ref(), message).with_hint(hint));
    };
    let zone = match find_zone(&request.timezone) {
        Ok(zone) => Some(zone),
        Err((message, hint)) => {
            tell("--timezone", message, &hint);
            None
        }
    };
    let is_known = zone.is_some();
    let zone = zone.unwrap_or(TimeZone::UTC);
    let period = match &request.period {
        Some(text) => BillingPeriod::parse_any(text, zone.clone()),
        None => BillingPeriod::containing(request.now, zone.clone())
            .and_then(|current| current.previous()),
    };
    let period = period.map_err(|error| {
        tell(
            "--period",
            error.to_string(),
            "what is billed, as in --period 2026-03",
        );
    });
    let currency = request.currency.as_deref().map(str::parse::<Currency>);
    let currency = currency.and_then(|currency| {
        currency
            .map_err(|error| {
                let hint = "an upper-case ISO 4217 code with minor units, such as EUR";
                tell("--currency", error.to_string(), hint);
            })
            .ok()
    });
    let every = request.sample.as_deref().map(moment::span_secs);
    let every = every.and_then(|every| {
        every
            .map_err(|(message, hint)| tell("--sample", message, hint))
            .ok()
    });
    let mut policies = Policies::default();
    if let Some(written) = &request.change_at {
        match word(written, &["first-seen", "midpoint", "customer-favour"]) {
            Ok(policy) => policies.change_at = policy,
            Err((message, hint)) => tell("--change-at", message, &hint),
        }
    }
    if let Some(written) = &request.handover {
        match word(written, &["time", "start-of-period", "end-of-period"]) {
            Ok(policy) => policies.handover = policy,
            Err((message, hint)) => tell("--handover", message, &hint),
        }
    }
    Asked {
        period: period.ok().filter(|_| is_known),
        zone,
        currency,
        every,
        policies,
    }
}

/// A policy by its name.
fn word<T: DeserializeOwned>(written: &str, known: &[&str]) -> Result<T, (String, String)> {
    serde_json::from_value(written.into()).map_err(|_| {
        let hint = match nearest(written, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("one of {}", known.join(", ")),
        };
        (format!("there is no policy `{written}`"), hint)
    })
}

/// The time of which facts are rated: that of all charge periods which are due.
fn span(period: &BillingPeriod, book: Option<&PriceBook>, accounts: &Accounts) -> Period {
    let Some(book) = book else {
        return period.period();
    };
    let versions = [ConfigVersion {
        effective_from: None,
        terms: book,
    }];
    // An account without a row is there, too.
    let others = AccountId(0);
    let numbered = accounts.calendars().zip(1_i64..);
    let calendars: BTreeMap<AccountId, AccountCalendar> = numbered
        .map(|((_, calendar), number)| (AccountId(number), calendar.clone()))
        .collect();
    let ids: Vec<AccountId> = calendars.keys().copied().chain([others]).collect();
    let calendars = Calendars {
        versions: vec![(None, calendars)],
        bill_from: None,
    };
    facts_needed(period, &versions, ids, &calendars)
}

/// The attributes that a price book speaks of.
fn names(config: &PriceBookConfig) -> BTreeSet<String> {
    let items = config.item.iter();
    items
        .flat_map(|item| {
            let own = item.meter.attribute.iter().chain(item.when.keys());
            own.chain(&item.dimensions).cloned()
        })
        .collect()
}

/// The value, if there is one and no other.
fn only<T: Ord>(values: impl IntoIterator<Item = T>) -> Option<T> {
    let values: BTreeSet<T> = values.into_iter().collect();
    let mut values = values.into_iter();
    values.next().filter(|_| values.next().is_none())
}

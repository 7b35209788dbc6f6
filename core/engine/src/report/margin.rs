//! What a billing period earns: list price, discount, net, cost and margin, by line, customer, service or agreement. Costs are
//! rated by the code of the bill, of the same facts, with the pipeline's cost book.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::agreed::Agreed;
use counterfoil_model::charge::{Charge, Exchange};
use counterfoil_model::ids::{CustomerKey, ItemKey};
use counterfoil_model::margin::{self, Amounts, MarginBy, MarginInput, MarginRow, Margins, costed};
use counterfoil_model::money::{Currency, Money, MoneyError};
use counterfoil_model::price::{ExchangeRate, Meter, PriceBook, RateOn};
use counterfoil_model::rate::{ChargePeriods, Detail, RateInput, Rated, rate};
use counterfoil_model::time::{BillingPeriod, Instant};
use counterfoil_model::validity::ConfigVersion;
use schemars::JsonSchema;
use serde::Serialize;

use super::filter::Filter;
use super::{ReportError, amount_error};
use crate::config::CostBook;
use crate::rating::{
    PeriodRated, account_terms, bills_months_alone, charges_of, charges_whole, price_books,
    rate_period,
};
use crate::session::{Session, Wired};
use crate::terms::{Keep, Versions, versions};

/// What list price and net of a period are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// What is billed with the period, all of which is for it.
    Billed,
    /// What was there in the period comes to so much for it: its part of quarters and years, and of what was billed in
    /// advance, whenever they are billed.
    Usage,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct MarginReport {
    pub pipeline: String,
    pub billing_period: String,
    /// When it ends, where that is still to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_ended: Option<Instant>,
    /// How list price and net are counted, so that they are for the time that costs are for.
    pub basis: Basis,
    /// What is billed with the period, where that is for other times too: one sum for each currency.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub billed: Vec<Money>,
    /// By which costs were converted into the currencies of accounts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exchange_rates: Vec<Exchange>,
    /// The price book of the costs.
    pub cost_book: String,
    pub by: MarginBy,
    pub rows: Vec<MarginRow>,
    /// Of all rows, also of those that a filter leaves out: by the currency that is billed in.
    pub totals: Vec<Amounts>,
    /// All costs, whoever pays for them: the costs of all rows sum to it.
    pub cost: Money,
    /// Kinds of which something runs that the cost book has no cost for.
    pub kinds_without_cost: Vec<String>,
}

/// Rates the period three times: as it is billed, at list price, and what it costs.
pub async fn margin(
    session: &Session,
    wired: &Wired<'_>,
    filter: &Filter,
    period: &BillingPeriod,
    by: MarginBy,
) -> Result<MarginReport, ReportError> {
    let costs = wired.pipeline.cost.as_ref();
    let costs = costs.ok_or(ReportError::NoCostBook)?;
    let versions = versions(session, wired, Keep::Transient).await?;
    let known = filter.known(session, wired, &versions).await?;
    let cutoff = filter.cutoff(session).await?;
    let rated = rate_period(session, wired, &versions, period, cutoff, Detail::Resources);
    let rated = rated.await?;
    let accounts = account_terms(wired, &versions);
    let basis = if bills_months_alone(wired, &versions) {
        Basis::Billed
    } else {
        Basis::Usage
    };
    let list = at_list((wired, &versions), &rated, basis);
    let worth = match basis {
        Basis::Billed => None,
        Basis::Usage => {
            let books = price_books(&versions);
            Some(charges_whole((wired, &versions), &rated, &books))
        }
    };
    let net = worth.as_deref().unwrap_or(&rated.rated.charges);
    let nets = rated.rated.charges.iter().map(|charge| charge.net);
    let nets = Money::by_currency(nets.filter(|_| basis == Basis::Usage));
    let billed: Result<Vec<Money>, MoneyError> = nets.collect();
    let currencies = accounts.values().map(|terms| terms.currency).collect();
    let exchange_rates = exchange_rates((&versions, costs), period, currencies);
    let cost = costs_of(wired, &versions, &rated, costs);
    let meters = meters(versions.versions.iter().map(|one| &one.terms.price_book));
    let margins = Margins::new(&MarginInput {
        billed: net,
        list: &list,
        cost: &cost.charges,
        owned: &rated.owned,
        accounts: &accounts,
        meters: &meters,
        cost_meters: &self::meters([&costs.book]),
        cost_currency: costs.currency,
        rates: &exchange_rates,
    });
    let margins = margins.map_err(amount_error)?;
    let mut rows = margin::grouped(&margins, by, &accounts).map_err(amount_error)?;
    rows.retain(|row| known.is_customer(row.customer.as_ref().map(CustomerKey::as_str)));
    let unpriced = cost.completeness.kinds.into_iter();
    let unpriced = unpriced.filter(|(_, balance)| balance.seconds.unpriced > 0);
    let end = period.period().to();
    Ok(MarginReport {
        pipeline: wired.pipeline.name.clone(),
        billing_period: period.id(),
        not_ended: (end > session.now).then_some(end),
        basis,
        billed: billed.map_err(amount_error)?,
        exchange_rates,
        cost_book: costs.name.clone(),
        by,
        rows,
        totals: margins.totals().map_err(amount_error)?,
        cost: margins.cost(costs.currency).map_err(amount_error)?,
        kinds_without_cost: unpriced.map(|(kind, _)| kind.to_string()).collect(),
    })
}

fn at_list(
    (wired, versions): (&Wired<'_>, &Versions),
    rated: &PeriodRated,
    basis: Basis,
) -> Vec<Charge> {
    let books: Vec<ConfigVersion<PriceBook>> = versions
        .versions
        .iter()
        .map(|version| version.project(|terms| terms.price_book.at_list()))
        .collect();
    let books: Vec<ConfigVersion<&PriceBook>> =
        books.iter().map(|book| book.project(|book| book)).collect();
    match basis {
        Basis::Billed => charges_of((wired, versions), rated, None, &books),
        Basis::Usage => charges_whole((wired, versions), rated, &books),
    }
}

/// From the currency of the costs into others: the newest rate of the cost book, else of the price book, that is fresh on the
/// day whose rate counts there. Books are read as they are now.
fn exchange_rates(
    (versions, costs): (&Versions, &CostBook),
    period: &BillingPeriod,
    currencies: BTreeSet<Currency>,
) -> Vec<Exchange> {
    let books = [&costs.book, &versions.current().price_book];
    let rate = |to: Currency| {
        books.into_iter().find_map(|book| {
            let on = match book.rate_on {
                RateOn::PeriodEnd => period.last_day(),
                RateOn::PeriodStart => period.first_day(),
            };
            let is_fresh = |rate: &&ExchangeRate| {
                let days = (on - rate.date).get_days();
                rate.from == costs.currency
                    && rate.to == to
                    && u32::try_from(days).is_ok_and(|days| days <= book.rate_age_days_max)
            };
            let newest = book.exchange_rates.iter().filter(is_fresh);
            newest.max_by_key(|rate| rate.date).map(|rate| Exchange {
                from: rate.from,
                to: rate.to,
                rate: rate.rate,
                date: rate.date,
                on,
                source: rate.source.clone(),
                place: rate.place.clone(),
            })
        })
    };
    let others = currencies.into_iter().filter(|to| *to != costs.currency);
    others.filter_map(rate).collect()
}

fn costs_of(
    wired: &Wired<'_>,
    versions: &Versions,
    rated: &PeriodRated,
    costs: &CostBook,
) -> Rated {
    let accounts = account_terms(wired, versions);
    let everything = costed(&rated.owned, &accounts, costs.currency);
    rate(&RateInput {
        billing_period: &rated.period,
        intervals: &rated.intervals,
        owned: &everything.owned,
        gauges: rated.gauges(),
        // What is agreed with accounts is sold, and costs nothing by itself.
        agreed: &Agreed::default(),
        price_book: &[ConfigVersion {
            effective_from: None,
            terms: &costs.book,
        }],
        accounts: &everything.accounts,
        estimate_currency: None,
        later: &BTreeMap::new(),
        open_from: None,
        charge_periods: ChargePeriods::Whole,
        detail: Detail::Resources,
    })
}

/// What each item measures; the newest book has the last word.
fn meters<'a>(books: impl IntoIterator<Item = &'a PriceBook>) -> BTreeMap<ItemKey, Meter> {
    let items = books.into_iter().flat_map(|book| &book.items);
    items
        .map(|item| (item.key.clone(), item.meter.clone()))
        .collect()
}

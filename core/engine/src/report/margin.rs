//! What a billing period earns: list price, discount, net, cost and margin, by line, customer, service or agreement. Costs are
//! rated by the code of the bill, of the same facts, with the pipeline's cost book.

use std::collections::BTreeMap;

use counterfoil_model::agreed::Agreed;
use counterfoil_model::charge::Charge;
use counterfoil_model::ids::{CustomerKey, ItemKey};
use counterfoil_model::margin::{self, Amounts, MarginBy, MarginInput, MarginRow, Margins, costed};
use counterfoil_model::money::Money;
use counterfoil_model::price::{Meter, PriceBook};
use counterfoil_model::rate::{ChargePeriods, Detail, RateInput, Rated, rate};
use counterfoil_model::time::{BillingPeriod, Instant};
use counterfoil_model::validity::ConfigVersion;
use schemars::JsonSchema;
use serde::Serialize;

use super::filter::Filter;
use super::{ReportError, amount_error};
use crate::config::CostBook;
use crate::rating::{PeriodRated, account_terms, charges_of, rate_period};
use crate::session::{Session, Wired};
use crate::terms::{Keep, Versions, versions};

#[derive(Debug, Serialize, JsonSchema)]
pub struct MarginReport {
    pub pipeline: String,
    pub billing_period: String,
    /// When it ends, where that is still to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_ended: Option<Instant>,
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
    let list = at_list(wired, &versions, &rated);
    let cost = costs_of(wired, &versions, &rated, costs);
    let meters = meters(versions.versions.iter().map(|one| &one.terms.price_book));
    let margins = Margins::new(&MarginInput {
        billed: &rated.rated.charges,
        list: &list,
        cost: &cost.charges,
        owned: &rated.owned,
        accounts: &accounts,
        meters: &meters,
        cost_meters: &self::meters([&costs.book]),
        cost_currency: costs.currency,
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
        cost_book: costs.name.clone(),
        by,
        rows,
        totals: margins.totals().map_err(amount_error)?,
        cost: margins.cost(costs.currency).map_err(amount_error)?,
        kinds_without_cost: unpriced.map(|(kind, _)| kind.to_string()).collect(),
    })
}

fn at_list(wired: &Wired<'_>, versions: &Versions, rated: &PeriodRated) -> Vec<Charge> {
    let books: Vec<ConfigVersion<PriceBook>> = versions
        .versions
        .iter()
        .map(|version| version.project(|terms| terms.price_book.at_list()))
        .collect();
    let books: Vec<ConfigVersion<&PriceBook>> =
        books.iter().map(|book| book.project(|book| book)).collect();
    charges_of((wired, versions), rated, None, &books)
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

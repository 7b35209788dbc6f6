//! Review by exception: which bills differ from those of the period before by more than the pipeline tolerates, and why. Made
//! from what is rated already; only the accounts that are told of are rated in detail.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::charge::Charge;
use counterfoil_model::decimal::Decimal;
use counterfoil_model::ids::{AccountId, ItemKey, RecordingId};
use counterfoil_model::money::{Currency, Money, MoneyError};
use counterfoil_model::plan::LookBack;
use counterfoil_model::price::{AllowancePer, Meter, Model, Price, PriceBook};
use counterfoil_model::rate::Detail;
use counterfoil_model::report::{
    AccountReview, ReviewInput, ReviewedPeriod, account_totals, holding, review,
};
use counterfoil_model::time::{BillingPeriod, Instant, Period};
use counterfoil_model::validity::{ConfigVersion, segments};
use schemars::JsonSchema;
use serde::Serialize;

use super::PlanError;
use crate::rating::{
    PeriodRated, account_terms, charges_of, price_books, rate_period, signing_terms,
};
use crate::session::{Session, Wired};
use crate::terms::Versions;

/// Which accounts are reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reviewed {
    /// None: nobody looks.
    Nothing,
    /// Those that differ by more than is tolerated.
    Beyond,
    All,
}

/// The accounts whose bills differ from the period before.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReviewReport {
    /// What this period is compared with, as it is rated now.
    pub previous_period: String,
    /// So many percent of the bill before are tolerated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent_max: Option<Decimal>,
    /// And so much money, where it is said.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub amount_max: BTreeMap<Currency, Money>,
    /// The greatest difference first.
    pub accounts: Vec<ReviewedAccount>,
    /// Accounts within the tolerance, told of or not.
    pub within: u64,
}

/// An account, and why its bill differs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReviewedAccount {
    pub customer: String,
    pub account_key: String,
    /// Within what is tolerated.
    pub is_within: bool,
    #[serde(flatten)]
    pub review: AccountReview,
}

/// Resources that are told of an account, from the greatest difference on.
const REVIEWED_RESOURCES_MAX: usize = 10;

pub(crate) type Totals = BTreeMap<(AccountId, Currency), [Money; 2]>;

/// Compares with the period before, which is rated where nothing was issued in it. None where nobody looks, or there is nothing
/// before to compare with.
pub(super) async fn of(
    session: &Session,
    wired: &Wired<'_>,
    (versions, cutoff): (&Versions, RecordingId),
    which: Reviewed,
    (period, rated): (&BillingPeriod, &[(PeriodRated, LookBack)]),
) -> Result<Option<ReviewReport>, PlanError> {
    let Ok(previous) = period.previous() else {
        return Ok(None);
    };
    if which == Reviewed::Nothing {
        return Ok(None);
    }
    let find = |wanted: &BillingPeriod| {
        let mut all = rated.iter().map(|(rated, _)| rated);
        all.find(|rated| rated.period == *wanted)
    };
    let own;
    let before = if let Some(before) = find(&previous) {
        before
    } else {
        let detail = Detail::Lines;
        own = rate_period(session, wired, versions, &previous, cutoff, detail).await?;
        &own
    };
    let Some(now) = find(period) else {
        return Ok(None);
    };
    let reviewed = reviewed((wired, versions), before, now, which);
    reviewed.map_err(|source| PlanError::Review { source })
}

fn reviewed(
    (wired, versions): (&Wired<'_>, &Versions),
    before: &PeriodRated,
    now: &PeriodRated,
    which: Reviewed,
) -> Result<Option<ReviewReport>, MoneyError> {
    if before.rated.charges.is_empty() {
        return Ok(None);
    }
    let tolerance = &wired.pipeline.approval.review;
    let mut totals = account_totals(&before.rated.charges, &now.rated.charges)?;
    let mut within: BTreeSet<(AccountId, Currency)> = BTreeSet::new();
    for (key, [was, is]) in &totals {
        // Who comes or goes is looked at, whatever it is worth.
        let stays = was.is_zero() == is.is_zero();
        if stays && tolerance.holds(is.checked_sub(*was)?, *was)? {
            within.insert(*key);
        }
    }
    if which == Reviewed::Beyond {
        totals.retain(|key, _| !within.contains(key));
    }
    let accounts = account_terms(wired, versions);
    let named = |id: AccountId| {
        let terms = accounts.get(&id);
        terms.map_or_else(
            || (id.to_string(), id.to_string()),
            |terms| (terms.customer.to_string(), terms.key.to_string()),
        )
    };
    let most = REVIEWED_RESOURCES_MAX;
    let reviews = reviews((wired, versions), before, now, (&totals, most))?;
    let rows = reviews.into_iter().map(|review| {
        let (customer, account_key) = named(review.account);
        let key = (review.account, review.now.currency());
        ReviewedAccount {
            customer,
            account_key,
            is_within: within.contains(&key),
            review,
        }
    });
    let mut rows: Vec<ReviewedAccount> = rows.collect();
    rows.sort_by(|a, b| {
        let order = |row: &ReviewedAccount| {
            let minor = row.review.difference.minor().unsigned_abs();
            (
                row.is_within,
                std::cmp::Reverse(minor),
                row.account_key.clone(),
            )
        };
        order(a).cmp(&order(b))
    });
    Ok(Some(ReviewReport {
        previous_period: before.period.id(),
        percent_max: tolerance.percent,
        amount_max: tolerance.amount.clone(),
        accounts: rows,
        within: within.len() as u64,
    }))
}

/// Why the accounts of these totals differ, with so many resources at most.
pub(crate) fn reviews(
    (wired, versions): (&Wired<'_>, &Versions),
    before: &PeriodRated,
    now: &PeriodRated,
    (totals, resources_max): (&Totals, usize),
) -> Result<Vec<AccountReview>, MoneyError> {
    if totals.is_empty() {
        return Ok(Vec::new());
    }
    let books = price_books(versions);
    let shares = |book: &ConfigVersion<&PriceBook>| {
        let mut prices = book.terms.prices.iter();
        prices.any(|price| {
            let allowance = price.tariff.allowance.as_ref();
            let is_pooled = allowance.is_some_and(|one| one.per == AllowancePer::Customer);
            is_pooled || matches!(price.tariff.model, Model::Split(_))
        })
    };
    // Who shares a total or an allowance with others has the part that all of them leave.
    let all = books.iter().any(shares);
    let accounts: BTreeSet<AccountId> = totals.keys().map(|(account, _)| *account).collect();
    let wanted = (!all).then_some(&accounts);
    let detailed = |rated: &PeriodRated, books: &[ConfigVersion<&PriceBook>]| -> Vec<Charge> {
        charges_of((wired, versions), rated, wanted, books)
    };
    let (was, is) = (detailed(before, &books), detailed(now, &books));
    let old = old_prices((wired, versions), &books, before, now);
    let at_old_prices = old.as_ref().map(|terms| {
        let always = ConfigVersion {
            effective_from: None,
            terms,
        };
        detailed(now, &[always])
    });
    let gauged = gauged(&books);
    let ids = [before.period.id(), now.period.id()];
    review(
        &ReviewInput {
            before: period(&ids[0], before, &was),
            now: period(&ids[1], now, &is),
            at_old_prices: at_old_prices.as_deref(),
            gauged: &gauged,
            resources_max,
        },
        totals,
    )
}

/// The items that measure gauges in any version.
fn gauged(books: &[ConfigVersion<&PriceBook>]) -> BTreeSet<ItemKey> {
    let items = books.iter().flat_map(|book| &book.terms.items);
    let gauged = items.filter(|item| match item.meter {
        Meter::Gauge(_) | Meter::Gauges(_) => true,
        Meter::Attribute(_) | Meter::Count(_) | Meter::Distinct(_) | Meter::Manual => false,
    });
    gauged.map(|item| item.key.clone()).collect()
}

fn period<'a>(id: &'a str, rated: &'a PeriodRated, charges: &'a [Charge]) -> ReviewedPeriod<'a> {
    ReviewedPeriod {
        id,
        period: rated.period.period(),
        intervals: &rated.intervals,
        owned: &rated.owned,
        charges,
    }
}

/// The prices at the end of the period before, where others hold by now.
fn old_prices(
    (wired, versions): (&Wired<'_>, &Versions),
    books: &[ConfigVersion<&PriceBook>],
    before: &PeriodRated,
    now: &PeriodRated,
) -> Option<PriceBook> {
    let (from, to) = (before.period.period().from(), now.period.period().to());
    let both = Period::new(from, to)?;
    let start = now.period.period().from();
    let is_same_book = {
        let at = |instant| PriceBook::in_force(books, instant).map(|book| &book.items);
        at(from) == at(start)
    };
    if is_same_book && segments::<Price, _>(books, both).len() == 1 {
        return None;
    }
    let last = before.period.period().to().seconds() - 1;
    let accounts = signing_terms(wired, versions, both);
    let at = Instant::from_seconds(last).ok()?;
    Some(holding(books, (at, from), &accounts))
}

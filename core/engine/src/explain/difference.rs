//! Why the bill of a period differs from that of an earlier one: reasons with money that sum to the difference.

use counterfoil_model::ids::AccountId;
use counterfoil_model::money::{Currency, Money};
use counterfoil_model::rate::Detail;
use counterfoil_model::report::{
    AccountReview, DerivedLine, DifferenceError, PriceChange, account_totals, adds_up, derived,
    price_changes,
};
use counterfoil_model::time::{BillingPeriod, Instant};
use schemars::JsonSchema;
use serde::Serialize;

use super::total::asked;
use super::{ExplainError, Whose, store_error};
use crate::plan::review::reviews;
use crate::rating::{PeriodRated, account_terms, rate_period};
use crate::session::{Session, Wired};
use crate::terms::{Keep, Versions, versions};

/// Why the bills of an account, or of all accounts of a customer, differ between two periods.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DifferenceExplained {
    pub pipeline: String,
    pub billing_period: PeriodLength,
    /// The earlier one.
    pub against: PeriodLength,
    /// When the later one ends, where that is still to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_ended: Option<Instant>,
    /// One for each account and currency, both periods as everything is known now.
    pub accounts: Vec<AccountDifference>,
    /// Of all of these, by currency.
    pub totals: Vec<SummedDifference>,
}

/// How long a period is: what is charged by the day or the hour differs by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PeriodLength {
    /// Such as `2026-03`.
    pub id: String,
    pub days: u64,
    /// Of which one may have 23 or 25.
    pub hours: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SummedDifference {
    pub before: Money,
    pub now: Money,
    pub difference: Money,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct AccountDifference {
    pub account_key: String,
    pub customer: String,
    pub name: String,
    /// All resources that differ; with the lines without resources they sum to the difference.
    #[serde(flatten)]
    pub review: AccountReview,
    /// Lines to which no resource adds, and that come to something else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<DerivedLine>,
    /// Items that another version of their price counts for: what is repriced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prices: Vec<PriceChange>,
}

/// Explains the difference between two periods; refused where the reasons do not sum to it.
pub async fn explain_difference(
    session: &Session,
    wired: &Wired<'_>,
    whose: &Whose,
    (period, against): (&BillingPeriod, &BillingPeriod),
) -> Result<DifferenceExplained, ExplainError> {
    if against.first_day() >= period.first_day() {
        return Err(ExplainError::Order {
            period: period.id(),
            against: against.id(),
        });
    }
    let terms = versions(session, wired, Keep::Transient).await?;
    let accounts = account_terms(wired, &terms);
    let asked = asked(wired, whose, &accounts)?;
    let cutoff = session.store.cutoff().await.map_err(store_error)?;
    let detail = Detail::Resources;
    let before = rate_period(session, wired, &terms, against, cutoff, detail).await?;
    let now = rate_period(session, wired, &terms, period, cutoff, detail).await?;
    let fails = |account: String, source: DifferenceError| ExplainError::Difference {
        account,
        period: period.id(),
        against: against.id(),
        source,
    };
    let everyone = || "all accounts".to_owned();
    let reviews = of_accounts((wired, &terms), &before, &now, |id| asked.contains(&id))
        .map_err(|source| fails(everyone(), source))?;
    let mut explained = Vec::new();
    for review in reviews {
        let Some(terms) = accounts.get(&review.account) else {
            continue;
        };
        let key = terms.key.to_string();
        let own = (review.account, review.difference.currency());
        let charges = (&before.rated.charges, &now.rated.charges);
        let lines = derived(charges.0, charges.1, own).map_err(DifferenceError::from);
        let lines = lines.and_then(|lines| adds_up(&review, &lines).map(|()| lines));
        explained.push(AccountDifference {
            customer: terms.customer.to_string(),
            name: terms.name.clone(),
            lines: lines.map_err(|source| fails(key.clone(), source))?,
            prices: price_changes(charges.0, charges.1, own),
            account_key: key,
            review,
        });
    }
    let end = period.period().to();
    Ok(DifferenceExplained {
        pipeline: wired.pipeline.name.clone(),
        billing_period: length(period),
        against: length(against),
        not_ended: (end > session.now).then_some(end),
        totals: summed(&explained).map_err(|source| fails(everyone(), source))?,
        accounts: explained,
    })
}

/// The accounts that are asked for, each with all resources that differ.
fn of_accounts(
    (wired, versions): (&Wired<'_>, &Versions),
    before: &PeriodRated,
    now: &PeriodRated,
    counts: impl Fn(AccountId) -> bool,
) -> Result<Vec<AccountReview>, DifferenceError> {
    let mut totals = account_totals(&before.rated.charges, &now.rated.charges)?;
    totals.retain(|(account, _), _| counts(*account));
    let all = (&totals, usize::MAX);
    Ok(reviews((wired, versions), before, now, all)?)
}

fn length(period: &BillingPeriod) -> PeriodLength {
    let days = period.first_day().until(period.last_day());
    let days = days.map_or(0, |span| span.get_days()) + 1;
    PeriodLength {
        id: period.id(),
        days: u64::try_from(days).unwrap_or_default(),
        hours: u64::try_from(period.period().seconds() / 3_600).unwrap_or_default(),
    }
}

fn summed(accounts: &[AccountDifference]) -> Result<Vec<SummedDifference>, DifferenceError> {
    let currencies = accounts.iter().map(|one| one.review.difference.currency());
    let mut currencies: Vec<Currency> = currencies.collect();
    currencies.sort_unstable();
    currencies.dedup();
    let sum = |currency: Currency| {
        let own = accounts.iter().map(|one| &one.review);
        let own: Vec<_> = own
            .filter(|one| one.difference.currency() == currency)
            .collect();
        Ok(SummedDifference {
            before: Money::sum(own.iter().map(|one| one.before), currency)?,
            now: Money::sum(own.iter().map(|one| one.now), currency)?,
            difference: Money::sum(own.iter().map(|one| one.difference), currency)?,
        })
    };
    currencies.into_iter().map(sum).collect()
}

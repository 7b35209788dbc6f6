//! What a bill of a period is made of, account by account: rated now, as it was billed, and what waits in between.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use counterfoil_model::charge::{Charge, ChargeKey};
use counterfoil_model::counterfoil::Counterfoil;
use counterfoil_model::ids::{AccountId, IntervalId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::money::{Money, MoneyError};
use counterfoil_model::rate::{AccountTerms, Detail};
use counterfoil_model::report::{Total, TotalDocument, TotalError, TotalLine, totals};
use counterfoil_model::time::{BillingPeriod, Instant};
use schemars::JsonSchema;
use serde::Serialize;

use super::{ExplainError, store_error};
use crate::between::{Extremes, Placing, extremes};
use crate::close::{ClosedPeriod, closed};
use crate::config::Role;
use crate::filter::{account_named, customer_named};
use crate::grace;
use crate::rate::RatedLine;
use crate::rate::line::line;
use crate::rating::{account_terms, rate_placed};
use crate::report::{NotSent, not_sent};
use crate::session::{Session, Wired};
use crate::terms::{Keep, Versions, versions};

/// Whose bill is asked for.
#[derive(Debug, Clone)]
pub enum Whose {
    /// One account, by its key.
    Account(String),
    /// All accounts of a customer; an account stands for its customer.
    Customer(String),
}

/// What the bills of an account, or of all accounts of a customer, are made of.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TotalExplained {
    pub pipeline: String,
    pub billing_period: String,
    /// When it ends, where that is still to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_ended: Option<Instant>,
    /// By which certificate the period is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<ClosedPeriod>,
    /// Until when late facts still change its drafts, while that lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_grace_until: Option<Instant>,
    /// The sink that says what is billed; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ledger: Option<String>,
    /// One for each account and currency in which anything is rated or billed.
    pub accounts: Vec<AccountExplained>,
    /// Of all of these, by currency.
    pub totals: Vec<Summed>,
}

/// Sums in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summed {
    pub rated: Money,
    pub billed: Money,
    pub open: Money,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct AccountExplained {
    pub account_key: String,
    pub customer: String,
    pub name: String,
    /// As everything is known now: the sum of the lines.
    pub rated: Money,
    /// What stands at the ledger: the sum of the documents.
    pub billed: Money,
    /// What is rated and not billed; below zero, what is to be given back.
    pub open: Money,
    pub lines: Vec<TotalLineExplained>,
    /// Originals and their corrections.
    pub documents: Vec<TotalDocument>,
    /// What was planned for it and is not sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<NotSent>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct TotalLineExplained {
    #[serde(flatten)]
    pub line: TotalLine,
    /// The arithmetic and the price; absent where nothing of it is rated any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rated_line: Option<RatedLine>,
}

/// Explains the total of a period; refused where its parts do not sum to it.
pub async fn explain_total(
    session: &Session,
    wired: &Wired<'_>,
    whose: &Whose,
    period: &BillingPeriod,
) -> Result<TotalExplained, ExplainError> {
    let terms = versions(session, wired, Keep::Transient).await?;
    let accounts = account_terms(wired, &terms);
    let asked = asked(wired, whose, &accounts)?;
    let bills = bills(session, wired, &terms, period, &asked).await?;
    let ledger = ledger(wired);
    let mut waiting = not_sent(session, wired, &|id| asked.contains(&id))
        .await
        .map_err(store_error)?;
    waiting.retain(|row| {
        row.billing_period == period.id() && ledger.is_some_and(|sink| sink == row.sink)
    });
    let mut explained = Vec::new();
    for total in bills.totals {
        let Some(terms) = accounts.get(&total.account) else {
            continue;
        };
        let key = terms.key.to_string();
        let own =
            |row: &&NotSent| row.account == key && row.amount.currency() == total.rated.currency();
        let waiting = waiting.iter().filter(own).cloned().collect();
        explained.push(AccountExplained {
            customer: terms.customer.to_string(),
            name: terms.name.clone(),
            rated: total.rated,
            billed: total.billed,
            open: total.open,
            lines: bills.rated.explain(total.lines, &key),
            documents: total.documents,
            waiting,
            account_key: key,
        });
    }
    let end = period.period().to();
    Ok(TotalExplained {
        pipeline: wired.pipeline.name.clone(),
        billing_period: period.id(),
        not_ended: (end > session.now).then_some(end),
        closed: closed(&session.store, wired.id, &period.id())
            .await
            .map_err(store_error)?,
        in_grace_until: grace::lasts_until(wired.pipeline, period, session.now)
            .filter(|_| end <= session.now),
        ledger: ledger.map(ToOwned::to_owned),
        totals: summed(&explained).map_err(|source| ExplainError::Total {
            account: "all accounts".to_owned(),
            period: period.id(),
            source: source.into(),
        })?,
        accounts: explained,
    })
}

pub(super) fn asked(
    wired: &Wired<'_>,
    whose: &Whose,
    accounts: &BTreeMap<AccountId, AccountTerms>,
) -> Result<BTreeSet<AccountId>, ExplainError> {
    match whose {
        Whose::Account(name) => Ok(BTreeSet::from([account_named(wired, name, accounts)?])),
        Whose::Customer(name) => {
            let customer = customer_named(wired, name, accounts)?;
            let own = accounts
                .iter()
                .filter(|(_, terms)| terms.customer == customer);
            Ok(own.map(|(id, _)| *id).collect())
        }
    }
}

struct Bills {
    totals: Vec<Total>,
    rated: RatedNow,
}

struct RatedNow {
    charges: BTreeMap<ChargeKey, Charge>,
    extremes: Option<Extremes>,
    intervals: Vec<Interval>,
}

/// The period rated from everything that is known now, beside what the ledger holds of it.
async fn bills(
    session: &Session,
    wired: &Wired<'_>,
    terms: &Versions,
    period: &BillingPeriod,
    asked: &BTreeSet<AccountId>,
) -> Result<Bills, ExplainError> {
    let cutoff = session.store.cutoff().await.map_err(store_error)?;
    let placing = (period, Placing::Explained);
    let rated = rate_placed(session, wired, terms, placing, cutoff, Detail::Resources).await?;
    let extremes = extremes(session, wired, terms, &rated, cutoff).await?;
    let documents = terms.confirmed(wired, &latest_of(session, wired, period).await?);
    let mut all = Vec::new();
    for account in asked {
        let own = totals(*account, &rated.rated.charges, &documents);
        all.extend(own.map_err(|source| does_not_add_up(wired, *account, period, source))?);
    }
    let charges = rated.rated.charges.into_iter();
    let charges = charges.filter(|charge| asked.contains(&charge.key.account));
    Ok(Bills {
        totals: all,
        rated: RatedNow {
            charges: charges.map(|charge| (charge.key.clone(), charge)).collect(),
            extremes,
            intervals: rated.intervals,
        },
    })
}

pub(super) fn does_not_add_up(
    wired: &Wired<'_>,
    account: AccountId,
    period: &BillingPeriod,
    source: TotalError,
) -> ExplainError {
    let key = wired.known.accounts.get(&account);
    ExplainError::Total {
        account: key.map_or_else(|| account.to_string(), ToString::to_string),
        period: period.id(),
        source,
    }
}

/// The name of the sink that says what is billed.
pub(super) fn ledger<'w>(wired: &'w Wired<'_>) -> Option<&'w str> {
    let mut sinks = wired.sinks.iter();
    let ledger = sinks.find(|(_, sink)| sink.role == Role::Ledger);
    ledger.map(|(_, sink)| sink.name.as_str())
}

/// What the ledger confirmed for a period.
pub(super) async fn latest_of(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
) -> Result<Vec<Counterfoil>, ExplainError> {
    let mut counterfoils = Vec::new();
    let ledgers = wired.sinks.iter();
    for (id, _) in ledgers.filter(|(_, sink)| sink.role == Role::Ledger) {
        let kept = session.store.counterfoils_of(wired.id, *id).await;
        let of_period = kept.map_err(store_error)?.into_iter();
        counterfoils
            .extend(of_period.filter(|one| one.delivery.slot.billing_period == period.id()));
    }
    Ok(counterfoils)
}

impl RatedNow {
    fn explain(&self, lines: Vec<TotalLine>, account: &str) -> Vec<TotalLineExplained> {
        let intervals: HashMap<IntervalId, &Interval> =
            self.intervals.iter().map(|one| (one.id, one)).collect();
        let extremes = self.extremes.as_ref();
        let explained = lines.into_iter().map(|of_total| {
            let charge = self.charges.get(&of_total.charge);
            let rated_line = charge.map(|charge| {
                let nets = extremes.and_then(|extremes| extremes.nets(&charge.key));
                line(
                    charge,
                    (account.to_owned(), nets),
                    Detail::Lines,
                    &intervals,
                )
            });
            TotalLineExplained {
                line: of_total,
                rated_line,
            }
        });
        explained.collect()
    }
}

fn summed(accounts: &[AccountExplained]) -> Result<Vec<Summed>, MoneyError> {
    let sums = |of: fn(&AccountExplained) -> Money| {
        Money::by_currency(accounts.iter().map(of)).collect::<Result<Vec<Money>, _>>()
    };
    let rated = sums(|one| one.rated)?;
    let billed = sums(|one| one.billed)?;
    let both = rated.into_iter().zip(billed);
    both.map(|(rated, billed)| {
        Ok(Summed {
            rated,
            billed,
            open: rated.checked_sub(billed)?,
        })
    })
    .collect()
}

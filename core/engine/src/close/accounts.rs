//! What a period is for accounts that have calendars of their own: which period of theirs is covered, and the months that it
//! spans besides.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::close::ClosedAccount;
use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::ids::AccountId;
use counterfoil_model::ownership::Ownership;
use counterfoil_model::rate::AccountPeriod;
use counterfoil_model::time::{BillingPeriod, Period};

use super::error::CloseError;
use crate::rating::{PeriodRated, account_periods};
use crate::session::{Session, Wired};
use crate::terms::Versions;

/// Of the accounts that own anything, or are billed.
pub(super) fn accounts(
    (wired, versions): (&Wired<'_>, &Versions),
    rated: &PeriodRated,
) -> Vec<ClosedAccount> {
    let held = held(rated);
    let charged = rated.rated.charges.iter().map(|one| one.key.account);
    let known: BTreeSet<AccountId> = held.keys().copied().chain(charged).collect();
    let mut due: Vec<(BillingPeriod, BTreeSet<AccountId>)> = Vec::new();
    let mut closed = Vec::new();
    for (account, periods) in account_periods(wired, versions, &rated.period) {
        if !known.contains(&account) {
            continue;
        }
        let times = held.get(&account).map_or(&[][..], Vec::as_slice);
        for period in periods {
            if matches!(period, AccountPeriod::Due(_)) {
                match due.iter_mut().find(|(one, _)| one == period.period()) {
                    Some((_, accounts)) => {
                        accounts.insert(account);
                    }
                    None => due.push((period.period().clone(), BTreeSet::from([account]))),
                }
            }
            closed.push((
                account,
                stated(wired, account, &period, (rated, times)),
                period,
            ));
        }
    }
    for (period, of) in &due {
        let mut balances = rated.account_balances((wired, versions), period, of);
        let own = closed.iter_mut().filter(|(account, _, one)| {
            of.contains(account) && matches!(one, AccountPeriod::Due(one) if one == period)
        });
        for (account, stated, _) in own {
            stated.kinds = balances.remove(account).unwrap_or_default();
        }
    }
    closed.into_iter().map(|(_, stated, _)| stated).collect()
}

fn stated(
    wired: &Wired<'_>,
    account: AccountId,
    period: &AccountPeriod,
    (rated, times): (&PeriodRated, &[Period]),
) -> ClosedAccount {
    let own = period.period();
    let (billed_with, spans) = match period {
        AccountPeriod::Due(_) => (None, spanned(own, &rated.period, times)),
        AccountPeriod::Later { billed_with, .. } => (Some(billed_with.clone()), Vec::new()),
    };
    ClosedAccount {
        account,
        key: wired.known.accounts.get(&account).cloned(),
        account_period: own.id(),
        period: own.period(),
        timezone: own.zone().iana_name().unwrap_or("UTC").to_owned(),
        billed_with,
        kinds: BTreeMap::new(),
        spans,
    }
}

/// When each account owned anything.
fn held(rated: &PeriodRated) -> BTreeMap<AccountId, Vec<Period>> {
    let mut held: BTreeMap<AccountId, Vec<Period>> = BTreeMap::new();
    for owned in &rated.owned {
        if let Ownership::Owned { owners, .. } = &*owned.ownership {
            for owner in owners {
                held.entry(owner.account).or_default().push(owned.period);
            }
        }
    }
    held
}

/// The earlier months of the pipeline in which an account owned anything in its own period.
fn spanned(own: &BillingPeriod, month: &BillingPeriod, times: &[Period]) -> Vec<String> {
    let mut spanned = Vec::new();
    let mut earlier = month.previous();
    while let Ok(one) = earlier {
        let Some(part) = one.period().intersect(own.period()) else {
            break;
        };
        // Days of another zone that touch the month before are told with this one.
        let is_spanned = one.first_day() >= own.first_day();
        let touches = |time: &Period| time.intersect(part).is_some();
        if is_spanned && times.iter().any(touches) {
            spanned.push(one.id());
        }
        earlier = one.previous();
    }
    spanned.reverse();
    spanned
}

/// A period of several months is explained when each of them is: what is in suspense is in the balance of its month alone.
pub(super) async fn months_open(
    session: &Session,
    wired: &Wired<'_>,
    accounts: &[ClosedAccount],
) -> Result<Vec<Finding>, CloseError> {
    let store_error = |source| CloseError::Store { source };
    let mut spanning: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for account in accounts {
        let key = account.key.as_ref();
        let key = key.map_or_else(|| account.account.to_string(), ToString::to_string);
        for month in &account.spans {
            let names = spanning.entry(month).or_default();
            names.push(format!("{} of {key}", account.account_period));
        }
    }
    if spanning.is_empty() {
        return Ok(Vec::new());
    }
    let certified = session.store.certified_periods(wired.id).await;
    let certified = certified.map_err(store_error)?;
    let open = spanning
        .into_iter()
        .filter(|(month, _)| !certified.iter().any(|one| one == month));
    let finding = |(month, names): (&str, Vec<String>)| Finding {
        code: FindingCode::NotClosed,
        severity: Severity::Warning,
        subject: month.to_owned(),
        message: format!(
            "{month} is not closed, and this close covers {}.",
            names.join(", ")
        ),
        next_step: format!("close it first: counterfoil close --period {month} --by NAME"),
        value: None,
        since: None,
    };
    Ok(open.map(finding).collect())
}

//! Settings that no date of their own bounds: what was issued would be another bill under them. They stay as they are.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::ids::{AccountId, AccountKey};
use counterfoil_model::time::Date;

use crate::config::TermsBody;

/// A setting that was another one when documents were issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// From the root of the configuration.
    pub path: Vec<String>,
    /// For people.
    pub setting: String,
    pub before: String,
    pub now: String,
    pub hint: String,
}

/// An account whose currency the files have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redenominated {
    pub(crate) account: AccountId,
    pub(crate) fixed: Fixed,
}

/// The zone and the opening cut every period, also those that are closed.
pub(crate) fn of_pipeline(pipeline: &str, before: &TermsBody, now: &TermsBody) -> Option<Fixed> {
    let (Some(was), Some(is)) = (&before.timezone, &now.timezone) else {
        return None;
    };
    let fixed = |setting: &str, before: String, now: String| {
        let hint = format!(
            "what was issued would be cut otherwise and credited: set `{setting}` back to {before}; for other months or \
             another opening, begin a new pipeline"
        );
        Fixed {
            path: ["pipeline", pipeline, setting].map(str::to_owned).into(),
            setting: setting.to_owned(),
            before,
            now,
            hint,
        }
    };
    if was != is {
        return Some(fixed("timezone", was.clone(), is.clone()));
    }
    let shown = |day: Option<Date>| day.map_or_else(|| "absent".to_owned(), |day| day.to_string());
    (before.bill_from != now.bill_from)
        .then(|| fixed("bill_from", shown(before.bill_from), shown(now.bill_from)))
}

/// Accounts with another currency than in the last version that had them. The oldest version comes first.
pub(crate) fn redenominated<'a>(
    versions: impl DoubleEndedIterator<Item = &'a TermsBody>,
    now: &TermsBody,
    ids: &BTreeMap<AccountKey, AccountId>,
) -> Vec<Redenominated> {
    let id = |key: &str| ids.get(&AccountKey::from(key)).copied();
    let mut last: BTreeMap<AccountId, &str> = BTreeMap::new();
    for body in versions.rev() {
        for (key, account) in &body.classify.account {
            if let Some(account_id) = id(key) {
                last.entry(account_id).or_insert(&account.currency);
            }
        }
    }
    let mut changed = Vec::new();
    for (key, account) in &now.classify.account {
        let former = account.renamed_from.as_deref();
        let Some(account_id) = id(key).or_else(|| former.and_then(id)) else {
            continue;
        };
        let (Some(before), currency) = (last.get(&account_id), &account.currency) else {
            continue;
        };
        if before != currency {
            changed.push(Redenominated {
                account: account_id,
                fixed: of_account(key, before, currency, account.customer.as_deref()),
            });
        }
    }
    changed
}

fn of_account(key: &str, before: &str, now: &str, customer: Option<&str>) -> Fixed {
    let customer = customer.unwrap_or(key);
    let hint = format!(
        "what was issued in {before} would be credited and billed anew: set it back to {before}. For {now} from a day on, end the \
         agreement of `{key}` (`agreement = [{{ to = DAY }}]`) and add another account with `customer = \"{customer}\"`, \
         `currency = \"{now}\"` and `agreement = [{{ from = DAY }}]`; where {before} was a mistake, void what was issued in the sink \
         and accept that with `counterfoil reconcile --accept-void`"
    );
    Fixed {
        path: ["account", key, "currency"].map(str::to_owned).into(),
        setting: format!("currency` of account `{key}"),
        before: before.to_owned(),
        now: now.to_owned(),
        hint,
    }
}

/// The first of them to whom something was issued.
pub(crate) fn of_issued(
    changed: Vec<Redenominated>,
    issued: &BTreeSet<AccountId>,
) -> Option<Fixed> {
    let mut changed = changed.into_iter();
    let issued = changed.find(|one| issued.contains(&one.account));
    issued.map(|one| one.fixed)
}

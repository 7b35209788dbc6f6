//! What was stored, under the names that the files give to it now.

use std::collections::BTreeMap;

use counterfoil_model::ids::{AccountId, AccountKey};
use counterfoil_model::problem::Review;
use counterfoil_model::time::{BillingPeriod, Instant, TimeZone};

use super::Past;
use crate::config::TermsBody;
use crate::terms::names::unsaid;
use crate::terms::under_last_names;

/// The stored versions, and what is to be said of names: those that cannot be what they say that they were, and new ones that may
/// be of what is gone.
pub(super) fn united(
    written: &TermsBody,
    past: &Past,
) -> (Vec<(Option<Instant>, TermsBody)>, Review) {
    let mut review = Review::default();
    let id = |key: &str| past.accounts.get(&AccountKey::from(key)).copied();
    let accounts = written.classify.account.iter();
    let keys: BTreeMap<AccountId, AccountKey> = accounts
        .filter_map(|(key, account)| {
            let known = id(key).or_else(|| account.renamed_from.as_deref().and_then(id));
            Some((known?, AccountKey::from(key.as_str())))
        })
        .collect();
    let (starts, stored): (Vec<_>, Vec<_>) = past.versions.iter().cloned().unzip();
    let mut bodies = [stored, vec![written.clone()]].concat();
    if let Err(problem) = under_last_names(&mut bodies, |key| keys.get(&id(key)?).cloned()) {
        review.errors.push(problem);
        return (Vec::new(), review);
    }
    // A day of a month: its zone makes no difference here.
    let issued = past.issued.iter().max();
    let issued = issued.and_then(|last| BillingPeriod::parse(last, TimeZone::UTC).ok());
    review.warnings = unsaid(&bodies, issued.map(|month| month.last_day()));
    bodies.pop();
    (starts.into_iter().zip(bodies).collect(), review)
}

//! What rating needs of accounts, and when their agreements were signed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use counterfoil_model::classify::{Agreement, one_each};
use counterfoil_model::ids::{AccountId, AccountKey, AgreementKey};
use counterfoil_model::language::Spoken;
use counterfoil_model::price::{PriceBook, Signing};
use counterfoil_model::rate::{AccountTerms, HeldAgreement, renewals};
use counterfoil_model::time::{Period, Validity};
use counterfoil_model::validity::segments;

use crate::session::Wired;
use crate::terms::{Versions, directory};

/// Of every account that any version knows; the newest words win.
pub fn account_terms(wired: &Wired<'_>, versions: &Versions) -> BTreeMap<AccountId, AccountTerms> {
    let directory = directory(wired);
    let mut accounts = BTreeMap::new();
    for version in &versions.versions {
        for account in &version.terms.classification.accounts {
            if let Some(id) = directory.accounts.get(&account.key) {
                let key = wired.known.accounts.get(id).unwrap_or(&account.key);
                let terms = AccountTerms {
                    key: key.clone(),
                    name: account.name.clone(),
                    customer: account.customer.clone(),
                    currency: account.currency,
                    signings: Vec::new(),
                    renewals: Vec::new(),
                    spoken: Spoken {
                        issuer: Some(wired.pipeline.issuer.language.tag()),
                        ..account.documents.spoken.clone()
                    },
                };
                accounts.insert(*id, terms);
            }
        }
    }
    accounts
}

/// With the agreements that follow one another, and when they were signed where a price asks for it, as it is said of the stretch
/// of time.
pub fn signing_terms(
    wired: &Wired<'_>,
    versions: &Versions,
    period: Period,
) -> BTreeMap<AccountId, AccountTerms> {
    let mut accounts = account_terms(wired, versions);
    let mut books = versions.versions.iter().map(|one| &one.terms.price_book);
    let asks_signing = books.any(PriceBook::asks_signing);
    if !asks_signing && !has_several(versions) {
        return accounts;
    }
    let agreements: Vec<_> = versions
        .versions
        .iter()
        .map(|version| version.project(|terms| terms.classification.agreements.as_slice()))
        .collect();
    let directory = directory(wired);
    let mut held_by: BTreeMap<AccountId, Vec<HeldAgreement>> = BTreeMap::new();
    for segment in segments::<Arc<Agreement>, _>(&agreements, period) {
        let (from, to) = (segment.period.from(), segment.period.to());
        let validity = Validity {
            from: (from > period.from()).then_some(from),
            to: (to < period.to()).then_some(to),
        };
        for agreement in one_each(&segment.items) {
            let Some(&id) = directory.accounts.get(&agreement.account) else {
                continue;
            };
            if let (Some(terms), Some(signed), true) =
                (accounts.get_mut(&id), agreement.signed, asks_signing)
            {
                terms.signings.push(Signing {
                    agreement: agreement.key.clone(),
                    validity,
                    signed,
                });
            }
            held_by.entry(id).or_default().push(HeldAgreement {
                agreement: agreement.key.clone(),
                validity,
                plan: agreement.plan.clone(),
            });
        }
    }
    for (id, held) in held_by {
        if let Some(terms) = accounts.get_mut(&id) {
            terms.renewals = renewals(held);
        }
    }
    for terms in accounts.values_mut() {
        joined(&mut terms.signings);
    }
    accounts
}

/// Has any account more than one agreement, at any time?
fn has_several(versions: &Versions) -> bool {
    let mut known: HashMap<&AccountKey, &AgreementKey> = HashMap::new();
    let mut agreements = versions
        .versions
        .iter()
        .flat_map(|version| &version.terms.classification.agreements);
    agreements.any(|one| *known.entry(&one.account).or_insert(&one.key) != &one.key)
}

/// Stretches that say the same are one, so that they cut no charge.
fn joined(signings: &mut Vec<Signing>) {
    signings.sort_by(|a, b| {
        let key = |one: &Signing| (one.validity.from, one.validity.to);
        a.agreement
            .cmp(&b.agreement)
            .then_with(|| key(a).cmp(&key(b)))
    });
    signings.dedup_by(|next, last| {
        let goes_on = next.agreement == last.agreement
            && next.signed == last.signed
            && next.validity.from == last.validity.to;
        if goes_on {
            last.validity.to = next.validity.to;
        }
        goes_on
    });
}

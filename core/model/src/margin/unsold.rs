//! Costs are those of everything that runs: what nobody pays for gets owners of its own, so that the one rating gives its cost.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use num_traits::One;

use super::NotSold;
use crate::decimal::Rational;
use crate::ids::{AccountId, AccountKey, AgreementKey, CustomerKey, IntervalId, ServiceKey};
use crate::money::Currency;
use crate::ownership::{OwnedInterval, Owner, Ownership};
use crate::rate::AccountTerms;
use crate::time::Instant;

/// The store gives numbers from 1 on.
const NOBODY: [(NotSold, AccountId); 2] = [
    (NotSold::NonBillable, AccountId(-1)),
    (NotSold::Suspense, AccountId(-2)),
];

/// Everything with an owner, in the currency of the costs.
#[derive(Debug)]
pub struct Costed {
    pub owned: Vec<OwnedInterval>,
    pub accounts: BTreeMap<AccountId, AccountTerms>,
}

/// What of it has no owner gets one that stands for nobody.
pub fn costed(
    owned: &[OwnedInterval],
    accounts: &BTreeMap<AccountId, AccountTerms>,
    currency: Currency,
) -> Costed {
    let nobody = NOBODY.map(|(not_sold, account)| (not_sold, Arc::new(ownership(account))));
    let instead = |owned: &OwnedInterval| {
        let wanted = match &*owned.ownership {
            Ownership::Owned { .. } => return None,
            Ownership::NonBillable(_) => NotSold::NonBillable,
            Ownership::Suspended(_) => NotSold::Suspense,
        };
        let (_, ownership) = nobody.iter().find(|(not_sold, _)| *not_sold == wanted)?;
        Some(Arc::clone(ownership))
    };
    let owned = owned.iter().map(|owned| OwnedInterval {
        ownership: instead(owned).unwrap_or_else(|| Arc::clone(&owned.ownership)),
        ..owned.clone()
    });
    let mut terms: BTreeMap<AccountId, AccountTerms> = BTreeMap::new();
    for (id, own) in accounts {
        let currency_of_cost = AccountTerms {
            currency,
            ..own.clone()
        };
        terms.insert(*id, currency_of_cost);
    }
    for (_, id) in NOBODY {
        let nobody = AccountTerms {
            key: AccountKey::from("nobody"),
            name: String::new(),
            customer: CustomerKey::from("nobody"),
            currency,
            signings: Vec::new(),
            renewals: Vec::new(),
            spoken: crate::language::Spoken::default(),
        };
        terms.insert(id, nobody);
    }
    Costed {
        owned: owned.collect(),
        accounts: terms,
    }
}

fn ownership(account: AccountId) -> Ownership {
    Ownership::Owned {
        owners: vec![Owner {
            customer: CustomerKey::from("nobody"),
            account,
            agreement: AgreementKey::from("nobody"),
            share: Rational::one(),
        }],
        service: None,
        plan: None,
    }
}

/// Is it nobody's, and why?
pub(super) fn not_sold(account: AccountId) -> Option<NotSold> {
    let found = NOBODY.iter().find(|(_, nobody)| *nobody == account);
    found.map(|(not_sold, _)| *not_sold)
}

/// Whose service each stretch of an interval is.
pub(super) struct Services<'a>(HashMap<IntervalId, Vec<&'a OwnedInterval>>);

impl<'a> Services<'a> {
    pub(super) fn of(owned: &'a [OwnedInterval]) -> Self {
        let mut services: HashMap<_, Vec<&OwnedInterval>> = HashMap::new();
        for one in owned {
            services.entry(one.interval).or_default().push(one);
        }
        Self(services)
    }

    pub(super) fn at(&self, interval: IntervalId, at: Instant) -> Option<&'a ServiceKey> {
        let stretches = self.0.get(&interval)?;
        let stretch = stretches.iter().find(|one| one.period.contains(at))?;
        match &*stretch.ownership {
            Ownership::Owned { service, .. } => service.as_ref(),
            Ownership::NonBillable(_) | Ownership::Suspended(_) => None,
        }
    }
}

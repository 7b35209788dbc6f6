//! Which agreements of an account follow one another: rows say only what each one has.

use std::collections::BTreeMap;

use counterfoil_model::agreed::Agreed;
use counterfoil_model::ids::{AccountId, AgreementKey, PlanKey};
use counterfoil_model::ownership::{OwnedInterval, Ownership};
use counterfoil_model::rate::{AccountTerms, HeldAgreement, renewals};
use counterfoil_model::time::{Period, Validity};

/// What an agreement has in the rows.
struct Had {
    period: Period,
    /// Where all of it has the same.
    plan: Option<PlanKey>,
}

/// The accounts with the agreements that follow one another: each holds from its first row on, until the next one does.
pub(super) fn with_renewals(
    accounts: &BTreeMap<AccountId, AccountTerms>,
    owned: &[OwnedInterval],
    agreed: &Agreed,
) -> BTreeMap<AccountId, AccountTerms> {
    let mut had: BTreeMap<AccountId, BTreeMap<&AgreementKey, Had>> = BTreeMap::new();
    let mut add = |account: AccountId, agreement, period: Period, plan: &Option<PlanKey>| {
        let own = had.entry(account).or_default();
        let known = own.entry(agreement).or_insert_with(|| Had {
            period,
            plan: plan.clone(),
        });
        known.period = known.period.hull(period);
        if known.plan != *plan {
            known.plan = None;
        }
    };
    for one in owned {
        if let Ownership::Owned { owners, plan, .. } = &*one.ownership {
            for owner in owners {
                add(owner.account, &owner.agreement, one.period, plan);
            }
        }
    }
    for placed in &agreed.quantities {
        add(
            placed.account,
            &placed.agreement,
            placed.period,
            &placed.plan,
        );
    }
    let mut accounts = accounts.clone();
    for (account, had) in had {
        let Some(terms) = accounts.get_mut(&account).filter(|_| had.len() > 1) else {
            continue;
        };
        let held = had.into_iter().map(|(agreement, had)| HeldAgreement {
            agreement: agreement.clone(),
            validity: Validity {
                from: Some(had.period.from()),
                to: Some(had.period.to()),
            },
            plan: had.plan,
        });
        terms.renewals = renewals(held);
        for place in 1..terms.renewals.len() {
            let (before, after) = terms.renewals.split_at_mut(place);
            if let (Some(last), Some(next)) = (before.last_mut(), after.first())
                && last.first == next.first
            {
                last.validity.to = next.validity.from;
            }
        }
    }
    accounts
}

//! From what the rules say to an owner at an instant, with the account, the agreement and the reasons.

use std::sync::Arc;

use num_traits::One;

use super::decide::{Claim, Verdict};
use super::index::RuleNumber;
use super::standing::{Billing, Register, Standing};
use super::terms::{Defaults, Exemption, OwnerShare, Rule, Target};
use crate::decimal::Rational;
use crate::ids::{AccountKey, CustomerKey, PlanKey, ServiceKey};
use crate::ownership::{Because, Decision, Owner, Ownership, RuleMention, Suspense, Winner};
use crate::time::Instant;

/// Everything that holds in a stretch of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) rules: &'a [Arc<Rule>],
    pub(super) standing: &'a Standing,
    pub(super) defaults: &'a Defaults,
    pub(super) register: &'a Register,
}

/// Owners with the plan that their agreements say.
type Owners = (Vec<Owner>, Option<PlanKey>);

impl Context<'_> {
    pub(super) fn outcome(&self, verdict: &Verdict, instant: Instant) -> (Ownership, Because) {
        let mut because = Because::default();
        let mut claims = verdict
            .claims
            .iter()
            .filter(|(number, claim)| self.holds(*number, claim, instant));
        let first = claims.next();
        if let Some(suspense) = self.failure(verdict, first, instant) {
            return (Ownership::Suspended(suspense), because);
        }
        let Some((winner, claim)) = first else {
            let ownership = match &self.defaults.customer {
                Some(customer) => {
                    let decision = decided(customer, Winner::Default);
                    because.targets.insert("customer", decision);
                    self.owned(
                        verdict,
                        self.customer(customer, verdict, &mut because),
                        &mut because,
                    )
                }
                // What it is for is said all the same: it tells what it may be worth.
                None => self.owned(verdict, Err(Suspense::NoCustomer), &mut because),
            };
            return (ownership, because);
        };
        let losers = claims.filter(|(number, _)| number != winner);
        let losers = losers.map(|(number, claim)| (*number, self.claimed(*number, claim)));
        let decision = self.decision(*winner, self.claimed(*winner, claim), losers);
        let target = match claim {
            Claim::NonBillable => "non_billable",
            Claim::Customer(_) | Claim::Owners | Claim::AccountOf(_) => "customer",
        };
        because.targets.insert(target, decision);
        let owners = match claim {
            Claim::NonBillable => {
                let terms = self.exemption(*winner).terms.clone();
                return (Ownership::NonBillable(terms), because);
            }
            Claim::Customer(customer) => self.customer(customer, verdict, &mut because),
            Claim::AccountOf(account) => match self.customer_of(account) {
                Some(customer) => self.customer(customer.as_str(), verdict, &mut because),
                None => Err(Suspense::UnknownCustomer {
                    customer: account.clone(),
                }),
            },
            Claim::Owners => self.shared(self.owners(*winner)),
        };
        (self.owned(verdict, owners, &mut because), because)
    }

    /// A rule that cannot be evaluated leaves open what it would have set, unless an earlier rule says it. Then nobody can
    /// be billed: not the customer that a later rule names, nor under the plan of one.
    fn failure(
        &self,
        verdict: &Verdict,
        winner: Option<&(RuleNumber, Claim)>,
        instant: Instant,
    ) -> Option<Suspense> {
        let is_before =
            |number: RuleNumber, said: Option<RuleNumber>| said.is_none_or(|said| number < said);
        let first = |said: &[(RuleNumber, String)]| said.first().map(|(number, _)| *number);
        let is_exempt = winner.is_some_and(|(_, claim)| *claim == Claim::NonBillable);
        let winner = winner.map(|(number, _)| *number);
        let is_open = |number: RuleNumber| {
            let actions = &self.rules[number].actions;
            let exempts =
                actions.non_billable.is_some() && self.holds(number, &Claim::NonBillable, instant);
            let claims = exempts
                || actions.customer.is_some()
                || actions.owners.is_some()
                || actions.account.is_some();
            let sets = |target: &Option<Target>, said: &[(RuleNumber, String)]| {
                target.is_some() && is_before(number, first(said))
            };
            let is_billed_otherwise = sets(&actions.account, &verdict.account)
                || sets(&actions.service, &verdict.service)
                || sets(&actions.plan, &verdict.plan);
            (claims && is_before(number, winner)) || (!is_exempt && is_billed_otherwise)
        };
        let (number, reason) = verdict.failed.iter().find(|(number, _)| is_open(*number))?;
        let rule = &self.rules[*number];
        Some(Suspense::RuleFailed {
            rule: rule.label.to_string(),
            place: rule.place.to_string(),
            failure: reason.clone(),
        })
    }

    /// When the exemptions end.
    pub(super) fn boundaries(&self, verdict: &Verdict) -> Vec<Instant> {
        let exempted = verdict
            .claims
            .iter()
            .filter(|(_, claim)| *claim == Claim::NonBillable);
        let failed = verdict.failed.iter();
        let failed =
            failed.filter_map(|(number, _)| self.rules[*number].actions.non_billable.as_ref());
        exempted
            .filter_map(|(number, _)| self.exemption(*number).ends)
            .chain(failed.filter_map(|exemption| exemption.ends))
            .collect()
    }

    fn exemption(&self, number: RuleNumber) -> &Exemption {
        let exemption = self.rules[number].actions.non_billable.as_ref();
        exemption.expect("only a rule with an exemption claims one")
    }

    fn owners(&self, number: RuleNumber) -> &[OwnerShare] {
        let owners = self.rules[number].actions.owners.as_deref();
        owners.expect("only a rule with owners claims them")
    }

    fn holds(&self, number: RuleNumber, claim: &Claim, instant: Instant) -> bool {
        match claim {
            Claim::NonBillable => {
                let ends = self.exemption(number).ends;
                ends.is_none_or(|ends| instant < ends)
            }
            Claim::Customer(_) | Claim::Owners | Claim::AccountOf(_) => true,
        }
    }

    /// The claim for people.
    fn claimed(&self, number: RuleNumber, claim: &Claim) -> String {
        match claim {
            Claim::NonBillable => self.exemption(number).terms.reason.clone(),
            Claim::Customer(customer) => customer.clone(),
            Claim::AccountOf(account) => {
                let customer = self.customer_of(account);
                customer.map_or_else(|| account.clone(), ToString::to_string)
            }
            Claim::Owners => {
                let owners = self.owners(number).iter();
                let shown = owners.map(|owner| format!("{} {}", owner.customer, owner.share_text));
                shown.collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// Whose account it is then, else whose it was last.
    fn customer_of(&self, account: &str) -> Option<&CustomerKey> {
        let key = self.register.account(account);
        let then = self.standing.customer_of(&key);
        then.or_else(|| self.register.customer_of(&key))
    }

    fn customer(
        &self,
        customer: &str,
        verdict: &Verdict,
        because: &mut Because,
    ) -> Result<Owners, Suspense> {
        let named = verdict.account.iter().map(|(_, account)| account.as_str());
        let (billing, position) = self.standing.billing(self.register, customer, named)?;
        if let Some((number, account)) = position.and_then(|index| verdict.account.get(index)) {
            let others = verdict.account.iter().filter(|(other, _)| other > number);
            let decision = self.decision(*number, account.clone(), others.cloned());
            because.targets.insert("account", decision);
        }
        Ok((vec![owner(billing, Rational::one())], billing.plan.clone()))
    }

    fn shared(&self, shares: &[OwnerShare]) -> Result<Owners, Suspense> {
        let mut owners = Vec::with_capacity(shares.len());
        let mut plans = Vec::with_capacity(shares.len());
        for share in shares {
            let named = share.account.iter().map(AccountKey::as_str);
            let customer = share.customer.as_str();
            let (billing, _) = self.standing.billing(self.register, customer, named)?;
            owners.push(owner(billing, share.share.clone()));
            plans.push(billing.plan.clone());
        }
        plans.dedup();
        // A resource has one plan: where the agreements differ, a rule or the default must say it.
        let plan = if plans.len() == 1 {
            plans.pop().flatten()
        } else {
            None
        };
        Ok((owners, plan))
    }

    fn owned(
        &self,
        verdict: &Verdict,
        owners: Result<Owners, Suspense>,
        because: &mut Because,
    ) -> Ownership {
        let (owners, agreed) = match owners {
            Ok((owners, agreed)) => (Ok(owners), agreed),
            Err(suspense) => (Err(suspense), None),
        };
        let mut settle =
            |target: &'static str, said: &[(RuleNumber, String)], others: Option<Decision>| {
                let decision = match said.split_first() {
                    Some(((number, value), losers)) => {
                        Some(self.decision(*number, value.clone(), losers.iter().cloned()))
                    }
                    None => others,
                }?;
                let value = decision.value.clone();
                because.targets.insert(target, decision);
                Some(value)
            };
        let default = |value: &Option<String>| {
            let value = value.as_deref()?;
            Some(decided(value, Winner::Default))
        };
        let agreed = agreed.map(|plan| decided(plan.as_str(), Winner::Agreement));
        let service = settle("service", &verdict.service, default(&self.defaults.service));
        let plan = agreed.or_else(|| default(&self.defaults.plan));
        let plan = settle("plan", &verdict.plan, plan);
        match owners {
            Ok(owners) => Ownership::Owned {
                owners,
                service: service.map(ServiceKey),
                plan: plan.map(PlanKey),
            },
            Err(suspense) => Ownership::Suspended(suspense),
        }
    }

    fn decision(
        &self,
        winner: RuleNumber,
        value: String,
        losers: impl Iterator<Item = (RuleNumber, String)>,
    ) -> Decision {
        let mut losers: Vec<(RuleNumber, String)> = losers.collect();
        // A rule that exempts and names a customer loses once.
        losers.dedup_by_key(|(number, _)| *number);
        Decision {
            value: value.clone(),
            winner: Winner::Rule(self.mention(winner, value)),
            losers: losers
                .into_iter()
                .map(|(number, value)| self.mention(number, value))
                .collect(),
        }
    }

    fn mention(&self, number: RuleNumber, value: String) -> RuleMention {
        let rule = &self.rules[number];
        RuleMention {
            rule: rule.label.clone(),
            place: rule.place.clone(),
            value,
        }
    }
}

fn decided(value: &str, winner: Winner) -> Decision {
    Decision {
        value: value.to_owned(),
        winner,
        losers: Vec::new(),
    }
}

fn owner(billing: &Billing, share: Rational) -> Owner {
    Owner {
        customer: billing.customer.clone(),
        account: billing.account,
        agreement: billing.agreement.clone(),
        share,
    }
}

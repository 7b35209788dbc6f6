//! Checks what a rule sets.

use std::collections::BTreeSet;

use num_traits::{One, Signed};

use super::Known;
use super::declared::Declared;
use crate::classify::config::{NonBillableConfig, OwnerConfig, RuleConfig};
use crate::classify::facts::Key;
use crate::classify::terms::{Actions, Exemption, OwnerShare, Target};
use crate::classify::written::TargetConfig;
use crate::decimal::{Decimal, Rational};
use crate::ids::{AccountKey, CustomerKey};
use crate::ownership::NonBillable;
use crate::problem::Problem;
use crate::time::TimeZone;

pub(super) fn resolve(
    rule: &RuleConfig,
    zone: &TimeZone,
    known: &Known<'_>,
    declared: Declared<'_>,
    problems: &mut Vec<Problem>,
) -> Actions {
    let set = &rule.set;
    let mut own = Vec::new();
    let mut target = |config: &Option<TargetConfig>, name: &str| {
        let config = config.as_ref()?;
        Some(resolve_target(config, name, known, declared, &mut own))
    };
    let customer = target(&set.customer, "customer");
    let account = target(&set.account, "account");
    let service = target(&set.service, "service");
    let plan = target(&set.plan, "plan");
    let owners = set.owners.as_ref();
    let owners = owners.map(|owners| resolve_owners(owners, known, &mut own));
    let exemption = set.non_billable.as_ref();
    let non_billable = exemption.map(|config| resolve_exemption(config, rule, zone, &mut own));
    let actions = Actions {
        non_billable,
        customer,
        owners,
        account,
        service,
        plan,
    };
    check_together(&actions, known, &mut own);
    problems.extend(own.into_iter().map(|problem| problem.below(["set"])));
    actions
}

fn resolve_target(
    config: &TargetConfig,
    name: &str,
    known: &Known<'_>,
    declared: Declared<'_>,
    problems: &mut Vec<Problem>,
) -> Target {
    let mut check = |value: &str, path: &[&str]| match name {
        "customer" => known.check_customer(value, path, problems),
        "account" => known.check_account(value, path, problems),
        _ if value.is_empty() => {
            let message = format!("the {name} is empty");
            problems.push(Problem::new(path.iter().copied(), message));
        }
        _ => {}
    };
    match config {
        TargetConfig::Literal(value) => {
            check(value, &[name]);
            Target::Literal(value.clone())
        }
        TargetConfig::Copied { from, map } => {
            for (value, mapped) in map.iter().flatten() {
                check(mapped, &[name, "map", value]);
            }
            let key = Key::named(from);
            declared.check(&key, &[name, "from"], problems);
            Target::Copied {
                key,
                map: map.clone(),
            }
        }
    }
}

fn resolve_owners(
    owners: &[OwnerConfig],
    known: &Known<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<OwnerShare> {
    let mut resolved = Vec::with_capacity(owners.len());
    let mut met = BTreeSet::new();
    let mut readable = true;
    for (index, owner) in owners.iter().enumerate() {
        let position = index.to_string();
        let path = |key| ["owners", position.as_str(), key];
        known.check_customer(&owner.customer, &path("customer"), problems);
        if let Some(account) = &owner.account {
            known.check_account(account, &path("account"), problems);
            check_account_of(known, account, &owner.customer, &path("account"), problems);
        }
        if !met.insert((&owner.customer, &owner.account)) {
            let message = format!("the customer `{}` is there twice", owner.customer);
            problems.push(Problem::new(path("customer"), message));
        }
        let Some(share) = read_share(&owner.share) else {
            readable = false;
            let message = format!(
                "`{}` is no share; expected a fraction such as 1/3 or a decimal such as 0.25",
                owner.share
            );
            problems.push(Problem::new(path("share"), message));
            continue;
        };
        resolved.push(OwnerShare {
            customer: CustomerKey::from(owner.customer.as_str()),
            account: owner.account.as_deref().map(AccountKey::from),
            share,
            share_text: owner.share.clone(),
        });
    }
    let sum: Rational = resolved.iter().map(|owner| &owner.share).sum();
    if readable && !sum.is_one() {
        let message = format!("the shares sum to {sum}; expected exactly 1");
        problems.push(Problem::new(["owners"], message));
    }
    resolved
}

/// Greater than nothing.
fn read_share(text: &str) -> Option<Rational> {
    let whole = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| digits)
    };
    let share = match text.split_once('/') {
        Some((parts, of)) => {
            let (parts, of) = (whole(parts)?, whole(of)?);
            (of > 0).then(|| Rational::new(parts.into(), of.into()))?
        }
        None => text.parse::<Decimal>().ok()?.to_rational(),
    };
    share.is_positive().then_some(share)
}

fn resolve_exemption(
    config: &NonBillableConfig,
    rule: &RuleConfig,
    zone: &TimeZone,
    problems: &mut Vec<Problem>,
) -> Exemption {
    for (text, name) in [(&config.reason, "reason"), (&config.owner, "owner")] {
        if text.trim().is_empty() {
            let message =
                format!("the {name} is empty: somebody must answer for what is not billed");
            problems.push(Problem::new(["non_billable", name], message));
        }
    }
    let path = ["non_billable", "until"];
    let until = config.until.as_ref();
    let date = until.and_then(|until| read(until.date(&path), problems));
    // A date that can be read and has no midnight is told here; an unreadable one was told above.
    let ends = date.and(until);
    let ends = ends.and_then(|until| read(until.instant(zone, &path), problems));
    let starts = rule.from.as_ref().and_then(|from| from.date(&[]).ok());
    if let (Some(starts), Some(until)) = (starts, date)
        && until <= starts
    {
        let message = "`until` is not after the rule's `from`: it would never hold";
        problems.push(Problem::new(path, message));
    }
    Exemption {
        terms: NonBillable {
            reason: config.reason.clone(),
            owner: config.owner.clone(),
            until: date,
        },
        ends,
    }
}

fn read<T>(value: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    match value {
        Ok(value) => Some(value),
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}

/// What contradicts within one rule.
fn check_together(actions: &Actions, known: &Known<'_>, problems: &mut Vec<Problem>) {
    let Actions {
        non_billable,
        customer,
        owners,
        account,
        service,
        plan,
    } = actions;
    let targets = [customer, account, service, plan];
    if non_billable.is_none() && owners.is_none() && targets.iter().all(|target| target.is_none()) {
        let message = "the rule sets nothing";
        let hint = "expected one of customer, owners, account, service, plan, non_billable";
        problems.push(Problem::new([""; 0], message).with_hint(hint));
    }
    if owners.is_some() && (customer.is_some() || account.is_some()) {
        let message = "`owners` stands instead of `customer` and `account`";
        let hint = "an owner may name its account";
        problems.push(Problem::new(["owners"], message).with_hint(hint));
    }
    if let (Some(Target::Literal(customer)), Some(Target::Literal(account))) = (customer, account) {
        check_account_of(known, account, customer, &["account"], problems);
    }
}

fn check_account_of(
    known: &Known<'_>,
    account: &str,
    customer: &str,
    path: &[&str],
    problems: &mut Vec<Problem>,
) {
    if let Some(other) = known.customer_of(account)
        && other != customer
    {
        let message =
            format!("the account `{account}` is of the customer `{other}`, not `{customer}`");
        problems.push(Problem::new(path.iter().copied(), message));
    }
}

//! Times at which nobody could be billed, though nothing is wrong with an entry by itself: between agreements of an account,
//! and where a customer has several accounts and none is chosen.

use std::collections::BTreeMap;

use crate::classify::config::{AccountConfig, ClassifyConfig, RuleConfig};
use crate::classify::written::TargetConfig;
use crate::problem::Problem;
use crate::time::{Date, TimeZone, Validity};
use crate::validity::{WrittenDate, resolve_validity};

/// The days between two agreements of an account on which none holds. Overlaps are mistakes, and told as such.
pub(super) fn gaps(config: &ClassifyConfig) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, account) in &config.account {
        let written = account.agreement.iter().flatten().enumerate();
        let day = |written: &Option<WrittenDate>| written.as_ref()?.date(&[]).ok();
        let mut stretches: Vec<(Option<Date>, Option<Date>, usize, &str)> = written
            .map(|(index, one)| {
                let name = one.name.as_deref().unwrap_or(super::super::STANDARD);
                (day(&one.from), day(&one.to), index, name)
            })
            .collect();
        stretches.sort();
        // Until when one has held without an end that comes before that of an earlier one.
        let mut held: Option<(Option<Date>, &str)> = None;
        for (start, own_end, index, after) in stretches {
            let known = held.replace((own_end, after));
            let Some((end, before)) = known else {
                continue;
            };
            if end.is_none() || own_end.is_some() && own_end < end {
                held = Some((end, before));
            }
            let Some((start, end)) = start.zip(end).filter(|(start, end)| end < start) else {
                continue;
            };
            let Ok(last) = start.yesterday() else {
                continue;
            };
            let days = if end == last {
                format!("on {end}")
            } else {
                format!("from {end} to {last}")
            };
            let message = format!(
                "no agreement of the account `{key}` holds {days}, between `{before}` and `{after}`: what it has then is in \
                 suspense and not billed"
            );
            let path = ["account", key, "agreement", &index.to_string(), "from"];
            let hint = format!(
                "`to` is the first day on which an agreement holds no more: write `to = {start}` at `{before}` where they \
                 follow one another, and leave it so where the account ended in between"
            );
            problems.push(Problem::new(path, message).with_hint(hint));
        }
    }
    problems
}

/// A customer and its accounts that have agreements at the same time.
struct Several<'a> {
    accounts: Vec<(&'a str, Vec<Validity>)>,
}

impl<'a> Several<'a> {
    fn by_customer(config: &'a ClassifyConfig, zone: &TimeZone) -> BTreeMap<&'a str, Self> {
        let mut several: BTreeMap<&str, Self> = BTreeMap::new();
        for (key, account) in &config.account {
            let customer = account.customer.as_deref().unwrap_or(key);
            let known = several.entry(customer).or_insert_with(|| Self {
                accounts: Vec::new(),
            });
            known.accounts.push((key, validities(account, zone)));
        }
        several.retain(|_, one| one.accounts.len() > 1);
        several
    }

    /// The first two that have agreements at a time at which the rule holds.
    fn at_once(&self, rule: Validity) -> Option<[&'a str; 2]> {
        let mut pairs = self.accounts.iter().enumerate().flat_map(|(index, one)| {
            let others = self.accounts[index + 1..].iter();
            others.map(move |other| (one, other))
        });
        let holds = |one: &Validity, other: &Validity| {
            let common = Validity {
                from: one.from.max(other.from),
                to: [one.to, other.to].into_iter().flatten().min(),
            };
            one.overlaps(*other) && common.overlaps(rule)
        };
        let found = pairs.find(|((_, one), (_, other))| {
            let mut both = one
                .iter()
                .flat_map(|one| other.iter().map(move |two| (one, two)));
            both.any(|(one, two)| holds(one, two))
        });
        found.map(|((one, _), (other, _))| [*one, *other])
    }
}

fn validities(account: &AccountConfig, zone: &TimeZone) -> Vec<Validity> {
    let validity = |from: &Option<WrittenDate>, to: &Option<WrittenDate>| {
        // What is wrong with them is told elsewhere.
        resolve_validity(from.as_ref(), to.as_ref(), zone, &[], &mut Vec::new())
    };
    match &account.agreement {
        None => vec![Validity::ALWAYS],
        Some(written) => written
            .iter()
            .map(|one| validity(&one.from, &one.to))
            .collect(),
    }
}

/// Rules and the default that name a customer with several accounts, of which nothing chooses one.
pub(super) fn ambiguous(config: &ClassifyConfig, zone: &TimeZone) -> Vec<Problem> {
    let several = Several::by_customer(config, zone);
    let mut problems = Vec::new();
    if several.is_empty() {
        return problems;
    }
    for (index, rule) in config.rule.iter().enumerate() {
        let (from, to) = (rule.from.as_ref(), rule.to.as_ref());
        let rule_holds = resolve_validity(from, to, zone, &[], &mut Vec::new());
        let index = index.to_string();
        for (position, owner) in rule.set.owners.iter().flatten().enumerate() {
            let customer = owner.customer.as_str();
            let accounts = several.get(customer).filter(|_| owner.account.is_none());
            if let Some(accounts) = accounts.and_then(|one| one.at_once(rule_holds)) {
                let position = position.to_string();
                let path = at(&index, &["owners", &position, "customer"]);
                problems.push(problem(
                    path,
                    customer,
                    accounts,
                    "the whole resource, with the shares of the others,",
                ));
            }
        }
        let named: Vec<(&str, Vec<&str>)> = match &rule.set.customer {
            Some(TargetConfig::Literal(customer)) => vec![(customer, at(&index, &["customer"]))],
            Some(TargetConfig::Copied { map: Some(map), .. }) => map
                .iter()
                .map(|(value, customer)| {
                    (customer.as_str(), at(&index, &["customer", "map", value]))
                })
                .collect(),
            Some(TargetConfig::Copied { map: None, .. }) | None => Vec::new(),
        };
        for (customer, path) in named {
            let accounts = several
                .get(customer)
                .filter(|_| !is_chosen(config, customer));
            if let Some(accounts) = accounts.and_then(|one| one.at_once(rule_holds)) {
                problems.push(problem(path, customer, accounts, "what it matches"));
            }
        }
    }
    if let Some(customer) = config.defaults.customer.as_deref() {
        let accounts = several
            .get(customer)
            .filter(|_| !is_chosen(config, customer));
        if let Some(accounts) = accounts.and_then(|one| one.at_once(Validity::ALWAYS)) {
            let path = vec!["default", "customer"];
            problems.push(problem(
                path,
                customer,
                accounts,
                "what no rule gives a customer",
            ));
        }
    }
    problems
}

fn at<'a>(rule: &'a str, within: &[&'a str]) -> Vec<&'a str> {
    [&["rule", rule, "set"], within].concat()
}

/// Does any rule choose among the accounts of the customer, if perhaps not for the same resources?
fn is_chosen(config: &ClassifyConfig, customer: &str) -> bool {
    let of_customer = |account: &str| {
        let found = config.account.get(account);
        found.is_some_and(|one| one.customer.as_deref().unwrap_or(account) == customer)
    };
    let chooses = |rule: &RuleConfig| match &rule.set.account {
        Some(TargetConfig::Literal(account)) => of_customer(account),
        Some(TargetConfig::Copied { .. }) => true,
        None => false,
    };
    config.rule.iter().any(chooses)
}

fn problem(path: Vec<&str>, customer: &str, accounts: [&str; 2], what: &str) -> Problem {
    let [one, other] = accounts;
    let message = format!(
        "the customer `{customer}` has several accounts at a time (`{one}`, `{other}`), and none is chosen: {what} is in \
         suspense and not billed"
    );
    let hint = format!("add `account = \"{one}\"` beside it, or the account that is meant");
    Problem::new(path, message).with_hint(hint)
}

//! A shadow run: what a past month comes to here, line by line against the invoices that were really sent. Must not know
//! where those were read.

mod pairing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{Signed, Zero};
use schemars::JsonSchema;
use serde::Serialize;

use crate::decimal::{Decimal, Rational};
use crate::ids::{AccountId, ItemKey};
use crate::money::{Currency, Money, MoneyError, Rounding, round_money};
use pairing::{Group, pair};

/// A line as it would be billed here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OurLine {
    pub account: AccountId,
    pub item: ItemKey,
    pub description: String,
    /// Of a line for one of several tiers, the description of all: theirs may have one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiers: Option<String>,
    pub quantity: Decimal,
    pub unit_price: Decimal,
    pub net: Money,
}

/// A line as it was sent; a credit is negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TheirLine {
    pub account: AccountId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
    pub net: Money,
    /// "invoices.csv row 17", or the number of the invoice.
    pub place: String,
}

/// By what lines were taken for the same, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MatchedBy {
    /// The very description.
    Description,
    /// The key of the price item.
    Item,
    /// The description but for case, accents, punctuation and the order of words.
    Words,
    /// The same amount, and nothing else.
    Amount,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Differing,
    OnlyOurs,
    OnlyTheirs,
    Matched,
}

/// What a difference comes from. Both sum to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Parts {
    /// Another quantity, at their price.
    pub quantity: Money,
    /// Another price, or rounding.
    pub price: Money,
}

/// Lines that were taken for the same, or stand alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Compared {
    pub account: AccountId,
    pub verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<MatchedBy>,
    pub ours: Vec<OurLine>,
    pub theirs: Vec<TheirLine>,
    pub ours_net: Money,
    pub theirs_net: Money,
    /// Ours less theirs: what was billed too little.
    pub difference: Money,
    /// Absent where a quantity is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parts>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountTotals {
    pub account: AccountId,
    pub ours: Money,
    pub theirs: Money,
    pub difference: Money,
    pub matched: u64,
    pub differing: u64,
    pub only_ours: u64,
    pub only_theirs: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Shadow {
    /// By account; within one what differs comes first, the greatest difference before smaller ones.
    pub lines: Vec<Compared>,
    pub accounts: Vec<AccountTotals>,
    /// One for each currency: ours, theirs, difference.
    pub totals: Vec<[Money; 3]>,
}

impl Shadow {
    pub fn is_clean(&self) -> bool {
        self.lines
            .iter()
            .all(|line| line.verdict == Verdict::Matched)
    }
}

/// Compares line by line. Amounts that differ by the tolerance at most, in units of their currency, match. Lines are
/// paired within an account and currency only, and in an order that depends on nothing but their content.
pub fn compare(
    ours: &[OurLine],
    theirs: &[TheirLine],
    tolerance: Decimal,
) -> Result<Shadow, MoneyError> {
    let mut accounts: BTreeSet<(AccountId, Currency)> = BTreeSet::new();
    accounts.extend(ours.iter().map(|line| (line.account, line.net.currency())));
    accounts.extend(
        theirs
            .iter()
            .map(|line| (line.account, line.net.currency())),
    );
    let mut shadow = Shadow {
        lines: Vec::new(),
        accounts: Vec::new(),
        totals: Vec::new(),
    };
    let mut totals: BTreeMap<Currency, [Money; 3]> = BTreeMap::new();
    for (account, currency) in accounts {
        let is_own = |of: AccountId, net: Money| of == account && net.currency() == currency;
        let own = ours.iter().filter(|line| is_own(line.account, line.net));
        let sent = theirs.iter().filter(|line| is_own(line.account, line.net));
        let groups = pair(own.cloned().collect(), sent.cloned().collect());
        let mut lines = Vec::with_capacity(groups.len());
        for group in groups {
            lines.push(compared(account, currency, group, tolerance)?);
        }
        lines.sort_by(|a, b| {
            let key = |line: &Compared| {
                (
                    line.verdict == Verdict::Matched,
                    std::cmp::Reverse(line.difference.minor().unsigned_abs()),
                    label(line).to_owned(),
                )
            };
            key(a).cmp(&key(b))
        });
        let total = account_totals(account, currency, &lines)?;
        let sum = totals.entry(currency).or_insert([Money::zero(currency); 3]);
        for (sum, amount) in sum
            .iter_mut()
            .zip([total.ours, total.theirs, total.difference])
        {
            *sum = sum.checked_add(amount)?;
        }
        shadow.accounts.push(total);
        shadow.lines.extend(lines);
    }
    shadow.totals = totals.into_values().collect();
    Ok(shadow)
}

/// What a row is called.
pub fn label(line: &Compared) -> &str {
    let ours = line.ours.first().map(|line| line.description.as_str());
    let theirs = line.theirs.first().map(|line| {
        if line.description.is_empty() {
            line.item.as_deref().unwrap_or_default()
        } else {
            &line.description
        }
    });
    ours.or(theirs).unwrap_or_default()
}

fn compared(
    account: AccountId,
    currency: Currency,
    group: Group,
    tolerance: Decimal,
) -> Result<Compared, MoneyError> {
    let ours_net = Money::sum(group.ours.iter().map(|line| line.net), currency)?;
    let theirs_net = Money::sum(group.theirs.iter().map(|line| line.net), currency)?;
    let difference = ours_net.checked_sub(theirs_net)?;
    let within = difference.to_rational().abs() <= tolerance.to_rational();
    let verdict = match (group.ours.is_empty(), group.theirs.is_empty()) {
        // What comes to nothing is no difference, also where the other side has no line of it.
        _ if within => Verdict::Matched,
        (false, true) => Verdict::OnlyOurs,
        (true, false) => Verdict::OnlyTheirs,
        (false, false) | (true, true) => Verdict::Differing,
    };
    let parts = if verdict == Verdict::Differing {
        parts(&group, difference, theirs_net)?
    } else {
        None
    };
    Ok(Compared {
        account,
        verdict,
        by: group.by,
        ours: group.ours,
        theirs: group.theirs,
        ours_net,
        theirs_net,
        difference,
        parts,
    })
}

/// (our quantity − theirs) × their average price, and the rest.
fn parts(group: &Group, difference: Money, theirs_net: Money) -> Result<Option<Parts>, MoneyError> {
    let ours: Rational = group
        .ours
        .iter()
        .map(|line| line.quantity.to_rational())
        .sum();
    let mut theirs = Rational::zero();
    for line in &group.theirs {
        let Some(quantity) = line.quantity else {
            return Ok(None);
        };
        theirs += quantity.to_rational();
    }
    if theirs.is_zero() {
        return Ok(None);
    }
    let price = theirs_net.to_rational() / &theirs;
    let exact = (ours - theirs) * price;
    let quantity = round_money(&exact, difference.currency(), Rounding::HalfUp)?;
    Ok(Some(Parts {
        quantity,
        price: difference.checked_sub(quantity)?,
    }))
}

fn account_totals(
    account: AccountId,
    currency: Currency,
    lines: &[Compared],
) -> Result<AccountTotals, MoneyError> {
    let zero = Money::zero(currency);
    let mut total = AccountTotals {
        account,
        ours: zero,
        theirs: zero,
        difference: zero,
        matched: 0,
        differing: 0,
        only_ours: 0,
        only_theirs: 0,
    };
    for line in lines {
        total.ours = total.ours.checked_add(line.ours_net)?;
        total.theirs = total.theirs.checked_add(line.theirs_net)?;
        total.difference = total.difference.checked_add(line.difference)?;
        let count = match line.verdict {
            Verdict::Matched => &mut total.matched,
            Verdict::Differing => &mut total.differing,
            Verdict::OnlyOurs => &mut total.only_ours,
            Verdict::OnlyTheirs => &mut total.only_theirs,
        };
        *count += 1;
    }
    Ok(total)
}

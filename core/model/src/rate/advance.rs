//! Charge periods that are billed in advance: what is there when they begin goes on, and what changes is a charge of its own
//! for the rest of the period (rule R31).
//!
//! All of it is computed from facts: the sum of what was billed at the beginning and of all changes is what the whole period
//! comes to when it has ended, to the cent.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{Signed, Zero};

use crate::charge::{Charge, ChargeKey, Contribution, Explanation, PricedPart};
use crate::decimal::{Decimal, Rational};
use crate::ids::{IntervalId, ResourceId};
use crate::money::Money;
use crate::ownership::OwnedInterval;
use crate::time::{Instant, Period, TimeZone};

use super::pricing::ONE;
use super::settling::decimal_near;

/// What was there until an instant, and what was there last as if it stayed so.
pub(super) fn state(owned: &[OwnedInterval], served: Period, until: Instant) -> Vec<OwnedInterval> {
    let last = Instant::from_seconds(until.seconds() - 1).unwrap_or(until);
    let last = last.max(served.from());
    let begun = owned.iter().filter(|owned| owned.period.from() <= last);
    let known = begun.map(|owned| {
        let mut known = owned.clone();
        if owned.period.contains(last)
            && let Some(longer) = Period::new(owned.period.from(), served.to())
        {
            known.period = longer;
        }
        known
    });
    known
        .filter(|owned| owned.period.intersect(served).is_some())
        .collect()
}

/// What is billed in advance is not stale: nobody can have seen it.
pub(super) fn in_advance(charge: &mut Charge) {
    charge.explanation.presumed_seconds = 0;
    for contribution in &mut charge.contributions {
        contribution.presumed_seconds = 0;
    }
}

/// What came to be different within a stretch, as charges from then on.
pub(super) fn changes(
    before: &[Charge],
    after: &[Charge],
    (stretch, zone): (Period, &TimeZone),
) -> Vec<Charge> {
    let keyed = |charges: &'_ [Charge]| -> BTreeMap<ChargeKey, Charge> {
        let keyed = charges.iter().map(|one| (one.key.clone(), one.clone()));
        keyed.collect()
    };
    let (before, after) = (keyed(before), keyed(after));
    let keys: BTreeSet<&ChargeKey> = before.keys().chain(after.keys()).collect();
    let mut changed = Vec::new();
    for key in keys {
        let pair = Pair {
            before: before.get(key),
            after: after.get(key),
        };
        // A part of other charges changes with them.
        let since = pair.since().unwrap_or(stretch.from());
        changed.extend(pair.change(since, zone));
    }
    changed
}

/// A charge before and after a change.
struct Pair<'a> {
    before: Option<&'a Charge>,
    after: Option<&'a Charge>,
}

impl Pair<'_> {
    /// When the first of what is in it began, ended or became another.
    fn since(&self) -> Option<Instant> {
        let (before, after) = (held(self.before), held(self.after));
        let keys = before.keys().chain(after.keys());
        let changed = keys.filter_map(|key| match (before.get(key), after.get(key)) {
            (Some(before), Some(after)) if before == after => None,
            (Some(before), Some(after)) => Some(*before.min(after)),
            (Some(_) | None, None) | (None, Some(_)) => Some(key.2),
        });
        changed.min()
    }

    /// `None` where it comes to the same.
    fn change(&self, since: Instant, zone: &TimeZone) -> Option<Charge> {
        let pattern = self.after.or(self.before)?;
        let zero = Money::zero(pattern.net.currency());
        let net = |charge: Option<&Charge>| charge.map_or(zero, |charge| charge.net);
        let net = net(self.after).checked_sub(net(self.before)).ok()?;
        if net.is_zero() {
            return None;
        }
        let whole = pattern.key.period;
        // A version that ends before the change has a part of what all of the period comes to.
        let period = Period::new(since.max(whole.from()), whole.to()).unwrap_or(whole);
        let last = Instant::from_seconds(period.to().seconds() - 1).ok()?;
        let exact = |of: fn(&Explanation) -> &str| {
            let read = |charge: Option<&Charge>| {
                charge.map_or_else(
                    || Some(Rational::zero()),
                    |one| of(&one.explanation).parse().ok(),
                )
            };
            Some(read(self.after)? - read(self.before)?)
        };
        let parts = self.parts()?;
        let quantity = exact(|of| &of.quantity_exact)?;
        let has_one_price = self.has_one_price() && !quantity.is_zero();
        let amount = net.to_rational();
        let (quantity, unit, unit_price) = match parts.as_slice() {
            _ if has_one_price => (quantity, pattern.unit.clone(), pattern.unit_price),
            [only] => {
                let unit = only.unit.as_ref().unwrap_or(&pattern.unit);
                (only.quantity.parse().ok()?, unit.clone(), only.unit_price)
            }
            _ => {
                let one = Rational::from_integer(amount.signum().to_integer());
                (one, ONE.to_owned(), decimal_near(&amount.abs())?)
            }
        };
        let description = if net.is_negative() {
            pattern.words.given_back(&pattern.description)
        } else {
            pattern.description.clone()
        };
        Some(Charge {
            words: pattern.words.clone(),
            key: ChargeKey {
                period,
                since: Some(since),
                ..pattern.key.clone()
            },
            description,
            quantity: decimal_near(&quantity)?,
            unit,
            unit_price,
            net,
            first_day: period.from().date(zone),
            last_day: last.date(zone),
            explanation: Box::new(Explanation {
                quantity_exact: quantity.to_string(),
                metered_exact: None,
                parts: if has_one_price {
                    one_part(&quantity, unit_price)
                } else {
                    parts
                },
                net_exact: exact(|of| &of.net_exact)?.to_string(),
                ..(*pattern.explanation).clone()
            }),
            contributions: self.contributed(),
            ..pattern.clone()
        })
    }

    /// Is all of it, before and after, one price for each unit?
    fn has_one_price(&self) -> bool {
        let charges = [self.before, self.after];
        let mut prices = charges.into_iter().flatten().map(|charge| {
            let parts = charge.explanation.parts.len();
            (parts == 1).then_some((&charge.unit, charge.unit_price))
        });
        let first = prices.next().flatten();
        first.is_some() && prices.all(|other| other == first)
    }

    /// What is added now, and what is taken off of what was billed; what is in both is in neither.
    fn parts(&self) -> Option<Vec<PricedPart>> {
        let of = |charge: Option<&Charge>| -> Vec<PricedPart> {
            charge.map_or_else(Vec::new, |charge| charge.explanation.parts.clone())
        };
        let (before, mut after) = (of(self.before), of(self.after));
        let mut taken = Vec::new();
        for part in before {
            match after.iter().position(|other| *other == part) {
                Some(same) => {
                    after.remove(same);
                }
                None => taken.push(negated(&part)?),
            }
        }
        after.extend(taken);
        Some(after)
    }

    /// What each resource adds or no longer adds.
    fn contributed(&self) -> Vec<Contribution> {
        let mut changed: BTreeMap<(ResourceId, IntervalId, Instant, String), Contribution> =
            BTreeMap::new();
        let mut add = |charge: Option<&Charge>, is_before: bool| {
            for one in contributions(charge) {
                let mut part = one.clone();
                if is_before {
                    part.allocated = part.allocated.checked_neg().unwrap_or(part.allocated);
                    if let Ok(weighted) = part.weighted.parse::<Rational>() {
                        part.weighted = (-weighted).to_string();
                    }
                }
                let key = (
                    one.resource,
                    one.interval,
                    one.period.from(),
                    one.share.clone(),
                );
                match changed.get_mut(&key) {
                    None => {
                        changed.insert(key, part);
                    }
                    Some(known) => {
                        let sum = known.allocated.checked_add(part.allocated);
                        known.allocated = sum.unwrap_or(known.allocated);
                        let both = (
                            known.weighted.parse::<Rational>(),
                            part.weighted.parse::<Rational>(),
                        );
                        if let (Ok(known_weighted), Ok(weighted)) = both {
                            known.weighted = (known_weighted + weighted).to_string();
                        }
                    }
                }
            }
        };
        add(self.after, false);
        add(self.before, true);
        let changed = changed.into_values();
        changed
            .filter(|one| !one.allocated.is_zero() || one.weighted != "0")
            .collect()
    }
}

fn contributions(charge: Option<&Charge>) -> &[Contribution] {
    charge.map_or(&[], |charge| charge.contributions.as_slice())
}

type Held<'c> = (ResourceId, IntervalId, Instant, &'c str, Decimal);

/// What is in a charge since when, and until when.
fn held(charge: Option<&Charge>) -> BTreeMap<Held<'_>, Instant> {
    let held = contributions(charge).iter().map(|one| {
        let key = (
            one.resource,
            one.interval,
            one.period.from(),
            one.share.as_str(),
            one.quantity,
        );
        (key, one.period.to())
    });
    held.collect()
}

fn one_part(quantity: &Rational, unit_price: Decimal) -> Vec<PricedPart> {
    vec![PricedPart {
        tier: None,
        quantity: quantity.to_string(),
        unit: None,
        unit_price,
        amount: (quantity * unit_price.to_rational()).to_string(),
    }]
}

fn negated(part: &PricedPart) -> Option<PricedPart> {
    let negated = |text: &str| Some((-text.parse::<Rational>().ok()?).to_string());
    Some(PricedPart {
        quantity: negated(&part.quantity)?,
        amount: negated(&part.amount)?,
        ..part.clone()
    })
}

//! Charge periods that are billed in advance: what is there when they begin goes on, and what changes is a charge of its own
//! for the rest of the period (rule R31).
//!
//! All of it is computed from facts: the sum of what was billed at the beginning and of all changes is what the whole period
//! comes to when it has ended, to the cent.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{Signed, Zero};

use crate::charge::{ChangeExplained, Charge, ChargeKey, Contribution, Explanation, PricedPart};
use crate::decimal::{Decimal, Rational};
use crate::ids::{AccountId, AgreementKey, ItemKey, ResourceId};
use crate::money::Money;
use crate::ownership::OwnedInterval;
use crate::price::PriceBook;
use crate::time::{Instant, Period, TimeZone};
use crate::validity::ConfigVersion;

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

/// Which items are a part of which others, in any version.
pub(super) struct PartsOf<'b>(BTreeMap<&'b ItemKey, BTreeSet<&'b ItemKey>>);

impl<'b> PartsOf<'b> {
    pub(super) fn in_any(price_book: &[ConfigVersion<&'b PriceBook>]) -> Self {
        let mut known: BTreeMap<&ItemKey, BTreeSet<&ItemKey>> = BTreeMap::new();
        for item in price_book.iter().flat_map(|version| &version.terms.items) {
            if !item.of.is_empty() {
                known.entry(&item.key).or_default().extend(&item.of);
            }
        }
        Self(known)
    }

    /// When the first of what a charge follows from changed: others of its buyer where it is a part of them, or else what shares
    /// a total with it.
    fn since(&self, key: &ChargeKey, known: &Known<'_>) -> Option<Instant> {
        let Some(of) = self.0.get(&key.item) else {
            return known.of_items.get(&key.item).copied();
        };
        let of = of.iter();
        let since = of.filter_map(|item| {
            let of_buyer = (key.account, &key.agreement, *item);
            known.of_buyers.get(&of_buyer)
        });
        since.min().copied()
    }
}

/// When the first charge changed that resources add to, by item.
#[derive(Default)]
struct Known<'c> {
    of_buyers: BTreeMap<(AccountId, &'c AgreementKey, &'c ItemKey), Instant>,
    of_items: BTreeMap<&'c ItemKey, Instant>,
}

impl<'c> Known<'c> {
    fn add(&mut self, key: &'c ChargeKey, since: Instant) {
        let of_buyer = (key.account, &key.agreement, &key.item);
        let earlier = |known: &mut Instant| *known = since.min(*known);
        let of_buyers = self.of_buyers.entry(of_buyer);
        of_buyers.and_modify(earlier).or_insert(since);
        let of_items = self.of_items.entry(&key.item);
        of_items.and_modify(earlier).or_insert(since);
    }
}

/// What came to be different within a stretch, as charges from then on.
pub(super) fn changes(
    before: &[Charge],
    after: &[Charge],
    (stretch, zone): (Period, &TimeZone),
    parts_of: &PartsOf<'_>,
) -> Vec<Charge> {
    let keyed = |charges: &'_ [Charge]| -> BTreeMap<ChargeKey, Charge> {
        let keyed = charges.iter().map(|one| (one.key.clone(), one.clone()));
        keyed.collect()
    };
    let (before, after) = (keyed(before), keyed(after));
    let keys: BTreeSet<&ChargeKey> = before.keys().chain(after.keys()).collect();
    let pairs = keys.into_iter().map(|key| {
        let pair = Pair {
            before: before.get(key),
            after: after.get(key),
        };
        (key, pair)
    });
    let pairs = pairs.filter(|(_, pair)| pair.is_other());
    let pairs = pairs.map(|(key, pair)| (key, pair.since(), pair));
    let pairs: Vec<(&ChargeKey, Option<Instant>, Pair<'_>)> = pairs.collect();
    let mut known = Known::default();
    for (key, since, _) in &pairs {
        if let Some(since) = since {
            known.add(key, *since);
        }
    }
    let changed = pairs.iter().filter_map(|(key, since, pair)| {
        let since = since.or_else(|| parts_of.since(key, &known));
        pair.change(since.unwrap_or(stretch.from()), zone)
    });
    changed.collect()
}

/// A charge before and after a change.
struct Pair<'a> {
    before: Option<&'a Charge>,
    after: Option<&'a Charge>,
}

impl Pair<'_> {
    /// Does it come to something else?
    fn is_other(&self) -> bool {
        let net = |charge: Option<&Charge>| charge.map(|charge| charge.net);
        net(self.before) != net(self.after)
    }

    /// When the first of what is in it began, ended or became another.
    fn since(&self) -> Option<Instant> {
        let (before, after) = (held(self.before), held(self.after));
        let keys: BTreeSet<&Level<'_>> = before.keys().chain(after.keys()).collect();
        let times = |held: &BTreeMap<Level<'_>, Vec<Instant>>, level: &Level<'_>| {
            held.get(level).cloned().unwrap_or_default()
        };
        let changed = keys.into_iter();
        let changed = changed
            .filter_map(|level| first_difference(&times(&before, level), &times(&after, level)));
        changed.min()
    }

    /// `None` where it comes to the same.
    fn change(&self, since: Instant, zone: &TimeZone) -> Option<Charge> {
        let pattern = self.after.or(self.before)?;
        let zero = Money::zero(pattern.net.currency());
        let of = |charge: Option<&Charge>| charge.map_or(zero, |charge| charge.net);
        let net = of(self.after).checked_sub(of(self.before)).ok()?;
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
                change: Some(ChangeExplained {
                    now: of(self.after),
                    now_exact: net_exact(self.after),
                    before: of(self.before),
                    before_exact: net_exact(self.before),
                }),
                rounded_together: is_together(self.after) || is_together(self.before),
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
        let mut changed: BTreeMap<Level<'_>, Contribution> = BTreeMap::new();
        for one in contributions(self.after) {
            add(&mut changed, level(one), one.clone());
        }
        for one in contributions(self.before) {
            let mut taken = one.clone();
            taken.allocated = one.allocated.checked_neg().unwrap_or(one.allocated);
            if let Ok(weighted) = one.weighted.parse::<Rational>() {
                taken.weighted = (-weighted).to_string();
            }
            add(&mut changed, level(one), taken);
        }
        let changed = changed.into_values();
        changed
            .filter(|one| !one.allocated.is_zero() || one.weighted != "0")
            .collect()
    }
}

/// It has the words of the last interval that is there.
fn add<'c>(changed: &mut BTreeMap<Level<'c>, Contribution>, level: Level<'c>, part: Contribution) {
    let Some(known) = changed.get_mut(&level) else {
        changed.insert(level, part);
        return;
    };
    let sum = known.allocated.checked_add(part.allocated);
    let allocated = sum.unwrap_or(known.allocated);
    let weighted = |one: &Contribution| one.weighted.parse::<Rational>();
    let weighted = match (weighted(known), weighted(&part)) {
        (Ok(known), Ok(own)) => (known + own).to_string(),
        _ => known.weighted.clone(),
    };
    if part.period.from() > known.period.from() {
        *known = part;
    }
    known.allocated = allocated;
    known.weighted = weighted;
}

fn contributions(charge: Option<&Charge>) -> &[Contribution] {
    charge.map_or(&[], |charge| charge.contributions.as_slice())
}

fn is_together(charge: Option<&Charge>) -> bool {
    charge.is_some_and(|charge| charge.explanation.rounded_together)
}

fn net_exact(charge: Option<&Charge>) -> String {
    charge.map_or_else(
        || Rational::zero().to_string(),
        |charge| charge.explanation.net_exact.clone(),
    )
}

/// How much of what is in a charge.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Level<'c> {
    resource: ResourceId,
    share: &'c str,
    quantity: Decimal,
}

fn level(one: &Contribution) -> Level<'_> {
    Level {
        resource: one.resource,
        share: &one.share,
        quantity: one.quantity,
    }
}

/// When each level of a resource begins and ends, by turns. An interval that goes on as another one is no change.
fn held(charge: Option<&Charge>) -> BTreeMap<Level<'_>, Vec<Instant>> {
    let mut periods: BTreeMap<Level<'_>, Vec<Period>> = BTreeMap::new();
    for one in contributions(charge) {
        periods.entry(level(one)).or_default().push(one.period);
    }
    let held = periods.into_iter();
    held.map(|(level, periods)| (level, turns(periods)))
        .collect()
}

/// When something begins and ends, by turns.
fn turns(mut periods: Vec<Period>) -> Vec<Instant> {
    periods.sort_unstable();
    let mut turns: Vec<Instant> = Vec::new();
    for period in periods {
        match turns.last_mut() {
            Some(until) if *until >= period.from() => *until = period.to().max(*until),
            _ => turns.extend([period.from(), period.to()]),
        }
    }
    turns
}

/// Until then both take the same turns.
fn first_difference(one: &[Instant], other: &[Instant]) -> Option<Instant> {
    let same = one
        .iter()
        .zip(other)
        .take_while(|(one, other)| one == other);
    let same = same.count();
    let next = [one.get(same), other.get(same)];
    next.into_iter().flatten().min().copied()
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

//! Charge periods that are billed in advance: what is there when they begin goes on, and what changes is a charge of its own
//! for the rest of the period (rule R31).
//!
//! All of it is computed from facts: the sum of what was billed at the beginning and of all changes is what the whole period
//! comes to when it has ended, to the cent.

mod contributed;

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{Signed, Zero};

use crate::charge::{ChangeExplained, Charge, ChargeKey, Explanation, PricedPart};
use crate::decimal::{Decimal, Rational};
use crate::ids::{AccountId, AgreementKey, ItemKey};
use crate::money::Money;
use crate::ownership::OwnedInterval;
use crate::price::{PriceBook, Proration};
use crate::time::{BillingPeriod, Instant, Period};
use crate::validity::ConfigVersion;

use super::pricing::ONE;
use super::settling::decimal_near;
use super::weights::Weights;
use contributed::{Held, Level, contributed, contributions, levels};

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

/// What changes follow from beside the charges.
pub(super) struct Book<'b> {
    parts_of: PartsOf<'b>,
    prorations: BTreeMap<&'b ItemKey, Proration>,
    charge_period: &'b BillingPeriod,
}

impl<'b> Book<'b> {
    pub(super) fn of(
        price_book: &[ConfigVersion<&'b PriceBook>],
        charge_period: &'b BillingPeriod,
    ) -> Self {
        let items = price_book.iter().flat_map(|version| &version.terms.items);
        Self {
            parts_of: PartsOf::in_any(price_book),
            prorations: items.map(|item| (&item.key, item.proration)).collect(),
            charge_period,
        }
    }

    /// How much time counts for an item.
    fn units(&self, item: &ItemKey, period: Period) -> i128 {
        let proration = self.prorations.get(item).copied();
        let proration = proration.unwrap_or(Proration::Second);
        Weights::new(proration, self.charge_period).units(period)
    }
}

/// Which items are a part of which others, in any version.
struct PartsOf<'b>(BTreeMap<&'b ItemKey, BTreeSet<&'b ItemKey>>);

impl<'b> PartsOf<'b> {
    fn in_any(price_book: &[ConfigVersion<&'b PriceBook>]) -> Self {
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
    stretch: Period,
    book: &Book<'_>,
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
        let since = since.or_else(|| book.parts_of.since(key, &known));
        pair.change(since.unwrap_or(stretch.from()), book)
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
        let levels = self.levels();
        levels.values().filter_map(Held::differs_from).min()
    }

    fn levels(&self) -> BTreeMap<Level<'_>, Held<'_>> {
        levels(contributions(self.before), contributions(self.after))
    }

    /// `None` where it comes to the same.
    fn change(&self, since: Instant, book: &Book<'_>) -> Option<Charge> {
        let zone = book.charge_period.zone();
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
        let units = |one: Period| book.units(&pattern.key.item, one);
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
            contributions: contributed(&self.levels(), period, &units),
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

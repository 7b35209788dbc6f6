//! What each resource adds to each account before and now, and what about it changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use num_traits::Zero;

use super::{Cause, ReviewInput, ReviewedPeriod};
use crate::charge::{Charge, Contribution};
use crate::decimal::{Decimal, Rational};
use crate::ids::{AccountId, IntervalId, ItemKey, PlanKey, ResourceId, ServiceKey};
use crate::inventory::Interval;
use crate::money::{Currency, Money, MoneyError};
use crate::ownership::{OwnedInterval, Ownership};

const BEFORE: usize = 0;
const NOW: usize = 1;
const AT_OLD_PRICES: usize = 2;

/// What adds to a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject<'a> {
    Resource(ResourceId),
    /// A quantity by hand, which has no id beyond one rating.
    ByHand {
        item: &'a ItemKey,
        name: &'a str,
    },
}

impl<'a> Subject<'a> {
    fn of(charge: &'a Charge, part: &'a Contribution) -> Self {
        if part.resource.is_stand_in() {
            Self::ByHand {
                item: &charge.key.item,
                name: &part.name,
            }
        } else {
            Self::Resource(part.resource)
        }
    }
}

/// What an item meters of a resource, and what that comes to.
#[derive(Debug)]
struct Metered<'a> {
    amounts: [Money; 3],
    /// The levels that were metered before and now.
    levels: [BTreeSet<Decimal>; 2],
    /// Weighted by share and time.
    weighted: [Rational; 3],
    /// What keeps its lines apart before and now.
    lines: [BTreeSet<&'a BTreeMap<String, String>>; 2],
    /// Is it charged for periods of its own?
    has_own_periods: bool,
}

type ByItem<'a> = BTreeMap<&'a ItemKey, Metered<'a>>;

pub(super) struct Evidence<'a> {
    sides: [Side<'a>; 2],
    metered: BTreeMap<(AccountId, Currency), BTreeMap<Subject<'a>, ByItem<'a>>>,
    gauged: &'a BTreeSet<ItemKey>,
    has_old_prices: bool,
}

/// One of the periods.
struct Side<'a> {
    period: ReviewedPeriod<'a>,
    /// In the order of time.
    stretches: BTreeMap<ResourceId, Vec<(&'a OwnedInterval, &'a Interval)>>,
}

/// Why a resource adds something else to an account, in money that sums to the difference.
#[derive(Debug)]
pub(super) struct Reasons {
    pub(super) before: Money,
    pub(super) now: Money,
    /// The first that is so.
    pub(super) cause: Cause,
    pub(super) parts: BTreeMap<Cause, Money>,
}

impl<'a> Evidence<'a> {
    pub(super) fn of(
        input: &ReviewInput<'a>,
        accounts: &BTreeSet<AccountId>,
    ) -> Result<Self, MoneyError> {
        let mut evidence = Self {
            sides: [Side::new(input.before), Side::new(input.now)],
            metered: BTreeMap::new(),
            gauged: input.gauged,
            has_old_prices: input.at_old_prices.is_some(),
        };
        evidence.add(input.before.charges, BEFORE, accounts)?;
        evidence.add(input.now.charges, NOW, accounts)?;
        evidence.add(
            input.at_old_prices.unwrap_or_default(),
            AT_OLD_PRICES,
            accounts,
        )?;
        Ok(evidence)
    }

    fn add(
        &mut self,
        charges: &'a [Charge],
        side: usize,
        accounts: &BTreeSet<AccountId>,
    ) -> Result<(), MoneyError> {
        let period = match side {
            BEFORE => self.sides[BEFORE].period.id,
            _ => self.sides[NOW].period.id,
        };
        for charge in charges {
            let key = &charge.key;
            if !accounts.contains(&key.account) {
                continue;
            }
            let currency = charge.net.currency();
            let of_account = self.metered.entry((key.account, currency)).or_default();
            for part in &charge.contributions {
                let by_item = of_account.entry(Subject::of(charge, part)).or_default();
                let metered = by_item.entry(&key.item).or_insert_with(|| Metered {
                    amounts: [Money::zero(currency); 3],
                    levels: [BTreeSet::new(), BTreeSet::new()],
                    lines: [BTreeSet::new(), BTreeSet::new()],
                    weighted: [Rational::zero(), Rational::zero(), Rational::zero()],
                    has_own_periods: false,
                });
                metered.amounts[side] = metered.amounts[side].checked_add(part.allocated)?;
                metered.weighted[side] +=
                    part.weighted.parse().unwrap_or_else(|_| Rational::zero());
                metered.has_own_periods |= key.billing_period != period;
                if let Some(levels) = metered.levels.get_mut(side) {
                    levels.insert(part.quantity);
                }
                if let Some(lines) = metered.lines.get_mut(side) {
                    lines.insert(&key.dimensions);
                }
            }
        }
        Ok(())
    }

    /// Of an account in a currency, by resource; those that add the same for the same reason are none.
    pub(super) fn reasons(
        &self,
        account: (AccountId, Currency),
    ) -> Result<Vec<(Subject<'a>, Reasons)>, MoneyError> {
        let mut all = Vec::new();
        for (subject, by_item) in self.metered.get(&account).into_iter().flatten() {
            let reasons = self.reasons_of((account.0, *subject), by_item, account.1)?;
            if !reasons.parts.is_empty() {
                all.push((*subject, reasons));
            }
        }
        Ok(all)
    }

    fn reasons_of(
        &self,
        (account, subject): (AccountId, Subject<'a>),
        by_item: &ByItem<'a>,
        currency: Currency,
    ) -> Result<Reasons, MoneyError> {
        let sum = |side: usize| Money::sum(by_item.values().map(|one| one.amounts[side]), currency);
        let (before, now) = (sum(BEFORE)?, sum(NOW)?);
        let mut reasons = Reasons {
            before,
            now,
            cause: Cause::Repriced,
            parts: BTreeMap::new(),
        };
        if let Some(cause) = self.whole_cause(account, subject, by_item) {
            reasons.cause = cause;
            reasons.count(cause, now.checked_sub(before)?)?;
        } else {
            let is_changed = self.is_changed(subject);
            for (item, metered) in by_item {
                let [before, now, old] = metered.amounts;
                let old = if self.has_old_prices { old } else { now };
                let cause = self.cause_of(item, metered, is_changed);
                reasons.count(cause, old.checked_sub(before)?)?;
                reasons.count(Cause::Repriced, now.checked_sub(old)?)?;
                let is_first = |cause: &Cause| IN_ITS_ORDER.iter().position(|one| one == cause);
                if is_first(&cause) < is_first(&reasons.cause) {
                    reasons.cause = cause;
                }
            }
        }
        reasons.parts.retain(|_, money| !money.is_zero());
        Ok(reasons)
    }

    /// How it was first before, and last now.
    pub(super) fn shown(
        &self,
        subject: Subject<'a>,
    ) -> (Option<&'a Interval>, Option<&'a Interval>) {
        let first = self.sides[0].of(subject).first();
        let last = self.sides[1].of(subject).last();
        (first.map(|(_, one)| *one), last.map(|(_, one)| *one))
    }

    /// Why all of it is something else: it came, went or has another owner. The first of these that is so.
    fn whole_cause(
        &self,
        account: AccountId,
        subject: Subject<'a>,
        by_item: &ByItem<'_>,
    ) -> Option<Cause> {
        let [before, now] = &self.sides;
        let (was, is) = (before.of(subject), now.of(subject));
        let (Some((first, _)), Some((last, _))) = (was.first(), is.last()) else {
            return cause_by_levels(by_item, (was, is));
        };
        let all = was.iter().chain(is);
        let mut standings = all.map(|(owned, _)| own_part(owned, account));
        let first_standing = standings.next();
        if standings.any(|one| Some(one) != first_standing) {
            return Some(Cause::Reclassified);
        }
        // In a part of one of the periods it was not there.
        if last.period.to() < now.period.period.to() {
            return Some(Cause::Gone);
        }
        if first.period.from() > before.period.period.from() {
            return Some(Cause::New);
        }
        None
    }

    /// Does the inventory show it in more than one way?
    fn is_changed(&self, subject: Subject<'a>) -> bool {
        let all = self.sides.iter().flat_map(|side| side.of(subject));
        let mut all = all.map(|(_, interval)| &interval.configuration);
        let first = all.next();
        all.any(|one| Some(one) != first)
    }

    /// Why an item of a resource that stayed comes to something else at the prices of before.
    fn cause_of(&self, item: &ItemKey, metered: &Metered<'_>, is_changed: bool) -> Cause {
        let [before, now] = &metered.levels;
        if before.is_empty() || now.is_empty() {
            // An item that only one of them has is the inventory's doing where the inventory changed.
            return if is_changed {
                Cause::Changed
            } else if metered.has_own_periods {
                Cause::Calendar
            } else {
                Cause::Repriced
            };
        }
        let at = if self.has_old_prices {
            AT_OLD_PRICES
        } else {
            NOW
        };
        if before != now {
            if self.gauged.contains(item) {
                Cause::Usage
            } else {
                Cause::Changed
            }
        } else if metered.weighted[BEFORE] != metered.weighted[at] {
            Cause::Calendar
        } else if is_changed && metered.lines[BEFORE] != metered.lines[NOW] {
            // Another line counts its packages and tiers anew.
            Cause::Changed
        } else {
            Cause::Repriced
        }
    }
}

/// Which of several causes a resource is told under.
const IN_ITS_ORDER: [Cause; 4] = [
    Cause::Changed,
    Cause::Usage,
    Cause::Calendar,
    Cause::Repriced,
];

impl Reasons {
    fn count(&mut self, cause: Cause, amount: Money) -> Result<(), MoneyError> {
        let zero = Money::zero(amount.currency());
        let sum = self.parts.entry(cause).or_insert(zero);
        *sum = sum.checked_add(amount)?;
        Ok(())
    }
}

/// Of what is not there in both periods, or in the inventory at all: what is agreed with an account.
fn cause_by_levels(
    by_item: &ByItem<'_>,
    (was, is): (Stretches<'_, '_>, Stretches<'_, '_>),
) -> Option<Cause> {
    let is_metered = |side: usize| by_item.values().any(|one| !one.levels[side].is_empty());
    match (was.is_empty(), is.is_empty()) {
        (true, false) => Some(Cause::New),
        (false, _) => Some(Cause::Gone),
        (true, true) => match (is_metered(BEFORE), is_metered(NOW)) {
            (false, _) => Some(Cause::New),
            (_, false) => Some(Cause::Gone),
            (true, true) => None,
        },
    }
}

type Stretches<'s, 'a> = &'s [(&'a OwnedInterval, &'a Interval)];

/// What decides what an account pays for a resource: its share, service and plan. None where it pays nothing.
fn own_part(
    owned: &OwnedInterval,
    account: AccountId,
) -> Option<(String, Option<&str>, Option<&str>)> {
    let Ownership::Owned {
        owners,
        service,
        plan,
    } = &*owned.ownership
    else {
        return None;
    };
    let own = owners.iter().find(|owner| owner.account == account)?;
    let service = service.as_ref().map(ServiceKey::as_str);
    let plan = plan.as_ref().map(PlanKey::as_str);
    Some((format!("{} {}", own.agreement, own.share), service, plan))
}

impl<'a> Side<'a> {
    fn new(period: ReviewedPeriod<'a>) -> Self {
        let intervals: HashMap<IntervalId, &Interval> =
            period.intervals.iter().map(|one| (one.id, one)).collect();
        let mut stretches: BTreeMap<ResourceId, Vec<_>> = BTreeMap::new();
        // What is billed with the period for another time needs facts of that: they say nothing of the period itself.
        let within = |owned: &&OwnedInterval| owned.period.intersect(period.period).is_some();
        for owned in period.owned.iter().filter(within) {
            if let Some(interval) = intervals.get(&owned.interval) {
                let of_resource = stretches.entry(owned.resource).or_default();
                of_resource.push((owned, *interval));
            }
        }
        for of_resource in stretches.values_mut() {
            of_resource.sort_by_key(|(owned, _)| owned.period);
        }
        Self { period, stretches }
    }

    fn of(&self, subject: Subject<'a>) -> &[(&'a OwnedInterval, &'a Interval)] {
        match subject {
            Subject::Resource(resource) => self.stretches.get(&resource).map_or(&[], Vec::as_slice),
            Subject::ByHand { .. } => &[],
        }
    }
}

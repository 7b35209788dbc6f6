//! What each resource adds to each account before and now, and what about it changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Cause, ReviewInput, ReviewedPeriod};
use crate::charge::Charge;
use crate::decimal::Decimal;
use crate::ids::{AccountId, IntervalId, ItemKey, PlanKey, ResourceId, ServiceKey};
use crate::inventory::Interval;
use crate::money::{Currency, Money, MoneyError};
use crate::ownership::{OwnedInterval, Ownership};

/// What a resource adds to the bill of an account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amounts {
    pub(super) before: Money,
    pub(super) now: Money,
    pub(super) at_old_prices: Option<Money>,
}

const BEFORE: usize = 0;
const NOW: usize = 1;
const AT_OLD_PRICES: usize = 2;

/// By item, the levels that were metered.
type Levels<'a> = BTreeMap<&'a ItemKey, BTreeSet<Decimal>>;

pub(super) struct Evidence<'a> {
    sides: [Side<'a>; 2],
    amounts: BTreeMap<(AccountId, Currency), BTreeMap<ResourceId, [Money; 3]>>,
    levels: [HashMap<(AccountId, ResourceId), Levels<'a>>; 2],
    has_old_prices: bool,
}

/// One of the periods.
struct Side<'a> {
    period: ReviewedPeriod<'a>,
    /// In the order of time.
    stretches: BTreeMap<ResourceId, Vec<(&'a OwnedInterval, &'a Interval)>>,
}

impl<'a> Evidence<'a> {
    pub(super) fn of(
        input: &ReviewInput<'a>,
        accounts: &BTreeSet<AccountId>,
    ) -> Result<Self, MoneyError> {
        let mut evidence = Self {
            sides: [Side::of(input.before), Side::of(input.now)],
            amounts: BTreeMap::new(),
            levels: [HashMap::new(), HashMap::new()],
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
        for charge in charges {
            let account = charge.key.account;
            if !accounts.contains(&account) {
                continue;
            }
            let currency = charge.net.currency();
            let of_account = self.amounts.entry((account, currency)).or_default();
            for part in &charge.contributions {
                let sums = of_account.entry(part.resource);
                let sums = sums.or_insert([Money::zero(currency); 3]);
                sums[side] = sums[side].checked_add(part.allocated)?;
                if let Some(levels) = self.levels.get_mut(side) {
                    let levels = levels.entry((account, part.resource)).or_default();
                    let of_item = levels.entry(&charge.key.item).or_default();
                    of_item.insert(part.quantity);
                }
            }
        }
        Ok(())
    }

    /// Of an account in a currency, by resource.
    pub(super) fn amounts(
        &self,
        account: (AccountId, Currency),
    ) -> impl Iterator<Item = (ResourceId, Amounts)> + '_ {
        let of_account = self.amounts.get(&account).into_iter().flatten();
        of_account.map(|(resource, sums)| {
            let amounts = Amounts {
                before: sums[BEFORE],
                now: sums[NOW],
                at_old_prices: self.has_old_prices.then_some(sums[AT_OLD_PRICES]),
            };
            (*resource, amounts)
        })
    }

    /// How it was first before, and last now.
    pub(super) fn shown(
        &self,
        resource: ResourceId,
    ) -> (Option<&'a Interval>, Option<&'a Interval>) {
        let first = self.sides[0].of_resource(resource).first();
        let last = self.sides[1].of_resource(resource).last();
        (first.map(|(_, one)| *one), last.map(|(_, one)| *one))
    }

    /// Why it adds something else to the account. One cause a resource: the first of these that is so.
    pub(super) fn cause(&self, account: AccountId, resource: ResourceId) -> Cause {
        let [before, now] = &self.sides;
        let (was, is) = (before.of_resource(resource), now.of_resource(resource));
        let (Some((first, _)), Some((last, _))) = (was.first(), is.last()) else {
            return self.cause_by_levels(account, resource, (was, is));
        };
        let all = was.iter().chain(is);
        let mut standings = all.map(|(owned, _)| own_part(owned, account));
        let first_standing = standings.next();
        if standings.any(|one| Some(one) != first_standing) {
            return Cause::Reclassified;
        }
        // In a part of one of the periods it was not there.
        if last.period.to() < now.period.period.to() {
            return Cause::Gone;
        }
        if first.period.from() > before.period.period.from() {
            return Cause::New;
        }
        if self.is_other(account, resource, (was, is)) {
            Cause::Changed
        } else {
            Cause::Repriced
        }
    }

    /// Of what is not there in both periods, or in the inventory at all: what is agreed with an account.
    fn cause_by_levels(
        &self,
        account: AccountId,
        resource: ResourceId,
        (was, is): (Stretches<'_, 'a>, Stretches<'_, 'a>),
    ) -> Cause {
        let levels = |side: usize| self.levels[side].get(&(account, resource));
        match (was.is_empty(), is.is_empty()) {
            (true, false) => Cause::New,
            (false, _) => Cause::Gone,
            (true, true) => match (levels(BEFORE), levels(NOW)) {
                (None, _) => Cause::New,
                (_, None) => Cause::Gone,
                (before, now) if before == now => Cause::Repriced,
                (_, _) => Cause::Changed,
            },
        }
    }

    /// Was anything else metered?
    fn is_other(
        &self,
        account: AccountId,
        resource: ResourceId,
        (was, is): (Stretches<'_, 'a>, Stretches<'_, 'a>),
    ) -> bool {
        let nothing = Levels::new();
        let levels = |side: usize| {
            let levels = self.levels[side].get(&(account, resource));
            levels.unwrap_or(&nothing)
        };
        let (before, now) = (levels(BEFORE), levels(NOW));
        let mut common = before
            .iter()
            .filter_map(|(item, levels)| Some((levels, now.get(item)?)));
        if common.any(|(before, now)| before != now) {
            return true;
        }
        // An item that only one of them has is the inventory's doing where the inventory changed.
        let is_same_items = before.keys().eq(now.keys());
        let mut all = was
            .iter()
            .chain(is)
            .map(|(_, interval)| &interval.configuration);
        let first = all.next();
        !is_same_items && all.any(|one| Some(one) != first)
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
    fn of(period: ReviewedPeriod<'a>) -> Self {
        let intervals: HashMap<IntervalId, &Interval> =
            period.intervals.iter().map(|one| (one.id, one)).collect();
        let mut stretches: BTreeMap<ResourceId, Vec<_>> = BTreeMap::new();
        for owned in period.owned {
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

    fn of_resource(&self, resource: ResourceId) -> &[(&'a OwnedInterval, &'a Interval)] {
        self.stretches.get(&resource).map_or(&[], Vec::as_slice)
    }
}

//! Under which name and attributes a resource is kept apart from others: in advance under those by which it was billed, for as
//! long as it goes on.

use super::{Meterer, Part, Stretch};
use crate::ids::AccountId;
use crate::inventory::Interval;
use crate::ownership::{OwnedInterval, Ownership};
use crate::price::{Model, PriceItem, Tariff};
use crate::rate::QuickMap;
use crate::rate::evaluate::is_by_time;
use crate::rate::group::fits;

/// An owned interval, an item, and who pays for it.
pub(super) type NamedKey<'a> = (usize, usize, AccountId, &'a str);

/// By position, what each owned interval goes on from.
pub(super) fn going_on(owned: &[OwnedInterval]) -> QuickMap<usize, usize> {
    let mut order: Vec<usize> = (0..owned.len()).collect();
    order.sort_by_key(|place| (owned[*place].resource, owned[*place].period));
    let neighbours = order.windows(2).map(|pair| (pair[0], pair[1]));
    let met = neighbours.filter(|(before, after)| {
        let (before, after) = (&owned[*before], &owned[*after]);
        before.resource == after.resource
            && before.kind == after.kind
            && before.period.to() == after.period.from()
    });
    met.map(|(before, after)| (after, before)).collect()
}

/// Does it come to the same on which line a quantity stands?
fn is_alike_on_any_line(item: &PriceItem, tariff: &Tariff) -> bool {
    matches!(tariff.model, Model::Unit(_)) && tariff.is_plain_but_for_percent() && is_by_time(item)
}

impl<'a> Meterer<'a, '_> {
    /// The interval that says it.
    pub(super) fn named(&mut self, part: Part, stretch: Stretch<'a>) -> &'a Interval {
        let mut named = stretch.interval;
        if self.goes_on.is_empty() {
            return named;
        }
        let item = self.table.item(part.item);
        let charged = self.charged_to_payer(part);
        // Under one of several prices alone a line would have a part of the time that no other line knows of.
        let mut selections = self.charged[charged].iter();
        let is_alike = selections.all(|one| {
            let selection = one.selection.as_ref().ok();
            selection.is_none_or(|selection| is_alike_on_any_line(item, selection.tariff()))
        });
        if !is_alike {
            return named;
        }
        let own = &stretch.owners[part.owner];
        let key = |place| (place, part.item, own.account, own.agreement.as_str());
        let mut place = stretch.owned;
        let mut passed = Vec::new();
        while let Some(&before) = self.goes_on.get(&place) {
            if let Some(known) = self.named.get(&key(place)) {
                named = known;
                break;
            }
            let owned = &self.owned[before];
            let interval = self.intervals.get(owned.interval);
            let Some(interval) = interval.filter(|interval| fits(item, interval)) else {
                break;
            };
            if !is_paid_alike(&owned.ownership, part, stretch) {
                break;
            }
            passed.push(place);
            named = interval;
            place = before;
        }
        let passed = passed.into_iter().map(|place| (key(place), named));
        self.named.extend(passed);
        named
    }
}

fn is_paid_alike(ownership: &Ownership, part: Part, stretch: Stretch<'_>) -> bool {
    let Ownership::Owned {
        owners,
        service,
        plan,
    } = ownership
    else {
        return false;
    };
    let own = &stretch.owners[part.owner];
    let mut owners = owners.iter();
    plan.as_ref() == stretch.plan
        && service.as_ref() == stretch.service
        && owners.any(|owner| owner.account == own.account && owner.agreement == own.agreement)
}

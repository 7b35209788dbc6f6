//! Under which name and attributes a resource is kept apart from others: in advance under those by which it was billed, for as
//! long as it goes on.

use std::collections::HashMap;

use super::{Meterer, Part, Stretch};
use crate::inventory::Interval;
use crate::ownership::{OwnedInterval, Ownership};
use crate::price::{Aggregate, Model, PriceItem, Selection, Tariff};
use crate::rate::group::fits;

/// By position, what each owned interval goes on from.
pub(super) fn going_on(owned: &[OwnedInterval]) -> HashMap<usize, usize> {
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
    matches!(tariff.model, Model::Unit(_))
        && tariff.is_plain_but_for_percent()
        && item.aggregation.aggregate == Aggregate::Average
}

impl<'a> Meterer<'a, '_> {
    /// The interval that says it.
    pub(super) fn named(
        &mut self,
        part: Part,
        charged_position: usize,
        stretch: Stretch<'a>,
    ) -> &'a Interval {
        let mut named = stretch.interval;
        if self.goes_on.is_empty() {
            return named;
        }
        let item = self.table.item(part.item);
        let charged = self.charged_to_payer(part);
        let selection = self.charged[charged][charged_position].selection.as_ref();
        let tariff = selection.ok().map(Selection::tariff);
        if !tariff.is_some_and(|tariff| is_alike_on_any_line(item, tariff)) {
            return named;
        }
        let mut place = stretch.owned;
        while let Some(&before) = self.goes_on.get(&place) {
            let owned = &self.owned[before];
            let interval = self.intervals.get(owned.interval);
            let Some(interval) = interval.filter(|interval| fits(item, interval)) else {
                break;
            };
            if !is_paid_alike(&owned.ownership, part, stretch) {
                break;
            }
            named = interval;
            place = before;
        }
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

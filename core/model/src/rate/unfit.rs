//! Why a price item does not charge a resource, in words. For people: what is charged is decided where it is metered.

use super::group::fits;
use crate::ids::CustomerKey;
use crate::inventory::Interval;
use crate::price::{Meter, PriceItem};

/// What an item of the resource's kind lacks to charge it for some customers; none where it charges it.
pub fn unfit(item: &PriceItem, interval: &Interval, customers: &[&CustomerKey]) -> Option<String> {
    let attributes = &interval.configuration.attributes;
    let wanted = item
        .when
        .iter()
        .find(|(name, value)| attributes.get(name) != Some(value.as_str()));
    if let Some((name, value)) = wanted {
        let has = attributes.get(name);
        let has = has.map_or_else(|| "blank".to_owned(), |has| format!("`{has}`"));
        return Some(format!(
            "`{name}` is {has}, and its `when` asks for `{value}`"
        ));
    }
    if !fits(item, interval) {
        return Some(match &item.meter {
            Meter::Attribute(name) | Meter::Distinct(name) => {
                format!("`{name}`, which it measures, is blank, and may be")
            }
            Meter::Count(_) | Meter::Gauge(_) | Meter::Gauges(_) | Meter::Manual => {
                "it does not fit".to_owned()
            }
        });
    }
    let mut buyers = customers.iter().copied();
    if !customers.is_empty() && !buyers.any(|one| item.buyers.include(Some(one))) {
        return Some("it is not for this customer".to_owned());
    }
    None
}

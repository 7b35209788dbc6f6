//! A charge that does not fit: whose quantity it is that no line can hold, and what the others come to without it.

use std::collections::BTreeMap;

use num_traits::Signed;

use super::charged_period::PriceTable;
use super::cut::is_linear;
use super::findings::Findings;
use super::group::{Buyer, Group, Portion};
use crate::charge::Charge;
use crate::decimal::Rational;
use crate::finding::{Finding, FindingCode, Severity};
use crate::ids::ResourceId;
use crate::price::PriceItem;
use crate::time::Period;

/// Of one charge. Where there are more it is the price that is wrong.
const LEFT_OUT_MAX: usize = 8;

/// The charge of a group, and what is billed of it if that is not all. Where it does not fit, the resource with the greatest
/// quantity is told, and kept out of it if it has no part in what others cost.
pub(super) fn charge_that_fits<'a>(
    group: &Group<'a>,
    table: &PriceTable<'_>,
    findings: &mut Findings,
    settle: impl Fn(&Group<'a>) -> Option<Charge>,
) -> Option<(Charge, Option<Vec<Portion<'a>>>)> {
    let mut left: Option<Group<'a>> = None;
    for _ in 0..=LEFT_OUT_MAX {
        let own = left.as_ref().unwrap_or(group);
        if let Some(charge) = settle(own) {
            return Some((charge, left.map(|left| left.portions)));
        }
        let item = table.item(group.item);
        let greatest = greatest(own);
        findings.push(too_large(
            item,
            &group.buyer,
            group.charged.period,
            greatest,
        ));
        let is_alone =
            is_linear(group, table) && group.manual.is_empty() && !group.buyer.is_renewed();
        let out = greatest.filter(|_| is_alone)?.interval.resource;
        let others = own.portions.iter();
        let others = others.filter(|portion| portion.interval.resource != out);
        let others: Vec<Portion<'a>> = others.cloned().collect();
        if others.is_empty() {
            return None;
        }
        left = Some(Group {
            buyer: group.buyer,
            item: group.item,
            charged: group.charged.clone(),
            within: group.within,
            dimensions: group.dimensions.clone(),
            portions: others,
            contents: BTreeMap::new(),
            manual: Vec::new(),
        });
    }
    None
}

/// The greatest quantity of the resource that has most of it over time.
fn greatest<'g, 'a>(group: &'g Group<'a>) -> Option<&'g Portion<'a>> {
    let mut resources: BTreeMap<ResourceId, (Rational, &Portion<'a>)> = BTreeMap::new();
    for portion in &group.portions {
        let units = Rational::from_integer(portion.units.into());
        let count = portion.quantity.to_rational().abs() * portion.share * units;
        let own = resources.entry(portion.interval.resource);
        let (sum, greatest) = own.or_insert_with(|| (Rational::default(), portion));
        *sum += count;
        if portion.quantity > greatest.quantity {
            *greatest = portion;
        }
    }
    let resources = resources.into_values();
    let most = resources.reduce(|most, next| if next.0 > most.0 { next } else { most });
    most.map(|(_, portion)| portion)
}

/// The finding that a charge does not fit.
pub(super) fn too_large(
    item: &PriceItem,
    buyer: &Buyer<'_>,
    period: Period,
    greatest: Option<&Portion<'_>>,
) -> Finding {
    let (item, terms) = (&item.key, buyer.terms);
    let subject = format!("item {item}, account {}", terms.key);
    let of_resource = greatest.map(|portion| {
        let interval = portion.interval;
        let (name, place) = (&interval.configuration.name, &interval.evidence.place);
        let place = if place.is_empty() {
            String::new()
        } else {
            format!(" ({place})")
        };
        (name, format!("{}{place}", portion.quantity))
    });
    let (subject, whose, next_step) = match of_resource {
        Some((name, whose)) => (
            format!("{subject}, resource {name}"),
            format!(" Most of it is that of {name}, {whose}."),
            format!("correct the quantity of {name}, or a price in the wrong unit"),
        ),
        None => (
            subject,
            String::new(),
            "look for an absurd quantity among what it is of, or for a price in the wrong unit"
                .to_owned(),
        ),
    };
    Finding {
        code: FindingCode::AmountOverflow,
        severity: Severity::Blocking,
        subject,
        message: format!(
            "The charge of `{item}` to account `{}` is too large: its amount exceeds 64 bits of {} minor units, or its quantity 28 digits.{whose}",
            terms.key, terms.currency
        ),
        next_step,
        value: None,
        since: Some(period.from()),
    }
}

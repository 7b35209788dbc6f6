//! Which price holds when within a billing period, for each buyer: the charged periods.

use std::collections::{BTreeMap, HashMap};

use super::weights::Weights;
use crate::ids::Kind;
use crate::price::{Level, Price, PriceBook, PriceItem, PricedFor, Proration, Selection, select};
use crate::time::{BillingPeriod, Period};
use crate::validity::{ConfigVersion, segments};

/// A stretch of the billing period in which an item costs a buyer the same, or has no price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChargedPeriod<'a> {
    pub(super) period: Period,
    pub(super) selection: Option<Selection<'a>>,
}

/// The price book laid out for one billing period.
#[derive(Debug)]
pub(super) struct PriceTable<'a> {
    pub(super) book: &'a PriceBook,
    pub(super) billing_period: &'a BillingPeriod,
    items_of_kind: HashMap<&'a Kind, Vec<usize>>,
    /// For each item the prices that hold in each stretch of the billing period.
    holding: Vec<Vec<(Period, Vec<&'a Price>)>>,
    seconds: Weights,
    days: Weights,
}

impl<'a> PriceTable<'a> {
    pub(super) fn new(
        book: &'a PriceBook,
        versions: &'a [ConfigVersion<&'a PriceBook>],
        billing_period: &'a BillingPeriod,
    ) -> Self {
        let mut items_of_kind: HashMap<&'a Kind, Vec<usize>> = HashMap::new();
        let mut positions = BTreeMap::new();
        for (position, item) in book.items.iter().enumerate() {
            positions.insert(&item.key, position);
            for kind in &item.kinds {
                items_of_kind.entry(kind).or_default().push(position);
            }
        }
        let mut holding = vec![Vec::new(); book.items.len()];
        for segment in segments::<Price, _>(versions, billing_period.period()) {
            let mut of_item = vec![Vec::new(); book.items.len()];
            for price in segment.items {
                // An item that only a later version has is charged from that version's first period on.
                if let Some(&position) = positions.get(&price.item) {
                    of_item[position].push(price);
                }
            }
            for (position, prices) in of_item.into_iter().enumerate() {
                holding[position].push((segment.period, prices));
            }
        }
        Self {
            book,
            billing_period,
            items_of_kind,
            holding,
            seconds: Weights::new(Proration::Second, billing_period),
            days: Weights::new(Proration::ActualDay, billing_period),
        }
    }

    pub(super) fn item(&self, position: usize) -> &'a PriceItem {
        &self.book.items[position]
    }

    pub(super) fn items_of(&self, kind: &Kind) -> &[usize] {
        self.items_of_kind.get(kind).map_or(&[], Vec::as_slice)
    }

    pub(super) fn weights(&self, position: usize) -> &Weights {
        match self.item(position).proration {
            Proration::Second => &self.seconds,
            Proration::ActualDay => &self.days,
        }
    }

    /// Tiles the billing period. A new version that charges the same at the same level makes no new charged period.
    pub(super) fn charged_periods(
        &self,
        position: usize,
        buyer: &PricedFor<'_>,
    ) -> Vec<ChargedPeriod<'a>> {
        let mut charged: Vec<ChargedPeriod<'a>> = Vec::new();
        for (period, prices) in &self.holding[position] {
            let selection = select(prices, &self.item(position).key, buyer);
            match charged.last_mut() {
                Some(last) if terms(last.selection.as_ref()) == terms(selection.as_ref()) => {
                    last.period = Period::new(last.period.from(), period.to())
                        .expect("a stretch ends after the one before it began");
                }
                _ => charged.push(ChargedPeriod {
                    period: *period,
                    selection,
                }),
            }
        }
        charged
    }
}

/// What decides the line.
fn terms<'s>(
    selection: Option<&'s Selection<'_>>,
) -> Option<(&'s Level, &'s crate::price::Tariff)> {
    selection.map(|selection| (&selection.price.level, &selection.price.tariff))
}

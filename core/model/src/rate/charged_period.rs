//! Which price holds when within a billing period, for each buyer: the charged periods.

use std::collections::{BTreeMap, BTreeSet};

use super::choosing::{Choosing, Unchosen};
use super::group::Buyer;
use super::weights::Weights;
use super::{QuickMap, RateInput};
use crate::decimal::Rational;
use crate::ids::{ItemKey, Kind};
use crate::price::{
    Level, Price, PriceAt, PriceBook, PriceItem, PricedFor, Proration, Selection, Signing, Tariff,
};
use crate::time::{BillingPeriod, Cycle, Date, Instant, Period};
use crate::validity::{ConfigVersion, pieces, segments};

/// A stretch of the billing period in which an item costs a buyer the same, or has no price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChargedPeriod<'a> {
    pub(super) period: Period,
    pub(super) selection: Result<Selection<'a>, Unchosen>,
}

/// An item that is charged in the billing period.
#[derive(Debug)]
struct TableItem<'a> {
    item: &'a PriceItem,
    /// The book in force does not have it: a later one has, with a price that reaches back.
    reaches_back: bool,
}

/// For which time prices are laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) billing_period: &'a BillingPeriod,
    /// The part of it that is charged.
    pub(super) charged: Period,
    /// Amounts are for the charge period of each item that the billing period begins in, and it has a part of them. Otherwise
    /// the billing period is that charge period.
    pub(super) own_cycles: bool,
    /// A day of the month with which it is billed, where that is not when it ends. Exchange rates are those of that month: later
    /// ones are not known when it is billed.
    pub(super) billed_with: Option<Date>,
}

/// The price book laid out for one billing period.
#[derive(Debug)]
pub(super) struct PriceTable<'a> {
    pub(super) book: &'a PriceBook,
    pub(super) billing_period: &'a BillingPeriod,
    /// As it is written.
    pub(super) period_id: String,
    pub(super) charged: Period,
    /// What goes on as it was is billed before it is renewed.
    is_in_advance: bool,
    items: Vec<TableItem<'a>>,
    /// By kind, in the order in which items have them.
    items_of_kinds: Vec<Vec<usize>>,
    kinds: QuickMap<&'a Kind, usize>,
    positions: BTreeMap<&'a ItemKey, usize>,
    /// For each item the prices that hold in each stretch of the billing period.
    holding: Vec<Vec<(Period, Vec<&'a Price>)>>,
    /// For each item: does its price depend on nothing but the plan and the currency of a buyer?
    is_general: Vec<bool>,
    choosing: Choosing<'a>,
    /// Of the prorations that items have, and for each item which of them.
    weights: Vec<Weights>,
    weights_of: Vec<usize>,
}

impl<'a> PriceTable<'a> {
    pub(super) fn new(book: &'a PriceBook, input: &RateInput<'a>, frame: &Frame<'a>) -> Self {
        let versions = input.price_book;
        let segments = segments::<Price, _>(versions, frame.charged);
        let holding_prices = segments.iter().flat_map(|segment| &segment.items);
        let priced: BTreeSet<&ItemKey> = holding_prices.map(|price| &price.item).collect();
        let items = charged_items(book, versions, frame.charged.from(), &priced);
        let mut items_of_kinds: Vec<Vec<usize>> = Vec::new();
        let mut kinds = QuickMap::default();
        let mut positions = BTreeMap::new();
        for (position, TableItem { item, .. }) in items.iter().enumerate() {
            positions.insert(&item.key, position);
            for kind in &item.kinds {
                let next = kinds.len();
                let kind = *kinds.entry(kind).or_insert(next);
                if kind == next {
                    items_of_kinds.push(Vec::new());
                }
                items_of_kinds[kind].push(position);
            }
        }
        let (weights, weights_of) = weights(&items, frame);
        let mut holding = vec![Vec::new(); items.len()];
        for segment in segments {
            let mut of_item = vec![Vec::new(); items.len()];
            for price in segment.items {
                // A later version's undated price holds from that version's first period on, and so does its item.
                if let Some(&position) = positions.get(&price.item) {
                    of_item[position].push(price);
                }
            }
            for (position, prices) in of_item.into_iter().enumerate() {
                holding[position].push((segment.period, prices));
            }
        }
        let charged = items.iter().map(|one| one.item);
        let is_general = charged.clone().zip(&holding).map(|(item, holding)| {
            let mut all = holding.iter().flat_map(|(_, prices)| prices);
            item.price_at != PriceAt::AgreementSigning && all.all(|price| price.is_general())
        });
        let is_general = is_general.collect();
        Self {
            book,
            billing_period: frame.billing_period,
            period_id: frame.billing_period.id(),
            charged: frame.charged,
            is_in_advance: frame.billed_with.is_some(),
            choosing: Choosing::new(
                book,
                versions,
                charged,
                (frame.billing_period, frame.billed_with),
                input.accounts,
            ),
            items,
            items_of_kinds,
            kinds,
            positions,
            holding,
            is_general,
            weights,
            weights_of,
        }
    }

    pub(super) fn is_in_advance(&self) -> bool {
        self.is_in_advance
    }

    pub(super) fn item(&self, position: usize) -> &'a PriceItem {
        self.items[position].item
    }

    pub(super) fn position(&self, item: &ItemKey) -> Option<usize> {
        self.positions.get(item).copied()
    }

    /// The items that are a percentage of others.
    pub(super) fn percentages(&self) -> impl Iterator<Item = usize> + '_ {
        let items = self.items.iter().enumerate();
        items.filter_map(|(position, one)| (!one.item.of.is_empty()).then_some(position))
    }

    /// Is a stretch without a price of this item as it should be? It is where the item was thought of only later.
    pub(super) fn reaches_back(&self, position: usize) -> bool {
        self.items[position].reaches_back
    }

    /// Do all buyers of the same plan and currency have the same charged periods of this item?
    pub(super) fn is_general(&self, position: usize) -> bool {
        self.is_general[position]
    }

    /// Is nothing charged for a service, on purpose?
    pub(super) fn is_free_service(&self, service: &str) -> bool {
        let free = &self.book.not_charged_services;
        free.iter().any(|known| known.as_str() == service)
    }

    pub(super) fn items_of(&self, kind: &Kind) -> &[usize] {
        self.kind(kind).map_or(&[], |(_, items)| items)
    }

    /// The number of a kind that has items, and those.
    pub(super) fn kind(&self, kind: &Kind) -> Option<(usize, &[usize])> {
        let number = *self.kinds.get(kind)?;
        Some((number, &self.items_of_kinds[number]))
    }

    pub(super) fn weights(&self, position: usize) -> &Weights {
        &self.weights[self.weights_of[position]]
    }

    /// How much of what the item has once in a charge period a charged period has.
    pub(super) fn fraction(&self, position: usize, period: Period) -> Rational {
        let proration = self.item(position).proration;
        self.weights(position).once(proration, period)
    }

    /// The part of a charged period that a line is for: an agreement that is renewed has its own, also under the same price.
    pub(super) fn of_agreement(&self, buyer: &Buyer<'_>, charged: Period) -> Option<Period> {
        if self.is_in_advance || !buyer.is_renewed() {
            return Some(charged);
        }
        buyer.terms.held(buyer.agreement, charged)
    }

    /// Tiles the billing period. A new version that charges the same at the same level makes no new charged period.
    pub(super) fn charged_periods(
        &self,
        position: usize,
        buyer: &PricedFor<'_>,
        signings: &[Signing],
    ) -> Vec<ChargedPeriod<'a>> {
        let item = self.item(position);
        let own = |signing: &&Signing| buyer.agreement == Some(&signing.agreement);
        let cuts = signings.iter().filter(own).map(|one| one.validity);
        let cuts = cuts.flat_map(|validity| [validity.from, validity.to]);
        let cuts: Vec<Instant> = cuts.flatten().collect();
        let mut charged: Vec<ChargedPeriod<'a>> = Vec::new();
        for (holding, prices) in &self.holding[position] {
            for period in pieces(*holding, cuts.iter().copied()) {
                let signed = buyer
                    .agreement
                    .and_then(|agreement| Signing::of(signings, agreement, period.from()));
                let buyer = PricedFor { signed, ..*buyer };
                let selection = self.choosing.choose(item, prices, &buyer);
                join(
                    &mut charged,
                    ChargedPeriod { period, selection },
                    item.price_at,
                );
            }
        }
        charged
    }
}

/// Adds a stretch to those before it. Where the price of the start counts, what comes later is passed over.
fn join<'a>(charged: &mut Vec<ChargedPeriod<'a>>, mut next: ChargedPeriod<'a>, at: PriceAt) {
    let Some(last) = charged.last_mut() else {
        return charged.push(next);
    };
    if let (PriceAt::PeriodStart, Ok(first)) = (at, &mut last.selection) {
        if let Ok(later) = &next.selection
            && later.price != first.price
            && !first.passed_over.contains(&later.price)
        {
            first.passed_over.push(later.price);
        }
        next.selection.clone_from(&last.selection);
    }
    if terms(&last.selection) == terms(&next.selection) {
        last.period = Period::new(last.period.from(), next.period.to())
            .expect("a stretch ends after the one before it began");
    } else {
        charged.push(next);
    }
}

/// Of each proration and charge cycle, and for each item which of them.
fn weights(items: &[TableItem<'_>], frame: &Frame<'_>) -> (Vec<Weights>, Vec<usize>) {
    let mut known: Vec<(Proration, Cycle)> = Vec::new();
    let mut weights = Vec::new();
    let mut weights_of = Vec::with_capacity(items.len());
    let asked = frame.billing_period;
    for TableItem { item, .. } in items {
        let cycle = if frame.own_cycles {
            item.charge_cycle.cycle
        } else {
            asked.cycle()
        };
        let key = (item.proration, cycle);
        let position = known.iter().position(|known| *known == key);
        weights_of.push(position.unwrap_or(known.len()));
        if position.is_some() {
            continue;
        }
        known.push(key);
        let own = if cycle == asked.cycle() {
            None
        } else {
            BillingPeriod::of(cycle, asked.first_day(), asked.zone().clone()).ok()
        };
        let own = own.as_ref().unwrap_or(asked);
        weights.push(Weights::spanning(item.proration, own, asked));
    }
    (weights, weights_of)
}

/// The items of the book in force, and after them those that later books added with a price for this period, each as
/// the last of them has it.
fn charged_items<'a>(
    book: &'a PriceBook,
    versions: &[ConfigVersion<&'a PriceBook>],
    start: Instant,
    priced: &BTreeSet<&ItemKey>,
) -> Vec<TableItem<'a>> {
    let mut known: BTreeSet<&ItemKey> = BTreeSet::new();
    let mut items = Vec::with_capacity(book.items.len());
    for item in &book.items {
        known.insert(&item.key);
        items.push(TableItem {
            item,
            reaches_back: false,
        });
    }
    let later = versions.iter().rev();
    let later = later.filter(|version| version.effective_from.is_some_and(|from| from > start));
    for item in later.flat_map(|version| &version.terms.items) {
        if priced.contains(&item.key) && known.insert(&item.key) {
            items.push(TableItem {
                item,
                reaches_back: true,
            });
        }
    }
    items
}

/// What decides the line.
fn terms<'s>(
    selection: &'s Result<Selection<'_>, Unchosen>,
) -> Result<(&'s Level, &'s Tariff), &'s Unchosen> {
    let selection = selection.as_ref();
    selection.map(|selection| (&selection.price.level, selection.tariff()))
}

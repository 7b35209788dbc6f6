//! What anyone would pay who has no price of his own: the price of a plan, else the list price, in one currency.

use std::collections::BTreeMap;

use super::QuickMap;
use super::charged_period::{ChargedPeriod, PriceTable};
use super::pricing::{Usage, net};
use crate::decimal::Rational;
use crate::ids::PlanKey;
use crate::money::Currency;
use crate::price::PricedFor;

type Place<'a> = (Option<&'a str>, usize, usize);

pub(super) struct ListPrices<'t, 'a> {
    table: &'t PriceTable<'a>,
    currency: Currency,
    /// By plan and item.
    charged: BTreeMap<(Option<&'a str>, usize), Vec<ChargedPeriod<'a>>>,
    /// Many resources are alike, and pricing one is slow.
    known: QuickMap<(Place<'a>, (i128, u32)), Option<Rational>>,
}

impl<'t, 'a> ListPrices<'t, 'a> {
    pub(super) fn new(table: &'t PriceTable<'a>, currency: Currency) -> Self {
        Self {
            table,
            currency,
            charged: BTreeMap::new(),
            known: QuickMap::default(),
        }
    }

    pub(super) fn currency(&self) -> Currency {
        self.currency
    }

    pub(super) fn charged(&mut self, plan: Option<&'a str>, item: usize) -> &[ChargedPeriod<'a>] {
        self.charged.entry((plan, item)).or_insert_with(|| {
            let key = plan.map(PlanKey::from);
            let anyone = PricedFor {
                account: None,
                customer: None,
                agreement: None,
                signed: None,
                plan: key.as_ref(),
                currency: self.currency,
            };
            self.table.charged_periods(item, &anyone, &[])
        })
    }

    /// The exact price of a quantity in one of the charged periods. `None` where there is no price. What has the same key has
    /// the same quantity.
    pub(super) fn net(
        &mut self,
        place: Place<'a>,
        key: Option<(i128, u32)>,
        quantity: impl FnOnce(&mut Self) -> Rational,
    ) -> Option<Rational> {
        if let Some(known) = key.and_then(|key| self.known.get(&(place, key))) {
            return known.clone();
        }
        let quantity = quantity(self);
        let (plan, item, position) = place;
        let table = self.table;
        let charged = &self.charged(plan, item)[position];
        let selection = charged.selection.as_ref().ok();
        let priced = selection.map(|selection| {
            let weight = table.fraction(item, charged.period);
            let proration = table.item(item).proration;
            let there = table.weights(item).fraction(proration, charged.period);
            let usage = Usage {
                quantity: &quantity,
                weight: &weight,
                moments: None,
                shared_allowance: None,
                there: Some(&there),
                part: None,
            };
            net(selection.tariff(), &usage)
        });
        if let Some(key) = key {
            self.known.insert((place, key), priced.clone());
        }
        priced
    }
}

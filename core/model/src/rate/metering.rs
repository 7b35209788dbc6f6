//! Measures owned intervals: who has how much of which item for how long, gathered by what will be one charge.

use std::collections::{BTreeMap, HashMap};

use super::charged_period::{ChargedPeriod, PriceTable};
use super::findings::{Findings, Topic};
use super::group::{Buyer, Group, Metered, Portion, dimensions, fits, kept_apart};
use super::quantity::{Gauges, read};
use super::{AccountTerms, RateInput};
use crate::ids::{AccountId, IntervalId, PlanKey, ServiceKey};
use crate::inventory::Interval;
use crate::ownership::{OwnedInterval, Owner, Ownership};
use crate::price::{Dimension, PriceItem, PricedFor};
use crate::time::Period;

type BuyerKey<'a> = (AccountId, &'a str, Option<&'a str>, Option<&'a str>);
type GroupKey<'a> = (usize, usize, usize, Vec<Option<&'a str>>);

struct Meterer<'a, 't> {
    table: &'t PriceTable<'a>,
    accounts: &'a BTreeMap<AccountId, AccountTerms>,
    gauges: Gauges<'a>,
    buyers: Vec<Buyer<'a>>,
    buyer_positions: HashMap<BuyerKey<'a>, usize>,
    /// Charged periods by buyer and item: the expensive part of the look-up is done once.
    charged: HashMap<(usize, usize), Vec<ChargedPeriod<'a>>>,
    groups: Vec<Group<'a>>,
    group_positions: HashMap<GroupKey<'a>, usize>,
}

/// A stretch of an interval with its owners.
#[derive(Clone, Copy)]
struct Stretch<'a> {
    owned: usize,
    interval: &'a Interval,
    period: Period,
    owners: &'a [Owner],
    plan: Option<&'a PlanKey>,
    service: Option<&'a ServiceKey>,
}

pub(super) fn meter<'a>(
    input: &RateInput<'a>,
    intervals: &HashMap<IntervalId, &'a Interval>,
    table: &PriceTable<'a>,
    findings: &mut Findings,
) -> Metered<'a> {
    let mut meterer = Meterer {
        table,
        accounts: input.accounts,
        gauges: Gauges::new(input.gauges),
        buyers: Vec::new(),
        buyer_positions: HashMap::new(),
        charged: HashMap::new(),
        groups: Vec::new(),
        group_positions: HashMap::new(),
    };
    let mut not_charged = vec![false; input.owned.len()];
    for (position, owned) in input.owned.iter().enumerate() {
        if let Some(stretch) = stretch(position, owned, input, intervals) {
            not_charged[position] = meterer.meter_stretch(stretch, findings);
        }
    }
    Metered {
        groups: meterer.groups,
        not_charged,
    }
}

fn stretch<'a>(
    position: usize,
    owned: &'a OwnedInterval,
    input: &RateInput<'a>,
    intervals: &HashMap<IntervalId, &'a Interval>,
) -> Option<Stretch<'a>> {
    let Ownership::Owned {
        owners,
        service,
        plan,
    } = &owned.ownership
    else {
        return None;
    };
    Some(Stretch {
        owned: position,
        // One that is not there makes the balance of its kind fail.
        interval: intervals.get(&owned.interval)?,
        period: owned.period.intersect(input.billing_period.period())?,
        owners,
        plan: plan.as_ref(),
        service: service.as_ref(),
    })
}

impl<'a> Meterer<'a, '_> {
    /// Answers whether nothing is charged on purpose.
    fn meter_stretch(&mut self, stretch: Stretch<'a>, findings: &mut Findings) -> bool {
        let kind = &stretch.interval.kind;
        let table = self.table;
        let items = table.items_of(kind);
        if items.is_empty() {
            let on_purpose = table.book.not_charged_kinds.contains(kind);
            if !on_purpose {
                findings.add(
                    Topic::NoItem { kind: kind.clone() },
                    stretch.interval,
                    stretch.period,
                );
            }
            return on_purpose;
        }
        let mut fits_any = false;
        for &item in items {
            if fits(table.item(item), stretch.interval) {
                fits_any = true;
                self.meter_item(item, stretch, findings);
            }
        }
        if !fits_any {
            findings.add(
                Topic::FilteredOut { kind: kind.clone() },
                stretch.interval,
                stretch.period,
            );
        }
        !fits_any
    }

    fn meter_item(&mut self, item: usize, stretch: Stretch<'a>, findings: &mut Findings) {
        let definition = self.table.item(item);
        let reading = read(
            &definition.meter,
            stretch.interval,
            stretch.period,
            &self.gauges,
        );
        if let Some(fault) = reading.fault {
            let topic = Topic::Fault {
                resource: stretch.interval.resource,
                item: definition.key.clone(),
                fault,
            };
            findings.add(topic, stretch.interval, stretch.period);
        }
        for (owner_position, owner) in stretch.owners.iter().enumerate() {
            let Some((buyer, plain_buyer)) = self.buyer(owner, stretch) else {
                findings.add(
                    Topic::UnknownAccount {
                        account: owner.account,
                    },
                    stretch.interval,
                    stretch.period,
                );
                continue;
            };
            let by_service = definition.dimensions.contains(&Dimension::Service);
            let payer = if by_service { buyer } else { plain_buyer };
            self.price_periods(plain_buyer, item);
            let charged_periods = &self.charged[&(plain_buyer, item)];
            let mut pieces = Vec::new();
            for (charged_position, charged) in charged_periods.iter().enumerate() {
                if charged.selection.is_none() {
                    let expected = !self.table.reaches_back(item);
                    let missing = charged.period.intersect(stretch.period);
                    if let Some(period) = missing.filter(|_| expected) {
                        let topic = no_price(&self.buyers[plain_buyer], definition, charged.period);
                        findings.add(topic, stretch.interval, period);
                    }
                    continue;
                }
                for &(level_period, quantity) in &reading.levels {
                    if let Some(period) = level_period.intersect(charged.period) {
                        pieces.push((charged_position, period, quantity));
                    }
                }
            }
            for (charged_position, period, quantity) in pieces {
                let group =
                    self.group(payer, plain_buyer, item, charged_position, stretch.interval);
                let portion = Portion {
                    owned: stretch.owned,
                    owner: owner_position,
                    interval: stretch.interval,
                    share: &owner.share,
                    period,
                    quantity,
                    units: self.table.weights(item).units(period),
                };
                self.groups[group].portions.push(portion);
            }
        }
    }

    /// The buyer, and the same one without a service: what pays for items that do not keep services apart.
    fn buyer(&mut self, owner: &'a Owner, stretch: Stretch<'a>) -> Option<(usize, usize)> {
        let terms = self.accounts.get(&owner.account)?;
        let mut position_of = |service: Option<&'a ServiceKey>| {
            let key = (
                owner.account,
                owner.agreement.as_str(),
                stretch.plan.map(PlanKey::as_str),
                service.map(ServiceKey::as_str),
            );
            *self.buyer_positions.entry(key).or_insert_with(|| {
                self.buyers.push(Buyer {
                    account: owner.account,
                    terms,
                    agreement: &owner.agreement,
                    plan: stretch.plan,
                    service,
                });
                self.buyers.len() - 1
            })
        };
        Some((position_of(stretch.service), position_of(None)))
    }

    fn price_periods(&mut self, buyer: usize, item: usize) {
        let (table, terms) = (self.table, &self.buyers[buyer]);
        self.charged.entry((buyer, item)).or_insert_with(|| {
            let priced_for = PricedFor {
                account: Some(&terms.terms.key),
                customer: Some(&terms.terms.customer),
                plan: terms.plan,
                currency: terms.terms.currency,
            };
            table.charged_periods(item, &priced_for)
        });
    }

    fn group(
        &mut self,
        payer: usize,
        plain_buyer: usize,
        item: usize,
        charged_position: usize,
        interval: &'a Interval,
    ) -> usize {
        let definition = self.table.item(item);
        let apart = kept_apart(definition, interval);
        let key: GroupKey<'a> = (payer, item, charged_position, apart.collect());
        if let Some(&position) = self.group_positions.get(&key) {
            return position;
        }
        let buyer = self.buyers[payer];
        self.groups.push(Group {
            buyer,
            item,
            charged: self.charged[&(plain_buyer, item)][charged_position].clone(),
            dimensions: dimensions(definition, &buyer, interval),
            portions: Vec::new(),
        });
        self.group_positions.insert(key, self.groups.len() - 1);
        self.groups.len() - 1
    }
}

fn no_price(buyer: &Buyer<'_>, item: &PriceItem, period: Period) -> Topic {
    Topic::NoPrice {
        account: buyer.terms.key.clone(),
        item: item.key.clone(),
        currency: buyer.terms.currency,
        plan: buyer.plan.cloned(),
        period,
    }
}

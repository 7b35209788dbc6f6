//! Measures owned intervals: who has how much of which item for how long, gathered by what will be one charge.

mod bundled;
mod named;
mod opened;
mod payers;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::charged_period::{ChargedPeriod, PriceTable};
use super::due::DueScope;
use super::findings::{Findings, Topic};
use super::group::{Buyer, Group, Metered, Portion, fits, has_own};
use super::observed::{Intervals, Observed};
use super::quantity::{Gauges, Reading, read};
use super::unpriced::Unpriced;
use super::{AccountTerms, QuickMap, RateInput};
use crate::ids::{AccountId, PlanKey, ServiceKey};
use crate::inventory::Interval;
use crate::money::Currency;
use crate::ownership::{OwnedInterval, Owner, Ownership};
use crate::price::PricedFor;
use crate::time::Period;
use named::{NamedKey, going_on};
use payers::{ItemPayers, Payer};

type BuyerKey<'a> = (AccountId, &'a str, Option<&'a str>, Option<&'a str>);
type GroupKey<'a> = (usize, usize, usize, Vec<Option<&'a str>>);

struct Meterer<'a, 't> {
    table: &'t PriceTable<'a>,
    /// Absent: every item for every account.
    scopes: Option<&'t [DueScope]>,
    accounts: &'a BTreeMap<AccountId, AccountTerms>,
    gauges: &'t Gauges<'a>,
    intervals: &'t Intervals<'a>,
    owned: &'a [OwnedInterval],
    /// What is billed in advance and goes on; nothing in arrears.
    goes_on: QuickMap<usize, usize>,
    /// By what was named: it is looked for once.
    named: QuickMap<NamedKey<'a>, &'a Interval>,
    buyers: Vec<Buyer<'a>>,
    buyer_positions: QuickMap<BuyerKey<'a>, usize>,
    /// The expensive part of the look-up is done once for a buyer and an item.
    charged: Vec<Vec<ChargedPeriod<'a>>>,
    charged_positions: QuickMap<(usize, usize), usize>,
    /// By plan, currency and item, where nothing else of a buyer matters.
    charged_generally: QuickMap<(Option<&'a str>, Currency, usize), usize>,
    groups: Vec<Group<'a>>,
    unread: BTreeMap<GroupKey<'a>, Group<'a>>,
    group_positions: QuickMap<GroupKey<'a>, usize>,
    /// Who pays for which items of a kind under an ownership, and where that is by the ownership's address and the kind.
    payers: Vec<Vec<ItemPayers>>,
    payers_positions: QuickMap<(usize, usize), usize>,
    /// Those that were asked for last: equal stretches may come together.
    last_payers: Option<((usize, usize), usize)>,
    /// Of the stretch that is metered, by owner: does any item charge him?
    charged_to: Vec<bool>,
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
    /// Where its ownership is: equal ones may share it.
    address: usize,
}

/// An owner of a stretch, and an item that charges it.
#[derive(Clone, Copy)]
struct Part {
    owner: usize,
    item: usize,
    payer: Payer,
    /// In the lists of payers.
    at: (usize, usize, usize),
}

pub(super) fn meter<'a>(
    input: &RateInput<'a>,
    observed: &Observed<'a>,
    (table, scopes): (&PriceTable<'a>, Option<&[DueScope]>),
    findings: &mut Findings,
) -> Metered<'a> {
    let mut meterer = Meterer {
        table,
        scopes,
        accounts: input.accounts,
        gauges: &observed.gauges,
        intervals: &observed.intervals,
        owned: input.owned,
        goes_on: if table.is_in_advance() {
            going_on(input.owned)
        } else {
            QuickMap::default()
        },
        named: QuickMap::default(),
        buyers: Vec::new(),
        buyer_positions: QuickMap::default(),
        charged: Vec::new(),
        charged_positions: QuickMap::default(),
        charged_generally: QuickMap::default(),
        groups: Vec::new(),
        unread: BTreeMap::new(),
        group_positions: QuickMap::default(),
        payers: Vec::new(),
        payers_positions: QuickMap::default(),
        last_payers: None,
        charged_to: Vec::new(),
    };
    let mut not_charged = vec![false; input.owned.len()];
    for (position, owned) in input.owned.iter().enumerate() {
        if let Some(stretch) = stretch((position, owned), table.charged, &observed.intervals) {
            not_charged[position] = meterer.meter_stretch(stretch, findings);
        }
    }
    Metered {
        groups: meterer.groups,
        unread: meterer.unread.into_values().collect(),
        not_charged,
    }
}

fn stretch<'a>(
    (position, owned): (usize, &'a OwnedInterval),
    charged: Period,
    intervals: &Intervals<'a>,
) -> Option<Stretch<'a>> {
    let Ownership::Owned {
        owners,
        service,
        plan,
    } = &*owned.ownership
    else {
        return None;
    };
    Some(Stretch {
        owned: position,
        // One that is not there makes the balance of its kind fail.
        interval: intervals.get(owned.interval)?,
        period: owned.period.intersect(charged)?,
        owners,
        plan: plan.as_ref(),
        service: service.as_ref(),
        address: Arc::as_ptr(&owned.ownership).addr(),
    })
}

impl<'a> Meterer<'a, '_> {
    /// Answers whether nothing is charged on purpose.
    fn meter_stretch(&mut self, stretch: Stretch<'a>, findings: &mut Findings) -> bool {
        let kind = &stretch.interval.kind;
        let table = self.table;
        let service = stretch.service.map(ServiceKey::as_str);
        if service.is_some_and(|service| table.is_free_service(service)) {
            return true;
        }
        let Some((kind, items)) = table.kind(kind) else {
            let on_purpose = table.book.not_charged_kinds.contains(kind);
            if !on_purpose && self.scopes.is_none() {
                findings.add(
                    Topic::NoItem { kind: kind.clone() },
                    stretch.interval,
                    stretch.period,
                );
            }
            return on_purpose;
        };
        self.charged_to.clear();
        self.charged_to.resize(stretch.owners.len(), false);
        let bundles = items.iter().filter(|item| {
            let definition = table.item(**item);
            !definition.contains.is_empty() && fits(definition, stretch.interval)
        });
        let bundles: Vec<usize> = bundles.copied().collect();
        let payers = self.payers((kind, items), stretch);
        for place in 0..self.payers[payers].len() {
            let item = self.payers[payers][place].item;
            if fits(table.item(item), stretch.interval) {
                self.meter_item((payers, place), &bundles, stretch, findings);
            }
        }
        if self.charged_to.contains(&false) && self.scopes.is_none() {
            findings.add(
                Topic::FilteredOut {
                    kind: stretch.interval.kind.clone(),
                },
                stretch.interval,
                stretch.period,
            );
        }
        !self.charged_to.contains(&true)
    }

    fn meter_item(
        &mut self,
        (payers, place): (usize, usize),
        bundles: &[usize],
        stretch: Stretch<'a>,
        findings: &mut Findings,
    ) {
        let ItemPayers { item, ref owners } = self.payers[payers][place];
        let owners = 0..owners.len();
        let definition = self.table.item(item);
        let mut reading = None;
        for of_owner in owners {
            let paying = &self.payers[payers][place].owners[of_owner];
            let (owner, payer) = (paying.owner, paying.payer);
            // Most kinds have no bundles.
            let left = (!bundles.is_empty())
                .then(|| self.left_by((item, bundles), (owner, payer), stretch));
            if left.as_ref().is_some_and(Vec::is_empty) {
                continue;
            }
            self.charged_to[owner] = true;
            let reading = reading.get_or_insert_with(|| {
                let reading = read(definition, stretch.interval, stretch.period, self.gauges);
                if let Some(fault) = &reading.fault {
                    let topic = Topic::Fault {
                        resource: stretch.interval.resource,
                        item: definition.key.clone(),
                        fault: fault.clone(),
                    };
                    findings.add(topic, stretch.interval, stretch.period);
                }
                reading
            });
            let Some(payer) = payer else {
                let account = stretch.owners[owner].account;
                let topic = Topic::UnknownAccount { account };
                findings.add(topic, stretch.interval, stretch.period);
                continue;
            };
            let part = Part {
                owner,
                item,
                payer,
                at: (payers, place, of_owner),
            };
            let Some(left) = left else {
                self.meter_part(part, stretch, reading, findings);
                continue;
            };
            for period in left {
                self.meter_part(part, Stretch { period, ..stretch }, reading, findings);
            }
        }
    }

    fn meter_part(
        &mut self,
        part: Part,
        stretch: Stretch<'a>,
        reading: &Reading,
        findings: &mut Findings,
    ) {
        let definition = self.table.item(part.item);
        let charged = self.charged_to_payer(part);
        for position in 0..self.charged[charged].len() {
            let charged_period = &self.charged[charged][position];
            let period = charged_period.period;
            if let Err(why) = &charged_period.selection {
                let expected = !self.table.reaches_back(part.item);
                let missing = period.intersect(stretch.period);
                if let Some(missing) = missing.filter(|_| expected) {
                    let why = why.clone();
                    let buyer = &self.buyers[part.payer.plain];
                    let of = Unpriced::new(buyer, definition, period, why);
                    findings.add(Topic::NoPrice(of), stretch.interval, missing);
                }
                continue;
            }
            if reading.is_unread() {
                self.note_unread(part, position, stretch);
            }
            let levels = reading.levels.iter().map(|level| (0, *level));
            let others = reading.others.iter().map(|level| (1, *level));
            for (channel, (level_period, quantity)) in levels.chain(others) {
                let period = level_period.intersect(period);
                let Some(period) = period.and_then(|one| one.intersect(stretch.period)) else {
                    continue;
                };
                let group = self.group(part, position, stretch);
                if !definition.contains.is_empty() {
                    self.note_contents(group, definition, stretch, period);
                }
                self.groups[group].portions.push(Portion {
                    owned: Some(stretch.owned),
                    owner: part.owner,
                    interval: stretch.interval,
                    share: &stretch.owners[part.owner].share,
                    period,
                    quantity,
                    units: self.table.weights(part.item).units(period),
                    channel,
                });
            }
        }
    }

    fn charged_periods(&mut self, buyer: usize, item: usize) -> usize {
        if let Some(known) = self.charged_positions.get(&(buyer, item)) {
            return *known;
        }
        let terms = self.buyers[buyer];
        let general = self.table.is_general(item).then_some((
            terms.plan.map(PlanKey::as_str),
            terms.terms.currency,
            item,
        ));
        let known = general.and_then(|alike| self.charged_generally.get(&alike));
        let position = if let Some(known) = known {
            *known
        } else {
            let position = self.charged.len();
            self.charged.push(self.charged_to(&terms, item));
            let general = general.map(|alike| (alike, position));
            self.charged_generally.extend(general);
            position
        };
        self.charged_positions.insert((buyer, item), position);
        position
    }

    fn charged_to(&self, terms: &Buyer<'a>, item: usize) -> Vec<ChargedPeriod<'a>> {
        let priced_for = PricedFor {
            account: Some(&terms.terms.key),
            customer: Some(&terms.terms.customer),
            agreement: Some(terms.agreement),
            signed: None,
            plan: terms.plan,
            currency: terms.terms.currency,
        };
        let signings = &terms.terms.signings;
        self.table.charged_periods(item, &priced_for, signings)
    }

    fn group(&mut self, part: Part, charged_position: usize, stretch: Stretch<'a>) -> usize {
        let definition = self.table.item(part.item);
        let shared = !has_own(definition);
        if let (true, Some(known)) = (shared, self.known_group(part, charged_position)) {
            return known;
        }
        let (key, named) = self.group_key(part, charged_position, stretch);
        let group = if let Some(known) = self.group_positions.get(&key) {
            *known
        } else {
            let opened = self.opened(part, &key, named);
            self.groups.push(opened);
            let next = self.groups.len() - 1;
            self.group_positions.insert(key, next);
            next
        };
        if shared {
            self.note_group(part, charged_position, group);
        }
        group
    }
}

//! Quantities that no resource has: each becomes portions of its item, as if a resource had had them.
//!
//! They are no part of what was discovered, so the completeness equation does not know them.

use std::collections::BTreeMap;
use std::sync::Arc;

use num_traits::One;

use super::RateInput;
use super::charged_period::PriceTable;
use super::cut::priced;
use super::due::{DueScope, meters};
use super::findings::{Findings, Topic};
use super::group::{Buyer, Group, Portion, dimensions};
use super::unpriced::Unpriced;
use crate::agreed::{Agreed, ManualQuantity, PlacedQuantity};
use crate::attributes::Attributes;
use crate::charge::{ChargeKey, ManualPart};
use crate::decimal::Rational;
use crate::finding::{Finding, FindingCode, Severity};
use crate::ids::{IntervalId, Kind, ListingId, ResourceId, Scope, SourceId};
use crate::inventory::{Configuration, Evidence, Interval};
use crate::price::{Dimension, Meter, PricedFor};
use crate::time::{Period, Validity};

/// What stands in for resources, in the order of the quantities. Its ids are negative, which none of the store is.
#[derive(Debug)]
pub(super) struct StandIns {
    intervals: Vec<Interval>,
    whole: Rational,
}

impl StandIns {
    pub(super) fn of(agreed: &Agreed) -> Self {
        let mut numbers: BTreeMap<usize, i64> = BTreeMap::new();
        let intervals = agreed.quantities.iter().zip(1_i64..);
        let intervals = intervals.map(|(placed, number)| {
            let next = -1 - i64::try_from(numbers.len()).unwrap_or(i64::MAX - 1);
            let address = Arc::as_ptr(&placed.terms).addr();
            let resource = *numbers.entry(address).or_insert(next);
            interval(placed, IntervalId(-number), ResourceId(resource))
        });
        Self {
            intervals: intervals.collect(),
            whole: Rational::one(),
        }
    }
}

fn interval(placed: &PlacedQuantity, id: IntervalId, resource: ResourceId) -> Interval {
    let terms = &placed.terms;
    Interval {
        id,
        resource,
        kind: Kind::from("manual"),
        source: SourceId(0),
        scope: Scope::from("manual"),
        external_id: terms.label().to_owned(),
        valid: Validity {
            from: Some(placed.period.from()),
            to: Some(placed.period.to()),
        },
        covered_until: placed.period.to(),
        configuration: Arc::new(Configuration {
            name: terms.label().to_owned(),
            parent: None,
            attributes: Attributes::default(),
        }),
        evidence: Evidence {
            listing: ListingId(0),
            place: terms.place.clone(),
        },
        uncertain: None,
    }
}

/// Adds the groups of manual quantities. What cannot be charged is a finding that blocks.
pub(super) fn meter_manual<'a>(
    input: &RateInput<'a>,
    stand_ins: &'a StandIns,
    (table, scopes): (&PriceTable<'a>, Option<&[DueScope]>),
    groups: &mut Vec<Group<'a>>,
    findings: &mut Findings,
) {
    let mut positions: BTreeMap<ChargeKey, usize> = BTreeMap::new();
    for (placed, interval) in input.agreed.quantities.iter().zip(&stand_ins.intervals) {
        let terms = &*placed.terms;
        if !meters(scopes, &terms.item, placed.account) {
            continue;
        }
        let Some(item) = item(terms, table, findings) else {
            continue;
        };
        let definition = table.item(item);
        let Some(account) = input.accounts.get(&placed.account) else {
            let topic = Topic::UnknownAccount {
                account: placed.account,
            };
            findings.add(topic, interval, placed.period);
            continue;
        };
        if !definition.buyers.include(Some(&account.customer)) {
            let why = format!(
                "the item does not charge the customer `{}`",
                account.customer
            );
            findings.push(not_charged(terms, placed.period, &why));
            continue;
        }
        let by_service = definition.dimensions.contains(&Dimension::Service);
        let buyer = Buyer {
            account: placed.account,
            terms: account,
            agreement: &placed.agreement,
            plan: placed.plan.as_ref(),
            service: terms.service.as_ref().filter(|_| by_service),
        };
        let priced_for = PricedFor {
            account: Some(&account.key),
            customer: Some(&account.customer),
            agreement: Some(buyer.agreement),
            signed: None,
            plan: buyer.plan,
            currency: account.currency,
        };
        let all = table.charged_periods(item, &priced_for, &account.signings);
        let within = priced(&all);
        for charged in all {
            let Some(period) = charged.period.intersect(placed.period) else {
                continue;
            };
            if let Err(why) = &charged.selection {
                let why = why.clone();
                let of = Unpriced::new(&buyer, definition, charged.period, why);
                findings.add(Topic::NoPrice(of), interval, period);
                continue;
            }
            let group = Group {
                buyer,
                item,
                dimensions: dimensions(definition, &buyer, interval),
                within: within.unwrap_or(charged.period),
                charged,
                portions: Vec::new(),
                contents: BTreeMap::new(),
                manual: Vec::new(),
            };
            let next = groups.len();
            let position = *positions.entry(group.key(table)).or_insert(next);
            if position == next {
                groups.push(group);
            }
            let group = &mut groups[position];
            group.manual.push(part(terms, period));
            group.portions.push(Portion {
                owned: None,
                owner: 0,
                interval,
                share: &stand_ins.whole,
                period,
                quantity: terms.quantity,
                units: table.weights(item).units(period),
                channel: 0,
            });
        }
    }
    if scopes.is_some() {
        return;
    }
    expiring(input, findings);
    for (terms, period) in &input.agreed.without_agreement {
        let why = "no agreement of the account holds then";
        findings.push(not_charged(terms, *period, why));
    }
}

fn part(terms: &ManualQuantity, period: Period) -> ManualPart {
    ManualPart {
        name: terms.label().to_owned(),
        quantity: terms.quantity,
        period,
        owner: terms.owner.clone(),
        reason: terms.reason.clone(),
        until: terms.until.clone(),
        place: terms.place.clone(),
    }
}

/// The position of the item that prices it.
fn item(terms: &ManualQuantity, table: &PriceTable<'_>, findings: &mut Findings) -> Option<usize> {
    let period = table.billing_period.period();
    let Some(item) = table.position(&terms.item) else {
        let why = "the price book has no such item";
        findings.push(not_charged(terms, period, why));
        return None;
    };
    if table.item(item).meter != Meter::Manual {
        let why = "the item meters resources: only one with `meter = { manual = true }` prices it";
        findings.push(not_charged(terms, period, why));
        return None;
    }
    Some(item)
}

fn subject(terms: &ManualQuantity) -> String {
    format!("quantity {}, account {}", terms.label(), terms.account)
}

fn not_charged(terms: &ManualQuantity, period: Period, why: &str) -> Finding {
    Finding {
        code: FindingCode::QuantityNotCharged,
        severity: Severity::Blocking,
        subject: subject(terms),
        message: format!(
            "{} of `{}` for the account `{}` ({}) are not charged from {} to {}: {why}.",
            terms.quantity,
            terms.item,
            terms.account,
            terms.place,
            period.from(),
            period.to()
        ),
        next_step:
            "correct the quantity, the price book or the agreement; or take the quantity out"
                .to_owned(),
        value: None,
        since: Some(period.from()),
    }
}

/// An expired quantity bills nothing, which may be meant and may be forgotten.
fn expiring(input: &RateInput<'_>, findings: &mut Findings) {
    let begin = input.billing_period.period().from();
    for terms in &input.agreed.expiring {
        let Some(to) = terms.validity.to else {
            continue;
        };
        let how = if to <= begin {
            "expired and bills nothing"
        } else {
            "expires in the billing period, and bills nothing from then on"
        };
        findings.push(Finding {
            code: FindingCode::QuantityExpires,
            severity: Severity::Warning,
            subject: subject(terms),
            message: format!(
                "{} of `{}` for the account `{}` {how}: it holds until {} ({}, {}).",
                terms.quantity, terms.item, terms.account, terms.until, terms.owner, terms.reason
            ),
            next_step: format!(
                "ask {} whether it goes on: give it a later `to`, or take it out ({})",
                terms.owner, terms.place
            ),
            value: None,
            since: Some(to),
        });
    }
}

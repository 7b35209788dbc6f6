//! Charges that are a percentage of the net of others, per account and agreement.

use std::collections::BTreeMap;

use num_traits::Zero;

use super::absurd::too_large;
use super::charged_period::{ChargedPeriod, PriceTable};
use super::findings::{Findings, old_rate};
use super::group::{Buyer, Metered};
use super::pricing::{Part, Priced, Usage, price};
use super::renewals::together;
use super::settling::{Settled, charge};
use super::unpriced::Unpriced;
use crate::charge::{Charge, ChargeKey};
use crate::decimal::Rational;
use crate::ids::{AccountId, AgreementKey};
use crate::price::{PricedFor, Selection};
use crate::time::Period;

/// Of charges that were settled, by account and contract. Where the price changes within the period, each charge counts by its
/// time under each.
pub(super) fn percentages(
    charges: &[Charge],
    metered: &Metered<'_>,
    table: &PriceTable<'_>,
    findings: &mut Findings,
) -> Vec<Charge> {
    let mut buyers: BTreeMap<(AccountId, &AgreementKey), Buyer<'_>> = BTreeMap::new();
    for group in &metered.groups {
        let buyer = group.buyer;
        buyers
            .entry((buyer.account, buyer.agreement))
            .or_insert(Buyer {
                plan: None,
                service: None,
                ..buyer
            });
    }
    let mut of_buyers: BTreeMap<(AccountId, &AgreementKey), Vec<&Charge>> = BTreeMap::new();
    for charge in charges {
        let buyer = (charge.key.account, &charge.key.agreement);
        of_buyers.entry(buyer).or_default().push(charge);
    }
    let mut parts = Vec::new();
    for item in table.percentages() {
        let definition = table.item(item);
        let mut lines = Vec::new();
        for (key, buyer) in &buyers {
            if !definition.buyers.include(Some(&buyer.terms.customer)) {
                continue;
            }
            let own = of_buyers.get(key).into_iter().flatten().copied();
            let base: Vec<&Charge> = own
                .filter(|charge| definition.of.contains(&charge.key.item))
                .collect();
            if !base.is_empty() {
                lines.extend(self::lines((item, buyer), &base, table, findings));
            }
        }
        for lines in renewed(lines) {
            parts.extend(priced(&lines, item, table, findings));
        }
    }
    parts
}

/// What one price of a buyer is a percentage of.
struct Line<'b, 't> {
    buyer: &'b Buyer<'b>,
    charged: ChargedPeriod<'t>,
    selection: Selection<'t>,
    /// That of the line.
    period: Period,
    quantity: Rational,
}

fn lines<'b, 't>(
    (item, buyer): (usize, &'b Buyer<'b>),
    base: &[&Charge],
    table: &PriceTable<'t>,
    findings: &mut Findings,
) -> Vec<Line<'b, 't>> {
    let definition = table.item(item);
    let mut lines = Vec::new();
    for charged in table.charged_periods(item, &priced_for(buyer), &buyer.terms.signings) {
        let within = base.iter();
        let within = within.filter_map(|one| Some((one, part_within(one, charged.period)?)));
        let count = within.clone().count();
        let own = table.of_agreement(buyer, charged.period);
        if own.is_none() && count == 0 {
            // The price was there before or after the agreement.
            continue;
        }
        let selection = match &charged.selection {
            Ok(selection) => selection.clone(),
            Err(why) => {
                if count > 0 && !table.reaches_back(item) {
                    let of = Unpriced::new(buyer, definition, charged.period, why.clone());
                    findings.push(of.of_lines(count));
                }
                continue;
            }
        };
        if let Some(exchanged) = selection.exchanged.as_ref().filter(|_| count > 0)
            && let Some(days) = exchanged.too_old
        {
            let since = charged.period.from();
            findings.push(old_rate(&exchanged.exchange, days, (count, since)));
        }
        let quantity = within.map(|(one, part)| one.net.to_rational() * part);
        lines.push(Line {
            buyer,
            quantity: quantity.sum(),
            period: own.unwrap_or(charged.period),
            selection,
            charged,
        });
    }
    lines
}

/// Lines that are one percentage, of an agreement that is renewed as it was; any other line is alone.
fn renewed<'b, 't>(lines: Vec<Line<'b, 't>>) -> Vec<Vec<Line<'b, 't>>> {
    let mut sets: Vec<Vec<Line<'b, 't>>> = Vec::new();
    for line in lines {
        let goes_on = |other: &Line<'_, '_>| {
            let contract =
                |line: &Line<'_, '_>| (line.buyer.account, line.buyer.contract().clone());
            line.buyer.is_renewed()
                && contract(other) == contract(&line)
                && other.charged.period == line.charged.period
                && other.selection.tariff() == line.selection.tariff()
        };
        match sets.iter_mut().find(|set| set.iter().any(goes_on)) {
            Some(set) => set.push(line),
            None => sets.push(vec![line]),
        }
    }
    for set in &mut sets {
        set.sort_by_key(|line| {
            let held = line
                .buyer
                .terms
                .held(line.buyer.agreement, line.charged.period);
            (held, line.buyer.agreement)
        });
    }
    sets
}

fn priced(
    lines: &[Line<'_, '_>],
    item: usize,
    table: &PriceTable<'_>,
    findings: &mut Findings,
) -> Vec<Charge> {
    let definition = table.item(item);
    let quantity: Rational = lines.iter().map(|line| &line.quantity).sum();
    let weight = table.fraction(item, lines[0].charged.period);
    let seconds = |line: &Line<'_, '_>| Rational::from_integer(line.period.seconds().into());
    let time: Rational = lines.iter().map(seconds).sum();
    let priced = lines.iter().map(|line| {
        let part = (lines.len() > 1).then(|| {
            Part::even(if quantity.is_zero() {
                seconds(line) / &time
            } else {
                &line.quantity / &quantity
            })
        });
        let usage = Usage {
            quantity: &quantity,
            weight: &weight,
            moments: None,
            shared_allowance: None,
            there: None,
            part: part.as_ref(),
        };
        price(line.selection.tariff(), &usage)
    });
    let priced: Vec<Priced> = priced.collect();
    let exact: Vec<Rational> = priced.iter().map(|one| one.net.clone()).collect();
    let currency = lines[0].buyer.terms.currency;
    let nets = (lines.len() > 1)
        .then(|| together(&exact, currency, table))
        .flatten();
    let mut charges = Vec::new();
    for (position, (line, priced)) in lines.iter().zip(priced).enumerate() {
        let buyer = line.buyer;
        let settled = Settled {
            key: ChargeKey {
                account: buyer.account,
                agreement: buyer.agreement.clone(),
                item: definition.key.clone(),
                billing_period: table.billing_period.id(),
                period: line.period,
                dimensions: BTreeMap::new(),
                since: None,
            },
            buyer,
            priced,
            metered: line.quantity.clone(),
            net: nets.as_ref().map(|nets| nets[position]),
        };
        match charge(settled, definition, &line.selection, table) {
            Some(charge) => charges.push(charge),
            None => findings.push(too_large(definition, buyer, line.period, None)),
        }
    }
    charges
}

/// How much of a charge is for a time within the period. `None` where nothing is.
fn part_within(charge: &Charge, period: Period) -> Option<Rational> {
    let whole = charge.key.period;
    let within = whole.intersect(period)?;
    Some(Rational::new(
        within.seconds().into(),
        whole.seconds().into(),
    ))
}

fn priced_for<'a>(buyer: &Buyer<'a>) -> PricedFor<'a> {
    PricedFor {
        account: Some(&buyer.terms.key),
        customer: Some(&buyer.terms.customer),
        agreement: Some(buyer.agreement),
        signed: None,
        plan: None,
        currency: buyer.terms.currency,
    }
}

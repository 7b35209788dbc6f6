//! Charges that are a percentage of the net of others, per account and agreement.

use std::collections::BTreeMap;

use super::charged_period::PriceTable;
use super::findings::{Findings, old_rate};
use super::group::{Buyer, Metered};
use super::pricing::{Usage, price};
use super::settling::{Settled, charge, too_large};
use super::unpriced::Unpriced;
use crate::charge::{Charge, ChargeKey};
use crate::decimal::Rational;
use crate::ids::{AccountId, AgreementKey};
use crate::price::PricedFor;
use crate::time::Period;

/// Of charges that were settled. Where the price changes within the period, each charge counts by its time under each.
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
        for (key, buyer) in &buyers {
            if !definition.buyers.include(Some(&buyer.terms.customer)) {
                continue;
            }
            let own = of_buyers.get(key).into_iter().flatten().copied();
            let base: Vec<&Charge> = own
                .filter(|charge| definition.of.contains(&charge.key.item))
                .collect();
            if base.is_empty() {
                continue;
            }
            let signings = &buyer.terms.signings;
            for charged in table.charged_periods(item, &priced_for(buyer), signings) {
                let within = base
                    .iter()
                    .filter_map(|one| Some((one, part_within(one, charged.period)?)));
                let selection = match &charged.selection {
                    Ok(selection) => selection,
                    Err(why) => {
                        let count = within.count();
                        if count > 0 && !table.reaches_back(item) {
                            let why = why.clone();
                            let of = Unpriced::new(buyer, definition, charged.period, why);
                            findings.push(of.of_lines(count));
                        }
                        continue;
                    }
                };
                let lines = within.clone().count();
                if let Some(exchanged) = selection.exchanged.as_ref().filter(|_| lines > 0)
                    && let Some(days) = exchanged.too_old
                {
                    let since = charged.period.from();
                    findings.push(old_rate(&exchanged.exchange, days, (lines, since)));
                }
                let quantity: Rational =
                    within.map(|(one, part)| one.net.to_rational() * part).sum();
                let usage = Usage {
                    quantity: &quantity,
                    weight: &table.fraction(item, charged.period),
                    moments: None,
                    shared_allowance: None,
                    there: None,
                    part: None,
                };
                let settled = Settled {
                    key: ChargeKey {
                        account: buyer.account,
                        agreement: buyer.agreement.clone(),
                        item: definition.key.clone(),
                        billing_period: table.billing_period.id(),
                        period: charged.period,
                        dimensions: BTreeMap::new(),
                        since: None,
                    },
                    buyer,
                    priced: price(selection.tariff(), &usage),
                    metered: quantity,
                    net: None,
                };
                match charge(settled, definition, selection, table) {
                    Some(part) => parts.push(part),
                    None => findings.push(too_large(definition, buyer, charged.period)),
                }
            }
        }
    }
    parts
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

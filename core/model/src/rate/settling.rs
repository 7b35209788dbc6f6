//! Turns what was gathered for a charge into the charge: priced exactly, rounded once, allocated to the cent.

use num_traits::ToPrimitive;

use super::Detail;
use super::allocation::{PortionWeights, weighted_sum};
use super::billed::BilledPiece;
use super::charged_period::PriceTable;
use super::findings::Findings;
use super::group::{Group, Metered, Portion};
use super::pricing::price;
use crate::charge::{Charge, ChargeKey, Contribution, Explanation, PricedPart};
use crate::decimal::{Decimal, Rational};
use crate::finding::{Finding, FindingCode, Severity};
use crate::money::{Money, Rounding, round_money, scale_to};
use crate::price::{Selection, Tariff};
use crate::time::{Instant, Period};

/// Decimals of a quantity, or of an average price, where it is not exact.
const SHOWN_DECIMALS: u32 = 6;

/// The charges in the order of their keys, and what they bill. A charge whose amount does not fit is a finding.
pub(super) fn settle(
    metered: &Metered<'_>,
    table: &PriceTable<'_>,
    detail: Detail,
    findings: &mut Findings,
) -> (Vec<Charge>, Vec<BilledPiece>) {
    let mut charges = Vec::with_capacity(metered.groups.len());
    let mut billed = Vec::new();
    for group in &metered.groups {
        // A group is only opened for a stretch that has a price.
        let Some(selection) = &group.charged.selection else {
            continue;
        };
        match settle_group(group, selection, table, detail) {
            Some(charge) => {
                let seconds = group
                    .portions
                    .iter()
                    .map(|portion| portion.period.seconds());
                findings.measured(&charge, seconds.sum());
                charges.push(charge);
                billed.extend(group.portions.iter().map(|portion| BilledPiece {
                    owned: portion.owned,
                    owner: portion.owner,
                    period: portion.period,
                }));
            }
            None => findings.push(overflow(group, table)),
        }
    }
    charges.sort_by(|a, b| a.key.cmp(&b.key));
    billed.sort_unstable();
    (charges, billed)
}

/// `None` where the amount exceeds 64 bits of minor units, or the quantity 28 digits.
fn settle_group(
    group: &Group<'_>,
    selection: &Selection<'_>,
    table: &PriceTable<'_>,
    detail: Detail,
) -> Option<Charge> {
    let item = table.item(group.item);
    let weights = table.weights(group.item);
    let tariff = &selection.price.tariff;
    let portions = &group.portions;
    let quantity = weighted_sum(portions, weights.total());
    let period = group.charged.period;
    let weight = weights.fraction(period);
    let priced = price(tariff, &quantity, &weight);
    let rounding = table.book.rounding;
    let net = round_money(&priced.net, group.buyer.terms.currency, rounding).ok()?;
    let contributions = match detail {
        Detail::Lines => Vec::new(),
        Detail::Resources => contributions(portions, weights.total(), net),
    };

    let zone = table.billing_period.zone();
    let last_second = Instant::from_seconds(period.to().seconds() - 1).ok()?;
    let word = |name: &str| match name {
        "item" => Some(item.key.as_str()),
        dimension => group.dimensions.get(dimension).map(String::as_str),
    };
    Some(Charge {
        key: ChargeKey {
            account: group.buyer.account,
            agreement: group.buyer.agreement.clone(),
            item: item.key.clone(),
            billing_period: table.billing_period.id(),
            period,
            dimensions: group.dimensions.clone(),
        },
        customer: group.buyer.terms.customer.clone(),
        description: item.description.render(word),
        quantity: decimal_near(&quantity)?,
        unit: item.unit.code.to_owned(),
        unit_price: unit_price(tariff, &priced.parts, &priced.net, &quantity)?,
        net,
        first_day: period.from().date(zone),
        last_day: last_second.date(zone),
        tax_category: item.tax_category.clone(),
        account_code: item.account_code.clone(),
        explanation: Explanation {
            model: tariff.model().to_owned(),
            price: selection.choice(),
            proration: item.proration.name().to_owned(),
            quantity_exact: quantity.to_string(),
            parts: priced.parts,
            net_exact: priced.net.to_string(),
            rounding,
            presumed_seconds: portions.iter().map(presumed_seconds).sum(),
        },
        contributions,
    })
}

/// So that equal remainders are given to the same resource, whatever the order of the input.
fn order(portion: &Portion<'_>) -> impl Ord + use<> {
    let interval = portion.interval;
    (
        interval.resource,
        interval.id,
        portion.period,
        portion.quantity,
        portion.owner,
    )
}

fn presumed_seconds(portion: &Portion<'_>) -> i64 {
    let begin = portion.period.from().max(portion.interval.covered_until);
    Period::new(begin, portion.period.to()).map_or(0, Period::seconds)
}

fn contributions(portions: &[Portion<'_>], total_units: i128, net: Money) -> Vec<Contribution> {
    let mut portions = portions.to_vec();
    portions.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.share.cmp(b.share)));
    let weights = PortionWeights::new(&portions, total_units);
    let allocated = weights.allocate(net);
    let shown = weights.shown();
    let parts = portions.iter().zip(shown).zip(allocated);
    let contribution =
        |((portion, weighted), allocated): ((&Portion<'_>, String), Money)| Contribution {
            resource: portion.interval.resource,
            interval: portion.interval.id,
            name: portion.interval.configuration.name.clone(),
            period: portion.period,
            share: portion.share.to_string(),
            quantity: portion.quantity,
            weighted,
            allocated,
            presumed_seconds: presumed_seconds(portion),
        };
    parts.map(contribution).collect()
}

/// The price of one unit, or the average where tiers have several.
fn unit_price(
    tariff: &Tariff,
    parts: &[PricedPart],
    net: &Rational,
    quantity: &Rational,
) -> Option<Decimal> {
    match (tariff, parts) {
        (Tariff::Unit(amount), _) => Some(*amount),
        (Tariff::Graduated(_), [only]) => Some(only.unit_price),
        (Tariff::Graduated(_), _) => decimal_near(&(net / quantity)),
    }
}

/// The decimal itself where it has few places, else rounded. `None` beyond 28 digits.
pub(super) fn decimal_near(exact: &Rational) -> Option<Decimal> {
    let rounded = |decimals: u32| {
        let digits = scale_to(exact, decimals, Rounding::HalfUp);
        Decimal::from_parts(digits.to_i128()?, decimals)
    };
    (0..=SHOWN_DECIMALS).rev().find_map(rounded)
}

fn overflow(group: &Group<'_>, table: &PriceTable<'_>) -> Finding {
    let (item, terms) = (&table.item(group.item).key, group.buyer.terms);
    Finding {
        code: FindingCode::AmountOverflow,
        severity: Severity::Blocking,
        subject: format!("item {item}, account {}", terms.key),
        message: format!(
            "The charge of `{item}` to account `{}` is too large: its amount exceeds 64 bits of {} minor units, or its quantity 28 digits.",
            terms.key, terms.currency
        ),
        next_step:
            "look for an absurd quantity among its resources, or for a price in the wrong unit"
                .to_owned(),
        value: None,
        since: Some(group.charged.period.from()),
    }
}

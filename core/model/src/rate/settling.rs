//! Turns what was gathered for a charge into the charge: priced exactly, rounded once, allocated to the cent.

use num_traits::{ToPrimitive, Zero};

use super::Detail;
use super::absurd::charge_that_fits;
use super::amounts::amount;
use super::billed::BilledPiece;
use super::charged_period::PriceTable;
use super::contributed::{Measured, Presumed, PresumedOf, contributions};
use super::cut::{Cut, CutPart, cuts};
use super::findings::{Findings, Topic};
use super::group::{Buyer, Group, Metered};
use super::measured::measured;
use super::percentages::percentages;
use super::pooled::pooled;
use super::pricing::{Part, Priced, Usage, net, price};
use super::renewals::rounded;
use super::shared_total::{Share, shares};
use super::usage::{Used, used};
use crate::charge::{BundledQuantity, Charge, ChargeKey, Explanation};
use crate::decimal::{Decimal, Rational};
use crate::money::{Money, Rounding, round_money, scale_to};
use crate::price::{Model, PriceItem, Selection, Tariff};
use crate::time::Instant;

/// Decimals of a quantity, or of an average price, where it is not exact.
const SHOWN_DECIMALS: u32 = 6;

/// The charges in the order of their keys, and what they bill.
pub(super) struct Settlement {
    pub(super) charges: Vec<Charge>,
    pub(super) billed: Vec<BilledPiece>,
    pub(super) presumed: PresumedOf,
}

/// A charge whose amount does not fit is a finding.
pub(super) fn settle(
    metered: &Metered<'_>,
    table: &PriceTable<'_>,
    detail: Detail,
    findings: &mut Findings,
) -> Settlement {
    let mut charges = Vec::with_capacity(metered.groups.len());
    let mut billed = Vec::new();
    let mut presumed = PresumedOf::new();
    let shares = shares(metered, table);
    for kept_out in &shares.kept_out {
        findings.push(kept_out.finding(table));
    }
    let cuts = cuts(&metered.groups, table);
    let allowances = pooled(&metered.groups, &cuts, table);
    let together = |position: usize| Together {
        share: shares.get(position),
        allowance: allowances.get(&position),
        cut: cuts.get(&position),
        net: None,
    };
    let rounded = rounded(&metered.groups, table, |position| {
        let group = &metered.groups[position];
        let tariff = group.charged.selection.as_ref().ok()?.tariff();
        let together = together(position);
        let measure = measure(group, tariff, table, &together);
        Some(net(tariff, &measure.usage(together.allowance)))
    });
    for (position, group) in metered.groups.iter().enumerate() {
        // A group is only opened for a stretch that has a price.
        let Ok(selection) = &group.charged.selection else {
            continue;
        };
        if shares.is_unknown(position) {
            continue;
        }
        note_old_rate(group, selection, findings);
        let together = Together {
            net: rounded.get(&position).copied(),
            ..together(position)
        };
        let settled = charge_that_fits(group, table, findings, |group| {
            settle_group(group, selection, table, (detail, together))
        });
        let Some((charge, left)) = settled else {
            continue;
        };
        let portions = left.as_ref().unwrap_or(&group.portions);
        let of_first = portions.iter().filter(|portion| portion.channel == 0);
        let seconds = of_first.map(|portion| portion.period.seconds()).sum();
        let lasts = table.item(group.item).aggregation.aggregate.lasts();
        // What is split is due in full, whoever has it: a total that is billed to nobody says so itself.
        if shares.get(position).is_none() {
            findings.measured(&charge, seconds, lasts);
        }
        if charge.explanation.presumed_seconds > 0 {
            presumed.insert(charge.key.clone(), Presumed::of(portions));
        }
        charges.push(charge);
        billed.extend(portions.iter().filter_map(|portion| {
            Some(BilledPiece {
                owned: portion.owned?,
                owner: portion.owner,
                period: portion.period,
            })
        }));
    }
    charges.extend(percentages(&charges, metered, table, findings));
    billed.sort_unstable();
    Settlement {
        charges: in_order(charges),
        billed,
        presumed,
    }
}

/// By their keys. Charges are large: each is moved once.
fn in_order(charges: Vec<Charge>) -> Vec<Charge> {
    let mut order: Vec<usize> = (0..charges.len()).collect();
    order.sort_by(|&a, &b| charges[a].key.cmp(&charges[b].key));
    let mut charges: Vec<Option<Charge>> = charges.into_iter().map(Some).collect();
    let ordered = order.into_iter().filter_map(|place| charges[place].take());
    ordered.collect()
}

/// What a charge has of something that it shares with others.
#[derive(Clone, Copy)]
struct Together<'a> {
    share: Option<&'a Share>,
    allowance: Option<&'a Rational>,
    cut: Option<&'a Cut<'a>>,
    /// Where it is rounded with what it was before or after a renewal.
    net: Option<Money>,
}

/// What of a group is priced.
struct Measure {
    used: Used,
    cut: Option<CutPart>,
    weight: Rational,
}

fn measure(
    group: &Group<'_>,
    tariff: &Tariff,
    table: &PriceTable<'_>,
    together: &Together<'_>,
) -> Measure {
    let terms = (table.item(group.item), tariff);
    let weights = table.weights(group.item);
    let cut = together.cut.filter(|_| together.share.is_none());
    let own = (group.portions.as_slice(), group.charged.period);
    let (portions, within) = cut.map_or(own, |cut| (&cut.portions, cut.within));
    let used = used(portions, terms, weights, within);
    let cut = cut.map(|cut| cut.part(&used, terms, weights));
    Measure {
        used,
        cut,
        weight: table.fraction(group.item, within),
    }
}

impl Measure {
    fn part(&self) -> Option<&Part> {
        self.cut.as_ref().map(|cut| &cut.part)
    }

    fn usage<'u>(&'u self, allowance: Option<&'u Rational>) -> Usage<'u> {
        Usage {
            quantity: &self.used.quantity,
            weight: &self.weight,
            moments: self.used.moments.as_ref(),
            shared_allowance: allowance,
            there: self.used.there.as_ref(),
            part: self.part(),
        }
    }
}

/// A price that was converted by a rate of long ago is charged, and blocks.
fn note_old_rate(group: &Group<'_>, selection: &Selection<'_>, findings: &mut Findings) {
    let Some(exchanged) = &selection.exchanged else {
        return;
    };
    let Some(days) = exchanged.too_old else {
        return;
    };
    let exchange = &exchanged.exchange;
    for portion in &group.portions {
        let topic = Topic::StaleRate {
            from: exchange.from,
            to: exchange.to,
            date: exchange.date,
            on: exchange.on,
            days,
        };
        findings.add(topic, portion.interval, portion.period);
    }
}

/// `None` where the amount exceeds 64 bits of minor units, or the quantity 28 digits.
fn settle_group(
    group: &Group<'_>,
    selection: &Selection<'_>,
    table: &PriceTable<'_>,
    (detail, together): (Detail, Together<'_>),
) -> Option<Charge> {
    let item = table.item(group.item);
    let tariff = selection.tariff();
    let portions = &group.portions;
    let Together {
        share, allowance, ..
    } = together;
    let measure = measure(group, tariff, table, &together);
    let usage = measure.usage(allowance);
    let net = share.map(|share| share.net).or(together.net);
    if detail == Detail::Amounts {
        return amount(group, (tariff, &usage), net, table);
    }
    let priced = match (&tariff.model, share) {
        (Model::Split(_), None) => return None,
        (_, Some(share)) => share.priced(),
        (_, None) => price(tariff, &usage),
    };
    let settled = Settled {
        key: group.key(table),
        buyer: &group.buyer,
        priced,
        metered: match measure.part() {
            Some(part) => &measure.used.quantity * &part.priced,
            None => measure.used.quantity.clone(),
        },
        net,
    };
    let mut charge = charge(settled, item, selection, table)?;
    charge.explanation.presumed_seconds = Presumed::of(portions).seconds();
    charge.explanation.contents = contents(group, table)?;
    charge.explanation.manual.clone_from(&group.manual);
    charge.explanation.measured = measured(item, tariff);
    if !charge.explanation.contents.is_empty() {
        charge.description = with_contents(&charge);
    }
    charge.contributions = match detail {
        Detail::Amounts | Detail::Lines => Vec::new(),
        Detail::Resources => {
            let used = &measure.used;
            let counts = measure.cut.as_ref().map(|cut| cut.counts.as_slice());
            let counts = counts.or(used.counts.as_deref());
            let measured = Measured {
                counts,
                total_units: table.weights(group.item).total(),
                beyond: used.beyond.as_ref(),
            };
            contributions(portions, &measured, charge.net)
        }
    };
    Some(charge)
}

/// What becomes a charge once it is rounded.
pub(super) struct Settled<'a> {
    pub(super) key: ChargeKey,
    pub(super) buyer: &'a Buyer<'a>,
    pub(super) priced: Priced,
    pub(super) metered: Rational,
    /// Where it is rounded together with others.
    pub(super) net: Option<Money>,
}

/// Rounded once. `None` where a number does not fit.
pub(super) fn charge(
    settled: Settled<'_>,
    item: &PriceItem,
    selection: &Selection<'_>,
    table: &PriceTable<'_>,
) -> Option<Charge> {
    let Settled {
        key,
        buyer,
        priced,
        metered,
        net,
    } = settled;
    let currency = buyer.terms.currency;
    let rounding = table.book.rounding.of(currency);
    let by_itself = round_money(&priced.net, currency, rounding).ok();
    let net = net.or(by_itself)?;
    let zone = table.billing_period.zone();
    let last_second = Instant::from_seconds(key.period.to().seconds() - 1).ok()?;
    let word = |name: &str| match name {
        "item" => Some(item.key.as_str()),
        dimension => key.dimensions.get(dimension).map(String::as_str),
    };
    let language = buyer.terms.spoken.of(buyer.agreement);
    let words = buyer.terms.spoken.words(&table.book.words, buyer.agreement);
    let template = language.and_then(|language| language.find(&item.texts));
    let template = template.unwrap_or(&item.description);
    Some(Charge {
        words,
        customer: buyer.terms.customer.clone(),
        description: with_rate(template.render(word), selection),
        quantity: decimal_near(&priced.quantity)?,
        unit: priced.unit.unwrap_or(item.unit.code).to_owned(),
        unit_price: unit_price(&priced)?,
        net,
        first_day: key.period.from().date(zone),
        last_day: last_second.date(zone),
        tax_category: item.tax_category.clone(),
        account_code: item.account_code.clone(),
        explanation: Box::new(Explanation {
            model: selection.tariff().model.name().to_owned(),
            price: selection.choice(),
            proration: item.proration.name().to_owned(),
            quantity_exact: priced.quantity.to_string(),
            metered_exact: (priced.quantity != metered).then(|| metered.to_string()),
            measured: None,
            manual: Vec::new(),
            commitment: None,
            parts: priced.parts,
            contents: Vec::new(),
            net_exact: priced.net.to_string(),
            rounding,
            change: None,
            rounded_together: Some(net) != by_itself,
            presumed_seconds: 0,
            change_at: None,
            handover: None,
        }),
        contributions: Vec::new(),
        key,
    })
}

/// The buyer reads by which rate a price was converted, and whose it is.
fn with_rate(description: String, selection: &Selection<'_>) -> String {
    let Some(exchanged) = &selection.exchanged else {
        return description;
    };
    let one = &exchanged.exchange;
    format!(
        "{description} (1 {} = {} {}, {} {})",
        one.from, one.rate, one.to, one.source, one.date
    )
}

/// `None` where a quantity has more than 28 digits.
fn contents(group: &Group<'_>, table: &PriceTable<'_>) -> Option<Vec<BundledQuantity>> {
    let contents = group.contents.iter();
    let contents = contents.map(|(item, sum)| {
        let definition = table.item(*item);
        let quantity = sum.over(table.weights(*item).total());
        Some(BundledQuantity {
            item: definition.key.clone(),
            quantity: decimal_near(&quantity)?,
            unit: definition.unit.code.to_owned(),
        })
    });
    contents.collect()
}

fn with_contents(charge: &Charge) -> String {
    let contents = charge.explanation.contents.iter();
    let contents = contents.map(|one| format!("{} {}", one.quantity, one.item));
    let contents = contents.collect::<Vec<_>>().join(", ");
    charge.words.with(&charge.description, &contents)
}

/// The price of one unit, or the average where several parts make the net.
fn unit_price(priced: &Priced) -> Option<Decimal> {
    match priced.parts.as_slice() {
        [only] => Some(only.unit_price),
        _ if priced.quantity.is_zero() => Some(Decimal::ZERO),
        _ => decimal_near(&(&priced.net / &priced.quantity)),
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

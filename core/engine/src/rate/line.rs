//! A charge as it is answered: with the price that won, the arithmetic, and what each resource adds.

use std::collections::{BTreeMap, HashMap};

use counterfoil_model::charge::{
    BundledQuantity, ChangeExplained, Charge, CommitmentExplained, Contribution, Explanation,
    ManualPart, PriceChoice, PricedPart,
};
use counterfoil_model::decimal::Decimal;
use counterfoil_model::ids::IntervalId;
use counterfoil_model::inventory::{Interval, Uncertain};
use counterfoil_model::money::{Money, Rounding};
use counterfoil_model::rate::{ChargeLine, Detail, charge_lines};
use counterfoil_model::time::{Date, Instant, Period};
use schemars::JsonSchema;
use serde::Serialize;

/// A charge.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RatedLine {
    pub account: String,
    pub customer: String,
    pub agreement: String,
    pub item: String,
    /// Service, plan and whatever else the price item keeps apart.
    pub dimensions: BTreeMap<String, String>,
    pub description: String,
    /// The charge period that its amounts are for: `2026-03`, `2026-Q1`, or the first day and the first one after it.
    pub charge_period: String,
    /// The charged part of it, in instants, the end exclusive.
    pub period: Period,
    /// Of what is billed in advance: what changed from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
    pub first_day: Date,
    pub last_day: Date,
    pub quantity: Decimal,
    /// As a fraction.
    pub quantity_exact: String,
    /// What was metered, as a fraction, where another quantity is priced: packages, say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metered_exact: Option<String>,
    /// How levels became the quantity, in words, where it is not their average over time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<String>,
    /// UN/ECE Rec 20.
    pub unit: String,
    pub unit_price: Decimal,
    pub net: Money,
    /// Before rounding, as a fraction.
    pub net_exact: String,
    pub rounding: Rounding,
    /// Of what is billed in advance, what changed: the net is the difference of two amounts, each of which was rounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeExplained>,
    /// It was rounded with other lines so that all of them sum to what they come to together, and the net, or one of those that it
    /// is the difference of, is another one than by itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub rounded_together: bool,
    /// The price model: "unit", "graduated", …
    pub model: String,
    /// How a part of the period counts: "second", "actual-day", …
    pub proration: String,
    /// When changes count that happened between two observations, where that is not when they were first seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_at: Option<String>,
    /// Who pays for what changes hands within the period, where that is not each for his time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handover: Option<String>,
    /// What it would come to with every uncertain change at its earliest time; with the detail, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net_if_earliest: Option<Money>,
    /// The same at the latest time: when each was first seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net_if_latest: Option<Money>,
    /// The price version that won, and what it overruled.
    pub price: PriceChoice,
    /// The arithmetic: tiers, and what is added and taken off. The amounts sum to the net.
    pub parts: Vec<RatedPart>,
    /// What a bundle contains, without prices of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<BundledQuantity>,
    /// Quantities that people gave, with who answers for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub manual: Vec<ManualPart>,
    /// What a minimum commitment was held against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commitment: Option<CommitmentExplained>,
    /// Seconds beyond the last coverage, over all resources.
    pub presumed_seconds: i64,
    /// What each resource adds, where it was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contributions: Vec<RatedContribution>,
}

/// A tier, or the whole quantity at one price.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RatedPart {
    /// "0–100"; absent where there is one price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// As it is shown. Absent where it has more digits than can be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
    /// As a fraction.
    pub quantity_exact: String,
    /// UN/ECE Rec 20.
    pub unit: String,
    pub unit_price: Decimal,
    /// Its part of the net; what rounding leaves goes to the largest remainders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Before rounding, as a fraction.
    pub amount_exact: String,
}

/// What one resource adds to a charge while it was alike.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RatedContribution {
    /// The source's own id.
    pub resource: String,
    pub name: String,
    pub period: Period,
    /// The ownership share as a fraction.
    pub share: String,
    /// The metered quantity while it lasted.
    pub quantity: Decimal,
    /// Share × quantity × time over the period, as a fraction of the unit.
    pub weighted: String,
    /// Its part of the net, by largest remainder.
    pub allocated: Money,
    /// Seconds beyond the last coverage.
    pub presumed_seconds: i64,
    /// Where it was read.
    pub place: String,
    /// When it may have begun and ended, where that lies between two observations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncertain: Option<Uncertain>,
}

pub(crate) fn line(
    charge: &Charge,
    (account, extremes): (String, Option<(Money, Money)>),
    detail: Detail,
    intervals: &HashMap<IntervalId, &Interval>,
) -> RatedLine {
    let explanation = &charge.explanation;
    let contributions = match detail {
        Detail::Amounts | Detail::Lines => &[],
        Detail::Resources => charge.contributions.as_slice(),
    };
    RatedLine {
        account,
        customer: charge.customer.to_string(),
        agreement: charge.key.agreement.to_string(),
        item: charge.key.item.to_string(),
        dimensions: charge.key.dimensions.clone(),
        description: charge.description.clone(),
        charge_period: charge.key.billing_period.clone(),
        period: charge.key.period,
        since: charge.key.since,
        first_day: charge.first_day,
        last_day: charge.last_day,
        quantity: charge.quantity,
        quantity_exact: explanation.quantity_exact.clone(),
        metered_exact: explanation.metered_exact.clone(),
        measured: explanation.measured.clone(),
        unit: charge.unit.clone(),
        unit_price: charge.unit_price,
        net: charge.net,
        net_exact: explanation.net_exact.clone(),
        rounding: explanation.rounding,
        change: explanation.change.clone(),
        rounded_together: explanation.rounded_together,
        model: explanation.model.clone(),
        proration: explanation.proration.clone(),
        change_at: explanation.change_at.clone(),
        handover: explanation.handover.clone(),
        net_if_earliest: extremes.map(|(earliest, _)| earliest),
        net_if_latest: extremes.map(|(_, latest)| latest),
        price: explanation.price.clone(),
        parts: parts(charge),
        contents: explanation.contents.clone(),
        manual: explanation.manual.clone(),
        commitment: explanation.commitment.clone(),
        presumed_seconds: explanation.presumed_seconds,
        contributions: contributions
            .iter()
            .map(|one| contribution(one, explanation, intervals))
            .collect(),
    }
}

/// The parts as a document would have them as lines.
fn parts(charge: &Charge) -> Vec<RatedPart> {
    let shown = charge_lines(charge).ok();
    let of = |index: usize| shown.as_ref().and_then(|lines| lines.get(index));
    let parts = charge.explanation.parts.iter().enumerate();
    parts
        .map(|(index, part)| self::part(part, of(index), charge))
        .collect()
}

fn part(part: &PricedPart, shown: Option<&ChargeLine>, charge: &Charge) -> RatedPart {
    RatedPart {
        tier: part.tier.clone(),
        quantity: shown.map(|line| line.quantity),
        quantity_exact: part.quantity.clone(),
        unit: part.unit.clone().unwrap_or_else(|| charge.unit.clone()),
        unit_price: part.unit_price,
        amount: shown.map(|line| line.net),
        amount_exact: part.amount.clone(),
    }
}

fn contribution(
    one: &Contribution,
    explanation: &Explanation,
    intervals: &HashMap<IntervalId, &Interval>,
) -> RatedContribution {
    let interval = intervals.get(&one.interval);
    RatedContribution {
        resource: interval
            .map_or_else(|| one.name.clone(), |interval| interval.external_id.clone()),
        name: one.name.clone(),
        period: one.period,
        share: one.share.clone(),
        quantity: one.quantity,
        weighted: one.weighted.clone(),
        allocated: one.allocated,
        presumed_seconds: one.presumed_seconds,
        place: interval.map_or_else(
            || manual_place(one, explanation),
            |interval| interval.evidence.place.clone(),
        ),
        uncertain: interval.and_then(|interval| interval.uncertain.as_deref().copied()),
    }
}

fn manual_place(one: &Contribution, explanation: &Explanation) -> String {
    let mut manual = explanation.manual.iter();
    let own = manual.find(|part| part.name == one.name && part.period == one.period);
    own.map_or_else(String::new, |part| part.place.clone())
}

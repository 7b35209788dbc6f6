//! Applies a tariff to a quantity, in the order of rule R23. Exact: nothing is rounded here.

use num_traits::{One, Signed, Zero};

use super::pricing_small;
use super::settling::decimal_near;
use super::usage::Moments;
use crate::charge::PricedPart;
use crate::decimal::{Decimal, Rational};
use crate::price::{AllowancePer, Conversion, Model, RoundQuantity, Tariff, Tier};

/// UN/ECE Rec 20: one.
pub(super) const ONE: &str = "C62";

/// What is priced, of a charged period that is `weight` of its billing period.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usage<'a> {
    /// Weighted over the whole billing period, so that a unit price only multiplies it.
    pub(super) quantity: &'a Rational,
    pub(super) weight: &'a Rational,
    /// What tiers see. Absent: the average over the charged period.
    pub(super) moments: Option<&'a Moments>,
    /// The part of an allowance that the charges of a customer share. Absent: all of it.
    pub(super) shared_allowance: Option<&'a Rational>,
    /// How much of the billing period anything was there for. Absent: throughout the charged period.
    pub(super) there: Option<&'a Rational>,
    /// The part that one of several prices has of what all of it comes to. Absent: there is one price.
    pub(super) part: Option<&'a Part>,
}

/// The part that one of several prices has of what all of a charge comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Of what is priced by its quantity.
    pub(super) priced: Rational,
    /// Of what is due once: flat amounts, discounts, a maximum and a minimum. Those of all prices sum to 1.
    pub(super) once: Rational,
}

impl Part {
    pub(super) fn even(part: Rational) -> Self {
        Self {
            priced: part.clone(),
            once: part,
        }
    }
}

/// The exact net and the arithmetic behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Priced {
    pub(super) net: Rational,
    /// Of what the price is for: packages, say.
    pub(super) quantity: Rational,
    /// Absent: that of the item.
    pub(super) unit: Option<&'static str>,
    pub(super) parts: Vec<PricedPart>,
}

/// Prices what was used.
///
/// Tiers, packages and allowances see the level over the charged period (quantity ÷ weight); what it comes to is then
/// weighted again, as every amount of a whole period is. Where prices cut a period, each of them prices all of the quantity and
/// has its part of that, so that unchanged prices cost the same however the period is cut.
pub(super) fn price(tariff: &Tariff, usage: &Usage<'_>) -> Priced {
    if usage.moments.is_none()
        && usage.part.is_none()
        && let Some(priced) = pricing_small::price(tariff, usage.quantity, usage.weight)
    {
        return priced;
    }
    let mut pricing = Pricing::new(tariff, usage);
    pricing.model();
    pricing.discounts();
    pricing.limits();
    Priced {
        quantity: pricing.of_part(pricing.quantity.clone()),
        net: pricing.net,
        unit: pricing.unit,
        parts: pricing.parts,
    }
}

/// The exact net alone: the same as that of [`price`].
pub(super) fn net(tariff: &Tariff, usage: &Usage<'_>) -> Rational {
    if usage.moments.is_none()
        && usage.part.is_none()
        && let Some(net) = pricing_small::net(tariff, usage.quantity, usage.weight)
    {
        return net;
    }
    price(tariff, usage).net
}

struct Pricing<'a> {
    tariff: &'a Tariff,
    weight: &'a Rational,
    there: &'a Rational,
    part: Option<&'a Part>,
    /// After the allowance.
    moments: Moments,
    /// Of the part.
    net: Rational,
    /// Of all.
    quantity: Rational,
    unit: Option<&'static str>,
    parts: Vec<PricedPart>,
}

impl<'a> Pricing<'a> {
    fn new(tariff: &'a Tariff, usage: &Usage<'a>) -> Self {
        let average = || {
            if !usage.weight.is_zero() {
                (usage.quantity / usage.weight, usage.weight.clone())
            } else if usage.quantity.is_zero() {
                (Rational::zero(), Rational::zero())
            } else {
                // A sum of what was used on days that weigh nothing.
                (usage.quantity.clone(), Rational::one())
            }
        };
        let mut pricing = Self {
            tariff,
            weight: usage.weight,
            there: usage.there.unwrap_or(usage.weight),
            part: usage.part,
            moments: (usage.moments.cloned()).unwrap_or_else(|| Moments::of(average())),
            net: Rational::zero(),
            quantity: usage.quantity.clone(),
            unit: None,
            parts: Vec::new(),
        };
        if let Some(conversion) = &tariff.conversion {
            pricing.convert(conversion);
        }
        if let Some(allowance) = tariff.allowance {
            let quantity = || allowance.quantity.to_rational();
            match allowance.per {
                AllowancePer::Charge => pricing.allow("allowance", &quantity()),
                AllowancePer::Customer => {
                    let own = usage.shared_allowance.cloned().unwrap_or_else(quantity);
                    pricing.allow("part of the customer's allowance", &own);
                }
                // It was taken off where the resources are known.
                AllowancePer::Resource => {}
            }
        }
        pricing
    }

    /// Of the whole quantity, never of a part of it (rule R16).
    fn convert(&mut self, conversion: &Conversion) {
        let mut quantity = Rational::zero();
        for (level, weight) in &mut self.moments.levels {
            *level *= &conversion.factor;
            if conversion.round == RoundQuantity::Up {
                *level = level.ceil();
            }
            quantity += &*level * &*weight;
        }
        self.quantity = quantity;
    }

    fn allow(&mut self, name: &str, free: &Rational) {
        let mut used = Rational::zero();
        for (level, weight) in &mut self.moments.levels {
            let taken = free.clone().min(level.clone());
            *level -= &taken;
            used += taken * &*weight;
        }
        self.quantity -= &used;
        self.push(Some(name.to_owned()), None, &used, Decimal::ZERO);
    }

    fn model(&mut self) {
        match &self.tariff.model {
            Model::Unit(amount) | Model::Bundle(amount) => {
                let quantity = self.quantity.clone();
                self.push(None, None, &quantity, *amount);
            }
            Model::Flat(amount) => self.flat(self.there, *amount),
            Model::Split(amount) => self.flat(self.weight, *amount),
            Model::Percentage(percent) => {
                let rate = percent.to_rational() / Rational::from_integer(100.into());
                let rate = Decimal::from_rational(&rate)
                    .expect("a hundredth has the digits of the percentage and two decimals more");
                let quantity = self.quantity.clone();
                self.push(None, None, &quantity, rate);
            }
            Model::Package { size, amount } => self.packages(*size, *amount),
            Model::Graduated(tiers) => self.graduated(tiers),
            Model::Volume(tiers) => self.volume(tiers),
        }
    }

    /// An amount for its part of a whole period.
    fn flat(&mut self, part: &Rational, amount: Decimal) {
        self.quantity = part.clone();
        self.unit = Some(ONE);
        self.push(None, None, part, amount);
    }

    /// Rule R20.
    fn packages(&mut self, size: Decimal, amount: Decimal) {
        let size = size.to_rational();
        let begun = |(level, weight): &(Rational, Rational)| (level / &size).ceil() * weight;
        let packages: Rational = self.moments.levels.iter().map(begun).sum();
        self.quantity = packages.clone();
        self.unit = Some(ONE);
        self.push(None, None, &packages, amount);
    }

    /// Each tier prices its own slice (rule R18), and has its flat amount where it is entered (rule R19).
    fn graduated(&mut self, tiers: &[Tier]) {
        let mut below = Decimal::ZERO;
        for (index, tier) in tiers.iter().enumerate() {
            let lower = below.to_rational();
            let mut slice = Rational::zero();
            let mut entered = false;
            for (level, weight) in &self.moments.levels {
                let reached = match tier.up_to {
                    Some(bound) => bound.to_rational().min(level.clone()),
                    None => level.clone(),
                };
                if reached > lower {
                    entered = true;
                    slice += (reached - &lower) * weight;
                }
            }
            let name = tier_name(below, tier);
            if let Some(flat) = tier.flat.filter(|_| entered) {
                let once = self.weight.clone();
                self.push_once(format!("{name}, flat"), &once, flat);
            }
            // A quantity of nothing still shows the tier that it would have begun in.
            if entered
                || (index == 0 && self.moments.levels.iter().all(|(level, _)| level.is_zero()))
            {
                self.push(Some(name), None, &slice, tier.amount);
            }
            below = tier.up_to.unwrap_or(below);
        }
    }

    /// The tier that is reached prices the whole quantity; the first one is reached with nothing.
    fn volume(&mut self, tiers: &[Tier]) {
        let mut reached: Vec<(usize, Rational, Rational)> = Vec::new();
        for (level, weight) in &self.moments.levels {
            let fits = |tier: &Tier| tier.up_to.is_none_or(|bound| *level <= bound.to_rational());
            let Some(index) = tiers.iter().position(fits) else {
                continue;
            };
            let (quantity, weight) = (level * weight, weight.clone());
            match reached.iter_mut().find(|(known, ..)| *known == index) {
                Some((_, quantities, weights)) => {
                    *quantities += quantity;
                    *weights += weight;
                }
                None => reached.push((index, quantity, weight)),
            }
        }
        reached.sort_by_key(|(index, ..)| *index);
        for (index, quantity, weight) in reached {
            let tier = &tiers[index];
            let below = index.checked_sub(1).and_then(|before| tiers[before].up_to);
            let name = tier_name(below.unwrap_or(Decimal::ZERO), tier);
            if let Some(flat) = tier.flat {
                let once = weight * &self.moments.once_of;
                self.push_once(format!("{name}, flat"), &once, flat);
            }
            if tier.flat.is_none() || !tier.amount.is_zero() {
                self.push(Some(name), None, &quantity, tier.amount);
            }
        }
    }

    fn discounts(&mut self) {
        if let Some(percent) = self.tariff.discount_percent {
            let hundred = Rational::from_integer(100.into());
            let off = &self.net * percent.to_rational() / hundred;
            self.adjust(format!("discount {percent} %"), &-off);
        }
        if let Some(amount) = self.tariff.discount_amount {
            let off = self.once(amount).min(self.net.clone());
            self.adjust("discount".to_owned(), &-off);
        }
    }

    /// A maximum shows what it takes off (rule R22), a minimum what it adds (rule R21).
    fn limits(&mut self) {
        if let Some(maximum) = self.tariff.maximum {
            let over = &self.net - self.once(maximum);
            if over.is_positive() {
                self.adjust(format!("maximum {maximum}"), &-over);
            }
        }
        if let Some(minimum) = self.tariff.minimum {
            let missing = self.once(minimum) - &self.net;
            if missing.is_positive() {
                self.adjust(format!("up to the minimum {minimum}"), &missing);
            }
        }
    }

    /// An amount that is no quantity times a price: the sign stands at the quantity (rule BR-27).
    fn adjust(&mut self, name: String, amount: &Rational) {
        if amount.is_zero() {
            return;
        }
        let one = if amount.is_negative() {
            -Rational::one()
        } else {
            Rational::one()
        };
        self.net += amount;
        self.parts.push(PricedPart {
            tier: Some(name),
            quantity: one.to_string(),
            unit: Some(ONE.to_owned()),
            unit_price: decimal_near(&amount.abs()).unwrap_or(Decimal::ZERO),
            amount: amount.to_string(),
        });
    }

    fn of_part(&self, all: Rational) -> Rational {
        match self.part {
            Some(part) => all * &part.priced,
            None => all,
        }
    }

    /// What of an amount of a whole period is due.
    fn once(&self, amount: Decimal) -> Rational {
        let all = amount.to_rational() * self.weight;
        match self.part {
            Some(part) => all * &part.once,
            None => all,
        }
    }

    fn push(
        &mut self,
        tier: Option<String>,
        unit: Option<&str>,
        quantity: &Rational,
        unit_price: Decimal,
    ) {
        let quantity = self.of_part(quantity.clone());
        self.add(tier, unit, &quantity, unit_price);
    }

    fn push_once(&mut self, tier: String, weight: &Rational, amount: Decimal) {
        let quantity = match self.part {
            Some(part) => weight * &part.once,
            None => weight.clone(),
        };
        self.add(Some(tier), Some(ONE), &quantity, amount);
    }

    fn add(
        &mut self,
        tier: Option<String>,
        unit: Option<&str>,
        quantity: &Rational,
        unit_price: Decimal,
    ) {
        let amount = quantity * unit_price.to_rational();
        self.parts.push(PricedPart {
            tier,
            quantity: quantity.to_string(),
            unit: unit.map(str::to_owned),
            unit_price,
            amount: amount.to_string(),
        });
        self.net += amount;
    }
}

pub(super) fn tier_name(below: Decimal, tier: &Tier) -> String {
    match tier.up_to {
        Some(bound) => format!("{below}–{bound}"),
        None => format!("above {below}"),
    }
}

#[cfg(test)]
mod tests;

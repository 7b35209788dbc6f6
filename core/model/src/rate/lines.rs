//! A charge as lines of a document: one for each tier and each change, since quantity × price must be the net of a line.

use thiserror::Error;

use super::settling::decimal_near;
use crate::charge::{Charge, PricedPart};
use crate::decimal::{Decimal, Rational};
use crate::money::{Money, round_to_total};

/// A part of a charge at one price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeLine {
    /// "0–100", where the charge has tiers.
    pub tier: Option<String>,
    pub quantity: Decimal,
    /// UN/ECE Rec 20.
    pub unit: String,
    pub unit_price: Decimal,
    pub net: Money,
}

#[derive(Debug, Error, PartialEq, Eq)]
pub enum ChargeLinesError {
    #[error("read the explanation of a charge: `{text}` is no fraction")]
    UnreadableFraction { text: String },
    #[error("show the quantity {quantity} of a tier in at most 28 digits")]
    TooLarge { quantity: String },
}

/// The lines of a charge. Their nets sum to its net: what rounding leaves goes to the largest remainders.
pub fn charge_lines(charge: &Charge) -> Result<Vec<ChargeLine>, ChargeLinesError> {
    let parts = &charge.explanation.parts;
    if let [only] = parts.as_slice() {
        return Ok(vec![ChargeLine {
            tier: only.tier.clone(),
            quantity: charge.quantity,
            unit: charge.unit.clone(),
            unit_price: only.unit_price,
            net: charge.net,
        }]);
    }
    let amounts: Vec<Rational> = parts
        .iter()
        .map(|part| fraction(&part.amount))
        .collect::<Result<_, _>>()?;
    let nets = round_to_total(charge.net, &amounts)
        .unwrap_or_else(|| vec![Money::zero(charge.net.currency()); parts.len()]);
    let unit = &charge.unit;
    parts
        .iter()
        .zip(nets)
        .map(|(part, net)| line(part, unit, net))
        .collect()
}

fn line(part: &PricedPart, unit: &str, net: Money) -> Result<ChargeLine, ChargeLinesError> {
    let quantity = decimal_near(&fraction(&part.quantity)?);
    Ok(ChargeLine {
        tier: part.tier.clone(),
        quantity: quantity.ok_or_else(|| ChargeLinesError::TooLarge {
            quantity: part.quantity.clone(),
        })?,
        unit: part.unit.as_deref().unwrap_or(unit).to_owned(),
        unit_price: part.unit_price,
        net,
    })
}

fn fraction(text: &str) -> Result<Rational, ChargeLinesError> {
    text.parse()
        .map_err(|_| ChargeLinesError::UnreadableFraction {
            text: text.to_owned(),
        })
}

//! What a price makes of the quantity of a charge: a model with its numbers, and what is changed before and after it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::aggregate::Conversion;
use crate::decimal::Decimal;

/// Applied in this order (rule R23): conversion, allowance, model, percentage discount, fixed discount, maximum, minimum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariff {
    pub model: Model,
    pub conversion: Option<Conversion>,
    pub allowance: Option<Allowance>,
    /// In percent of what the model comes to.
    pub discount_percent: Option<Decimal>,
    /// A whole period; never more than what is left.
    pub discount_amount: Option<Decimal>,
    /// Of a whole period.
    pub maximum: Option<Decimal>,
    /// Of a whole period.
    pub minimum: Option<Decimal>,
}

/// A price model with its numbers. Amounts are those of a whole period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Model {
    /// So much for each unit.
    Unit(Decimal),
    /// So much, whatever the quantity, while anything is there.
    Flat(Decimal),
    /// Each tier prices its own slice of the quantity.
    Graduated(Vec<Tier>),
    /// The tier that is reached prices the whole quantity.
    Volume(Vec<Tier>),
    /// So much for each package that was begun.
    Package { size: Decimal, amount: Decimal },
    /// In percent of the quantity, which is an amount of money.
    Percentage(Decimal),
    /// A total that all who have a quantity share by it.
    Split(Decimal),
    /// So much for each, with what it contains.
    Bundle(Decimal),
}

/// Above the tier before it, up to and including its bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    pub up_to: Option<Decimal>,
    /// For each unit.
    pub amount: Decimal,
    /// Once, where the tier is entered.
    pub flat: Option<Decimal>,
}

/// A quantity that costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    pub quantity: Decimal,
    pub per: AllowancePer,
}

/// Whose an allowance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AllowancePer {
    /// One for all resources of the charge.
    #[default]
    Charge,
    /// One for each resource, while it is there; what one does not use is of no use to another.
    Resource,
    /// One for all charges of the item that a customer has, over accounts, plans and dimensions: each has a part of it in
    /// proportion to its quantity. Prices with different allowances have one each.
    Customer,
}

/// Which quantity falls into tiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TiersSee {
    /// The average over the charged period.
    #[default]
    Average,
    /// What is there at each moment.
    EachMoment,
}

/// What the parts of a total go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SplitBy {
    /// The quantity that each line has.
    #[default]
    Quantity,
    /// Each line has the same part.
    Equal,
}

impl Tariff {
    /// Without anything before or after it.
    pub const fn of(model: Model) -> Self {
        Self {
            model,
            conversion: None,
            allowance: None,
            discount_percent: None,
            discount_amount: None,
            maximum: None,
            minimum: None,
        }
    }

    /// Is the model all there is to it?
    pub fn is_plain(&self) -> bool {
        self.discount_percent.is_none() && self.is_plain_but_for_percent()
    }

    /// Is it the model, and perhaps a percentage off?
    pub fn is_plain_but_for_percent(&self) -> bool {
        let Self {
            model: _,
            conversion,
            allowance,
            discount_percent: _,
            discount_amount,
            maximum,
            minimum,
        } = self;
        conversion.is_none()
            && allowance.is_none()
            && discount_amount.is_none()
            && maximum.is_none()
            && minimum.is_none()
    }

    /// Is anything due once, however much is used?
    pub fn has_amounts_due_once(&self) -> bool {
        let limits = [self.discount_amount, self.maximum, self.minimum];
        let is_flat = match &self.model {
            Model::Graduated(tiers) | Model::Volume(tiers) => {
                tiers.iter().any(|tier| tier.flat.is_some())
            }
            Model::Flat(_) => true,
            Model::Unit(_)
            | Model::Bundle(_)
            | Model::Split(_)
            | Model::Percentage(_)
            | Model::Package { .. } => false,
        };
        is_flat || limits.iter().any(Option::is_some)
    }
}

impl Model {
    /// As a person writes it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unit(_) => "unit",
            Self::Flat(_) => "flat",
            Self::Graduated(_) => "graduated",
            Self::Volume(_) => "volume",
            Self::Package { .. } => "package",
            Self::Percentage(_) => "percentage",
            Self::Split(_) => "split",
            Self::Bundle(_) => "bundle",
        }
    }
}

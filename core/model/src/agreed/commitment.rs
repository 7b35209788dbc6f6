//! A minimum commitment as rating uses it.

use std::collections::BTreeSet;

use crate::decimal::Decimal;
use crate::ids::{AccountKey, AgreementKey, ItemKey};
use crate::price::Proration;
use crate::time::Validity;
use crate::validity::Dated;

/// The least that an account pays for some items in a whole billing period (rule R21).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    pub account: AccountKey,
    pub name: String,
    pub amount: Decimal,
    /// Under every name that they have or had. Empty: all.
    pub items: BTreeSet<ItemKey>,
    /// Absent: any of the account.
    pub agreement: Option<AgreementKey>,
    pub validity: Validity,
    /// Its first day, as it was written.
    pub from: Option<String>,
    pub proration: Proration,
    pub description: Option<String>,
    pub tax_category: Option<String>,
    pub account_code: Option<String>,
    /// Absent: the only one that there is.
    pub pipeline: Option<String>,
    pub place: String,
}

impl Commitment {
    /// Under which its amount is one for a whole billing period.
    pub const PRORATIONS: [Proration; 5] = [
        Proration::Second,
        Proration::ActualDay,
        Proration::Actual360,
        Proration::Strict30360,
        Proration::None,
    ];

    /// Does what is billed of an item count towards it?
    pub fn counts(&self, item: &ItemKey) -> bool {
        self.items.is_empty() || self.items.contains(item)
    }

    /// Would something count towards both at the same time?
    pub fn shares_with(&self, other: &Self) -> bool {
        let apart = matches!((&self.agreement, &other.agreement), (Some(one), Some(two)) if one != two)
            || matches!((&self.pipeline, &other.pipeline), (Some(one), Some(two)) if one != two);
        let common = self.items.is_empty()
            || other.items.is_empty()
            || !self.items.is_disjoint(&other.items);
        self.account == other.account && !apart && common && self.validity.overlaps(other.validity)
    }
}

impl Dated for Commitment {
    fn identity(&self) -> String {
        format!("{:?} {:?}", self.account.as_str(), self.name)
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn same(&self, other: &Self) -> bool {
        let placeless = |one: &Self| Self {
            place: String::new(),
            ..one.clone()
        };
        placeless(self) == placeless(other)
    }
}

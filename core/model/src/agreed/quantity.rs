//! A manual quantity as rating uses it.

use crate::decimal::Decimal;
use crate::ids::{AccountKey, ItemKey, ServiceKey};
use crate::time::Validity;
use crate::validity::Dated;

/// A quantity that no source shows, with who answers for it and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualQuantity {
    pub account: AccountKey,
    pub item: ItemKey,
    pub name: Option<String>,
    pub quantity: Decimal,
    pub validity: Validity,
    /// The expiry, as it was written.
    pub until: String,
    pub owner: String,
    pub reason: String,
    pub service: Option<ServiceKey>,
    /// Absent: the only one that there is.
    pub pipeline: Option<String>,
    pub place: String,
}

impl ManualQuantity {
    /// What lines call it.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(self.item.as_str())
    }
}

impl Dated for ManualQuantity {
    fn identity(&self) -> String {
        // Quoted keys cannot run into one another.
        format!(
            "{:?} {:?} {:?}",
            self.account.as_str(),
            self.item.as_str(),
            self.label()
        )
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

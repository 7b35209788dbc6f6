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
    /// What the item was called first, where that was something else.
    pub known_as: Option<ItemKey>,
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
    fn first_item(&self) -> &ItemKey {
        self.known_as.as_ref().unwrap_or(&self.item)
    }

    /// What lines call it.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(self.item.as_str())
    }
}

impl Dated for ManualQuantity {
    fn identity(&self) -> String {
        let name = self.name.as_deref().unwrap_or_default();
        // Quoted keys cannot run into one another.
        format!(
            "{:?} {:?} {name:?}",
            self.account.as_str(),
            self.first_item().as_str()
        )
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    /// Nothing differs but the text.
    fn may_succeed(&self, before: &Self) -> bool {
        let renamed = Self {
            name: before.name.clone(),
            ..self.clone()
        };
        renamed.same(before)
    }

    fn same(&self, other: &Self) -> bool {
        let placeless = |one: &Self| Self {
            item: one.first_item().clone(),
            known_as: None,
            place: String::new(),
            ..one.clone()
        };
        placeless(self) == placeless(other)
    }
}

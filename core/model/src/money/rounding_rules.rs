//! Which rounding mode holds for which currency (rule R25).

use std::collections::BTreeMap;

use super::{Currency, Rounding};

/// One mode for all currencies, and others for some.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoundingRules {
    pub default: Rounding,
    pub by_currency: BTreeMap<Currency, Rounding>,
}

impl RoundingRules {
    /// How amounts in a currency are rounded.
    pub fn of(&self, currency: Currency) -> Rounding {
        let own = self.by_currency.get(&currency);
        own.copied().unwrap_or(self.default)
    }
}

impl From<Rounding> for RoundingRules {
    fn from(default: Rounding) -> Self {
        Self {
            default,
            by_currency: BTreeMap::new(),
        }
    }
}

//! What an e-invoice says besides its lines. A document keeps it, so that it can be shown later as it was issued.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Party, Tax};
use crate::decimal::Decimal;
use crate::document::Line;
use crate::ids::AgreementKey;

/// Both sides, the payment and the taxes of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Invoicing {
    pub seller: Party,
    pub buyer: Party,
    /// The buyer's order (BT-13).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_reference: Option<String>,
    #[serde(default)]
    pub payment: Payment,
    /// What the tax categories of the lines are.
    #[serde(default)]
    pub taxes: BTreeMap<String, Tax>,
    /// What is to be paid is rounded to a multiple of this, and the difference shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payable_step: Option<Decimal>,
    /// What else the document says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<String>,
    /// What it says where it has lines of an agreement.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub agreement_texts: BTreeMap<AgreementKey, String>,
}

/// How it is paid.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Payment {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iban: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bic: Option<String>,
    /// The terms of an invoice, and of a credit note, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_terms: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_terms: Option<String>,
}

/// The tax categories of an account's lines.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TaxTerms {
    /// Of lines whose item says none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// What those of items are for this account: `standard` may be a reverse charge.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub instead: BTreeMap<String, String>,
}

impl TaxTerms {
    pub fn is_empty(&self) -> bool {
        self.default.is_none() && self.instead.is_empty()
    }

    /// The category of a line whose item has this one.
    pub fn category<'a>(&'a self, of_item: Option<&'a str>) -> Option<&'a str> {
        let category = of_item.or(self.default.as_deref())?;
        Some(self.instead.get(category).map_or(category, String::as_str))
    }
}

impl Invoicing {
    /// Only with the taxes that the lines have, and what their agreements say.
    #[must_use]
    pub fn narrowed(&self, lines: &[Line]) -> Self {
        let mut narrow = self.clone();
        narrow.taxes.retain(|name, _| {
            lines
                .iter()
                .any(|line| line.tax_category.as_deref() == Some(name))
        });
        for (key, text) in std::mem::take(&mut narrow.agreement_texts) {
            if lines.iter().any(|line| line.charge.agreement == key) {
                narrow.texts.push(text);
            }
        }
        narrow
    }

    /// For a correction of a document: it goes to the same buyer at the same rates, whatever holds by now.
    #[must_use]
    pub fn correcting(&self, then: &Self) -> Self {
        let mut own = self.clone();
        own.buyer = then.buyer.clone();
        own.order_reference.clone_from(&then.order_reference);
        own.taxes.extend(then.taxes.clone());
        own
    }
}

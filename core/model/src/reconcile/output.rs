//! What reconcile found, in money and in findings, and what it asks to be recorded.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::Reference;
use crate::finding::Finding;
use crate::money::Money;
use crate::plan::RemoteState;
use crate::time::Instant;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Reconciliation {
    /// Read back as they were sent: their effects are verified.
    pub matched: Vec<Reference>,
    /// Not to be seen, and younger than the sink's lag.
    pub waiting: Vec<Reference>,
    /// The same, with when they are judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub young: Vec<Young>,
    pub findings: Vec<Finding>,
    pub totals: Vec<CurrencyTotals>,
    /// What a person did at the sink and is to be recorded.
    pub state_changes: Vec<StateChange>,
    /// When the period ends, where that is to come: what is rated so far is not due, and no finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_ended: Option<Instant>,
}

/// A document that is not to be seen, and was sent so lately that the sink may not show it yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Young {
    pub reference: Reference,
    /// The remote's number of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// What it bills, in the sign of an invoice.
    pub amount: Money,
    /// When the sink confirmed it last.
    pub sent: Instant,
    /// From when on it is missing, if it is still not to be seen.
    pub judged_from: Instant,
}

/// In the sign of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CurrencyTotals {
    /// Rated, and the estimate of what is suspended.
    pub discovered: Money,
    pub suspended: Money,
    pub rated: Money,
    pub sent: Money,
    pub observed: Money,
    /// What the plan would still send.
    pub to_send: Money,
    /// Rated is sent is observed, to the cent.
    pub balanced: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StateChange {
    pub reference: Reference,
    pub from: RemoteState,
    pub to: RemoteState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

impl Reconciliation {
    pub fn is_clean(&self) -> bool {
        let mut totals = self.totals.iter();
        self.findings.is_empty() && totals.all(|one| one.balanced || self.is_to_come(one))
    }

    /// What was sent stands there, and the rest is of a period that has not ended.
    pub fn is_to_come(&self, totals: &CurrencyTotals) -> bool {
        self.not_ended.is_some() && totals.sent == totals.observed
    }
}

//! What an apply answers.

use counterfoil_model::document::DocumentKind;
use counterfoil_model::effect::{EffectAction, State};
use counterfoil_model::finding::Finding;
use counterfoil_model::money::Money;
use counterfoil_model::time::Instant;
use schemars::JsonSchema;
use serde::Serialize;

use crate::notify::NotifyReport;

#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct ApplyReport {
    pub deliveries: Vec<DeliveryReport>,
    pub findings: Vec<Finding>,
    /// Worth knowing, and no reason to stop.
    pub warnings: Vec<String>,
    /// The head of the chain, to be kept outside.
    pub head: Option<String>,
    /// It was asked to stop, and left deliveries for the next time.
    pub stopped: bool,
    /// Who was told of it; filled in by whoever tells.
    #[serde(skip_serializing_if = "NotifyReport::is_empty")]
    pub notifications: NotifyReport,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliveryReport {
    pub sink: String,
    pub reference: String,
    pub account: String,
    pub action: EffectAction,
    pub state: State,
    /// An earlier run confirmed it: nothing was sent now.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub settled_before: bool,
    pub kind: DocumentKind,
    /// In the sign of an invoice: a credit note's is negative.
    pub net: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_until: Option<Instant>,
}

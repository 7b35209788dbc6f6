//! A plan: what would be sent, what it comes to, and what a person has to look at. Applying it is not its business.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::counterfoil::{Link, RemoteDocument};
use crate::digest::Digest;
use crate::document::{Delivery, Reference};
use crate::finding::Finding;
use crate::ids::{AccountId, AccountKey, ItemKey, RecordingId};
use crate::money::Money;
use crate::time::Date;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// The digest of its inputs.
    pub id: Digest,
    pub billing_period: String,
    pub issue_date: Date,
    pub basis: Basis,
    /// Ordered as they are to be sent: what is withdrawn comes before what replaces it.
    pub deliveries: Vec<PlannedDelivery>,
    /// What the totals hold besides the deliveries: it is not sent with this plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Withheld>,
    pub accounts: Vec<AccountTotal>,
    /// What is older than the look-back and comes to something else than was billed. No total has it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub older: Vec<Older>,
    /// One for each currency.
    pub totals: Vec<Difference>,
    /// The period asked for against what is confirmed for the period before it.
    pub changes: Vec<ItemChange>,
    pub findings: Vec<Finding>,
    /// What was found before planning and keeps all of it from approval, unless a person says why it may go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked_by: Vec<Finding>,
}

/// What must still be so when the plan is applied. Newer facts than the cutoff are only worth a warning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Basis {
    pub cutoff: RecordingId,
    pub config: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Link>,
    pub abilities: Digest,
    pub open_effects: Digest,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum PlannedAction {
    Create,
    Update,
    /// The draft is withdrawn: its delivery is the one that stands there.
    Void,
    /// It stands there as it should.
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedDelivery {
    pub action: PlannedAction,
    pub delivery: Delivery,
    pub content_digest: Digest,
    /// What the remote holds under the reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<RemoteDocument>,
    /// The remote's id of the document that is corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects_remote: Option<String>,
    /// In the sign of an invoice: what stands there, and what will.
    pub amount: Difference,
}

/// Amounts in the sign of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    pub confirmed: Money,
    pub now: Money,
    pub difference: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountTotal {
    pub account: AccountId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<AccountKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub billing_period: String,
    pub amount: Difference,
}

/// What a month that is older than the look-back comes to otherwise than it was billed: it is told, and not corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Older {
    pub account: AccountId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<AccountKey>,
    pub billing_period: String,
    /// Whose documents are others, where the account has several.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub invoice_group: String,
    /// Of the document that a correction would name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    pub amount: Difference,
}

/// A part of an account's total that no delivery of the plan has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Withheld {
    pub account: AccountId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<AccountKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub billing_period: String,
    /// Of the delivery whose outcome decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    pub because: WithheldBecause,
    pub amount: Difference,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WithheldBecause {
    /// It is not known whether a delivery arrived.
    UnknownOutcome,
    /// A delivery goes on only when a person says so.
    Parked,
    /// The period is in its grace, and the sink has no drafts.
    InGrace,
    /// The configuration has no buyer for the account.
    NoBuyer,
    /// Nothing can be planned for the sink.
    SinkUnfit,
    /// As a finding of the account says.
    Finding,
}

impl WithheldBecause {
    /// As people call it.
    pub fn words(self) -> &'static str {
        match self {
            Self::UnknownOutcome => "not known whether it arrived",
            Self::Parked => "parked",
            Self::InGrace => "in its grace",
            Self::NoBuyer => "no buyer",
            Self::SinkUnfit => "nothing for this sink",
            Self::Finding => "waits, see the findings",
        }
    }
}

/// An item that comes to something else than in the period before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ItemChange {
    pub account: AccountId,
    pub item: ItemKey,
    pub dimensions: BTreeMap<String, String>,
    /// What is confirmed of the period before: a correction that waits is no part of it.
    pub before: Money,
    /// As the period is rated now.
    pub now: Money,
    pub difference: Money,
}

impl Plan {
    /// Those that change something at the sink.
    pub fn effects(&self) -> impl Iterator<Item = &PlannedDelivery> {
        self.deliveries
            .iter()
            .filter(|planned| planned.action != PlannedAction::Nothing)
    }
}

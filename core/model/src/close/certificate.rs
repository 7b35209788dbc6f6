//! The certificate: what was stated when a period was closed. Append-only: what changes later gets a supplementary one.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::money::{AccountMoney, CurrencyMoney, standing};
use super::reason::Acceptance;
use crate::digest::Digest;
use crate::document::{DocumentKind, Reference};
use crate::finding::Finding;
use crate::ids::{AccountId, AccountKey, Kind, RecordingId, TenantId};
use crate::money::{Money, MoneyError};
use crate::ownership::NonBillable;
use crate::plan::{Confirmed, RemoteState};
use crate::rate::KindBalance;
use crate::time::{Instant, Period};
use crate::verify::Anchor;

/// A certificate with the digest that seals it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sealed {
    /// Of the certificate's canonical JSON: keys in order, no white space. To be kept outside.
    pub digest: Digest,
    pub certificate: Certificate,
}

impl Sealed {
    pub fn new(certificate: Certificate) -> Self {
        Self {
            digest: Digest::of_json(&certificate),
            certificate,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// From 1, without gaps, per tenant and pipeline.
    pub number: i64,
    /// The digest of the certificate before it, of whichever period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Digest>,
    /// The random id of the store.
    pub store: String,
    pub tenant: TenantId,
    /// As it was called.
    pub pipeline: String,
    pub billing_period: String,
    pub period: Period,
    pub timezone: String,
    /// The number of the certificate of this period that it takes the place of. Absent in the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplements: Option<i64>,
    pub closed: Instant,
    pub by: String,
    /// The user of the operating system that the command ran as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// Facts that were recorded later are not in it.
    pub cutoff: RecordingId,
    /// Of the configuration that decides money, over all its versions.
    pub config: Digest,
    /// Where the chain of counterfoils ended. Absent where there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<Anchor>,
    pub statement: Statement,
}

/// What is certified.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    /// discovered = billed + non-billable + not charged + suspended + unpriced, in resource-seconds and at the end.
    pub kinds: BTreeMap<Kind, KindBalance>,
    /// By kind, reason, owner and expiry.
    pub non_billable: Vec<Exempted>,
    /// What the period is for accounts that have calendars of their own. It is the pipeline's month for all others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<ClosedAccount>,
    /// rated = billed elsewhere + confirmed + not sent, for each sink, account and currency.
    pub money: Vec<AccountMoney>,
    /// The same for each sink and currency.
    pub totals: Vec<CurrencyMoney>,
    /// What stands at the sinks for the period, and what was accepted as void.
    pub documents: Vec<ClosedDocument>,
    /// What was not in order, and who answers for it.
    pub accepted: Vec<AcceptedFinding>,
}

/// Which period of an account's own calendar is covered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClosedAccount {
    pub account: AccountId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<AccountKey>,
    /// Its civil id: "2026-Q1", say.
    pub account_period: String,
    /// As the account's midnights bound it.
    pub period: Period,
    pub timezone: String,
    /// The month that it is billed with, and covered by, where that is a later one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed_with: Option<String>,
    /// discovered = billed + not charged + unpriced, of what the account owns in its period. What nobody owns is no
    /// account's: it is in the balance of the pipeline's months.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<Kind, KindBalance>,
    /// The earlier months that it spans.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<String>,
}

/// What is not billed, on purpose, and what that gives away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exempted {
    pub kind: Kind,
    pub because: NonBillable,
    pub seconds: i64,
    pub at_end: i64,
    /// An estimate at list price; absent where the price book has none for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Money>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClosedDocument {
    pub sink: String,
    pub reference: Reference,
    /// The remote's number of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    pub kind: DocumentKind,
    pub state: RemoteState,
    pub account: String,
    /// In the sign of an invoice; nothing of what is void.
    pub amount: Money,
    /// The reference of the original that it corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Reference>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AcceptedFinding {
    pub finding: Finding,
    /// Of what it was when it was accepted.
    pub digest: Digest,
    pub acceptance: Acceptance,
}

impl Statement {
    /// What makes two statements the same one. Names may change without anything else.
    pub fn substance(&self) -> Digest {
        let mut bare = self.clone();
        for row in &mut bare.money {
            row.key = None;
            row.sink.clear();
        }
        for account in &mut bare.accounts {
            account.key = None;
        }
        for total in &mut bare.totals {
            total.sink.clear();
        }
        for document in &mut bare.documents {
            document.sink.clear();
            document.account.clear();
        }
        let accepted: Vec<Digest> = bare.accepted.iter().map(|one| one.digest).collect();
        bare.accepted.clear();
        Digest::of_json(&(bare, accepted))
    }
}

impl ClosedDocument {
    /// A document as it was confirmed last.
    pub fn of(confirmed: &Confirmed, sink: &str, account: &AccountKey) -> Result<Self, MoneyError> {
        let delivery = &confirmed.delivery;
        Ok(Self {
            sink: sink.to_owned(),
            reference: delivery.reference.clone(),
            number: confirmed.remote.number.clone(),
            kind: delivery.kind,
            state: confirmed.state,
            account: account.to_string(),
            amount: standing(confirmed)?,
            corrects: delivery.corrects.clone(),
        })
    }
}

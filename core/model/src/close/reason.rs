//! What stands between a period and its close. Each has an id that changes with what it says: an acceptance is of that alone.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::finding::{Finding, FindingCode, Severity};
use crate::ids::Kind;
use crate::plan::Older;
use crate::rate::{KindBalance, SuspenseEstimate};
use crate::time::Instant;

/// A finding that is to be explained, by mending it or by a person who answers for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reason {
    /// The first digits of its digest, which name it.
    pub id: String,
    /// Of what it says, and of what it is about.
    pub digest: Digest,
    pub finding: Finding,
    /// The month that it is about, where that is too old to be corrected with the one that is closed: an acceptance holds for
    /// later closes, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub older_period: Option<String>,
    /// Where it is false, nobody can know what would be accepted: it has to be mended.
    pub can_be_accepted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Acceptance>,
}

/// Who answers for a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Acceptance {
    pub by: String,
    /// The user of the operating system that the command ran as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    pub reason: String,
    pub at: Instant,
}

/// What findings are about beyond their words, which name the first few resources alone.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    pub billing_period: &'a str,
    pub kinds: &'a BTreeMap<Kind, KindBalance>,
    pub suspense: &'a SuspenseEstimate,
}

impl Reason {
    /// Does it keep the period open?
    pub fn is_open(&self) -> bool {
        self.accepted.is_none()
    }
}

/// A finding, and what it is about.
#[derive(Debug, Clone)]
pub struct Found {
    pub finding: Finding,
    /// The month of what is too old to be corrected.
    pub older_period: Option<String>,
}

impl From<Finding> for Found {
    fn from(finding: Finding) -> Self {
        Self {
            finding,
            older_period: None,
        }
    }
}

impl From<&Older> for Found {
    fn from(older: &Older) -> Self {
        Self {
            finding: older.finding(),
            older_period: Some(older.billing_period.clone()),
        }
    }
}

/// Those that have to be explained, the worst first; the same finding once.
pub fn reasons(
    findings: impl IntoIterator<Item = Found>,
    basis: Basis<'_>,
    accepted: &BTreeMap<Digest, Acceptance>,
) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    let findings = findings.into_iter();
    let mut findings: Vec<Found> = findings.filter(|one| counts(&one.finding)).collect();
    findings.sort_by(|a, b| {
        let key = |one: &Finding| (one.severity, one.code, one.subject.clone());
        key(&a.finding).cmp(&key(&b.finding))
    });
    for found in findings {
        let basis = Basis {
            billing_period: found
                .older_period
                .as_deref()
                .unwrap_or(basis.billing_period),
            ..basis
        };
        let finding = found.finding;
        // What is open is found by the plan, and in other words when the sink is read back.
        let is_again = finding.code == FindingCode::UnknownEffect
            && reasons.iter().any(|told| {
                told.finding.code == finding.code && told.finding.subject == finding.subject
            });
        let digest = digest(&finding, basis);
        if is_again || reasons.iter().any(|told| told.digest == digest) {
            continue;
        }
        let can_be_accepted = can_be_accepted(finding.code);
        reasons.push(Reason {
            id: digest.short(),
            digest,
            can_be_accepted,
            accepted: accepted.get(&digest).filter(|_| can_be_accepted).cloned(),
            finding,
            older_period: found.older_period,
        });
    }
    reasons
}

/// Notes are for reading. What covers suspense later is told with what is in suspense, which counts. That a quantity ends as it
/// was agreed leaves nothing unexplained.
fn counts(finding: &Finding) -> bool {
    let is_told_only = matches!(
        finding.code,
        FindingCode::HoldsLater | FindingCode::QuantityExpires
    );
    finding.severity != Severity::Note && !is_told_only
}

/// Whose outcome is not known cannot be answered for; what does not add up is a mistake in the program.
fn can_be_accepted(code: FindingCode) -> bool {
    match code {
        FindingCode::NotEnded
        | FindingCode::InGrace
        | FindingCode::NotReadBack
        | FindingCode::Unbalanced
        | FindingCode::UnknownEffect => false,
        FindingCode::MissingPrice
        | FindingCode::UnreadableQuantity
        | FindingCode::NegativeQuantity
        | FindingCode::AmountOverflow
        | FindingCode::StaleExchangeRate
        | FindingCode::Suspense
        | FindingCode::HoldsLater
        | FindingCode::Stale
        | FindingCode::WithheldEndings
        | FindingCode::BrokenRow
        | FindingCode::UnreadListing
        | FindingCode::UnbilledPeriod
        | FindingCode::NotClosed
        | FindingCode::OpeningExceeds
        | FindingCode::MappedTwice
        | FindingCode::Missing
        | FindingCode::Unexpected
        | FindingCode::Mismatched
        | FindingCode::Drift
        | FindingCode::Duplicate
        | FindingCode::ForeignContent
        | FindingCode::Parked
        | FindingCode::Rejected
        | FindingCode::UnmappedCustomer
        | FindingCode::Adapted
        | FindingCode::BilledTwice
        | FindingCode::EInvoice
        | FindingCode::NotSent
        | FindingCode::Draft
        | FindingCode::QuantityNotCharged
        | FindingCode::QuantityExpires
        | FindingCode::CommitmentShort
        | FindingCode::ExemptionEnds
        | FindingCode::UnreliableConnector => true,
    }
}

fn digest(finding: &Finding, basis: Basis<'_>) -> Digest {
    let said = (
        basis.billing_period,
        finding.code,
        &finding.subject,
        &finding.message,
        &finding.value,
    );
    let of_rating = [
        FindingCode::MissingPrice,
        FindingCode::UnreadableQuantity,
        FindingCode::NegativeQuantity,
        FindingCode::AmountOverflow,
        FindingCode::BilledTwice,
    ];
    if finding.code == FindingCode::Suspense {
        let resources = basis.suspense.resources.iter();
        let resources: Vec<_> = resources
            .map(|one| (one.resource, one.seconds, one.value, &one.reason))
            .collect();
        Digest::of_json(&(said, resources))
    } else if of_rating.contains(&finding.code) {
        let kinds = basis.kinds.iter();
        let unpriced: Vec<_> = kinds
            .map(|(kind, balance)| (kind, balance.seconds.unpriced))
            .collect();
        Digest::of_json(&(said, unpriced))
    } else {
        Digest::of_json(&said)
    }
}

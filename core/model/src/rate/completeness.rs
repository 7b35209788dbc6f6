//! The completeness equation: what was discovered is billed, deliberately not billed, or in suspense, to the second.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RateInput;
use super::billed::{BilledPiece, ByOwned, charged_to_all};
use super::findings::{Findings, resources};
use super::group::Metered;
use super::suspense::{SuspendedResource, SuspenseEstimate};
use crate::counted::{counted, counted_as};
use crate::finding::{Finding, FindingCode, Severity};
use crate::holds_later::{HoldsLater, advice};
use crate::ids::Kind;
use crate::money::Money;
use crate::ownership::{NonBillable, OwnedInterval, Ownership};
use crate::time::{Instant, Period};

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Completeness {
    pub kinds: BTreeMap<Kind, KindBalance>,
    /// By kind, reason, owner and expiry.
    pub non_billable: Vec<NonBillableTotal>,
    pub suspense: SuspenseEstimate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct KindBalance {
    /// Resource-seconds of the billing period.
    pub seconds: Balance,
    /// Resources in the last second of the billing period.
    pub at_end: Balance,
}

/// discovered = billed + non-billable + not charged + suspended + unpriced, or something is unaccounted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Balance {
    pub discovered: i64,
    /// At least one item charges it, to each of its owners.
    pub billed: i64,
    /// A rule says so, with its reason.
    pub non_billable: i64,
    /// The price book says so: a kind that is not charged, or no item whose `when` fits.
    pub not_charged: i64,
    pub suspended: i64,
    /// Owned, and no item could charge it: there are findings.
    pub unpriced: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NonBillableTotal {
    pub kind: Kind,
    pub because: NonBillable,
    pub seconds: i64,
    pub at_end: i64,
}

impl Balance {
    /// What the equation leaves: zero, or a part of the inventory was lost on the way or counted twice.
    pub fn remainder(&self) -> i64 {
        let accounted =
            self.billed + self.non_billable + self.not_charged + self.suspended + self.unpriced;
        self.discovered - accounted
    }
}

pub(super) fn balance(
    input: &RateInput<'_>,
    metered: &Metered<'_>,
    billed: &[BilledPiece],
    suspense: SuspenseEstimate,
    findings: &mut Findings,
) -> Completeness {
    let period = input.billing_period.period();
    let mut kinds: BTreeMap<Kind, KindBalance> = BTreeMap::new();
    for interval in input.intervals {
        if let Some(part) = interval.valid.clip(period) {
            let balance = balance_of(&mut kinds, &interval.kind);
            balance.seconds.discovered += part.seconds();
            balance.at_end.discovered += i64::from(part.to() == period.to());
        }
    }
    let mut billed = ByOwned::new(billed);
    let mut non_billable: BTreeMap<NonBillableKey<'_>, (i64, i64)> = BTreeMap::new();
    for (position, owned) in input.owned.iter().enumerate() {
        let Some(part) = owned.period.intersect(period) else {
            continue;
        };
        let balance = balance_of(&mut kinds, &owned.kind);
        let (seconds, at_end) = (part.seconds(), i64::from(part.to() == period.to()));
        match &*owned.ownership {
            Ownership::Suspended(_) => {
                balance.seconds.suspended += seconds;
                balance.at_end.suspended += at_end;
            }
            Ownership::NonBillable(because) => {
                balance.seconds.non_billable += seconds;
                balance.at_end.non_billable += at_end;
                let total = non_billable
                    .entry(non_billable_key(owned, because))
                    .or_default();
                *total = (total.0 + seconds, total.1 + at_end);
            }
            Ownership::Owned { owners, .. } => {
                let pieces = charged_to_all(billed.of(position), owners.len());
                let on_purpose = metered.not_charged[position];
                add_owned(balance, part, period.to(), &pieces, on_purpose);
            }
        }
    }
    report_remainders(&kinds, period.from(), findings);
    report_suspense(input, &suspense, findings);
    report_later(&suspense, findings);
    let non_billable = non_billable
        .into_iter()
        .map(|((kind, reason, owner, until), total)| {
            let (reason, owner) = (reason.to_owned(), owner.to_owned());
            NonBillableTotal {
                kind: kind.clone(),
                because: NonBillable {
                    reason,
                    owner,
                    until,
                },
                seconds: total.0,
                at_end: total.1,
            }
        });
    Completeness {
        non_billable: non_billable.collect(),
        kinds,
        suspense,
    }
}

fn balance_of<'k>(kinds: &'k mut BTreeMap<Kind, KindBalance>, kind: &Kind) -> &'k mut KindBalance {
    if !kinds.contains_key(kind) {
        kinds.insert(kind.clone(), KindBalance::default());
    }
    kinds.get_mut(kind).expect("it was put there just now")
}

type NonBillableKey<'a> = (&'a Kind, &'a str, &'a str, Option<crate::time::Date>);

fn non_billable_key<'a>(owned: &'a OwnedInterval, because: &'a NonBillable) -> NonBillableKey<'a> {
    (&owned.kind, &because.reason, &because.owner, because.until)
}

pub(super) fn add_owned(
    balance: &mut KindBalance,
    part: Period,
    end: Instant,
    charged: &[Period],
    on_purpose: bool,
) {
    let billed: i64 = charged.iter().map(|period| period.seconds()).sum();
    let at_end = i64::from(part.to() == end);
    let billed_at_end = i64::from(charged.last().is_some_and(|last| last.to() == end));
    balance.seconds.billed += billed;
    balance.at_end.billed += billed_at_end;
    let rest = (part.seconds() - billed, at_end - billed_at_end);
    if on_purpose {
        balance.seconds.not_charged += rest.0;
        balance.at_end.not_charged += rest.1;
    } else {
        balance.seconds.unpriced += rest.0;
        balance.at_end.unpriced += rest.1;
    }
}

fn report_remainders(kinds: &BTreeMap<Kind, KindBalance>, since: Instant, findings: &mut Findings) {
    for (kind, balance) in kinds {
        let (seconds, count) = (balance.seconds.remainder(), balance.at_end.remainder());
        if seconds != 0 || count != 0 {
            findings.push(Finding {
                code: FindingCode::Unbalanced,
                severity: Severity::Blocking,
                subject: format!("kind {kind}"),
                message: format!(
                    "Of what was discovered, {seconds} resource-seconds and {} at the end are unaccounted for.",
                    counted(count, "resource")
                ),
                next_step: "classify the whole billing period again; if it stays, it is a mistake in the program".to_owned(),
                value: None,
                since: Some(since),
            });
        }
    }
}

fn report_suspense(input: &RateInput<'_>, suspense: &SuspenseEstimate, findings: &mut Findings) {
    let Some(first) = suspense.resources.first() else {
        return;
    };
    findings.push(Finding {
        code: FindingCode::Suspense,
        severity: Severity::Warning,
        subject: "suspense".to_owned(),
        message: format!(
            "{} {}. The value is an estimate at list price.",
            counted_as(
                suspense.resources.len(),
                "resource has no known payer:",
                "resources have no known payer; the most valuable is"
            ),
            first.name
        ),
        next_step: format!(
            "add a rule that names their customer, or one that says why they are not billed{}",
            advice(input.billing_period, input.open_from)
        ),
        value: suspense.total,
        since: None,
    });
}

/// A finding for each rule or agreement that the files have and that holds only later.
fn report_later(suspense: &SuspenseEstimate, findings: &mut Findings) {
    let mut gathered: BTreeMap<&HoldsLater, Vec<&SuspendedResource>> = BTreeMap::new();
    for resource in &suspense.resources {
        if let Some(later) = &resource.later {
            gathered.entry(later).or_default().push(resource);
        }
    }
    for (later, waiting) in gathered {
        let names = waiting.iter().map(|one| one.name.as_str());
        let values: Vec<Money> = waiting.iter().filter_map(|one| one.value).collect();
        let currency = values.first().map(|value| value.currency());
        findings.push(Finding {
            code: FindingCode::HoldsLater,
            severity: Severity::Warning,
            subject: later.what.clone(),
            message: format!(
                "It covers {} in suspense in {}, but {}.",
                resources(waiting.len(), names),
                later.billing_period,
                later.reason()
            ),
            next_step: later.next_step(),
            value: currency.and_then(|currency| Money::sum(values, currency).ok()),
            since: None,
        });
    }
}

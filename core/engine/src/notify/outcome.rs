//! What the end of a stage is worth telling. What the store shows by itself is not here.

use std::error::Error;

use counterfoil_model::effect::State;
use counterfoil_model::finding::{Finding, Severity};
use counterfoil_model::time::Date;
use counterfoil_store::StoreError;
use serde_json::json;

use super::event::Event;
use crate::apply::{ApplyError, ApplyReport};
use crate::config::EventKind;
use crate::discover::DiscoverReport;
use crate::plan::{PlanError, PlanReport};
use crate::reconcile::ReconcileReport;

/// A stage's report, asked for its news.
pub trait Outcome {
    /// What is told of it. The day makes a failure that goes on new once a day.
    fn events(&self, today: Date) -> Vec<Event>;
}

/// A stage that ended with an error; nothing where it only says that there is nothing to do yet.
pub(super) fn of_failure(stage: &str, error: &(dyn Error + 'static), today: Date) -> Option<Event> {
    if is_expected(error) {
        return None;
    }
    let message = crate::chain(error);
    Some(Event {
        kind: EventKind::Failed,
        key: json!([stage, message, today]),
        subject: format!("{stage} failed"),
        lines: vec![message.clone()],
        next_step: crate::hint_of(error).unwrap_or_default(),
        details: json!({ "stage": stage, "error": message }),
    })
}

/// Said to whoever called the command: nothing is wrong with the pipeline.
fn is_expected(error: &(dyn Error + 'static)) -> bool {
    let of_plan = error
        .downcast_ref::<PlanError>()
        .is_some_and(|error| matches!(error, PlanError::NotEnded { .. }));
    let of_apply = error.downcast_ref::<ApplyError>().is_some_and(|error| {
        matches!(
            error,
            ApplyError::Paused { .. } | ApplyError::NoPlan { .. } | ApplyError::NothingApproved
        )
    });
    of_plan || of_apply || is_taken(error)
}

/// Another process is at work on the same, and tells what comes of it.
fn is_taken(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let taken = error.downcast_ref::<StoreError>().is_some_and(|error| {
            matches!(
                error,
                StoreError::ApplyLocked | StoreError::DiscoverLocked | StoreError::JobLocked
            )
        });
        if taken {
            return true;
        }
        next = error.source();
    }
    false
}

impl Outcome for DiscoverReport {
    fn events(&self, today: Date) -> Vec<Event> {
        if self.failures.is_empty() {
            return Vec::new();
        }
        let line = |failure: &crate::discover::Failure| {
            let listing = failure.listing.as_deref().unwrap_or_default();
            format!("{} {listing}: {}", failure.source, failure.message)
        };
        let lines: Vec<String> = self.failures.iter().map(line).collect();
        let mut sources: Vec<&str> = self
            .failures
            .iter()
            .map(|failure| failure.source.as_str())
            .collect();
        sources.dedup();
        let hint = self.failures.iter().find_map(|one| one.hint.clone());
        vec![Event {
            kind: EventKind::Failed,
            key: json!(["discover", lines, today]),
            subject: format!("discovery of {} failed", sources.join(", ")),
            next_step: hint.unwrap_or_else(|| {
                "nothing ended because of it; run `counterfoil discover` when it is mended"
                    .to_owned()
            }),
            details: json!({ "stage": "discover", "failures": self.failures }),
            lines,
        }]
    }
}

impl Outcome for PlanReport {
    fn events(&self, _: Date) -> Vec<Event> {
        let of_sinks = self.plans.iter().flat_map(|plan| &plan.plan.findings);
        let blocking = self
            .findings
            .iter()
            .chain(of_sinks)
            .filter(|finding| finding.severity == Severity::Blocking);
        let subject = format!("the plan of {} is blocked", self.billing_period);
        found("plan", &self.billing_period, subject, blocking)
            .into_iter()
            .collect()
    }
}

impl Outcome for ApplyReport {
    fn events(&self, today: Date) -> Vec<Event> {
        let rejected: Vec<_> = self
            .deliveries
            .iter()
            .filter(|delivery| delivery.state == State::Rejected)
            .collect();
        if rejected.is_empty() {
            return Vec::new();
        }
        let lines: Vec<String> = rejected
            .iter()
            .map(|delivery| {
                let message = delivery.message.as_deref().unwrap_or("rejected");
                format!(
                    "{} {} {}: {message}",
                    delivery.account, delivery.reference, delivery.net
                )
            })
            .collect();
        vec![Event {
            kind: EventKind::Failed,
            key: json!(["apply", lines, today]),
            subject: match rejected.len() {
                1 => "a sink rejected a delivery".to_owned(),
                count => format!("sinks rejected {count} deliveries"),
            },
            next_step: "mend what the sink complains of; `counterfoil apply` sends them again"
                .to_owned(),
            details: json!({ "stage": "apply", "deliveries": rejected }),
            lines,
        }]
    }
}

impl Outcome for ReconcileReport {
    fn events(&self, _: Date) -> Vec<Event> {
        let of_sinks = self.sinks.iter().flat_map(|sink| &sink.result.findings);
        let worth =
            self.findings.iter().chain(of_sinks).filter(|finding| {
                matches!(finding.severity, Severity::Blocking | Severity::Warning)
            });
        let subject = format!("reconciling {} found something", self.billing_period);
        found("reconcile", &self.billing_period, subject, worth)
            .into_iter()
            .collect()
    }
}

/// Findings, once: the same ones of another day are no news, since a person has them.
fn found<'a>(
    stage: &str,
    period: &str,
    subject: String,
    findings: impl Iterator<Item = &'a Finding>,
) -> Option<Event> {
    let findings: Vec<&Finding> = findings.collect();
    let first = findings.first()?;
    let line = |finding: &&Finding| {
        let value = finding.value.map(|value| format!("{value} "));
        format!(
            "{}{}: {}",
            value.unwrap_or_default(),
            finding.subject,
            finding.message
        )
    };
    let key: Vec<_> = findings
        .iter()
        .map(|finding| (&finding.code, &finding.subject, &finding.value))
        .collect();
    Some(Event {
        kind: EventKind::Found,
        key: json!([stage, period, key]),
        subject,
        lines: findings.iter().map(line).collect(),
        next_step: first.next_step.clone(),
        details: json!({ "stage": stage, "billing_period": period, "findings": findings }),
    })
}

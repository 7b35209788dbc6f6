//! Revenue that rests on presumption: sources that were not listed, not completely or too long ago, and endings that wait
//! for a person.

use std::collections::BTreeSet;

use counterfoil_model::counted::counted_as;
use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::ids::{ResourceId, SourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::plan::LookBack;
use counterfoil_model::time::BillingPeriod;
use counterfoil_store::StoreError;
use counterfoil_store::inventory::{ScopeCoverage, WithheldEndings};

use crate::at_stake::billed_for;
use crate::rating::PeriodRated;
use crate::session::{Session, Wired};
use crate::terms::Versions;

/// What makes the period's bill uncertain.
pub(crate) async fn findings(
    session: &Session,
    wired: &Wired<'_>,
    versions: &Versions,
    period: &BillingPeriod,
    rated: &[(PeriodRated, LookBack)],
) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    let asked = rated.iter().find(|(rated, _)| rated.period == *period);
    let Some((asked, _)) = asked else {
        return Ok(findings);
    };
    for (id, source) in &wired.sources {
        let scopes = session.store.scope_coverage(*id).await?;
        if scopes.is_empty() {
            findings.push(never_listed(&source.name));
        }
        for scope in &scopes {
            findings.extend(stale(
                session,
                (wired, versions),
                asked,
                (*id, &source.name),
                scope,
            ));
        }
    }
    for (id, name) in &wired.known.sources {
        for endings in session.store.withheld_pending(*id).await? {
            findings.push(withheld((wired, versions), asked, name, &endings));
        }
    }
    Ok(findings)
}

fn never_listed(source: &str) -> Finding {
    Finding {
        code: FindingCode::Stale,
        severity: Severity::Blocking,
        subject: source.to_owned(),
        message: "nothing was ever listed of this source: what it holds is not billed".to_owned(),
        next_step: list_again(source),
        value: None,
        since: None,
    }
}

fn list_again(source: &str) -> String {
    format!("run `counterfoil discover --source {source}`, and plan again")
}

/// Is a part of the period presumed that is longer than allowed?
fn stale(
    session: &Session,
    (wired, versions): (&Wired<'_>, &Versions),
    rated: &PeriodRated,
    (source, name): (SourceId, &str),
    coverage: &ScopeCoverage,
) -> Option<Finding> {
    let period = rated.period.period();
    let until = period.to().min(session.now);
    let covered = coverage.covered_until;
    let missing_secs = until.seconds() - covered.unwrap_or(coverage.first).seconds();
    let limit_secs = i64::from(wired.pipeline.config.staleness_hours_max) * 3600;
    let (message, next_step) = match covered {
        Some(_) if missing_secs <= limit_secs => return None,
        // What a scope without any complete listing shows of a time before its first one is nothing.
        None if missing_secs <= 0 => return None,
        Some(_) => (
            format!(
                "the last {} presumed: nothing was listed since",
                counted_as(
                    missing_secs / 3600,
                    "hour of the period is",
                    "hours of the period are"
                )
            ),
            list_again(name),
        ),
        None => (
            "no listing was ever complete: nothing of it ends, and what was not listed is not billed"
                .to_owned(),
            "see `counterfoil inventory coverage` for the reason, then discover and plan again"
                .to_owned(),
        ),
    };
    let is_of_scope =
        |interval: &Interval| interval.source == source && interval.scope == coverage.scope;
    Some(Finding {
        code: FindingCode::Stale,
        severity: Severity::Blocking,
        subject: format!("{name} {}", coverage.scope),
        message,
        next_step,
        value: billed_for(rated, (wired, versions), is_of_scope, |part| {
            covered.is_none() || part.presumed_seconds > 0
        }),
        since: Some(covered.unwrap_or(coverage.first)),
    })
}

fn withheld(
    terms: (&Wired<'_>, &Versions),
    rated: &PeriodRated,
    source: &str,
    endings: &WithheldEndings,
) -> Finding {
    let waiting: BTreeSet<ResourceId> = endings.resources.iter().copied().collect();
    let waits = |interval: &Interval| {
        interval.source == endings.source && waiting.contains(&interval.resource)
    };
    Finding {
        code: FindingCode::WithheldEndings,
        severity: Severity::Warning,
        subject: format!("{source} {}", endings.scope),
        message: format!(
            "{} of {} absent at once, and billed on until a person decides",
            endings.absent,
            counted_as(endings.known, "resource was", "resources were")
        ),
        next_step: format!(
            "`counterfoil inventory approve-withheld {0} --ceiling {1} --by NAME` ends them, `dismiss-withheld {0}` keeps them",
            endings.id, endings.absent
        ),
        value: billed_for(rated, terms, waits, |_| true),
        since: Some(endings.valid),
    }
}

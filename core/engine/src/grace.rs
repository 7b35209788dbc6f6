//! Until when late facts still belong to the drafts of a period that has ended.

use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::time::{BillingPeriod, Instant};
use jiff::ToSpan;

use crate::config::Pipeline;
use crate::run::due::{Due, Reason};

/// When the grace of a period is over, while it lasts.
pub(crate) fn lasts_until(
    pipeline: &Pipeline,
    period: &BillingPeriod,
    now: Instant,
) -> Option<Instant> {
    let days = i64::from(pipeline.config.grace.days);
    let over = period.last_day().saturating_add((days + 1).days());
    let over = Instant::start_of_day(over, period.zone()).ok()?;
    (days > 0 && now < over).then_some(over)
}

pub(crate) fn lasts(pipeline: &Pipeline, period: &BillingPeriod, now: Instant) -> bool {
    lasts_until(pipeline, period, now).is_some()
}

/// Says until when, of the period that is planned.
pub(crate) fn finding(
    pipeline: &Pipeline,
    period: &BillingPeriod,
    now: Instant,
) -> Option<Finding> {
    let until = lasts_until(pipeline, period, now)?;
    let id = period.id();
    Some(Finding {
        code: FindingCode::InGrace,
        severity: Severity::Note,
        subject: id.clone(),
        message: format!(
            "{id} is in its grace until {until}: late facts still change its drafts, and nothing of it is posted before."
        ),
        next_step: format!("run `counterfoil plan --period {id}` again then, or let `run` do it"),
        value: None,
        since: Some(period.period().to()),
    })
}

/// A bill waits until the grace of the period that ended last is over, unless that was billed before.
pub(crate) fn bill_due(due: Due, pipeline: &Pipeline, covered_until: Instant, now: Instant) -> Due {
    let Due::Now(Reason::Scheduled { .. } | Reason::First) = due else {
        return due;
    };
    let ended = BillingPeriod::containing(now, pipeline.zone.clone())
        .and_then(|current| current.previous());
    match ended {
        Ok(ended) if covered_until < ended.period().to() => {
            lasts_until(pipeline, &ended, now).map_or(due, Due::At)
        }
        Ok(_) | Err(_) => due,
    }
}

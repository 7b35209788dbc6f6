//! How everything stands, as tables.

use counterfoil_engine::status::{
    JobStatus, PipelineStatus, Risk, SourceStatus, StageStatus, StatusReport,
};

use crate::commands::findings::word;
use crate::commands::run::outcome_word;
use crate::output::{Column, Table, row};

pub(super) fn all(report: &StatusReport) -> Vec<Table> {
    vec![
        stages(&report.pipelines),
        jobs(&report.pipelines),
        sources(&report.pipelines),
        unread_rows(&report.pipelines),
        deliveries(&report.pipelines),
        waiting(&report.pipelines),
        older(&report.pipelines),
        periods(&report.pipelines),
        at_risk(&report.pipelines),
    ]
}

fn pipeline_column() -> Column {
    Column::text("pipeline").for_exports()
}

pub(super) fn stages<'a>(pipelines: impl IntoIterator<Item = &'a PipelineStatus>) -> Table {
    let columns = [
        pipeline_column(),
        Column::text("stage"),
        Column::instant("started").for_exports(),
        Column::instant("finished").for_exports(),
        Column::instant("last_run").for_people(),
        Column::text("outcome"),
        Column::text("detail").titled(""),
        Column::instant("last_complete"),
        Column::instant("next_run"),
    ];
    let mut table = Table::new("stages", columns);
    for pipeline in pipelines {
        for stage in &pipeline.stages {
            table.push(row![
                &pipeline.pipeline,
                &stage.stage,
                stage.started,
                stage.finished,
                stage.finished.or(stage.started),
                &stage.outcome,
                detail(stage),
                stage.succeeded,
                stage.next,
            ]);
        }
    }
    table
}

/// The counts of a run, but for zeros and lists.
fn detail(stage: &StageStatus) -> String {
    let Some(counts) = stage.detail.as_object() else {
        return String::new();
    };
    let shown = counts.iter().filter_map(|(key, value)| match value {
        serde_json::Value::Number(number) => match number.as_u64() {
            Some(0) => None,
            Some(1) => Some(format!("1 {}", singular(key))),
            Some(_) | None => Some(format!("{number} {key}")),
        },
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_) => None,
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Of what runs count: "deliveries", "listings"; "known" and "confirmed" stay.
fn singular(counted: &str) -> String {
    match counted.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => counted.strip_suffix('s').unwrap_or(counted).to_owned(),
    }
}

pub(super) fn jobs<'a>(pipelines: impl IntoIterator<Item = &'a PipelineStatus>) -> Table {
    let columns = [
        pipeline_column(),
        Column::text("job"),
        Column::text("schedule"),
        Column::text("due").titled("next").for_people(),
        Column::instant("next").for_exports(),
        Column::text("is_due").for_exports(),
        Column::integer("failures"),
        Column::text("last"),
        Column::instant("last_complete").for_exports(),
        Column::instant("retry_at").for_exports(),
    ];
    let mut table = Table::new("jobs", columns);
    for pipeline in pipelines {
        for job in &pipeline.jobs {
            let due = match (job.is_due, job.next) {
                (true, _) => Some("due now".to_owned()),
                (false, next) => next.map(|at| at.to_string()),
            };
            table.push(row![
                &pipeline.pipeline,
                job.job.as_str(),
                job.schedule.as_ref(),
                due,
                job.next,
                job.is_due,
                (job.failures > 0).then_some(job.failures),
                last(job),
                job.succeeded,
                job.retry_at,
            ]);
        }
    }
    table
}

fn last(job: &JobStatus) -> Option<String> {
    match (&job.last, job.running_since) {
        (_, Some(since)) => Some(format!("began {since}, and did not end yet")),
        (Some(last), None) => Some(format!(
            "{} {}: {}",
            outcome_word(last.outcome),
            last.finished,
            last.message
        )),
        (None, None) => None,
    }
}

pub(super) fn sources<'a>(pipelines: impl IntoIterator<Item = &'a PipelineStatus>) -> Table {
    let columns = [
        pipeline_column(),
        Column::text("source"),
        Column::instant("covered_until"),
        Column::text("behind").aligned_right().for_people(),
        Column::integer("staleness_seconds").for_exports(),
        Column::text("is_stale").for_exports(),
        Column::text("state").titled(""),
        Column::integer("failures").for_exports(),
        Column::instant("failing_since").for_exports(),
        Column::instant("retry_at").for_exports(),
        Column::integer("unread").for_exports(),
        Column::text("newest_unread").for_exports(),
    ];
    let mut table = Table::new("sources", columns);
    for pipeline in pipelines {
        for source in &pipeline.sources {
            table.push(row![
                &pipeline.pipeline,
                &source.source,
                source.covered_until,
                source.staleness_secs.map(age),
                source.staleness_secs,
                source.is_stale,
                state_of(source),
                source.failures,
                source.failing_since,
                source.retry_at,
                source.unread,
                source.newest_unread.as_ref().map(|newest| &newest.listing),
            ]);
        }
    }
    table
}

fn state_of(source: &SourceStatus) -> String {
    let mut parts = Vec::new();
    if source.scopes == 0 {
        parts.push("never listed".to_owned());
    } else if source.is_stale {
        parts.push("STALE".to_owned());
    }
    if let Some(since) = source.failing_since {
        parts.push(match source.failures {
            1 => format!("failing since {since}, once"),
            times => format!("failing since {since}, {times} times"),
        });
    }
    if let Some(at) = source.retry_at {
        parts.push(format!("asked again at {at}"));
    }
    if let Some(newest) = &source.newest_unread {
        parts.push(match source.unread {
            1 => format!("{} could not be read", newest.listing),
            count => format!(
                "{count} listings could not be read, the newest {}",
                newest.listing
            ),
        });
    }
    parts.extend(source.message.clone());
    parts.join("; ")
}

fn unread_rows<'a>(pipelines: impl IntoIterator<Item = &'a PipelineStatus>) -> Table {
    let columns = [
        pipeline_column(),
        Column::text("severity"),
        Column::text("source"),
        Column::text("message"),
        Column::instant("since"),
        Column::text("next_step"),
    ];
    let mut table = Table::new("unread_rows", columns);
    for pipeline in pipelines {
        for finding in &pipeline.unread_rows {
            table.push(row![
                &pipeline.pipeline,
                word(&finding.severity),
                &finding.subject,
                &finding.message,
                finding.since,
                &finding.next_step,
            ]);
        }
    }
    table
}

pub(super) fn deliveries<'a>(pipelines: impl IntoIterator<Item = &'a PipelineStatus>) -> Table {
    let columns = [
        pipeline_column(),
        Column::text("sink"),
        Column::text("state"),
        Column::integer("deliveries"),
        Column::instant("oldest"),
    ];
    let mut table = Table::new("deliveries", columns);
    for pipeline in pipelines {
        for one in &pipeline.deliveries {
            table.push(row![
                &pipeline.pipeline,
                &one.sink,
                &one.state,
                one.count,
                one.oldest,
            ]);
        }
    }
    table
}

pub(super) fn periods<'a>(pipelines: impl IntoIterator<Item = &'a PipelineStatus>) -> Table {
    let columns = [
        Column::text("pipeline").for_exports(),
        Column::text("period"),
        Column::text("state"),
        Column::integer("certificate"),
        Column::instant("closed"),
        Column::text("by"),
        Column::integer("accepted"),
    ];
    let mut table = Table::new("periods", columns);
    for pipeline in pipelines {
        for one in &pipeline.periods {
            table.push(row![
                &pipeline.pipeline,
                &one.billing_period,
                word(&one.state),
                one.certificate,
                one.closed,
                one.by.as_ref(),
                one.accepted,
            ]);
        }
    }
    table
}

fn waiting<'a>(pipelines: impl IntoIterator<Item = &'a PipelineStatus>) -> Table {
    let columns = [
        pipeline_column(),
        Column::text("sink"),
        Column::text("period"),
        Column::integer("waiting"),
        Column::integer("held"),
        Column::integer("blocked_by"),
        Column::instant("since"),
    ];
    let mut table = Table::new("waiting", columns);
    for pipeline in pipelines {
        for one in &pipeline.waiting {
            table.push(row![
                &pipeline.pipeline,
                &one.sink,
                &one.billing_period,
                one.waiting,
                one.held,
                one.blocked_by,
                one.since,
            ]);
        }
    }
    table
}

pub(super) fn older<'a>(pipelines: impl IntoIterator<Item = &'a PipelineStatus>) -> Table {
    let columns = [
        pipeline_column(),
        Column::text("account").titled("not corrected"),
        Column::text("period"),
        Column::text("group"),
        Column::text("sink"),
        Column::money("difference").with_currency(),
        Column::instant("since"),
    ];
    let mut table = Table::new("older", columns);
    for pipeline in pipelines {
        for one in &pipeline.older {
            table.push(row![
                &pipeline.pipeline,
                &one.account,
                &one.billing_period,
                &one.invoice_group,
                &one.sink,
                one.difference,
                one.since,
            ]);
        }
    }
    table
}

/// One row for each reason, with a sum for each currency.
pub(super) fn at_risk<'a>(pipelines: impl IntoIterator<Item = &'a PipelineStatus>) -> Table {
    let columns = [
        pipeline_column(),
        Column::text("period").for_exports(),
        Column::instant("assessed").for_exports(),
        Column::text("reason"),
        Column::text("value").aligned_right(),
        Column::integer("findings"),
    ];
    let mut table = Table::new("at_risk", columns);
    for pipeline in pipelines {
        let Some(risk) = &pipeline.at_risk else {
            continue;
        };
        for reason in &risk.reasons {
            table.push(row![
                &pipeline.pipeline,
                &risk.billing_period,
                risk.assessed,
                word(&reason.reason),
                values(reason),
                reason.findings,
            ]);
        }
    }
    table
}

fn values(risk: &Risk) -> String {
    let values: Vec<String> = risk.values.iter().map(ToString::to_string).collect();
    values.join(", ")
}

/// Coarse, as people say it.
fn age(secs: i64) -> String {
    match secs {
        ..120 => format!("{secs} s"),
        120..7200 => format!("{} min", secs / 60),
        7200..172_800 => format!("{} h", secs / 3600),
        _ => format!("{} d", secs / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::singular;

    #[test]
    fn one_is_not_several() {
        for (counted, one) in [
            ("deliveries", "delivery"),
            ("listings", "listing"),
            ("findings", "finding"),
            ("known", "known"),
            ("ended", "ended"),
        ] {
            assert_eq!(singular(counted), one);
        }
    }
}

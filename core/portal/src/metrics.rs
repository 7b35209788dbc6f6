//! `/metrics`: what `status` shows, as numbers for Prometheus. They are counted from the store, so that a restart loses none.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use counterfoil_engine::status::{PipelineStatus, StatusReport, status};
use counterfoil_store::scheduling::RunCount;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::server::Portal;

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = Vec<(&'static str, String)>;
type Gauges = Family<Labels, Gauge>;

pub(crate) async fn answer(State(portal): State<Arc<Portal>>) -> Response {
    match text(&portal).await {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(reason) => {
            tracing::error!("the metrics could not be made: {reason}");
            (StatusCode::SERVICE_UNAVAILABLE, reason).into_response()
        }
    }
}

async fn text(portal: &Portal) -> Result<String, String> {
    let Some(session) = portal.session() else {
        return Err("the scheduler has not looked yet".to_owned());
    };
    let told =
        |error: &dyn std::error::Error| format!("failed to {}", counterfoil_engine::chain(error));
    let report = status(&session).await.map_err(|error| told(&error))?;
    let runs = portal
        .store
        .run_counts()
        .await
        .map_err(|error| told(&error))?;
    let registry = registry(&report, &runs);
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|error| error.to_string())?;
    Ok(text)
}

fn registry(report: &StatusReport, runs: &[RunCount]) -> Registry {
    let mut registry = Registry::with_prefix("counterfoil");
    let build = Gauges::default();
    let version = env!("CARGO_PKG_VERSION").to_owned();
    build.get_or_create(&vec![("version", version)]).set(1);
    registry.register("build_info", "The version that runs", build);
    let counted = Family::<Labels, Counter>::default();
    for run in runs {
        let labels = vec![
            ("pipeline", run.pipeline.clone()),
            ("stage", run.stage.clone()),
            ("outcome", run.status.clone()),
        ];
        counted.get_or_create(&labels).inc_by(run.count);
    }
    registry.register("stage_runs", "Runs of a stage by outcome", counted);
    for family in FAMILIES {
        let gauges = Gauges::default();
        for pipeline in &report.pipelines {
            (family.fill)(pipeline, &gauges);
        }
        match &family.unit {
            Some(unit) => {
                registry.register_with_unit(family.name, family.help, unit.clone(), gauges);
            }
            None => registry.register(family.name, family.help, gauges),
        }
    }
    registry
}

/// A metric, and how a pipeline's status fills it.
struct Metric {
    name: &'static str,
    help: &'static str,
    unit: Option<Unit>,
    fill: fn(&PipelineStatus, &Gauges),
}

const FAMILIES: [Metric; 11] = [
    Metric {
        name: "pipeline_paused",
        help: "1 where somebody has paused the pipeline's effects",
        unit: None,
        fill: |pipeline, gauges| {
            set(gauges, pipeline, &[], i64::from(pipeline.paused.is_some()));
        },
    },
    Metric {
        name: "stage_last_success_timestamp",
        help: "When a stage last ended complete",
        unit: Some(Unit::Seconds),
        fill: |pipeline, gauges| {
            for stage in &pipeline.stages {
                if let Some(at) = stage.succeeded {
                    set(gauges, pipeline, &[("stage", &stage.stage)], at.seconds());
                }
            }
        },
    },
    Metric {
        name: "job_last_success_timestamp",
        help: "When a job of the scheduler last ended without failing",
        unit: Some(Unit::Seconds),
        fill: |pipeline, gauges| {
            for job in &pipeline.jobs {
                if let Some(at) = job.succeeded {
                    set(gauges, pipeline, &[("job", job.job.as_str())], at.seconds());
                }
            }
        },
    },
    Metric {
        name: "job_next_timestamp",
        help: "When a job of the scheduler is due next",
        unit: Some(Unit::Seconds),
        fill: |pipeline, gauges| {
            for job in &pipeline.jobs {
                if let Some(at) = job.next {
                    set(gauges, pipeline, &[("job", job.job.as_str())], at.seconds());
                }
            }
        },
    },
    Metric {
        name: "job_failures",
        help: "Failures of a job in a row",
        unit: None,
        fill: |pipeline, gauges| {
            for job in &pipeline.jobs {
                let labels = [("job", job.job.as_str())];
                set(gauges, pipeline, &labels, i64::from(job.failures));
            }
        },
    },
    Metric {
        name: "source_staleness",
        help: "Time since until when complete listings vouch for all that a source shows",
        unit: Some(Unit::Seconds),
        fill: |pipeline, gauges| {
            for source in &pipeline.sources {
                if let Some(secs) = source.staleness_secs {
                    set(gauges, pipeline, &[("source", &source.source)], secs);
                }
            }
        },
    },
    Metric {
        name: "source_failures",
        help: "Failures of a source in a row",
        unit: None,
        fill: |pipeline, gauges| {
            for source in &pipeline.sources {
                let labels = [("source", source.source.as_str())];
                set(gauges, pipeline, &labels, i64::from(source.failures));
            }
        },
    },
    Metric {
        name: "deliveries",
        help: "Deliveries by state; void-at-sink is what counts as billed and was void when it was read back last",
        unit: None,
        fill: |pipeline, gauges| {
            for deliveries in &pipeline.deliveries {
                let labels = [
                    ("sink", deliveries.sink.as_str()),
                    ("state", deliveries.state.as_str()),
                ];
                set(gauges, pipeline, &labels, whole(deliveries.count));
            }
        },
    },
    Metric {
        name: "accounts_waiting",
        help: "Accounts whose planned deliveries wait for approval",
        unit: None,
        fill: |pipeline, gauges| {
            for waiting in &pipeline.waiting {
                let labels = [
                    ("sink", waiting.sink.as_str()),
                    ("period", waiting.billing_period.as_str()),
                ];
                set(gauges, pipeline, &labels, whole(waiting.waiting));
            }
        },
    },
    Metric {
        name: "revenue_at_risk_minor_units",
        help: "What rests on a doubt in the current period, in the currency's minor units",
        unit: None,
        fill: |pipeline, gauges| {
            for risk in pipeline.at_risk.iter().flat_map(|risk| &risk.reasons) {
                let reason = serde_json::to_value(risk.reason).unwrap_or_default();
                for value in &risk.values {
                    let labels = [
                        ("reason", reason.as_str().unwrap_or_default()),
                        ("currency", &value.currency().to_string()),
                    ];
                    set(gauges, pipeline, &labels, value.minor());
                }
            }
        },
    },
    Metric {
        name: "revenue_at_risk_assessed_timestamp",
        help: "When the revenue at risk was assessed",
        unit: Some(Unit::Seconds),
        fill: |pipeline, gauges| {
            if let Some(risk) = &pipeline.at_risk {
                set(gauges, pipeline, &[], risk.assessed.seconds());
            }
        },
    },
];

fn set(gauges: &Gauges, pipeline: &PipelineStatus, more: &[(&'static str, &str)], value: i64) {
    let mut labels = vec![("pipeline", pipeline.pipeline.clone())];
    labels.extend(
        more.iter()
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    gauges.get_or_create(&labels).set(value);
}

/// A count that does not fit is shown as the most that does.
fn whole(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

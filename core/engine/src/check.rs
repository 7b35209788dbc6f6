//! What `check` can tell before anything runs: the files, the connectors' manifests and schemas, the grants.

use std::sync::Arc;

use counterfoil_host::{Memory, Recorder};
use serde::Serialize;

use crate::config::{Config, ConfigProblem};
use crate::connect::{Connectors, Plugged};

#[derive(Debug, Default, Serialize)]
pub struct CheckReport {
    pub pipelines: Vec<String>,
    pub problems: Vec<ConfigProblem>,
    /// What the connectors answered to `--connect`.
    pub connections: Vec<Connected>,
}

#[derive(Debug, Serialize)]
pub struct Connected {
    pub name: String,
    pub answer: String,
    pub reached: bool,
}

/// Checks every source and sink of every pipeline; with `connect` each is also called.
pub async fn check(config: &Config, connectors: &Connectors, connect: bool) -> CheckReport {
    let mut report = CheckReport::default();
    for (name, pipeline) in &config.pipelines {
        report.pipelines.push(name.clone());
        let sources = pipeline.config.source.iter().enumerate();
        for (index, source) in sources {
            let path = ["pipeline", name, "source", &index.to_string()].map(str::to_owned);
            let before = report.problems.len();
            plugged(
                config,
                connectors,
                Plugged::from(source),
                &path,
                &mut report,
            )
            .await;
            if connect && report.problems.len() == before {
                let called = match connectors.source(source, recorder()).await {
                    Ok(connection) => connection
                        .check()
                        .await
                        .map_err(|error| crate::chain(&error)),
                    Err(error) => Err(crate::chain(&error)),
                };
                report
                    .connections
                    .push(Connected::new(&source.name, called));
            }
        }
        for (index, sink) in pipeline.config.sink.iter().enumerate() {
            let path = ["pipeline", name, "sink", &index.to_string()].map(str::to_owned);
            let before = report.problems.len();
            plugged(config, connectors, Plugged::from(sink), &path, &mut report).await;
            if connect && report.problems.len() == before {
                let called = match connectors.sink(sink, recorder()).await {
                    Ok(connected) => connected
                        .connection
                        .check()
                        .await
                        .map_err(|error| crate::chain(&error)),
                    Err(error) => Err(crate::chain(&error)),
                };
                report.connections.push(Connected::new(&sink.name, called));
            }
        }
    }
    report
}

fn recorder() -> Arc<dyn Recorder> {
    Arc::new(Memory::default())
}

impl Connected {
    fn new(name: &str, called: Result<String, String>) -> Self {
        let reached = called.is_ok();
        Self {
            name: name.to_owned(),
            answer: called.unwrap_or_else(|error| error),
            reached,
        }
    }
}

/// The connector, its settings and its grants; all problems of it at once.
async fn plugged(
    config: &Config,
    connectors: &Connectors,
    plugged: Plugged<'_>,
    path: &[String],
    report: &mut CheckReport,
) {
    let document = &config.document;
    let at = |key: &str| [path, &[key.to_owned()]].concat();
    let connector = match connectors.load(plugged).await {
        Ok(connector) => connector,
        Err(error) => {
            let hint = error.hint();
            report.problems.push(document.locate(
                &at("plugin"),
                &crate::chain(&error),
                hint.as_deref(),
            ));
            return;
        }
    };
    let setup = match connectors.setup(plugged, recorder()) {
        Ok(setup) => setup,
        Err(error) => {
            let hint = error.hint();
            report
                .problems
                .push(document.locate(path, &crate::chain(&error), hint.as_deref()));
            return;
        }
    };
    for problem in setup.problems(&connector) {
        // A JSON pointer such as /config/attribute/vcpu.
        let parts = problem
            .path
            .split('/')
            .skip(1)
            .map(|part| part.replace("~1", "/").replace("~0", "~"));
        let path: Vec<String> = path.iter().cloned().chain(parts).collect();
        report
            .problems
            .push(document.locate(&path, &problem.message, problem.hint.as_deref()));
    }
}

//! The sources and sinks of a pipeline: their connectors, settings, secrets and grants; and what they declare.

use std::sync::Arc;

use counterfoil_host::{Connector, Memory, Recorder};
use counterfoil_model::attribute::KindDeclaration;
use serde_json::json;

use super::{CheckReport, Connected};
use crate::config::{Draft, DraftPipeline, SourceConfig, secret_problems};
use crate::connect::{ConnectError, Connectors, Plugged, call_hint};
use crate::discover::convert;

/// Answers what the sources declare, if all of them could say it.
pub(super) async fn check(
    draft: &Draft,
    pipeline: &DraftPipeline,
    connectors: &Connectors,
    connect: bool,
    report: &mut CheckReport,
) -> Option<Vec<KindDeclaration>> {
    let mut declared = Some(Vec::new());
    for (path, source) in &pipeline.sources {
        let plugged = Plugged::from(source);
        if !is_right(draft, connectors, plugged, path, report).await {
            declared = None;
            continue;
        }
        match describe(connectors, source).await {
            Ok(kinds) => declared
                .iter_mut()
                .for_each(|declared| declared.extend(kinds.clone())),
            Err((message, hint)) => {
                declared = None;
                report
                    .problems
                    .push(draft.document.locate(path, &message, hint.as_deref()));
                continue;
            }
        }
        if connect {
            let called = call_source(connectors, source).await;
            report
                .connections
                .push(connected(&pipeline.name, &source.name, called));
        }
    }
    for (path, sink) in &pipeline.sinks {
        let is_right = is_right(draft, connectors, Plugged::from(sink), path, report).await;
        if connect && is_right {
            let called = match connectors.sink(sink, recorder()).await {
                Ok(connected) => {
                    let called = connected.connection.check().await;
                    called.map_err(|error| (crate::chain(&error), call_hint(&error)))
                }
                Err(error) => Err(told(&error)),
            };
            report
                .connections
                .push(connected(&pipeline.name, &sink.name, called));
        }
    }
    declared
}

fn recorder() -> Arc<dyn Recorder> {
    Arc::new(Memory::default())
}

type Told = (String, Option<String>);

fn told(error: &ConnectError) -> Told {
    (crate::chain(error), error.hint())
}

fn connected(pipeline: &str, name: &str, called: Result<String, Told>) -> Connected {
    let reached = called.is_ok();
    let (answer, hint) = match called {
        Ok(answer) => (answer, None),
        Err((answer, hint)) => (answer, hint),
    };
    Connected {
        pipeline: pipeline.to_owned(),
        name: name.to_owned(),
        answer,
        reached,
        hint,
    }
}

async fn call_source(connectors: &Connectors, source: &SourceConfig) -> Result<String, Told> {
    let connection = connectors.source(source, recorder()).await;
    let called = connection.map_err(|error| told(&error))?.check().await;
    called.map_err(|error| (crate::chain(&error), call_hint(&error)))
}

/// Asks the connector without letting it reach anything: what it declares follows from its settings.
async fn describe(
    connectors: &Connectors,
    source: &SourceConfig,
) -> Result<Vec<KindDeclaration>, Told> {
    let connection = connectors.source(source, recorder()).await;
    let described = connection.map_err(|error| told(&error))?.describe().await;
    let info = described.map_err(|error| (crate::chain(&error), call_hint(&error)))?;
    Ok(info.kinds.into_iter().map(convert::kind).collect())
}

/// The connector, its settings, secrets and grants; all problems of it at once.
async fn is_right(
    draft: &Draft,
    connectors: &Connectors,
    plugged: Plugged<'_>,
    path: &[String],
    report: &mut CheckReport,
) -> bool {
    // What names no connector was told already.
    if plugged.plugin.is_empty() {
        return false;
    }
    let before = report.problems.len();
    let document = &draft.document;
    let at = |key: &str| [path, &[key.to_owned()]].concat();
    let secrets = json!({
        "config": plugged.config,
        "credential": plugged.credential,
        "grant": { "http": plugged.grant.http },
    });
    let missing = secret_problems(&secrets, &draft.folder);
    for (within, error) in &missing {
        let message = crate::chain(error);
        let whole = [path, within.as_slice()].concat();
        report
            .problems
            .push(document.locate(&whole, &message, error.hint().as_deref()));
    }
    let connector = match connectors.load(plugged).await {
        Ok(connector) => Some(connector),
        Err(error) => {
            let (message, hint) = told(&error);
            let key = if matches!(error, ConnectError::Load { .. }) && plugged.digest.is_some() {
                "digest"
            } else {
                "plugin"
            };
            report
                .problems
                .push(document.locate(&at(key), &message, hint.as_deref()));
            None
        }
    };
    if let Some(folder) = &plugged.grant.files {
        let folder = draft.folder.join(folder);
        if !folder.is_dir() {
            let message = format!("there is no folder {}", folder.display());
            let hint = "a granted folder is relative to the main configuration file";
            let files = [path, &["grant".to_owned(), "files".to_owned()]].concat();
            report
                .problems
                .push(document.locate(&files, &message, Some(hint)));
        }
    }
    let connector = connector.filter(|connector| {
        let found = connector.manifest().connector.kind;
        if found != plugged.kind {
            let (found, wanted) = (found.as_str(), plugged.kind.as_str());
            let message = format!("the connector is a {found}, and stands here as a {wanted}");
            let hint = format!("name a {wanted}, or move it to a table `{found}`");
            let at = at("plugin");
            report
                .problems
                .push(document.locate(&at, &message, Some(&hint)));
        }
        found == plugged.kind
    });
    // With a secret missing, nobody can tell what the connector would be given.
    if let Some(connector) = connector.filter(|_| missing.is_empty()) {
        set_up(draft, connectors, &connector, plugged, path, report);
    }
    report.problems.len() == before
}

fn set_up(
    draft: &Draft,
    connectors: &Connectors,
    connector: &Connector,
    plugged: Plugged<'_>,
    path: &[String],
    report: &mut CheckReport,
) {
    let document = &draft.document;
    let setup = match connectors.setup(plugged, recorder()) {
        Ok(setup) => setup,
        Err(error) => {
            let (message, hint) = told(&error);
            let within = match &error {
                ConnectError::Credential { credential, .. } => {
                    vec!["credential".to_owned(), credential.clone()]
                }
                ConnectError::Origin { .. } => vec!["grant".to_owned(), "http".to_owned()],
                ConnectError::Runtime { .. }
                | ConnectError::NoConnector { .. }
                | ConnectError::Load { .. }
                | ConnectError::Secret { .. }
                | ConnectError::Open { .. } => Vec::new(),
            };
            let whole = [path, within.as_slice()].concat();
            report
                .problems
                .push(document.locate(&whole, &message, hint.as_deref()));
            return;
        }
    };
    for problem in setup.problems(connector) {
        // A JSON pointer such as /config/attribute/vcpu.
        let parts = problem
            .path
            .split('/')
            .skip(1)
            .map(|part| part.replace("~1", "/").replace("~0", "~"));
        let whole: Vec<String> = path.iter().cloned().chain(parts).collect();
        report
            .problems
            .push(document.locate(&whole, &problem.message, problem.hint.as_deref()));
    }
}

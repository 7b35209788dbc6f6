//! The sources and sinks of a pipeline: their connectors, settings, secrets and grants; and what they declare.

use std::sync::Arc;

use counterfoil_host::{Connector, Memory, Recorder};
use counterfoil_model::attribute::KindDeclaration;

use super::{CheckReport, Connected};
use crate::config::{Draft, DraftPipeline, SourceConfig};
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
    set_up(draft, connectors, connector.as_ref(), plugged, path, report);
    report.problems.len() == before
}

/// Settings, secrets, credentials and origins. What follows from a mistake that was told is not.
fn set_up(
    draft: &Draft,
    connectors: &Connectors,
    connector: Option<&Connector>,
    plugged: Plugged<'_>,
    path: &[String],
    report: &mut CheckReport,
) {
    let document = &draft.document;
    let (setup, unread) = connectors.draft_setup(plugged, recorder());
    let mut lacks_secret = false;
    for one in &unread {
        let (message, hint) = match &one.error {
            ConnectError::Secret { source, .. } => {
                lacks_secret |= one.path.first().is_some_and(|key| key != "credential");
                (crate::chain(source), source.hint())
            }
            error => told(error),
        };
        let whole = [path, one.path.as_slice()].concat();
        let problem = document.locate(&whole, &message, hint.as_deref());
        report.problems.push(problem);
    }
    let Some(connector) = connector else { return };
    let known = &connector.manifest().credential;
    for problem in setup.problems(connector) {
        // A JSON pointer such as /config/attribute/vcpu.
        let parts = problem
            .path
            .split('/')
            .skip(1)
            .map(|part| part.replace("~1", "/").replace("~0", "~"));
        let within: Vec<String> = parts.collect();
        let follows = match within.as_slice() {
            // Which origins it asks for, and which are granted, nobody can tell without the secret in them.
            [grant, http] if grant == "grant" && http == "http" => lacks_secret,
            // One that is not known is not known, however it is written.
            [key, name] if key == "credential" && !known.contains_key(name) => false,
            within => unread.iter().any(|one| within.starts_with(&one.path)),
        };
        if follows {
            continue;
        }
        let whole = [path, within.as_slice()].concat();
        let hint = problem.hint.as_deref();
        let problem = document.locate(&whole, &problem.message, hint);
        report.problems.push(problem);
    }
}

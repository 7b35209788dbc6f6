//! Opening a connection: everything that is wrong with a setup is told at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::{Setup, Shared, Traffic};
use crate::config::Problem;
use crate::connector::Connector;
use crate::credential::{Credential, Placement, place, traces};
use crate::egress::{BODY_BYTES_MAX, Egress, Pace, Policy, Redactor, Replay, Transport, client};
use crate::files::Folder;
use crate::grant::Origin;
use crate::limits::Limits;
use crate::manifest::{ConnectorKind, Manifest};

/// Failed to open a connection.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("set up {name}: {}", listed(.problems))]
    Invalid {
        name: String,
        problems: Vec<Problem>,
    },
    #[error("use the connector {connector} as a {wanted}: it is a {found}", wanted = .wanted.as_str(), found = .found.as_str())]
    Kind {
        connector: String,
        wanted: ConnectorKind,
        found: ConnectorKind,
    },
    #[error("open the folder {path:?} for {name}")]
    Folder {
        name: String,
        path: std::path::PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("set up HTTP")]
    Client(#[source] reqwest::Error),
}

fn listed(problems: &[Problem]) -> String {
    let lines = problems.iter().map(|problem| match &problem.hint {
        Some(hint) => format!("{}: {} ({hint})", problem.path, problem.message),
        None => format!("{}: {}", problem.path, problem.message),
    });
    lines.collect::<Vec<_>>().join("; ")
}

impl Setup {
    /// Everything that is wrong with this setup for a connector, before anything is opened.
    pub fn problems(&self, connector: &Connector) -> Vec<Problem> {
        let manifest = connector.manifest();
        let mut problems = connector.config_problems(&self.config);
        problems.extend(self.credential_problems(manifest));
        let asked = connector.asked_origins(&self.config);
        problems.extend(
            asked
                .iter()
                .filter(|origin| !self.grant.http.contains(origin))
                .map(ungranted),
        );
        if manifest.files.needed && self.grant.files.is_none() {
            problems.push(Problem {
                path: "/grant/files".to_owned(),
                message: "the connector reads files, and no folder is granted".to_owned(),
                hint: Some("grant = { files = \"exports\" }".to_owned()),
            });
        }
        problems
    }

    fn credential_problems(&self, manifest: &Manifest) -> Vec<Problem> {
        let problem = |name: &str, message: &str, hint: Option<String>| Problem {
            path: format!("/credential/{name}"),
            message: message.to_owned(),
            hint,
        };
        let mut problems = Vec::new();
        for (name, credential) in &self.credentials {
            match manifest
                .credential
                .get(name)
                .map(|declaration| place(declaration, credential))
            {
                None => {
                    let known: Vec<&str> = manifest.credential.keys().map(String::as_str).collect();
                    let hint = format!("known are: {}", known.join(", "));
                    problems.push(problem(
                        name,
                        "the connector has no such credential",
                        Some(hint),
                    ));
                }
                Some(Err(message)) => problems.push(problem(name, message, None)),
                Some(Ok(_)) => {}
            }
        }
        let needed = manifest
            .credential
            .iter()
            .filter(|(_, declaration)| !declaration.optional);
        let missing = needed.filter(|(name, _)| !self.credentials.contains_key(*name));
        if matches!(self.traffic, Traffic::Live) {
            problems.extend(missing.map(|(name, declaration)| {
                problem(
                    name,
                    "the connector needs this credential",
                    declaration.description.clone(),
                )
            }));
        }
        problems
    }
}

fn ungranted(origin: &Origin) -> Problem {
    Problem {
        path: "/grant/http".to_owned(),
        message: format!("the connector asks for {origin}, which is not granted"),
        hint: Some(format!("grant = {{ http = [\"{origin}\"] }}")),
    }
}

/// Checks a setup and puts together what calls share.
pub(super) fn open(
    connector: &Connector,
    wanted: ConnectorKind,
    setup: Setup,
) -> Result<Arc<Shared>, OpenError> {
    let manifest = connector.manifest();
    let found = manifest.connector.kind;
    if found != wanted {
        let connector = manifest.connector.name.clone();
        return Err(OpenError::Kind {
            connector,
            wanted,
            found,
        });
    }
    let problems = setup.problems(connector);
    if !problems.is_empty() {
        return Err(OpenError::Invalid {
            name: setup.name,
            problems,
        });
    }
    let folder = match &setup.grant.files {
        Some(path) => {
            let folder = Folder::open(path, connector.inner.runtime.inner.cache.as_deref());
            Some(Arc::new(folder.map_err(|source| OpenError::Folder {
                name: setup.name.clone(),
                path: path.clone(),
                source,
            })?))
        }
        None => None,
    };
    let policy = Policy {
        kind: found,
        asked: connector.asked_origins(&setup.config),
        granted: setup.grant.http,
        read_paths: manifest.http.read_paths.clone(),
    };
    let transport = match setup.traffic {
        Traffic::Live => Transport::Network(client().map_err(OpenError::Client)?),
        Traffic::Replay(cassette) => Transport::Replay(Replay::new(cassette)),
    };
    let live = transport.is_live();
    let egress = Egress {
        policy,
        credentials: placements(manifest, &setup.credentials, live),
        transport,
        pace: Pace::new(manifest.http.rate_per_second.filter(|_| live)),
        redactor: Redactor::new(setup.credentials.values().flat_map(traces).collect()),
        recorder: setup.recorder.clone(),
        idempotency_header: manifest.http.idempotency_header.clone(),
        body_bytes_max: manifest
            .http
            .body_bytes_max
            .unwrap_or(BODY_BYTES_MAX)
            .min(BODY_BYTES_MAX) as usize,
    };
    Ok(Arc::new(Shared {
        name: setup.name,
        connector: connector.clone(),
        config: setup.config,
        limits: Limits::of(&manifest.limits),
        egress,
        folder,
        recorder: setup.recorder,
        calls: AtomicU64::new(0),
    }))
}

/// A replay sends nothing, so that a credential which is not given is taken as one without a value. Requests that name an
/// optional credential which is not given go out without it.
fn placements(
    manifest: &Manifest,
    given: &BTreeMap<String, Credential>,
    live: bool,
) -> BTreeMap<String, Option<Placement>> {
    let empty = || Placement::Query {
        parameter: String::new(),
        value: crate::credential::Secret::new(""),
    };
    let placed = manifest
        .credential
        .iter()
        .filter_map(|(name, declaration)| {
            let placement = match given.get(name) {
                Some(credential) => Some(place(declaration, credential).ok()?),
                None if !live => Some(empty()),
                None if declaration.optional => None,
                None => return None,
            };
            Some((name.clone(), placement))
        });
    placed.collect()
}

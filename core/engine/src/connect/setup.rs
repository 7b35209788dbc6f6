//! What a pipeline says of a connection, with its secrets filled in; all that cannot be read of it at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use counterfoil_host::{Credential, Grant, Recorder, Secret, Setup, Traffic};
use serde_json::json;

use super::{ConnectError, Plugged};
use crate::config::{expand_known, expand_known_value, secret_problems};

/// A part of a setup that cannot be read.
#[derive(Debug)]
pub struct Unread {
    /// The keys that lead to it from the table of the source or sink.
    pub path: Vec<String>,
    pub error: ConnectError,
}

pub(super) fn draft(
    plugged: Plugged<'_>,
    folder: &Path,
    recorder: Arc<dyn Recorder>,
) -> (Setup, Vec<Unread>) {
    let name = plugged.name.to_owned();
    let written = json!({
        "config": plugged.config,
        "credential": plugged.credential,
        "grant": { "http": plugged.grant.http },
    });
    let missing = secret_problems(&written, folder).into_iter();
    let mut unread: Vec<Unread> = missing
        .map(|(path, source)| Unread {
            path,
            error: ConnectError::Secret {
                name: name.clone(),
                source,
            },
        })
        .collect();
    let grant = grant(plugged, folder, &mut unread);
    let credentials = plugged.credential.iter().map(|(key, fields)| {
        let credential = credential(fields, folder).unwrap_or_else(|| {
            unread.push(Unread {
                path: vec!["credential".to_owned(), key.clone()],
                error: ConnectError::Credential {
                    name: name.clone(),
                    credential: key.clone(),
                    found: found(fields),
                },
            });
            Credential::Token(Secret::new(String::new()))
        });
        (key.clone(), credential)
    });
    let credentials: BTreeMap<String, Credential> = credentials.collect();
    let setup = Setup {
        name: name.clone(),
        config: expand_known_value(plugged.config, folder),
        grant,
        credentials,
        recorder,
        traffic: Traffic::Live,
    };
    (setup, unread)
}

fn grant(plugged: Plugged<'_>, folder: &Path, unread: &mut Vec<Unread>) -> Grant {
    let files = plugged.grant.files.as_ref();
    let mut grant = Grant {
        http: Vec::new(),
        files: files.map(|path| folder.join(path)),
    };
    for (index, origin) in plugged.grant.http.iter().enumerate() {
        let path = ["grant", "http", &index.to_string()].map(str::to_owned);
        // What lacks its secret is no origin, which says nothing new.
        if unread.iter().any(|one| one.path == path) {
            continue;
        }
        match expand_known(origin, folder).parse() {
            Ok(origin) => grant.http.push(origin),
            Err(source) => unread.push(Unread {
                path: path.into(),
                error: ConnectError::Origin {
                    name: plugged.name.to_owned(),
                    source,
                },
            }),
        }
    }
    grant
}

fn credential(fields: &BTreeMap<String, String>, folder: &Path) -> Option<Credential> {
    let read = |field: &str| fields.get(field).map(|text| expand_known(text, folder));
    let fields = (
        read("token"),
        read("username"),
        read("password"),
        fields.len(),
    );
    match fields {
        (Some(token), None, None, 1) => Some(Credential::Token(Secret::new(token))),
        (None, Some(username), Some(password), 2) => Some(Credential::Basic {
            username,
            password: Secret::new(password),
        }),
        _ => None,
    }
}

fn found(fields: &BTreeMap<String, String>) -> String {
    let found: Vec<&str> = fields.keys().map(String::as_str).collect();
    if found.is_empty() {
        "nothing".to_owned()
    } else {
        found.join(", ")
    }
}

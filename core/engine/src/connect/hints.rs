//! What a reader does next after a connector could not be loaded, set up, or called.

use counterfoil_host::{CallError, CallFailure, ErrorKind, Limit, LoadError, OpenError};

pub(super) fn of_load(error: &LoadError) -> String {
    match error {
        LoadError::Read { .. } => {
            "a path is relative to the main configuration file; a bundled connector is named without .wasm".to_owned()
        }
        LoadError::NoComponent { .. } | LoadError::Parse { .. } | LoadError::Section { .. } => {
            "`plugin` is a bundled connector's name, or the path of a component that the SDK made for wasm32-wasip2; \
             copy or build it anew"
                .to_owned()
        }
        LoadError::Digest { found, .. } => format!(
            "if it was replaced on purpose, write `digest = \"sha256:{found}\"`; if not, find out who did"
        ),
        LoadError::Manifest { .. } => {
            "the connector was made for another version, or not well: use one for this version, or ask its author"
                .to_owned()
        }
        LoadError::Imports { .. } => {
            "a connector has no door but the host's, in this version of the contract: ask its author for one that \
             keeps to it"
                .to_owned()
        }
        LoadError::Cache(_) => {
            "the folder of compiled connectors stands beside the store; remove it, and it is made anew".to_owned()
        }
        LoadError::TooLarge { .. }
        | LoadError::Schema { .. }
        | LoadError::Compile { .. }
        | LoadError::Link { .. } => "it does not keep to the contract: tell its author".to_owned(),
        LoadError::CutOff { .. } => "run it again".to_owned(),
    }
}

pub(super) fn of_open(error: &OpenError) -> Option<String> {
    match error {
        // Each problem has its own.
        OpenError::Invalid { .. } => Some(
            "`counterfoil check` shows each with its line, and what was expected".to_owned(),
        ),
        OpenError::Kind { wanted, .. } => {
            let wanted = wanted.as_str();
            Some(format!("`plugin` in a table `{wanted}` names a connector that is a {wanted}"))
        }
        OpenError::Folder { .. } => Some(
            "a granted folder is relative to the main configuration file, and this user must be able to read it"
                .to_owned(),
        ),
        OpenError::Client(_) => None,
    }
}

/// The next step after a call that failed.
pub fn of_call(error: &CallError) -> Option<String> {
    if error.denied {
        return Some(
            "a connector sends only what its manifest asks for and the pipeline grants; nothing was sent. If it is \
             right to do so, grant it; if not, ask its author why it tries"
                .to_owned(),
        );
    }
    let refused = match &error.failure {
        CallFailure::Refused(refused) => refused,
        CallFailure::Limit(limit) => return Some(of_limit(*limit)),
        CallFailure::Trapped { .. } => {
            return Some(format!(
                "a mistake in the connector: use another version of it, or tell its author; with \
                 `--log counterfoil_host=debug` it shows what it said before, `{}` can be repeated",
                error.function
            ));
        }
        CallFailure::Listing(_) => {
            return Some(
                "the connector contradicts itself or what it declared, or does not end: use another version of it, or \
                 tell its author"
                    .to_owned(),
            );
        }
        CallFailure::NotStarted { .. } => {
            return Some("the connector does not keep to the contract: tell its author".to_owned());
        }
    };
    let hint = match refused.kind {
        ErrorKind::Misconfigured => {
            "look at the connection's `config`; `counterfoil check --connect` tries it"
        }
        ErrorKind::Unauthorized => {
            "the system refused the credential: renew it, then run this again"
        }
        ErrorKind::RateLimited | ErrorKind::Unavailable => "try again later",
        ErrorKind::Invalid | ErrorKind::Conflict | ErrorKind::NotFound => {
            "mend what it says at the system, or the file, then run this again"
        }
        ErrorKind::Indeterminate | ErrorKind::Unsupported | ErrorKind::Internal => return None,
    };
    Some(hint.to_owned())
}

/// A limit stands in the manifest, which is a part of the component: an admin can ask for less work or for another one.
fn of_limit(limit: Limit) -> String {
    match limit.key() {
        Some((key, most)) => format!(
            "the connector was stopped. Its author sets `{key}` under [limits] in its connector.toml, at most {most}; or \
             give it less at once"
        ),
        None => "the connector was stopped, and no setting raises this limit: tell its author"
            .to_owned(),
    }
}

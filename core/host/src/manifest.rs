//! `connector.toml`: what a connector is, which doors it asks for and how much it may use. What a pipeline grants of that is
//! decided elsewhere.

mod origins;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::CONTRACT_VERSION;

pub(crate) use origins::asked_origins;

/// The manifest of a connector: what it is, which doors it asks for and how much it may use. It travels inside the component.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub connector: ConnectorSection,
    /// The credentials that it asks for, by the name under which requests ask for them.
    #[serde(default)]
    pub credential: BTreeMap<String, CredentialDeclaration>,
    /// The first door.
    #[serde(default)]
    pub http: HttpSection,
    /// The second door.
    #[serde(default)]
    pub files: FilesSection,
    #[serde(default)]
    pub limits: LimitsSection,
}

/// What the connector is.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectorSection {
    /// Lower-case, named after the service: "odoo".
    #[schemars(regex(pattern = "^[a-z0-9-]+$"))]
    pub name: String,
    /// Of the connector itself: "1.2.0".
    pub version: String,
    /// What it does.
    pub kind: ConnectorKind,
    /// The version of the contract that it was built for: "0.1".
    #[schemars(extend("const" = CONTRACT_VERSION))]
    pub contract: String,
    /// One sentence for the admin.
    pub description: String,
    /// An SPDX expression.
    #[serde(default)]
    pub license: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectorKind {
    /// It discovers resources.
    Source,
    /// It delivers documents.
    Sink,
}

impl ConnectorKind {
    /// The word of the manifest and of the contract's world.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Sink => "sink",
        }
    }
}

/// How the host sends a credential.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CredentialDeclaration {
    /// Where in a request it stands.
    pub kind: CredentialKind,
    /// The header that carries it. `bearer` and `basic`: "Authorization" unless stated.
    #[serde(default)]
    pub header: Option<String>,
    /// What comes before the secret in the header: "Token ". `bearer`: "Bearer " unless stated.
    #[serde(default)]
    pub prefix: Option<String>,
    /// The parameter of the query that carries it. Only for `query`.
    #[serde(default)]
    pub parameter: Option<String>,
    /// Works without it, too.
    #[serde(default)]
    pub optional: bool,
    /// What the admin has to fill in, and where it is made.
    #[serde(default)]
    pub description: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// A token behind a prefix, in a header.
    Bearer,
    /// User name and password, as RFC 7617 has it.
    Basic,
    /// A token in a header of its own.
    Header,
    /// A token in the query of the URL.
    Query,
}

/// The first door.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpSection {
    /// Origins that it asks for: literal ("<https://api.example.com>") or a setting that holds a URL ("{config.url}").
    #[serde(default)]
    pub origins: Vec<String>,
    /// The header that carries a request's idempotency key, where the remote has one.
    #[serde(default)]
    pub idempotency_header: Option<String>,
    /// Requests a second at most. No limit unless stated.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub rate_per_second: Option<u32>,
    /// The largest body of a request or a response, in bytes: at most 16 MiB, which is the default.
    #[serde(default)]
    pub body_bytes_max: Option<u32>,
    /// Paths whose POST only reads: `/json/2/*/search_read`, with `*` for one segment or a part of it.
    #[serde(default)]
    pub read_paths: Vec<String>,
}

/// The second door.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilesSection {
    /// Reads files: the pipeline must grant a folder.
    #[serde(default)]
    pub needed: bool,
}

/// How much one call may use. The host has maxima of its own.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_field_names,
    reason = "the name of a limit says which end it is"
)]
pub struct LimitsSection {
    /// 64 MiB unless stated, at most 256 MiB.
    #[serde(default)]
    pub memory_bytes_max: Option<u32>,
    /// 10 seconds unless stated, at most 10 minutes. In milliseconds; waiting does not count.
    #[serde(default)]
    pub cpu_ms_max: Option<u32>,
    /// 5 minutes unless stated, at most 1 hour.
    #[serde(default)]
    pub wall_secs_max: Option<u32>,
    /// Requests, repetitions included: 10,000 unless stated, at most 1,000,000.
    #[serde(default)]
    pub requests_max: Option<u32>,
}

/// Failed to read a manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("read the manifest as TOML")]
    Toml(#[source] toml::de::Error),
    #[error("{}", .problems.join("; "))]
    Invalid { problems: Vec<String> },
}

impl Manifest {
    /// Reads and checks a manifest; all problems at once where TOML allows.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let manifest: Self = toml::from_str(text).map_err(ManifestError::Toml)?;
        let problems = manifest.problems();
        if problems.is_empty() {
            Ok(manifest)
        } else {
            Err(ManifestError::Invalid { problems })
        }
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.connector.contract != CONTRACT_VERSION {
            problems.push(format!(
                "connector.contract is {:?}; this host speaks {CONTRACT_VERSION:?}",
                self.connector.contract
            ));
        }
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.connector.name.is_empty() || !self.connector.name.chars().all(plain) {
            problems.push("connector.name takes lower-case letters, digits and hyphens".to_owned());
        }
        for (name, declaration) in &self.credential {
            problems.extend(
                declaration
                    .problems()
                    .map(|problem| format!("credential.{name}: {problem}")),
            );
        }
        problems.extend(
            self.http
                .origins
                .iter()
                .filter_map(|origin| origins::problem(origin)),
        );
        if self.http.rate_per_second == Some(0) {
            problems.push("http.rate_per_second is at least 1".to_owned());
        }
        for path in self
            .http
            .read_paths
            .iter()
            .filter(|path| !path.starts_with('/'))
        {
            problems.push(format!(
                "http.read_paths: {path:?} does not begin with \"/\""
            ));
        }
        problems
    }
}

impl CredentialDeclaration {
    fn problems(&self) -> impl Iterator<Item = String> {
        let unused = |key: &str| format!("{key} means nothing for this kind");
        let missing = |key: &str| format!("{key} is needed for this kind");
        let (header, parameter) = (self.header.is_some(), self.parameter.is_some());
        let found = match self.kind {
            CredentialKind::Bearer => [parameter.then(|| unused("parameter")), None],
            CredentialKind::Basic => [
                parameter.then(|| unused("parameter")),
                self.prefix.is_some().then(|| unused("prefix")),
            ],
            CredentialKind::Header => [
                parameter.then(|| unused("parameter")),
                (!header).then(|| missing("header")),
            ],
            CredentialKind::Query => [
                (!parameter).then(|| missing("parameter")),
                (header || self.prefix.is_some()).then(|| unused("header or prefix")),
            ],
        };
        found.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r#"
        [connector]
        name = "odoo"
        version = "1.0.0"
        kind = "sink"
        contract = "0.1"
        description = "Odoo."
    "#;

    #[test]
    fn a_manifest_needs_only_to_say_what_it_is() {
        let manifest = Manifest::parse(MINIMAL).unwrap();
        assert_eq!(manifest.connector.kind, ConnectorKind::Sink);
        assert!(manifest.http.origins.is_empty() && !manifest.files.needed);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let error = Manifest::parse(&format!("{MINIMAL}\n[http]\nhosts = []")).unwrap_err();
        let ManifestError::Toml(source) = error else {
            panic!("a TOML error")
        };
        assert!(
            source.message().contains("unknown field `hosts`"),
            "{}",
            source.message()
        );
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let text = MINIMAL
            .replace("0.1", "0.2")
            .replace("\"odoo\"", "\"Odoo\"")
            + "
            [credential.api]
            kind = \"query\"
            header = \"X-Key\"
            [http]
            origins = [\"example.com\", \"{config.url}\", \"https://api.example.com/v1\"]
            read_paths = [\"search\"]
            rate_per_second = 0";
        let ManifestError::Invalid { problems } = Manifest::parse(&text).unwrap_err() else {
            panic!("a list of problems")
        };
        assert_eq!(problems.len(), 8, "{problems:#?}");
    }
}

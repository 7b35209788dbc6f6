//! From a pipeline's words to a connection: finds the component, reads the secrets, checks what is granted.

mod hints;
mod setup;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterfoil_host::{
    Connector, ConnectorKind, LoadError, OpenError, OriginError, Recorder, Runtime, RuntimeError,
    Setup, SinkConnection, SourceConnection,
};
use counterfoil_model::digest::Digest;
use counterfoil_model::nearest::nearest;
use serde_json::Value;
use thiserror::Error;

use crate::config::{GrantConfig, SecretError, SinkConfig, SourceConfig};
pub use hints::of_call as call_hint;
pub use setup::Unread;

/// Where bundled connectors and compiled code are.
#[derive(Debug)]
pub struct Connectors {
    runtime: Runtime,
    bundled: PathBuf,
    /// Paths of the configuration are relative to it.
    folder: PathBuf,
}

/// A sink's connection, and the digest of what decides where and how it delivers: component, settings, origins; no credential.
#[derive(Debug)]
pub struct ConnectedSink {
    pub connection: SinkConnection,
    pub settings: Digest,
}

/// What a source and a sink say alike.
#[derive(Debug, Clone, Copy)]
pub struct Plugged<'a> {
    /// What it has to be where it stands.
    pub kind: ConnectorKind,
    pub name: &'a str,
    pub plugin: &'a str,
    pub digest: Option<&'a str>,
    pub grant: &'a GrantConfig,
    pub credential: &'a BTreeMap<String, BTreeMap<String, String>>,
    pub config: &'a Value,
}

impl<'a> From<&'a SourceConfig> for Plugged<'a> {
    fn from(source: &'a SourceConfig) -> Self {
        Self {
            kind: ConnectorKind::Source,
            name: &source.name,
            plugin: &source.plugin,
            digest: source.digest.as_deref(),
            grant: &source.grant,
            credential: &source.credential,
            config: &source.config,
        }
    }
}

impl<'a> From<&'a SinkConfig> for Plugged<'a> {
    fn from(sink: &'a SinkConfig) -> Self {
        Self {
            kind: ConnectorKind::Sink,
            name: &sink.name,
            plugin: &sink.plugin,
            digest: sink.digest.as_deref(),
            grant: &sink.grant,
            credential: &sink.credential,
            config: &sink.config,
        }
    }
}

#[derive(Debug, Error)]
pub enum ConnectError {
    #[error("start the sandbox")]
    Runtime { source: RuntimeError },
    #[error("there is no connector `{plugin}` in {}", folder.display())]
    NoConnector {
        plugin: String,
        folder: PathBuf,
        hint: String,
    },
    #[error("load the connector of `{name}`")]
    Load {
        name: String,
        source: Box<LoadError>,
    },
    #[error("read the secrets of `{name}`")]
    Secret { name: String, source: SecretError },
    #[error("read the grants of `{name}`")]
    Origin { name: String, source: OriginError },
    #[error("read the credential `{credential}` of `{name}`: it has {found}")]
    Credential {
        name: String,
        credential: String,
        found: String,
    },
    #[error("open the connection `{name}`")]
    Open {
        name: String,
        source: Box<OpenError>,
    },
}

impl ConnectError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoConnector { hint, .. } => Some(hint.clone()),
            Self::Credential { .. } => {
                Some("a credential has `token`, or `username` and `password`".to_owned())
            }
            Self::Origin { .. } => Some(
                "grant = { http = [\"https://erp.example.net\"] }: scheme and host, no path"
                    .to_owned(),
            ),
            Self::Load { source, .. } => Some(hints::of_load(source)),
            Self::Secret { source, .. } => source.hint(),
            Self::Open { source, .. } => hints::of_open(source),
            Self::Runtime { .. } => None,
        }
    }
}

impl Connectors {
    /// `cache` keeps compiled connectors from run to run.
    pub fn new(
        bundled: PathBuf,
        folder: PathBuf,
        cache: Option<&Path>,
    ) -> Result<Self, ConnectError> {
        let runtime = Runtime::new(cache).map_err(|source| ConnectError::Runtime { source })?;
        Ok(Self {
            runtime,
            bundled,
            folder,
        })
    }

    /// Loads the component that a name or a path leads to.
    pub async fn load(&self, plugged: Plugged<'_>) -> Result<Connector, ConnectError> {
        let path = self.component(plugged.plugin)?;
        let loaded = Connector::load(&self.runtime, &path, plugged.digest).await;
        loaded.map_err(|source| ConnectError::Load {
            name: plugged.name.to_owned(),
            source: Box::new(source),
        })
    }

    pub async fn source(
        &self,
        source: &SourceConfig,
        recorder: Arc<dyn Recorder>,
    ) -> Result<SourceConnection, ConnectError> {
        let plugged = Plugged::from(source);
        let connector = self.load(plugged).await?;
        let opened = SourceConnection::open(&connector, self.setup(plugged, recorder)?);
        opened.map_err(|error| ConnectError::Open {
            name: source.name.clone(),
            source: Box::new(error),
        })
    }

    pub async fn sink(
        &self,
        sink: &SinkConfig,
        recorder: Arc<dyn Recorder>,
    ) -> Result<ConnectedSink, ConnectError> {
        let plugged = Plugged::from(sink);
        let connector = self.load(plugged).await?;
        let setup = self.setup(plugged, recorder)?;
        let origins: Vec<String> = setup.grant.http.iter().map(ToString::to_string).collect();
        let settings = Digest::of_json(&(connector.digest(), &setup.config, origins));
        let opened = SinkConnection::open(&connector, setup);
        let connection = opened.map_err(|error| ConnectError::Open {
            name: sink.name.clone(),
            source: Box::new(error),
        })?;
        Ok(ConnectedSink {
            connection,
            settings,
        })
    }

    fn component(&self, plugin: &str) -> Result<PathBuf, ConnectError> {
        if Path::new(plugin)
            .extension()
            .is_some_and(|ending| ending == "wasm")
        {
            return Ok(self.folder.join(plugin));
        }
        let path = self.bundled.join(format!("{plugin}.wasm"));
        if path.is_file() {
            return Ok(path);
        }
        let known = bundled_names(&self.bundled);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let hint = match (nearest(plugin, &known), known.is_empty()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, true) => {
                "run `cargo xtask plugins`, or set COUNTERFOIL_CONNECTORS to the folder".to_owned()
            }
            (None, false) => format!(
                "bundled are {}; a path to a component ends in .wasm",
                known.join(", ")
            ),
        };
        Err(ConnectError::NoConnector {
            plugin: plugin.to_owned(),
            folder: self.bundled.clone(),
            hint,
        })
    }

    /// Reads the secrets and grants of a connection.
    pub fn setup(
        &self,
        plugged: Plugged<'_>,
        recorder: Arc<dyn Recorder>,
    ) -> Result<Setup, ConnectError> {
        let (setup, unread) = self.draft_setup(plugged, recorder);
        match unread.into_iter().next() {
            None => Ok(setup),
            Some(unread) => Err(unread.error),
        }
    }

    /// The same as far as it can be read, and what cannot: enough to look for further mistakes, and for nothing else.
    pub fn draft_setup(
        &self,
        plugged: Plugged<'_>,
        recorder: Arc<dyn Recorder>,
    ) -> (Setup, Vec<Unread>) {
        setup::draft(plugged, &self.folder, recorder)
    }
}

fn bundled_names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let stems = entries.filter_map(|entry| {
        let path = entry.path();
        let is_component = path.extension().is_some_and(|ending| ending == "wasm");
        is_component
            .then(|| {
                path.file_stem()
                    .map(|stem| stem.to_string_lossy().into_owned())
            })
            .flatten()
    });
    let mut names: Vec<String> = stems.collect();
    names.sort();
    names
}

//! A component file that has been checked and is ready to run. What it is allowed to reach is a connection's matter.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};
use wasmtime::component::{Component, Linker};

use crate::bindings::{sink_world, source_world};
use crate::cache::{self, CacheError};
use crate::call::State;
use crate::config::{ConfigSchema, Problem};
use crate::grant::Origin;
use crate::manifest::{ConnectorKind, Manifest, ManifestError, asked_origins};
use crate::runtime::Runtime;
use crate::sections;

/// A larger component is refused before it is parsed.
const COMPONENT_BYTES_MAX: u64 = 64 << 20;

/// What the contract's worlds import. `types` holds no function, but is imported by name.
const SOURCE_DOORS: [&str; 6] = ["types", "settings", "log", "http", "files", "listing"];
const SINK_DOORS: [&str; 4] = ["types", "settings", "log", "http"];
/// Every standard library for WASI imports some of these; here they lead nowhere.
const LEFTOVERS: [&str; 5] = [
    "wasi:cli/",
    "wasi:clocks/",
    "wasi:filesystem/",
    "wasi:io/",
    "wasi:random/",
];
const DOORS_VERSION: &str = "0.1.0";

/// A connector that is ready to run. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Connector {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) runtime: Runtime,
    pub(crate) manifest: Manifest,
    pub(crate) guest: Guest,
    digest: String,
    schema: ConfigSchema,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = &self.manifest.connector.name;
        formatter
            .debug_struct("Inner")
            .field("name", name)
            .finish_non_exhaustive()
    }
}

/// The world that a component fills, linked.
pub(crate) enum Guest {
    Source(source_world::SourcePre<State>),
    Sink(sink_world::SinkPre<State>),
}

/// Failed to load a connector.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("read the connector {path:?}")]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "accept the connector {path:?}: it has {length_bytes} bytes, {COMPONENT_BYTES_MAX} are allowed"
    )]
    TooLarge { path: PathBuf, length_bytes: u64 },
    #[error("accept the connector {path:?}: its digest is {found}, the pipeline pins {expected}")]
    Digest {
        path: PathBuf,
        expected: String,
        found: String,
    },
    #[error("read {path:?} as a WebAssembly component: {found}")]
    NoComponent { path: PathBuf, found: &'static str },
    #[error("read {path:?} as a WebAssembly component")]
    Parse {
        path: PathBuf,
        #[source]
        source: wasmparser::Error,
    },
    #[error(
        "accept {path:?} as a connector: it has no {section} (the SDK's export macro embeds it)"
    )]
    Section {
        path: PathBuf,
        section: &'static str,
    },
    #[error("accept the manifest of {path:?}")]
    Manifest {
        path: PathBuf,
        #[source]
        source: ManifestError,
    },
    #[error("accept the settings' schema of {path:?}: {message}")]
    Schema { path: PathBuf, message: String },
    #[error("compile {path:?}")]
    Compile {
        path: PathBuf,
        #[source]
        source: wasmtime::Error,
    },
    #[error("use the cache of compiled connectors")]
    Cache(#[source] CacheError),
    #[error("link the connector {name}: {}", .imports.join("; "))]
    Imports { name: String, imports: Vec<String> },
    #[error("link the connector {name} as a {kind}", kind = .kind.as_str())]
    Link {
        name: String,
        kind: ConnectorKind,
        #[source]
        source: wasmtime::Error,
    },
    #[error("load {path:?}: the work was cut off")]
    CutOff { path: PathBuf },
}

impl Connector {
    /// Loads a component: reads the file once, compares its digest with the pinned one ("sha256:…" or plain
    /// hexadecimal), and compiles it unless the cache holds it.
    pub async fn load(
        runtime: &Runtime,
        path: &Path,
        digest: Option<&str>,
    ) -> Result<Self, LoadError> {
        let (runtime, path, digest) = (runtime.clone(), path.to_owned(), digest.map(str::to_owned));
        let at = path.clone();
        let work = move || Self::load_now(&runtime, &path, digest.as_deref());
        let joined = tokio::task::spawn_blocking(work).await;
        joined.unwrap_or(Err(LoadError::CutOff { path: at }))
    }

    /// The manifest and the schema of the settings that a component carries, without compiling it.
    pub fn carried(path: &Path) -> Result<(Manifest, Value), LoadError> {
        let (manifest, schema) = embedded(path, &read(path)?)?;
        Ok((manifest, schema.schema().clone()))
    }

    /// The manifest that the component carries.
    pub fn manifest(&self) -> &Manifest {
        &self.inner.manifest
    }

    /// SHA-256 of the component in lower-case hexadecimal.
    pub fn digest(&self) -> &str {
        &self.inner.digest
    }

    /// The JSON Schema of its settings.
    pub fn schema(&self) -> &Value {
        self.inner.schema.schema()
    }

    /// Everything that is wrong with a pipeline's `config`.
    pub fn config_problems(&self, config: &Value) -> Vec<Problem> {
        self.inner.schema.problems(config)
    }

    /// The origins that it asks for under these settings: what a pipeline has to grant.
    pub fn asked_origins(&self, config: &Value) -> Vec<Origin> {
        asked_origins(&self.inner.manifest.http.origins, config)
    }

    fn load_now(runtime: &Runtime, path: &Path, pinned: Option<&str>) -> Result<Self, LoadError> {
        let bytes = read(path)?;
        let digest = HEXLOWER.encode(Sha256::digest(&bytes).as_slice());
        if let Some(expected) = pinned
            && !expected
                .strip_prefix("sha256:")
                .unwrap_or(expected)
                .eq_ignore_ascii_case(&digest)
        {
            let (path, expected) = (path.to_owned(), expected.to_owned());
            return Err(LoadError::Digest {
                path,
                expected,
                found: digest,
            });
        }
        let (manifest, schema) = embedded(path, &bytes)?;
        let compiled = match &runtime.inner.cache {
            Some(folder) => cache::component(&runtime.inner.engine, folder, &digest, &bytes)
                .map_err(LoadError::Cache)?,
            None => Component::new(&runtime.inner.engine, &bytes),
        };
        let component = compiled.map_err(|source| LoadError::Compile {
            path: path.to_owned(),
            source,
        })?;
        let guest = link(runtime, &manifest, &component)?;
        let inner = Inner {
            runtime: runtime.clone(),
            manifest,
            guest,
            digest,
            schema,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    let failed = |source| LoadError::Read {
        path: path.to_owned(),
        source,
    };
    let length_bytes = std::fs::metadata(path).map_err(failed)?.len();
    if length_bytes > COMPONENT_BYTES_MAX {
        return Err(LoadError::TooLarge {
            path: path.to_owned(),
            length_bytes,
        });
    }
    std::fs::read(path).map_err(failed)
}

/// The manifest and the schema that the file carries.
fn embedded(path: &Path, bytes: &[u8]) -> Result<(Manifest, ConfigSchema), LoadError> {
    let at = || path.to_owned();
    if let Some(found) = sections::no_component(bytes) {
        return Err(LoadError::NoComponent { path: at(), found });
    }
    let found = sections::read(bytes).map_err(|source| LoadError::Parse { path: at(), source })?;
    let missing = |section| LoadError::Section {
        path: at(),
        section,
    };
    let manifest = found.manifest.ok_or_else(|| missing("manifest"))?;
    let manifest = Manifest::parse(&String::from_utf8_lossy(&manifest))
        .map_err(|source| LoadError::Manifest { path: at(), source })?;
    let bad_schema = |message: String| LoadError::Schema {
        path: at(),
        message,
    };
    let schema = found.schema.ok_or_else(|| missing("settings' schema"))?;
    let schema: Value =
        serde_json::from_slice(&schema).map_err(|error| bad_schema(error.to_string()))?;
    let schema = ConfigSchema::new(schema).map_err(|error| bad_schema(error.to_string()))?;
    Ok((manifest, schema))
}

/// Links a component, and names every import that it may not have.
fn link(runtime: &Runtime, manifest: &Manifest, component: &Component) -> Result<Guest, LoadError> {
    let (name, kind) = (manifest.connector.name.clone(), manifest.connector.kind);
    let engine = &runtime.inner.engine;
    let component_type = component.component_type();
    let names = component_type.imports(engine).map(|(name, _)| name);
    let imports = refusals(names.filter_map(|import| Some((import, refused(kind, import)?))));
    if !imports.is_empty() {
        return Err(LoadError::Imports { name, imports });
    }
    let failed = |source| LoadError::Link {
        name: name.clone(),
        kind,
        source,
    };
    let instantiate = |linker: &Linker<State>| linker.instantiate_pre(component).map_err(failed);
    match kind {
        ConnectorKind::Source => {
            let linked = instantiate(&runtime.inner.source_linker)?;
            source_world::SourcePre::new(linked)
                .map(Guest::Source)
                .map_err(failed)
        }
        ConnectorKind::Sink => {
            let linked = instantiate(&runtime.inner.sink_linker)?;
            sink_world::SinkPre::new(linked)
                .map(Guest::Sink)
                .map_err(failed)
        }
    }
}

/// What is refused for the same reason is named once.
fn refusals<'a>(refused: impl Iterator<Item = (&'a str, String)>) -> Vec<String> {
    let mut by_reason: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (import, reason) in refused {
        by_reason.entry(reason).or_default().push(import);
    }
    let lines = by_reason.into_iter();
    lines
        .map(|(reason, imports)| format!("it imports {}{reason}", imports.join(", ")))
        .collect()
}

/// Why an import is refused, if it is: what follows its name.
fn refused(kind: ConnectorKind, import: &str) -> Option<String> {
    let doors: &[&str] = match kind {
        ConnectorKind::Source => &SOURCE_DOORS,
        ConnectorKind::Sink => &SINK_DOORS,
    };
    if LEFTOVERS
        .iter()
        .any(|leftover| import.starts_with(leftover))
    {
        return None;
    }
    let Some(door) = import.strip_prefix("counterfoil:connector/") else {
        return Some(", which no connector may".to_owned());
    };
    let (door, version) = door.split_once('@').unwrap_or((door, ""));
    if !doors.contains(&door) {
        return Some(format!(", which a {} has not got", kind.as_str()));
    }
    (version != DOORS_VERSION).then(|| format!("; this host has version {DOORS_VERSION} of it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_refused_with_its_name() {
        let source = |import| refused(ConnectorKind::Source, import);
        assert_eq!(source("counterfoil:connector/files@0.1.0"), None);
        assert_eq!(source("wasi:cli/environment@0.2.6"), None);
        assert_eq!(
            source("wasi:sockets/tcp@0.2.6").unwrap(),
            ", which no connector may"
        );
        assert_eq!(
            source("counterfoil:connector/http@0.2.0").unwrap(),
            "; this host has version 0.1.0 of it"
        );
        assert_eq!(
            refused(ConnectorKind::Sink, "counterfoil:connector/files@0.1.0").unwrap(),
            ", which a sink has not got"
        );
        let twice = [("a", "; no".to_owned()), ("b", "; no".to_owned())];
        assert_eq!(refusals(twice.into_iter()), ["it imports a, b; no"]);
    }
}

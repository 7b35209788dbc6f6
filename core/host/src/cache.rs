//! Compiled components on disk. A file is used only if its content has the digest that was written with it: wasmtime trusts
//! what it loads.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::runtime::CONFIG_VERSION;

const MAGIC: &[u8; 8] = b"CFCWASM1";
const DIGEST_BYTES: usize = 32;

/// Failed to keep a compiled component.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    #[error("use {path:?} for compiled connectors")]
    Folder {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "trust {path:?} for compiled connectors: others may write there (mode {mode:o}, 700 is needed)"
    )]
    Exposed { path: PathBuf, mode: u32 },
}

/// The component from the cache, or compiled and put there.
pub(crate) fn component(
    engine: &Engine,
    folder: &Path,
    digest: &str,
    bytes: &[u8],
) -> Result<wasmtime::Result<Component>, CacheError> {
    prepare(folder)?;
    let path = folder.join(format!("{digest}-{:016x}.cwasm", compatibility(engine)));
    if let Some(component) = load(engine, &path) {
        return Ok(Ok(component));
    }
    let component = match Component::new(engine, bytes) {
        Ok(component) => component,
        Err(error) => return Ok(Err(error)),
    };
    if let Ok(compiled) = component.serialize() {
        // It saves time and nothing else: on a full disk the connector runs all the same.
        if let Err(error) = write(&path, &compiled) {
            tracing::warn!(path = %path.display(), %error, "a compiled connector was not kept");
        }
    }
    Ok(Ok(component))
}

/// Equal for engines that can load each other's compiled components.
fn compatibility(engine: &Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    CONFIG_VERSION.hash(&mut hasher);
    hasher.finish()
}

/// Makes the folder, or checks that nobody else may write there.
pub(crate) fn prepare(folder: &Path) -> Result<(), CacheError> {
    let failed = |source| CacheError::Folder {
        path: folder.to_owned(),
        source,
    };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(failed)?;
    #[cfg(unix)]
    {
        let metadata = fs::metadata(folder).map_err(failed)?;
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            return Err(CacheError::Exposed {
                path: folder.to_owned(),
                mode,
            });
        }
    }
    Ok(())
}

/// Nothing if the file is absent, damaged or of another engine: it is then compiled anew.
fn load(engine: &Engine, path: &Path) -> Option<Component> {
    let content = fs::read(path).ok()?;
    let rest = content.strip_prefix(MAGIC)?;
    let (digest, compiled) = rest.split_at_checked(DIGEST_BYTES)?;
    if Sha256::digest(compiled).as_slice() != digest {
        tracing::warn!(
            file = %path.display(),
            digest = HEXLOWER.encode(digest),
            "a compiled connector was changed on disk and is compiled anew"
        );
        return None;
    }
    #[expect(
        unsafe_code,
        reason = "the digest shows that these are the bytes that this engine wrote, in a folder of this user alone"
    )]
    let component = unsafe { Component::deserialize(engine, compiled) };
    component.ok()
}

fn write(path: &Path, compiled: &[u8]) -> io::Result<()> {
    let digest = Sha256::digest(compiled);
    write_aside(path, &[MAGIC, digest.as_slice(), compiled])
}

/// Written aside and renamed: a reader finds all of it or nothing.
pub(crate) fn write_aside(path: &Path, pieces: &[&[u8]]) -> io::Result<()> {
    let aside = path.with_extension(format!("{}.part", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    for piece in pieces {
        file.write_all(piece)?;
    }
    drop(file);
    fs::rename(&aside, path)
}

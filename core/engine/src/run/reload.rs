//! The configuration of a long run: read again when a file changes. One that is wrong does not replace one that is right.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::config::{Config, ConfigError};
use crate::session::SessionError;

pub(super) struct Loaded {
    path: PathBuf,
    pub(super) config: Arc<Config>,
    /// What is wrong with the files as they are now.
    pub(super) problem: Option<String>,
    stamps: Vec<Stamp>,
}

/// What tells that a file was edited.
type Stamp = (PathBuf, Option<(SystemTime, u64)>);

impl Loaded {
    pub(super) fn read(path: &Path) -> Result<Self, SessionError> {
        let config = Config::read(path)?;
        Ok(Self {
            path: path.to_path_buf(),
            stamps: stamps(config.document.paths()),
            config: Arc::new(config),
            problem: None,
        })
    }

    /// What a job began with stays as it is; the next one has what is read here. Is it another configuration than before?
    pub(super) fn read_again_if_changed(&mut self) -> bool {
        let paths: Vec<PathBuf> = self.stamps.iter().map(|(path, _)| path.clone()).collect();
        let now = stamps(paths.iter().map(PathBuf::as_path));
        if now == self.stamps {
            return false;
        }
        match Config::read(&self.path) {
            Ok(config) if config.store != self.config.store => {
                self.wrong(now, "it names another store: start anew to use that");
            }
            Ok(config) => {
                self.stamps = stamps(config.document.paths());
                self.config = Arc::new(config);
                self.problem = None;
                tracing::info!("the configuration was changed, and is used from now on");
                return true;
            }
            Err(error) => self.wrong(now, &told(&error)),
        }
        false
    }

    fn wrong(&mut self, stamps: Vec<Stamp>, problem: &str) {
        self.stamps = stamps;
        tracing::error!(
            "the configuration was changed and cannot be used; the one before stays in use: {problem}"
        );
        self.problem = Some(format!("the configuration cannot be used: {problem}"));
    }
}

fn told(error: &ConfigError) -> String {
    let problems: Vec<String> = error.problems.iter().map(ToString::to_string).collect();
    problems.join("; ")
}

fn stamps<'a>(paths: impl Iterator<Item = &'a Path>) -> Vec<Stamp> {
    let stamp = |path: &Path| {
        let found = std::fs::metadata(path).ok()?;
        Some((found.modified().ok()?, found.len()))
    };
    paths
        .map(|path| (path.to_path_buf(), stamp(path)))
        .collect()
}

//! Mistakes in configuration files, shown with file, line and the line itself.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterfoil_model::problem::Problem;
use serde::Serialize;
use thiserror::Error;

/// A file as it was read, kept for excerpts.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceFile {
    pub path: PathBuf,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigProblem {
    pub file: PathBuf,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Everything that is wrong with a configuration.
#[derive(Debug, Error)]
#[error("the configuration has {} problem{}", problems.len(), if problems.len() == 1 { "" } else { "s" })]
pub struct ConfigError {
    pub problems: Vec<ConfigProblem>,
}

impl ConfigProblem {
    pub(super) fn at(file: &Arc<SourceFile>, span: Range<usize>, message: &str) -> Self {
        let start = span.start.min(file.text.len());
        let line = file
            .text
            .get(..start)
            .map_or(1, |before| before.matches('\n').count() + 1);
        let excerpt = file
            .text
            .lines()
            .nth(line - 1)
            .map(|text| text.trim_end().to_owned());
        Self {
            file: file.path.clone(),
            line: Some(line),
            excerpt,
            message: message.to_owned(),
            hint: None,
        }
    }

    pub(super) fn in_whole(file: Option<&Arc<SourceFile>>, message: &str) -> Self {
        let path = file.map(|file| file.path.clone()).unwrap_or_default();
        Self {
            file: path,
            line: None,
            excerpt: None,
            message: message.to_owned(),
            hint: None,
        }
    }

    pub(super) fn unreadable(
        path: &Path,
        error: &std::io::Error,
        included_at: Option<(Arc<SourceFile>, Range<usize>)>,
    ) -> Self {
        let message = format!("{} cannot be read: {error}", path.display());
        match included_at {
            Some((file, span)) => Self::at(&file, span, &message),
            None => Self {
                file: path.to_path_buf(),
                line: None,
                excerpt: None,
                message,
                hint: Some(
                    "run `counterfoil init` to make a starter, or name the file with --config"
                        .to_owned(),
                ),
            },
        }
    }

    pub(super) fn file_name(&self) -> String {
        self.file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(formatter, ":{line}")?;
        }
        write!(formatter, ": {}", self.message)?;
        if let (Some(line), Some(excerpt)) = (self.line, &self.excerpt) {
            write!(formatter, "\n  {line:>4} | {excerpt}")?;
        }
        match &self.hint {
            Some(hint) => write!(formatter, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl super::Document {
    /// Gives problems of the model their file and line.
    pub fn locate_all(&self, problems: &[Problem]) -> Vec<ConfigProblem> {
        problems
            .iter()
            .map(|problem| self.locate(&problem.path, &problem.message, problem.hint.as_deref()))
            .collect()
    }
}

//! Mistakes in configuration files, shown with file, line and the line itself; in tables with row and column.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use counterfoil_model::counted::counted;
use counterfoil_model::problem::Problem;
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use super::masking::masked;

/// A text file as it was read, kept for excerpts.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceFile {
    pub path: PathBuf,
    pub text: String,
    /// Where each line begins.
    line_starts: Vec<usize>,
}

/// What a problem does to the other commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It must be mended.
    #[default]
    Error,
    /// It may be meant.
    Warning,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConfigProblem {
    pub severity: Severity,
    pub file: PathBuf,
    /// From 1, in a text file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Of a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// From 1, in a table, as a spreadsheet program numbers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u32>,
    /// The name of a table's column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Everything that is wrong with a configuration.
#[derive(Debug, Error)]
#[error("the configuration has {}", counted(problems.len(), "problem"))]
pub struct ConfigError {
    pub problems: Vec<ConfigProblem>,
}

impl SourceFile {
    pub(crate) fn new(path: PathBuf, text: String) -> Self {
        let ends = text.match_indices('\n').map(|(end, _)| end + 1);
        let line_starts = std::iter::once(0).chain(ends).collect();
        Self {
            path,
            text,
            line_starts,
        }
    }

    /// The number of the line in which a byte stands, from 1.
    pub(super) fn line_of(&self, byte: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= byte)
    }

    fn line(&self, number: usize) -> Option<&str> {
        let start = *self.line_starts.get(number.checked_sub(1)?)?;
        self.text[start..].lines().next().map(str::trim_end)
    }
}

impl ConfigProblem {
    /// Of no place in a file.
    pub(crate) fn of(file: &Path, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: file.to_path_buf(),
            line: None,
            sheet: None,
            row: None,
            column: None,
            excerpt: None,
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn at(file: &SourceFile, span: &Range<usize>, message: impl Into<String>) -> Self {
        let line = file.line_of(span.start.min(file.text.len()));
        Self {
            line: Some(line),
            excerpt: file.line(line).map(masked),
            ..Self::of(&file.path, message)
        }
    }

    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn file_name(&self) -> String {
        self.file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.severity == Severity::Warning {
            formatter.write_str("warning: ")?;
        }
        write!(formatter, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(formatter, ":{line}")?;
        }
        if let Some(sheet) = &self.sheet {
            write!(formatter, ", sheet {sheet}")?;
        }
        if let Some(row) = self.row {
            write!(formatter, ", row {row}")?;
        }
        if let Some(column) = &self.column {
            write!(formatter, ", column {column}")?;
        }
        write!(formatter, ": {}", self.message)?;
        let number = self.line.or(self.row.map(|row| row as usize));
        if let (Some(number), Some(excerpt)) = (number, &self.excerpt) {
            write!(formatter, "\n  {number:>4} | {excerpt}")?;
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

    /// In the order of the files, then of their lines; each once.
    pub fn sort(&self, problems: &mut Vec<ConfigProblem>) {
        let order = |problem: &ConfigProblem| {
            let file = self.files.iter().position(|file| file.path == problem.file);
            (
                file.unwrap_or(usize::MAX),
                problem.file.clone(),
                problem.line,
                problem.row,
            )
        };
        problems.sort_by_cached_key(order);
        let mut seen: Vec<ConfigProblem> = Vec::with_capacity(problems.len());
        problems.retain(|problem| {
            let same_place = seen.iter().rev().take_while(|earlier| {
                (&earlier.file, earlier.line, earlier.row)
                    == (&problem.file, problem.line, problem.row)
            });
            let is_new = !same_place
                .into_iter()
                .any(|earlier| earlier.message == problem.message);
            if is_new {
                seen.push(problem.clone());
            }
            is_new
        });
    }
}

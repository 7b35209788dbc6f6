//! The configuration as JSON values with the place of each, so that every later mistake can name file and line.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::places::Places;
use super::problems::{ConfigProblem, SourceFile};
use super::table::TableFile;

/// A path of keys, array positions as numbers: `["pipeline", "north", "rule", "3"]`.
pub(super) type KeyPath = Vec<String>;

/// The merged content of the configuration files.
#[derive(Debug, Default)]
pub struct Document {
    pub(super) root: Map<String, Value>,
    places: Places,
    pub(super) files: Vec<Arc<SourceFile>>,
    /// The files of the tables that it names.
    pub(super) tables: Vec<PathBuf>,
    /// A file is missing or cannot be understood: what is not here may stand there.
    pub(super) is_partial: bool,
}

/// Where a value stands.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Text {
        file: Arc<SourceFile>,
        span: Range<usize>,
    },
    /// The column is a position in the header; without it the whole row is meant.
    Cell {
        table: Arc<TableFile>,
        row: u32,
        column: Option<usize>,
    },
}

impl Place {
    pub(crate) fn problem(&self, message: impl Into<String>) -> ConfigProblem {
        match self {
            Self::Text { file, span } => ConfigProblem::at(file, span, message),
            Self::Cell { table, row, column } => table.problem(*row, *column, message),
        }
    }

    /// What it names is relative to this folder.
    fn folder(&self) -> PathBuf {
        let path = match self {
            Self::Text { file, .. } => &file.path,
            Self::Cell { table, .. } => &table.path,
        };
        path.parent().map(Path::to_path_buf).unwrap_or_default()
    }
}

impl Document {
    pub(super) fn put_place(&mut self, path: &[String], place: Place) {
        self.places.put(path, place);
    }

    /// Puts all of it below a path: the file holds one table without its name.
    pub(super) fn nest(&mut self, outer: &[&str]) {
        let inner = std::mem::take(&mut self.root);
        let nested = outer.iter().rev().fold(inner, |inner, key| {
            Map::from_iter([((*key).to_owned(), Value::Object(inner))])
        });
        self.root = nested;
        self.places = std::mem::take(&mut self.places).nested(outer);
    }

    /// A part of the configuration could not be read: what is not here may stand there.
    pub fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// Of the value that a path leads to, or of the nearest table around it.
    pub(super) fn find_place(&self, path: &[String]) -> Option<&Place> {
        self.places.nearest(path)
    }

    /// The folder of the file in which a value stands.
    pub(super) fn folder_of(&self, path: &[String]) -> PathBuf {
        self.find_place(path).map(Place::folder).unwrap_or_default()
    }

    /// All files joined, as JSON; unquoted decimals and dates are text.
    pub fn value(&self) -> Value {
        Value::Object(self.root.clone())
    }

    /// A problem at the value that a path leads to, or at the nearest table around it.
    pub fn locate(&self, path: &[String], message: &str, hint: Option<&str>) -> ConfigProblem {
        let main = self.files.first().map(|file| file.path.as_path());
        let of_whole = || ConfigProblem::of(main.unwrap_or(Path::new("")), message);
        let place = self.find_place(path);
        let mut problem = place.map_or_else(of_whole, |place| place.problem(message));
        problem.hint = hint.map(str::to_owned);
        problem
    }

    /// The files and tables that it was read from, the main file first.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let files = self.files.iter().map(|file| file.path.as_path());
        files.chain(self.tables.iter().map(PathBuf::as_path))
    }

    /// "rules.toml:12" or "rules.csv row 12", for explanations.
    pub fn place(&self, path: &[String]) -> String {
        let problem = self.locate(path, "", None);
        let name = problem.file_name();
        match (problem.line, problem.sheet, problem.row) {
            (Some(line), _, _) => format!("{name}:{line}"),
            (None, Some(sheet), Some(row)) => format!("{name} sheet {sheet} row {row}"),
            (None, None, Some(row)) => format!("{name} row {row}"),
            (None, _, None) => name,
        }
    }

    /// Tables of two files are joined; the same key in both is a mistake.
    pub(super) fn merge(
        &mut self,
        key: String,
        value: Value,
        places: Places,
        problems: &mut Vec<ConfigProblem>,
    ) {
        let mut clashes = Vec::new();
        let path = vec![key.clone()];
        join(&mut self.root, key, value, path.clone(), &mut clashes);
        for clash in &clashes {
            let message = format!(
                "`{}` is set already, at {}",
                clash.join("."),
                self.place(clash)
            );
            let problem = match places.get(&clash[1..]) {
                Some(place) => place.problem(message),
                None => self.locate(clash, &message, None),
            };
            problems.push(problem.with_hint("keep one of them"));
        }
        self.places.merge(&path, places);
    }
}

fn join(
    into: &mut Map<String, Value>,
    name: String,
    value: Value,
    path: KeyPath,
    clashes: &mut Vec<KeyPath>,
) {
    match (into.get_mut(&name), value) {
        (None, value) => {
            into.insert(name, value);
        }
        (Some(Value::Object(there)), Value::Object(more)) => {
            for (key, inner) in more {
                let mut inner_path = path.clone();
                inner_path.push(key.clone());
                join(there, key, inner, inner_path, clashes);
            }
        }
        (Some(_), _) => clashes.push(path),
    }
}

//! Reads TOML into JSON values and remembers where each one stands, so that every later mistake can name file and line.
//!
//! Decimals written without quotes keep their digits: they become text before any float could touch them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problems::{ConfigProblem, SourceFile};

/// A path of keys, array positions as numbers: `["pipeline", "north", "rule", "3"]`.
pub(super) type KeyPath = Vec<String>;

/// The merged content of the configuration files.
#[derive(Debug, Default)]
pub struct Document {
    pub(super) root: Map<String, Value>,
    places: BTreeMap<KeyPath, Place>,
    pub(super) files: Vec<Arc<SourceFile>>,
}

/// A file to read, and where it was named; the main file was named by nobody.
type Included = (PathBuf, Option<(Arc<SourceFile>, Range<usize>)>);

#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) file: Arc<SourceFile>,
    pub(super) span: Range<usize>,
}

impl Document {
    /// Reads a file and everything that it includes. All syntax errors are reported at once.
    pub fn read(path: &Path) -> (Self, Vec<ConfigProblem>) {
        let mut document = Self::default();
        let mut problems = Vec::new();
        let mut waiting = vec![(path.to_path_buf(), None)];
        while let Some((path, included_at)) = waiting.pop() {
            if document.files.iter().any(|file| file.path == path) {
                continue;
            }
            match std::fs::read_to_string(&path) {
                Ok(text) => waiting.extend(document.add(&path, text, &mut problems)),
                Err(error) => problems.push(ConfigProblem::unreadable(&path, &error, included_at)),
            }
        }
        (document, problems)
    }

    /// Merges one file; answers what it includes.
    fn add(
        &mut self,
        path: &Path,
        text: String,
        problems: &mut Vec<ConfigProblem>,
    ) -> Vec<Included> {
        let file = Arc::new(SourceFile {
            path: path.to_path_buf(),
            text,
        });
        self.files.push(Arc::clone(&file));
        let (table, errors) = DeTable::parse_recoverable(&file.text);
        for error in &errors {
            problems.push(ConfigProblem::at(
                &file,
                error.span().unwrap_or(0..0),
                error.message(),
            ));
        }
        if !errors.is_empty() {
            return Vec::new();
        }
        let mut included = Vec::new();
        for (key, value) in table.into_inner() {
            if key.get_ref() == "include" {
                let folder = path.parent().unwrap_or(Path::new(""));
                included.extend(includes(&file, folder, &value, problems));
                continue;
            }
            let key_path = vec![key.get_ref().to_string()];
            let json = self.convert(&file, &key_path, &key, &value, false);
            self.merge(key_path, json, problems);
        }
        included
    }

    /// Tables of two files are joined; the same key in both is a mistake.
    fn merge(&mut self, path: KeyPath, value: Value, problems: &mut Vec<ConfigProblem>) {
        let mut clashes = Vec::new();
        let name = path.last().cloned().unwrap_or_default();
        join(&mut self.root, name, value, path, &mut clashes);
        for clash in clashes {
            let message = format!("`{}` is set in two files", clash.join("."));
            problems.push(self.locate(&clash, &message, Some("keep one of them")));
        }
    }

    fn convert(
        &mut self,
        file: &Arc<SourceFile>,
        path: &KeyPath,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        for_connector: bool,
    ) -> Value {
        // A header such as `[[rule]]` is where people look for the table, an inline value is where it stands.
        let span = match value.get_ref() {
            DeValue::Table(_) => {
                key.span().start.min(value.span().start)..value.span().end.max(key.span().end)
            }
            _ => key.span().start..value.span().end,
        };
        self.places.insert(
            path.clone(),
            Place {
                file: Arc::clone(file),
                span,
            },
        );
        self.convert_value(file, path, value, for_connector)
    }

    fn convert_value(
        &mut self,
        file: &Arc<SourceFile>,
        path: &KeyPath,
        value: &Spanned<DeValue<'_>>,
        for_connector: bool,
    ) -> Value {
        match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(truth) => Value::Bool(*truth),
            DeValue::Datetime(datetime) => Value::String(datetime.to_string()),
            DeValue::Integer(integer) => {
                match i64::from_str_radix(integer.as_str(), integer.radix()) {
                    Ok(number) => Value::from(number),
                    Err(_) => Value::String(integer.as_str().to_owned()),
                }
            }
            DeValue::Float(float) => match float.as_str().parse::<serde_json::Number>() {
                // A connector's schema may ask for a number; ours ask for the digits as they were written.
                Ok(number) if for_connector => Value::Number(number),
                _ => Value::String(float.as_str().to_owned()),
            },
            DeValue::Array(items) => {
                let convert = |(index, item): (usize, &Spanned<DeValue<'_>>)| {
                    let mut inner = path.clone();
                    inner.push(index.to_string());
                    self.places.insert(
                        inner.clone(),
                        Place {
                            file: Arc::clone(file),
                            span: item.span(),
                        },
                    );
                    self.convert_value(file, &inner, item, for_connector)
                };
                Value::Array(items.iter().enumerate().map(convert).collect())
            }
            DeValue::Table(table) => {
                let mut object = Map::new();
                for (key, item) in table {
                    let mut inner = path.clone();
                    inner.push(key.get_ref().to_string());
                    let config = for_connector || is_connector_config(&inner);
                    let json = self.convert(file, &inner, key, item, config);
                    object.insert(key.get_ref().to_string(), json);
                }
                Value::Object(object)
            }
        }
    }

    /// All files joined, as JSON; unquoted decimals and dates are text.
    pub fn value(&self) -> Value {
        Value::Object(self.root.clone())
    }

    /// A problem at the value that a path leads to, or at the nearest table around it.
    pub fn locate(&self, path: &[String], message: &str, hint: Option<&str>) -> ConfigProblem {
        let place = (0..=path.len())
            .rev()
            .find_map(|length| self.places.get(&path[..length]));
        let mut problem = match place {
            Some(place) => ConfigProblem::at(&place.file, place.span.clone(), message),
            None => ConfigProblem::in_whole(self.files.first(), message),
        };
        problem.hint = hint.map(str::to_owned);
        problem
    }

    /// The files that it was read from, the main one first.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|file| file.path.as_path())
    }

    /// "rules.toml:12", for explanations.
    pub fn place(&self, path: &[String]) -> String {
        let problem = self.locate(path, "", None);
        match problem.line {
            Some(line) => format!("{}:{line}", problem.file_name()),
            None => problem.file_name(),
        }
    }
}

/// `pipeline.NAME.source.N.config` and the same of a sink: shaped by the connector's schema, not ours.
fn is_connector_config(path: &[String]) -> bool {
    matches!(path, [pipeline, _, role, _, config]
        if pipeline == "pipeline" && (role == "source" || role == "sink") && config == "config")
}

fn includes(
    file: &Arc<SourceFile>,
    folder: &Path,
    value: &Spanned<DeValue<'_>>,
    problems: &mut Vec<ConfigProblem>,
) -> Vec<Included> {
    let mut expected = |span: Range<usize>| {
        let mut problem = ConfigProblem::at(file, span, "`include` expects a list of file names");
        problem.hint = Some("include = [\"rules.toml\", \"price-book.toml\"]".to_owned());
        problems.push(problem);
    };
    let DeValue::Array(items) = value.get_ref() else {
        expected(value.span());
        return Vec::new();
    };
    let mut paths = Vec::new();
    for item in items {
        match item.get_ref() {
            DeValue::String(name) => paths.push((
                folder.join(name.as_ref()),
                Some((Arc::clone(file), item.span())),
            )),
            _ => expected(item.span()),
        }
    }
    // The stack is popped from its end: the first file named is read first.
    paths.reverse();
    paths
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

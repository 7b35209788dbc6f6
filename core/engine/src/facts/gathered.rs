//! The rows of all files of facts, each with its place, and what is wrong with them. It judges no values.

use std::path::Path;
use std::sync::Arc;

use counterfoil_model::decimal::Decimal;
use counterfoil_model::nearest::nearest;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::json::{self, Held, Node};
use super::table::Headed;
use super::words::{AccountFacts, Number, QuantityFacts, ResourceFacts, SampleFacts};
use crate::config::parse::piece;
use crate::config::table::{SPLIT_EXPORT, TableFile};
use crate::config::{ConfigProblem, SourceFile, file_of};
use crate::given::{Given, same_name};

/// Bytes of a file of facts in JSON.
const BYTES_MAX: u64 = 256 << 20;
const SPLIT: &str = "split it, and give each part with a `--facts` of its own";
/// Longer lines are not shown.
const EXCERPT_CHARS_MAX: usize = 160;
const TABLES: [&str; 4] = ["csv", "tsv", "txt", "xlsx"];
/// Says to editors what the file holds.
const SCHEMA: &str = "$schema";
const LISTS: [&str; 4] = ["accounts", "resources", "samples", "quantities"];

/// What was read of the files.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) accounts: Vec<Row<AccountFacts>>,
    pub(super) resources: Vec<Row<ResourceFacts>>,
    pub(super) samples: Vec<Row<SampleFacts>>,
    pub(super) quantities: Vec<Row<QuantityFacts>>,
    /// Of rows, which are kept out.
    pub(super) broken: Vec<ConfigProblem>,
    /// Of whole files, and of accounts: nothing can be rated.
    pub(super) fatal: Vec<ConfigProblem>,
}

/// A row of a table, or an element of a list.
#[derive(Debug)]
pub(super) struct Row<T> {
    pub(super) facts: T,
    pub(super) place: RowPlace,
    /// Something is wrong with it, and was told.
    pub(super) is_broken: bool,
}

#[derive(Debug, Clone)]
pub(super) enum RowPlace {
    Table {
        file: Arc<TableFile>,
        row: u32,
    },
    Json {
        document: Arc<JsonFile>,
        list: &'static str,
        index: usize,
    },
}

#[derive(Debug)]
pub(super) struct JsonFile {
    file: SourceFile,
    root: Node,
}

impl JsonFile {
    fn problem(&self, path: &[String], message: &str) -> ConfigProblem {
        let node = self.root.find(path);
        let shown = shown(path);
        let message = match (shown.is_empty(), message) {
            (true, message) => message.to_owned(),
            (false, message) => format!("{shown}: {message}"),
        };
        cut(ConfigProblem::at(&self.file, &node.span, message))
    }
}

/// A file may be one line.
fn cut(mut problem: ConfigProblem) -> ConfigProblem {
    problem.excerpt = problem
        .excerpt
        .filter(|line| line.chars().count() <= EXCERPT_CHARS_MAX);
    problem
}

/// "resources[3].share".
fn shown(path: &[String]) -> String {
    let mut text = String::new();
    for key in path {
        if key.bytes().all(|byte| byte.is_ascii_digit()) {
            text.push_str(&format!("[{key}]"));
        } else {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(key);
        }
    }
    text
}

impl RowPlace {
    /// A problem of a value; of the whole row where the key is empty or nothing was written under it.
    pub(super) fn problem(&self, key: &str, message: &str, hint: &str) -> ConfigProblem {
        let problem = match self {
            Self::Table { file, row } => {
                let mut columns = file.columns.iter();
                let column = columns.position(|column| same_name(column, key));
                file.problem(*row, column, message)
            }
            Self::Json { document, list, .. } => {
                let mut path = self.path();
                if !key.is_empty() {
                    path.push(key.to_owned());
                }
                debug_assert!(LISTS.contains(list), "it is a list of facts");
                document.problem(&path, message)
            }
        };
        problem.with_hint(hint)
    }

    fn path(&self) -> Vec<String> {
        match self {
            Self::Table { .. } => Vec::new(),
            Self::Json {
                document,
                list,
                index,
            } => match document.root.held {
                Held::List(_) => vec![index.to_string()],
                Held::Plain(_) | Held::NoNumber(_) | Held::Table(_) => {
                    vec![(*list).to_owned(), index.to_string()]
                }
            },
        }
    }

    /// For messages of other rows: "vms.csv row 3".
    pub(super) fn label(&self) -> String {
        let name = |path: &Path| {
            let name = path.file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        match self {
            Self::Table { file, row } => format!("{} row {row}", name(&file.path)),
            Self::Json { document, .. } => {
                format!("{} {}", name(&document.file.path), shown(&self.path()))
            }
        }
    }
}

impl<T> Row<T> {
    /// Tells a mistake; the row is kept out.
    pub(super) fn refuse(
        &mut self,
        (key, message, hint): (&str, &str, &str),
        broken: &mut Vec<ConfigProblem>,
    ) {
        self.is_broken = true;
        broken.push(self.place.problem(key, message, hint));
    }

    /// A number that is zero or more; `None` where it is none, which is told.
    pub(super) fn number(
        &mut self,
        (key, written): (&str, &Number),
        broken: &mut Vec<ConfigProblem>,
    ) -> Option<Decimal> {
        let hint = "digits with a point, such as 12.5";
        let written = written.0.trim();
        let message = match written.parse::<Decimal>() {
            Ok(value) if value.is_negative() => {
                format!("`{value}` is negative; it is zero or more")
            }
            Ok(value) => return Some(value),
            // Its absence was told.
            Err(_) if self.is_broken => return None,
            Err(_) if written.is_empty() => format!("there is no {key}"),
            Err(error) => error.to_string(),
        };
        self.refuse((key, &message, hint), broken);
        None
    }
}

impl Gathered {
    /// Adds the rows of a file. `is_named` says whether the price book names an attribute.
    pub(super) fn read(&mut self, path: &Path, is_named: &dyn Fn(&str) -> bool) {
        let text = match json_of(path) {
            Ok(text) => text,
            Err(problem) => return self.fatal.push(*problem),
        };
        match text {
            Some(text) => self.read_json(path, text),
            None => self.read_table(path, is_named),
        }
    }

    fn read_table(&mut self, path: &Path, is_named: &dyn Fn(&str) -> bool) {
        let (given, problems) = Given::read_rows(path, &super::table::is_word);
        let (of_rows, mut of_file): (Vec<_>, Vec<_>) = problems
            .into_iter()
            .partition(|problem| problem.row.is_some());
        for problem in &mut of_file {
            if problem.hint.as_deref() == Some(SPLIT_EXPORT) {
                problem.hint = Some(SPLIT.to_owned());
            }
        }
        self.fatal.extend(of_file);
        let Some(given) = given else {
            self.broken.extend(of_rows);
            return;
        };
        let headed = Headed::new(&given, is_named, &mut self.fatal);
        let is_of_accounts = headed.as_ref().is_some_and(Headed::is_of_accounts);
        if let Some(headed) = headed {
            headed.read(&of_rows, self);
        }
        if is_of_accounts {
            self.fatal.extend(of_rows);
        } else {
            self.broken.extend(of_rows);
        }
    }

    fn read_json(&mut self, path: &Path, text: String) {
        let file = SourceFile::new(path.to_path_buf(), text);
        let root = match json::read(&file.text) {
            Ok(root) => root,
            Err(error) => {
                let at = error.at.min(file.text.len());
                let message = format!("it is no JSON: {}", error.message);
                let problem = cut(ConfigProblem::at(&file, &(at..at), message));
                let hint = "an object with `resources`, or a list of them; `counterfoil schema facts` describes it";
                return self.fatal.push(problem.with_hint(hint));
            }
        };
        for (key, span) in root.repeated() {
            let problem = ConfigProblem::at(&file, &span, format!("the key `{key}` stands twice"));
            self.fatal.push(cut(problem).with_hint("keep one of them"));
        }
        let document = Arc::new(JsonFile { file, root });
        let mut lists = Vec::new();
        match &document.root.held {
            Held::List(items) => lists.push(("resources", items)),
            Held::Table(fields) => {
                for (key, node) in fields {
                    let list = LISTS.into_iter().find(|list| list == key);
                    match (list, &node.held) {
                        (None, Held::Plain(Value::String(_) | Value::Null)) if key == SCHEMA => {}
                        (None, _) if key == SCHEMA => self.fatal.push(
                            document
                                .problem(std::slice::from_ref(key), "expected a text in quotes")
                                .with_hint("the address of the schema, or nothing"),
                        ),
                        (Some(list), Held::List(items)) => lists.push((list, items)),
                        (Some(_), _) => self.fatal.push(
                            document
                                .problem(std::slice::from_ref(key), "expected a list of objects")
                                .with_hint("[{ … }, { … }]"),
                        ),
                        (None, _) => self.fatal.push(unknown(&document, key)),
                    }
                }
            }
            Held::Plain(_) | Held::NoNumber(_) => self.fatal.push(
                document
                    .problem(&[], "expected an object or a list")
                    .with_hint("{ \"resources\": [ … ] }, or the list alone"),
            ),
        }
        for (list, items) in lists {
            match list {
                "accounts" => take(&document, list, items, &mut self.accounts, &mut self.fatal),
                "quantities" => {
                    let into = &mut self.quantities;
                    take(&document, list, items, into, &mut self.broken);
                }
                "samples" => take(&document, list, items, &mut self.samples, &mut self.broken),
                _ => take(
                    &document,
                    list,
                    items,
                    &mut self.resources,
                    &mut self.broken,
                ),
            }
        }
    }
}

fn unknown(document: &JsonFile, key: &str) -> ConfigProblem {
    let problem = document.problem(&[key.to_owned()], &format!("unknown key `{key}`"));
    match nearest(key, &LISTS) {
        Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
        None => problem.with_hint(format!("known keys: {}", LISTS.join(", "))),
    }
}

/// Elements with mistakes are taken too, as far as they can be read: they tell which resource is kept out.
fn take<T: DeserializeOwned + Default>(
    document: &Arc<JsonFile>,
    list: &'static str,
    items: &[Node],
    into: &mut Vec<Row<T>>,
    broken: &mut Vec<ConfigProblem>,
) {
    for (index, item) in items.iter().enumerate() {
        let place = RowPlace::Json {
            document: Arc::clone(document),
            list,
            index,
        };
        let no_numbers = item.no_numbers();
        broken.extend(no_numbers.iter().map(|(below, written)| {
            let path: Vec<String> = place.path().into_iter().chain(below.clone()).collect();
            let message = format!("`{written}` is no number");
            let located = document.problem(&path, &message);
            located.with_hint("digits with a point, such as 12.5, or leave it out")
        }));
        let mut problems = Vec::new();
        let read = piece::<T>(item.value(), &place.path(), &mut problems);
        problems.retain(|problem| {
            let mut told = no_numbers.iter();
            !told.any(|(below, _)| problem.path.ends_with(below))
        });
        broken.extend(problems.into_iter().map(|problem| {
            let located = document.problem(&problem.path, &problem.message);
            match problem.hint {
                Some(hint) => located.with_hint(hint),
                None => located,
            }
        }));
        into.push(Row {
            is_broken: !read.is_sound || !no_numbers.is_empty(),
            facts: read.value.unwrap_or_default(),
            place,
        });
    }
}

/// The text of a file that holds JSON; none of another one.
fn json_of(path: &Path) -> Result<Option<String>, Box<ConfigProblem>> {
    let file = &file_of(path);
    let unreadable = |message: String| {
        let problem = ConfigProblem::of(path, message);
        Box::new(problem.with_hint("name a JSON, CSV or XLSX file that this user may read"))
    };
    let length = match std::fs::metadata(file) {
        Ok(found) if found.is_file() => found.len(),
        Ok(_) => return Err(unreadable("it is no file".to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(unreadable("there is no such file".to_owned()));
        }
        Err(error) => return Err(unreadable(format!("it cannot be read: {error}"))),
    };
    let ending = file.extension().unwrap_or_default().to_string_lossy();
    if TABLES.contains(&ending.to_lowercase().as_str()) {
        return Ok(None);
    }
    if length > BYTES_MAX {
        let message = format!("it has {length} bytes; facts have at most {BYTES_MAX}");
        return Err(Box::new(ConfigProblem::of(path, message).with_hint(SPLIT)));
    }
    let bytes =
        std::fs::read(file).map_err(|error| unreadable(format!("it cannot be read: {error}")))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let first = bytes.trim_ascii_start().first();
    if ending != "json" && !matches!(first, Some(b'{' | b'[')) {
        return Ok(None);
    }
    match String::from_utf8(bytes.to_vec()) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(Box::new(
            ConfigProblem::of(path, "it is not UTF-8 text, which JSON has to be")
                .with_hint("save the file as UTF-8"),
        )),
    }
}

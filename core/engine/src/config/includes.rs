//! Reads the main file and what it includes into one document. Syntax errors of all files are told at once.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::Document;
use super::problems::{ConfigProblem, SourceFile};
use super::toml_values;

/// Files that one configuration may consist of.
const FILES_MAX: usize = 1_000;

/// Where a file is named; the main file is named by nobody.
type NamedAt = Option<(Arc<SourceFile>, Range<usize>)>;

/// A file to read.
struct Included {
    path: PathBuf,
    at: NamedAt,
    /// The files that lead to it, the main file first.
    through: Vec<PathBuf>,
}

impl Document {
    /// Reads a file and everything that it includes.
    pub fn read(path: &Path) -> (Self, Vec<ConfigProblem>) {
        let mut document = Self::default();
        let mut problems = Vec::new();
        let mut first_named: BTreeMap<PathBuf, NamedAt> = BTreeMap::new();
        let mut waiting = vec![Included {
            path: path.to_path_buf(),
            at: None,
            through: Vec::new(),
        }];
        while let Some(included) = waiting.pop() {
            // The same file under two names is the same file.
            let identity = included
                .path
                .canonicalize()
                .unwrap_or_else(|_| included.path.clone());
            if let Some(first) = first_named.get(&identity) {
                problems.push(repeated(&included, &identity, first));
                continue;
            }
            first_named.insert(identity.clone(), included.at.clone());
            if document.files.len() >= FILES_MAX {
                let message = format!("the configuration has more than {FILES_MAX} files");
                problems.push(at(&included, message));
                document.is_partial = true;
                break;
            }
            match read_text(&included) {
                Ok(text) => {
                    let through = [included.through.as_slice(), &[identity]].concat();
                    let next = document.add(&included.path, text, &through, &mut problems);
                    waiting.extend(next);
                }
                Err(problem) => {
                    problems.push(*problem);
                    document.is_partial = true;
                }
            }
        }
        (document, problems)
    }

    /// Merges one file; answers what it includes.
    fn add(
        &mut self,
        path: &Path,
        text: String,
        through: &[PathBuf],
        problems: &mut Vec<ConfigProblem>,
    ) -> Vec<Included> {
        let file = Arc::new(SourceFile::new(path.to_path_buf(), text));
        self.files.push(Arc::clone(&file));
        let (table, errors) = DeTable::parse_recoverable(&file.text);
        for error in &errors {
            let span = error.span().unwrap_or(0..0);
            problems.push(ConfigProblem::at(&file, &span, error.message()).with_hint(SYNTAX));
        }
        if !errors.is_empty() {
            self.is_partial = true;
        }
        let mut included = Vec::new();
        for (key, value) in table.into_inner() {
            if key.get_ref() == "include" {
                let folder = path.parent().unwrap_or(Path::new(""));
                included.extend(includes(&file, folder, &value, through, problems));
            } else if errors.is_empty() {
                let (json, places) = toml_values::convert(&file, &key, &value);
                self.merge(key.get_ref().to_string(), json, places, problems);
            }
        }
        included
    }
}

const SYNTAX: &str = "the file is read as TOML: key = value, texts in quotes, tables under [name]";

/// Where the file was named, else the file itself.
fn at(included: &Included, message: String) -> ConfigProblem {
    match &included.at {
        Some((file, span)) => ConfigProblem::at(file, span, message),
        None => ConfigProblem::of(&included.path, message),
    }
}

fn repeated(included: &Included, identity: &Path, first: &NamedAt) -> ConfigProblem {
    let name = included.path.display();
    if let Some(start) = included.through.iter().position(|file| file == identity) {
        let file_name = |path: &PathBuf| {
            let name = path.file_name().unwrap_or(path.as_os_str());
            name.to_string_lossy().into_owned()
        };
        let mut circle: Vec<String> = included.through[start..].iter().map(file_name).collect();
        circle.extend(circle.first().cloned());
        let message = format!(
            "the files include one another in a circle: {}",
            circle.join(" → ")
        );
        return at(included, message)
            .with_hint("what is included is part of the whole already: leave this one out");
    }
    let place = first.as_ref().map_or_else(String::new, |(file, span)| {
        format!(", by {}:{}", file.path.display(), file.line_of(span.start))
    });
    at(included, format!("{name} is included already{place}"))
        .with_hint("include each file once, wherever: all files make one configuration")
}

fn read_text(included: &Included) -> Result<String, Box<ConfigProblem>> {
    let name = included.path.display();
    let bytes = std::fs::read(&included.path).map_err(|error| {
        let is_missing = error.kind() == std::io::ErrorKind::NotFound;
        let message = if is_missing {
            format!("there is no file {name}")
        } else {
            format!("{name} cannot be read: {error}")
        };
        let hint = match (&included.at, is_missing) {
            (None, _) => "run `counterfoil init` to make a starter, or name the file with --config",
            (Some(_), true) => "a file is looked for in the folder of the file that includes it",
            (Some(_), false) => "`include` names TOML files that this user may read",
        };
        Box::new(at(included, message).with_hint(hint))
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid]
            .iter()
            .filter(|byte| **byte == b'\n');
        let line = line.count() + 1;
        let message = format!("line {line} is not UTF-8 text, which TOML has to be");
        let problem = ConfigProblem::of(&included.path, message);
        Box::new(problem.with_hint("save the file as UTF-8"))
    })
}

fn includes(
    file: &Arc<SourceFile>,
    folder: &Path,
    value: &Spanned<DeValue<'_>>,
    through: &[PathBuf],
    problems: &mut Vec<ConfigProblem>,
) -> Vec<Included> {
    let mut expected = |span: &Range<usize>| {
        let problem = ConfigProblem::at(file, span, "`include` expects a list of file names");
        problems.push(problem.with_hint("include = [\"rules.toml\", \"price-book.toml\"]"));
    };
    let DeValue::Array(items) = value.get_ref() else {
        expected(&value.span());
        return Vec::new();
    };
    let mut included = Vec::new();
    for item in items {
        match item.get_ref() {
            DeValue::String(name) => included.push(Included {
                path: folder.join(name.as_ref()),
                at: Some((Arc::clone(file), item.span())),
                through: through.to_vec(),
            }),
            _ => expected(&item.span()),
        }
    }
    // The stack is popped from its end: the first file named is read first.
    included.reverse();
    included
}

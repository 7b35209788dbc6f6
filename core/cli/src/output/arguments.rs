//! The options that say in which form an answer is wanted, and where.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::error::OutputError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// An object in the shape that the command documents.
    Json,
    /// One table with a header, by RFC 4180.
    Csv,
    /// A workbook with a sheet for each table.
    Xlsx,
}

impl Format {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    fn of_ending(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "txt" => Some(Self::Text),
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArguments {
    /// Answers as JSON, for scripts: the same as `--format json`.
    #[arg(long, global = true, conflicts_with = "format")]
    json: bool,
    /// The form of the answer; the ending of --output decides where this is left out.
    #[arg(long, global = true, value_name = "FORM", value_enum)]
    format: Option<Format>,
    /// Writes the answer to a file that does not exist yet: .txt, .json, .csv or .xlsx.
    #[arg(long, global = true, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Exports only this table; `counterfoil shapes` names them. CSV holds one table: the main one if left out.
    #[arg(long, global = true, value_name = "NAME")]
    table: Option<String>,
    /// Lets --output replace a file.
    #[arg(long, global = true, requires = "output")]
    force: bool,
}

/// The same of a command line that cannot be read: what it would have asked for.
pub(crate) fn wants_json(arguments: impl Iterator<Item = OsString>) -> bool {
    let mut arguments = arguments
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .take_while(|argument| argument != "--");
    let ends_in_json = |path: &str| Format::of_ending(Path::new(path)) == Some(Format::Json);
    while let Some(argument) = arguments.next() {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        let is_json = match name {
            "--json" => true,
            "--format" => value.or_else(|| arguments.next()).as_deref() == Some("json"),
            "--output" => value
                .or_else(|| arguments.next())
                .is_some_and(|path| ends_in_json(&path)),
            _ => false,
        };
        if is_json {
            return true;
        }
    }
    false
}

/// The options, made sense of.
pub(crate) struct Form<'a> {
    pub(super) format: Format,
    pub(super) file: Option<&'a Path>,
    pub(super) table: Option<&'a str>,
    pub(super) force: bool,
}

impl OutputArguments {
    /// JSON was asked for: failures are then told as JSON, too.
    pub(crate) fn is_json(&self) -> bool {
        let by_ending = self.output.as_deref().and_then(Format::of_ending);
        self.json || self.format.or(by_ending) == Some(Format::Json)
    }

    /// All of the answer is text, for the eyes of whoever asks.
    pub(crate) fn is_read(&self) -> bool {
        let form = self.form();
        form.is_ok_and(|form| form.format == Format::Text && form.file.is_none())
    }

    pub(super) fn form(&self) -> Result<Form<'_>, OutputError> {
        let file = self.output.as_deref();
        let named = if self.json {
            Some(Format::Json)
        } else {
            self.format
        };
        let format = match (named, file) {
            (None, None) if self.table.is_some() => Format::Csv,
            (None, None) => Format::Text,
            (Some(format), None) => format,
            (named, Some(path)) => match (named, Format::of_ending(path)) {
                (Some(named), Some(ending)) if named != ending => {
                    return Err(OutputError::Contradiction {
                        path: path.to_owned(),
                        format: named.as_str(),
                    });
                }
                (named, ending) => named.or(ending).ok_or_else(|| OutputError::Ending {
                    path: path.to_owned(),
                })?,
            },
        };
        if format == Format::Xlsx && file.is_none() && std::io::stdout().is_terminal() {
            return Err(OutputError::Terminal);
        }
        if let (Some(name), Format::Text | Format::Json) = (&self.table, format) {
            return Err(OutputError::TableOf {
                name: name.clone(),
                format: format.as_str(),
            });
        }
        Ok(Form {
            format,
            file,
            table: self.table.as_deref(),
            force: self.force,
        })
    }

    /// Finds now what would keep the answer from being written: a command may have sent documents by then.
    pub(crate) fn check(&self, tables: &[&str]) -> Result<(), OutputError> {
        let form = self.form()?;
        if let Some(asked) = form.table
            && !tables.is_empty()
            && !tables.contains(&asked)
        {
            return Err(OutputError::NoTable {
                asked: asked.to_owned(),
                known: tables.iter().map(|&name| name.to_owned()).collect(),
            });
        }
        match form.file {
            Some(path) => super::destination::try_out(path, form.force),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_asked_for_also_where_the_rest_makes_no_sense() {
        let wants = |line: &str| {
            let words = ["counterfoil"].into_iter().chain(line.split(' '));
            wants_json(words.map(OsString::from))
        };
        for line in [
            "plan --perod x --json",
            "--format json nonsense",
            "--format=json",
            "plan --output a.json --x",
            "plan --output=a.json",
        ] {
            assert!(wants(line), "{line}");
        }
        for line in [
            "plan --format csv --x",
            "plan --output a.csv",
            "x -- --json",
        ] {
            assert!(!wants(line), "{line}");
        }
    }
}

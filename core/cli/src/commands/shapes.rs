//! `counterfoil shapes`: what `--json` answers, by command.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Described, OutputError, Shape, Table, print, row};

const EXAMPLES: &str = "\
Examples:
  counterfoil shapes
  counterfoil shapes plan
  counterfoil shapes explain-delivery/1
  counterfoil shapes --write schemas/answers";

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ShapesReport {
    shapes: Vec<ShapeEntry>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ShapeEntry {
    /// Absent for what any command may answer.
    command: Option<String>,
    /// Name and version. Keys may be added within a version.
    name: String,
    about: String,
    /// What --table knows, the main one first.
    tables: Vec<String>,
}

pub(crate) const SHAPE: Shape<ShapesReport> = Shape::new(
    "shapes/1",
    "The shapes of all answers, and the tables that can be exported.",
    &["shapes"],
);

/// Lists the shapes of JSON answers and the tables of each command, or prints the JSON Schema of one.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Shapes {
    /// Prints the schema of this shape: `plan`, or `plan/1`.
    pub(crate) name: Option<String>,
    /// Writes every schema to this folder.
    #[arg(long, value_name = "FOLDER", conflicts_with = "name")]
    pub(crate) write: Option<PathBuf>,
}

pub(crate) fn run(global: &Global, what: &Shapes) -> Result<Exit> {
    let shapes = crate::shapes::all();
    if let Some(folder) = &what.write {
        std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        for shape in &shapes {
            let path = folder.join(shape.file_name());
            std::fs::write(&path, pretty(&shape.schema())?)
                .with_context(|| format!("write {}", path.display()))?;
        }
    } else if let Some(name) = &what.name {
        print(pretty(&find(&shapes, name)?.schema())?.trim_end())?;
    } else {
        list(global, &shapes)?;
    }
    Ok(Exit::Done)
}

/// As it is committed: indented, with a newline at its end.
pub(crate) fn pretty(schema: &Value) -> Result<String> {
    let text = serde_json::to_string_pretty(schema).context("write a schema as JSON")?;
    Ok(format!("{text}\n"))
}

fn find<'a>(shapes: &'a [Described], name: &str) -> Result<&'a Described, OutputError> {
    let bare = |shape: &Described| shape.id.split('/').next() == Some(name);
    let found = shapes
        .iter()
        .find(|shape| shape.id == name)
        .or_else(|| shapes.iter().rfind(|shape| bare(shape)));
    found.ok_or_else(|| OutputError::NoShape {
        asked: name.to_owned(),
        known: shapes.iter().map(|shape| shape.id).collect(),
    })
}

fn list(global: &Global, shapes: &[Described]) -> Result<()> {
    let entries = shapes.iter().map(|shape| ShapeEntry {
        command: (!shape.command.is_empty()).then(|| shape.command.to_owned()),
        name: shape.id.to_owned(),
        about: shape.about.to_owned(),
        tables: shape.tables.iter().map(|&table| table.to_owned()).collect(),
    });
    let report = ShapesReport {
        shapes: entries.collect(),
    };
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![table(&report)])
            .text(|| {
                format!(
                    "{}\n\n`counterfoil shapes NAME` prints the JSON Schema",
                    table(&report).without(&["about"]).to_text()
                )
            }),
    )
}

fn table(report: &ShapesReport) -> Table {
    let columns = ["command", "shape", "tables", "about"];
    let rows = report.shapes.iter().map(|shape| {
        let command = shape.command.as_deref().unwrap_or("(a failure)");
        row![command, &shape.name, shape.tables.join(" "), &shape.about]
    });
    Table::new("shapes", columns.map(Column::text)).with_rows(rows)
}

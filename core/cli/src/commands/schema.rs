//! `counterfoil schema`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use counterfoil_engine::schema::{PublishedSchema, SCHEMAS, Settings, published};
use counterfoil_model::nearest::nearest;
use schemars::JsonSchema;
use serde::Serialize;

use super::bundled_connectors;
use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, print, row};

const EXAMPLES: &str = "\
Examples:
  counterfoil schema
  counterfoil schema price-book
  counterfoil schema --write schemas --connectors     # for editors: `#:schema ./schemas/counterfoil.schema.json`";

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SchemasReport {
    schemas: Vec<SchemaEntry>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SchemaEntry {
    name: String,
    version: String,
    title: String,
    file: String,
    id: String,
}

pub(crate) const LIST: Shape<SchemasReport> = Shape::new(
    "schemas/1",
    "The schemas of the files that Counterfoil reads and writes.",
    &["schemas"],
);

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SchemasWritten {
    /// The files.
    written: Vec<String>,
}

pub(crate) const WRITTEN: Shape<SchemasWritten> =
    Shape::new("schemas-written/1", "The schemas that were written.", &[]);

/// Prints the JSON Schema of a file that Counterfoil reads or writes, or lists the schemas.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Schema {
    /// Which one; the list of them if left out.
    pub(crate) name: Option<String>,
    /// Writes it, or all of them, into a folder.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) write: Option<PathBuf>,
    /// Puts the settings of the connectors that come with the program into the schema `counterfoil`.
    #[arg(long)]
    pub(crate) connectors: bool,
}

pub(crate) fn run(global: &Global, what: &Schema) -> Result<Exit> {
    let named = what.name.as_deref().map(find).transpose()?;
    let settings = if what.connectors {
        Settings::bundled(&bundled_connectors()?)?
    } else {
        Vec::new()
    };
    match (named, &what.write) {
        (Some(schema), None) => print(schema.text_with(&settings).trim_end())?,
        (None, None) => list(global)?,
        (Some(schema), Some(folder)) => write(global, &[schema], folder, &settings)?,
        (None, Some(folder)) => write(global, &SCHEMAS, folder, &settings)?,
    }
    Ok(Exit::Done)
}

fn find(name: &str) -> Result<PublishedSchema> {
    // The name of the file will do, too.
    if let Some(schema) = published(name.trim_end_matches(".schema.json")) {
        return Ok(schema);
    }
    let names = SCHEMAS.map(|schema| schema.name);
    match nearest(name, &names) {
        Some(near) => bail!("there is no schema `{name}`: did you mean `{near}`?"),
        None => bail!(
            "there is no schema `{name}`; there are {}",
            names.join(", ")
        ),
    }
}

fn list(global: &Global) -> Result<()> {
    let entries = SCHEMAS.iter().map(|schema| SchemaEntry {
        name: schema.name.to_owned(),
        version: schema.version.to_owned(),
        title: schema.title.to_owned(),
        file: schema.file_name(),
        id: schema.id(),
    });
    let report = SchemasReport {
        schemas: entries.collect(),
    };
    global.answer(
        LIST.answer(&report)
            .tables(|| vec![schemas(&report)])
            .text(|| schemas(&report).without(&["file", "id"]).to_text()),
    )
}

fn schemas(report: &SchemasReport) -> Table {
    let columns = [
        Column::text("schema"),
        Column::text("version"),
        Column::text("title").titled("describes"),
        Column::text("file"),
        Column::text("id"),
    ];
    let rows = report.schemas.iter().map(|schema| {
        row![
            &schema.name,
            &schema.version,
            &schema.title,
            &schema.file,
            &schema.id
        ]
    });
    Table::new("schemas", columns).with_rows(rows)
}

fn write(
    global: &Global,
    schemas: &[PublishedSchema],
    folder: &Path,
    settings: &[Settings],
) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("make the folder {}", folder.display()))?;
    let mut written = Vec::new();
    for schema in schemas {
        let path = folder.join(schema.file_name());
        std::fs::write(&path, schema.text_with(settings))
            .with_context(|| format!("write {}", path.display()))?;
        written.push(path.display().to_string());
    }
    let report = SchemasWritten { written };
    global.answer(
        WRITTEN
            .answer(&report)
            .text(|| format!("wrote {}", report.written.join(", "))),
    )
}

//! `counterfoil schema`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use counterfoil_engine::config::nearest;
use counterfoil_engine::schema::{PublishedSchema, SCHEMAS, published};
use serde_json::json;

use crate::args::Global;
use crate::exit::Exit;
use crate::print;
use crate::table::table;

const EXAMPLES: &str = "\
Examples:
  counterfoil schema
  counterfoil schema price-book
  counterfoil schema --write schemas        # for editors: `#:schema schemas/counterfoil.schema.json`";

/// Prints the JSON Schema of a file that Counterfoil reads or writes, or lists the schemas.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Schema {
    /// Which one; the list of them if left out.
    pub(crate) name: Option<String>,
    /// Writes it, or all of them, into a folder.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) write: Option<PathBuf>,
}

pub(crate) fn run(global: &Global, what: &Schema) -> Result<Exit> {
    let named = what.name.as_deref().map(find).transpose()?;
    match (named, &what.write) {
        (Some(schema), None) => print(schema.text().trim_end())?,
        (None, None) => list(global)?,
        (Some(schema), Some(folder)) => write(global, &[schema], folder)?,
        (None, Some(folder)) => write(global, &SCHEMAS, folder)?,
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
    let described: Vec<_> = SCHEMAS
        .iter()
        .map(|schema| {
            json!({
                "name": schema.name,
                "version": schema.version,
                "title": schema.title,
                "file": schema.file_name(),
                "id": schema.id(),
            })
        })
        .collect();
    global.show(
        &json!({ "shape": "schemas/1", "schemas": described }),
        || {
            let rows = SCHEMAS
                .iter()
                .map(|schema| [schema.name, schema.version, schema.title].map(str::to_owned));
            table(&["schema", "version", "describes"], rows)
        },
    )
}

fn write(global: &Global, schemas: &[PublishedSchema], folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("make the folder {}", folder.display()))?;
    let mut written = Vec::new();
    for schema in schemas {
        let path = folder.join(schema.file_name());
        std::fs::write(&path, schema.text())
            .with_context(|| format!("write {}", path.display()))?;
        written.push(path.display().to_string());
    }
    global.show(
        &json!({ "shape": "schemas-written/1", "written": written }),
        || format!("wrote {}", written.join(", ")),
    )
}

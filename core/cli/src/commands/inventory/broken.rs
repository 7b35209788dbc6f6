//! `counterfoil inventory broken`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::inventory;
use counterfoil_engine::session::{Session, Wired};
use serde_json::json;

use crate::args::Global;
use crate::exit::Exit;

const EXAMPLES: &str = "\
Example:
  counterfoil inventory broken";

/// Rows that could not be read and are kept out of the bill.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Broken {}

pub(crate) async fn run(global: &Global, session: &Session, wired: &Wired<'_>) -> Result<Exit> {
    let rows = inventory::broken(session, wired).await?;
    let data: Vec<_> = rows
        .iter()
        .map(|(source, row)| {
            json!({
                "source": source, "scope": row.scope, "listing": row.key, "place": row.place,
                "external_id": row.external_id, "message": row.message, "hint": row.hint,
            })
        })
        .collect();
    global.show(&data, || {
        let lines = rows.iter().map(|(source, row)| {
            let id = row
                .external_id
                .as_ref()
                .map(|id| format!(" {id}"))
                .unwrap_or_default();
            let hint = row
                .hint
                .as_ref()
                .map(|hint| format!("\n  hint: {hint}"))
                .unwrap_or_default();
            format!("{source} {}{id}: {}{hint}", row.place, row.message)
        });
        let lines: Vec<String> = lines.collect();
        format!(
            "{}\n\n{} rows were kept out of the bill",
            lines.join("\n"),
            rows.len()
        )
    })?;
    Ok(Exit::Done)
}

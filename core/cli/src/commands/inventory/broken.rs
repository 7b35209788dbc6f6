//! `counterfoil inventory broken`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::inventory;
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::counted::counted_as;
use counterfoil_model::ids::Scope;
use counterfoil_store::inventory::BrokenRowFound;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};
use crate::when;

const EXAMPLES: &str = "\
Examples:
  counterfoil inventory broken
  counterfoil inventory broken --since 2026-03-15";

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InventoryBroken {
    rows: Vec<BrokenEntry>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct BrokenEntry {
    source: String,
    scope: Scope,
    listing: String,
    /// File and row.
    place: String,
    external_id: Option<String>,
    message: String,
    hint: Option<String>,
}

pub(crate) const SHAPE: Shape<InventoryBroken> = Shape::new(
    "inventory-broken/1",
    "Rows that could not be read when they were listed last, and are kept out of the bill.",
    &["rows"],
);

/// Rows that could not be read and are kept out of the bill.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Broken {
    /// Only rows of listings that tell of this day or instant, or later.
    #[arg(long, value_name = "TIME", help_heading = "Filters")]
    pub(crate) since: Option<String>,
}

pub(crate) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &Broken,
) -> Result<Exit> {
    let since = when::since(what.since.as_deref(), session.now, &wired.pipeline.zone)?;
    let rows = inventory::broken(session, wired, since).await?;
    let answer = InventoryBroken {
        rows: rows.into_iter().map(BrokenEntry::from).collect(),
    };
    global.answer(
        SHAPE
            .answer(&answer)
            .tables(|| vec![table(&answer)])
            .text(|| text(&answer)),
    )?;
    Ok(Exit::Done)
}

impl From<(String, BrokenRowFound)> for BrokenEntry {
    fn from((source, row): (String, BrokenRowFound)) -> Self {
        Self {
            source,
            scope: row.scope,
            listing: row.key,
            place: row.place,
            external_id: row.external_id,
            message: row.message,
            hint: row.hint,
        }
    }
}

fn text(answer: &InventoryBroken) -> String {
    if answer.rows.is_empty() {
        return "every row could be read".to_owned();
    }
    let lines = answer.rows.iter().map(|row| {
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
        format!("{} {}{id}: {}{hint}", row.source, row.place, row.message)
    });
    let lines: Vec<String> = lines.collect();
    format!(
        "{}\n\n{} kept out of the bill",
        lines.join("\n"),
        counted_as(answer.rows.len(), "row was", "rows were")
    )
}

fn table(answer: &InventoryBroken) -> Table {
    let columns = [
        "source",
        "scope",
        "listing",
        "place",
        "external_id",
        "message",
        "hint",
    ];
    let rows = answer.rows.iter().map(|row| {
        row![
            &row.source,
            row.scope.to_string(),
            &row.listing,
            &row.place,
            row.external_id.as_ref(),
            &row.message,
            row.hint.as_ref(),
        ]
    });
    Table::new("rows", columns.map(Column::text)).with_rows(rows)
}

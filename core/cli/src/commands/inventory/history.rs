//! `counterfoil inventory history`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::inventory::{self, Shown};
use counterfoil_engine::session::{Session, Wired};
use schemars::JsonSchema;
use serde::Serialize;

use super::attributes::{attributes_text, intervals};
use super::since;
use crate::args::Global;
use crate::exit::Exit;
use crate::filters::WhoAndWhat;
use crate::output::{Column, Shape, Table, row};

const EXAMPLES: &str = "\
Examples:
  counterfoil inventory history VM-1007
  counterfoil inventory history VM-1007 --since 2026-03-01 --customer acme";

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InventoryHistory {
    /// The id or name that was asked for.
    asked: String,
    intervals: Vec<Shown>,
}

pub(crate) const SHAPE: Shape<InventoryHistory> = Shape::new(
    "inventory-history/1",
    "Everything that was ever known of a resource, superseded knowledge included.",
    &["intervals"],
);

/// Everything that is known of one resource, by its id at the source or its name.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct History {
    pub(crate) resource: String,
    #[command(flatten)]
    of: WhoAndWhat,
    /// Only what lasts until this day or instant, or longer.
    #[arg(long, value_name = "TIME", help_heading = "Filters")]
    pub(crate) since: Option<String>,
}

pub(crate) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &History,
) -> Result<Exit> {
    let resource = &what.resource;
    let narrow = what
        .of
        .narrow(session, wired, what.since.as_deref())
        .await?;
    let answer = InventoryHistory {
        asked: resource.clone(),
        intervals: inventory::history(session, wired, resource, &narrow).await?,
    };
    let shown = &answer.intervals;
    global.answer(
        SHAPE
            .answer(&answer)
            .tables(|| vec![intervals("intervals", shown)])
            .text(|| {
                if shown.is_empty() {
                    format!("nothing that is known of `{resource}` fits")
                } else {
                    for_people(shown).to_text()
                }
            }),
    )?;
    Ok(Exit::Done)
}

fn for_people(shown: &[Shown]) -> Table {
    let columns = [
        "id",
        "name",
        "from",
        "until",
        "attributes",
        "read at",
        "known since",
    ];
    let rows = shown.iter().map(|row| {
        let until = row.valid.to.map_or_else(
            || format!("on, covered to {}", row.covered_until),
            |to| to.to_string(),
        );
        let known = match (row.recorded_from, row.recorded_to) {
            (Some(from), Some(to)) => format!("recording {from} to {to}, superseded"),
            (Some(from), None) => format!("recording {from}"),
            (None, _) => String::new(),
        };
        row![
            &row.external_id,
            &row.name,
            since(row),
            until,
            attributes_text(&row.attributes),
            &row.place,
            known,
        ]
    });
    Table::new("intervals", columns.map(Column::text)).with_rows(rows)
}

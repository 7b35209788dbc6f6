//! `counterfoil inventory history`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::filter::Filter;
use counterfoil_engine::inventory::{self, Shown};
use counterfoil_engine::session::{Session, Wired};
use schemars::JsonSchema;
use serde::Serialize;

use super::attributes::{AttributeColumns, attributes_text};
use super::since;
use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};
use crate::when;

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
    /// Only while it was this customer's.
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) customer: Option<String>,
    /// Only this kind of resource.
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) kind: Option<String>,
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
    let since = what.since.as_deref();
    let filter = Filter {
        customer: what.customer.clone(),
        kind: what.kind.clone(),
        since: when::since(since, session.now, &wired.pipeline.zone)?,
    };
    let narrow = filter.resolve(session, wired).await?;
    let answer = InventoryHistory {
        asked: resource.clone(),
        intervals: inventory::history(session, wired, resource, &narrow).await?,
    };
    let shown = &answer.intervals;
    global.answer(
        SHAPE
            .answer(&answer)
            .tables(|| vec![intervals(shown)])
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

fn intervals(shown: &[Shown]) -> Table {
    let attributes = AttributeColumns::of(shown.iter().map(|row| &row.attributes));
    let mut columns = vec![
        Column::text("kind"),
        Column::text("external_id"),
        Column::text("name"),
        Column::instant("valid_from"),
        Column::instant("valid_to"),
        Column::instant("covered_until"),
        Column::integer("recorded_from"),
        Column::integer("recorded_to"),
        Column::text("place"),
        Column::integer("resource"),
    ];
    columns.extend(attributes.columns());
    let rows = shown.iter().map(|row| {
        let mut cells = row![
            &row.kind,
            &row.external_id,
            &row.name,
            row.valid.from,
            row.valid.to,
            row.covered_until,
            row.recorded_from.map(|recording| recording.0),
            row.recorded_to.map(|recording| recording.0),
            &row.place,
            row.resource.0,
        ];
        cells.extend(attributes.cells(&row.attributes));
        cells
    });
    Table::new("intervals", columns).with_rows(rows)
}

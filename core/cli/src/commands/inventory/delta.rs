//! `counterfoil inventory delta`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::inventory::{self, Change, ChangeKind};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::counted::counted;
use counterfoil_model::time::Instant;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Global;
use crate::exit::Exit;
use crate::filters::WhoAndWhat;
use crate::output::{Cell, Column, Shape, Table, row};
use crate::when;

const EXAMPLES: &str = "\
Examples:
  counterfoil inventory delta 2026-03-01 2026-04-01
  counterfoil inventory delta 2026-03-01 2026-04-01 --customer acme";

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InventoryDelta {
    from: Instant,
    to: Instant,
    changes: Vec<Change>,
}

pub(crate) const SHAPE: Shape<InventoryDelta> = Shape::new(
    "inventory-delta/1",
    "What was added, removed and changed between two instants.",
    &["changes"],
);

/// What was added, removed and changed between two times.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Delta {
    pub(crate) from: String,
    pub(crate) to: String,
    #[command(flatten)]
    of: WhoAndWhat,
}

pub(crate) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &Delta,
) -> Result<Exit> {
    let zone = &wired.pipeline.zone;
    let from = when::past(&what.from, session.now, zone)?;
    let to = when::past(&what.to, session.now, zone)?;
    let narrow = what.of.narrow(session, wired, None).await?;
    let answer = InventoryDelta {
        from,
        to,
        changes: inventory::changes(session, wired, from, to, &narrow).await?,
    };
    global.answer(
        SHAPE
            .answer(&answer)
            .tables(|| vec![changes(&answer.changes)])
            .text(|| {
                format!(
                    "{}\n\n{} from {from} to {to}",
                    for_people(&answer.changes).to_text(),
                    counted(answer.changes.len(), "change")
                )
            }),
    )?;
    Ok(Exit::Done)
}

fn for_people(changes: &[Change]) -> Table {
    let columns = [
        Column::text("change").titled(""),
        Column::text("kind"),
        Column::text("id"),
        Column::text("name"),
        Column::text("what"),
    ];
    let rows = changes.iter().map(|change| {
        row![
            mark(change.change),
            &change.kind,
            &change.external_id,
            &change.name,
            attributes(change),
        ]
    });
    Table::new("changes", columns).with_rows(rows)
}

/// A row for each attribute that changed.
fn changes(changes: &[Change]) -> Table {
    let columns = [
        "change",
        "kind",
        "external_id",
        "name",
        "attribute",
        "before",
        "after",
    ];
    let mut table = Table::new("changes", columns.map(Column::text));
    for change in changes {
        let head = || {
            row![
                mark(change.change),
                &change.kind,
                &change.external_id,
                &change.name
            ]
        };
        for (attribute, before, after) in &change.attributes {
            let mut cells = head();
            cells.extend(row![attribute, before.as_ref(), after.as_ref()]);
            table.push(cells);
        }
        if change.attributes.is_empty() {
            let mut cells = head();
            cells.extend([Cell::Empty, Cell::Empty, Cell::Empty]);
            table.push(cells);
        }
    }
    table
}

fn mark(change: ChangeKind) -> &'static str {
    match change {
        ChangeKind::Added => "added",
        ChangeKind::Removed => "removed",
        ChangeKind::Changed => "changed",
    }
}

fn attributes(change: &Change) -> String {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    let texts = change
        .attributes
        .iter()
        .map(|(name, before, after)| format!("{name} {} → {}", shown(before), shown(after)));
    texts.collect::<Vec<_>>().join(", ")
}

//! `counterfoil inventory delta`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::inventory::{self, Change, ChangeKind};
use counterfoil_engine::session::{Session, Wired};

use crate::args::Global;
use crate::exit::Exit;
use crate::table::table;
use crate::when;

const EXAMPLES: &str = "\
Example:
  counterfoil inventory delta 2026-03-01 2026-04-01";

/// What was added, removed and changed between two times.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Delta {
    pub(crate) from: String,
    pub(crate) to: String,
}

pub(crate) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &Delta,
) -> Result<Exit> {
    let zone = &wired.pipeline.zone;
    let from = when::instant(&what.from, zone)?;
    let to = when::instant(&what.to, zone)?;
    let changes = inventory::changes(session, wired, from, to).await?;
    global.show(&changes, || {
        let rows = changes.iter().map(|change| {
            let mark = match change.change {
                ChangeKind::Added => "added",
                ChangeKind::Removed => "removed",
                ChangeKind::Changed => "changed",
            };
            [
                mark.to_owned(),
                change.kind.clone(),
                change.external_id.clone(),
                change.name.clone(),
                attributes(change),
            ]
        });
        format!(
            "{}\n\n{} changes from {from} to {to}",
            table(&["", "kind", "id", "name", "what"], rows),
            changes.len()
        )
    })?;
    Ok(Exit::Done)
}

fn attributes(change: &Change) -> String {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    let texts = change
        .attributes
        .iter()
        .map(|(name, before, after)| format!("{name} {} → {}", shown(before), shown(after)));
    texts.collect::<Vec<_>>().join(", ")
}

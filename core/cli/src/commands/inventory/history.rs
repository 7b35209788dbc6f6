//! `counterfoil inventory history`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::inventory::{self, Shown};
use counterfoil_engine::session::Session;

use super::since;
use crate::args::Global;
use crate::exit::Exit;
use crate::table::table;

const EXAMPLES: &str = "\
Example:
  counterfoil inventory history VM-1007";

/// Everything that is known of one resource, by its id at the source or its name.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct History {
    pub(crate) resource: String,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &History) -> Result<Exit> {
    let resource = &what.resource;
    let shown = inventory::history(session, resource).await?;
    global.show(&shown, || {
        if shown.is_empty() {
            format!("nothing is known of `{resource}`")
        } else {
            history(&shown)
        }
    })?;
    Ok(Exit::Done)
}

fn history(shown: &[Shown]) -> String {
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
        let attributes = row
            .attributes
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect::<Vec<_>>();
        [
            row.external_id.clone(),
            row.name.clone(),
            since(row),
            until,
            attributes.join(" "),
            row.place.clone(),
            known,
        ]
    });
    table(
        &[
            "id",
            "name",
            "from",
            "until",
            "attributes",
            "read at",
            "known since",
        ],
        rows,
    )
}

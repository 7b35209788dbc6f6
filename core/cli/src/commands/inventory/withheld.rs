//! `counterfoil inventory withheld`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::inventory::{self, Waiting};
use counterfoil_engine::session::{Session, Wired};
use serde_json::json;

use crate::args::Global;
use crate::exit::Exit;
use crate::table::table;

const EXAMPLES: &str = "\
Example:
  counterfoil inventory withheld";

/// Endings that wait for a person, and what is billed for them a month.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Withheld {}

pub(crate) async fn run(global: &Global, session: &Session, wired: &Wired<'_>) -> Result<Exit> {
    let waiting = inventory::withheld(session, wired).await?;
    let data: Vec<_> = waiting
        .iter()
        .map(|one| {
            let endings = &one.endings;
            json!({
                "source": one.source, "id": endings.id.0, "scope": endings.scope, "valid": endings.valid,
                "absent": endings.absent, "known": endings.known, "per_month": one.per_month,
                "resources": endings.resources,
            })
        })
        .collect();
    global.show(&data, || {
        if waiting.is_empty() {
            "nothing waits".to_owned()
        } else {
            withheld_text(&waiting)
        }
    })?;
    Ok(if waiting.is_empty() {
        Exit::Done
    } else {
        Exit::Findings
    })
}

fn withheld_text(waiting: &[Waiting]) -> String {
    let rows = waiting.iter().map(|one| {
        let endings = &one.endings;
        [
            endings.id.to_string(),
            one.source.clone(),
            endings.scope.to_string(),
            endings.valid.to_string(),
            endings.absent.to_string(),
            endings.known.to_string(),
            one.per_month
                .map_or_else(String::new, |money| money.to_string()),
        ]
    });
    table(
        &[
            "id",
            "source",
            "scope",
            "would end at",
            "absent>",
            "of>",
            "billed a month>",
        ],
        rows,
    )
}

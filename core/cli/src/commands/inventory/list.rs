//! `counterfoil inventory list`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::inventory::{self, Shown};
use counterfoil_engine::session::{Session, Wired};

use super::since;
use crate::args::Global;
use crate::exit::Exit;
use crate::table::table;
use crate::when;

const EXAMPLES: &str = "\
Examples:
  counterfoil inventory list --as-of 2026-03-15 --kind virtual-machine
  counterfoil inventory list --as-of 2026-03-15 --known-at 2026-04-01T00:00:00Z";

/// What is there at a time, as known now or at an earlier time.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct List {
    /// A day (its end) or an instant; now if left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<String>,
    /// Only what had been learned by then.
    #[arg(long, value_name = "TIME")]
    pub(crate) known_at: Option<String>,
    #[arg(long)]
    pub(crate) kind: Option<String>,
}

pub(crate) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &List,
) -> Result<Exit> {
    let zone = &wired.pipeline.zone;
    let time = |text: &Option<String>| {
        let text = text.as_ref();
        text.map(|text| when::instant(text, zone)).transpose()
    };
    let at = time(&what.as_of)?.unwrap_or_else(|| when::just_before(session.now));
    let known_at = time(&what.known_at)?;
    let shown = inventory::list(session, wired, at, known_at, what.kind.as_deref()).await?;
    global.show(&shown, || {
        format!("{}\n\n{} resources at {at}", resources(&shown), shown.len())
    })?;
    Ok(Exit::Done)
}

fn resources(shown: &[Shown]) -> String {
    let rows = shown.iter().map(|row| {
        let attributes = row
            .attributes
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect::<Vec<_>>();
        [
            row.kind.clone(),
            row.external_id.clone(),
            row.name.clone(),
            since(row),
            attributes.join(" "),
        ]
    });
    table(&["kind", "id", "name", "since", "attributes"], rows)
}

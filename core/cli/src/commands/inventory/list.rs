//! `counterfoil inventory list`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::inventory::{self, Shown};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::counted::counted;
use counterfoil_model::time::Instant;
use schemars::JsonSchema;
use serde::Serialize;

use super::attributes::{attributes_text, intervals};
use super::since;
use crate::args::Global;
use crate::exit::Exit;
use crate::filters::WhoAndWhat;
use crate::output::{Column, Shape, Table, row};
use crate::when;

const EXAMPLES: &str = "\
Examples:
  counterfoil inventory list --as-of 2026-03-15 --kind virtual-machine
  counterfoil inventory list --as-of 2026-03-15 --known-at 2026-04-01T00:00:00Z
  counterfoil inventory list --customer acme --since 2026-03-01";

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InventoryList {
    at: Instant,
    /// Only what had been learned by then; all that is known where it is absent.
    known_at: Option<Instant>,
    resources: Vec<Shown>,
}

pub(crate) const SHAPE: Shape<InventoryList> = Shape::new(
    "inventory-list/1",
    "What was there at an instant.",
    &["resources"],
);

/// Of what was there at one time nobody asks when it ended, or when that was learned.
const LATER: [&str; 3] = ["valid_to", "recorded_from", "recorded_to"];

/// What is there at a time, as known now or at an earlier time.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct List {
    /// A day (its end), an instant, or how long ago: 30d, 6mo, 1y; now if left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<String>,
    /// Only what had been learned by then.
    #[arg(long, value_name = "TIME")]
    pub(crate) known_at: Option<String>,
    #[command(flatten)]
    of: WhoAndWhat,
    /// Only what began, or was changed, on this day or after this instant.
    #[arg(long, value_name = "TIME", help_heading = "Filters")]
    pub(crate) since: Option<String>,
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
        text.map(|text| when::past(text, session.now, zone))
            .transpose()
    };
    let at = time(&what.as_of)?.unwrap_or_else(|| when::just_before(session.now));
    let known_at = time(&what.known_at)?;
    let narrow = what
        .of
        .narrow(session, wired, what.since.as_deref())
        .await?;
    let shown = inventory::list(session, wired, at, known_at, &narrow).await?;
    let answer = InventoryList {
        at,
        known_at,
        resources: shown,
    };
    global.answer(
        SHAPE
            .answer(&answer)
            .tables(|| vec![intervals("resources", &answer.resources).without(&LATER)])
            .text(|| {
                format!(
                    "{}\n\n{} at {at}",
                    for_people(&answer.resources).to_text(),
                    counted(answer.resources.len(), "resource")
                )
            }),
    )?;
    Ok(Exit::Done)
}

fn for_people(shown: &[Shown]) -> Table {
    let columns = ["kind", "id", "name", "since", "attributes"].map(Column::text);
    let rows = shown.iter().map(|row| {
        row![
            &row.kind,
            &row.external_id,
            &row.name,
            since(row),
            attributes_text(&row.attributes),
        ]
    });
    Table::new("resources", columns).with_rows(rows)
}

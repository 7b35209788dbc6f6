//! `counterfoil inventory withheld`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::inventory::{self, Waiting};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::ids::{ResourceId, Scope};
use counterfoil_model::money::Money;
use counterfoil_model::time::Instant;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Global;
use crate::exit::Exit;
use crate::filters::WhoAndWhat;
use crate::output::{Column, Shape, Table, row};

const EXAMPLES: &str = "\
Examples:
  counterfoil inventory withheld
  counterfoil inventory withheld --customer acme --since 2w";

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InventoryWithheld {
    withheld: Vec<WithheldEntry>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct WithheldEntry {
    source: String,
    id: i64,
    scope: Scope,
    /// They would end at this time.
    valid: Instant,
    /// How many resources wait, of those that were known in the scope.
    absent: u64,
    known: u64,
    /// What is billed for them in a month.
    per_month: Option<Money>,
    resources: Vec<ResourceId>,
}

pub(crate) const SHAPE: Shape<InventoryWithheld> = Shape::new(
    "inventory-withheld/1",
    "Endings that wait for a person, and what is billed for them a month.",
    &["withheld"],
);

/// Endings that wait for a person, and what is billed for them a month.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Withheld {
    #[command(flatten)]
    of: WhoAndWhat,
    /// Only what would end on this day or instant, or later.
    #[arg(long, value_name = "TIME", help_heading = "Filters")]
    pub(crate) since: Option<String>,
}

pub(crate) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &Withheld,
) -> Result<Exit> {
    let narrow = what
        .of
        .narrow(session, wired, what.since.as_deref())
        .await?;
    let waiting = inventory::withheld(session, wired, &narrow).await?;
    let answer = InventoryWithheld {
        withheld: waiting.into_iter().map(WithheldEntry::from).collect(),
    };
    let nothing = answer.withheld.is_empty();
    global.answer(
        SHAPE
            .answer(&answer)
            .tables(|| vec![table(&answer)])
            .text(|| {
                if nothing {
                    "nothing waits".to_owned()
                } else {
                    table(&answer).to_text()
                }
            }),
    )?;
    Ok(if nothing { Exit::Done } else { Exit::Findings })
}

impl From<Waiting> for WithheldEntry {
    fn from(waiting: Waiting) -> Self {
        let endings = waiting.endings;
        Self {
            source: waiting.source,
            id: endings.id.0,
            scope: endings.scope,
            valid: endings.valid,
            absent: endings.absent,
            known: endings.known,
            per_month: waiting.per_month,
            resources: endings.resources,
        }
    }
}

fn table(answer: &InventoryWithheld) -> Table {
    let columns = [
        Column::integer("id"),
        Column::text("source"),
        Column::text("scope"),
        Column::instant("valid").titled("would end at"),
        Column::integer("absent"),
        Column::integer("known").titled("of"),
        Column::money("per_month")
            .titled("billed a month")
            .with_currency(),
    ];
    let rows = answer.withheld.iter().map(|one| {
        row![
            one.id,
            &one.source,
            one.scope.to_string(),
            one.valid,
            one.absent,
            one.known,
            one.per_month,
        ]
    });
    Table::new("withheld", columns).with_rows(rows)
}

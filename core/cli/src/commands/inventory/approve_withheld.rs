//! `counterfoil inventory approve-withheld`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::filter::Narrow;
use counterfoil_engine::inventory::{self, Settlement, settle};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::money::Money;
use counterfoil_store::inventory::WithheldId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Global;
use crate::exit::Exit;
use crate::output::Shape;

const EXAMPLES: &str = "\
Example:
  counterfoil inventory approve-withheld 3 --ceiling 70 --by anna";

/// What a person decided of withheld endings.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SettledReport {
    /// Their id.
    pub(super) withheld: i64,
    /// approved or dismissed
    pub(super) state: String,
    /// What is billed no more for them in a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) per_month: Option<Money>,
}

pub(crate) const SHAPE: Shape<SettledReport> = Shape::new(
    "inventory-settled/1",
    "What a person decided of withheld endings.",
    &[],
);

/// Lets withheld endings happen, up to a number of resources.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ApproveWithheld {
    pub(crate) id: i64,
    /// At most so many resources may end.
    #[arg(long)]
    pub(crate) ceiling: u32,
    /// Who approves.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// Why.
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

pub(crate) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &ApproveWithheld,
) -> Result<Exit> {
    let id = what.id;
    let waiting = inventory::withheld(session, wired, &Narrow::default()).await?;
    let asked = waiting.iter().find(|one| one.endings.id.0 == id);
    let per_month = asked.and_then(|one| one.per_month);
    let ceiling = u64::from(what.ceiling);
    let approve = Settlement::Approve { ceiling };
    let reason = what.reason.as_deref();
    settle(session, WithheldId(id), approve, &what.by, reason).await?;
    let report = SettledReport {
        withheld: id,
        state: "approved".to_owned(),
        per_month,
    };
    global.answer(SHAPE.answer(&report).text(|| match per_month {
        Some(money) => {
            format!("the endings of {id} happened: {money} a month is billed no more")
        }
        None => format!("the endings of {id} happened"),
    }))?;
    Ok(Exit::Done)
}

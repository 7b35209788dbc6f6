//! `counterfoil inventory`: one module a question.

pub(crate) mod approve_withheld;
mod attributes;
pub(crate) mod broken;
pub(crate) mod coverage;
pub(crate) mod delta;
pub(crate) mod dismiss_withheld;
pub(crate) mod history;
pub(crate) mod list;
pub(crate) mod retire;
pub(crate) mod withheld;

use anyhow::Result;
use clap::{Args, Subcommand};
use counterfoil_engine::inventory::Shown;
use counterfoil_engine::session::Session;

pub(super) use self::attributes::attributes_text;
use crate::args::Global;
use crate::exit::Exit;

const EXAMPLES: &str = "\
Examples:
  counterfoil inventory list --as-of 2026-03-15 --kind virtual-machine
  counterfoil inventory list --as-of 2026-03-15 --known-at 2026-04-01T00:00:00Z
  counterfoil inventory delta 2026-03-01 2026-04-01
  counterfoil inventory history VM-1007
  counterfoil inventory coverage
  counterfoil inventory withheld
  counterfoil inventory approve-withheld 3 --ceiling 70 --by anna";

/// Asks the inventory: what is there, what was, what changed, what is uncertain.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Inventory {
    #[command(subcommand)]
    pub(crate) question: InventoryQuestion,
    /// The pipeline; may be left out where there is one.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) pipeline: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InventoryQuestion {
    List(list::List),
    Delta(delta::Delta),
    History(history::History),
    Coverage(coverage::Coverage),
    Broken(broken::Broken),
    Withheld(withheld::Withheld),
    ApproveWithheld(approve_withheld::ApproveWithheld),
    Retire(retire::Retire),
    DismissWithheld(dismiss_withheld::DismissWithheld),
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Inventory) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    if let InventoryQuestion::Retire(what) = &what.question {
        return retire::run(global, session, what).await;
    }
    let wired = session.wire(pipeline).await?;
    match &what.question {
        InventoryQuestion::List(what) => list::run(global, session, &wired, what).await,
        InventoryQuestion::Delta(what) => delta::run(global, session, &wired, what).await,
        InventoryQuestion::History(what) => history::run(global, session, &wired, what).await,
        InventoryQuestion::Coverage(what) => coverage::run(global, session, &wired, what).await,
        InventoryQuestion::Broken(what) => broken::run(global, session, &wired, what).await,
        InventoryQuestion::Withheld(what) => withheld::run(global, session, &wired, what).await,
        InventoryQuestion::ApproveWithheld(what) => {
            approve_withheld::run(global, session, &wired, what).await
        }
        InventoryQuestion::DismissWithheld(what) => {
            dismiss_withheld::run(global, session, what).await
        }
        InventoryQuestion::Retire(_) => Ok(Exit::Done),
    }
}

fn since(row: &Shown) -> String {
    row.valid
        .from
        .map_or_else(|| "ever".to_owned(), |from| from.to_string())
}

//! `counterfoil inventory dismiss-withheld`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::inventory::{Settlement, settle};
use counterfoil_engine::session::Session;
use counterfoil_store::inventory::WithheldId;

use super::approve_withheld::{SHAPE, SettledReport};
use crate::args::Global;
use crate::exit::Exit;

const EXAMPLES: &str = "\
Example:
  counterfoil inventory dismiss-withheld 3 --by anna";

/// Decides that withheld endings did not happen.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DismissWithheld {
    pub(crate) id: i64,
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// Why.
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

pub(crate) async fn run(
    global: &Global,
    session: &Session,
    what: &DismissWithheld,
) -> Result<Exit> {
    let id = what.id;
    let reason = what.reason.as_deref();
    settle(
        session,
        WithheldId(id),
        Settlement::Dismiss,
        &what.by,
        reason,
    )
    .await?;
    let report = SettledReport {
        withheld: id,
        state: "dismissed".to_owned(),
        per_month: None,
    };
    global.answer(
        SHAPE
            .answer(&report)
            .text(|| format!("the endings of {id} did not happen")),
    )?;
    Ok(Exit::Done)
}

//! `counterfoil inventory retire`: says that something that is gone from the configuration will not come back.

use anyhow::{Context, Result};
use clap::Args;
use counterfoil_engine::config::Right;
use counterfoil_engine::session::Session;
use counterfoil_model::counted::counted_as;
use counterfoil_store::{EntityType, Signed};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Global;
use crate::exit::Exit;
use crate::output::Shape;

const EXAMPLES: &str = "\
Example:
  counterfoil inventory retire source old-netbox --by anna --reason 'replaced by nautobot'";

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RetireReport {
    /// Its name.
    retired: String,
    /// How many resources ended with it.
    ended: u64,
}

pub(crate) const SHAPE: Shape<RetireReport> = Shape::new(
    "inventory-retire/1",
    "What is gone from the configuration for good.",
    &[],
);

/// Says that a source, sink, account or pipeline is gone for good. Take it out of the configuration first. What a source
/// showed ends now and is billed until then; past periods stay as they are.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Retire {
    /// pipeline, source, sink or account
    pub(crate) entity: String,
    pub(crate) name: String,
    /// Who says so.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// Why.
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Retire) -> Result<Exit> {
    let Retire { entity, name, .. } = what;
    let signature = session.signature(&what.by, Right::Retire)?;
    let signed = Signed {
        signature: &signature,
        reason: what.reason.as_deref(),
        now: session.now,
    };
    let entity_type: EntityType = entity
        .parse()
        .with_context(|| format!("`{entity}` is none of pipeline, source, sink, account"))?;
    let ended = session.retire(entity_type, name, signed).await?;
    let report = RetireReport {
        retired: name.clone(),
        ended,
    };
    global.answer(SHAPE.answer(&report).text(|| {
        let ends = match entity_type {
            EntityType::Source => {
                let ended = counted_as(ended, "resource ends", "resources end");
                format!(", and its {ended} now")
            }
            EntityType::Pipeline | EntityType::Sink | EntityType::Account => String::new(),
        };
        format!("the {entity} `{name}` is retired; its history stays{ends}")
    }))?;
    Ok(Exit::Done)
}

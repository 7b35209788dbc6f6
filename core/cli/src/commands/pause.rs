//! `counterfoil pause`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::pause::{pause, resume};
use counterfoil_engine::session::Session;
use counterfoil_model::ids::PipelineId;
use counterfoil_store::EntityType;
use serde_json::json;

use crate::args::Global;
use crate::exit::Exit;

const EXAMPLES: &str = "\
Examples:
  counterfoil pause north --reason 'wrong price book' --by anna
  counterfoil pause north --resume --by anna";

/// Stops a pipeline's effects at once, or lets them go on.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Pause {
    pub(crate) pipeline: Option<String>,
    /// Lets effects go on.
    #[arg(long)]
    pub(crate) resume: bool,
    #[arg(long, required_unless_present = "resume")]
    pub(crate) reason: Option<String>,
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Pause) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let name = &pipeline.name;
    // Not wired: what is wrong with other names of the configuration must not keep effects going.
    let id = match session
        .store
        .find_name(EntityType::Pipeline, None, name)
        .await?
    {
        Some(id) => PipelineId(id),
        None => session.wire(pipeline).await?.id,
    };
    if what.resume {
        resume(session, id, &what.by, what.reason.as_deref()).await?;
        global.show(&json!({ "pipeline": name, "paused": false }), || {
            format!("{name} goes on")
        })?;
    } else {
        let reason = what.reason.as_deref().unwrap_or_default();
        pause(session, id, &what.by, reason).await?;
        global.show(&json!({ "pipeline": name, "paused": true }), || {
            format!("{name} is paused: nothing more is sent, also by an apply that runs now")
        })?;
    }
    Ok(Exit::Done)
}

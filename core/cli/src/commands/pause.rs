//! `counterfoil pause`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::pause::{pause, resume};
use counterfoil_engine::session::Session;
use counterfoil_model::ids::PipelineId;
use counterfoil_store::EntityType;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Global;
use crate::exit::Exit;
use crate::output::Shape;

const EXAMPLES: &str = "\
Examples:
  counterfoil pause north --reason 'wrong price book' --by anna
  counterfoil pause north --resume --by anna";

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PauseReport {
    pipeline: String,
    paused: bool,
}

pub(crate) const SHAPE: Shape<PauseReport> =
    Shape::new("pause/1", "Whether a pipeline may have effects.", &[]);

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
    } else {
        let reason = what.reason.as_deref().unwrap_or_default();
        pause(session, id, &what.by, reason).await?;
    }
    let report = PauseReport {
        pipeline: name.clone(),
        paused: !what.resume,
    };
    global.answer(SHAPE.answer(&report).text(|| {
        if report.paused {
            format!("{name} is paused: nothing more is sent, also by an apply that runs now")
        } else {
            format!("{name} goes on")
        }
    }))?;
    Ok(Exit::Done)
}

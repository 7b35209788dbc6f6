//! `counterfoil verify`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::session::Session;
use counterfoil_engine::verify::{VerifyReport, verify};
use counterfoil_model::counted::counted;

use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};

const EXAMPLES: &str = "\
Examples:
  counterfoil verify
  counterfoil verify --head 41:9f2c…   # as printed by an earlier apply";

pub(crate) const SHAPE: Shape<VerifyReport> = Shape::new(
    "verify/1",
    "How long the whole chain of counterfoils is, and where it ends.",
    &["chain"],
);

/// Checks the chain of counterfoils and names the first record that was edited, removed or cut off.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Verify {
    pub(crate) pipeline: Option<String>,
    /// The number and digest of a head that was kept outside.
    #[arg(long, value_name = "NUMBER:DIGEST")]
    pub(crate) head: Option<String>,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Verify) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let report = verify(session, &wired, what.head.as_deref(), &global.progress()).await?;
    global.answer(SHAPE.answer(&report).tables(|| vec![chain(&report)]).text(
        || match &report.head {
            Some(head) => format!(
                "{}, the chain is whole; it ends at {head}",
                counted(report.verified.links, "counterfoil")
            ),
            None => "no counterfoils yet".to_owned(),
        },
    ))?;
    Ok(Exit::Done)
}

fn chain(report: &VerifyReport) -> Table {
    let columns = [
        Column::text("pipeline"),
        Column::integer("counterfoils"),
        Column::text("head"),
    ];
    Table::new("chain", columns).with_rows([row![
        &report.pipeline,
        report.verified.links,
        report.head.as_ref()
    ]])
}

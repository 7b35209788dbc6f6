//! `counterfoil verify`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use counterfoil_engine::session::Session;
use counterfoil_engine::verify::{Outside, VerifyReport, verify};
use counterfoil_model::counted::{counted, counted_as};

use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};

const EXAMPLES: &str = "\
Examples:
  counterfoil verify
  counterfoil verify --head 41:9f2c…   # as printed by an earlier apply
  counterfoil verify --certificate march.json";

pub(crate) const SHAPE: Shape<VerifyReport> = Shape::new(
    "verify/1",
    "How long the whole chain of counterfoils is, and where it ends; and how many certificates hold.",
    &["chain"],
);

/// Checks the chain of counterfoils and the certificates that stand on it, and names the first that was edited, removed or cut
/// off.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Verify {
    pub(crate) pipeline: Option<String>,
    /// The number and digest of a head that was kept outside.
    #[arg(long, value_name = "NUMBER:DIGEST")]
    pub(crate) head: Option<String>,
    /// A certificate that was kept outside: it has to be among those of the store.
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Verify) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let outside = Outside {
        head: what.head.as_deref(),
        certificate: what.certificate.as_deref(),
    };
    let report = verify(session, &wired, outside, &global.progress()).await?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![chain(&report)])
            .text(|| text(&report)),
    )?;
    Ok(Exit::Done)
}

fn text(report: &VerifyReport) -> String {
    let chain = match &report.head {
        Some(head) => format!(
            "{}, the chain is whole; it ends at {head}",
            counted(report.verified.links, "counterfoil")
        ),
        None => "no counterfoils yet".to_owned(),
    };
    match &report.last_certificate {
        Some(last) => format!(
            "{chain}\n{}; the last is {last}",
            counted_as(
                report.certificates,
                "certificate holds",
                "certificates hold"
            )
        ),
        None => chain,
    }
}

fn chain(report: &VerifyReport) -> Table {
    let columns = [
        Column::text("pipeline"),
        Column::integer("counterfoils"),
        Column::text("head"),
        Column::integer("certificates"),
        Column::text("last_certificate"),
    ];
    Table::new("chain", columns).with_rows([row![
        &report.pipeline,
        report.verified.links,
        report.head.as_ref(),
        report.certificates,
        report.last_certificate.as_ref(),
    ]])
}

//! `counterfoil release`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::release::{ReleaseReport, release};
use counterfoil_engine::session::Session;
use counterfoil_model::effect::State;

use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};

const EXAMPLES: &str = "\
Example:
  counterfoil release CF-ABCDEFGHIJKLMNOP --by anna --reason 'deleted the copy at the sink'";

pub(crate) const SHAPE: Shape<ReleaseReport> = Shape::new(
    "release/1",
    "A delivery that was parked and goes on, with all its releases.",
    &["releases"],
);

/// Lets a parked delivery go on, after a person looked at the sink. It is looked up before anything is sent.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Release {
    /// The reference of the delivery, as `apply` names it.
    pub(crate) reference: String,
    /// The pipeline; may be left out where there is one.
    pub(crate) pipeline: Option<String>,
    /// Who looked.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// What was found and done at the sink.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Release) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let report = release(session, &wired, &what.reference, &what.by, &what.reason).await?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![releases(&report)])
            .text(|| text(&report)),
    )?;
    Ok(Exit::Done)
}

fn text(report: &ReleaseReport) -> String {
    let ReleaseReport {
        reference,
        account,
        billing_period: period,
        sink,
        ..
    } = report;
    let next = if report.state == State::Unknown {
        format!(
            "`counterfoil apply --period {period}` looks it up at {sink} before anything is sent"
        )
    } else {
        format!(
            "run `counterfoil plan --period {period}`, approve it and apply it: it is looked up at {sink} before anything \
             is sent"
        )
    };
    format!("{reference} of {account} is not parked any more\nnext: {next}")
}

fn releases(report: &ReleaseReport) -> Table {
    let columns = [
        Column::text("reference"),
        Column::text("account"),
        Column::text("sink"),
        Column::instant("at"),
        Column::text("by"),
        Column::text("reason"),
    ];
    let rows = report.releases.iter().map(|release| {
        row![
            &report.reference,
            &report.account,
            &report.sink,
            release.at,
            &release.by,
            &release.reason,
        ]
    });
    Table::new("releases", columns).with_rows(rows)
}

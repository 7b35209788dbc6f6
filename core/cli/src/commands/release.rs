//! `counterfoil release`.

use anyhow::Result;
use counterfoil_engine::release::{ReleaseReport, release};
use counterfoil_engine::session::Session;
use counterfoil_model::effect::State;

use crate::args::{Global, Release};
use crate::exit::Exit;

pub(crate) async fn run(global: &Global, session: &Session, what: &Release) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let report = release(session, &wired, &what.reference, &what.by, &what.reason).await?;
    global.show(&report, || text(&report))?;
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

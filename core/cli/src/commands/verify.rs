//! `counterfoil verify`.

use anyhow::Result;
use counterfoil_engine::session::Session;
use counterfoil_engine::verify::verify;

use crate::args::{Global, Verify};
use crate::exit::Exit;

pub(crate) async fn run(global: &Global, session: &Session, what: &Verify) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let report = verify(session, &wired, what.head.as_deref()).await?;
    global.show(&report, || match &report.head {
        Some(head) => format!(
            "{} counterfoils, the chain is whole; it ends at {head}",
            report.verified.links
        ),
        None => "no counterfoils yet".to_owned(),
    })?;
    Ok(Exit::Done)
}

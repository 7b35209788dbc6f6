//! `counterfoil export`: documents and their lines for other systems.

pub(crate) mod focus;
pub(crate) mod lines;
pub(crate) mod ubl;

use anyhow::Result;
use clap::{Args, Subcommand};
use counterfoil_engine::session::Session;
use counterfoil_model::finding::Finding;

use crate::args::Global;
use crate::exit::Exit;
use crate::failure::warn;

const EXAMPLES: &str = "\
Examples:
  counterfoil export ubl --period 2026-03 --folder invoices
  counterfoil export focus --period 2026-03 --output focus.csv
  counterfoil export lines --period 2026-03 --output lines.xlsx";

/// Writes the documents of a period, planned or delivered, in the forms that finance systems read.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Export {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Ubl(ubl::Ubl),
    Focus(focus::Focus),
    Lines(lines::Lines),
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Export) -> Result<Exit> {
    match &what.what {
        What::Ubl(what) => ubl::run(global, session, what).await,
        What::Focus(what) => focus::run(global, session, what).await,
        What::Lines(what) => lines::run(global, session, what).await,
    }
}

/// Names what is missing also where the answer is a file or for scripts: nobody reads it there.
fn finish(global: &Global, missing: &[Finding]) -> Exit {
    let untold = missing.iter().filter(|_| !global.output.is_read());
    for finding in untold {
        warn(&format!(
            "{} is missing here: {}",
            finding.subject, finding.message
        ));
    }
    if missing.is_empty() {
        Exit::Done
    } else {
        Exit::Findings
    }
}

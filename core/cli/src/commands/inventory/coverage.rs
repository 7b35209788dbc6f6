//! `counterfoil inventory coverage`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::inventory;
use counterfoil_engine::session::{Session, Wired};
use counterfoil_store::inventory::Listing;
use serde_json::json;

use crate::args::Global;
use crate::exit::Exit;
use crate::table::table;

const EXAMPLES: &str = "\
Example:
  counterfoil inventory coverage";

/// The coverage log: what was listed, when, how completely.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Coverage {}

pub(crate) async fn run(global: &Global, session: &Session, wired: &Wired<'_>) -> Result<Exit> {
    let log = inventory::coverage(session, wired).await?;
    let data: Vec<_> = log
        .iter()
        .map(|(source, listing)| coverage_json(source, listing))
        .collect();
    global.show(&data, || coverage(&log))?;
    Ok(Exit::Done)
}

fn coverage(log: &[(String, Listing)]) -> String {
    let rows = log.iter().map(|(source, listing)| {
        let outcome = &listing.outcome;
        [
            source.clone(),
            listing.scope.to_string(),
            listing.key.clone(),
            listing.valid.to_string(),
            outcome.completeness.as_str().to_owned(),
            outcome.seen.to_string(),
            outcome.ended.to_string(),
            outcome.withheld.to_string(),
            outcome.broken.to_string(),
            listing.coverage.reason.clone().unwrap_or_default(),
        ]
    });
    let titles = [
        "source",
        "scope",
        "listing",
        "valid from",
        "coverage",
        "rows>",
        "ended>",
        "withheld>",
        "broken>",
        "reason",
    ];
    table(&titles, rows)
}

fn coverage_json(source: &str, listing: &Listing) -> serde_json::Value {
    json!({
        "source": source,
        "scope": listing.scope,
        "key": listing.key,
        "fingerprint": listing.fingerprint,
        "valid": listing.valid,
        "covered_until": listing.covered_until,
        "completeness": listing.outcome.completeness.as_str(),
        "reason": listing.coverage.reason,
        "seen": listing.outcome.seen,
        "new": listing.outcome.new,
        "changed": listing.outcome.changed,
        "ended": listing.outcome.ended,
        "withheld": listing.outcome.withheld,
        "broken": listing.outcome.broken,
        "recorded": listing.recorded,
    })
}

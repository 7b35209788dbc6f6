//! `counterfoil inventory coverage`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::filter::Filter;
use counterfoil_engine::inventory::{self, Logged};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::ids::Scope;
use counterfoil_model::time::Instant;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};
use crate::when;

const EXAMPLES: &str = "\
Examples:
  counterfoil inventory coverage
  counterfoil inventory coverage --since 2026-03-15";

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InventoryCoverage {
    listings: Vec<CoverageEntry>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CoverageEntry {
    source: String,
    scope: Scope,
    /// What the source calls the listing: a path.
    key: String,
    /// The digest of its content.
    fingerprint: String,
    /// From when on it tells.
    valid: Instant,
    covered_until: Instant,
    /// complete, partial or unknown
    completeness: String,
    /// Why it is not complete.
    reason: Option<String>,
    seen: u64,
    new: u64,
    changed: u64,
    ended: u64,
    withheld: u64,
    broken: u64,
    /// When it was taken in; the last time, where several tries are told together.
    recorded: Instant,
    /// How often it was tried, where it could not be read: again whenever its source is listed.
    times: u64,
    /// When it was tried first.
    first_recorded: Instant,
}

pub(crate) const SHAPE: Shape<InventoryCoverage> = Shape::new(
    "inventory-coverage/1",
    "What was listed, when, how completely.",
    &["listings"],
);

/// The coverage log: what was listed, when, how completely.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Coverage {
    /// Only listings that tell of this day or instant, or later.
    #[arg(long, value_name = "TIME", help_heading = "Filters")]
    pub(crate) since: Option<String>,
    /// Only of sources that list this kind of resource.
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) kind: Option<String>,
}

pub(crate) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &Coverage,
) -> Result<Exit> {
    let since = what.since.as_deref();
    let filter = Filter {
        customer: None,
        kind: what.kind.clone(),
        since: when::since(since, session.now, &wired.pipeline.zone)?,
    };
    let narrow = filter.resolve(session, wired).await?;
    let log = inventory::coverage(session, wired, &narrow).await?;
    let answer = InventoryCoverage {
        listings: log.into_iter().map(CoverageEntry::from).collect(),
    };
    global.answer(
        SHAPE
            .answer(&answer)
            .tables(|| vec![listings(&answer)])
            .text(|| {
                let hidden = ["covered_until", "new", "changed", "fingerprint"];
                listings(&answer).without(&hidden).to_text()
            }),
    )?;
    Ok(Exit::Done)
}

impl From<Logged> for CoverageEntry {
    fn from(logged: Logged) -> Self {
        let listing = logged.listing;
        let outcome = listing.outcome;
        Self {
            source: logged.source,
            scope: listing.scope,
            key: listing.key,
            fingerprint: listing.fingerprint,
            valid: listing.valid,
            covered_until: listing.covered_until,
            completeness: outcome.completeness.as_str().to_owned(),
            reason: listing.coverage.reason,
            seen: outcome.seen,
            new: outcome.new,
            changed: outcome.changed,
            ended: outcome.ended,
            withheld: outcome.withheld,
            broken: outcome.broken,
            recorded: listing.recorded,
            times: logged.times,
            first_recorded: logged.first_recorded,
        }
    }
}

fn listings(answer: &InventoryCoverage) -> Table {
    let columns = [
        Column::text("source"),
        Column::text("scope"),
        Column::text("listing"),
        Column::instant("valid_from"),
        Column::instant("covered_until"),
        Column::text("coverage"),
        Column::integer("rows"),
        Column::integer("new"),
        Column::integer("changed"),
        Column::integer("ended"),
        Column::integer("withheld"),
        Column::integer("broken"),
        Column::text("told").titled("reason").for_people(),
        Column::text("reason").for_exports(),
        Column::integer("times").for_exports(),
        Column::instant("first_recorded").for_exports(),
        Column::instant("recorded").for_exports(),
        Column::text("fingerprint"),
    ];
    let rows = answer.listings.iter().map(|listing| {
        row![
            &listing.source,
            listing.scope.to_string(),
            &listing.key,
            listing.valid,
            listing.covered_until,
            &listing.completeness,
            listing.seen,
            listing.new,
            listing.changed,
            listing.ended,
            listing.withheld,
            listing.broken,
            told(listing),
            listing.reason.as_ref(),
            listing.times,
            listing.first_recorded,
            listing.recorded,
            &listing.fingerprint,
        ]
    });
    Table::new("listings", columns).with_rows(rows)
}

/// Why it is not complete; and how often it was tried in vain, where that is more than once.
fn told(listing: &CoverageEntry) -> Option<String> {
    let (first, last) = (listing.first_recorded, listing.recorded);
    match (&listing.reason, listing.times) {
        (reason, 0..=1) => reason.clone(),
        (None, times) => Some(format!("tried {times} times from {first} to {last}")),
        (Some(reason), times) => Some(format!(
            "{reason} (tried {times} times from {first} to {last})"
        )),
    }
}

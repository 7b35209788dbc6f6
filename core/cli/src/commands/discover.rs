//! `counterfoil discover`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::discover::{DiscoverReport, ListingReport, Wanted, discover};
use counterfoil_engine::notify;
use counterfoil_engine::session::Session;
use counterfoil_model::counted::{counted, counted_as};

use super::{findings, notifications};
use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};

/// So many listings that could not be read are named in the summary; all stand below it.
const NAMED_MAX: usize = 5;

const EXAMPLES: &str = "\
Examples:
  counterfoil discover
  counterfoil discover north --source netbox --full

Exits with 3 where a row was not read, a listing is not complete or could not be read, or endings wait for a person, and with
1 where nothing could be read.";

pub(crate) const SHAPE: Shape<DiscoverReport> = Shape::new(
    "discover/1",
    "The listings that were taken in, what failed, and what a person has to look at.",
    &["listings", "failures", "findings"],
);

/// Takes the sources' listings into the inventory's history.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Discover {
    /// The pipeline; may be left out where there is one.
    pub(crate) pipeline: Option<String>,
    /// Only this source.
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// Asks for every row, also those that did not change: catches a connector that wrongly says "unchanged".
    #[arg(long)]
    pub(crate) full: bool,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Discover) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let connectors = Global::connectors(session)?;
    let wanted = Wanted {
        source: what.source.as_deref(),
        only: None,
        full: what.full,
    };
    let outcome = discover(session, &connectors, &wired, wanted, &global.progress()).await;
    let told = notify::after(session, &wired, "discover", &outcome).await;
    let mut report = outcome?;
    report.notifications = told;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| {
                vec![
                    listings(&report),
                    failures(&report),
                    findings::table(&report.findings),
                ]
            })
            .text(|| text(&report, &pipeline.name)),
    )?;
    if report.stopped {
        return Ok(Exit::Stopped);
    }
    let failed_whole =
        report.listings.is_empty() && report.known == 0 && !report.failures.is_empty();
    Ok(match (failed_whole, report.is_clean()) {
        (true, _) => Exit::Failed,
        (false, true) => Exit::Done,
        (false, false) => Exit::Findings,
    })
}

fn text(report: &DiscoverReport, pipeline: &str) -> String {
    let mut parts = Vec::new();
    if !report.listings.is_empty() {
        let hidden = ["source", "scope", "valid_from", "unchanged", "reason"];
        parts.push(listings(report).without(&hidden).to_text());
    }
    parts.push(summary(report));
    if report.stopped {
        parts.push(
            "stopped: what was taken in is saved; run `counterfoil discover` again for the rest"
                .to_owned(),
        );
    }
    parts.extend(kept_out(report));
    parts.extend(doubts(report));
    for failure in &report.failures {
        let listing = failure
            .listing
            .as_ref()
            .map(|listing| format!(", listing {listing}"))
            .unwrap_or_default();
        let hint = failure
            .hint
            .as_ref()
            .map(|hint| format!("\n  hint: {hint}"))
            .unwrap_or_default();
        parts.push(format!(
            "source {} of {pipeline}{listing}: {}{hint}",
            failure.source, failure.message
        ));
    }
    parts.extend(findings::text(&report.findings));
    parts.extend(notifications::told(&report.notifications));
    parts.join("\n\n")
}

fn summary(report: &DiscoverReport) -> String {
    let mut summary = format!("{} taken in", counted(report.taken_in(), "listing"));
    if report.unread > 0 {
        let keys: Vec<&str> = report.unread_keys().take(NAMED_MAX).collect();
        let more = match report.unread - keys.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        summary.push_str(&format!(
            "; {} could not be read: {}{more}",
            report.unread,
            keys.join(", ")
        ));
    }
    match report.known {
        0 => {}
        1 => summary.push_str("; 1 was known already"),
        known => summary.push_str(&format!("; {known} were known already")),
    }
    summary
}

fn listings(report: &DiscoverReport) -> Table {
    let columns = [
        Column::text("source"),
        Column::text("scope"),
        Column::text("listing"),
        Column::instant("valid_from"),
        Column::text("coverage"),
        Column::integer("rows"),
        Column::integer("new"),
        Column::integer("changed"),
        Column::integer("unchanged"),
        Column::integer("ended"),
        Column::integer("withheld"),
        Column::integer("broken"),
        Column::text("reason"),
    ];
    let rows = report.listings.iter().map(|listing| {
        row![
            &listing.source,
            listing.scope.to_string(),
            name(listing),
            listing.valid,
            &listing.completeness,
            listing.seen,
            listing.new,
            listing.changed,
            listing.unchanged,
            listing.ended,
            listing.withheld,
            listing.broken,
            listing.reason.as_ref(),
        ]
    });
    Table::new("listings", columns).with_rows(rows)
}

fn failures(report: &DiscoverReport) -> Table {
    let columns = [
        Column::text("source"),
        Column::text("listing"),
        Column::text("message"),
        Column::text("hint"),
    ];
    let rows = report.failures.iter().map(|failure| {
        row![
            &failure.source,
            failure.listing.as_ref(),
            &failure.message,
            failure.hint.as_ref(),
        ]
    });
    Table::new("failures", columns).with_rows(rows)
}

fn name(listing: &ListingReport) -> String {
    if listing.key.is_empty() {
        listing.scope.to_string()
    } else {
        listing.key.clone()
    }
}

/// Broken rows stand in the coverage log with file, row and reason.
fn kept_out(report: &DiscoverReport) -> Option<String> {
    let rows: u64 = report.listings.iter().map(|listing| listing.broken).sum();
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    (rows > 0).then(|| {
        let rows = counted_as(rows, "row was", "rows were");
        format!("{rows} not read and kept out of the bill: `counterfoil inventory broken` names each with its reason")
    })
}

/// Why listings are not complete, which is why they ended nothing. Failures say it themselves.
fn doubts(report: &DiscoverReport) -> Option<String> {
    let doubted = report.listings.iter().filter(|listing| !listing.failed);
    let lines: Vec<String> = doubted
        .filter_map(|listing| {
            let reason = listing.reason.as_ref()?;
            Some(format!(
                "{} {} is {}: {reason}",
                listing.source,
                name(listing),
                listing.completeness
            ))
        })
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

//! `counterfoil report known`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::inventory::Shown;
use counterfoil_engine::report::{KnownReport, known};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::report::RepricedCharge;
use counterfoil_model::time::TimeZone;

use super::signed;
use crate::args::Global;
use crate::exit::Exit;
use crate::table::table;
use crate::when;

/// What did we know when a document was issued: inventory and terms as known then against what is known now, in money.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  counterfoil report known CF-ABCDEFGHIJKLMNOP")]
pub(crate) struct KnownQuestion {
    /// The reference of the document, or the number that the sink gave it.
    reference: String,
}

pub(super) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &KnownQuestion,
) -> Result<Exit> {
    let zone = &wired.pipeline.zone;
    let report = known(session, wired, &what.reference).await?;
    global.show(&report, || text(&report, zone))?;
    Ok(Exit::Done)
}

fn text(report: &KnownReport, zone: &TimeZone) -> String {
    let known_at = report
        .known_at
        .map(|at| format!(", learned {at}"))
        .unwrap_or_default();
    let mut parts = vec![format!(
        "{} ({}) of {} for {}, sent to {} {}\nknown then: up to recording {}{known_at}",
        report.reference,
        report.number.as_deref().unwrap_or("a draft"),
        report.billing_period,
        report.account,
        report.sink,
        report.issued,
        report.cutoff
    )];
    parts.push(table(
        &[
            "the account's month",
            "known then>",
            "by inventory>",
            "by terms>",
            "known now>",
            "difference>",
        ],
        [[
            report.billing_period.clone(),
            report.then.amount(),
            report.by_inventory.amount(),
            report.by_terms.amount(),
            report.now.amount(),
            signed(report.difference),
        ]],
    ));
    if report.charges.is_empty() {
        parts.push("nothing that was learned since changes a line of it".to_owned());
        return parts.join("\n\n");
    }
    parts.push(charges(report));
    for resource in &report.resources {
        let mut text = format!("{} {}", resource.external_id, resource.name);
        for (word, intervals) in [("then", &resource.then), ("now", &resource.now)] {
            if intervals.is_empty() {
                text.push_str(&format!("\n  {word}: not there"));
            }
            for interval in intervals {
                text.push_str(&format!("\n  {word}: {}", one(interval, zone)));
            }
        }
        parts.push(text);
    }
    parts.join("\n\n")
}

fn charges(report: &KnownReport) -> String {
    let rows = report.charges.iter().map(|charge| {
        [
            charge.description.clone(),
            charge.then.amount(),
            charge.by_inventory.amount(),
            charge.by_terms.amount(),
            charge.now.amount(),
            signed(charge.difference),
            price(charge),
        ]
    });
    let titles = [
        "line",
        "known then>",
        "by inventory>",
        "by terms>",
        "known now>",
        "difference>",
        "price",
    ];
    table(&titles, rows)
}

fn price(charge: &RepricedCharge) -> String {
    let place = |choice: &Option<counterfoil_model::charge::PriceChoice>| {
        choice.as_ref().map_or_else(
            || "none".to_owned(),
            |one| format!("{} {}", one.level, one.place),
        )
    };
    let (then, now) = (place(&charge.price_then), place(&charge.price_now));
    if then == now {
        then
    } else {
        format!("{then} → {now}")
    }
}

fn one(shown: &Shown, zone: &TimeZone) -> String {
    let day = |at| when::shown(at, zone);
    let attributes: Vec<String> = shown
        .attributes
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    format!(
        "{} to {} {} {} ({})",
        shown.valid.from.map_or_else(|| "ever".to_owned(), day),
        shown.valid.to.map_or_else(|| "on".to_owned(), day),
        shown.name,
        attributes.join(" "),
        shown.place
    )
}

//! `counterfoil report known`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::filter::Filter;
use counterfoil_engine::inventory::Shown;
use counterfoil_engine::report::{KnownReport, known};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::report::RepricedCharge;
use counterfoil_model::time::TimeZone;

use crate::args::Global;
use crate::commands::inventory::attributes_text;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};
use crate::when;

pub(crate) const SHAPE: Shape<KnownReport> = Shape::new(
    "report-known/1",
    "What was known when a document was issued, against what is known now.",
    &["charges", "account", "resources"],
);

/// What did we know when a document was issued: inventory and terms as known then against what is known now, in money.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  counterfoil report known CF-ABCDEFGHIJKLMNOP")]
pub(crate) struct KnownQuestion {
    /// The reference of the document, or the number that the sink gave it.
    reference: String,
    /// Of the resources, only this kind.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
}

pub(super) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &KnownQuestion,
) -> Result<Exit> {
    let zone = &wired.pipeline.zone;
    let filter = Filter {
        kind: what.kind.clone(),
        ..Filter::default()
    };
    let narrow = filter.resolve(session, wired).await?;
    let report = known(session, wired, &what.reference, &narrow).await?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![charges(&report), account(&report), resources(&report)])
            .text(|| text(&report, zone)),
    )?;
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
    parts.push(account(report).to_text());
    if report.charges.is_empty() {
        parts.push("nothing that was learned since changes a line of it".to_owned());
        return parts.join("\n\n");
    }
    parts.push(charges(report).to_text());
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

fn account(report: &KnownReport) -> Table {
    let columns = [
        Column::text("reference").for_exports(),
        Column::text("account").for_exports(),
        Column::text("period").titled("the account's month"),
        Column::money("known_then"),
        Column::money("by_inventory"),
        Column::money("by_terms"),
        Column::money("known_now"),
        Column::money("difference").signed().with_currency(),
    ];
    Table::new("account", columns).with_rows([row![
        &report.reference,
        &report.account,
        &report.billing_period,
        report.then,
        report.by_inventory,
        report.by_terms,
        report.now,
        report.difference,
    ]])
}

fn charges(report: &KnownReport) -> Table {
    let columns = [
        Column::text("description").titled("line"),
        Column::money("known_then"),
        Column::money("by_inventory"),
        Column::money("by_terms"),
        Column::money("known_now"),
        Column::money("difference").signed().with_currency(),
        Column::text("price"),
    ];
    let rows = report.charges.iter().map(|charge| {
        row![
            &charge.description,
            charge.then,
            charge.by_inventory,
            charge.by_terms,
            charge.now,
            charge.difference,
            price(charge),
        ]
    });
    Table::new("charges", columns).with_rows(rows)
}

/// What was known of each resource, and what is.
fn resources(report: &KnownReport) -> Table {
    let columns = [
        Column::text("external_id"),
        Column::text("name"),
        Column::text("known"),
        Column::instant("valid_from"),
        Column::instant("valid_to"),
        Column::text("attributes"),
        Column::text("place"),
    ];
    let mut table = Table::new("resources", columns);
    for resource in &report.resources {
        for (word, intervals) in [("then", &resource.then), ("now", &resource.now)] {
            for shown in intervals {
                table.push(row![
                    &resource.external_id,
                    &shown.name,
                    word,
                    shown.valid.from,
                    shown.valid.to,
                    attributes_text(&shown.attributes),
                    &shown.place,
                ]);
            }
        }
    }
    table
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
    format!(
        "{} to {} {} {} ({})",
        shown.valid.from.map_or_else(|| "ever".to_owned(), day),
        shown.valid.to.map_or_else(|| "on".to_owned(), day),
        shown.name,
        attributes_text(&shown.attributes),
        shown.place
    )
}

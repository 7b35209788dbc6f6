//! `counterfoil report first-seen`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::report::{FirstSeenReport, first_seen};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::counted::counted_as;
use counterfoil_model::report::Product;
use counterfoil_model::time::TimeZone;

use super::{Limits, joined};
use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};
use crate::when;

pub(crate) const SHAPE: Shape<FirstSeenReport> = Shape::new(
    "report-first-seen/1",
    "The kinds, services, price items and values that were first seen since a time.",
    &["products"],
);

/// Which products were first seen since a time: kinds, services with their plans, price items, values of an attribute.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  counterfoil report first-seen --since 1y --attribute name --kind licence"
)]
pub(crate) struct FirstSeenQuestion {
    /// A day (its beginning), an instant, or how long ago: 30d, 6mo, 1y.
    #[arg(long, value_name = "TIME", default_value = "1y")]
    since: String,
    /// Also new values of this attribute; `name` is one.
    #[arg(long, value_name = "NAME")]
    attribute: Option<String>,
    /// Also what was there when its source was listed first.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    limits: Limits,
}

pub(super) async fn run(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &FirstSeenQuestion,
) -> Result<Exit> {
    let zone = &wired.pipeline.zone;
    let since = when::beginning(&what.since, session.now, zone)?;
    let attribute = what.attribute.as_deref();
    let report = first_seen(
        session,
        wired,
        &what.limits.filter(session, wired)?,
        attribute,
        since,
    )
    .await?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![products(&report, zone, what.all)])
            .text(|| text(&report, zone, what.all)),
    )?;
    Ok(Exit::Done)
}

fn text(report: &FirstSeenReport, zone: &TimeZone, all: bool) -> String {
    let start = report.from_the_start.len();
    let mut parts = vec![products(report, zone, all).to_text()];
    if !all && start > 0 {
        parts.push(format!(
            "{} there when their source was listed first: nobody knows since when (--all shows them)",
            counted_as(start, "more was", "more were")
        ));
    }
    parts.push(format!(
        "{} first seen since {}",
        counted_as(report.products.len(), "product was", "products were"),
        when::shown(report.since, zone)
    ));
    parts.join("\n\n")
}

fn products(report: &FirstSeenReport, zone: &TimeZone, all: bool) -> Table {
    let columns = [
        Column::instant("first_seen").in_zone(zone),
        Column::text("what"),
        Column::text("product"),
        Column::text("on").for_people(),
        Column::text("external_id").for_exports(),
        Column::text("name").for_exports(),
        Column::text("place").titled("read at"),
        Column::text("customers"),
        Column::integer("resources_now").titled("now"),
        Column::text("per_month").titled("a month").aligned_right(),
        Column::text("from_the_start").for_exports(),
    ];
    let of_start = report.from_the_start.iter().filter(|_| all);
    let rows = of_start.chain(&report.products).map(|row| {
        let (what, value) = product(&row.product);
        row![
            row.since,
            what,
            value,
            format!("{} {}", row.external_id, row.name),
            &row.external_id,
            &row.name,
            &row.place,
            joined(&row.customers),
            row.resources_now,
            joined(&row.per_month),
            row.from_the_start,
        ]
    });
    Table::new("products", columns).with_rows(rows)
}

fn product(product: &Product) -> (String, String) {
    match product {
        Product::Kind { kind } => ("kind".to_owned(), kind.to_string()),
        Product::Service { service, plan } => {
            let named = [
                service.as_ref().map(ToString::to_string),
                plan.as_ref().map(ToString::to_string),
            ];
            let words: Vec<String> = named.into_iter().flatten().collect();
            let value = if words.is_empty() {
                "no service".to_owned()
            } else {
                words.join(" · ")
            };
            ("service".to_owned(), value)
        }
        Product::Item { item } => ("price item".to_owned(), item.to_string()),
        Product::Value { attribute, value } => (attribute.clone(), value.clone()),
    }
}

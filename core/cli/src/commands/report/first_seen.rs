//! `counterfoil report first-seen`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::report::{FirstSeenReport, first_seen};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::report::{FirstSeen, Product};
use counterfoil_model::time::TimeZone;

use super::{Limits, joined};
use crate::args::Global;
use crate::exit::Exit;
use crate::table::table;
use crate::when;

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
    global.show(&report, || text(&report, zone, what.all))?;
    Ok(Exit::Done)
}

fn text(report: &FirstSeenReport, zone: &TimeZone, all: bool) -> String {
    let mut rows: Vec<&FirstSeen> = Vec::new();
    if all {
        rows.extend(&report.from_the_start);
    }
    rows.extend(&report.products);
    let cells = rows.iter().map(|row| {
        let (what, value) = product(&row.product);
        [
            when::shown(row.since, zone),
            what,
            value,
            format!("{} {}", row.external_id, row.name),
            row.place.clone(),
            joined(&row.customers),
            row.resources_now.to_string(),
            joined(&row.per_month),
        ]
    });
    let titles = [
        "first seen",
        "what",
        "product",
        "on",
        "read at",
        "customers",
        "now>",
        "a month>",
    ];
    let start = report.from_the_start.len();
    let mut parts = vec![table(&titles, cells)];
    if !all && start > 0 {
        parts.push(format!(
            "{start} more were there when their source was listed first: nobody knows since when (--all shows them)"
        ));
    }
    parts.push(format!(
        "{} products were first seen since {}",
        report.products.len(),
        when::shown(report.since, zone)
    ));
    parts.join("\n\n")
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

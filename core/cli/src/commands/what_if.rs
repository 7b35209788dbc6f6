//! `counterfoil what-if`.

mod tables;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use counterfoil_engine::session::Session;
use counterfoil_engine::what_if::{CandidateFiles, WhatIfReport, WhatIfRequest, what_if};
use counterfoil_model::counted::{counted, counted_as};
use counterfoil_model::finding::Severity;
use counterfoil_model::time::BillingPeriod;
use counterfoil_model::what_if::Change;

use super::findings;
use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Shape, Table};

const EXAMPLES: &str = "\
Examples:
  counterfoil what-if --from 2024-04 --to 2026-03 --price-book prices-2027.toml
  counterfoil what-if --from 2026-01 --rules rules-new.toml --customer acme
  counterfoil what-if --from 2026-01 --candidate counterfoil-new.toml --output what-if.xlsx

A candidate's entries without a date are read as if they had always held; one with `from` holds from that day.";

pub(crate) const SHAPE: Shape<WhatIfReport> = Shape::new(
    "what-if/1",
    "What past periods would have come to under a candidate price book or rules, per customer.",
    &[
        "accounts",
        "totals",
        "periods",
        "items",
        "account_periods",
        "account_items",
        "findings",
    ],
);

/// Replays past periods with a candidate price book or candidate rules, and shows the difference in money per customer.
///
/// Both sides are rated from what is known now, by the code of the bill: the present side is what `counterfoil rate` says of
/// these periods. Nothing is kept, and no sink is asked.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct WhatIf {
    /// The pipeline; may be left out where there is one.
    pipeline: Option<String>,
    /// The first billing period, such as 2024-04.
    #[arg(long, value_name = "MONTH")]
    from: String,
    /// The last one; the last that has ended if left out.
    #[arg(long, value_name = "MONTH")]
    to: Option<String>,
    #[command(flatten)]
    candidate: CandidateArguments,
    /// Tells only of this customer; all are rated.
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    customer: Option<String>,
    /// So many accounts and items, from the greatest difference on; 0 shows all.
    #[arg(long, value_name = "ROWS", default_value_t = 20)]
    top: usize,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct CandidateArguments {
    /// The candidate as a whole configuration: its rules, accounts and price book take the place of the present ones.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["price_book", "rules"])]
    candidate: Option<PathBuf>,
    /// A candidate price book: TOML as in the configuration, or a table of items and prices in CSV or XLSX.
    #[arg(long, value_name = "FILE")]
    price_book: Option<PathBuf>,
    /// Which price book, where the file has several.
    #[arg(long, value_name = "NAME", requires = "price_book")]
    book: Option<String>,
    /// Candidate rules: TOML as in the configuration, or a table of rules in CSV or XLSX.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &WhatIf) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let period =
        |text: Option<&str>| -> Result<BillingPeriod> { Ok(session.period(pipeline, text)?) };
    let files = &what.candidate;
    let request = WhatIfRequest {
        from: period(Some(&what.from))?,
        to: period(what.to.as_deref())?,
        candidate: CandidateFiles {
            configuration: files.candidate.clone(),
            price_book: files.price_book.clone(),
            book: files.book.clone(),
            rules: files.rules.clone(),
        },
        customer: what.customer.clone(),
    };
    let report = what_if(session, &wired, &request, &global.progress()).await?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| tables::all(&report))
            .text(|| text(&report, what.top)),
    )?;
    let blocks =
        |finding: &counterfoil_model::finding::Finding| finding.severity == Severity::Blocking;
    Ok(if report.findings.iter().any(blocks) {
        Exit::Findings
    } else {
        Exit::Done
    })
}

fn text(report: &WhatIfReport, top: usize) -> String {
    let mut parts = vec![head(report)];
    if let Some(end) = report.not_ended {
        parts.push(format!("the last period has not ended: it ends at {end}"));
    }
    let accounts = report.accounts.iter().map(|one| &one.row.change);
    parts.push(first(&tables::accounts(report), (accounts, "account"), top));
    if report.periods.len() > 1 {
        parts.push(tables::periods(report).to_text());
    }
    let items = report.items.iter().map(|one| &one.change);
    parts.push(first(&tables::items(report), (items, "item"), top));
    parts.push(tables::totals(report).to_text());
    parts.extend(suspense(report));
    parts.extend(findings::text(&report.findings));
    parts.join("\n\n")
}

fn head(report: &WhatIfReport) -> String {
    let files = &report.candidate;
    let named = [
        ("the configuration", &files.configuration),
        ("the price book", &files.price_book),
        ("the rules", &files.rules),
    ];
    let named = named
        .iter()
        .filter_map(|(what, file)| Some(format!("{what} {}", file.as_ref()?.display())));
    let named: Vec<String> = named.collect();
    format!(
        "{} from {} to {} ({}) with {}",
        report.pipeline,
        report.from,
        report.to,
        counted(
            usize::try_from(report.periods_rated).unwrap_or(usize::MAX),
            "period"
        ),
        named.join(" and ")
    )
}

/// Rows that differ come first, and those alone are shown.
fn first<'a>(
    table: &Table,
    (changes, thing): (impl Iterator<Item = &'a Change>, &str),
    top: usize,
) -> String {
    let differing = changes.filter(|one| !one.difference.is_zero()).count();
    let shown = if top == 0 {
        differing
    } else {
        top.min(differing)
    };
    let mut text = match shown {
        0 => String::new(),
        shown => format!("{}\n", table.first_to_text(shown)),
    };
    if differing > shown {
        let more = differing - shown;
        text.push_str(&format!("… and {more} more (--top 0 shows all)\n"));
    }
    let same = table.rows().len() - differing;
    if same > 0 {
        let comes = if same == 1 { "comes" } else { "come" };
        text.push_str(&format!("{} {comes} to the same", counted(same, thing)));
    }
    text.trim_end().to_owned()
}

fn suspense(report: &WhatIfReport) -> Option<String> {
    let suspense = &report.suspense;
    if suspense.resources_before == 0 && suspense.resources_after == 0 {
        return None;
    }
    let resources = |count: u64| {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        counted_as(count, "resource", "resources")
    };
    let value = suspense.value.map_or_else(String::new, |value| {
        format!(", worth about {} and {}", value.before, value.after)
    });
    Some(format!(
        "in suspense: {} as it is, {} under the candidate{value}",
        resources(suspense.resources_before),
        resources(suspense.resources_after)
    ))
}

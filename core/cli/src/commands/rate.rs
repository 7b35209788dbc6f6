//! `counterfoil rate`, of a pipeline or of facts in files.

mod tables;
mod text;

pub(crate) use text::{commitment, manual};

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use counterfoil_engine::facts::{FactsRequest, rate_facts};
use counterfoil_engine::rate::{RateReport, rate};
use counterfoil_engine::session::Session;
use counterfoil_model::rate::Detail;

use crate::args::{Global, PipelineAndPeriod};
use crate::exit::Exit;
use crate::output::Shape;

const EXAMPLES: &str = "\
Examples:
  counterfoil rate --period 2026-03
  counterfoil rate north --period 2026-03 --json
  counterfoil rate --facts machines.csv --price-book prices.toml --period 2026-03 --timezone Europe/Stockholm
  counterfoil rate --facts machines.csv --facts traffic.csv --price-book prices.toml --period 2026-03 --timezone UTC --detail

Facts, a row for each stretch of a resource; every column that is not ours is an attribute:
  resource,kind,from,to,customer,vcpu
  vm-1,virtual-machine,2026-03-01,2026-03-16,acme,4
  vm-1,virtual-machine,2026-03-16,,acme,8";

pub(crate) const SHAPE: Shape<RateReport> = Shape::new(
    "rate/1",
    "The charges of a period as they would be now, line by line.",
    &[
        "lines",
        "totals",
        "parts",
        "contributions",
        "suspended",
        "completeness",
        "findings",
        "broken",
    ],
);

/// Shows the charges of a period as they would be now, line by line. Nothing is kept, and no sink is asked.
///
/// With --facts it rates what stands in files instead, without a store and without a configuration file, by the same code:
/// to try a price book, or to check an invoice by hand. Rows that cannot be read are told and kept out.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Rate {
    #[command(flatten)]
    pub(crate) what: PipelineAndPeriod,
    /// Adds what each resource adds to each line.
    #[arg(long)]
    pub(crate) detail: bool,
    #[command(flatten)]
    pub(crate) facts: FactsArguments,
}

#[derive(Debug, Args)]
pub(crate) struct FactsArguments {
    /// Facts to rate, in CSV, XLSX or JSON: resources, their samples, accounts. May be given several times.
    #[arg(
        long,
        value_name = "FILE",
        requires = "price_book",
        requires = "timezone",
        conflicts_with = "pipeline"
    )]
    facts: Vec<PathBuf>,
    /// The price book of facts: TOML as in the configuration, or a table of items and prices in CSV or XLSX.
    #[arg(long, value_name = "FILE", requires = "facts")]
    price_book: Option<PathBuf>,
    /// Which price book, where the file has several.
    #[arg(long, value_name = "NAME", requires = "facts")]
    book: Option<String>,
    /// Exchange rates, in CSV or XLSX with columns from, to, rate, date and source. May be given several times.
    #[arg(long, value_name = "FILE", requires = "facts")]
    exchange_rates: Vec<PathBuf>,
    /// Whose midnights bound the period and the days in facts, such as Europe/Stockholm.
    #[arg(long, value_name = "ZONE", requires = "facts")]
    timezone: Option<String>,
    /// The currency of accounts without one, such as EUR; of a price book in one currency it is that one.
    #[arg(long, value_name = "CODE", requires = "facts")]
    currency: Option<String>,
    /// For how long a sample holds at most, such as 5m; until the next one if left out.
    #[arg(long, value_name = "SPAN", requires = "facts")]
    sample: Option<String>,
    /// When a change in facts counts that has a column `from_earliest` or `to_earliest`: first-seen, midpoint, or
    /// customer-favour.
    #[arg(long, value_name = "POLICY", requires = "facts")]
    change_at: Option<String>,
    /// Who pays in facts for what changes hands within the period: time, start-of-period, or end-of-period.
    #[arg(long, value_name = "POLICY", requires = "facts")]
    handover: Option<String>,
}

impl Rate {
    /// Are files rated, instead of a pipeline?
    pub(crate) fn of_facts(&self) -> bool {
        !self.facts.facts.is_empty()
    }

    fn detail(&self) -> Detail {
        if self.detail {
            Detail::Resources
        } else {
            Detail::Lines
        }
    }
}

pub(crate) async fn run(global: &Global, session: &Session, asked: &Rate) -> Result<Exit> {
    let what = &asked.what;
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let period = session.period(pipeline, what.period.as_deref())?;
    let report = rate(session, &wired, &period, asked.detail()).await?;
    show(global, &report)
}

pub(crate) fn run_facts(global: &Global, asked: &Rate) -> Result<Exit> {
    let files = &asked.facts;
    let report = rate_facts(&FactsRequest {
        facts: files.facts.clone(),
        price_book: files.price_book.clone().unwrap_or_default(),
        book: files.book.clone(),
        exchange_rates: files.exchange_rates.clone(),
        period: asked.what.period.clone(),
        timezone: files.timezone.clone().unwrap_or_default(),
        currency: files.currency.clone(),
        sample: files.sample.clone(),
        change_at: files.change_at.clone(),
        handover: files.handover.clone(),
        detail: asked.detail(),
        now: global.now(),
    })?;
    show(global, &report)
}

fn show(global: &Global, report: &RateReport) -> Result<Exit> {
    global.answer(
        SHAPE
            .answer(report)
            .tables(|| tables::all(report))
            .text(|| text::text(report)),
    )?;
    Ok(if report.is_right() {
        Exit::Done
    } else {
        Exit::Findings
    })
}

//! `counterfoil opening`.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use counterfoil_engine::opening::{ImportReport, OpeningReport, ShownEntry, import, list};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_engine::sheet::DecimalMark;

use crate::args::Global;
use crate::exit::Exit;
use crate::table::table;

const EXAMPLES: &str = "\
Examples:
  counterfoil opening import opening.csv --by anna
  counterfoil opening list

The table, with account, period and net; item and note may be left out:
  account,period,item,net,note
  acme,2026-03,rack-unit,5400.00,invoice 4711 of the old system
  baltic,2026-03,,120.50,prepaid";

/// Says what was billed elsewhere of a period that is billed here: the bill takes it off, in a line that says so.
///
/// An entry is of an account and a period, and of a price item where one is named (its line then has the item's tax and
/// revenue account). It is a line of its own: nobody knows which line by service, plan and price an amount of another
/// system was for. Where more was billed elsewhere than is rated, the plan is blocked until somebody looks.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Opening {
    #[command(subcommand)]
    question: OpeningQuestion,
    /// The pipeline; may be left out where there is one.
    #[arg(long, global = true, value_name = "NAME")]
    pipeline: Option<String>,
}

#[derive(Debug, Subcommand)]
enum OpeningQuestion {
    /// Takes a table in, all of it or nothing; an amount of 0 withdraws an entry.
    #[command(after_help = "Example:\n  counterfoil opening import opening.csv --by anna")]
    Import(Import),
    /// What is known now, who gave it and where it was read.
    #[command(after_help = "Example:\n  counterfoil opening list")]
    List,
}

#[derive(Debug, Args)]
struct Import {
    /// A CSV file.
    file: PathBuf,
    /// Who answers for it.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Withdraws every entry that the table does not have.
    #[arg(long)]
    replace: bool,
    /// The decimal mark, where the numbers do not tell.
    #[arg(long, value_enum, value_name = "MARK")]
    decimal: Option<Mark>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Mark {
    Comma,
    Point,
}

impl From<Mark> for DecimalMark {
    fn from(mark: Mark) -> Self {
        match mark {
            Mark::Comma => Self::Comma,
            Mark::Point => Self::Point,
        }
    }
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Opening) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    match &what.question {
        OpeningQuestion::List => {
            let report = list(session, &wired).await?;
            global.show(&report, || listed(&report))?;
        }
        OpeningQuestion::Import(what) => take_in(global, session, &wired, what).await?,
    }
    Ok(Exit::Done)
}

async fn take_in(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    what: &Import,
) -> Result<()> {
    let how = (what.decimal.map(DecimalMark::from), what.replace);
    let report = import(session, wired, &what.file, &what.by, how).await?;
    global.show(&report, || imported(&report))
}

fn listed(report: &OpeningReport) -> String {
    if report.entries.is_empty() {
        return "nothing was billed elsewhere, as far as is known".to_owned();
    }
    let totals: Vec<String> = report.totals.iter().map(ToString::to_string).collect();
    format!(
        "{}\n\n{} entries, {}",
        entries(report.entries.iter().map(|entry| ("", entry))),
        report.entries.len(),
        totals.join(", ")
    )
}

fn imported(report: &ImportReport) -> String {
    let added = report.added.iter().map(|entry| ("added", entry));
    let changed = report.changed.iter().map(|entry| ("changed", entry));
    let withdrawn = report.withdrawn.iter().map(|entry| ("withdrawn", entry));
    let rows: Vec<_> = added.chain(changed).chain(withdrawn).collect();
    let mut parts = Vec::new();
    if !rows.is_empty() {
        parts.push(entries(rows.into_iter()));
    }
    parts.push(format!(
        "{} added, {} changed, {} withdrawn, {} as they were, {} kept that the table does not have",
        report.added.len(),
        report.changed.len(),
        report.withdrawn.len(),
        report.unchanged,
        report.kept
    ));
    if !report.corrects.is_empty() {
        let periods: Vec<&str> = report.corrects.iter().map(String::as_str).collect();
        parts.push(format!(
            "something was issued already in {}: the next plan corrects it",
            periods.join(", ")
        ));
    }
    parts.join("\n\n")
}

fn entries<'e>(rows: impl Iterator<Item = (&'e str, &'e ShownEntry)>) -> String {
    let cells = rows.map(|(word, shown)| {
        let entry = &shown.entry;
        [
            word.to_owned(),
            shown.account_key.clone(),
            entry.billing_period.clone(),
            entry
                .item
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            entry.net.to_string(),
            entry.note.clone(),
            entry.by.clone(),
            entry.at.to_string(),
            entry.place.clone(),
        ]
    });
    let titles = [
        "",
        "account",
        "period",
        "item",
        "billed elsewhere>",
        "note",
        "by",
        "at",
        "read at",
    ];
    table(&titles, cells)
}

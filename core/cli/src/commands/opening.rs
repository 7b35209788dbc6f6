//! `counterfoil opening`.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use counterfoil_engine::config::DecimalMark;
use counterfoil_engine::opening::{ImportReport, OpeningReport, ShownEntry, import, list};
use counterfoil_engine::session::{Session, Wired};

use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};

const EXAMPLES: &str = "\
Examples:
  counterfoil opening import opening.csv --by anna
  counterfoil opening list

The table, with account, period and net; item and note may be left out:
  account,period,item,net,note
  acme,2026-03,rack-unit,5400.00,invoice 4711 of the old system
  baltic,2026-03,,120.50,prepaid";

pub(crate) const IMPORT: Shape<ImportReport> = Shape::new(
    "opening-import/1",
    "What an import of an opening position added, changed and withdrew.",
    &["entries"],
);

pub(crate) const LIST: Shape<OpeningReport> = Shape::new(
    "opening-list/1",
    "What was billed elsewhere, as far as is known, and who gave it.",
    &["entries", "totals"],
);

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
    /// A CSV or XLSX file.
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
            global.answer(
                LIST.answer(&report)
                    .tables(|| {
                        let totals = report.totals.iter().map(|total| row![*total]);
                        vec![
                            entries(report.entries.iter().map(|entry| (None, entry))),
                            Table::new("totals", [Column::money("net")]).with_rows(totals),
                        ]
                    })
                    .text(|| listed(&report)),
            )?;
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
    global.answer(
        IMPORT
            .answer(&report)
            .tables(|| vec![entries(given(&report))])
            .text(|| imported(&report)),
    )
}

fn listed(report: &OpeningReport) -> String {
    if report.entries.is_empty() {
        return "nothing was billed elsewhere, as far as is known".to_owned();
    }
    let totals: Vec<String> = report.totals.iter().map(ToString::to_string).collect();
    format!(
        "{}\n\n{} entries, {}",
        entries(report.entries.iter().map(|entry| (None, entry))).to_text(),
        report.entries.len(),
        totals.join(", ")
    )
}

fn given(report: &ImportReport) -> impl Iterator<Item = (Option<&'static str>, &ShownEntry)> {
    let all = [
        ("added", &report.added),
        ("changed", &report.changed),
        ("withdrawn", &report.withdrawn),
    ];
    all.into_iter()
        .flat_map(|(word, entries)| entries.iter().map(move |entry| (Some(word), entry)))
}

fn imported(report: &ImportReport) -> String {
    let mut parts = Vec::new();
    if given(report).next().is_some() {
        parts.push(entries(given(report)).to_text());
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

fn entries<'e>(rows: impl Iterator<Item = (Option<&'static str>, &'e ShownEntry)>) -> Table {
    let columns = [
        Column::text("change").titled(""),
        Column::text("account"),
        Column::text("period"),
        Column::text("item"),
        Column::money("net")
            .titled("billed elsewhere")
            .with_currency(),
        Column::text("note"),
        Column::text("by"),
        Column::instant("at"),
        Column::text("place").titled("read at"),
    ];
    let cells = rows.map(|(word, shown)| {
        let entry = &shown.entry;
        row![
            word,
            &shown.account_key,
            &entry.billing_period,
            entry.item.as_ref().map(ToString::to_string),
            entry.net,
            &entry.note,
            &entry.by,
            entry.at,
            &entry.place,
        ]
    });
    Table::new("entries", columns).with_rows(cells)
}

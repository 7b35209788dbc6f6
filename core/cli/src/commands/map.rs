//! `counterfoil map`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use counterfoil_engine::customers::{
    COLUMNS, Check, MapList, MapReport, ProposalReport, import, list, propose, sink,
};
use counterfoil_engine::session::{Session, Wired};

use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, guarded, row};

const EXAMPLES: &str = "\
Examples:
  counterfoil map propose --sink books > map.csv
  (look through map.csv, and write yes into the column confirm where a row is right)
  counterfoil map import map.csv --sink books --by anna
  counterfoil map list

`propose` writes a row for each customer of the sink that an account may be: by the same id (confirmed already), by the
same name, by the same name but for case, accents and the legal form, and by similar names, each with a score of 100.
A `no` on a confirmed row takes it back. `remote` of an account in the configuration wins over what was confirmed.";

pub(crate) const PROPOSE: Shape<ProposalReport> = Shape::new(
    "map-propose/1",
    "The customers of a sink that each account may be.",
    &["pairs"],
);

pub(crate) const IMPORT: Shape<MapReport> = Shape::new(
    "map-import/1",
    "The accounts that a person mapped to customers of a sink.",
    &["mapped"],
);

pub(crate) const LIST: Shape<MapList> = Shape::new(
    "map-list/1",
    "What each account is at a sink, and who confirmed it.",
    &["accounts"],
);

/// Maps accounts to the customers of a sink: proposes pairs, and keeps what a person confirmed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Map {
    #[command(subcommand)]
    question: MapQuestion,
    /// The sink; may be left out where there is one.
    #[arg(long, global = true, value_name = "NAME")]
    sink: Option<String>,
    /// The pipeline; may be left out where there is one.
    #[arg(long, global = true, value_name = "NAME")]
    pipeline: Option<String>,
}

#[derive(Debug, Subcommand)]
enum MapQuestion {
    /// Writes a table of candidates to standard output, as CSV.
    #[command(after_help = "Example:\n  counterfoil map propose > map.csv")]
    Propose {
        /// An export of the sink's customers with the columns id and name, and reference where there is one; the sink is not
        /// asked then.
        #[arg(long, value_name = "FILE")]
        customers: Option<PathBuf>,
    },
    /// Takes in a table that a person went through, all of it or nothing. Each id has to be a customer of the sink.
    #[command(after_help = "Example:\n  counterfoil map import map.csv --sink books --by anna")]
    Import {
        /// A CSV or XLSX file with the columns account, `remote_id` and confirm.
        file: PathBuf,
        /// Who confirms.
        #[arg(long, value_name = "NAME")]
        by: String,
        /// An export of the sink's customers with the columns id and name: the ids are looked for there instead.
        #[arg(long, value_name = "FILE")]
        customers: Option<PathBuf>,
        /// Takes the ids as they are, without asking the sink.
        #[arg(long, conflicts_with = "customers")]
        offline: bool,
    },
    /// What each account is at the sink now, and who confirmed it.
    #[command(after_help = "Example:\n  counterfoil map list")]
    List,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Map) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let name = what.sink.as_deref();
    match &what.question {
        MapQuestion::Propose { customers } => {
            proposed(global, session, &wired, name, customers.as_ref()).await
        }
        MapQuestion::Import {
            file,
            by,
            customers,
            offline,
        } => {
            let connectors = Global::connectors(session)?;
            let check = match customers {
                Some(path) => Check::Exported(path),
                None if *offline => Check::Offline,
                None => Check::AtSink(&connectors),
            };
            let named = sink(&wired, name)?;
            let report = import(session, &wired, named, (file, check), by).await?;
            global.answer(
                IMPORT
                    .answer(&report)
                    .tables(|| vec![mapped(&report)])
                    .text(|| imported(&report)),
            )?;
            let is_whole = report.unconfirmed.is_empty() && report.overruled.is_empty();
            Ok(if is_whole { Exit::Done } else { Exit::Findings })
        }
        MapQuestion::List => {
            let report = list(session, &wired, sink(&wired, name)?).await?;
            let table = || accounts(&report);
            let answer = LIST.answer(&report).tables(|| vec![table()]);
            global.answer(answer.text(|| table().to_text()))?;
            let unmapped = report.accounts.iter().any(|one| one.remote_id.is_none());
            Ok(if unmapped { Exit::Findings } else { Exit::Done })
        }
    }
}

async fn proposed(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    name: Option<&str>,
    customers: Option<&PathBuf>,
) -> Result<Exit> {
    let connectors = Global::connectors(session)?;
    let exported = customers.map(PathBuf::as_path);
    let report = propose(session, &connectors, wired, sink(wired, name)?, exported).await?;
    let csv = csv_text(&report)?;
    global.answer(
        PROPOSE
            .answer(&report)
            .tables(|| vec![pairs(&report)])
            .text(|| csv.trim_end().to_owned()),
    )?;
    Ok(Exit::Done)
}

fn csv_text(report: &ProposalReport) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).context("write the table")?;
    for pair in &report.pairs {
        let score = pair.score.to_string();
        let cells = [
            pair.account.as_str(),
            &pair.name,
            &pair.remote_id,
            &pair.remote_name,
            pair.how,
            &score,
            pair.confirm,
        ];
        let cells = cells.map(guarded);
        writer.write_record(cells).context("write the table")?;
    }
    let bytes = writer.into_inner().context("write the table")?;
    String::from_utf8(bytes).context("write the table")
}

/// What `map import` reads again.
fn pairs(report: &ProposalReport) -> Table {
    let columns = COLUMNS.map(|name| match name {
        "score" => Column::integer(name),
        _ => Column::text(name),
    });
    let rows = report.pairs.iter().map(|pair| {
        row![
            &pair.account,
            &pair.name,
            &pair.remote_id,
            &pair.remote_name,
            pair.how,
            u32::from(pair.score),
            pair.confirm,
        ]
    });
    Table::new("pairs", columns).with_rows(rows)
}

fn mapped(report: &MapReport) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("remote_id").titled("mapped to"),
        Column::text("remote_name").titled("called"),
        Column::text("before"),
    ];
    let rows = report.mapped.iter().map(|mapped| {
        row![
            &mapped.account,
            &mapped.customer.remote_id,
            &mapped.customer.remote_name,
            mapped.before.as_ref(),
        ]
    });
    Table::new("mapped", columns).with_rows(rows)
}

fn imported(report: &MapReport) -> String {
    let mut parts = Vec::new();
    if !report.mapped.is_empty() {
        parts.push(mapped(report).to_text());
    }
    parts.push(format!(
        "{} mapped, {} as they were",
        report.mapped.len(),
        report.unchanged
    ));
    if !report.checked {
        parts.push(format!(
            "not checked whether {} has customers with these ids",
            report.sink
        ));
    }
    for (accounts, said) in [
        (&report.unmapped, "mapped no more"),
        (&report.unconfirmed, "not confirmed"),
        (
            &report.overruled,
            "another id by the configuration, which counts",
        ),
    ] {
        if !accounts.is_empty() {
            parts.push(format!("{said}: {}", accounts.join(", ")));
        }
    }
    for (remote, accounts) in &report.shared {
        parts.push(format!(
            "{remote} is several accounts: {}",
            accounts.join(", ")
        ));
    }
    parts.join("\n")
}

fn accounts(report: &MapList) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("name"),
        Column::text("at_sink")
            .titled(format!("at {}", report.sink))
            .for_people(),
        Column::text("remote_id").for_exports(),
        Column::text("remote_name").titled("called"),
        Column::text("by"),
        Column::instant("at"),
    ];
    let rows = report.accounts.iter().map(|one| {
        row![
            &one.account,
            &one.name,
            one.remote_id.as_deref().unwrap_or("not mapped"),
            one.remote_id.as_ref(),
            one.remote_name.as_ref(),
            one.by.as_ref(),
            one.at,
        ]
    });
    Table::new("accounts", columns).with_rows(rows)
}

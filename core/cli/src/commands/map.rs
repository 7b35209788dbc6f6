//! `counterfoil map`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use counterfoil_engine::customers::{
    COLUMNS, MapList, MapReport, ProposalReport, import, list, propose, sink,
};
use counterfoil_engine::session::{Session, Wired};

use crate::args::Global;
use crate::exit::Exit;
use crate::print;
use crate::table::table;

const EXAMPLES: &str = "\
Examples:
  counterfoil map propose --sink books > map.csv
  (look through map.csv, and write yes into the column confirm where a row is right)
  counterfoil map import map.csv --sink books --by anna
  counterfoil map list

`propose` writes a row for each customer of the sink that an account may be: by the same id (confirmed already), by the
same name, by the same name but for case, accents and the legal form, and by similar names, each with a score of 100.
A `no` on a confirmed row takes it back. `remote` of an account in the configuration wins over what was confirmed.";

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
    /// Takes in a table that a person went through, all of it or nothing.
    #[command(after_help = "Example:\n  counterfoil map import map.csv --sink books --by anna")]
    Import {
        /// A CSV file with the columns account, `remote_id` and confirm.
        file: PathBuf,
        /// Who confirms.
        #[arg(long, value_name = "NAME")]
        by: String,
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
        MapQuestion::Import { file, by } => {
            let report = import(session, &wired, sink(&wired, name)?, file, by).await?;
            global.show(&report, || imported(&report))?;
            let is_whole = report.unconfirmed.is_empty() && report.overruled.is_empty();
            Ok(if is_whole { Exit::Done } else { Exit::Findings })
        }
        MapQuestion::List => {
            let report = list(session, &wired, sink(&wired, name)?).await?;
            global.show(&report, || listed(&report))?;
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
    if global.output.is_json() {
        global.show(&report, String::new)?;
    } else {
        print(csv_text(&report)?.trim_end())?;
    }
    Ok(Exit::Done)
}

fn csv_text(report: &ProposalReport) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).context("write the table")?;
    for pair in &report.pairs {
        let score = pair.score.to_string();
        let cells = [
            &pair.account,
            &pair.name,
            &pair.remote_id,
            &pair.remote_name,
            pair.how,
            &score,
            pair.confirm,
        ];
        writer.write_record(cells).context("write the table")?;
    }
    let bytes = writer.into_inner().context("write the table")?;
    String::from_utf8(bytes).context("write the table")
}

fn imported(report: &MapReport) -> String {
    let mut parts = Vec::new();
    if !report.mapped.is_empty() {
        let rows = report.mapped.iter().map(|mapped| {
            [
                mapped.account.clone(),
                mapped.customer.remote_id.clone(),
                mapped.customer.remote_name.clone(),
                mapped.before.clone().unwrap_or_default(),
            ]
        });
        parts.push(table(&["account", "mapped to", "called", "before"], rows));
    }
    parts.push(format!(
        "{} mapped, {} as they were",
        report.mapped.len(),
        report.unchanged
    ));
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

fn listed(report: &MapList) -> String {
    let rows = report.accounts.iter().map(|one| {
        [
            one.account.clone(),
            one.name.clone(),
            one.remote_id
                .clone()
                .unwrap_or_else(|| "not mapped".to_owned()),
            one.remote_name.clone().unwrap_or_default(),
            one.by.clone().unwrap_or_default(),
            one.at.map_or_else(String::new, |at| at.to_string()),
        ]
    });
    table(
        &[
            "account",
            "name",
            &format!("at {}", report.sink),
            "called",
            "by",
            "at",
        ],
        rows,
    )
}

//! `counterfoil backup` and `counterfoil restore`.

use counterfoil_model::counted::counted;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use counterfoil_engine::backup::{BackupReport, Chain, RestoreReport, backup, restore};
use counterfoil_engine::config::Config;
use counterfoil_engine::session::Session;

use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};

pub(crate) const BACKUP: Shape<BackupReport> = Shape::new(
    "backup/1",
    "A verified copy of the store, and where each pipeline's chain of counterfoils ends in it.",
    &["chains"],
);

pub(crate) const RESTORE: Shape<RestoreReport> = Shape::new(
    "restore/1",
    "The store that a copy became, and where each pipeline's chain of counterfoils ends in it.",
    &["chains"],
);

const BACKUP_EXAMPLES: &str = "\
Example:
  counterfoil backup /var/backups/counterfoil-2026-04-01.db";

/// Writes a verified copy of the store to a new file, also while `run` works.
#[derive(Debug, Args)]
#[command(after_help = BACKUP_EXAMPLES)]
pub(crate) struct Backup {
    /// The file to write; nothing is overwritten.
    pub(crate) file: PathBuf,
}

const RESTORE_EXAMPLES: &str = "\
Examples:
  counterfoil restore /var/backups/counterfoil-2026-04-01.db
  counterfoil restore /var/backups/counterfoil-2026-04-01.db --replace";

/// Puts a copy in the place of the store. What was sent since the copy was made is found at the sinks, and not sent again.
#[derive(Debug, Args)]
#[command(after_help = RESTORE_EXAMPLES)]
pub(crate) struct Restore {
    /// A file that `backup` wrote.
    pub(crate) file: PathBuf,
    /// Also where there is a store, which is kept beside the copy.
    #[arg(long)]
    pub(crate) replace: bool,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Backup) -> Result<Exit> {
    let report = backup(session, &what.file).await?;
    global.answer(
        BACKUP
            .answer(&report)
            .tables(|| vec![table(&report.chains)])
            .text(|| {
                format!(
                    "{} has {} bytes\n\n{}",
                    report.file.display(),
                    report.bytes,
                    chains(&report.chains)
                )
            }),
    )?;
    Ok(Exit::Done)
}

pub(crate) async fn run_restore(global: &Global, what: &Restore) -> Result<Exit> {
    let config = Config::read(&global.config)?;
    let report = restore(&config.store, &what.file, what.replace, global.now()).await?;
    global.answer(
        RESTORE
            .answer(&report)
            .tables(|| vec![table(&report.chains)])
            .text(|| restored(&report)),
    )?;
    Ok(Exit::Done)
}

fn restored(report: &RestoreReport) -> String {
    let aside = report.aside.as_ref();
    let aside = aside.map(|aside| format!("\n\nwhat was there is {}", aside.display()));
    format!(
        "{} is what {} was{}\n\n{}\n\nrun `counterfoil discover`, then plan and apply: what was sent since is looked up, \
         and not sent again",
        report.store.display(),
        report.from.display(),
        aside.unwrap_or_default(),
        chains(&report.chains)
    )
}

fn table(chains: &[Chain]) -> Table {
    let columns = [
        Column::text("pipeline"),
        Column::integer("counterfoils"),
        Column::text("head"),
    ];
    let rows = chains
        .iter()
        .map(|chain| row![&chain.pipeline, chain.counterfoils, chain.head.as_ref()]);
    Table::new("chains", columns).with_rows(rows)
}

fn chains(chains: &[Chain]) -> String {
    let lines: Vec<String> = chains
        .iter()
        .map(|chain| match &chain.head {
            Some(head) => format!(
                "{}: {}, the chain is whole; it ends at {head}",
                chain.pipeline,
                counted(chain.counterfoils, "counterfoil")
            ),
            None => format!("{}: no counterfoils yet", chain.pipeline),
        })
        .collect();
    lines.join("\n")
}

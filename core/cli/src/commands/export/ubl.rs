//! `counterfoil export ubl`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use counterfoil_engine::export::ubl::{Exported, export};
use counterfoil_engine::session::Session;
use counterfoil_model::finding::Finding;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::{Global, PipelineAndPeriod};
use crate::commands::findings::{self, word};
use crate::exit::Exit;
use crate::output::{Column, OutputError, Shape, Table, row, to_file};

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UblReport {
    pipeline: String,
    billing_period: String,
    /// Where the files are.
    folder: PathBuf,
    documents: Vec<Exported>,
    /// Documents that are not written: they would break a rule of EN 16931 or of Peppol, or the plan held them back.
    findings: Vec<Finding>,
}

pub(crate) const SHAPE: Shape<UblReport> = Shape::new(
    "export-ubl/1",
    "The e-invoices that were written, one for each document of a period.",
    &["documents", "findings"],
);

const EXAMPLES: &str = "\
Examples:
  counterfoil export ubl --period 2026-03
  counterfoil export ubl --period 2026-03 --account acme --folder to-send";

/// Writes an e-invoice for each document of a period: EN 16931 in UBL 2.1, invoices (380) and credit notes (381).
///
/// Documents are those of the sink that is the ledger, planned or delivered. Each is checked by the rules of EN 16931, and by
/// those of Peppol where the issuer has an address there; one that breaks a rule is told and not written.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Ubl {
    #[command(flatten)]
    what: PipelineAndPeriod,
    /// Only the documents of one account.
    #[arg(long)]
    account: Option<String>,
    /// The folder for the files, which is made if need be; `ubl-` and the period if left out.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Replaces files that exist.
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(global: &Global, session: &Session, asked: &Ubl) -> Result<Exit> {
    let what = &asked.what;
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let period = session.period(pipeline, what.period.as_deref())?;
    let export = export(session, &wired, &period, asked.account.as_deref()).await?;
    let folder = match &asked.folder {
        Some(folder) => folder.clone(),
        None => PathBuf::from(format!("ubl-{}", period.id())),
    };
    let report = UblReport {
        pipeline: pipeline.name.clone(),
        billing_period: period.id(),
        documents: export.documents,
        findings: export.findings,
        folder,
    };
    write(&report, asked.force)?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![documents(&report), findings::table(&report.findings)])
            .text(|| text(&report)),
    )?;
    Ok(super::finish(global, &report.findings))
}

/// All of them or, where one exists, none.
fn write(report: &UblReport, force: bool) -> Result<()> {
    if report.documents.is_empty() {
        return Ok(());
    }
    let folder = &report.folder;
    std::fs::create_dir_all(folder).map_err(|source| OutputError::Write {
        path: folder.clone(),
        source,
    })?;
    let paths = || {
        report
            .documents
            .iter()
            .map(|one| (one, folder.join(&one.file)))
    };
    if let Some((_, path)) = paths().find(|(_, path)| !force && path.exists()) {
        return Err(OutputError::Exists { path }.into());
    }
    for (document, path) in paths() {
        to_file(&document.xml, &path, force)?;
    }
    Ok(())
}

fn text(report: &UblReport) -> String {
    let mut parts = Vec::new();
    if !report.documents.is_empty() {
        parts.push(documents(report).to_text());
    }
    parts.extend(findings::text(&report.findings));
    if parts.is_empty() {
        parts.push("there is nothing to invoice".to_owned());
    }
    parts.join("\n\n")
}

fn documents(report: &UblReport) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("number"),
        Column::text("reference").for_exports(),
        Column::text("kind"),
        Column::text("state"),
        Column::money("net"),
        Column::money("tax"),
        Column::money("payable").with_currency(),
        Column::text("file"),
    ];
    let rows = report.documents.iter().map(|one| {
        let standing = serde_json::to_value(one.standing).unwrap_or_default();
        row![
            &one.account,
            &one.number,
            &one.reference,
            word(&one.kind),
            standing.as_str().unwrap_or_default().replace('-', " "),
            one.net,
            one.tax,
            one.payable,
            report.folder.join(&one.file).display().to_string(),
        ]
    });
    Table::new("documents", columns).with_rows(rows)
}

//! `counterfoil preview`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use counterfoil_engine::preview::{
    Language, Page, Pages, PreviewError, Shown, Standing, collect, earlier, languages,
    remove_stale, write,
};
use counterfoil_engine::session::Session;
use counterfoil_model::document::DocumentKind;
use counterfoil_model::money::Money;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::findings::word;
use crate::args::{Global, PipelineAndPeriod};
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PreviewReport {
    pipeline: String,
    billing_period: String,
    /// Where the pages are.
    folder: PathBuf,
    /// The page that leads to all others.
    index: String,
    documents: Vec<Previewed>,
    /// Pages of the preview before it in the folder, whose documents are no more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    removed: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Previewed {
    account: String,
    reference: String,
    kind: DocumentKind,
    sink: String,
    standing: Standing,
    net: Money,
    /// Its page, in the folder.
    file: String,
}

pub(crate) const SHAPE: Shape<PreviewReport> = Shape::new(
    "preview/1",
    "The pages that were written, one for each document of a period.",
    &["documents"],
);

const EXAMPLES: &str = "\
Examples:
  counterfoil preview --period 2026-03
  counterfoil preview --period 2026-03 --account acme --folder to-look-at --language sv
  chromium --headless --no-pdf-header-footer --print-to-pdf=acme.pdf to-look-at/acme-CF-ABCDEFGHIJKLMNOP.html";

/// Writes a page for each document of a period as the customer will see it: what is planned, marked as not sent, and what
/// was delivered. The pages print on A4.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Preview {
    #[command(flatten)]
    pub(crate) what: PipelineAndPeriod,
    /// Only the documents of one account.
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// The folder for the pages; `preview-` and the period if left out.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// en, sv, de, or iso for plain numbers, for all pages; the account's or the issuer's if left out.
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    pub(crate) language: Option<Language>,
    /// A minijinja template of your own for the documents, instead of the one that comes along.
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Option<PathBuf>,
    /// Replaces pages that exist. Of the preview of the same month that stood in the folder, pages whose documents are no
    /// more are removed, and named; not with --account.
    #[arg(long)]
    pub(crate) force: bool,
}

fn language(text: &str) -> Result<Language, String> {
    serde_json::from_value(Value::String(text.to_owned()))
        .map_err(|_| "one of en, sv, de, iso".to_owned())
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Preview) -> Result<Exit> {
    let pipeline = session.pipeline(what.what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let period = session.period(pipeline, what.what.period.as_deref())?;
    let shown = collect(session, &wired, &period, what.account.as_deref()).await?;
    let issuer = session.config.issuer(&pipeline.config.issuer);
    let language = what.language.unwrap_or(issuer.language);
    let template = match &what.template {
        Some(path) => {
            let read = std::fs::read_to_string(path);
            Some(read.map_err(|source| PreviewError::Template {
                path: path.clone(),
                source,
            })?)
        }
        None => None,
    };
    let own = match what.language {
        Some(_) => BTreeMap::new(),
        None => languages(pipeline),
    };
    let id = period.id();
    let pages = Pages::new(language, template)?;
    let pages = pages.render(&issuer.seller, (&id, &own), &shown)?;
    let folder = match &what.folder {
        Some(folder) => folder.clone(),
        None => PathBuf::from(format!("preview-{}", period.id())),
    };
    let before = match (&what.account, what.force) {
        (None, true) => earlier(&folder, &period.id()),
        (_, _) => Vec::new(),
    };
    write(&folder, &pages, what.force)?;
    let removed = remove_stale(&folder, before, &pages)?;
    let documents = shown.iter().zip(&pages[1..]);
    let report = PreviewReport {
        pipeline: pipeline.name.clone(),
        billing_period: period.id(),
        index: folder.join("index.html").display().to_string(),
        documents: documents
            .map(|(one, page)| Previewed::new(one, page))
            .collect(),
        removed,
        folder,
    };
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![documents_of(&report)])
            .text(|| {
                let mut parts = vec![documents_of(&report).to_text()];
                parts.extend(report.removed.iter().map(|file| {
                    let path = report.folder.join(file);
                    format!("removed, since its document is no more: {}", path.display())
                }));
                parts.push(format!("all of them: {}", report.index));
                parts.join("\n\n")
            }),
    )?;
    Ok(Exit::Done)
}

impl Previewed {
    fn new(shown: &Shown, page: &Page) -> Self {
        Self {
            account: shown.account.to_string(),
            reference: shown.delivery.reference.to_string(),
            kind: shown.delivery.kind,
            sink: shown.sink.clone(),
            standing: shown.standing,
            net: shown.delivery.net,
            file: page.file.clone(),
        }
    }
}

fn documents_of(report: &PreviewReport) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("reference"),
        Column::text("kind"),
        Column::text("sink").for_exports(),
        Column::money("net").with_currency(),
        Column::text("state"),
        Column::text("file").titled("page"),
    ];
    let rows = report.documents.iter().map(|one| {
        let standing = serde_json::to_value(one.standing).unwrap_or_default();
        row![
            &one.account,
            &one.reference,
            word(&one.kind),
            &one.sink,
            one.net,
            standing.as_str().unwrap_or_default().replace('-', " "),
            report.folder.join(&one.file).display().to_string(),
        ]
    });
    Table::new("documents", columns).with_rows(rows)
}

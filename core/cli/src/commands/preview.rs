//! `counterfoil preview`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use counterfoil_engine::preview::{Language, Page, Pages, PreviewError, Shown, collect, write};
use counterfoil_engine::session::Session;
use serde_json::{Value, json};

use crate::args::{Global, PipelineAndPeriod};
use crate::exit::Exit;
use crate::table::table;

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
    /// en, sv, de, or iso for plain numbers; the issuer's if left out.
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    pub(crate) language: Option<Language>,
    /// A minijinja template of your own for the documents, instead of the one that comes along.
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Option<PathBuf>,
    /// Replaces pages that exist.
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
    let pages = Pages::new(language, template)?.render(&issuer.seller, &period.id(), &shown)?;
    let folder = match &what.folder {
        Some(folder) => folder.clone(),
        None => PathBuf::from(format!("preview-{}", period.id())),
    };
    write(&folder, &pages, what.force)?;
    let data = json!({
        "pipeline": pipeline.name,
        "billing_period": period.id(),
        "index": folder.join("index.html").display().to_string(),
        "documents": shown.iter().zip(&pages[1..]).map(|(one, page)| data(one, page)).collect::<Vec<_>>(),
    });
    global.show(&data, || {
        let rows = shown.iter().zip(&pages[1..]).map(|(one, page)| {
            [
                one.delivery.buyer.account.to_string(),
                one.delivery.reference.to_string(),
                one.delivery.net.to_string(),
                standing(one),
                folder.join(&page.file).display().to_string(),
            ]
        });
        format!(
            "{}\n\nall of them: {}",
            table(&["account", "reference", "net>", "state", "page"], rows),
            folder.join("index.html").display()
        )
    })?;
    Ok(Exit::Done)
}

fn standing(shown: &Shown) -> String {
    let word = serde_json::to_value(shown.standing).unwrap_or_default();
    word.as_str().unwrap_or_default().replace('-', " ")
}

fn data(shown: &Shown, page: &Page) -> Value {
    json!({
        "account": shown.delivery.buyer.account,
        "reference": shown.delivery.reference,
        "kind": shown.delivery.kind,
        "sink": shown.sink,
        "standing": shown.standing,
        "net": shown.delivery.net,
        "file": page.file,
    })
}

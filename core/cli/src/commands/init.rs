//! `counterfoil init`: what is wanted, by flags or by questions; the engine writes it.

mod questions;
mod zones;

use std::io::{IsTerminal, stderr, stdin};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use counterfoil_engine::config::Approval;
use counterfoil_engine::init::{NextStep, Starter, StarterSink, StarterSource, write_starter};
use counterfoil_engine::schema::Settings;
use counterfoil_model::money::Currency;
use counterfoil_model::time::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use super::bundled_connectors;
use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};

const EXAMPLES: &str = "\
Examples:
  counterfoil init billing
  counterfoil init billing --company 'Hosting AB' --timezone Europe/Stockholm --currency SEK --yes
  counterfoil init billing --source nautobot --source-url https://nautobot.example.net \\
      --sink odoo --sink-url https://odoo.example.net --yes";

const NAUTOBOT_URL: &str = "https://nautobot.example.net";
const ODOO_URL: &str = "https://odoo.example.net";
const PRACTICE_URL: &str = "http://127.0.0.1:8080";

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InitReport {
    /// The files that were written.
    written: Vec<String>,
    next_steps: Vec<StepEntry>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct StepEntry {
    command: String,
    what_it_does: String,
}

pub(crate) const SHAPE: Shape<InitReport> = Shape::new(
    "init/1",
    "The files of the starter pipeline, and what to do next.",
    &["next_steps"],
);

/// Writes a starter pipeline that passes `check`: asks at a terminal, or takes flags.
#[derive(Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Init {
    /// The folder to write to; this one if left out.
    pub(crate) folder: Option<PathBuf>,
    /// The seller, as it stands on documents.
    #[arg(long, value_name = "NAME")]
    pub(crate) company: Option<String>,
    /// The time zone of days and months, such as Europe/Stockholm.
    #[arg(long, value_name = "ZONE", value_parser = zones::checked)]
    pub(crate) timezone: Option<String>,
    /// The currency of the first account and its prices, such as EUR.
    #[arg(long, value_name = "CODE", value_parser = currency)]
    pub(crate) currency: Option<Currency>,
    /// Where resources come from.
    #[arg(long)]
    pub(crate) source: Option<SourceKind>,
    /// Where Nautobot is.
    #[arg(long, value_name = "URL", value_parser = url)]
    pub(crate) source_url: Option<String>,
    /// Where invoices go.
    #[arg(long)]
    pub(crate) sink: Option<SinkKind>,
    /// Where the practice API or Odoo is.
    #[arg(long, value_name = "URL", value_parser = url)]
    pub(crate) sink_url: Option<String>,
    /// Who lets a plan be sent: a person, or nobody where nothing blocks.
    #[arg(long)]
    pub(crate) approval: Option<ApprovalKind>,
    /// Asks nothing: what no flag says is as in the questions' defaults.
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SourceKind {
    /// A folder of daily CSV or Excel exports, with sample data.
    Spreadsheet,
    Nautobot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SinkKind {
    /// The practice invoicing API that comes with Counterfoil.
    Practice,
    Odoo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ApprovalKind {
    Manual,
    Automatic,
}

pub(crate) async fn run(global: &Global, mut what: Init) -> Result<Exit> {
    if !what.yes && !global.output.is_json() && stdin().is_terminal() && stderr().is_terminal() {
        questions::ask(&mut stdin().lock(), &mut stderr(), &mut what)?;
    }
    let folder = what.folder.clone().unwrap_or_else(|| PathBuf::from("."));
    let starter = starter(global, what)?;
    // They are a help for editors: a connector that cannot be read is told by `check`, and keeps nobody from a starter.
    let settings = Settings::bundled(&bundled_connectors()?).unwrap_or_default();
    // Once it is listened to, Ctrl-C no longer ends the process between two files: all of them are written, or none.
    let written = tokio::select! {
        biased;
        _ = tokio::signal::ctrl_c() => bail!("interrupted: nothing was written"),
        written = async { write_starter(&folder, &starter, &settings) } => written,
    };
    let names: Vec<String> = written?
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let mut steps = starter.next_steps();
    if folder.as_os_str() != "." {
        let command = format!("cd {}", shell_word(&folder.display().to_string()));
        steps.insert(
            0,
            NextStep {
                command,
                what_it_does: String::new(),
            },
        );
    }
    let report = InitReport {
        written: names,
        next_steps: steps
            .iter()
            .map(|step| StepEntry {
                command: step.command.clone(),
                what_it_does: step.what_it_does.clone(),
            })
            .collect(),
    };
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![next_steps(&report)])
            .text(|| told(&report.written, &steps)),
    )?;
    Ok(Exit::Done)
}

fn next_steps(report: &InitReport) -> Table {
    let rows = report.next_steps.iter();
    let rows = rows.map(|step| row![&step.command, &step.what_it_does]);
    let columns = ["command", "what_it_does"].map(Column::text);
    Table::new("next_steps", columns).with_rows(rows)
}

fn told(names: &[String], steps: &[NextStep]) -> String {
    let width = steps
        .iter()
        .map(|step| step.command.chars().count())
        .max()
        .unwrap_or_default();
    let mut text = format!("wrote\n  {}\n\nnext:", names.join("\n  "));
    for NextStep {
        command,
        what_it_does,
    } in steps
    {
        if what_it_does.is_empty() {
            text.push_str(&format!("\n  {command}"));
        } else {
            text.push_str(&format!("\n  {command:width$}  # {what_it_does}"));
        }
    }
    text
}

fn starter(global: &Global, what: Init) -> Result<Starter> {
    let timezone = what.timezone.unwrap_or_else(|| zones::DEFAULT.to_owned());
    let source = match what.source.unwrap_or(SourceKind::Spreadsheet) {
        SourceKind::Spreadsheet if what.source_url.is_some() => {
            bail!("`--source-url` is Nautobot's: a folder of exports has no address")
        }
        SourceKind::Spreadsheet => StarterSource::Spreadsheet,
        SourceKind::Nautobot => StarterSource::Nautobot {
            url: what.source_url.unwrap_or_else(|| NAUTOBOT_URL.to_owned()),
        },
    };
    let sink = match what.sink.unwrap_or(SinkKind::Practice) {
        SinkKind::Practice => StarterSink::Practice {
            url: what.sink_url.unwrap_or_else(|| PRACTICE_URL.to_owned()),
        },
        SinkKind::Odoo => StarterSink::Odoo {
            url: what.sink_url.unwrap_or_else(|| ODOO_URL.to_owned()),
        },
    };
    Ok(Starter {
        company: what.company.unwrap_or_else(|| "Your company".to_owned()),
        zone: TimeZone::get(&timezone).context("read the time zone")?,
        timezone,
        currency: match what.currency {
            Some(currency) => currency,
            None => "EUR".parse().context("read the currency")?,
        },
        source,
        sink,
        approval: match what.approval {
            None | Some(ApprovalKind::Manual) => Approval::Manual,
            Some(ApprovalKind::Automatic) => Approval::Automatic,
        },
        now: global.now(),
    })
}

fn currency(text: &str) -> Result<Currency, String> {
    let code = text.trim().to_uppercase();
    code.parse()
        .map_err(|error: counterfoil_model::money::CurrencyError| error.to_string())
}

fn url(text: &str) -> Result<String, String> {
    let text = text.trim().trim_end_matches('/');
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(char::is_whitespace) => {
            Ok(text.to_owned())
        }
        _ => Err(format!(
            "`{text}` is no address; expected one such as {ODOO_URL}"
        )),
    }
}

/// As a shell takes it.
fn shell_word(text: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "-_=+,./:@%".contains(character);
    if text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

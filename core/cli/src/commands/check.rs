//! `counterfoil check`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::check::{CheckReport, check};
use counterfoil_engine::config::Config;
use counterfoil_engine::connect::Connectors;

use super::bundled_connectors;
use crate::args::Global;
use crate::exit::Exit;

const EXAMPLES: &str = "\
Examples:
  counterfoil check
  counterfoil check --connect";

/// Reports every mistake of the configuration at once, with file and line.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    /// Also calls each connector's own check: does it reach its system with its credential?
    #[arg(long)]
    pub(crate) connect: bool,
}

pub(crate) async fn run(global: &Global, what: &Check) -> Result<Exit> {
    let config = Config::read(&global.config)?;
    let cache = config.store.with_extension("connectors");
    let connectors = Connectors::new(bundled_connectors()?, config.folder.clone(), Some(&cache))?;
    let report = check(&config, &connectors, what.connect).await;
    global.show(&report, || text(&report))?;
    let reached = report
        .connections
        .iter()
        .all(|connection| connection.reached);
    Ok(match (report.problems.is_empty(), reached) {
        (false, _) => Exit::Usage,
        (true, false) => Exit::Failed,
        (true, true) => Exit::Done,
    })
}

fn text(report: &CheckReport) -> String {
    let mut parts: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    parts.extend(report.connections.iter().map(|connection| {
        let mark = if connection.reached {
            "reached"
        } else {
            "NOT REACHED"
        };
        format!("{}: {mark}: {}", connection.name, connection.answer)
    }));
    parts.push(match report.problems.len() {
        0 => format!(
            "the configuration is right: {}",
            report.pipelines.join(", ")
        ),
        1 => "the configuration has 1 problem".to_owned(),
        count => format!("the configuration has {count} problems"),
    });
    parts.join("\n\n")
}

//! `counterfoil check`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::check::{CheckReport, check};
use counterfoil_model::counted::counted;

use super::bundled_connectors;
use crate::args::Global;
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};
use crate::style::{self, To};

const EXAMPLES: &str = "\
Examples:
  counterfoil check
  counterfoil check --connect";

pub(crate) const SHAPE: Shape<CheckReport> = Shape::new(
    "check/1",
    "Every mistake of the configuration, and what the connectors answered to --connect.",
    &["problems", "connections"],
);

/// Reports every mistake of the configuration at once, with file and line.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    /// Also calls each connector's own check: does it reach its system with its credential?
    #[arg(long)]
    pub(crate) connect: bool,
}

pub(crate) async fn run(global: &Global, what: &Check) -> Result<Exit> {
    let report = check(
        &global.config,
        &bundled_connectors()?,
        global.now(),
        what.connect,
    )
    .await;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| vec![problems(&report), connections(&report)])
            .text(|| text(&report)),
    )?;
    let reached = report
        .connections
        .iter()
        .all(|connection| connection.reached);
    Ok(match (report.errors(), reached) {
        (0, true) => Exit::Done,
        (0, false) => Exit::Failed,
        (_, _) => Exit::Usage,
    })
}

fn text(report: &CheckReport) -> String {
    let mut parts: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    parts.extend(report.schedules.iter().map(|schedule| {
        let head = format!(
            "{}: {} = \"{}\" ({}), next:",
            schedule.pipeline, schedule.stage, schedule.expression, schedule.zone
        );
        let times = schedule.times.iter().map(|time| format!("  {time}"));
        std::iter::once(head)
            .chain(times)
            .collect::<Vec<_>>()
            .join("\n")
    }));
    parts.extend(report.connections.iter().map(|connection| {
        let mark = if connection.reached {
            "reached".to_owned()
        } else {
            style::alarm("NOT REACHED", To::Output)
        };
        let line = format!("{}: {mark}: {}", connection.name, connection.answer);
        match &connection.hint {
            Some(hint) => format!("{line}\n  hint: {hint}"),
            None => line,
        }
    }));
    parts.push(verdict(report));
    parts.join("\n\n")
}

fn verdict(report: &CheckReport) -> String {
    match (report.errors(), report.warnings()) {
        (0, 0) => format!(
            "the configuration is right: {}",
            report.pipelines.join(", ")
        ),
        (0, warnings) => format!(
            "the configuration can be used: {}; {}",
            report.pipelines.join(", "),
            counted(warnings, "warning")
        ),
        (errors, 0) => format!("the configuration has {}", counted(errors, "problem")),
        (errors, warnings) => format!(
            "the configuration has {} and {}",
            counted(errors, "problem"),
            counted(warnings, "warning")
        ),
    }
}

fn problems(report: &CheckReport) -> Table {
    let columns = [
        Column::text("file"),
        Column::integer("line"),
        Column::text("message"),
        Column::text("hint"),
        Column::text("excerpt"),
    ];
    let rows = report.problems.iter().map(|problem| {
        row![
            problem.file.display().to_string(),
            problem.line,
            &problem.message,
            problem.hint.as_ref(),
            problem.excerpt.as_ref(),
        ]
    });
    Table::new("problems", columns).with_rows(rows)
}

fn connections(report: &CheckReport) -> Table {
    let columns = [
        Column::text("connector"),
        Column::text("reached"),
        Column::text("answer"),
    ];
    let rows = report
        .connections
        .iter()
        .map(|connection| row![&connection.name, connection.reached, &connection.answer]);
    Table::new("connections", columns).with_rows(rows)
}

//! `counterfoil classify`.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use counterfoil_engine::classify::{Classified, ClassifyReport, classify};
use counterfoil_engine::session::Session;
use counterfoil_model::counted::counted;
use counterfoil_model::ownership::{Because, Winner};

use super::left_behind;
use crate::args::Global;
use crate::exit::Exit;
use crate::filters::WhoAndWhat;
use crate::output::{Column, Shape, Table, row};
use crate::when;

const EXAMPLES: &str = "\
Examples:
  counterfoil classify
  counterfoil classify --resource VM-1007 --at 2026-03-15
  counterfoil classify --customer acme --kind virtual-machine";

pub(crate) const SHAPE: Shape<ClassifyReport> = Shape::new(
    "classify/1",
    "Whose each resource is at an instant, by which rule, or why nobody is billed for it.",
    &["resources", "decisions", "left_behind"],
);

/// Shows whose each resource is, by which rule, and what is in suspense.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Classify {
    pub(crate) pipeline: Option<String>,
    /// A day (its end), an instant, or how long ago: 30d, 6mo, 1y; now if left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// One resource with the whole explanation: the rules that won, and those that lost to them.
    #[arg(long, value_name = "ID")]
    pub(crate) resource: Option<String>,
    #[command(flatten)]
    of: WhoAndWhat,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Classify) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let at = match &what.at {
        Some(text) => when::past(text, session.now, &pipeline.zone)?,
        None => when::just_before(session.now),
    };
    let narrow = what.of.narrow(session, &wired, None).await?;
    let report = classify(session, &wired, at, what.resource.as_deref(), &narrow).await?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| {
                vec![
                    resources(&report),
                    decisions(&report),
                    left_behind::table(&report.left_behind),
                ]
            })
            .text(|| {
                let text = if what.resource.is_some() {
                    one(&report)
                } else {
                    all(&report)
                };
                let left = left_behind::text(&report.left_behind);
                [Some(text), left]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join("\n\n")
            }),
    )?;
    Ok(
        if report.resources.iter().any(|resource| resource.suspended)
            || !report.left_behind.is_empty()
        {
            Exit::Findings
        } else {
            Exit::Done
        },
    )
}

fn all(report: &ClassifyReport) -> String {
    let mut counts: BTreeMap<(String, String, String, String), usize> = BTreeMap::new();
    let mut not_billed: BTreeMap<String, Vec<&Classified>> = BTreeMap::new();
    for resource in &report.resources {
        if let Some(reason) = &resource.not_billed {
            not_billed.entry(reason.clone()).or_default().push(resource);
            continue;
        }
        let key = (
            resource.customers.join(", "),
            resource.service.clone().unwrap_or_default(),
            resource.plan.clone().unwrap_or_default(),
            resource.kind.clone(),
        );
        *counts.entry(key).or_default() += 1;
    }
    let columns = [
        Column::text("customer"),
        Column::text("service"),
        Column::text("plan"),
        Column::text("kind"),
        Column::integer("resources"),
    ];
    let rows = counts
        .into_iter()
        .map(|((customer, service, plan, kind), count)| row![customer, service, plan, kind, count]);
    let mut text = Table::new("counts", columns).with_rows(rows).to_text();
    text.push_str(&format!(
        "\n\n{} at {}",
        counted(report.resources.len(), "resource"),
        report.at
    ));
    for (reason, resources) in not_billed {
        let shown: Vec<String> = resources
            .iter()
            .take(8)
            .map(|resource| format!("{} {}", resource.external_id, resource.name))
            .collect();
        let more = match resources.len().saturating_sub(shown.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let mark = if resources.iter().any(|resource| resource.suspended) {
            "in suspense, "
        } else {
            ""
        };
        text.push_str(&format!("\n{mark}{reason}: {}{more}", shown.join(", ")));
    }
    text
}

fn one(report: &ClassifyReport) -> String {
    if report.resources.is_empty() {
        return format!("nothing of this id or name was there at {}", report.at);
    }
    let described = report.resources.iter().map(|resource| {
        let head = match &resource.not_billed {
            Some(reason) => reason.clone(),
            None => format!(
                "{} · {} · {}",
                resource.customers.join(", "),
                resource.service.as_deref().unwrap_or("no service"),
                resource.plan.as_deref().unwrap_or("no plan")
            ),
        };
        let (id, name) = (&resource.external_id, &resource.name);
        format!(
            "{id} {name} ({}) at {}\n{head}\n{}",
            resource.kind,
            report.at,
            because(&resource.because)
        )
    });
    described.collect::<Vec<_>>().join("\n\n")
}

/// For each target the winner, and those that lost to it.
pub(crate) fn because(because: &Because) -> String {
    let lines = because.targets.iter().map(|(target, decision)| {
        let winner = match &decision.winner {
            Winner::Rule(rule) => format!("rule `{}` ({})", rule.rule, rule.place),
            Winner::Default => "the default".to_owned(),
            Winner::Agreement => "the account's agreement".to_owned(),
        };
        let losers = decision.losers.iter().map(|loser| {
            format!(
                "`{}` ({}) would say {}",
                loser.rule, loser.place, loser.value
            )
        });
        let losers: Vec<String> = losers.collect();
        let lost = if losers.is_empty() {
            String::new()
        } else {
            format!("; over {}", losers.join(", "))
        };
        format!("  {target} = {} by {winner}{lost}", decision.value)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn resources(report: &ClassifyReport) -> Table {
    let columns = [
        Column::text("kind"),
        Column::text("external_id"),
        Column::text("name"),
        Column::text("customers"),
        Column::text("service"),
        Column::text("plan"),
        Column::text("suspended"),
        Column::text("not_billed"),
        Column::integer("resource"),
    ];
    let rows = report.resources.iter().map(|resource| {
        row![
            &resource.kind,
            &resource.external_id,
            &resource.name,
            resource.customers.join(", "),
            resource.service.as_ref(),
            resource.plan.as_ref(),
            resource.suspended,
            resource.not_billed.as_ref(),
            resource.resource.0,
        ]
    });
    Table::new("resources", columns).with_rows(rows)
}

/// For each resource and target what was decided and by what, a row for each rule that lost as well.
fn decisions(report: &ClassifyReport) -> Table {
    let columns = [
        Column::text("external_id"),
        Column::text("name"),
        Column::text("target"),
        Column::text("outcome"),
        Column::text("value"),
        Column::text("rule"),
        Column::text("place"),
    ];
    let mut table = Table::new("decisions", columns);
    for resource in &report.resources {
        let (id, name) = (&resource.external_id, &resource.name);
        for (target, decision) in resource.because.targets.iter() {
            let (rule, place) = match &decision.winner {
                Winner::Rule(rule) => (rule.rule.as_str(), Some(rule.place.as_str())),
                Winner::Default => ("the default", None),
                Winner::Agreement => ("the agreement", None),
            };
            table.push(row![id, name, target, "won", &decision.value, rule, place]);
            for lost in &decision.losers {
                table.push(row![
                    id,
                    name,
                    target,
                    "lost",
                    &lost.value,
                    lost.rule.as_str(),
                    lost.place.as_str()
                ]);
            }
        }
    }
    table
}

//! `counterfoil classify`.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use counterfoil_engine::classify::{Classified, ClassifyReport, classify};
use counterfoil_engine::session::Session;
use counterfoil_model::ownership::{Because, Winner};

use crate::args::Global;
use crate::exit::Exit;
use crate::table::table;
use crate::when;

const EXAMPLES: &str = "\
Examples:
  counterfoil classify
  counterfoil classify --resource VM-1007 --at 2026-03-15";

/// Shows whose each resource is, by which rule, and what is in suspense.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Classify {
    pub(crate) pipeline: Option<String>,
    /// A day or an instant; now if left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// One resource with the whole explanation: the rules that won, and those that lost to them.
    #[arg(long, value_name = "ID")]
    pub(crate) resource: Option<String>,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Classify) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let at = match &what.at {
        Some(text) => when::instant(text, &pipeline.zone)?,
        None => when::just_before(session.now),
    };
    let report = classify(session, &wired, at, what.resource.as_deref()).await?;
    global.show(&report, || {
        if what.resource.is_some() {
            one(&report)
        } else {
            all(&report)
        }
    })?;
    Ok(
        if report.resources.iter().any(|resource| resource.suspended) {
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
    let rows = counts
        .into_iter()
        .map(|((customer, service, plan, kind), count)| {
            [customer, service, plan, kind, count.to_string()]
        });
    let mut text = table(&["customer", "service", "plan", "kind", "resources>"], rows);
    text.push_str(&format!(
        "\n\n{} resources at {}",
        report.resources.len(),
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

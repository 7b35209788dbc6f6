//! `counterfoil plan`.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::approve::Decision;
use counterfoil_engine::classify::suspense_text;
use counterfoil_engine::notify;
use counterfoil_engine::plan::{PlanReport, SinkPlan, plan};
use counterfoil_engine::session::Session;
use counterfoil_model::finding::Severity;
use counterfoil_model::ids::AccountId;
use counterfoil_model::plan::{PlannedAction, PlannedDelivery};

use super::{findings, notifications};
use crate::args::{Global, PipelineAndPeriod};
use crate::exit::Exit;
use crate::progress::Bars;
use crate::table::table;

const EXAMPLES: &str = "\
Examples:
  counterfoil plan --period 2026-03
  counterfoil plan north --period 2026-03 --json";

/// Rates a period and shows what would be sent, without sending anything.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) what: PipelineAndPeriod,
    /// Shows every line.
    #[arg(long)]
    pub(crate) lines: bool,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Plan) -> Result<Exit> {
    let pipeline = session.pipeline(what.what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let connectors = Global::connectors(session)?;
    let period = session.period(pipeline, what.what.period.as_deref())?;
    let outcome = plan(session, &connectors, &wired, &period, &Bars::new()).await;
    let told = notify::after(session, &wired, "plan", &outcome).await;
    let mut report = outcome?;
    report.notifications = told;
    global.show(&report, || text(&report, what.lines))?;
    let every = report
        .findings
        .iter()
        .chain(report.plans.iter().flat_map(|plan| &plan.plan.findings));
    let blocked = every
        .into_iter()
        .any(|finding| finding.severity == Severity::Blocking);
    Ok(if blocked { Exit::Findings } else { Exit::Done })
}

fn text(report: &PlanReport, lines: bool) -> String {
    let mut parts = Vec::new();
    for plan in &report.plans {
        parts.push(sink_text(plan, lines));
    }
    parts.push(completeness(report));
    parts.extend(findings::text(&report.findings));
    for plan in &report.plans {
        parts.extend(findings::text(&plan.plan.findings));
    }
    parts.extend(
        report
            .plans
            .iter()
            .filter_map(|plan| next_step(report, plan)),
    );
    parts.extend(notifications::told(&report.notifications));
    parts.join("\n\n")
}

fn next_step(report: &PlanReport, plan: &SinkPlan) -> Option<String> {
    let waits = plan.plan.effects().any(|planned| {
        let account = planned.delivery.buyer.account.as_str();
        matches!(
            plan.approval.get(account),
            Some(Decision::Waiting { .. }) | None
        )
    });
    waits.then(|| {
        format!(
            "next: counterfoil approve {} --period {} --plan {} --all --by NAME",
            report.pipeline,
            report.billing_period,
            plan.plan.id.short()
        )
    })
}

fn sink_text(plan: &SinkPlan, lines: bool) -> String {
    let id = plan.plan.id.short();
    let mut parts = vec![format!(
        "plan {id} of {} for the sink {}",
        plan.plan.billing_period, plan.sink
    )];
    let deliveries = plan.plan.deliveries.iter().map(|planned| {
        let delivery = &planned.delivery;
        let approval = match plan.approval.get(delivery.buyer.account.as_str()) {
            Some(Decision::Approved { by, .. }) => format!("approved by {by}"),
            Some(Decision::Held { by, reason, .. }) => format!("held by {by}: {reason}"),
            Some(Decision::Waiting { .. }) | None if planned.action == PlannedAction::Nothing => {
                "stands".to_owned()
            }
            Some(Decision::Waiting {
                approved_by,
                needed,
            }) if !approved_by.is_empty() => format!(
                "waits: {} of {needed} approved ({})",
                approved_by.len(),
                approved_by.join(", ")
            ),
            Some(Decision::Waiting { .. }) | None => waits(plan, delivery.slot.account),
        };
        [
            delivery.buyer.account.to_string(),
            delivery.reference.to_string(),
            action_text(planned),
            delivery.lines.len().to_string(),
            planned.amount.confirmed.amount(),
            planned.amount.now.amount(),
            planned.amount.difference.to_string(),
            approval,
        ]
    });
    let titles = [
        "account",
        "reference",
        "action",
        "lines>",
        "confirmed>",
        "now>",
        "difference>",
        "approval",
    ];
    parts.push(table(&titles, deliveries));
    if lines {
        parts.extend(plan.plan.deliveries.iter().map(delivery_lines));
    }
    let totals = plan.plan.totals.iter().map(|total| {
        [
            total.now.currency().to_string(),
            total.confirmed.amount(),
            total.now.amount(),
            total.difference.amount(),
        ]
    });
    parts.push(table(
        &["total", "confirmed>", "now>", "difference>"],
        totals,
    ));
    parts.push(changes(plan));
    parts.join("\n\n")
}

/// Why a tolerance did not let it go, where one decides.
fn waits(plan: &SinkPlan, account: AccountId) -> String {
    let outside = plan
        .judgements
        .iter()
        .find(|one| one.account == account && !one.within);
    match outside.map(|one| (one.last, one.deviation)) {
        Some((Some(last), Some(deviation))) => {
            format!("waits: differs by {deviation} from {last}")
        }
        Some((_, _)) => "waits: never billed before".to_owned(),
        None => "waits".to_owned(),
    }
}

fn action_text(planned: &PlannedDelivery) -> String {
    let action = match planned.action {
        PlannedAction::Create => "create",
        PlannedAction::Update => "update",
        PlannedAction::Void => "void",
        PlannedAction::Nothing => "nothing",
    };
    let kind = match planned.delivery.kind {
        counterfoil_model::document::DocumentKind::Invoice => "invoice",
        counterfoil_model::document::DocumentKind::CreditNote => "credit note",
    };
    format!("{action} {kind}")
}

fn delivery_lines(planned: &PlannedDelivery) -> String {
    let delivery = &planned.delivery;
    let rows = delivery.lines.iter().enumerate().map(|(index, line)| {
        [
            (index + 1).to_string(),
            line.description.clone(),
            line.quantity.to_string(),
            line.unit_price.to_string(),
            line.net.amount(),
        ]
    });
    let head = format!(
        "{} {} {}",
        delivery.reference, delivery.buyer.name, delivery.net
    );
    format!(
        "{head}\n{}",
        table(
            &["line", "description", "quantity>", "unit price>", "net>"],
            rows
        )
    )
}

/// Against the period before, the greatest first.
fn changes(plan: &SinkPlan) -> String {
    const SHOWN: usize = 10;
    let mut changes: Vec<_> = plan.plan.changes.iter().collect();
    if changes.is_empty() {
        return "nothing changed since the period before".to_owned();
    }
    changes.sort_by_key(|change| std::cmp::Reverse(change.difference.minor().unsigned_abs()));
    let keys: std::collections::BTreeMap<_, _> = plan
        .plan
        .accounts
        .iter()
        .filter_map(|total| Some((total.account, total.key.clone()?)))
        .collect();
    let rows = changes.iter().take(SHOWN).map(|change| {
        let dimensions: Vec<&str> = change.dimensions.values().map(String::as_str).collect();
        [
            keys.get(&change.account)
                .map_or_else(|| change.account.to_string(), ToString::to_string),
            change.item.to_string(),
            dimensions.join(", "),
            change.before.amount(),
            change.now.amount(),
            change.difference.to_string(),
        ]
    });
    let text = table(
        &[
            "changed",
            "item",
            "of",
            "period before>",
            "now>",
            "difference>",
        ],
        rows,
    );
    match changes.len().saturating_sub(SHOWN) {
        0 => text,
        more => format!("{text}\n… and {more} more (--json has all)"),
    }
}

pub(super) fn completeness(report: &PlanReport) -> String {
    let completeness = &report.completeness;
    let rows = completeness.kinds.iter().map(|(kind, balance)| {
        let seconds = &balance.seconds;
        [
            kind.to_string(),
            balance.at_end.discovered.to_string(),
            hours(seconds.discovered),
            hours(seconds.billed),
            hours(seconds.non_billable),
            hours(seconds.not_charged),
            hours(seconds.suspended),
            hours(seconds.unpriced),
            if seconds.remainder() == 0 {
                "0".to_owned()
            } else {
                format!("{} s", seconds.remainder())
            },
        ]
    });
    let titles = [
        "kind",
        "at end>",
        "discovered h>",
        "billed h>",
        "non-billable h>",
        "not charged h>",
        "suspended h>",
        "unpriced h>",
        "remainder>",
    ];
    let mut text = table(&titles, rows);
    let suspense = &completeness.suspense;
    if !suspense.resources.is_empty() {
        let total = suspense
            .total
            .map(|total| format!(", worth about {total}"))
            .unwrap_or_default();
        text.push_str(&format!(
            "\n\nin suspense: {} resources{total}",
            suspense.resources.len()
        ));
        for resource in suspense.resources.iter().take(10) {
            let value = resource
                .value
                .map(|value| format!(", about {value}"))
                .unwrap_or_default();
            text.push_str(&format!(
                "\n  {} ({}): {}{value}",
                resource.name,
                resource.kind,
                suspense_text(&resource.reason)
            ));
        }
    }
    text
}

fn hours(seconds: i64) -> String {
    if seconds % 3600 == 0 {
        (seconds / 3600).to_string()
    } else {
        format!("{}:{:02}", seconds / 3600, seconds % 3600 / 60)
    }
}

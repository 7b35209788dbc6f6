//! `counterfoil plan`.

pub(crate) mod review;
pub(super) mod tables;

use anyhow::{Context, Result};
use clap::Args;
use counterfoil_engine::approve::Decision;
use counterfoil_engine::buyers::OtherBuyer;
use counterfoil_engine::classify::suspense_text;
use counterfoil_engine::close::ClosedPeriod;
use counterfoil_engine::filter::Filter;
use counterfoil_engine::notify;
use counterfoil_engine::plan::{PlanReport, Reviewed, SinkPlan, plan};
use counterfoil_engine::session::Session;
use counterfoil_model::counted::counted;
use counterfoil_model::document::Buyer;
use counterfoil_model::finding::Severity;
use counterfoil_model::plan::{PlannedAction, PlannedDelivery};

use super::{NO_CURRENCY, findings, notifications};
use crate::args::{Global, PipelineAndPeriod};
use crate::exit::Exit;
use crate::output::Shape;

const EXAMPLES: &str = "\
Examples:
  counterfoil plan --period 2026-03
  counterfoil plan --period 2026-03 --customer acme --lines
  counterfoil plan --period 2026-03 --all
  counterfoil plan north --period 2026-03 --json";

pub(crate) const SHAPE: Shape<PlanReport> = Shape::new(
    "plan/1",
    "What would be sent for a period, by sink, with what changed, what it leaves out and what is found.",
    &[
        "deliveries",
        "lines",
        "totals",
        "changes",
        "review",
        "reviewed_resources",
        "completeness",
        "suspense",
        "findings",
    ],
);

/// Rates a period and shows what would be sent, without sending anything.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) what: PipelineAndPeriod,
    /// Shows every line.
    #[arg(long)]
    pub(crate) lines: bool,
    /// Reviews every account, also those that differ from the period before by no more than the pipeline's `review`.
    #[arg(long)]
    pub(crate) all: bool,
    /// Tells only of this customer; all are planned.
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) customer: Option<String>,
    /// Of what is balanced and in suspense, tells only of this kind.
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) kind: Option<String>,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Plan) -> Result<Exit> {
    let pipeline = session.pipeline(what.what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let connectors = Global::connectors(session)?;
    let period = session.period(pipeline, what.what.period.as_deref())?;
    // A misspelt name is told before anything is planned.
    let filter = Filter {
        customer: what.customer.clone(),
        kind: what.kind.clone(),
        since: None,
    };
    let narrow = filter.resolve(session, &wired).await?;
    let which = if what.all {
        Reviewed::All
    } else {
        Reviewed::Beyond
    };
    let progress = global.progress();
    let outcome = plan(session, &connectors, &wired, &period, which, &progress).await;
    let told = notify::after(session, &wired, "plan", &outcome).await;
    let mut report = outcome?;
    report.notifications = told;
    let every = report
        .findings
        .iter()
        .chain(report.plans.iter().flat_map(|plan| &plan.plan.findings));
    let blocked = every
        .into_iter()
        .any(|finding| finding.severity == Severity::Blocking);
    report.narrow(&narrow).context("sum what is told")?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| tables::all(&report))
            .text(|| text(&report, what.lines)),
    )?;
    Ok(if blocked { Exit::Findings } else { Exit::Done })
}

fn text(report: &PlanReport, lines: bool) -> String {
    let mut parts = Vec::new();
    parts.extend(report.closed.as_ref().map(closed));
    for plan in &report.plans {
        parts.push(sink_text(plan, lines));
    }
    parts.extend(report.review.as_ref().map(review::text));
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

fn closed(closed: &ClosedPeriod) -> String {
    let ClosedPeriod {
        billing_period,
        certificate,
        by,
        closed,
        ..
    } = closed;
    format!(
        "{billing_period} is closed by certificate {certificate} ({by}, {closed}): what is delivered of it now needs a \
         supplementary one, by `counterfoil close --period {billing_period}`"
    )
}

fn next_step(report: &PlanReport, plan: &SinkPlan) -> Option<String> {
    let waits = plan.plan.effects().any(|planned| {
        matches!(
            plan.approval_of(&planned.delivery),
            Some(Decision::Waiting { .. }) | None
        )
    });
    let which = match &report.customer {
        Some(_) => "--account ACCOUNT",
        None => "--all",
    };
    waits.then(|| {
        format!(
            "next: counterfoil approve {} --period {} --plan {} {which} --by NAME",
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
    let hidden = ["sink", "plan", "billing_period", "kind", "buyer"];
    parts.push(tables::deliveries([plan]).without(&hidden).to_text());
    if !plan.other_buyers.is_empty() {
        let others = plan.other_buyers.iter();
        let others: Vec<String> = others.map(|one| other_buyer(one, &plan.sink)).collect();
        parts.push(others.join("\n"));
    }
    if lines {
        let deliveries = plan.plan.deliveries.iter();
        parts.extend(deliveries.map(|planned| delivery_lines(plan, planned)));
    }
    parts.push(tables::totals([plan]).without(&["sink"]).to_text());
    parts.push(changes(plan));
    parts.join("\n\n")
}

/// Whom a correction goes to, where its account is somebody else by now.
fn other_buyer(other: &OtherBuyer, sink: &str) -> String {
    let told = |buyer: &Buyer| {
        let id = buyer.remote_id.as_ref();
        let id = id.map_or_else(String::new, |id| format!(", {id} at {sink}"));
        let reference = buyer.reference.as_ref();
        let reference = reference.map_or_else(String::new, |known| format!(", reference {known}"));
        format!("{} ({}{id}{reference})", buyer.account, buyer.name)
    };
    format!(
        "{} goes to the buyer of its original, {}; the account is {} by now",
        other.reference,
        told(&other.document),
        told(&other.now)
    )
}

fn delivery_lines(plan: &SinkPlan, planned: &PlannedDelivery) -> String {
    let delivery = &planned.delivery;
    let shown = ["line", "description", "quantity", "unit_price", "net"];
    format!(
        "{} {} {}\n{}",
        delivery.reference,
        delivery.buyer.name,
        delivery.net,
        tables::lines([(plan, planned)]).only(&shown).to_text()
    )
}

/// Against the period before, the greatest first.
fn changes(plan: &SinkPlan) -> String {
    const SHOWN: usize = 10;
    let changes = tables::changes([plan]).without(&["sink"]);
    if changes.rows().is_empty() {
        let corrections = plan.plan.deliveries.iter();
        let corrections = corrections.filter(|planned| planned.delivery.corrects.is_some());
        return match corrections
            .filter(|planned| planned.action != PlannedAction::Nothing)
            .count()
        {
            0 => "nothing changed since the period before".to_owned(),
            count => format!(
                "{} of what was issued; nothing else changed since the period before",
                counted(count, "correction")
            ),
        };
    }
    let text = changes.first_to_text(SHOWN);
    match changes.rows().len().saturating_sub(SHOWN) {
        0 => text,
        more => format!("{text}\n… and {more} more (--table changes has all)"),
    }
}

pub(super) fn completeness(report: &PlanReport) -> String {
    let completeness = &report.completeness;
    let mut text = tables::completeness(completeness).to_text();
    let suspense = &completeness.suspense;
    if !suspense.resources.is_empty() {
        let total = suspense.total.map_or_else(
            || format!(", {NO_CURRENCY}"),
            |total| format!(", worth about {total}"),
        );
        text.push_str(&format!(
            "\n\nin suspense: {}{total}",
            counted(suspense.resources.len(), "resource")
        ));
        for resource in suspense.resources.iter().take(10) {
            let value = resource
                .value
                .map(|value| format!(", about {value}"))
                .unwrap_or_default();
            let later = resource.later.as_ref().map_or_else(String::new, |later| {
                format!(", but {} will: it {}", later.what, later.reason())
            });
            text.push_str(&format!(
                "\n  {} ({}): {}{later}{value}",
                resource.name,
                resource.kind,
                suspense_text(&resource.reason)
            ));
        }
    }
    text
}

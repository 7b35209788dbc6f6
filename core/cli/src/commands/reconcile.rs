//! `counterfoil reconcile`.

use anyhow::{Context, Result};
use clap::Args;
use counterfoil_engine::connect::Connectors;
use counterfoil_engine::filter::{Filter, Narrow};
use counterfoil_engine::notify;
use counterfoil_engine::reconcile::{
    AcceptedVoid, ReconcileReport, SinkReport, accept_void, reconcile, retract_void,
};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::counted::{counted, counted_as};
use counterfoil_model::finding::Severity;

use super::findings::{self, word};
use super::notifications;
use crate::args::{Global, PipelineAndPeriod};
use crate::exit::Exit;
use crate::output::{Column, Shape, Table, row};

const EXAMPLES: &str = "\
Examples:
  counterfoil reconcile --period 2026-03
  counterfoil reconcile --period 2026-03 --customer acme
  counterfoil reconcile --accept-void CF-ABCDEFGHIJKLMNOP --by anna --reason 'sent to the wrong company'
  counterfoil reconcile --retract-void CF-ABCDEFGHIJKLMNOP --by anna --reason 'meant another one'

What somebody voided or removed at the sink blocks until it stands there again, or until a person accepts that it stays
so: then it counts as void, and the next plan bills anew what it billed, under another reference and with an approval of
its own. As long as that is neither approved nor sent, the acceptance can be retracted.";

pub(crate) const SHAPE: Shape<ReconcileReport> = Shape::new(
    "reconcile/1",
    "What is rated, planned, sent and observed at each sink, and where they differ.",
    &["money", "findings", "matched", "state_changes", "accepted"],
);

/// Reads the sinks back and compares: expected, planned, sent, observed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Reconcile {
    #[command(flatten)]
    pub(crate) what: PipelineAndPeriod,
    /// Reads back and compares only what is this customer's.
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) customer: Option<String>,
    /// Accepts that a document which was voided or removed at the sink stays so; its reference, or the sink's number of it.
    /// Of several in one period it may be repeated.
    #[arg(
        long,
        value_name = "REFERENCE",
        requires = "by",
        requires = "reason",
        group = "void",
        help_heading = "Void documents"
    )]
    pub(crate) accept_void: Vec<String>,
    /// Retracts that, as long as nothing that bills it anew is approved or sent: the document is reinstated, and counts as billed
    /// again. It may be repeated as well.
    #[arg(
        long,
        value_name = "REFERENCE",
        requires = "by",
        requires = "reason",
        group = "void",
        conflicts_with = "accept_void",
        help_heading = "Void documents"
    )]
    pub(crate) retract_void: Vec<String>,
    /// Who says so.
    #[arg(
        long,
        value_name = "NAME",
        requires = "void",
        help_heading = "Void documents"
    )]
    pub(crate) by: Option<String>,
    /// Why it is void, or is not.
    #[arg(
        long,
        value_name = "TEXT",
        requires = "void",
        help_heading = "Void documents"
    )]
    pub(crate) reason: Option<String>,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Reconcile) -> Result<Exit> {
    let pipeline = session.pipeline(what.what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let connectors = Global::connectors(session)?;
    // A misspelt name is told before anything is kept.
    let filter = Filter {
        customer: what.customer.clone(),
        ..Filter::default()
    };
    let narrow = filter.resolve(session, &wired).await?;
    let said = said(session, &connectors, &wired, what).await?;
    let with = (&connectors, &wired, &narrow);
    let compared = compared(global, session, with, what, said.clone()).await;
    // What was said is kept, whatever becomes of the comparison.
    let kept = |documents: &[AcceptedVoid], what: &str| {
        let all: Vec<&str> = documents.iter().map(|one| one.reference.as_str()).collect();
        let all = all.join(", ");
        format!("compare, after it was kept that {what} from now on is: {all}")
    };
    if !said.accepted.is_empty() {
        return compared.with_context(|| kept(&said.accepted, "void"));
    }
    if !said.retracted.is_empty() {
        return compared.with_context(|| kept(&said.retracted, "billed"));
    }
    compared
}

/// What a person said of void documents just before.
#[derive(Debug, Default, Clone)]
struct Said {
    accepted: Vec<AcceptedVoid>,
    retracted: Vec<AcceptedVoid>,
}

async fn compared(
    global: &Global,
    session: &Session,
    (connectors, wired, narrow): (&Connectors, &Wired<'_>, &Narrow),
    what: &Reconcile,
    said: Said,
) -> Result<Exit> {
    let pipeline = wired.pipeline;
    // Without a month it is the one that the document bills.
    let first = said.accepted.first().or(said.retracted.first());
    let of_document = first.map(|one| one.billing_period.as_str());
    let asked = what.what.period.as_deref().or(of_document);
    let period = session.period(pipeline, asked)?;
    let progress = global.progress();
    let of_period = (&period, narrow);
    let outcome = reconcile(session, connectors, wired, of_period, &progress).await;
    let told = notify::after(session, wired, "reconcile", &outcome).await;
    let mut report = outcome?;
    report.notifications = told;
    (report.accepted, report.retracted) = (said.accepted, said.retracted);
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| tables(&report))
            .text(|| text(&report)),
    )?;
    let blocked = report
        .findings
        .iter()
        .any(|finding| finding.severity == Severity::Blocking);
    let is_clean = !blocked && report.sinks.iter().all(|sink| sink.result.is_clean());
    Ok(if is_clean { Exit::Done } else { Exit::Findings })
}

async fn said(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    what: &Reconcile,
) -> Result<Said> {
    let mut said = Said::default();
    let (Some(by), Some(reason)) = (&what.by, &what.reason) else {
        return Ok(said);
    };
    let signed = (by.as_str(), reason.as_str());
    let period = what.what.period.as_deref();
    if what.retract_void.is_empty() {
        let references = &what.accept_void;
        let accepted = accept_void(session, connectors, wired, references, signed, period);
        said.accepted = accepted.await?;
    } else {
        let retracted = retract_void(session, wired, &what.retract_void, signed, period);
        said.retracted = retracted.await?;
    }
    Ok(said)
}

fn text(report: &ReconcileReport) -> String {
    let mut parts = vec![match &report.customer {
        Some(customer) => format!(
            "{} {}, of {customer} alone",
            report.pipeline, report.billing_period
        ),
        None => format!("{} {}", report.pipeline, report.billing_period),
    }];
    let accepted = report.accepted.iter().map(|one| {
        let AcceptedVoid {
            reference,
            account,
            amount,
            billing_period: period,
            ..
        } = one;
        format!(
            "{reference} of {account}, {amount}, counts as void from now on\nnext: `counterfoil plan --period {period}` \
             proposes what it billed under another reference"
        )
    });
    parts.extend(not_ended(report));
    parts.extend(accepted);
    parts.extend(report.retracted.iter().map(|one| {
        let AcceptedVoid {
            reference,
            account,
            amount,
            ..
        } = one;
        format!(
            "{reference} of {account}, {amount}, is reinstated: it counts as billed again, and is not billed anew"
        )
    }));
    parts.extend(report.sinks.iter().map(sink_text));
    let unbalanced = report
        .completeness
        .kinds
        .values()
        .filter(|balance| balance.seconds.remainder() != 0)
        .count();
    parts.push(match unbalanced {
        0 => "resource-seconds balance: discovered = billed + non-billable + not charged + suspended + unpriced".to_owned(),
        kinds => format!("resource-seconds of {kinds} kinds do not balance: see `counterfoil plan`"),
    });
    parts.extend(findings::text(&report.findings));
    parts.extend(notifications::told(&report.notifications));
    parts.join("\n\n")
}

/// Whoever looks early is told when to look again.
fn not_ended(report: &ReconcileReport) -> Option<String> {
    let end = report.sinks.iter().find_map(|sink| sink.result.not_ended)?;
    let period = &report.billing_period;
    Some(format!(
        "{period} has not ended: what is rated so far is not due, and is not compared with what was sent\nnext: run `counterfoil plan \
         --period {period}` when it has ended, from {end} on, and reconcile it when that is sent"
    ))
}

fn sink_text(sink: &SinkReport) -> String {
    let result = &sink.result;
    let matched = format!(
        "{}: {} read back, {}",
        sink.sink,
        counted(sink.documents, "document"),
        counted_as(result.matched.len(), "matches", "match")
    );
    let mut parts = vec![matched, money([sink]).without(&["sink"]).to_text()];
    parts.extend(result.young.iter().map(|one| {
        let number = one.number.as_ref();
        let number = number.map_or_else(String::new, |number| format!(" ({number})"));
        format!(
            "{}{number}, {}, is not to be seen, and was sent so lately ({}) that {} may not show it yet\nnext: it is judged by \
             `counterfoil reconcile` from {} on",
            one.reference, one.amount, one.sent, sink.sink, one.judged_from
        )
    }));
    for change in &result.state_changes {
        parts.push(format!(
            "{} was {} and is {} now: recorded",
            change.reference,
            change.from.word(),
            change.to.word()
        ));
    }
    parts.extend(findings::text(&result.findings));
    parts.join("\n\n")
}

fn tables(report: &ReconcileReport) -> Vec<Table> {
    let of_sinks = report.sinks.iter().flat_map(|sink| &sink.result.findings);
    let matched = report.sinks.iter().flat_map(|sink| {
        let references = sink.result.matched.iter();
        references.map(|reference| row![&sink.sink, reference.to_string()])
    });
    let changes = report.sinks.iter().flat_map(|sink| {
        let changes = sink.result.state_changes.iter();
        changes.map(|change| {
            row![
                &sink.sink,
                change.reference.to_string(),
                word(&change.from),
                word(&change.to),
            ]
        })
    });
    vec![
        money(&report.sinks),
        findings::table(report.findings.iter().chain(of_sinks)),
        Table::new("matched", ["sink", "reference"].map(Column::text)).with_rows(matched),
        Table::new(
            "state_changes",
            ["sink", "reference", "from", "to"].map(Column::text),
        )
        .with_rows(changes),
        said_table(report),
    ]
}

fn said_table(report: &ReconcileReport) -> Table {
    let columns = [
        Column::text("decision"),
        Column::text("sink"),
        Column::text("reference"),
        Column::text("number"),
        Column::text("account"),
        Column::text("period"),
        Column::money("amount"),
        Column::text("by"),
        Column::text("reason"),
    ];
    let accepted = report.accepted.iter().map(|one| ("accept-void", one));
    let retracted = report.retracted.iter().map(|one| ("retract-void", one));
    let rows = accepted.chain(retracted).map(|(decision, one)| {
        row![
            decision,
            &one.sink,
            &one.reference,
            one.number.as_ref(),
            &one.account,
            &one.billing_period,
            one.amount,
            &one.by,
            &one.reason,
        ]
    });
    Table::new("accepted", columns).with_rows(rows)
}

fn money<'a>(sinks: impl IntoIterator<Item = &'a SinkReport>) -> Table {
    let columns = [
        Column::text("sink"),
        Column::text("money").for_people(),
        Column::money("discovered"),
        Column::money("suspended").titled("suspended ~"),
        Column::money("rated"),
        Column::money("sent"),
        Column::money("observed"),
        Column::text("balances"),
    ];
    let mut table = Table::new("money", columns);
    for sink in sinks {
        for total in &sink.result.totals {
            table.push(row![
                &sink.sink,
                total.rated.currency().to_string(),
                total.discovered,
                total.suspended,
                total.rated,
                total.sent,
                total.observed,
                match total.balanced {
                    true => "to the cent",
                    false if sink.result.is_to_come(total) => "not ended",
                    false => "NO",
                },
            ]);
        }
    }
    table
}

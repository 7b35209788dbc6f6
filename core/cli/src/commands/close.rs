//! `counterfoil close`.

mod tables;

use anyhow::Result;
use clap::Args;
use counterfoil_engine::close::{CloseReport, Closing, Outcome, certificate, close};
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::close::{AccountMoney, Reason, Sealed, Statement};
use counterfoil_model::counted::{counted, counted_as};
use counterfoil_model::time::BillingPeriod;

use super::findings::mark;
use crate::args::{Global, PipelineAndPeriod};
use crate::exit::Exit;
use crate::output::Shape;

const EXAMPLES: &str = "\
Examples:
  counterfoil close --period 2026-03                     # what keeps it open
  counterfoil close --period 2026-03 --by anna
  counterfoil close --period 2026-03 --by anna --accept 3f0c91ab22de --reason 'our own machine, ticket 4711'
  counterfoil close --period 2026-03 --show --output march.json

It reads the sinks back first, and is refused while anything is unexplained: everything that is, is named at once, with an
id. A finding that is in order is accepted by its id, with a reason; one that says something else later has another id, and
is to be accepted anew. What is delivered after a period was closed is closed by running it again.";

pub(crate) const SHAPE: Shape<CloseReport> = Shape::new(
    "close/1",
    "Whether a period is closed, what keeps it open, its equation, and its certificate.",
    &[
        "reasons",
        "money",
        "completeness",
        "accounts",
        "charge_periods",
        "documents",
        "non_billable",
    ],
);

pub(crate) const CERTIFICATE: Shape<Sealed> = Shape::new(
    "certificate/1",
    "The certificate by which a period was closed, with its digest.",
    &[
        "money",
        "completeness",
        "accounts",
        "charge_periods",
        "documents",
        "non_billable",
        "accepted",
    ],
);

/// Closes a period: nothing of it is unexplained, and a certificate says so. Refused with everything that is.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Close {
    #[command(flatten)]
    pub(crate) what: PipelineAndPeriod,
    /// Who closes, and answers for what is accepted. Without it it is only looked whether it could be closed.
    #[arg(long, value_name = "NAME", conflicts_with = "show")]
    pub(crate) by: Option<String>,
    /// Accepts a finding by its id, as long as it says what it says now. May be repeated.
    #[arg(
        long,
        value_name = "ID",
        requires = "by",
        requires = "reason",
        help_heading = "Findings"
    )]
    pub(crate) accept: Vec<String>,
    /// Takes such an acceptance back. May be repeated.
    #[arg(
        long,
        value_name = "ID",
        requires = "by",
        requires = "reason",
        conflicts_with = "accept",
        help_heading = "Findings"
    )]
    pub(crate) withdraw: Vec<String>,
    /// Why it is in order, or is not.
    #[arg(long, value_name = "TEXT", requires = "by", help_heading = "Findings")]
    pub(crate) reason: Option<String>,
    /// Shows the certificate by which the period is closed, and decides nothing.
    #[arg(long, help_heading = "Certificates")]
    pub(crate) show: bool,
    /// Shows the certificate with this number, such as one that was supplemented since.
    #[arg(
        long,
        value_name = "NUMBER",
        requires = "show",
        conflicts_with = "period",
        help_heading = "Certificates"
    )]
    pub(crate) number: Option<i64>,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Close) -> Result<Exit> {
    let pipeline = session.pipeline(what.what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let period = session.period(pipeline, what.what.period.as_deref())?;
    if what.show {
        return show(global, session, &wired, (&period, what.number)).await;
    }
    let connectors = Global::connectors(session)?;
    let asked = Closing {
        by: what.by.as_deref(),
        accept: &what.accept,
        withdraw: &what.withdraw,
        reason: what.reason.as_deref(),
    };
    let of = (&period, asked);
    let report = close(session, &connectors, &wired, of, &global.progress()).await?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| tables::of_report(&report))
            .text(|| text(&report)),
    )?;
    Ok(match report.outcome {
        Outcome::Refused => Exit::Findings,
        Outcome::Ready | Outcome::Closed | Outcome::Supplemented | Outcome::Unchanged => Exit::Done,
    })
}

async fn show(
    global: &Global,
    session: &Session,
    wired: &Wired<'_>,
    (period, number): (&BillingPeriod, Option<i64>),
) -> Result<Exit> {
    let sealed = certificate(session, wired, &period.id(), number).await?;
    global.answer(
        CERTIFICATE
            .answer(&sealed)
            .tables(|| tables::of_certificate(&sealed))
            .text(|| certificate_text(&sealed)),
    )?;
    Ok(Exit::Done)
}

fn text(report: &CloseReport) -> String {
    let mut parts = vec![headline(report)];
    parts.extend(statement_text(&report.statement));
    let (open, accepted): (Vec<&Reason>, Vec<&Reason>) =
        report.reasons.iter().partition(|reason| reason.is_open());
    if !accepted.is_empty() {
        let lines = accepted.iter().map(|reason| accepted_text(reason));
        parts.push(lines.collect::<Vec<_>>().join("\n"));
    }
    if !open.is_empty() {
        let lines = open.iter().map(|reason| reason_text(reason));
        parts.push(lines.collect::<Vec<_>>().join("\n"));
        if open.iter().any(|reason| reason.can_be_accepted) {
            parts.push(format!(
                "what is in order as it is: counterfoil close {} --period {} --accept ID --by NAME --reason TEXT",
                report.pipeline, report.billing_period
            ));
        }
    }
    if report.outcome == Outcome::Ready {
        parts.push(format!(
            "next: counterfoil close {} --period {} --by NAME",
            report.pipeline, report.billing_period
        ));
    }
    if let (Outcome::Closed | Outcome::Supplemented, Some(sealed)) =
        (report.outcome, &report.sealed)
    {
        parts.push(anchor_text(sealed));
    }
    parts.join("\n\n")
}

fn headline(report: &CloseReport) -> String {
    let what = format!("{} {}", report.pipeline, report.billing_period);
    let sealed = report.sealed.as_ref().map(|sealed| &sealed.certificate);
    let closed = sealed.map(|one| {
        let (number, by, at) = (one.number, &one.by, one.closed);
        format!("certificate {number} ({by}, {at})")
    });
    let open = report.reasons.iter().filter(|reason| reason.is_open());
    let open = counted_as(
        open.count(),
        "finding is to be explained",
        "findings are to be explained",
    );
    match (report.outcome, closed) {
        (Outcome::Refused, None) => format!("{what} is not closed: {open}"),
        (Outcome::Refused, Some(closed)) => {
            format!("{what} is closed by {closed}, and not as it is now: {open}")
        }
        (Outcome::Ready, None) => format!("{what} can be closed"),
        (Outcome::Ready, Some(closed)) => {
            format!("{what} is closed by {closed}; what changed since can be closed")
        }
        (Outcome::Unchanged, Some(closed)) => {
            format!("{what} is closed by {closed}, and nothing changed since")
        }
        (Outcome::Supplemented, Some(closed)) => {
            format!("{what} is closed anew by the supplementary {closed}")
        }
        (Outcome::Closed, Some(closed)) => format!("{what} is closed by {closed}"),
        (Outcome::Unchanged | Outcome::Supplemented | Outcome::Closed, None) => what,
    }
}

fn statement_text(statement: &Statement) -> Vec<String> {
    let mut parts = vec![
        tables::completeness(statement).to_text(),
        tables::money(statement).to_text(),
    ];
    if !statement.accounts.is_empty() {
        parts.push(tables::accounts(statement).to_text());
    }
    let is_charged_otherwise = |one: &AccountMoney| !one.charge_periods.is_empty();
    if statement.money.iter().any(is_charged_otherwise) {
        parts.push(tables::charge_periods(statement).to_text());
    }
    if !statement.non_billable.is_empty() {
        parts.push(tables::non_billable(statement).to_text());
    }
    parts
}

fn reason_text(reason: &Reason) -> String {
    let finding = &reason.finding;
    let value = finding.value.map(|value| format!(" [{value}]"));
    let since = finding.since.map(|since| format!(" (since {since})"));
    let id = if reason.can_be_accepted {
        format!("\n  id: {}", reason.id)
    } else {
        String::new()
    };
    format!(
        "{}{} {}: {}{}\n  next: {}{id}",
        mark(finding.severity),
        value.unwrap_or_default(),
        finding.subject,
        finding.message,
        since.unwrap_or_default(),
        finding.next_step,
    )
}

fn accepted_text(reason: &Reason) -> String {
    let finding = &reason.finding;
    let value = finding.value.map(|value| format!(" [{value}]"));
    let by = reason.accepted.as_ref().map(|accepted| {
        format!(
            "\n  in order by {} ({}): {}",
            accepted.by, accepted.at, accepted.reason
        )
    });
    format!(
        "accepted {}{} {}: {}{}",
        reason.id,
        value.unwrap_or_default(),
        finding.subject,
        finding.message,
        by.unwrap_or_default(),
    )
}

fn anchor_text(sealed: &Sealed) -> String {
    let chain = sealed.certificate.chain.as_ref();
    let chain = chain.map_or_else(
        || "there are no counterfoils".to_owned(),
        |chain| {
            format!(
                "the chain of counterfoils ends at {}:{}",
                chain.number, chain.digest
            )
        },
    );
    format!(
        "certificate {}: {}\n{chain}",
        sealed.certificate.number, sealed.digest
    )
}

fn certificate_text(sealed: &Sealed) -> String {
    let one = &sealed.certificate;
    let supplements = one
        .supplements
        .map(|number| format!(", in place of {number}"));
    let mut parts = vec![format!(
        "certificate {}{} of {} {}, closed by {} at {}",
        one.number,
        supplements.unwrap_or_default(),
        one.pipeline,
        one.billing_period,
        one.by,
        one.closed
    )];
    parts.extend(statement_text(&one.statement));
    let documents = one.statement.documents.len();
    if documents > 0 {
        parts.push(tables::documents(&one.statement).to_text());
    }
    if one.statement.accepted.is_empty() {
        parts.push("nothing had to be accepted".to_owned());
    } else {
        let accepted = one.statement.accepted.len();
        parts.push(format!(
            "{} accepted\n{}",
            counted(accepted, "finding"),
            tables::accepted(&one.statement).to_text()
        ));
    }
    parts.push(anchor_text(sealed));
    parts.join("\n\n")
}

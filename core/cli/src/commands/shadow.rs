//! `counterfoil shadow`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use counterfoil_engine::customers::sink;
use counterfoil_engine::session::{Session, Wired};
use counterfoil_engine::shadow::{
    Against, Mapping, Sent, ShadowReport, Shadowed, of_sheet, of_sink, rate, shadow,
};
use counterfoil_engine::sinks;
use counterfoil_model::decimal::Decimal;
use counterfoil_model::money::Money;
use counterfoil_model::shadow::{Compared, MatchedBy, Verdict, label};
use counterfoil_model::time::{BillingPeriod, Date};
use counterfoil_store::{RunEnd, RunStatus};

use super::findings;
use super::opening::Mark;
use crate::args::{Global, PipelineAndPeriod};
use crate::exit::Exit;
use crate::table::table;

const EXAMPLES: &str = "\
Examples:
  counterfoil shadow --period 2026-02 --against invoices.csv
  counterfoil shadow --period 2026-02 --against invoices.csv \\
    --columns customer=Kund,description=Benämning,quantity=Antal,net=Belopp --tolerance 0.05
  counterfoil shadow --period 2026-02 --against-sink books

The export has a row for each line of an invoice: customer, net, and description or item; quantity, unit price and
currency where there are. Lines are taken for the same within a customer: by the very description, by the key of the
price item, by the words of the description, by the amount. Nothing is planned, sent or kept.";

/// Compares what a past month comes to here, line by line in money, with the invoices that were really sent.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ShadowRun {
    #[command(flatten)]
    what: PipelineAndPeriod,
    /// An export of the invoices, as CSV.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "against_sink",
        conflicts_with = "against_sink"
    )]
    against: Option<PathBuf>,
    /// Reads the invoices back from a sink.
    #[arg(long, value_name = "SINK")]
    against_sink: Option<String>,
    /// Which column holds which field, where it is not called so: customer, item, description, quantity, `unit_price`, net,
    /// currency.
    #[arg(long, value_name = "FIELD=COLUMN,…", conflicts_with = "against_sink")]
    columns: Option<String>,
    /// The decimal mark of the export, where its numbers do not tell.
    #[arg(long, value_enum, value_name = "MARK")]
    decimal: Option<Mark>,
    /// The first issue date that is read back; the day after the period if left out.
    #[arg(long, value_name = "DAY", requires = "against_sink")]
    issued_from: Option<Date>,
    /// The last issue date that is read back; a month later if left out.
    #[arg(long, value_name = "DAY", requires = "against_sink")]
    issued_to: Option<Date>,
    /// Amounts that differ by so much at most are the same.
    #[arg(long, value_name = "AMOUNT", default_value = "0")]
    tolerance: Decimal,
    /// Only this customer.
    #[arg(long, value_name = "CUSTOMER")]
    customer: Option<String>,
    /// Also shows the lines that match.
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &ShadowRun) -> Result<Exit> {
    let pipeline = session.pipeline(what.what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let period = session.period(pipeline, what.what.period.as_deref())?;
    let shadowed = rate(session, &wired, &period).await?;
    let sent = sent(session, &wired, what, &period, &shadowed).await?;
    let customer = what.customer.as_deref();
    let report = shadow(&wired, &shadowed, sent, what.tolerance, customer)?;
    global.show(&report, || text(&report, what.all))?;
    Ok(if report.is_clean {
        Exit::Done
    } else {
        Exit::Findings
    })
}

async fn sent(
    session: &Session,
    wired: &Wired<'_>,
    what: &ShadowRun,
    period: &BillingPeriod,
    shadowed: &Shadowed,
) -> Result<Sent> {
    if let Some(path) = &what.against {
        let mapping = Mapping::parse(what.columns.as_deref().unwrap_or_default())?;
        let against = Against {
            path,
            mapping: &mapping,
            mark: what.decimal.map(Into::into),
        };
        return Ok(of_sheet(wired, &shadowed.versions, against)?);
    }
    let connectors = Global::connectors(session)?;
    let (id, config) = sink(wired, what.against_sink.as_deref())?;
    let next = period.next().context("find the month after the period")?;
    let days = (
        what.issued_from.unwrap_or(next.first_day()),
        what.issued_to.unwrap_or(next.last_day()),
    );
    let store = &session.store;
    let run = store
        .begin_run(wired.id, "shadow", None, session.now)
        .await?;
    let opened = sinks::open(session, &connectors, id, config, run).await?;
    let sent = of_sink(wired, &shadowed.versions, &opened, days).await;
    let end = RunEnd {
        run,
        status: match &sent {
            Ok(_) => RunStatus::Complete,
            Err(_) => RunStatus::Failed,
        },
        detail: serde_json::json!({}),
        now: session.now,
    };
    store.end_run(end).await?;
    Ok(sent?)
}

fn text(report: &ShadowReport, all: bool) -> String {
    let mut parts = Vec::new();
    let shown = report
        .lines
        .iter()
        .filter(|line| all || line.compared.verdict != Verdict::Matched);
    let rows: Vec<_> = shown
        .map(|line| cells(&line.account_key, &line.compared))
        .collect();
    if !rows.is_empty() {
        let titles = [
            "account",
            "line",
            "is",
            "ours>",
            "theirs>",
            "difference>",
            "why",
            "there",
        ];
        parts.push(table(&titles, rows));
    }
    let totals = report.accounts.iter().map(|one| {
        let total = &one.totals;
        [
            one.account_key.clone(),
            total.ours.amount(),
            total.theirs.amount(),
            total.difference.to_string(),
            total.matched.to_string(),
            total.differing.to_string(),
            total.only_ours.to_string(),
            total.only_theirs.to_string(),
        ]
    });
    let titles = [
        "account",
        "ours>",
        "theirs>",
        "difference>",
        "match>",
        "differ>",
        "only ours>",
        "only theirs>",
    ];
    parts.push(table(&titles, totals));
    let totals = report.totals.iter().map(|[ours, theirs, difference]| {
        [
            ours.currency().to_string(),
            ours.amount(),
            theirs.amount(),
            difference.amount(),
        ]
    });
    parts.push(table(&["total", "ours>", "theirs>", "difference>"], totals));
    for unknown in &report.unknown_customers {
        let nets: Vec<String> = unknown.net.iter().map(Money::to_string).collect();
        parts.push(format!(
            "`{}` is no account: {} lines, {}",
            unknown.customer,
            unknown.lines,
            nets.join(", ")
        ));
    }
    for left_out in &report.left_out {
        parts.push(format!(
            "not compared: {}, {}",
            left_out.place, left_out.why
        ));
    }
    parts.extend(findings::text(&report.findings));
    if let Some(known_from) = report.known_from {
        parts.push(format!(
            "nothing was listed before {known_from}: what ran before it is not on our side"
        ));
    }
    parts.push(format!(
        "{} {} against {}: {}",
        report.pipeline,
        report.billing_period,
        report.against,
        if report.is_clean {
            "the same, line by line"
        } else {
            "there are differences"
        }
    ));
    parts.join("\n\n")
}

fn cells(account: &str, line: &Compared) -> [String; 8] {
    let amount = |money: Money, is_there: bool| {
        if is_there {
            money.amount()
        } else {
            String::new()
        }
    };
    let verdict = match line.verdict {
        Verdict::Matched => "the same",
        Verdict::Differing => "differs",
        Verdict::OnlyOurs => "only ours",
        Verdict::OnlyTheirs => "only theirs",
    };
    let places = line.theirs.iter().map(|one| one.place.as_str());
    let mut places: Vec<&str> = places.collect();
    places.dedup();
    let there = match places.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first, others @ ..] => format!("{first} and {} more", others.len()),
    };
    [
        account.to_owned(),
        label(line).to_owned(),
        verdict.to_owned(),
        amount(line.ours_net, !line.ours.is_empty()),
        amount(line.theirs_net, !line.theirs.is_empty()),
        line.difference.to_string(),
        why(line),
        there,
    ]
}

fn why(line: &Compared) -> String {
    let mut words = Vec::new();
    if let Some(parts) = line.parts {
        if !parts.quantity.is_zero() {
            words.push(format!("quantity {}", parts.quantity.amount()));
        }
        if !parts.price.is_zero() {
            words.push(format!("price {}", parts.price.amount()));
        }
    }
    words.extend(line.by.map(|by| {
        let by = match by {
            MatchedBy::Description => "description",
            MatchedBy::Item => "item",
            MatchedBy::Words => "words",
            MatchedBy::Amount => "amount",
        };
        format!("matched by {by}")
    }));
    words.join(", ")
}

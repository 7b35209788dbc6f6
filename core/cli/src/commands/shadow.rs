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
use counterfoil_model::counted::{counted, counted_as};
use counterfoil_model::decimal::Decimal;
use counterfoil_model::money::Money;
use counterfoil_model::shadow::{Compared, MatchedBy, Verdict, label};
use counterfoil_model::time::{BillingPeriod, Date};
use counterfoil_store::{RunEnd, RunStatus};

use super::findings;
use super::opening::Mark;
use crate::args::{Global, PipelineAndPeriod};
use crate::exit::Exit;
use crate::output::{Cell, Column, Shape, Table, row};
use crate::when;

const EXAMPLES: &str = "\
Examples:
  counterfoil shadow --period 2026-02 --against invoices.csv
  counterfoil shadow --period 2026-02 --against invoices.csv \\
    --columns customer=Kund,description=Benämning,quantity=Antal,net=Belopp --tolerance 0.05
  counterfoil shadow --period 2026-02 --against-sink books

The export has a row for each line of an invoice: customer, net, and description or item; quantity, unit price and
currency where there are. What --columns, --decimal and --tolerance say may stand in [pipeline.NAME.shadow] instead. Lines are taken for the same within a customer: by the very description, by the key of the
price item, by the words of the description, by the amount. Nothing is planned, sent or kept.";

pub(crate) const SHAPE: Shape<ShadowReport> = Shape::new(
    "shadow/1",
    "What a past month comes to here, against the invoices that were really sent, line by line.",
    &[
        "lines",
        "accounts",
        "totals",
        "unknown_customers",
        "left_out",
        "findings",
    ],
);

/// Compares what a past month comes to here, line by line in money, with the invoices that were really sent.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ShadowRun {
    #[command(flatten)]
    what: PipelineAndPeriod,
    /// An export of the invoices, as CSV or XLSX; `file.xlsx#Sheet` names a sheet.
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
    #[arg(long, value_name = "DAY", requires = "against_sink", value_parser = when::day)]
    issued_from: Option<Date>,
    /// The last issue date that is read back; a month later if left out.
    #[arg(long, value_name = "DAY", requires = "against_sink", value_parser = when::day)]
    issued_to: Option<Date>,
    /// Amounts that differ by so much at most are the same.
    #[arg(long, value_name = "AMOUNT")]
    tolerance: Option<Decimal>,
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
    let configured = pipeline.config.shadow.tolerance;
    let tolerance = what.tolerance.or(configured).unwrap_or(Decimal::ZERO);
    let report = shadow(&wired, &shadowed, sent, tolerance, customer)?;
    global.answer(
        SHAPE
            .answer(&report)
            .tables(|| tables(&report))
            .text(|| text(&report, what.all)),
    )?;
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
        let configured = &wired.pipeline.config.shadow;
        let given = what.columns.as_deref().unwrap_or_default();
        let mapping = Mapping::parse(given, &configured.columns)?;
        let against = Against {
            path,
            mapping: &mapping,
            mark: what.decimal.map(Into::into).or(configured.decimal),
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
    let shown = lines(report, all);
    if !shown.rows().is_empty() {
        parts.push(shown.to_text());
    }
    parts.push(accounts(report).to_text());
    parts.push(totals(report).to_text());
    parts.extend(left_out_of_sums(report));
    for unknown in &report.unknown_customers {
        let nets: Vec<String> = unknown.net.iter().map(Money::to_string).collect();
        parts.push(format!(
            "`{}` is no account: {}, {}",
            unknown.customer,
            counted(unknown.lines, "line"),
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

/// What the sums of the other side lack.
fn left_out_of_sums(report: &ShadowReport) -> Option<String> {
    let rows = report.left_out.iter().filter(|one| one.matters).count();
    let rows = (rows > 0).then(|| counted_as(rows, "row of theirs is", "rows of theirs are"))?;
    Some(format!("{rows} left out of these sums"))
}

fn tables(report: &ShadowReport) -> Vec<Table> {
    let unknown = report.unknown_customers.iter().flat_map(|unknown| {
        let nets = unknown.net.iter();
        nets.map(|net| row![&unknown.customer, unknown.lines, *net])
    });
    let columns = [
        Column::text("customer"),
        Column::integer("lines"),
        Column::money("net"),
    ];
    let unknown = Table::new("unknown_customers", columns).with_rows(unknown);
    let left_out = report.left_out.iter();
    let left_out = left_out.map(|one| row![&one.place, &one.why, one.matters]);
    let columns = ["place", "why", "matters"].map(Column::text);
    vec![
        lines(report, true),
        accounts(report),
        totals(report),
        unknown,
        Table::new("left_out", columns).with_rows(left_out),
        findings::table(&report.findings),
    ]
}

fn lines(report: &ShadowReport, all: bool) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("line"),
        Column::text("is"),
        Column::money("ours"),
        Column::money("theirs"),
        Column::money("difference").with_currency(),
        Column::text("why"),
        Column::text("there").for_people(),
        Column::text("places").for_exports(),
    ];
    let shown = report
        .lines
        .iter()
        .filter(|line| all || line.compared.verdict != Verdict::Matched);
    let rows = shown.map(|line| cells(&line.account_key, &line.compared));
    Table::new("lines", columns).with_rows(rows)
}

fn accounts(report: &ShadowReport) -> Table {
    let columns = [
        Column::text("account"),
        Column::money("ours"),
        Column::money("theirs"),
        Column::money("difference").with_currency(),
        Column::integer("matched").titled("match"),
        Column::integer("differing").titled("differ"),
        Column::integer("only_ours"),
        Column::integer("only_theirs"),
    ];
    let rows = report.accounts.iter().map(|one| {
        let total = &one.totals;
        row![
            &one.account_key,
            total.ours,
            total.theirs,
            total.difference,
            total.matched,
            total.differing,
            total.only_ours,
            total.only_theirs,
        ]
    });
    Table::new("accounts", columns).with_rows(rows)
}

fn totals(report: &ShadowReport) -> Table {
    let columns = [
        Column::text("total").for_people(),
        Column::money("ours"),
        Column::money("theirs"),
        Column::money("difference"),
    ];
    let rows = report.totals.iter().map(|[ours, theirs, difference]| {
        let currency = ours.currency().to_string();
        row![currency, *ours, *theirs, *difference]
    });
    Table::new("totals", columns).with_rows(rows)
}

fn cells(account: &str, line: &Compared) -> Vec<Cell> {
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
    row![
        account,
        label(line),
        verdict,
        (!line.ours.is_empty()).then_some(line.ours_net),
        (!line.theirs.is_empty()).then_some(line.theirs_net),
        line.difference,
        why(line),
        there,
        places.join(", "),
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

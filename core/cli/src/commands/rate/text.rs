//! What was rated, as people read it.

use counterfoil_engine::facts::FactsRead;
use counterfoil_engine::rate::{RateReport, RatedLine};
use counterfoil_model::charge::{CommitmentExplained, ManualPart};
use counterfoil_model::counted::counted;
use counterfoil_model::ids::ItemKey;

use super::tables;
use crate::commands::{findings, price_words};

pub(super) fn text(report: &RateReport) -> String {
    let mut parts = vec![
        head(report),
        presumed(report).unwrap_or_default(),
        tables::lines(report).to_text(),
    ];
    if report.lines.iter().any(|line| line.parts.len() > 1) {
        parts.push(tables::parts(report, |line| line.parts.len() > 1).to_text());
    }
    let totals = report.totals.values().map(|total| format!("total {total}"));
    parts.push(totals.collect::<Vec<_>>().join("\n"));
    if report
        .lines
        .iter()
        .any(|line| !line.contributions.is_empty())
    {
        parts.extend(report.lines.iter().map(why));
        parts.push(tables::contributions(report).to_text());
    }
    if !report.suspended.is_empty() {
        parts.push(tables::suspended(report).to_text());
    }
    parts.extend(findings::text(&report.findings));
    if let Some(facts) = &report.facts {
        parts.extend(facts.broken.iter().map(ToString::to_string));
        parts.push(read(facts));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn head(report: &RateReport) -> String {
    match &report.pipeline {
        Some(pipeline) => format!("{pipeline} {}", report.billing_period),
        None => format!("{} in {}", report.billing_period, report.timezone),
    }
}

/// What nobody has seen yet.
fn presumed(report: &RateReport) -> Option<String> {
    const AN_HOUR: i64 = 3_600;
    let hours = match report.presumed_seconds {
        0 => "nothing of it is presumed".to_owned(),
        seconds if seconds < AN_HOUR => "less than an hour of it is presumed".to_owned(),
        seconds => format!(
            "{} resource-hours of it are presumed, beyond the last coverage",
            seconds / AN_HOUR
        ),
    };
    match report.not_ended {
        Some(end) => Some(format!(
            "{} has not ended (it ends at {end}): {hours}",
            report.billing_period
        )),
        None => {
            (report.presumed_seconds > 0).then(|| format!("{}: {hours}", report.billing_period))
        }
    }
}

/// From the exact amount back to the price that won.
fn why(line: &RatedLine) -> String {
    let price = &line.price;
    let overruled = if price.overruled.is_empty() {
        String::new()
    } else {
        format!("; overruled: {}", price.overruled.join(", "))
    };
    let policy = |name: &str, value: &Option<String>| {
        let value = value.as_ref();
        value.map_or_else(String::new, |value| format!(", {name} {value}"))
    };
    let policies = policy("change at", &line.change_at) + &policy("hand-over", &line.handover);
    let uncertain = match (&line.net_if_earliest, &line.net_if_latest) {
        (Some(earliest), Some(latest)) => format!(
            "\n  uncertain: {earliest} at the earliest times of its changes, {latest} at the latest"
        ),
        (None, _) | (_, None) => String::new(),
    };
    format!(
        "{} · {}: {}\n  price: {}{overruled}{}{}\n  model {}, proration {}{policies}, {}{uncertain}",
        line.account,
        line.description,
        line.net,
        price_words::won(price),
        price_words::passed_over(price),
        price_words::exchange(price, "  "),
        line.model,
        line.proration,
        before_rounding(line),
    ) + &given(line)
}

fn before_rounding(line: &RatedLine) -> String {
    let rounding = rounding(line);
    let together = if line.rounded_together {
        " together with other lines"
    } else {
        ""
    };
    match &line.change {
        Some(change) => format!(
            "{} now less {} before: {} and {} before rounding {rounding}{together}",
            change.now, change.before, change.now_exact, change.before_exact
        ),
        None => format!("{} before rounding {rounding}{together}", line.net_exact),
    }
}

/// What people gave and agreed on, and how it was measured.
fn given(line: &RatedLine) -> String {
    let measured = line
        .measured
        .iter()
        .map(|text| format!("\n  measured: {text}"));
    let manual = line
        .manual
        .iter()
        .map(|part| format!("\n  {}", manual(part)));
    let commitment = line.commitment.iter();
    let commitment = commitment.map(|one| format!("\n  {}", self::commitment(one)));
    measured.chain(manual).chain(commitment).collect()
}

/// "by hand: 12.5 consulting, until 2026-04-01, by anna: project X (accounts.toml:12)".
pub(crate) fn manual(part: &ManualPart) -> String {
    format!(
        "by hand: {} {}, until {}, answered for by {}: {} ({})",
        part.quantity, part.name, part.until, part.owner, part.reason, part.place
    )
}

/// "commitment base: at least 100 EUR, 50 of them reached".
pub(crate) fn commitment(one: &CommitmentExplained) -> String {
    let items = match one.items.as_slice() {
        [] => "all items".to_owned(),
        items => {
            let items: Vec<&str> = items.iter().map(ItemKey::as_str).collect();
            items.join(", ")
        }
    };
    format!(
        "commitment {}: {} {} a period, {} due for the time in which it holds, {} billed of {items}",
        one.name, one.amount, one.currency, one.due_exact, one.billed_exact
    )
}

fn rounding(line: &RatedLine) -> String {
    let word = serde_json::to_value(line.rounding).ok();
    let word = word.as_ref().and_then(serde_json::Value::as_str);
    word.unwrap_or_default().to_owned()
}

/// Nothing where everything was rated.
fn read(facts: &FactsRead) -> String {
    let mut said = Vec::new();
    if facts.rows == 0 {
        said.push("the files hold no resources".to_owned());
    }
    if facts.rows_kept_out > 0 {
        said.push(format!(
            "{} of {} kept out: not in the lines above",
            facts.rows_kept_out,
            counted(facts.rows, "row")
        ));
    }
    if facts.rows_left_out > 0 {
        said.push(format!(
            "{} of {} with a quantity that is left out of the lines above",
            facts.rows_left_out,
            counted(facts.rows, "row")
        ));
    }
    if facts.rows_outside > 0 {
        said.push(format!(
            "{} outside of the period, or of the time of their resource",
            counted(facts.rows_outside, "row")
        ));
    }
    if facts.rows_empty > 0 {
        said.push(format!(
            "{} without any time: `to` is in the second of `from`",
            counted(facts.rows_empty, "row")
        ));
    }
    said.join("\n")
}

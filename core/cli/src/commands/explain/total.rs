//! What a bill is made of, as people read it.

mod tables;

use counterfoil_engine::explain::{AccountExplained, TotalExplained, TotalLineExplained};
use counterfoil_engine::rate::RatedLine;
use counterfoil_model::charge::{BundledQuantity, ChargeKey};
use counterfoil_model::counted::counted;
use counterfoil_model::money::Money;
use counterfoil_model::report::{LineSort, TotalPart};

pub(super) use tables::tables;
pub(super) use tables::word;
use tables::{documents, lines};

use crate::commands::{price_words, rate};

/// Resources that are named of a line, the greatest first.
const SHOWN_RESOURCES: usize = 3;

pub(super) fn text(explained: &TotalExplained) -> String {
    let mut parts = Vec::new();
    if let Some(end) = explained.not_ended {
        parts.push(format!(
            "{} has not ended (it ends at {end}): what is rated goes on to change",
            explained.billing_period
        ));
    }
    if let Some(closed) = &explained.closed {
        parts.push(format!(
            "{} is closed by certificate {} ({}, {})",
            explained.billing_period, closed.certificate, closed.by, closed.closed
        ));
    }
    if let Some(until) = explained.in_grace_until {
        parts.push(format!(
            "{} is in its grace until {until}: late facts still change its drafts",
            explained.billing_period
        ));
    }
    if explained.accounts.is_empty() {
        parts.push(format!(
            "{} {}: nothing is rated, and nothing was billed\n`counterfoil report unbilled` shows what runs and is not \
             billed",
            explained.pipeline, explained.billing_period
        ));
    }
    for account in &explained.accounts {
        parts.extend(account_text(explained, account));
    }
    if explained.accounts.len() > explained.totals.len() {
        let totals = explained.totals.iter().map(|sum| {
            format!(
                "all accounts: {} rated, {} billed, {} not billed",
                sum.rated, sum.billed, sum.open
            )
        });
        parts.push(totals.collect::<Vec<_>>().join("\n"));
    }
    parts.join("\n\n")
}

fn account_text(explained: &TotalExplained, account: &AccountExplained) -> Vec<String> {
    let mut parts = vec![format!(
        "{} {} · {} ({}): {} rated, {} billed",
        explained.pipeline,
        explained.billing_period,
        account.account_key,
        account.name,
        account.rated,
        account.billed
    )];
    let shown = [
        "line",
        "description",
        "days",
        "quantity",
        "unit",
        "unit_price",
        "rated",
        "percent",
        "billed",
        "open",
    ];
    let mut lines = lines(std::slice::from_ref(account)).only(&shown);
    if account.open.is_zero() && account.lines.iter().all(|one| one.line.open.is_zero()) {
        lines = lines.without(&["open"]);
    }
    parts.push(lines.to_text());
    parts.push(sums(account));
    let period = &explained.billing_period;
    let is_billed = !account.documents.is_empty();
    let lines = account.lines.iter();
    parts.extend(lines.map(|line| why(line, period, is_billed)));
    if !account.documents.is_empty() {
        let shown = [
            "reference",
            "number",
            "kind",
            "corrects",
            "issued",
            "state",
            "net",
        ];
        let mut documents = documents(std::slice::from_ref(account)).only(&shown);
        if account.documents.iter().all(|one| one.corrects.is_none()) {
            documents = documents.without(&["corrects"]);
        }
        parts.push(documents.to_text());
    }
    parts.push(open(explained, account));
    parts
}

/// What adds up to what.
fn sums(account: &AccountExplained) -> String {
    let lines = counted(account.lines.len(), "line");
    let billed = if account.documents.is_empty() {
        "no document bills them".to_owned()
    } else {
        let documents = counted(account.documents.len(), "document");
        format!("the {documents} to {}, as billed", account.billed)
    };
    format!("the {lines} sum to {}, as rated; {billed}", account.rated)
}

/// Why what is rated is not what is billed.
fn open(explained: &TotalExplained, account: &AccountExplained) -> String {
    let mut lines = Vec::new();
    let period = &explained.billing_period;
    let is_same = account.lines.iter().all(|one| one.line.open.is_zero());
    if is_same && account.waiting.is_empty() {
        return "nothing is left to bill or to give back".to_owned();
    }
    if account.open.is_negative() {
        lines.push(format!("{} is to be given back", account.open));
    } else {
        lines.push(format!("{} is not billed", account.open));
    }
    for row in &account.waiting {
        lines.push(format!(
            "  {} of it since {}: {} ({})",
            row.amount, row.since, row.state, row.reference
        ));
    }
    if explained.ledger.is_none() {
        lines.push("  the pipeline has no sink that is its ledger".to_owned());
    } else if account.waiting.is_empty() {
        lines.push(match explained.not_ended {
            Some(_) => "  it is planned when the period has ended".to_owned(),
            None => format!("  no plan has it: `counterfoil plan --period {period}` says why"),
        });
    }
    lines.join("\n")
}

/// What is billed of a line is told where anything is.
fn why(explained: &TotalLineExplained, billing_period: &str, is_billed: bool) -> String {
    let line = &explained.line;
    let mut said = vec![format!(
        "{} {}: {}",
        line.number, line.description, line.rated
    )];
    said.extend(sort_words(line.sort).map(ToOwned::to_owned));
    if !line.resources.is_empty() {
        said.push(resources_words(&line.resources));
    }
    said.extend(charge_period(&line.charge, billing_period));
    if let Some(rated) = &explained.rated_line {
        said.extend(contents(&rated.contents));
        said.extend(arithmetic(rated));
        if line.sort == LineSort::Opening {
            said.push(format!("{} ({})", rated.price.level, rated.price.place));
        } else if line.sort != LineSort::Commitment {
            said.push(price(rated));
        }
        said.extend(
            rated
                .measured
                .iter()
                .map(|text| format!("measured: {text}")),
        );
        said.extend(rated.manual.iter().map(rate::manual));
        said.extend(rated.commitment.iter().map(rate::commitment));
        if rated.presumed_seconds > 0 {
            said.push(format!(
                "presumed: {} resource-hours beyond the last coverage",
                rated.presumed_seconds / 3_600
            ));
        }
        if let (Some(earliest), Some(latest)) = (rated.net_if_earliest, rated.net_if_latest) {
            said.push(format!(
                "uncertain: {earliest} at the earliest times of its changes, {latest} at the latest"
            ));
        }
    }
    if is_billed && (!line.open.is_zero() || line.billed_by.len() > 1) {
        let by = line.billed_by.iter();
        let by: Vec<String> = by
            .map(|one| format!("{} by {}", one.billed, one.reference))
            .collect();
        said.push(if by.is_empty() {
            "not billed yet".to_owned()
        } else {
            format!("billed: {}; left: {}", by.join(", "), line.open)
        });
    }
    said.join("\n  ")
}

/// Of what has charge periods of its own, or is billed in advance.
pub(super) fn charge_period(key: &ChargeKey, billing_period: &str) -> Option<String> {
    let of = &key.billing_period;
    match key.since {
        Some(since) => Some(format!(
            "of the charge period {of}, which was billed in advance, what changed from {since} on"
        )),
        None if of != billing_period => Some(format!(
            "for the charge period {of}, which is due with {billing_period}"
        )),
        None => None,
    }
}

/// What a bundle contains.
pub(super) fn contents(contents: &[BundledQuantity]) -> Option<String> {
    let all = contents.iter();
    let all: Vec<String> = all
        .map(|one| format!("{} {} of {}", one.quantity, one.unit, one.item))
        .collect();
    (!all.is_empty()).then(|| format!("contains {}", all.join(", ")))
}

fn sort_words(sort: LineSort) -> Option<&'static str> {
    match sort {
        LineSort::Resources => None,
        LineSort::Manual => Some("a quantity that a person gave"),
        LineSort::Percentage => Some("a part of other lines, in percent"),
        LineSort::Commitment => Some("what lacks to the minimum that was agreed on"),
        LineSort::Opening => Some("what was billed elsewhere is taken off"),
        LineSort::NoLongerRated => {
            Some("it was billed, and nothing that is known now leads to it any more")
        }
    }
}

fn resources_words(resources: &[TotalPart]) -> String {
    let shown = resources.iter().take(SHOWN_RESOURCES).map(|part| {
        let shares: Vec<&str> = part.shares.iter().map(String::as_str).collect();
        let share = if shares == ["1"] {
            String::new()
        } else {
            format!(" (share {})", shares.join(", then "))
        };
        format!("{}{share} {}", part.name, part.allocated.amount())
    });
    let shown: Vec<String> = shown.collect();
    let more = resources.len().saturating_sub(SHOWN_RESOURCES);
    let more = if more == 0 {
        String::new()
    } else {
        format!(", and {more} more")
    };
    format!(
        "{}: {}{more}",
        counted(resources.len(), "resource"),
        shown.join(", ")
    )
}

/// Tiers, what is free, what is taken off and added: where there is more than one price.
fn arithmetic(rated: &RatedLine) -> Vec<String> {
    let parts = rated.parts.iter();
    if parts.len() < 2 {
        return Vec::new();
    }
    let parts = parts.map(|part| {
        let name = part.tier.as_deref().unwrap_or("quantity");
        let amount = part
            .amount
            .map_or_else(|| part.amount_exact.clone(), Money::amount);
        let quantity = part.quantity.map_or_else(
            || part.quantity_exact.clone(),
            |quantity| quantity.to_string(),
        );
        format!(
            "{name}: {quantity} {} × {} = {amount}",
            part.unit, part.unit_price
        )
    });
    parts.collect()
}

fn price(rated: &RatedLine) -> String {
    let price = &rated.price;
    let over = if price.overruled.is_empty() {
        String::new()
    } else {
        format!(", over {}", price.overruled.join(", "))
    };
    let mut text = format!(
        "price: {}{over}{}; {}, proration {}",
        price_words::won(price),
        price_words::passed_over(price),
        rated.model,
        rated.proration
    );
    for (name, policy) in [
        ("change at", &rated.change_at),
        ("hand-over", &rated.handover),
    ] {
        if let Some(policy) = policy {
            text.push_str(&format!(", {name} {policy}"));
        }
    }
    text + &price_words::exchange(price, "  ")
}

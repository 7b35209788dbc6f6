//! A delivery explained, as people read it.

use counterfoil_engine::explain::{
    BilledPart, ContributionExplained, DeliveryExplained, DifferenceOfLine, EvidenceExplained,
    LineExplained,
};
use counterfoil_model::charge::Explanation;
use counterfoil_model::document::DocumentKind;
use counterfoil_model::inventory::Uncertain;
use counterfoil_model::money::Money;
use counterfoil_model::plan::RemoteState;

use super::tables;
use super::total::{charge_period, contents};
use crate::commands::classify::because;
use crate::commands::price_words;

pub(super) fn delivery(explained: &DeliveryExplained, deep: bool) -> String {
    let remote = &explained.remote;
    let mut parts = vec![format!(
        "{}{} · {} · {} · {}\nat {}: {}{}, {} {}\ncounterfoil {}, plan {}",
        kind(explained),
        explained.reference,
        match &explained.buyer_account {
            Some(former) => format!("{} ({former} on the document)", explained.account),
            None => explained.account.clone(),
        },
        explained.billing_period,
        explained.net,
        explained.sink,
        remote.number.as_deref().unwrap_or(&remote.id),
        remote
            .url
            .as_ref()
            .map(|url| format!(" ({url})"))
            .unwrap_or_default(),
        match explained.state {
            RemoteState::Draft | RemoteState::Posted => "confirmed",
            RemoteState::Void => "void since",
        },
        explained.confirmed,
        explained.counterfoil,
        &explained.plan[..12],
    )];
    if deep {
        let period = &explained.billing_period;
        parts.extend(explained.lines.iter().map(|one| line(one, period)));
    } else {
        let shown = [
            "line",
            "description",
            "quantity",
            "unit_price",
            "net",
            "rated_again",
        ];
        parts.push(tables::lines(explained).only(&shown).to_text());
        parts.push("--line NUMBER walks back to file and row".to_owned());
    }
    let receipts = explained.receipts.iter().map(|receipt| {
        let answered = receipt
            .status
            .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        format!("receipt {} {} → {answered}", receipt.method, receipt.url)
    });
    parts.push(receipts.collect::<Vec<_>>().join("\n"));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn line(line: &LineExplained, billing_period: &str) -> String {
    let billed = &line.line;
    let mut text = format!(
        "line {}: {}\n{} × {} {} = {}, {} to {}",
        line.number,
        billed.description,
        billed.quantity,
        billed.unit_price,
        billed.net.currency(),
        billed.net,
        billed.first_day,
        billed.last_day
    );
    if let Some(period) = charge_period(&billed.charge, billing_period) {
        text.push_str(&format!("\n{period}"));
    }
    if let Some(reference) = &line.taken_back_from {
        text.push_str(&format!(
            "\nit takes back what {reference} billed, and is explained by what was known then"
        ));
    }
    if let Some(difference) = &line.difference {
        text.push_str(&of_difference(difference, billed.billed));
    }
    if let (Some(explanation), Some(rated)) = (&line.explanation, line.charge_rated_again) {
        text.push_str(&arithmetic(explanation, rated));
        text.push_str(&circumstances(explanation));
    } else {
        text.push_str("\nno fact leads to its charge any more");
    }
    if let (Some(earliest), Some(latest)) = (line.net_if_earliest, line.net_if_latest) {
        text.push_str(&format!(
            "\nuncertain: {earliest} at the earliest times of its changes, {latest} at the latest"
        ));
    }
    for contribution in &line.contributions {
        text.push_str(&contribution_text(contribution));
    }
    text
}

/// What was billed before and what is rated now, of which the line is no more than the difference.
fn of_difference(difference: &DifferenceOfLine, billed: Money) -> String {
    let by = |parts: &[BilledPart]| {
        let parts = parts.iter();
        let parts = parts.map(|one| format!("{} by {}", one.billed, one.document));
        parts.collect::<Vec<_>>().join(", ")
    };
    let mut text =
        "\nit is only the difference between what was billed before and what is rated now:"
            .to_owned();
    text.push_str(&match difference.billed_by.as_slice() {
        [] => format!("\n  billed before: {}", difference.billed_before),
        parts => format!(
            "\n  billed before: {}: {}",
            difference.billed_before,
            by(parts)
        ),
    });
    text.push_str(&format!(
        "\n  rated now: {}\n  difference: {}",
        difference.rated_now, difference.difference
    ));
    if !difference.elsewhere.is_empty() {
        text.push_str(&format!(
            ", of which {billed} by this line, {}",
            by(&difference.elsewhere)
        ));
    }
    text
}

/// What the charge comes to, by which parts, at which price.
fn arithmetic(explanation: &Explanation, rated: Money) -> String {
    let (model, rounding) = (&explanation.model, explanation.rounding.word());
    let exact = &explanation.net_exact;
    let together = if explanation.rounded_together {
        " together with other lines"
    } else {
        ""
    };
    let mut text = match &explanation.change {
        Some(change) => format!(
            "\nthe charge comes to {rated}: {} now less {} before, each {model} rounded {rounding}{together}, from the exact {} and {}",
            change.now, change.before, change.now_exact, change.before_exact
        ),
        None => format!(
            "\nthe charge comes to {rated}: {model} rounded {rounding}{together}, from the exact {exact}"
        ),
    };
    for part in &explanation.parts {
        let tier = part
            .tier
            .as_ref()
            .map(|tier| format!("tier {tier}: "))
            .unwrap_or_default();
        text.push_str(&format!(
            "\n  {tier}{} × {} = {}",
            part.quantity, part.unit_price, part.amount
        ));
    }
    let price = &explanation.price;
    let over = if price.overruled.is_empty() {
        String::new()
    } else {
        format!(", over {}", price.overruled.join(", "))
    };
    text.push_str(&format!(
        "\nprice: {}{over}{}; proration {}{}",
        price_words::won(price),
        price_words::passed_over(price),
        explanation.proration,
        price_words::exchange(price, "")
    ));
    text
}

/// By which policies, from which quantities that people gave, against which minimum.
fn circumstances(explanation: &Explanation) -> String {
    let mut text = String::new();
    for (name, policy) in [
        ("change at", &explanation.change_at),
        ("hand-over", &explanation.handover),
    ] {
        if let Some(policy) = policy {
            text.push_str(&format!(", {name} {policy}"));
        }
    }
    if let Some(contents) = contents(&explanation.contents) {
        text.push_str(&format!("\n{contents}"));
    }
    if let Some(metered) = &explanation.metered_exact {
        text.push_str(&format!(
            "\nmetered: {metered}, of which {} are priced",
            explanation.quantity_exact
        ));
    }
    let measured = explanation.measured.iter();
    let measured = measured.map(|text| format!("\nmeasured: {text}"));
    let manual = explanation.manual.iter();
    let manual = manual.map(|part| format!("\n{}", crate::commands::rate::manual(part)));
    let commitment = explanation.commitment.iter();
    let commitment = commitment.map(|one| format!("\n{}", crate::commands::rate::commitment(one)));
    text.extend(measured.chain(manual).chain(commitment));
    if explanation.presumed_seconds > 0 {
        text.push_str(&format!(
            "\npresumed: {} resource-seconds beyond the last coverage",
            explanation.presumed_seconds
        ));
    }
    text
}

/// What is no plain invoice says so: the lines of a credit note are what it gives back.
fn kind(explained: &DeliveryExplained) -> String {
    match (explained.kind, &explained.corrects) {
        (DocumentKind::Invoice, None) => String::new(),
        (DocumentKind::Invoice, Some(original)) => format!("correction of {original}: "),
        (DocumentKind::CreditNote, None) => "credit note, which gives back: ".to_owned(),
        (DocumentKind::CreditNote, Some(original)) => {
            format!("credit note for {original}, which gives back: ")
        }
    }
}

fn contribution_text(explained: &ContributionExplained) -> String {
    let own = &explained.contribution;
    let because = explained
        .because
        .as_ref()
        .map(|reasons| format!("\n{}", because(reasons)))
        .unwrap_or_default();
    let if_otherwise = match (
        explained.allocated_if_earliest,
        explained.allocated_if_latest,
    ) {
        (Some(earliest), Some(latest)) => format!(
            "\n  of the line {earliest} at the earliest times of its changes, {latest} at the latest"
        ),
        (None, _) | (_, None) => String::new(),
    };
    let uncertain = uncertain(explained.uncertain.as_ref()) + &if_otherwise;
    format!(
        "\n· {} {}: {} × share {} from {} to {} = {} of the unit → {}\n  {}{because}{uncertain}",
        explained.external_id,
        own.name,
        own.quantity,
        own.share,
        own.period.from(),
        own.period.to(),
        own.weighted,
        own.allocated,
        evidence(&explained.evidence)
    )
}

/// Between which observations it began and ended, where that is not certain.
pub(super) fn uncertain(uncertain: Option<&Uncertain>) -> String {
    let Some(uncertain) = uncertain else {
        return String::new();
    };
    let edges = [("began", uncertain.from), ("ended", uncertain.to)].into_iter();
    let edges = edges.filter_map(|(what, between)| {
        let between = between?;
        Some(format!(
            "\n  {what} after {} and not later than {}",
            between.earliest, between.latest
        ))
    });
    edges.collect()
}

pub(super) fn evidence(evidence: &EvidenceExplained) -> String {
    let digest = evidence
        .fingerprint
        .get(..12)
        .map(|digest| format!(" (content {digest})"))
        .unwrap_or_default();
    let listing = if evidence.listing.is_empty() {
        &evidence.scope
    } else {
        &evidence.listing
    };
    format!(
        "seen by {} in {listing}{digest}, {}; recorded {}",
        evidence.source, evidence.place, evidence.recorded
    )
}

//! `counterfoil explain`.

mod tables;

use anyhow::Result;
use clap::Args;
use counterfoil_engine::classify::suspended_text;
use counterfoil_engine::explain::{
    ContributionExplained, DeliveryExplained, EvidenceExplained, LineExplained, ResourceExplained,
    Standing, explain_delivery, explain_resource,
};
use counterfoil_engine::filter::Filter;
use counterfoil_engine::session::Session;
use counterfoil_model::inventory::Uncertain;
use counterfoil_model::plan::RemoteState;

use super::classify::because;
use super::price_words;
use crate::args::Global;
use crate::exit::Exit;
use crate::output::Shape;
use crate::when;

const EXAMPLES: &str = "\
Examples:
  counterfoil explain CF-ABCDEFGHIJKLMNOP
  counterfoil explain CF-ABCDEFGHIJKLMNOP --line 2
  counterfoil explain CF-ABCDEFGHIJKLMNOP --line 2 --kind disk
  counterfoil explain --resource VM-1007 --period 2026-03 --customer acme";

pub(crate) const DELIVERY: Shape<DeliveryExplained> = Shape::new(
    "explain-delivery/1",
    "A confirmed delivery, line by line, back to file and row.",
    &["lines", "contributions", "receipts"],
);

pub(crate) const RESOURCE: Shape<ResourceExplained> = Shape::new(
    "explain-resource/1",
    "What became of a resource in a period, and its part of each charge.",
    &["charges", "stretches"],
);

/// Walks from a cent back to rounding, arithmetic, price, rule, interval, observation, file and row.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Explain {
    /// The reference of a delivery.
    #[arg(required_unless_present = "resource")]
    pub(crate) reference: Option<String>,
    /// One line of it, counted from 1.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) line: Option<usize>,
    /// What a resource is billed in a period, or why it is not.
    #[arg(long, value_name = "ID", conflicts_with = "reference")]
    pub(crate) resource: Option<String>,
    /// The pipeline; may be left out where there is one.
    #[arg(long, value_name = "NAME")]
    pub(crate) pipeline: Option<String>,
    /// The billing period of --resource; the last one that has ended if left out.
    #[arg(long, value_name = "MONTH")]
    pub(crate) period: Option<String>,
    /// Of a resource, only what this customer is billed.
    #[arg(
        long,
        value_name = "NAME",
        requires = "resource",
        help_heading = "Filters"
    )]
    pub(crate) customer: Option<String>,
    /// Only resources of this kind.
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) kind: Option<String>,
    /// Only what lasts until this day or instant, or longer.
    #[arg(long, value_name = "TIME", help_heading = "Filters")]
    pub(crate) since: Option<String>,
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Explain) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    let since = what.since.as_deref();
    let filter = Filter {
        customer: what.customer.clone(),
        kind: what.kind.clone(),
        since: when::since(since, session.now, &wired.pipeline.zone)?,
    };
    let narrow = filter.resolve(session, &wired).await?;
    if let Some(reference) = &what.reference {
        let explained = explain_delivery(session, &wired, reference, what.line, &narrow).await?;
        global.answer(
            DELIVERY
                .answer(&explained)
                .tables(|| tables::delivery(&explained))
                .text(|| delivery(&explained, what.line.is_some())),
        )?;
    } else if let Some(name) = &what.resource {
        let period = session.period(pipeline, what.period.as_deref())?;
        let explained = explain_resource(session, &wired, name, &period, &narrow).await?;
        global.answer(
            RESOURCE
                .answer(&explained)
                .tables(|| tables::resource(&explained))
                .text(|| resource(&explained)),
        )?;
    }
    Ok(Exit::Done)
}

fn delivery(explained: &DeliveryExplained, deep: bool) -> String {
    let remote = &explained.remote;
    let mut parts = vec![format!(
        "{} · {} · {} · {}\nat {}: {}{}, {} {}\ncounterfoil {}, plan {}",
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
        parts.extend(explained.lines.iter().map(line));
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

fn line(line: &LineExplained) -> String {
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
    if let (Some(explanation), Some(rated)) = (&line.explanation, line.rated_again) {
        text.push_str(&format!(
            "\nthe charge comes to {rated}: {} rounded {}, from the exact {}",
            explanation.model,
            explanation.rounding.word(),
            explanation.net_exact
        ));
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
        for (name, policy) in [
            ("change at", &explanation.change_at),
            ("hand-over", &explanation.handover),
        ] {
            if let Some(policy) = policy {
                text.push_str(&format!(", {name} {policy}"));
            }
        }
        let measured = explanation.measured.iter();
        let measured = measured.map(|text| format!("\nmeasured: {text}"));
        let manual = explanation.manual.iter();
        let manual = manual.map(|part| format!("\n{}", super::rate::manual(part)));
        let commitment = explanation.commitment.iter();
        let commitment = commitment.map(|one| format!("\n{}", super::rate::commitment(one)));
        text.extend(measured.chain(manual).chain(commitment));
        if explanation.presumed_seconds > 0 {
            text.push_str(&format!(
                "\npresumed: {} resource-seconds beyond the last coverage",
                explanation.presumed_seconds
            ));
        }
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
fn uncertain(uncertain: Option<&Uncertain>) -> String {
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

fn evidence(evidence: &EvidenceExplained) -> String {
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

fn resource(explained: &ResourceExplained) -> String {
    let mut parts = vec![format!(
        "{} {} in {}",
        explained.external_id, explained.name, explained.billing_period
    )];
    for stretch in &explained.stretches {
        let standing = match &stretch.standing {
            Standing::Owned {
                customers,
                service,
                plan,
            } => format!(
                "{} · {} · {}",
                customers.join(", "),
                service.as_deref().unwrap_or("no service"),
                plan.as_deref().unwrap_or("no plan")
            ),
            Standing::NonBillable(why) => format!("not billed: {} ({})", why.reason, why.owner),
            Standing::Suspended { why, later } => {
                format!("in suspense: {}", suspended_text(why, later.as_ref()))
            }
        };
        let (from, to) = (stretch.period.from(), stretch.period.to());
        parts.push(format!(
            "{from} to {to}: {standing}\n{}\n  {}{}",
            because(&stretch.because),
            evidence(&stretch.evidence),
            uncertain(stretch.uncertain.as_ref())
        ));
    }
    if explained.charges.is_empty() {
        parts.push("it adds to no charge".to_owned());
    } else {
        let shown = ["item", "charge", "period", "allocated", "charge_net"];
        parts.push(tables::charges(explained).only(&shown).to_text());
    }
    parts.join("\n\n")
}

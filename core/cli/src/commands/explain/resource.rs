//! What became of a resource, as people read it.

use counterfoil_engine::classify::suspended_text;
use counterfoil_engine::explain::{HandedOver, ResourceExplained, Standing};
use counterfoil_model::between::Handover;

use super::delivery::{evidence, uncertain};
use super::tables;
use crate::commands::classify::because;

fn handover(handed: Option<&HandedOver>) -> String {
    let Some(HandedOver { policy, owners }) = handed else {
        return String::new();
    };
    let who = match policy {
        Handover::Time => "each pays for his own time",
        Handover::StartOfPeriod => "who has it first in the period pays",
        Handover::EndOfPeriod => "who has it last in the period pays",
    };
    format!(
        "\n  it is that of {}, and {who}: handover = \"{}\"",
        owners.join(", "),
        policy.name()
    )
}

pub(super) fn resource(explained: &ResourceExplained) -> String {
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
        let reasons = because(&stretch.because);
        let reasons = if reasons.is_empty() {
            String::new()
        } else {
            format!("\n{reasons}")
        };
        parts.push(format!(
            "{from} to {to}: {standing}{}{reasons}\n  {}{}",
            handover(stretch.handover.as_ref()),
            evidence(&stretch.evidence),
            uncertain(stretch.uncertain.as_ref())
        ));
    }
    if explained.charges.is_empty() {
        parts.push("it adds to no charge".to_owned());
    } else {
        let shown = [
            "account",
            "item",
            "charge",
            "period",
            "allocated",
            "charge_net",
            "billed",
        ];
        parts.push(tables::charges(explained).only(&shown).to_text());
    }
    if !explained.why_not.is_empty() {
        let why = explained.why_not.iter().map(|one| {
            let next = one.next_step.as_ref();
            let next = next.map_or_else(String::new, |next| format!("\n  next: {next}"));
            format!("{}{next}", one.message)
        });
        let why: Vec<String> = why.collect();
        let head = if explained.charges.is_empty() {
            "why it is not billed:"
        } else {
            "what is not billed of it:"
        };
        parts.push(format!("{head}\n{}", why.join("\n")));
    }
    parts.join("\n\n")
}

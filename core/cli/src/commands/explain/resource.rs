//! What became of a resource, as people read it.

use counterfoil_engine::classify::suspended_text;
use counterfoil_engine::explain::{ResourceExplained, Standing};

use super::delivery::{evidence, uncertain};
use super::tables;
use crate::commands::classify::because;

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

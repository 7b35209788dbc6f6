//! The pre-flight of e-invoices: a document that breaks a rule is not planned, and the others of other accounts go on.

use std::collections::BTreeMap;

use super::FamilyPlan;
use super::family::Family;
use super::input::PlanInput;
use super::notice;
use super::output::{PlannedAction, PlannedDelivery};
use crate::counted::counted_as;
use crate::einvoice::{Calls, Fault, build, check};
use crate::finding::Finding;
use crate::money::{Money, MoneyError};

/// The same plan; without its deliveries, and with what is wrong, where one of them would break a rule.
pub(super) fn checked(
    input: &PlanInput,
    family: &Family<'_>,
    mut planned: FamilyPlan,
) -> Result<FamilyPlan, MoneyError> {
    let mut findings = Vec::new();
    for one in planned.deliveries.iter().filter(|one| is_sent(one)) {
        let delivery = &one.delivery;
        let Some(invoicing) = &delivery.invoicing else {
            continue;
        };
        let invoice = build(delivery, invoicing, Calls::default())?;
        for broken in by_rule(check::check(&invoice)) {
            let finding = notice::of_einvoice(input, family, (delivery, broken));
            tell_once(&mut findings, finding)?;
        }
    }
    if !findings.is_empty() {
        planned.deliveries.clear();
        planned.findings = findings;
    }
    Ok(planned)
}

fn is_sent(planned: &PlannedDelivery) -> bool {
    match planned.action {
        // A draft that was emptied at a sink which cannot withdraw it is no invoice.
        PlannedAction::Create | PlannedAction::Update => !planned.delivery.lines.is_empty(),
        PlannedAction::Void | PlannedAction::Nothing => false,
    }
}

/// A rule that a document breaks, be it in a hundred lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRule {
    /// What is wrong first, and how often more.
    pub message: String,
    pub next_step: String,
}

/// Each rule that is broken, in the order of the faults.
pub fn by_rule(faults: Vec<Fault>) -> Vec<BrokenRule> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for fault in &faults {
        *counts.entry(fault.rule.clone()).or_default() += 1;
    }
    let firsts = faults.into_iter().filter_map(|fault| {
        let others = match counts.remove(&fault.rule)? - 1 {
            0 => String::new(),
            more => format!(
                " {}.",
                counted_as(more, "more line has it", "more lines have it")
            ),
        };
        Some(BrokenRule {
            message: format!("{}: {}{others}", fault.rule, fault.message),
            next_step: fault.next_step,
        })
    });
    firsts.collect()
}

/// What several documents of an account have alike is told once, with all that they come to.
pub fn tell_once(findings: &mut Vec<Finding>, finding: Finding) -> Result<(), MoneyError> {
    let is_same = |known: &&mut Finding| {
        known.code == finding.code
            && known.subject == finding.subject
            && known.message == finding.message
    };
    let currency = |one: &Finding| one.value.map(Money::currency);
    let mut alike = findings.iter_mut().filter(is_same);
    match alike.find(|known| currency(known) == currency(&finding)) {
        Some(known) => {
            if let (Some(value), Some(more)) = (known.value, finding.value) {
                known.value = Some(value.checked_add(more)?);
            }
        }
        None => findings.push(finding),
    }
    Ok(())
}

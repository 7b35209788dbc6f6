//! The pre-flight of e-invoices: a document that breaks a rule is not planned, and the others of other accounts go on.

use std::collections::BTreeMap;

use super::FamilyPlan;
use super::family::Family;
use super::input::PlanInput;
use super::notice;
use super::output::{PlannedAction, PlannedDelivery};
use crate::einvoice::{Calls, Fault, build, check};
use crate::money::MoneyError;

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
        for (first, more) in by_rule(check::check(&invoice)) {
            findings.push(notice::of_einvoice(input, family, delivery, (&first, more)));
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

/// The first fault against each rule, and how many more there are: a hundred lines may have the same.
pub fn by_rule(faults: Vec<Fault>) -> Vec<(Fault, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for fault in &faults {
        *counts.entry(fault.rule.clone()).or_default() += 1;
    }
    let firsts = faults.into_iter().filter_map(|fault| {
        let count = counts.remove(&fault.rule)?;
        Some((fault, count - 1))
    });
    firsts.collect()
}

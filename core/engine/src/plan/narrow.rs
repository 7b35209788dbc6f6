//! What is told of a plan where it is asked for one customer or one kind. The plan itself stays whole.

use std::collections::BTreeSet;

use counterfoil_model::money::{Money, MoneyError};
use counterfoil_model::plan::Difference;

use super::{PlanReport, SinkPlan};
use crate::filter::Narrow;

impl PlanReport {
    /// Leaves out the deliveries of other customers, and of other kinds what is balanced and in suspense. Findings stay:
    /// they decide whether anything is sent.
    pub fn narrow(&mut self, narrow: &Narrow) -> Result<(), MoneyError> {
        self.completeness
            .kinds
            .retain(|kind, _| narrow.is_kind(kind));
        let suspense = &mut self.completeness.suspense;
        suspense
            .resources
            .retain(|resource| narrow.is_kind(&resource.kind));
        if !narrow.is_any_kind() {
            // Of one kind it is the sum of what is left; several currencies have none.
            suspense.total = total(suspense.resources.iter().filter_map(|one| one.value))?;
        }
        if let Some(customer) = narrow.customer() {
            self.customer = Some(customer.to_string());
            if let Some(review) = &mut self.review {
                let accounts = &mut review.accounts;
                accounts.retain(|one| narrow.is_account(one.review.account));
            }
            for plan in &mut self.plans {
                plan.narrow(narrow)?;
            }
        }
        Ok(())
    }
}

impl SinkPlan {
    fn narrow(&mut self, narrow: &Narrow) -> Result<(), MoneyError> {
        let plan = &mut self.plan;
        plan.deliveries
            .retain(|planned| narrow.is_account(planned.delivery.slot.account));
        plan.withheld.retain(|one| narrow.is_account(one.account));
        plan.older.retain(|one| narrow.is_account(one.account));
        plan.accounts.retain(|one| narrow.is_account(one.account));
        plan.changes.retain(|one| narrow.is_account(one.account));
        plan.totals = Difference::by_currency(plan.accounts.iter().map(|one| one.amount))?;
        let deliveries = self.plan.deliveries.iter();
        let keys: BTreeSet<String> = deliveries
            .map(|planned| self.account_of(&planned.delivery).to_owned())
            .collect();
        self.other_buyers
            .retain(|other| keys.contains(&other.account));
        self.approval.retain(|key, _| keys.contains(key));
        self.judgements.retain(|one| narrow.is_account(one.account));
        Ok(())
    }
}

fn total(mut values: impl Iterator<Item = Money>) -> Result<Option<Money>, MoneyError> {
    let Some(first) = values.next() else {
        return Ok(None);
    };
    values.try_fold(first, Money::checked_add).map(Some)
}

//! Reconcile: what is rated, what would be sent, what was sent and what the sink holds have to be the same money.
//!
//! Must not know how documents are read back.

mod input;
mod judge;
mod notice;
mod output;
#[cfg(test)]
mod tests;
mod totals;

use thiserror::Error;

pub use input::{Open, ReconcileInput, Sent};
pub use output::{CurrencyTotals, Reconciliation, StateChange, Young};

use crate::money::MoneyError;

#[derive(Debug, Error)]
pub enum ReconcileError {
    #[error("the amounts of {subject} cannot be summed")]
    Amount { subject: String, source: MoneyError },
}

/// Pure: the same input gives the same findings, in the order of their references.
pub fn reconcile(input: &ReconcileInput<'_>) -> Result<Reconciliation, ReconcileError> {
    let mut result = Reconciliation {
        not_ended: input.not_ended,
        ..Reconciliation::default()
    };
    judge::sent(input, &mut result)?;
    judge::open(input, &mut result);
    if input.not_ended.is_none() {
        judge::not_sent(input, &mut result);
    }
    judge::not_ours(input, &mut result)?;
    result.totals = totals::totals(input)?;
    for totals in &result.totals {
        result
            .findings
            .extend(notice::unbalanced(totals, input.not_ended));
    }
    Ok(result)
}

//! Documents and their lines for other systems. What is exported stands in the newest plans and the counterfoils; nothing is
//! decided here, and no file is written.

mod ascii;
pub mod focus;
pub mod lines;
pub mod ubl;
mod withheld;

use counterfoil_model::finding::Finding;
use counterfoil_model::money::MoneyError;
use counterfoil_model::time::BillingPeriod;
use thiserror::Error;

use crate::config::Role;
use crate::preview::{PreviewError, Shown, Standing, collect};
use crate::session::{Session, Wired};
use crate::terms::TermsError;

#[derive(Debug, Error)]
pub enum ExportError {
    #[error(transparent)]
    Documents(#[from] PreviewError),
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error("sum the document {reference}")]
    Amount {
        reference: String,
        source: MoneyError,
    },
}

impl ExportError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Documents(error) => error.hint(),
            Self::Terms(error) => error.hint(),
            Self::Amount { .. } => None,
        }
    }
}

/// What is exported, and what is missing from it.
#[derive(Debug)]
pub struct Extract<T> {
    pub rows: Vec<T>,
    /// Why the plan held documents back, which would be among them otherwise.
    pub withheld: Vec<Finding>,
}

/// Which documents a period has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Those that bill it, and their corrections whenever they were made: each document is in one period, so that the sums of
    /// periods have each line once.
    OfPeriod,
    /// Also corrections of earlier periods that are issued with it: whoever sends what was issued misses none.
    IssuedWith,
}

/// Those of the ledger with lines. What is to be withdrawn, or was, is no document.
async fn documents(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
    account: Option<&str>,
    scope: Scope,
) -> Result<Extract<Shown>, ExportError> {
    let withheld = withheld::withheld(session, wired, period, account).await?;
    let mut shown = match collect(session, wired, period, account).await {
        // There would be documents, and the plan says why there are none.
        Err(PreviewError::Nothing { .. } | PreviewError::NoAccount { .. })
            if !withheld.is_empty() =>
        {
            Vec::new()
        }
        collected => collected?,
    };
    shown.retain(|one| {
        let stands = match one.standing {
            Standing::Planned | Standing::Changed | Standing::Draft | Standing::Issued => true,
            Standing::ToBeWithdrawn | Standing::Withdrawn => false,
        };
        let is_of_scope =
            is_of(period, one) || (scope == Scope::IssuedWith && is_issued_with(period, one));
        let has_lines = !one.delivery.lines.is_empty();
        stands && is_of_scope && has_lines && is_of_ledger(wired, &one.sink)
    });
    Ok(Extract {
        rows: shown,
        withheld,
    })
}

fn is_of(period: &BillingPeriod, shown: &Shown) -> bool {
    shown.delivery.slot.billing_period == period.id()
}

/// A plan of a period also has what it leaves as it is of those before.
fn is_issued_with(period: &BillingPeriod, shown: &Shown) -> bool {
    let day = shown.delivery.issue_date;
    match shown.standing {
        Standing::Planned | Standing::Changed => true,
        Standing::Draft | Standing::Issued | Standing::ToBeWithdrawn | Standing::Withdrawn => {
            let next = period.next();
            day > period.last_day() && next.is_ok_and(|next| day <= next.last_day())
        }
    }
}

fn is_of_ledger(wired: &Wired<'_>, sink: &str) -> bool {
    let mut sinks = wired.sinks.iter();
    sinks.any(|(_, config)| config.name == sink && config.role == Role::Ledger)
}

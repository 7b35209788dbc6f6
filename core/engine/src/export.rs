//! Documents and their lines for other systems. What is exported stands in the newest plans and the counterfoils; nothing is
//! decided here, and no file is written.

pub mod focus;
pub mod lines;
pub mod ubl;

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

/// Those of the ledger with lines. What is to be withdrawn, or was, is no document.
async fn documents(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
    account: Option<&str>,
) -> Result<Vec<Shown>, ExportError> {
    let mut shown = collect(session, wired, period, account).await?;
    shown.retain(|one| {
        let stands = match one.standing {
            Standing::Planned | Standing::Changed | Standing::Draft | Standing::Issued => true,
            Standing::ToBeWithdrawn | Standing::Withdrawn => false,
        };
        stands && !one.delivery.lines.is_empty() && is_of_ledger(wired, &one.sink)
    });
    Ok(shown)
}

fn is_of_ledger(wired: &Wired<'_>, sink: &str) -> bool {
    let mut sinks = wired.sinks.iter();
    sinks.any(|(_, config)| config.name == sink && config.role == Role::Ledger)
}

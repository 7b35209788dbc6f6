//! Why something cannot be explained, and what to do about it.

use counterfoil_model::counted::counted;
use counterfoil_model::report::{DifferenceError, TotalError};
use counterfoil_model::time::BillingPeriodError;
use counterfoil_store::StoreError;
use thiserror::Error;

use crate::filter::FilterError;
use crate::terms::TermsError;

#[derive(Debug, Error)]
pub enum ExplainError {
    #[error("there is no counterfoil with the reference or number `{reference}`")]
    NoReference { reference: String },
    #[error("the delivery has {}, and no line {number}", counted(*count, "line"))]
    NoLine { count: usize, number: usize },
    #[error("nothing called `{name}` was known in {period}")]
    NoResource {
        name: String,
        period: String,
        hint: Option<String>,
    },
    #[error("the plan {plan} is not in the store")]
    NoPlan { plan: String },
    #[error("read the period of a line")]
    Period { source: BillingPeriodError },
    #[error("explain the bill of {account} in {period}: it does not add up")]
    Total {
        account: String,
        period: String,
        source: TotalError,
    },
    #[error("compare {period} against {against}: the second is not the earlier one")]
    Order { period: String, against: String },
    #[error(
        "explain the difference of {account} between {against} and {period}: it does not add up"
    )]
    Difference {
        account: String,
        period: String,
        against: String,
        source: DifferenceError,
    },
    #[error(transparent)]
    Filter(#[from] FilterError),
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error("read what was kept")]
    Store { source: StoreError },
}

impl ExplainError {
    /// Is it the command line that is wrong?
    pub fn is_usage(&self) -> bool {
        match self {
            Self::NoLine { .. } | Self::Order { .. } => true,
            Self::Filter(error) => error.is_usage(),
            Self::NoReference { .. }
            | Self::NoResource { .. }
            | Self::NoPlan { .. }
            | Self::Period { .. }
            | Self::Total { .. }
            | Self::Difference { .. }
            | Self::Terms(_)
            | Self::Store { .. } => false,
        }
    }

    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Terms(error) => error.hint(),
            Self::Filter(error) => error.hint(),
            Self::Order { .. } => Some("give the later period with --period".to_owned()),
            Self::Total { .. } | Self::Difference { .. } => Some(
                "nothing is shown that does not sum to its total: this is a mistake of Counterfoil, please report it"
                    .to_owned(),
            ),
            Self::NoReference { .. } => Some(
                "`counterfoil apply` and `counterfoil plan --json` print references".to_owned(),
            ),
            Self::NoResource { hint, .. } => Some(hint.clone().unwrap_or_else(|| {
                "give the id at the source or the name, as `counterfoil inventory list` shows them"
                    .to_owned()
            })),
            Self::NoLine { count, .. } => Some(match count {
                1 => "its only line is --line 1".to_owned(),
                count => {
                    format!("lines are numbered from 1 to {count}; without --line all are listed")
                }
            }),
            Self::NoPlan { .. } | Self::Period { .. } | Self::Store { .. } => None,
        }
    }
}

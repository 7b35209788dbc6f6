//! Why the terms of a pipeline cannot be had.

use counterfoil_model::classify::ClassifierError;
use counterfoil_model::problem::Problem;
use counterfoil_model::time::BillingPeriodError;
use counterfoil_store::StoreError;
use thiserror::Error;

use super::fixed::Fixed;

#[derive(Debug, Error)]
pub enum TermsError {
    #[error("read a stored configuration of {since}: {}", listed(problems))]
    Stored {
        since: String,
        problems: Vec<Problem>,
    },
    #[error("understand a stored configuration")]
    Body { source: serde_json::Error },
    #[error("find the first open period")]
    Period { source: BillingPeriodError },
    #[error("`{}` was {} when documents were issued, and is {}", .0.setting, .0.before, .0.now)]
    Fixed(Box<Fixed>),
    #[error("{}", .0.message)]
    Name(Box<Problem>),
    #[error("compile the rules")]
    Classifier { source: ClassifierError },
    #[error("keep the configuration")]
    Store { source: StoreError },
}

fn listed(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

impl TermsError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Fixed(fixed) => Some(fixed.hint.clone()),
            Self::Name(problem) => problem.hint.clone(),
            Self::Stored { .. }
            | Self::Body { .. }
            | Self::Period { .. }
            | Self::Classifier { .. }
            | Self::Store { .. } => None,
        }
    }
}

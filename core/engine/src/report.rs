//! Questions of the field, each answered by one function: gathers what was known, and asks the model. Shows nothing and
//! changes nothing.

mod changes;
mod delivered;
mod delivery;
mod documents;
mod edges;
mod filter;
mod first_seen;
mod growth;
mod known;
mod lines;
mod margin;
mod moment;
mod not_sent;
mod nothing;
mod older;
mod placed;
mod suggestions;
mod tracks;
mod unbilled;
mod usage;

use counterfoil_model::money::MoneyError;
use counterfoil_model::time::{BillingPeriodError, Instant};
use counterfoil_store::StoreError;
use thiserror::Error;

pub use changes::{ChangesReport, ShownChange, changes};
pub use delivered::{DeliveredReport, Event, EventKind, delivered};
pub use delivery::{Delivered, DeliveredLine, NotYet, Sighting, Way};
pub use filter::Filter;
pub use first_seen::{FirstSeenReport, first_seen};
pub use growth::{GrowthReport, growth};
pub use known::{IntervalKnown, KnownReport, known};
pub use margin::{Basis, MarginReport, margin};
pub(crate) use not_sent::not_sent;
pub(crate) use older::older;
pub use suggestions::{SuggestedRule, SuggestionsReport, suggestions};
pub use unbilled::{NotSent, Unbilled, UnbilledReport, unbilled};
pub use usage::{CustomerUsage, UsageReport, usage};

use crate::explain::ExplainError;
use crate::filter::FilterError;
use crate::left_out::LeftOutError;
use crate::terms::TermsError;

#[derive(Debug, Error)]
pub enum ReportError {
    #[error(transparent)]
    Filter(#[from] FilterError),
    #[error("no source declares an attribute `{attribute}`")]
    NoAttribute {
        attribute: String,
        near: Option<String>,
    },
    #[error("nothing was ever listed")]
    NothingListed,
    #[error("the pipeline names no price book of its costs")]
    NoCostBook,
    #[error("the pipeline says of nothing what is provisioned and what is consumed")]
    NothingToCompare,
    #[error("compare {from} with {to}: the first is not the earlier one")]
    Order { from: Instant, to: Instant },
    #[error(transparent)]
    Explain(#[from] ExplainError),
    #[error(transparent)]
    LeftOut(#[from] LeftOutError),
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error("find the month of an instant")]
    Period { source: BillingPeriodError },
    #[error("sum the amounts")]
    Amount { source: MoneyError },
    #[error("read what was kept")]
    Store { source: StoreError },
}

impl ReportError {
    /// Is it the question that is wrong?
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Filter(error) => error.is_usage(),
            Self::NoAttribute { .. }
            | Self::Order { .. }
            | Self::NoCostBook
            | Self::NothingToCompare => true,
            Self::NothingListed
            | Self::Explain(_)
            | Self::LeftOut(_)
            | Self::Terms(_)
            | Self::Period { .. }
            | Self::Amount { .. }
            | Self::Store { .. } => false,
        }
    }

    /// What the reader should do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Filter(error) => error.hint(),
            Self::NoAttribute { near, .. } => {
                near.as_ref().map(|near| format!("did you mean `{near}`?"))
            }
            Self::NothingListed => Some("run `counterfoil discover` first".to_owned()),
            Self::NoCostBook => Some(
                "add a table [price_book.cost] with what things cost, and `cost_book = \"cost\"` to the pipeline"
                    .to_owned(),
            ),
            Self::NothingToCompare => Some(
                "add `compare = [{ kind = \"disk\", provisioned = \"disk_gb\", consumed = \"used_gb\" }]` to the \
                 pipeline"
                    .to_owned(),
            ),
            Self::Order { .. } => Some("give the earlier time first".to_owned()),
            Self::Explain(error) => error.hint(),
            Self::Terms(error) => error.hint(),
            Self::LeftOut(_) | Self::Period { .. } | Self::Amount { .. } | Self::Store { .. } => {
                None
            }
        }
    }
}

fn store_error(source: StoreError) -> ReportError {
    ReportError::Store { source }
}

fn amount_error(source: MoneyError) -> ReportError {
    ReportError::Amount { source }
}

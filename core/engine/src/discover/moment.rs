//! The span of time that a listing speaks of.

use counterfoil_host::source::{Moment, Offer};
use counterfoil_model::time::{Date, Instant, InstantError, TimeZone};
use jiff::ToSpan;
use thiserror::Error;

#[derive(Debug, Error)]
pub(super) enum MomentError {
    #[error("understand when the listing is true: `{text}` is {expected}")]
    Unreadable {
        text: String,
        expected: &'static str,
    },
    #[error("understand when the listing is true: `{text}`")]
    OutOfRange { text: String, source: InstantError },
}

impl MomentError {
    pub(super) fn hint() -> String {
        "the connector does not keep to the contract: use another version of it, or tell its author"
            .to_owned()
    }
}

/// A snapshot dated D means the local day D, from its start to its end.
pub(super) fn covered(
    offer: &Offer,
    zone: &TimeZone,
    now: Instant,
) -> Result<(Instant, Instant), MomentError> {
    match &offer.moment {
        Moment::Now => Ok((now, now)),
        Moment::Instant(text) => {
            let instant: Instant = text.parse().map_err(|_| MomentError::Unreadable {
                text: text.clone(),
                expected: "no instant such as 2026-03-01T00:00:00Z",
            })?;
            Ok((instant, instant))
        }
        Moment::Day(text) => {
            let day: Date = text.parse().map_err(|_| MomentError::Unreadable {
                text: text.clone(),
                expected: "no day such as 2026-03-01",
            })?;
            let outside = |source| MomentError::OutOfRange {
                text: text.clone(),
                source,
            };
            let from = Instant::start_of_day(day, zone).map_err(outside)?;
            let to = Instant::start_of_day(day.saturating_add(1.day()), zone).map_err(outside)?;
            Ok((from, to))
        }
    }
}

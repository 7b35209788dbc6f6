//! The span of time that a listing speaks of.

use counterfoil_host::source::{Moment, Offer};
use counterfoil_model::time::{Date, Instant, InstantError, TimeZone};
use jiff::ToSpan;
use thiserror::Error;

#[derive(Debug, Error)]
#[error("understand the moment `{text}` of a listing")]
pub(super) struct MomentError {
    text: String,
    source: InstantError,
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
            let instant = text.parse().map_err(|source| MomentError {
                text: text.clone(),
                source,
            })?;
            Ok((instant, instant))
        }
        Moment::Day(text) => {
            let unreadable = |source| MomentError {
                text: text.clone(),
                source,
            };
            let day: Date = text.parse().map_err(|source| {
                unreadable(InstantError::Unreadable {
                    text: text.clone(),
                    source,
                })
            })?;
            let from = Instant::start_of_day(day, zone).map_err(unreadable)?;
            let to =
                Instant::start_of_day(day.saturating_add(1.day()), zone).map_err(unreadable)?;
            Ok((from, to))
        }
    }
}

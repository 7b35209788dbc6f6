//! From civil times to instants: what a schedule does where a zone skips or repeats an hour.

use counterfoil_model::time::{Instant, TimeZone};
use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;
use jiff::{Timestamp, ToSpan};

use super::expression::Expression;

pub(super) fn next(expression: &Expression, zone: &TimeZone, after: Instant) -> Option<Instant> {
    let after = after.timestamp();
    let next = if expression.has_wildcard_hour {
        next_real(expression, zone, after)
    } else {
        next_local(expression, zone, after)
    };
    next.map(Instant::from)
}

/// Each local time once. `once` never decreases with the civil time, so that only later civil times can come later.
fn next_local(expression: &Expression, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let mut civil = zone.to_datetime(after);
    loop {
        civil = expression.next_civil(civil)?;
        let at = once(civil, zone)?;
        // What a repeated hour had the first time, and what a gap had together, has fired.
        if at > after {
            return Some(at);
        }
    }
}

/// The instant at which a local time fires.
fn once(civil: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
            offset.to_timestamp(civil).ok()
        }
        AmbiguousOffset::Gap { after, .. } => {
            // With the offset that comes after the gap it lies before the gap, which is the next thing that happens.
            let before_gap = after.to_timestamp(civil).ok()?;
            zone.following(before_gap)
                .next()
                .map(|transition| transition.timestamp())
        }
    }
}

/// Each instant whose local time matches, stretch by stretch of one offset.
fn next_real(expression: &Expression, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let mut from = after.checked_add(1.second()).ok()?;
    loop {
        let offset = zone.to_offset(from);
        let just_before = offset.to_datetime(from).checked_sub(1.second()).ok()?;
        let at = offset
            .to_timestamp(expression.next_civil(just_before)?)
            .ok()?;
        match zone.following(from).next() {
            Some(transition) if transition.timestamp() <= at => from = transition.timestamp(),
            Some(_) | None => return Some(at),
        }
    }
}

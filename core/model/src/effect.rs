//! Effect: from an intent to a confirmed delivery, at most once, or parked.
//!
//! Must not know how a look-up or a push is made: it is told what happened and says what to do next.

mod compare;
mod machine;
mod notice;
mod observed;
#[cfg(test)]
pub(crate) mod sample;
mod seen;
#[cfg(test)]
mod seen_tests;
#[cfg(test)]
mod simulation;
mod state;
#[cfg(test)]
mod tests;
mod under;

pub use compare::{Change, Comparison, Weight, compare, look_up};
pub use machine::{Transition, advance, next_step, standing};
pub use observed::{ObservedDocument, ObservedLine};
pub use state::{
    Effect, EffectAction, EffectError, Event, Limits, LookUp, Outcome, ParkReason, State, Step,
};
pub use under::{Under, may_replace};

//! What is kept of an effect, what can happen to it, and what can be asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::counterfoil::Action;
use crate::document::Reference;
use crate::money::Money;
use crate::time::Instant;

/// What is intended at the sink. Kept durably; every change is a compare-and-set on what was read, so that of two
/// runs only one gets to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    pub reference: Reference,
    pub action: EffectAction,
    pub state: State,
    /// What is at stake, in the sign of an invoice.
    pub value: Money,
    /// This run looked it up, and what it saw lets it be sent.
    pub looked_up: bool,
    /// Since when it may have been applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_since: Option<Instant>,
    /// Look-ups that count and saw that it was not applied.
    pub absences: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_until: Option<Instant>,
    pub deferrals: u32,
    pub resends: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked: Option<ParkReason>,
    /// A person says that its document is to be gone: if it is, that is recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub absence_accepted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EffectAction {
    Create,
    Update,
    Void,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing was sent.
    Planned,
    /// The intent is durable: from here on it may have been applied.
    Sending,
    /// It was sent, and no answer came.
    Unknown,
    Confirmed,
    /// Read back from the sink as it was sent.
    Verified,
    /// A final no: nothing was applied.
    Rejected,
    /// A person has to look.
    Parked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ParkReason {
    ForeignContent,
    Duplicate,
    /// The document that was to be changed is not there any more, or void.
    Vanished,
    /// What was to be created stands there, and somebody voided it before its arrival was recorded.
    Voided,
    /// Beside our own draft stands again what it is to replace, though that is recorded as void.
    Revived,
    /// The outcome is unknown and the sink has no reliable look-up.
    NoLookUp,
    TooManyAttempts,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The intent to send is durable.
    IntentWritten,
    Outcome(Outcome),
    /// The connector stopped in the middle of the push.
    ConnectorTrapped,
    /// The process that had it is known to be gone: its lease expired, or this is the restart.
    ProcessDied,
    LookedUp(LookUp),
    /// The look-up itself failed.
    LookUpFailed {
        retry_after_ms: Option<u32>,
    },
    /// A person looked and lets it go on.
    Released,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Created,
    Updated,
    Unchanged,
    Voided,
    Rejected,
    Deferred { retry_after_ms: Option<u32> },
    Indeterminate,
}

/// What stands at the sink under the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookUp {
    NotFound,
    Same,
    /// The content is there as a draft, and a step is left: to post it, or to remove lines that it has lost.
    Unfinished,
    /// What was confirmed before this change.
    Older,
    /// The same, and somebody posted it: it is issued, and not to be changed any more.
    Issued,
    Other,
    Void,
    Duplicate,
    /// What it is to replace stands there again though it is recorded as void, and it is not issued itself; `begun` where
    /// our own draft of it stands there.
    Revived {
        begun: bool,
    },
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    LookUp,
    /// Make the intent durable, then tell [`Event::IntentWritten`].
    WriteIntent,
    Push,
    WaitUntil(Instant),
    /// In one transaction with the new state.
    RecordCounterfoil(Action),
    /// Another run is sending.
    AwaitOutcome,
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From so many deferrals on each one is told as a finding.
    pub deferrals_untold: u32,
    pub resends_max: u32,
    pub back_off_first_secs: u32,
    pub back_off_most_secs: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deferrals_untold: 8,
            resends_max: 3,
            back_off_first_secs: 2,
            back_off_most_secs: 900,
        }
    }
}

#[derive(Debug, Error, PartialEq, Eq)]
#[error("{event:?} cannot happen to an effect that is {state:?}")]
pub struct EffectError {
    pub state: State,
    pub event: Event,
}

impl State {
    /// As people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sending => "sending",
            Self::Unknown => "of unknown outcome",
            Self::Confirmed => "confirmed",
            Self::Verified => "confirmed and read back",
            Self::Rejected => "rejected",
            Self::Parked => "parked",
        }
    }
}

impl Effect {
    pub fn planned(reference: Reference, action: EffectAction, value: Money) -> Self {
        Self {
            reference,
            action,
            state: State::Planned,
            value,
            looked_up: false,
            unknown_since: None,
            absences: 0,
            wait_until: None,
            deferrals: 0,
            resends: 0,
            parked: None,
            absence_accepted: false,
        }
    }

    /// Does its outcome decide what is billed? While it does, its charge keys are blocked.
    pub fn is_open(&self) -> bool {
        match self.state {
            State::Sending | State::Unknown | State::Parked => true,
            State::Planned | State::Confirmed | State::Verified | State::Rejected => false,
        }
    }
}

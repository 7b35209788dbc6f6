//! Which of the versions of a price counts: a policy that a price book or an item states.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::AgreementKey;
use crate::time::{Date, Instant, Validity};

/// At which time a price has to hold.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum PriceAt {
    /// When it was used: a change within the billing period cuts it.
    #[default]
    Usage,
    /// At the start of the billing period; a change counts from the next one on.
    PeriodStart,
    /// When the agreement was signed: an account keeps the version that held then. Prices that are made for an agreement,
    /// an account or a customer count by their own dates.
    AgreementSigning,
}

impl PriceAt {
    /// As a person writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::PeriodStart => "period-start",
            Self::AgreementSigning => "agreement-signing",
        }
    }
}

/// A day on which something was signed, and its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signed {
    pub at: Instant,
    pub day: Date,
}

/// When an agreement of an account was signed, as it is said of a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    pub agreement: AgreementKey,
    pub validity: Validity,
    pub signed: Signed,
}

impl Signing {
    /// When the agreement that holds at an instant was signed.
    pub fn of(signings: &[Self], agreement: &AgreementKey, at: Instant) -> Option<Signed> {
        let mut own = signings.iter().rev();
        let own = own.find(|one| one.agreement == *agreement && one.validity.contains(at));
        own.map(|one| one.signed)
    }
}

//! Something that a person has to look at: with a value, an age and a next step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::money::Money;
use crate::time::Instant;

/// Something that a person has to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What kind of finding it is: stable, for scripts.
    pub code: FindingCode,
    pub severity: Severity,
    /// What it is about: a reference, a resource, an account.
    pub subject: String,
    /// One sentence.
    pub message: String,
    /// What to do about it.
    pub next_step: String,
    /// What is at stake, where it can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Money>,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Blocks approval or close.
    Blocking,
    Warning,
    Note,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FindingCode {
    /// A resource is owned, and the price book has no item or price for it.
    MissingPrice,
    /// A price item's meter reads an attribute that is absent or no number.
    UnreadableQuantity,
    NegativeQuantity,
    AmountOverflow,
    /// A price was converted by an exchange rate that is older than allowed.
    StaleExchangeRate,
    Suspense,
    /// A rule, an agreement or a price of the files covers something, and does not hold yet at that time.
    HoldsLater,
    /// Charged beyond the last coverage for longer than allowed.
    Stale,
    WithheldEndings,
    BrokenRow,
    /// A file or page that could not be read, or not to its end, and is tried again each time.
    UnreadListing,
    /// A period between those that were billed, or before the one asked for, was not billed.
    UnbilledPeriod,
    /// A month that an account's own billing period spans is not closed.
    NotClosed,
    /// Late facts still change the drafts of a period that has ended.
    InGrace,
    /// More was billed elsewhere, by the opening position, than is rated.
    OpeningExceeds,
    /// An account has one id at a sink by the configuration and another by the confirmed table.
    MappedTwice,
    /// Sent, and not to be seen at the sink.
    Missing,
    /// At the sink under one of our references, and never sent.
    Unexpected,
    /// At the sink with other money.
    Mismatched,
    /// At the sink with other words or quantities, and the same money.
    Drift,
    /// More than one document under a reference.
    Duplicate,
    /// Under our reference stands something that we did not write.
    ForeignContent,
    /// An effect whose outcome is not known blocks its charge keys.
    UnknownEffect,
    Parked,
    Rejected,
    UnmappedCustomer,
    /// The sink cannot carry it as it is; it was adapted.
    Adapted,
    /// Resource-seconds or money do not add up.
    Unbalanced,
    /// Two sources show one resource at the same time, and both are charged.
    BilledTwice,
    /// An e-invoice of the document would break a rule of EN 16931.
    EInvoice,
    /// Rated now and not sent.
    NotSent,
    /// A quantity that a person gave could not be charged, or no item meters a sample in a file of facts.
    QuantityNotCharged,
    /// A quantity that a person gave expires, or has expired.
    QuantityExpires,
    /// A minimum commitment is not reached so far, in a period that is not over.
    CommitmentShort,
    /// A connector said "unchanged" of a row that had changed.
    UnreliableConnector,
    /// A period that is to be closed, and has not ended.
    NotEnded,
    /// A sink, or a document of it, that could not be read back: nobody knows what stands there.
    NotReadBack,
    /// What is not billed on purpose is billed again soon, or has been since within the period.
    ExemptionEnds,
    /// Of a period that is to be closed, and a draft at the sink: it may still become something else.
    Draft,
}

//! What is told of the way of a change to the sinks: where it was seen, which delivery bills it, or why none does.

use counterfoil_model::effect::State;
use counterfoil_model::ids::{AccountId, ItemKey, ResourceId};
use counterfoil_model::money::Money;
use counterfoil_model::plan::RemoteState;
use counterfoil_model::time::{Date, Instant};
use schemars::JsonSchema;
use serde::Serialize;

/// Where and when a change was seen first.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Sighting {
    pub source: String,
    /// The file, where the listing was one.
    pub listing: String,
    /// Absent of an ending: the listing does not have the resource.
    pub place: Option<String>,
    pub recorded: Instant,
}

/// A delivery that bills a change.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Delivered {
    pub sink: String,
    pub reference: String,
    /// Under its key of now.
    pub account: String,
    /// By which key the document names its buyer, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer_account: Option<String>,
    pub billing_period: String,
    /// When the sink confirmed it.
    pub sent: Instant,
    /// The remote's number of it.
    pub number: Option<String>,
    /// As it stands at the remote now: a draft, posted, or void.
    pub state: RemoteState,
    /// Sealed at the remote: no draft any more.
    pub posted: bool,
    pub read_back: Option<Instant>,
    /// The reference of the original that it corrects.
    pub corrects: Option<String>,
    /// Whether the change was known then as it is now. Otherwise a correction follows, or has followed.
    pub as_known: bool,
    pub lines: Vec<DeliveredLine>,
}

/// A charge that the change is part of, and what the document bills of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeliveredLine {
    pub item: ItemKey,
    pub description: String,
    /// What is charged of the period; inclusive.
    pub first_day: Date,
    pub last_day: Date,
    /// The whole line, which other resources may share; of several lines together.
    pub billed: Money,
    /// On how many lines of the document the charge stands: tiers and corrections take several.
    pub lines: usize,
    /// What the resource has of it; together all have the line. Of a correction it is what the resource has now less what
    /// it had. Absent where the line does not come to what was rated then, and where it is not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<Money>,
    /// How many resources share the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<usize>,
}

/// Why a change is in no delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "because")]
pub enum NotYet {
    /// The billing period that it falls in has not ended.
    OpenPeriod {
        billing_period: String,
        ends: Instant,
    },
    /// The period has ended, and its document is not sent.
    NotSent {
        billing_period: String,
        reference: Option<String>,
        state: Option<State>,
    },
    /// The document was issued before this was known: the next plan corrects it.
    LearnedLater {
        billing_period: String,
        reference: String,
    },
    /// The period has ended and is planned, and the lines that it is part of come to 0.00: no document has such.
    ComesToNothing { billing_period: String },
    /// The period has ended, and its newest plan does not have it: it was learned later, or is held back.
    NotPlanned { billing_period: String },
    /// Nothing is charged for it.
    NothingCharged,
    /// It ended before the first day that is billed.
    BeforeBillFrom { bill_from: Date },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    Start,
    End,
}

/// From when until when a change lasts; without a limit where nothing is before or after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lasting {
    pub(super) from: Option<Instant>,
    pub(super) to: Option<Instant>,
}

/// A change whose way is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) resource: ResourceId,
    /// From when on it is so, or until when it was.
    pub(super) at: Instant,
    pub(super) edge: Edge,
    /// Only what this account is charged.
    pub(super) account: Option<AccountId>,
    /// Where everything is asked for that is charged while it lasts, and not only what begins or ends with it.
    pub(super) lasts: Option<Lasting>,
}

#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Way {
    /// For each sink and account the first one that bills it and, where each resource's part is asked for, those that bill
    /// it otherwise.
    pub delivered: Vec<Delivered>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_yet: Option<NotYet>,
}

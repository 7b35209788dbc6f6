//! The service's own bodies: what it can do, what it counts, and edits behind the API's back.

use counterfoil_store::practice::ReferenceCount;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::edit::EditField;
use crate::faults::ShortenPolicy;

/// What the service does with what it is given.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct InfoBody {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// Decimals of a quantity that are kept.
    pub(crate) quantity_decimals: u32,
    /// Decimals of a unit price that are kept.
    pub(crate) price_decimals: u32,
    /// What happens to surplus decimals.
    pub(crate) shorten: ShortenPolicy,
    /// Lines that fit one document.
    pub(crate) lines_max: usize,
    /// Characters of a reference.
    pub(crate) reference_length_max: usize,
    /// Is a credit note refused that gives back more than its original has left?
    pub(crate) credit_notes_within_original: bool,
}

/// How many documents the service holds.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct CountsBody {
    /// Documents that are not void, with and without a reference.
    #[schemars(range(min = 0))]
    pub(crate) live: i64,
    /// References under which more than one live document is held.
    #[schemars(range(min = 0))]
    pub(crate) repeated: i64,
    /// Ordered by reference.
    pub(crate) references: Vec<ReferenceCountBody>,
    /// The cursor of the next page; null on the last one.
    pub(crate) next: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct ReferenceCountBody {
    pub(crate) reference: String,
    /// Drafts and posted documents.
    #[schemars(range(min = 0))]
    pub(crate) live: i64,
    #[schemars(range(min = 0))]
    pub(crate) draft: i64,
    #[schemars(range(min = 0))]
    pub(crate) posted: i64,
    #[schemars(range(min = 0))]
    pub(crate) void: i64,
}

impl From<ReferenceCount> for ReferenceCountBody {
    fn from(count: ReferenceCount) -> Self {
        Self {
            live: count.draft + count.posted,
            reference: count.reference,
            draft: count.draft,
            posted: count.posted,
            void: count.void,
        }
    }
}

/// A change that somebody makes behind the API's back, to posted documents too.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditInput {
    /// The id of the document.
    pub(crate) document: String,
    /// The position of the line, from 1, where the field is one of a line.
    #[schemars(range(min = 1))]
    pub(crate) line: Option<usize>,
    pub(crate) field: EditField,
    pub(crate) value: String,
}

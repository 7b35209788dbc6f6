//! The one shape of every error.

use schemars::JsonSchema;
use serde::Serialize;

/// Every answer that is not a success.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct ErrorBody {
    pub(crate) error: ErrorDetail,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct ErrorDetail {
    pub(crate) code: ErrorCode,
    /// For people.
    pub(crate) message: String,
    /// The first field that is at fault: `lines[0].net`.
    pub(crate) field: Option<String>,
    /// Every field that is at fault; empty where the request fails as a whole.
    pub(crate) problems: Vec<FieldProblem>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct FieldProblem {
    pub(crate) field: String,
    /// A fragment that reads after the field's name.
    pub(crate) message: String,
}

/// For programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ErrorCode {
    /// The body or the query string cannot be read.
    Malformed,
    /// The bearer token is missing or wrong.
    Unauthorized,
    NotFound,
    MethodNotAllowed,
    TooLarge,
    /// A field has a value that this API refuses.
    Invalid,
    /// Another customer has this reference.
    ReferenceTaken,
    /// The document is not a draft any more.
    NotDraft,
    /// The document is void already.
    AlreadyVoid,
    /// Other documents correct this one.
    HasCorrections,
    /// A credit note gives back more than its original has left.
    ExceedsOriginal,
    /// The document is not of the version that the request expects.
    VersionChanged,
    RateLimited,
    Unavailable,
    Internal,
}

//! Constructors for the contract's error, one for each kind. What to do about a kind is the engine's decision.

use crate::bindings::types::{Error, ErrorKind};

impl Error {
    /// An error of a kind with one sentence for people.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            remote_code: None,
            field: None,
            retry_after_ms: None,
        }
    }

    /// Settings are missing or wrong: an admin must act.
    pub fn misconfigured(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Misconfigured, message)
    }

    /// The remote refused the credential.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unauthorized, message)
    }

    /// The remote will never accept this data as it stands.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// Another object already has this reference.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, message)
    }

    /// The object or its parent is not there.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// The remote is down, and nothing was applied.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, message)
    }

    /// The request may or may not have been applied.
    pub fn indeterminate(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Indeterminate, message)
    }

    /// This connector does not do that.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// A bug in the connector, or an answer of the remote that makes no sense.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// Names the field of the input that is at fault: "lines\[2\].quantity".
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Adds the remote's own code, as it said it.
    #[must_use]
    pub fn with_remote_code(mut self, code: impl Into<String>) -> Self {
        self.remote_code = Some(code.into());
        self
    }

    /// Of a step that can be repeated without harm, before the delivery itself was sent: whatever became of the step, no
    /// document was touched, and the delivery can simply be tried again.
    #[must_use]
    pub fn before_delivery(self) -> Self {
        match self.kind {
            ErrorKind::Indeterminate | ErrorKind::Internal => Self {
                kind: ErrorKind::Unavailable,
                ..self
            },
            ErrorKind::Misconfigured
            | ErrorKind::Unauthorized
            | ErrorKind::Invalid
            | ErrorKind::Conflict
            | ErrorKind::NotFound
            | ErrorKind::RateLimited
            | ErrorKind::Unavailable
            | ErrorKind::Unsupported => self,
        }
    }
}

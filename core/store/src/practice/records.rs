//! What the practice tables hold, as types. Dates, timestamps and decimals are the canonical text that the
//! API has checked; nets are integer minor units of the document's currency.

use std::fmt;
use std::str::FromStr;

/// A text that is not an id of the expected type.
#[derive(Debug, thiserror::Error)]
#[error("read {text:?} as an id that begins with {prefix:?}")]
pub struct ParseIdError {
    text: String,
    prefix: &'static str,
}

/// Ids carry a prefix, so that one of a customer is never taken for one of a document.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(super) i64);

        impl $name {
            /// Below every id: where a listing starts.
            pub const FIRST: Self = Self(0);
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!($prefix, "{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                text.strip_prefix($prefix)
                    .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
                    .and_then(|digits| digits.parse().ok())
                    .map(Self)
                    .ok_or_else(|| ParseIdError { text: text.to_owned(), prefix: $prefix })
            }
        }
    };
}

id!(
    /// A customer: `cus_1`.
    CustomerId,
    "cus_"
);
id!(
    /// An invoice or a credit note: `doc_1`.
    DocumentId,
    "doc_"
);
id!(
    /// A line of a document: `lin_1`.
    LineId,
    "lin_"
);

/// What a caller says of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerContent {
    pub reference: String,
    pub name: String,
    pub email: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub id: CustomerId,
    pub content: CustomerContent,
    pub created: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    Invoice,
    CreditNote,
}

impl DocumentKind {
    pub(super) const ALL: [Self; 2] = [Self::Invoice, Self::CreditNote];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit-note",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentState {
    Draft,
    Posted,
    Void,
}

impl DocumentState {
    pub(super) const ALL: [Self; 3] = [Self::Draft, Self::Posted, Self::Void];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Posted => "posted",
            Self::Void => "void",
        }
    }
}

/// What a caller says of a document, without its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub kind: DocumentKind,
    pub reference: Option<String>,
    pub slot_digest: Option<String>,
    pub content_digest: Option<String>,
    pub customer: CustomerId,
    pub currency: String,
    pub issue_date: String,
    pub due_date: Option<String>,
    pub first_day: Option<String>,
    pub last_day: Option<String>,
    pub buyer_reference: Option<String>,
    pub corrects: Option<DocumentId>,
}

/// What a caller says of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineContent {
    pub line_reference: Option<String>,
    pub item: Option<String>,
    pub description: String,
    pub quantity: String,
    pub unit: Option<String>,
    pub unit_price: String,
    pub net_minor: i64,
    pub first_day: Option<String>,
    pub last_day: Option<String>,
    pub tax_category: Option<String>,
    pub account_code: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub id: LineId,
    pub content: LineContent,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub id: DocumentId,
    pub header: Header,
    pub state: DocumentState,
    /// Given when the document is posted.
    pub number: Option<String>,
    pub net_minor: i64,
    /// From 1, raised by every change.
    pub version: i64,
    pub created: String,
    pub changed: String,
    pub lines: Vec<Line>,
}

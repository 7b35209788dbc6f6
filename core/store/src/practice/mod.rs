//! The tables of the practice invoicing API: customers, documents, lines and number series in one file.
//! Knows SQL and nothing of HTTP, of faults or of what makes a document acceptable.

mod counting;
mod database;
mod error;
mod reading;
mod records;
mod transaction;
mod writing;

pub use counting::{Counts, ReferenceCount};
pub use database::PracticeStore;
pub use error::PracticeStoreError;
pub use reading::DocumentFilter;
pub use records::{
    Customer, CustomerContent, CustomerId, Document, DocumentId, DocumentKind, DocumentState,
    Header, Line, LineContent, LineId, ParseIdError,
};
pub use transaction::PracticeTransaction;

#[cfg(test)]
mod tests;

//! Documents as electronic invoices: EN 16931 in UBL 2.1, by Peppol BIS Billing 3.0 where both sides have an address there.
//!
//! A document is built first, then checked by the rules that the official validator applies, and written last. Must not know
//! where documents come from, nor files.

mod build;
pub mod check;
mod codes;
mod iban;
mod invoicing;
mod line;
mod party;
#[cfg(test)]
pub(crate) mod sample;
mod tax;
#[cfg(test)]
mod tests;
mod ubl;
mod xml;

pub use build::{Breakdown, Calls, EInvoice, Kind, Preceding, Profile, Totals, build};
pub use check::Fault;
pub use iban::is_iban;
pub use invoicing::{Invoicing, Payment, TaxTerms};
pub use line::EInvoiceLine;
pub use party::{Address, Contact, Endpoint, Party};
pub use tax::{Tax, TaxConfig, VatCategory, resolve_taxes};
pub use ubl::to_xml;

//! What goes over the wire, as types: the `OpenAPI` document is made from them. Holds no decisions.

mod customers;
mod documents;
mod errors;
mod service;

pub(crate) use customers::{CustomerBody, CustomerInput, CustomersPage};
pub(crate) use documents::{DocumentBody, DocumentInput, DocumentsPage, Kind, LineInput};
pub(crate) use errors::{ErrorBody, ErrorCode, ErrorDetail, FieldProblem};
pub(crate) use service::{CountsBody, EditInput, InfoBody};

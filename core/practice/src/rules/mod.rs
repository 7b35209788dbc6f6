//! What makes a document acceptable. `fields` judges what a request says by itself; `relations` judges it against
//! what is stored, within the transaction that writes.

mod fields;
mod relations;

pub(crate) use fields::{CheckedDocument, check_customer, check_document};
pub(crate) use relations::{check_relations, expect_draft, expect_version, may_void};

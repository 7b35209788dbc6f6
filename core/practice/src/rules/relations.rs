//! A document judged against what is stored: its customer, the document that it corrects, its state and version.

use axum::http::StatusCode;
use counterfoil_store::practice::{
    Document, DocumentId, DocumentKind, DocumentState, Header, PracticeTransaction,
};

use crate::amounts::{exponent, render_minor};
use crate::faults::Behaviour;
use crate::problem::Refusal;
use crate::wire::ErrorCode;

/// Judges customer and original. `itself` is the document that the header belongs to, where it is stored already.
pub(crate) async fn check_relations(
    writing: &mut PracticeTransaction,
    header: &Header,
    net_minor: i64,
    itself: Option<DocumentId>,
    behaviour: &Behaviour,
) -> Result<(), Refusal> {
    if !writing.customer_exists(header.customer).await? {
        return Err(Refusal::field(
            "customer",
            "must be the id of a customer that exists",
        ));
    }
    let Some(original_id) = header.corrects else {
        return Ok(());
    };
    let original = match writing.document(original_id).await? {
        Some(original) if original.state == DocumentState::Posted => original,
        Some(_) | None => {
            return Err(Refusal::field(
                "corrects",
                "must be the id of a posted document",
            ));
        }
    };
    if original.header.customer != header.customer {
        return Err(Refusal::field(
            "corrects",
            "must be a document of the same customer",
        ));
    }
    if original.header.currency != header.currency {
        return Err(Refusal::field(
            "corrects",
            "must be a document in the same currency",
        ));
    }
    match header.kind {
        DocumentKind::Invoice => Ok(()),
        DocumentKind::CreditNote => {
            check_credit_note(writing, &original, net_minor, itself, behaviour).await
        }
    }
}

async fn check_credit_note(
    writing: &mut PracticeTransaction,
    original: &Document,
    net_minor: i64,
    itself: Option<DocumentId>,
    behaviour: &Behaviour,
) -> Result<(), Refusal> {
    if original.header.kind == DocumentKind::CreditNote {
        return Err(Refusal::field("corrects", "must be an invoice"));
    }
    if !behaviour.credit_notes_within_original {
        return Ok(());
    }
    let credited_minor = writing.credited_minor(original.id, itself).await?;
    let left_minor = original.net_minor.saturating_sub(credited_minor);
    if net_minor > left_minor {
        let exponent = exponent(&original.header.currency)
            .expect("the currency was checked when it was stored");
        let left = render_minor(left_minor, exponent);
        let message = format!(
            "must not give back more than {left}, which is left of {}",
            original.id
        );
        return Err(Refusal::field("net", message).with_code(ErrorCode::ExceedsOriginal));
    }
    Ok(())
}

/// Only drafts may be replaced, posted and deleted.
pub(crate) fn expect_draft(document: &Document) -> Result<(), Refusal> {
    match document.state {
        DocumentState::Draft => Ok(()),
        DocumentState::Posted | DocumentState::Void => {
            let message = format!(
                "{} is {} and not a draft any more",
                document.id,
                document.state.as_str()
            );
            Err(Refusal::conflict(ErrorCode::NotDraft, message))
        }
    }
}

/// Guards against changing what somebody else has changed since it was read.
pub(crate) fn expect_version(document: &Document, expected: Option<i64>) -> Result<(), Refusal> {
    match expected {
        Some(expected) if expected != document.version => {
            let message = format!(
                "{} has version {} and not {expected}",
                document.id, document.version
            );
            Err(Refusal::conflict(ErrorCode::VersionChanged, message))
        }
        Some(_) | None => Ok(()),
    }
}

/// A document that others correct stays.
pub(crate) async fn may_void(
    writing: &mut PracticeTransaction,
    document: &Document,
) -> Result<(), Refusal> {
    if document.state == DocumentState::Void {
        let message = format!("{} is void already", document.id);
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            ErrorCode::AlreadyVoid,
            message,
        ));
    }
    if writing.corrections(document.id).await? > 0 {
        let message = format!(
            "{} is corrected by other documents; void those first",
            document.id
        );
        return Err(Refusal::conflict(ErrorCode::HasCorrections, message));
    }
    Ok(())
}

//! What a delivery needs, given the document that the API holds. Pure.

use counterfoil_sdk::sink::{Delivery, Finalize};

use crate::wire::{Document, State};

/// The next step for a delivery whose document is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It is there as it is wanted.
    Leave,
    /// It is there as a draft with this content: only posting is left.
    Post,
    /// It is there as a draft with other content.
    Replace,
    /// It cannot become what is wanted; says why.
    Refuse(String),
}

/// Compares what is held with what is wanted.
pub(crate) fn decide(delivery: &Delivery, held: &Document) -> Step {
    let is_same = held.content_digest.as_deref() == Some(delivery.content_digest.as_str());
    match (held.state, is_same) {
        (State::Void, _) => Step::Refuse(format!("{} is void", held.id)),
        (State::Posted, true) => Step::Leave,
        (State::Posted, false) => Step::Refuse(format!(
            "{} is posted with other content: correct it by another document",
            held.id
        )),
        (State::Draft, _) if is_edited(delivery, held) => Step::Refuse(format!(
            "the draft {} was changed by somebody else since it was delivered",
            held.id
        )),
        (State::Draft, false) => Step::Replace,
        (State::Draft, true) => match delivery.finalize {
            Finalize::Draft => Step::Leave,
            Finalize::Post => Step::Post,
        },
    }
}

/// Somebody's work on a draft is neither overwritten nor posted unseen.
fn is_edited(delivery: &Delivery, held: &Document) -> bool {
    let expected = delivery
        .known
        .as_ref()
        .and_then(|known| known.version.as_deref());
    expected.is_some_and(|expected| expected != held.version.to_string())
}

#[cfg(test)]
mod tests {
    use counterfoil_sdk::sink::Remote;

    use super::*;
    use crate::mapping::tests::{delivery, draft};

    fn known(version: &str) -> Remote {
        Remote {
            id: "doc_9".into(),
            number: None,
            url: None,
            version: Some(version.into()),
        }
    }

    fn refused(step: &Step, reason: &str) -> bool {
        matches!(step, Step::Refuse(message) if message.contains(reason))
    }

    #[test]
    fn a_draft_with_our_content_is_posted_or_left() {
        let wanted = delivery();
        assert_eq!(decide(&wanted, &draft()), Step::Post);
        let wanted = Delivery {
            finalize: Finalize::Draft,
            ..wanted
        };
        assert_eq!(decide(&wanted, &draft()), Step::Leave);
    }

    #[test]
    fn a_draft_with_other_content_is_replaced() {
        let wanted = Delivery {
            content_digest: "content-2".into(),
            known: Some(known("1")),
            ..delivery()
        };
        assert_eq!(decide(&wanted, &draft()), Step::Replace);
        let foreign = Document {
            content_digest: None,
            ..draft()
        };
        assert_eq!(decide(&wanted, &foreign), Step::Replace);
    }

    #[test]
    fn a_draft_that_somebody_edited_is_left_alone() {
        let edited = Document {
            version: 2,
            ..draft()
        };
        for content in ["content-1", "content-2"] {
            let wanted = Delivery {
                content_digest: content.into(),
                known: Some(known("1")),
                ..delivery()
            };
            assert!(
                refused(&decide(&wanted, &edited), "changed by somebody else"),
                "{content}"
            );
        }
    }

    #[test]
    fn what_is_posted_is_never_changed() {
        let posted = Document {
            state: State::Posted,
            version: 2,
            ..draft()
        };
        let same = Delivery {
            known: Some(known("1")),
            ..delivery()
        };
        assert_eq!(decide(&same, &posted), Step::Leave);
        let other = Delivery {
            content_digest: "content-2".into(),
            ..same
        };
        assert!(refused(
            &decide(&other, &posted),
            "posted with other content"
        ));
    }

    #[test]
    fn what_is_void_stays_void() {
        let void = Document {
            state: State::Void,
            ..draft()
        };
        assert!(refused(&decide(&delivery(), &void), "is void"));
    }
}

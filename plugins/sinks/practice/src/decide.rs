//! What a delivery needs, given the document that the API holds. Pure.

use counterfoil_sdk::sink::{Delivery, Finalize, Remote};

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

/// The next step for a document that is to be withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Withdrawal {
    /// It is withdrawn already.
    Leave,
    Withdraw,
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

/// Only a draft that nobody has touched since is withdrawn; says why not. One that is void already is left.
pub(crate) fn decide_void(known: &Remote, held: &Document) -> Withdrawal {
    let id = &held.id;
    let is_touched = |version: &String| *version != held.version.to_string();
    match held.state {
        State::Void => Withdrawal::Leave,
        State::Posted => Withdrawal::Refuse(format!(
            "{id} is posted, and what is issued is not withdrawn: correct it by another document"
        )),
        State::Draft if known.version.as_ref().is_some_and(is_touched) => Withdrawal::Refuse(
            format!("the draft {id} was changed by somebody else since it was looked up"),
        ),
        State::Draft => Withdrawal::Withdraw,
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
    fn only_a_draft_that_nobody_touched_is_withdrawn() {
        let refusal = |held: &Document| match decide_void(&known("1"), held) {
            Withdrawal::Refuse(reason) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(decide_void(&known("1"), &draft()), Withdrawal::Withdraw);
        let posted = Document {
            state: State::Posted,
            ..draft()
        };
        assert!(refusal(&posted).contains("is posted"));
        let touched = Document {
            version: 2,
            ..draft()
        };
        assert!(refusal(&touched).contains("changed by somebody else"));
        let void = Document {
            state: State::Void,
            version: 2,
            ..draft()
        };
        assert_eq!(decide_void(&known("1"), &void), Withdrawal::Leave);
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

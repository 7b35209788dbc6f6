//! What a delivery needs, given the document that Odoo holds. Pure.

use counterfoil_sdk::decimal;
use counterfoil_sdk::sink::{Delivery, Finalize, Line, Remote};

use crate::rows::{has_digest, plain_description};
use crate::wire::{Move, MoveLine, State};

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

pub(crate) fn decide(delivery: &Delivery, held: &Move) -> Step {
    let is_same = has_content(delivery, held);
    let id = held.head.id;
    match (held.head.state, is_same) {
        (State::Cancel, _) => Step::Refuse(format!("the document {id} is cancelled")),
        (State::Posted, true) => Step::Leave,
        (State::Posted, false) => Step::Refuse(format!(
            "the document {id} is posted with other content: correct it by another document"
        )),
        (State::Draft, _) if is_edited(delivery, held) => Step::Refuse(format!(
            "the draft {id} was changed by somebody else since it was delivered"
        )),
        (State::Draft, false) => Step::Replace,
        (State::Draft, true) => match delivery.finalize {
            Finalize::Draft => Step::Leave,
            Finalize::Post => Step::Post,
        },
    }
}

/// A digest that fits does not vouch for lines that were edited afterwards: these are compared all the same.
fn has_content(delivery: &Delivery, held: &Move) -> bool {
    let digest_fits = held
        .digest()
        .is_none_or(|digest| has_digest(delivery, digest));
    let fits = |line: &Line| held.lines.iter().any(|held| is_line(line, held));
    digest_fits && held.lines.len() == delivery.lines.len() && delivery.lines.iter().all(fits)
}

fn is_line(line: &Line, held: &MoveLine) -> bool {
    held.line.as_deref() == Some(line.id.as_str())
        && decimal::equal(&line.net, &held.price_subtotal.0)
        && decimal::equal(&line.quantity, &held.quantity.0)
        && held.name.as_deref().map(plain_description) == Some(line.description.as_str())
}

/// Only a draft that nobody has touched since is withdrawn; says why not. One that is cancelled already is left.
pub(crate) fn decide_void(known: &Remote, held: &Move) -> Withdrawal {
    let id = held.head.id;
    let is_touched = |version: &String| held.head.write_date.as_ref() != Some(version);
    match held.head.state {
        State::Cancel => Withdrawal::Leave,
        State::Posted => Withdrawal::Refuse(format!(
            "the document {id} is posted, and what is issued is not cancelled: correct it by another document"
        )),
        State::Draft if known.version.as_ref().is_some_and(is_touched) => Withdrawal::Refuse(
            format!("the draft {id} was changed by somebody else since it was looked up"),
        ),
        State::Draft => Withdrawal::Withdraw,
    }
}

/// Somebody's work on a draft is neither overwritten nor posted unseen.
fn is_edited(delivery: &Delivery, held: &Move) -> bool {
    let known = delivery.known.as_ref();
    let expected = known.and_then(|known| known.version.as_deref());
    expected.is_some_and(|expected| held.head.write_date.as_deref() != Some(expected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_back::tests::held;
    use crate::rows::tests::delivery;

    fn known(version: Option<&str>) -> Delivery {
        Delivery {
            known: Some(Remote {
                id: "7".into(),
                number: None,
                url: None,
                version: version.map(str::to_owned),
            }),
            ..delivery()
        }
    }

    fn refused(step: &Step, reason: &str) -> bool {
        matches!(step, Step::Refuse(message) if message.contains(reason))
    }

    #[test]
    fn a_draft_with_our_content_is_posted_or_left() {
        let wanted = known(Some("2026-04-01 06:00:00"));
        assert_eq!(decide(&wanted, &held("draft")), Step::Post);
        let draft = Delivery {
            finalize: Finalize::Draft,
            ..wanted.clone()
        };
        assert_eq!(decide(&draft, &held("draft")), Step::Leave);
        assert_eq!(decide(&wanted, &held("posted")), Step::Leave);
    }

    #[test]
    fn a_draft_with_other_content_is_replaced() {
        let other = Delivery {
            content_digest: "fedcba9876543210".into(),
            ..known(None)
        };
        assert_eq!(decide(&other, &held("draft")), Step::Replace);
        let mut edited = held("draft");
        edited.lines[0].price_subtotal.0 = "10".into();
        assert_eq!(decide(&known(None), &edited), Step::Replace);
    }

    #[test]
    fn only_a_draft_that_nobody_touched_is_withdrawn() {
        let known = |version: &str| known(Some(version)).known.expect("it was given");
        let fresh = known("2026-04-01 06:00:00");
        let refusal = |known: &Remote, state: &str| match decide_void(known, &held(state)) {
            Withdrawal::Refuse(reason) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(decide_void(&fresh, &held("draft")), Withdrawal::Withdraw);
        assert!(refusal(&fresh, "posted").contains("is posted"));
        let stale = known("2026-03-31 06:00:00");
        assert!(refusal(&stale, "draft").contains("changed by somebody else"));
        assert_eq!(decide_void(&stale, &held("cancel")), Withdrawal::Leave);
    }

    #[test]
    fn what_others_did_is_left_alone() {
        let stale = known(Some("2026-03-31 06:00:00"));
        assert!(refused(
            &decide(&stale, &held("draft")),
            "changed by somebody else"
        ));
        let mut edited = held("posted");
        edited.lines.pop();
        assert!(refused(
            &decide(&known(None), &edited),
            "posted with other content"
        ));
        assert!(refused(
            &decide(&known(None), &held("cancel")),
            "is cancelled"
        ));
    }
}

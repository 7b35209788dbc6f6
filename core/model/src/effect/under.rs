//! What stands under a reference counts as what: one rule for whoever looks. And what a document may bill a second time.

use super::observed::ObservedDocument;
use crate::document::Delivery;
use crate::plan::RemoteState;

/// What was found under a reference. What is void bills nothing: it stands beside what does not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Under<'a> {
    Nothing,
    /// All that stands there is void.
    Void(&'a ObservedDocument),
    One(&'a ObservedDocument),
    /// More than one that is not void.
    Several,
}

impl<'a> Under<'a> {
    pub fn of(found: impl IntoIterator<Item = &'a ObservedDocument>) -> Self {
        let mut under = Self::Nothing;
        for document in found {
            let is_void = document.state == RemoteState::Void;
            under = match under {
                Self::Nothing if is_void => Self::Void(document),
                Self::Nothing | Self::Void(_) if !is_void => Self::One(document),
                Self::One(_) if !is_void => Self::Several,
                Self::Nothing | Self::Void(_) | Self::One(_) | Self::Several => under,
            };
        }
        under
    }

    /// The document that counts; none where several do.
    pub fn standing(self) -> Option<&'a ObservedDocument> {
        match self {
            Self::Void(document) | Self::One(document) => Some(document),
            Self::Nothing | Self::Several => None,
        }
    }
}

/// May a document bill what a void one billed? It is in the same place, or something that it bills was billed there: once a
/// document is void, what it billed may go to another part, or to the group that the account has by now.
pub fn may_replace(delivery: &Delivery, void: &Delivery) -> bool {
    let (slot, other) = (&delivery.slot, &void.slot);
    let is_of_month = slot.account == other.account
        && slot.currency == other.currency
        && slot.billing_period == other.billing_period;
    let is_same_place = slot.invoice_group == other.invoice_group && slot.part == other.part;
    let bills_the_same = || {
        let billed = void.lines.iter().map(|line| &line.charge);
        let billed: std::collections::BTreeSet<_> = billed.collect();
        delivery
            .lines
            .iter()
            .any(|line| billed.contains(&line.charge))
    };
    is_of_month && (is_same_place || bills_the_same())
}

#[cfg(test)]
mod tests {
    use super::super::sample::observed;
    use super::*;
    use crate::plan::plan;
    use crate::plan::sample::{charge, input};

    fn billed() -> Delivery {
        let planned = plan(input(vec![charge("vcpu", "15", "10")])).unwrap();
        planned.deliveries[0].delivery.clone()
    }

    #[test]
    fn what_is_void_counts_only_where_nothing_else_stands() {
        let live = observed(&billed());
        let mut void = live.clone();
        void.state = RemoteState::Void;
        assert_eq!(Under::of([]), Under::Nothing);
        assert_eq!(Under::of([&void, &void]), Under::Void(&void));
        for order in [[&void, &live], [&live, &void]] {
            assert_eq!(Under::of(order).standing(), Some(&live));
        }
        assert_eq!(Under::of([&live, &void, &live]), Under::Several);
    }

    #[test]
    fn a_document_replaces_what_stood_in_its_place_or_billed_the_same() {
        let void = billed();
        assert!(may_replace(&void, &void));
        let mut elsewhere = void.clone();
        elsewhere.slot.part += 1;
        elsewhere.slot.invoice_group = "another".to_owned();
        assert!(may_replace(&elsewhere, &void), "it bills the same charges");
        elsewhere.lines.clear();
        assert!(!may_replace(&elsewhere, &void));
        let mut later = void.clone();
        later.slot.billing_period = "2031-01".to_owned();
        assert!(!may_replace(&later, &void));
    }
}

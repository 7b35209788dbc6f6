//! What is credited by a credit note each, of documents with lines of both signs.

use crate::document::DocumentKind;
use crate::plan::sample::{apply_all, charge, input, minor, net_of};
use crate::plan::{Confirmed, Finalize, plan};

/// In cents: the net of a document, and what credits that name it take off.
fn credited(confirmed: &[Confirmed], document: &Confirmed) -> (i64, i64) {
    let net = |one: &Confirmed| -> i64 {
        let lines = one.delivery.lines.iter();
        lines.map(|line| minor(line.billed)).sum()
    };
    let credits = confirmed.iter().filter(|one| {
        one.delivery.kind == DocumentKind::CreditNote
            && one.delivery.corrects.as_ref() == Some(&document.delivery.reference)
    });
    (net(document), credits.map(net).sum())
}

/// 100 and 10 were billed; then 30 of the first were given back and 50 of the second added, in one document. Of that one
/// only 20 are left to credit: the rest of the second item is taken off the original, which has room for it as a whole,
/// though its line of that item was 10. Over both documents no item gives back more than was billed of it.
#[test]
fn no_document_gives_back_more_than_it_billed_and_no_item_over_all_of_them() {
    let mut confirmed: Vec<Confirmed> = Vec::new();
    let (first, second) = (charge("disk", "10", "10.00"), charge("vcpu", "1", "10.00"));
    let keys = [first.key.clone(), second.key.clone()];
    let states = [
        vec![first, second],
        vec![charge("disk", "7", "10.00"), charge("vcpu", "6", "10.00")],
        vec![],
    ];
    for charges in states {
        let mut asked = input(charges);
        asked.confirmed.clone_from(&confirmed);
        apply_all(&mut confirmed, &plan(asked).unwrap());
    }
    let invoices: Vec<&Confirmed> = confirmed
        .iter()
        .filter(|one| one.delivery.kind == DocumentKind::Invoice)
        .collect();
    let told: Vec<(i64, i64)> = invoices
        .iter()
        .map(|invoice| credited(&confirmed, invoice))
        .collect();
    assert_eq!(told, [(11_000, -11_000), (2_000, -2_000)]);
    for key in &keys {
        assert_eq!(net_of(&confirmed, key), 0);
    }
}

/// Of the credits, the draft that was there takes the one of the original: as much is left of the correction that it named.
#[test]
fn a_draft_that_names_another_document_now_leaves_its_room_to_others() {
    let mut confirmed: Vec<Confirmed> = Vec::new();
    let quantities = [
        ("1", Finalize::Post),
        ("225", Finalize::Post),
        ("1", Finalize::Draft),
        ("0", Finalize::Draft),
    ];
    for (quantity, finalize) in quantities {
        let mut asked = input(vec![charge("disk", quantity, "0.01")]);
        asked.confirmed.clone_from(&confirmed);
        asked.finalize = finalize;
        asked.abilities.negative_lines = false;
        asked.abilities.void = false;
        apply_all(&mut confirmed, &plan(asked).unwrap());
    }
    assert_eq!(net_of(&confirmed, &charge("disk", "1", "0.01").key), 0);
}

//! Answers that contradict the declaration, the contract or themselves.

use counterfoil_sdk::bindings::listing::{self, BrokenRow, Run};
use counterfoil_sdk::source::Observation;

/// A row that is wrong in the way of the mode, made from a right one.
pub(crate) fn row(mode: &str, right: Observation) -> Option<Observation> {
    let mut row = right;
    match mode {
        "wrong-kind" => row.kind = "dragon".into(),
        "wrong-attribute" => row.attributes.push(("wings".into(), "2".into())),
        "wrong-value" => row.attributes[1].1 = "a few".into(),
        "attribute-twice" => row.attributes.push(("cpu".into(), "3".into())),
        "id-twice" => row.id = "row 0".into(),
        "no-id" => row.id = String::new(),
        _ => return None,
    }
    Some(row)
}

/// What is reported past the SDK, which would not do so.
pub(crate) fn report(mode: &str, rows: u32) {
    match mode {
        "position" => listing::report(&[Run::Changed((4_000_000_000, crate::row(rows)))]),
        "overflow" => listing::report(&[Run::Unchanged((u32::MAX, u32::MAX))]),
        "endless" => loop {
            listing::report(&[Run::New(crate::row(0))]);
        },
        "endless-broken" => loop {
            listing::report_broken(&[BrokenRow {
                place: "somewhere".into(),
                id: None,
                message: "x".repeat(1 << 20),
                hint: None,
            }]);
        },
        _ => {}
    }
}

/// Rows that are said to be there and were not shown.
pub(crate) fn rows_unseen(mode: &str) -> u32 {
    u32::from(mode == "miscount") * 40
}

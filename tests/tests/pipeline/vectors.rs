//! A test for each published vector of the money rules, and where those are shown that rating alone cannot show.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use counterfoil_tests::binary::repository;

use crate::facts::{cases, show};

/// Through the binary: the cases in `tests/facts/` that name the vector.
fn vector(number: u32) -> Result<()> {
    let own = cases()?
        .into_iter()
        .filter(|case| case.tv.contains(&number));
    let own: Vec<_> = own.collect();
    assert!(!own.is_empty(), "no case shows TV-{number}");
    own.iter().try_for_each(show)
}

macro_rules! vectors {
    ($($name:ident $number:literal;)+) => {
        /// Those with a test here.
        const SHOWN: &[u32] = &[$($number),+];

        $(
            #[test]
            fn $name() -> Result<()> {
                vector($number)
            }
        )+
    };
}

vectors! {
    tv_1 1;
    tv_2 2;
    tv_3 3;
    tv_4 4;
    tv_6 6;
    tv_7 7;
    tv_10 10;
    tv_11 11;
    tv_13 13;
    tv_14 14;
    tv_15 15;
    tv_16 16;
    tv_17 17;
    tv_18 18;
    tv_20 20;
    tv_23 23;
    tv_26 26;
    tv_27 27;
    tv_28 28;
    tv_30 30;
    tv_32 32;
    tv_33 33;
    tv_34 34;
    tv_36 36;
    tv_38 38;
    tv_39 39;
    tv_40 40;
    tv_43 43;
    tv_44 44;
    tv_47 47;
    tv_48 48;
    tv_50 50;
    tv_51 51;
    tv_52 52;
    tv_57 57;
    tv_58 58;
    tv_59 59;
    tv_60 60;
    tv_61 61;
    tv_62 62;
    tv_63 63;
    tv_69 69;
    tv_71 71;
    tv_72 72;
    tv_73 73;
    tv_75 75;
    tv_77 77;
    tv_80 80;
    tv_84 84;
}

/// Documents, corrections and time beyond a single rating: the vector, the file and the test in it.
const ELSEWHERE: [(u32, &str, &str); 4] = [
    (
        79,
        "core/model/src/einvoice/tests.rs",
        "tv_79_what_is_to_be_paid_is_rounded_and_the_difference_shown",
    ),
    (
        83,
        "core/model/src/plan/tests.rs",
        "tv_83_a_repricing_takes_back_and_adds_in_two_lines",
    ),
    (
        85,
        "core/model/src/plan/properties.rs",
        "order_and_repetition_do_not_matter",
    ),
    (
        86,
        "core/model/src/plan/tests.rs",
        "tv_86_a_late_fact_corrects_its_own_month",
    ),
];

/// All that the rules have, but for payments.
const VECTORS: [u32; 53] = [
    1, 2, 3, 4, 6, 7, 10, 11, 13, 14, 15, 16, 17, 18, 20, 23, 26, 27, 28, 30, 32, 33, 34, 36, 38,
    39, 40, 43, 44, 47, 48, 50, 51, 52, 57, 58, 59, 60, 61, 62, 63, 69, 71, 72, 73, 75, 77, 79, 80,
    83, 84, 85, 86,
];

#[test]
fn each_vector_is_shown_somewhere() -> Result<()> {
    let mut shown: BTreeSet<u32> = SHOWN.iter().copied().collect();
    for (number, file, test) in ELSEWHERE {
        let path = repository().join(file);
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        assert!(
            text.contains(&format!("fn {test}(")),
            "{file} has no test {test}"
        );
        shown.insert(number);
    }
    let named: BTreeSet<u32> = cases()?.iter().flat_map(|case| case.tv.clone()).collect();
    let unheard: Vec<&u32> = named.difference(&shown).collect();
    assert!(
        unheard.is_empty(),
        "cases of vectors without a test: {unheard:?}"
    );
    let missing: Vec<u32> = VECTORS
        .into_iter()
        .filter(|number| !shown.contains(number))
        .collect();
    assert!(
        missing.is_empty(),
        "vectors that nothing shows: {missing:?}"
    );
    Ok(())
}

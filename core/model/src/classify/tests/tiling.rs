//! Whatever the versions say, each second of an interval is classified exactly once, and the same in every clip.

use proptest::prelude::*;

use super::fixture::{classifier, day, machine, version};
use crate::classify::Terms;
use crate::time::{Instant, Period, Validity};
use crate::validity::ConfigVersion;

const CUSTOMERS: [&str; 3] = ["acme", "beta", "gamma"];

fn date(number: u8) -> String {
    format!("2026-03-{:02}", number % 28 + 1)
}

/// A rule that may be named, dated, exempting, and matching or not.
fn rule() -> impl Strategy<Value = String> {
    let dates = (any::<bool>(), 0..14_u8, any::<bool>(), 14..28_u8);
    let exemption = prop::option::of(14..28_u8);
    (0..4_u8, dates, prop::sample::select(CUSTOMERS.to_vec()), exemption, any::<bool>()).prop_map(
        |(name, (starts, from, ends, to), customer, until, matches)| {
            let name = if matches { "x*" } else { "y*" }.to_owned() + &"*".repeat(name.into());
            let exempt = until.map_or(String::new(), |until| {
                let until = date(until);
                format!(", non_billable = {{ reason = \"trial\", owner = \"sales\", until = {until} }}")
            });
            let lines = [
                "[[rule]]".to_owned(),
                if starts { format!("from = {}", date(from)) } else { String::new() },
                if ends { format!("to = {}", date(to)) } else { String::new() },
                format!("when = {{ name = \"{name}\" }}"),
                format!("set = {{ customer = \"{customer}\"{exempt} }}\n"),
            ];
            lines.join("\n")
        },
    )
}

fn versions() -> impl Strategy<Value = Vec<ConfigVersion<Terms>>> {
    let edits = prop::collection::vec((prop::collection::vec(rule(), 0..4), 1..9_u8), 1..4);
    edits.prop_map(|edits| {
        let mut start = 0;
        let mut versions = Vec::new();
        for (rules, gap) in edits {
            let from = (!versions.is_empty()).then(|| date(start));
            versions.push(version(from.as_deref(), &rules.concat()));
            start += gap;
        }
        versions
    })
}

proptest! {
    #[test]
    fn pieces_tile_the_interval_and_do_not_depend_on_the_clip(
        versions in versions(),
        from in 0..14_u8,
        to in prop::option::of(14..28_u8),
        probe in 0..(31 * 24_i64),
    ) {
        let period = Period::new(day("2026-03-01"), day("2026-04-01")).unwrap();
        let mut machine = machine("x", &[]);
        machine.valid = Validity { from: Some(day(&date(from))), to: to.map(|to| day(&date(to))) };
        let classifier = classifier(&versions, period);
        let owned = classifier.classify(&machine, period);
        let clipped = machine.valid.clip(period).unwrap();
        prop_assert_eq!(owned.first().unwrap().period.from(), clipped.from());
        prop_assert_eq!(owned.last().unwrap().period.to(), clipped.to());
        for pair in owned.windows(2) {
            prop_assert_eq!(pair[0].period.to(), pair[1].period.from());
            prop_assert!(pair[0].ownership != pair[1].ownership || pair[0].because != pair[1].because);
        }
        let hour = |number: i64| Instant::from_seconds(period.from().seconds() + number * 3600).unwrap();
        let alone = classifier.classify(&machine, Period::new(hour(probe), hour(probe + 1)).unwrap());
        let whole = owned.iter().find(|piece| piece.period.contains(hour(probe)));
        prop_assert_eq!(alone.len(), usize::from(whole.is_some()));
        for (alone, whole) in alone.iter().zip(whole) {
            prop_assert_eq!(&alone.ownership, &whole.ownership);
            prop_assert_eq!(&alone.because, &whole.because);
        }
    }
}

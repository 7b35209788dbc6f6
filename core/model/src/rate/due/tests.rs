//! Whatever changes when: the charge periods that are due with one month after the other tile the time line.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::price::tests::book_in;

const ZONE: &str = "Europe/Stockholm";
const CYCLES: [&str; 9] = [
    "",
    "per = \"quarter\"",
    "per = \"year\"",
    "per = \"week\"",
    "per = \"10 days\"\nanchor = 2026-01-07",
    "anchor = 2026-01-31",
    "billed = \"in-advance\"",
    "per = \"quarter\"\nbilled = \"in-advance\"",
    "per = \"week\"\nanchor = 2026-01-01\nbilled = \"in-advance\"",
];

fn book(cycle: &str) -> PriceBook {
    let text = format!(
        "[[item]]\nname = \"thing\"\ndescription = \"Thing\"\nunit = \"C62\"\nkind = \"thing\"\nmeter = {{ count = 1 }}\n\
         {cycle}\nprice = [{{ currency = \"EUR\", amount = \"1\" }}]\n"
    );
    book_in(&text, ZONE).unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn month(year: i16, month: i8) -> BillingPeriod {
    let day = jiff::civil::date(year, month, 1);
    BillingPeriod::of(Cycle::default(), day, zone(ZONE)).unwrap()
}

/// What is charged over many months: each charge period, and of those in advance the stretches in which changes count.
#[derive(Default)]
struct Charged {
    periods: Vec<Period>,
    changes: BTreeMap<Period, Vec<Period>>,
}

fn charged(
    versions: &[ConfigVersion<&PriceBook>],
    calendars: &Calendars,
    months: &[BillingPeriod],
) -> Charged {
    let account = AccountId(1);
    let mut charged = Charged::default();
    for month in months {
        let due = Due::find(month, versions, [account], calendars);
        let bill_from = calendars.bill_from.unwrap();
        if due.is_empty() {
            let from = Instant::start_of_day(bill_from, month.zone()).unwrap();
            let period = month.period();
            charged
                .periods
                .extend(Period::new(from.max(period.from()), period.to()));
        }
        for pass in due.passes {
            match pass.advance {
                None => charged.periods.push(pass.served),
                Some(advance) => {
                    if advance.is_begun {
                        charged.periods.push(pass.served);
                    }
                    let changes = charged.changes.entry(pass.served).or_default();
                    changes.extend(advance.changes);
                }
            }
        }
    }
    charged.periods.sort();
    charged
}

fn assert_tiles(periods: &[Period], what: &str) {
    for pair in periods.windows(2) {
        assert_eq!(pair[0].to(), pair[1].from(), "{what}: {periods:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_billed_twice_or_never(
        cycles in prop::collection::vec((0..CYCLES.len(), 0..3_usize, prop::option::of(1..=28_i8)), 1..4),
        own_zone in prop::sample::select(vec![ZONE, "America/New_York", "Asia/Tokyo", "Pacific/Apia"]),
        first_day in 1..=28_i8, edits in prop::collection::vec(1..8_i8, 3),
    ) {
        let bill_from = jiff::civil::date(2026, 3, first_day);
        let books: Vec<PriceBook> = cycles.iter().map(|(cycle, ..)| book(CYCLES[*cycle])).collect();
        // Edits hold from the first open month on.
        let mut at = 3;
        let mut since = Vec::new();
        for (index, step) in edits.iter().enumerate().take(cycles.len()) {
            since.push((index > 0).then(|| jiff::civil::date(2026, 1, 1).saturating_add(jiff::Span::new().months(at))));
            at += i64::from(*step);
        }
        let instant = |day: Date| Instant::start_of_day(day, &zone(ZONE)).unwrap();
        let versions: Vec<ConfigVersion<&PriceBook>> = books.iter().zip(&since).map(|(terms, since)| ConfigVersion {
            effective_from: since.map(instant),
            terms,
        }).collect();
        let calendars = Calendars {
            versions: cycles.iter().zip(&since).map(|((_, gathers, anchor), since)| {
                let calendar = AccountCalendar {
                    zone: Some(zone(own_zone)),
                    anchor: anchor.map(|day| jiff::civil::date(2026, 1, day)),
                    gathers: Gathers::ALL[*gathers],
                };
                (*since, BTreeMap::from([(AccountId(1), calendar)]))
            }).collect(),
            bill_from: Some(bill_from),
        };
        let mut months = vec![month(2026, 3)];
        for _ in 0..40 {
            let next = months[months.len() - 1].next().unwrap();
            months.push(next);
        }
        let charged = charged(&versions, &calendars, &months);
        let own = zone(own_zone);
        prop_assert_eq!(charged.periods[0].from(), Instant::start_of_day(bill_from, &own).unwrap());
        assert_tiles(&charged.periods, "charge periods");
        let reached = charged.periods[charged.periods.len() - 1].to();
        prop_assert!(reached > months[14].period().to(), "only until {reached}");
        for (served, mut changes) in charged.changes {
            changes.sort();
            assert_tiles(&changes, "changes");
            // Those that begin last have not seen any.
            let (Some(first), Some(last)) = (changes.first(), changes.last()) else {
                prop_assert!(served.from() >= months[26].period().to());
                continue;
            };
            prop_assert_eq!(first.from(), served.from());
            if served.to() <= months[26].period().to() {
                prop_assert_eq!(last.to(), served.to());
            }
        }
    }
}

#[test]
fn an_account_in_the_zone_of_the_pipeline_is_like_any_other() {
    let plain = book("");
    let versions = [ConfigVersion {
        effective_from: None,
        terms: &plain,
    }];
    let calendar = AccountCalendar {
        zone: Some(zone(ZONE)),
        ..AccountCalendar::default()
    };
    let calendars = Calendars {
        versions: vec![(None, BTreeMap::from([(AccountId(1), calendar)]))],
        bill_from: None,
    };
    let due = Due::find(&month(2026, 3), &versions, [AccountId(1)], &calendars);
    assert!(due.is_empty());
    assert_eq!(due.needs(&month(2026, 3)), month(2026, 3).period());
}

#[test]
fn an_item_that_is_gone_has_no_charge_periods_any_more() {
    let (quarterly, nothing) = (book("per = \"quarter\""), PriceBook::default());
    let may = month(2026, 5).period().from();
    let versions = [
        ConfigVersion {
            effective_from: None,
            terms: &quarterly,
        },
        ConfigVersion {
            effective_from: Some(may),
            terms: &nothing,
        },
    ];
    let calendars = Calendars {
        versions: Vec::new(),
        bill_from: Some(jiff::civil::date(2026, 4, 1)),
    };
    let of = |month: &BillingPeriod| {
        let due = Due::find(month, &versions, [AccountId(1)], &calendars);
        let served = due.passes.iter().map(|pass| pass.served);
        served.collect::<Vec<_>>()
    };
    // April is billed with April, since nothing will end the quarter.
    assert_eq!(of(&month(2026, 4)), [month(2026, 4).period()]);
    assert_eq!(of(&month(2026, 6)), []);
}

/// With a pass for each account a month of many would take as long as its square.
#[test]
fn accounts_of_one_phase_are_rated_together() {
    let plain = book("");
    let versions = [ConfigVersion {
        effective_from: None,
        terms: &plain,
    }];
    let days = 0_i64..2_000;
    let anchor =
        |day: i64| jiff::civil::date(2018, 1, 1).saturating_add(jiff::Span::new().days(day));
    let anchored = days.clone().map(|day| {
        let calendar = AccountCalendar {
            anchor: Some(anchor(day)),
            ..AccountCalendar::default()
        };
        (AccountId(day), calendar)
    });
    let calendars = Calendars {
        versions: vec![(None, anchored.collect())],
        bill_from: None,
    };
    let due = Due::find(
        &month(2026, 3),
        &versions,
        days.clone().map(AccountId),
        &calendars,
    );
    // An anchor on the 1st is that of the month itself.
    assert_eq!(due.passes.len(), 30);
    assert!(due.passes.iter().all(|pass| pass.scopes.len() == 1));
    assert_eq!(due.apart.len(), 1);
    let accounts = due.passes.iter().filter_map(Pass::accounts);
    let apart = accounts.map(|accounts| accounts.len()).sum::<usize>();
    let on_the_first = days.filter(|day| anchor(*day).day() == 1).count();
    assert_eq!(apart + on_the_first, 2_000);
}

//! Rates the charge periods that are due beside those of the billing period itself, each in its own zone.

use std::collections::HashMap;

use super::advance::{changes, in_advance, state};
use super::charged_period::{Frame, PriceTable};
use super::due::{Due, Pass};
use super::findings::Findings;
use super::manual::{StandIns, meter_manual};
use super::metering::meter;
use super::settling::settle;
use super::{Detail, RateInput};
use crate::charge::Charge;
use crate::finding::Finding;
use crate::ids::IntervalId;
use crate::inventory::Interval;
use crate::ownership::OwnedInterval;
use crate::price::PriceBook;
use crate::time::{Instant, Period, TimeZone, Validity};
use crate::validity::ConfigVersion;

type Version = (Option<Instant>, PriceBook);

/// The charges of all passes, and what they could not charge.
pub(super) fn rate_passes(
    input: &RateInput<'_>,
    intervals: &HashMap<IntervalId, &Interval>,
    due: &Due,
) -> (Vec<Charge>, Vec<Finding>) {
    let mut charges = Vec::new();
    let mut findings = Vec::new();
    let mut books: Vec<(&TimeZone, Vec<Version>)> = Vec::new();
    for pass in &due.passes {
        let zone = pass.billing_period.zone();
        if !books.iter().any(|(known, _)| *known == zone) {
            books.push((zone, in_zone(input, zone)));
        }
        let known = books.iter().find(|(known, _)| *known == zone);
        let books = known.map_or(&[][..], |(_, books)| books);
        let versions: Vec<ConfigVersion<&PriceBook>> = books
            .iter()
            .map(|(effective_from, terms)| ConfigVersion {
                effective_from: *effective_from,
                terms,
            })
            .collect();
        let of_zone = RateInput {
            billing_period: &pass.billing_period,
            price_book: &versions,
            ..*input
        };
        let rater = Rater {
            input: &of_zone,
            intervals,
            pass,
        };
        let (more, told) = match &pass.advance {
            None => rater.rate(input.owned, input.detail),
            Some(advance) => rater.advance(advance),
        };
        charges.extend(more);
        findings.extend(told);
    }
    (charges, findings)
}

/// The versions of the price book with dates that are days of the zone.
fn in_zone(input: &RateInput<'_>, zone: &TimeZone) -> Vec<Version> {
    let own = input.billing_period.zone();
    let moved = |instant: Instant| {
        // A day that the zone skips begins with the one after it.
        Instant::start_of_day(instant.date(own), zone).unwrap_or(instant)
    };
    let versions = input.price_book.iter().map(|version| {
        let mut book = version.terms.clone();
        if own == zone {
            return (version.effective_from, book);
        }
        for price in &mut book.prices {
            price.validity = Validity {
                from: price.validity.from.map(moved),
                to: price.validity.to.map(moved),
            };
        }
        (version.effective_from.map(moved), book)
    });
    versions.collect()
}

struct Rater<'a> {
    input: &'a RateInput<'a>,
    intervals: &'a HashMap<IntervalId, &'a Interval>,
    pass: &'a Pass,
}

impl Rater<'_> {
    /// What the owned intervals come to in the charge period.
    fn rate(&self, owned: &[OwnedInterval], detail: Detail) -> (Vec<Charge>, Vec<Finding>) {
        let empty = PriceBook::default();
        let (input, pass) = (self.input, self.pass);
        let book = PriceBook::in_force(input.price_book, pass.served.from()).unwrap_or(&empty);
        let frame = Frame {
            billing_period: &pass.billing_period,
            charged: pass.served,
            own_cycles: false,
            billed_with: pass.advance.as_ref().map(|advance| advance.home),
        };
        let table = PriceTable::new(book, input, &frame);
        let input = RateInput { owned, ..*input };
        let mut findings = Findings::default();
        let stand_ins = StandIns::of(input.agreed);
        let scoped = (&table, Some(pass.scopes.as_slice()));
        let mut metered = meter(&input, self.intervals, scoped, &mut findings);
        let groups = &mut metered.groups;
        meter_manual(&input, &stand_ins, scoped, groups, &mut findings);
        let (mut charges, _) = settle(&metered, &table, detail, &mut findings);
        charges.retain(|charge| pass.scopes.iter().any(|scope| scope.keeps(charge)));
        (charges, findings.into_sorted(&input))
    }

    /// Rule R31: what is there when the period begins, as if it stayed so; and then what each change gives back or adds for
    /// the rest of it.
    fn advance(&self, advance: &super::due::Advance) -> (Vec<Charge>, Vec<Finding>) {
        let served = self.pass.served;
        let mut charges = Vec::new();
        let mut findings = Vec::new();
        let rated_until = |until: Instant| {
            let owned = state(self.input.owned, served, until);
            let (mut charges, told) = self.rate(&owned, Detail::Resources);
            for charge in &mut charges {
                in_advance(charge);
            }
            (charges, told)
        };
        if advance.is_begun {
            let (begun, told) = rated_until(served.from());
            charges.extend(begun);
            findings.extend(told);
        }
        for stretch in &advance.changes {
            if !self.has_changes(*stretch) {
                continue;
            }
            let (before, _) = rated_until(stretch.from());
            let (after, told) = rated_until(stretch.to());
            let zone = self.pass.billing_period.zone();
            charges.extend(changes(&before, &after, (*stretch, zone)));
            findings.extend(told);
        }
        if self.input.detail == Detail::Lines {
            for charge in &mut charges {
                charge.contributions = Vec::new();
            }
        }
        (charges, findings)
    }

    fn has_changes(&self, stretch: Period) -> bool {
        let changes = |at: Instant| at > self.pass.served.from() && stretch.contains(at);
        let mut owned = self.input.owned.iter();
        owned.any(|owned| changes(owned.period.from()) || changes(owned.period.to()))
    }
}

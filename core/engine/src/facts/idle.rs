//! Samples that add to nothing: no item meters their gauge, or they hold at no time that is rated.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::counted::counted;
use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::ids::Kind;
use counterfoil_model::price::{Meter, PriceBook};
use counterfoil_model::time::Period;

use super::left_out::{Rows, listed};
use super::samples::{idle, places};

/// Names that a hint lists.
const GAUGES_MAX: usize = 12;

/// How many samples those are.
#[derive(Debug, Default)]
pub(super) struct Idle {
    pub(super) unmetered: usize,
    /// They hold outside of what is rated, or while their resource is not there.
    pub(super) outside: usize,
}

/// Counts them, and tells those that no item meters.
pub(super) fn tell_idle(rows: &Rows<'_>, span: Period, findings: &mut Vec<Finding>) -> Idle {
    let metered = metered(rows.book);
    let mut counts = Idle::default();
    let mut unmetered: BTreeMap<(&Kind, &str), Vec<String>> = BTreeMap::new();
    for ((resource, gauge), samples) in rows.samples {
        let stretches = rows.resources.get(resource).map_or(&[][..], Vec::as_slice);
        // That a kind has no item at all is told of its resources.
        let kind = stretches.first().map(|row| &row.like.kind);
        let known = kind.and_then(|kind| Some((kind, metered.get(kind)?)));
        if let Some((kind, gauges)) = known
            && !gauges.contains(gauge.as_str())
        {
            counts.unmetered += samples.len();
            let of = unmetered.entry((kind, gauge)).or_default();
            of.extend(places(samples));
            continue;
        }
        let there = stretches.iter();
        let there: Vec<Period> = there.filter_map(|row| row.period.intersect(span)).collect();
        counts.outside += idle(samples, &there, span);
    }
    for ((kind, gauge), places) in unmetered {
        findings.push(told((kind, gauge), &metered[kind], &places));
    }
    // The gravest first.
    findings.sort_by_key(|finding| finding.severity);
    counts
}

/// The gauges of the items of each kind.
fn metered(book: &PriceBook) -> BTreeMap<&Kind, BTreeSet<&str>> {
    let mut metered: BTreeMap<&Kind, BTreeSet<&str>> = BTreeMap::new();
    for item in &book.items {
        let gauges: &[String] = match &item.meter {
            Meter::Gauge(gauge) => std::slice::from_ref(gauge),
            Meter::Gauges(both) => both,
            Meter::Attribute(_) | Meter::Count(_) | Meter::Distinct(_) | Meter::Manual => &[],
        };
        for kind in &item.kinds {
            let known = metered.entry(kind).or_default();
            known.extend(gauges.iter().map(String::as_str));
        }
    }
    metered
}

fn told((kind, gauge): (&Kind, &str), known: &BTreeSet<&str>, places: &[String]) -> Finding {
    let add = format!("add an item that meters `{gauge}`, or leave it if this is meant");
    let known: Vec<&str> = known.iter().take(GAUGES_MAX).copied().collect();
    Finding {
        code: FindingCode::QuantityNotCharged,
        severity: Severity::Warning,
        subject: format!("gauge {gauge}, kind {kind}"),
        message: format!(
            "No item of the kind `{kind}` meters the gauge `{gauge}`: {} to nothing. See {}.",
            match places.len() {
                1 => "1 sample adds".to_owned(),
                more => format!("{} add", counted(more, "sample")),
            },
            listed(places)
        ),
        next_step: match known.as_slice() {
            [] => add,
            known => format!(
                "its items meter {}: correct the name of the gauge; {add}",
                known.join(", ")
            ),
        },
        value: None,
        since: None,
    }
}

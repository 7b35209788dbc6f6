//! Which rows the findings of quantities are of: rating knows resources, and people look for rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use counterfoil_model::decimal::Decimal;
use counterfoil_model::finding::{Finding, FindingCode};
use counterfoil_model::price::{Meter, PriceBook, PriceItem};
use counterfoil_model::time::Period;

use super::samples::{Samples, negatives};
use super::stretch::{Stretch, Whose};

/// Longer lists are cut.
const ROWS_MAX: usize = 3;

/// What was rated.
pub(super) struct Rows<'a> {
    pub(super) resources: &'a BTreeMap<String, Vec<Stretch>>,
    pub(super) samples: &'a Samples,
    pub(super) span: Period,
}

/// What a finding says of some rows of a resource.
struct Fault {
    said: String,
    /// Of several the first one, as findings have it.
    name: String,
    rows: Vec<String>,
}

/// Adds to each finding of a quantity where that stands, and answers how many rows that are.
pub(super) fn name_rows(rows: &Rows<'_>, book: &PriceBook, findings: &mut [Finding]) -> usize {
    let mut by_subject: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, finding) in findings.iter().enumerate() {
        let codes = [
            FindingCode::UnreadableQuantity,
            FindingCode::NegativeQuantity,
        ];
        if codes.contains(&finding.code) {
            let of = by_subject.entry(finding.subject.clone()).or_default();
            of.push(index);
        }
    }
    if by_subject.is_empty() {
        return 0;
    }
    let mut told: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut all = BTreeSet::new();
    for resource in rows.resources.keys() {
        for item in &book.items {
            for fault in rows.faults(resource, item) {
                let subject = format!("{}, item {}", fault.name, item.key);
                let of = by_subject.get(&subject).into_iter().flatten();
                for index in of.filter(|index| findings[**index].message.contains(&fault.said)) {
                    all.extend(fault.rows.iter().cloned());
                    let places = told.entry(*index).or_default();
                    places.extend(fault.rows.iter().cloned());
                }
            }
        }
    }
    for (index, places) in told {
        let message = &mut findings[index].message;
        message.push_str(&format!(" See {}.", listed(&places)));
    }
    all.len()
}

/// "vms.csv row 2, vms.csv row 3 and 4 more".
fn listed(places: &[String]) -> String {
    let shown = &places[..places.len().min(ROWS_MAX)];
    let more = match places.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}

impl Rows<'_> {
    /// Everything that an item may have left out of a resource.
    fn faults(&self, resource: &str, item: &PriceItem) -> Vec<Fault> {
        let stretches = self.resources.get(resource).into_iter().flatten();
        let stretches = stretches.filter(|row| {
            item.kinds.contains(&row.like.kind)
                && matches!(row.whose, Whose::Owned { .. })
                && row.period.intersect(self.span).is_some()
        });
        match &item.meter {
            Meter::Attribute(_) | Meter::Distinct(_) => {
                let mut faults: Vec<Fault> = Vec::new();
                for row in stretches {
                    let Some(said) = said(item, row) else {
                        continue;
                    };
                    let (name, place) = (&row.like.name, row.place.label());
                    match faults.iter_mut().find(|fault| fault.said == said) {
                        Some(fault) => {
                            fault.name = fault.name.clone().min(name.clone());
                            fault.rows.push(place);
                        }
                        None => faults.push(Fault {
                            said,
                            name: name.clone(),
                            rows: vec![place],
                        }),
                    }
                }
                faults
            }
            Meter::Gauge(gauge) => self.of_gauges(resource, &[gauge], stretches),
            Meter::Gauges([one, other]) => self.of_gauges(resource, &[one, other], stretches),
            Meter::Count(_) | Meter::Manual => Vec::new(),
        }
    }

    fn of_gauges<'s>(
        &self,
        resource: &str,
        gauges: &[&String],
        stretches: impl Iterator<Item = &'s Stretch>,
    ) -> Vec<Fault> {
        let Some(name) = stretches.map(|row| &row.like.name).min() else {
            return Vec::new();
        };
        let faults = gauges.iter().filter_map(|gauge| {
            let samples = self.samples.get(&(resource.to_owned(), (*gauge).clone()))?;
            let rows = negatives(samples, self.span);
            (!rows.is_empty()).then(|| Fault {
                said: format!("has `{gauge}` = -"),
                name: name.clone(),
                rows,
            })
        });
        faults.collect()
    }
}

/// The words in which a finding tells that a row has no quantity.
fn said(item: &PriceItem, row: &Stretch) -> Option<String> {
    let (name, is_number) = match &item.meter {
        Meter::Attribute(name) => (name, true),
        Meter::Distinct(name) => (name, false),
        Meter::Count(_) | Meter::Gauge(_) | Meter::Gauges(_) | Meter::Manual => return None,
    };
    let Some(text) = row.like.attributes.get(name) else {
        return Some(format!("has no attribute `{name}`"));
    };
    match text.trim().parse::<Decimal>() {
        _ if !is_number => None,
        Err(_) => Some(format!("has `{name}` = `{text}`,")),
        Ok(value) if value.is_negative() => Some(format!("has `{name}` = {value},")),
        Ok(_) => None,
    }
}

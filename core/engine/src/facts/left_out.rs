//! Which rows the findings of quantities are of: rating knows resources, and people look for rows.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::decimal::Decimal;
use counterfoil_model::finding::Finding;
use counterfoil_model::ids::{ItemKey, ResourceId};
use counterfoil_model::price::{Meter, PriceBook};
use counterfoil_model::rate::{Fault, LeftOut};

use super::samples::{Samples, negatives};
use super::stretch::{Stretch, Whose};

/// Longer lists are cut.
const ROWS_MAX: usize = 3;

/// What was rated.
pub(super) struct Rows<'a> {
    pub(super) resources: &'a BTreeMap<String, Vec<Stretch>>,
    pub(super) names: &'a BTreeMap<ResourceId, &'a String>,
    pub(super) samples: &'a Samples,
    pub(super) book: &'a PriceBook,
}

/// Adds to each finding of a quantity where that stands, and answers how many rows that are.
pub(super) fn name_rows(rows: &Rows<'_>, left_out: &[LeftOut], findings: &mut [Finding]) -> usize {
    let mut all = BTreeSet::new();
    for one in left_out {
        let places = rows.of(one);
        if let Some(finding) = findings.get_mut(one.finding)
            && !places.is_empty()
        {
            let see = format!(" See {}.", listed(&places));
            finding.message.push_str(&see);
            all.extend(places);
        }
    }
    all.len()
}

/// "vms.csv row 2, vms.csv row 3 and 4 more".
pub(super) fn listed(places: &[String]) -> String {
    let shown = &places[..places.len().min(ROWS_MAX)];
    let more = match places.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}

impl Rows<'_> {
    /// The rows that say what was left out, while it was to be read.
    fn of(&self, left_out: &LeftOut) -> Vec<String> {
        match &left_out.fault {
            Fault::Absent { attribute } => {
                self.saying(left_out, |row| row.like.attributes.get(attribute).is_none())
            }
            Fault::NoNumber { attribute, text } => self.saying(left_out, |row| {
                row.like.attributes.get(attribute) == Some(text.as_str())
            }),
            Fault::Negative { name, .. } if self.is_gauge(&left_out.item) => {
                self.sampled(left_out, name)
            }
            Fault::Negative { name, value } => self.saying(left_out, |row| {
                let written = row.like.attributes.get(name);
                let written = written.and_then(|text| text.trim().parse::<Decimal>().ok());
                written.is_some_and(|written| written.to_string() == *value)
            }),
            // No row says it.
            Fault::Unsampled { .. } => Vec::new(),
        }
    }

    fn saying(&self, left_out: &LeftOut, says: impl Fn(&Stretch) -> bool) -> Vec<String> {
        let name = self.names.get(&left_out.resource);
        let rows = name.and_then(|name| self.resources.get(*name));
        let rows = rows.into_iter().flatten().filter(|row| {
            let mut periods = left_out.periods.iter();
            matches!(row.whose, Whose::Owned { .. })
                && periods.any(|period| row.period.intersect(*period).is_some())
                && says(row)
        });
        rows.map(|row| row.place.label()).collect()
    }

    fn sampled(&self, left_out: &LeftOut, gauge: &str) -> Vec<String> {
        let name = self.names.get(&left_out.resource);
        let samples = name.and_then(|name| self.samples.get(&((*name).clone(), gauge.to_owned())));
        let periods = left_out.periods.iter();
        let below = periods.flat_map(|period| {
            let negatives = samples.map(|samples| negatives(samples, *period));
            negatives.unwrap_or_default()
        });
        let mut places: Vec<String> = Vec::new();
        for place in below {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }

    fn is_gauge(&self, item: &ItemKey) -> bool {
        let item = self.book.items.iter().find(|one| one.key == *item);
        item.is_some_and(|item| match item.meter {
            Meter::Gauge(_) | Meter::Gauges(_) => true,
            Meter::Attribute(_) | Meter::Distinct(_) | Meter::Count(_) | Meter::Manual => false,
        })
    }
}

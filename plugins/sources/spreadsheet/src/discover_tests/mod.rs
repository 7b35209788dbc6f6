//! Whole files, read as a host would have them read, with a host that only writes down what it is told.

mod colocation;
mod damage;
mod mess;
mod round_trip;

use std::cell::RefCell;
use std::rc::Rc;

use counterfoil_sdk::source::{BrokenRow, Completeness, Coverage, Observation, Run};
use counterfoil_sdk::{Listing, ListingHost};
use jiff::tz::TimeZone;

use super::discover;
use crate::mapping::Mapping;
use crate::open::OpenError;

/// What a host was told.
#[derive(Debug, Default)]
struct Told {
    previous: Vec<u8>,
    observations: Vec<Observation>,
    unchanged: u32,
    broken: Vec<BrokenRow>,
}

#[derive(Debug)]
struct Host(Rc<RefCell<Told>>);

impl ListingHost for Host {
    fn previous_hashes(&mut self, chunk: u32) -> Vec<u8> {
        if chunk == 0 {
            self.0.borrow().previous.clone()
        } else {
            vec![]
        }
    }

    fn report(&mut self, runs: Vec<Run>) {
        let mut told = self.0.borrow_mut();
        for run in runs {
            match run {
                Run::Unchanged((_, count)) => told.unchanged += count,
                Run::Changed((_, observation)) | Run::New(observation) => {
                    told.observations.push(observation);
                }
            }
        }
    }

    fn report_broken(&mut self, rows: Vec<BrokenRow>) {
        self.0.borrow_mut().broken.extend(rows);
    }
}

impl Told {
    fn ids(&self) -> Vec<&str> {
        self.observations.iter().map(|o| o.id.as_str()).collect()
    }

    fn value(&self, id: &str, name: &str) -> Option<&str> {
        let observation = self.observations.iter().find(|o| o.id == id)?;
        let attribute = observation.attributes.iter().find(|(key, _)| key == name)?;
        Some(&attribute.1)
    }

    fn broken_texts(&self) -> Vec<String> {
        let rows = self.broken.iter();
        rows.map(|row| {
            let id = row.id.as_deref().unwrap_or("?");
            format!("{} [{id}] {}", row.place, row.message)
        })
        .collect()
    }

    fn hashes(&self) -> Vec<u8> {
        let rows = self.observations.iter();
        rows.flat_map(|o| [o.hash.0.to_le_bytes(), o.hash.1.to_le_bytes()])
            .flatten()
            .collect()
    }
}

const MAPPING: &str = r#"{
    "files": "*", "id": "ID", "name": "Name", "parent": "Host",
    "kind": {"column": "Type", "map": {"VM": "virtual-machine", "Disk": "disk"}},
    "attribute": {
        "memory_gb": {"column": "RAM", "type": "decimal", "kinds": ["virtual-machine"]},
        "size_gb": {"column": "Size", "type": "decimal", "kinds": ["disk"], "empty": "zero"}
    },
    "tags": {"column": "Tags"}
}"#;

fn read_after(
    previous: Vec<u8>,
    bytes: impl Into<Vec<u8>>,
    settings: &str,
) -> Result<(Told, Coverage), OpenError> {
    let mapping = Mapping::new(&serde_json::from_str(settings).unwrap()).unwrap();
    let told = Rc::new(RefCell::new(Told {
        previous,
        ..Told::default()
    }));
    let listing = Listing::new(Host(Rc::clone(&told)), settings.as_bytes());
    let coverage = discover(bytes.into(), "x.csv", &mapping, &TimeZone::UTC, listing)?;
    Ok((Rc::into_inner(told).unwrap().into_inner(), coverage))
}

fn read_with(bytes: impl Into<Vec<u8>>, settings: &str) -> (Told, Coverage) {
    read_after(vec![], bytes, settings).unwrap()
}

fn read(bytes: impl Into<Vec<u8>>) -> (Told, Coverage) {
    read_with(bytes, MAPPING)
}

fn assert_complete(coverage: &Coverage) {
    assert_eq!(
        coverage.completeness,
        Completeness::Complete,
        "{:?}",
        coverage.reason
    );
}

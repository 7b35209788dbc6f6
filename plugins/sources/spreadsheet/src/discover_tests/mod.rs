//! Whole files, read as a host would have them read, with a host that only writes down what it is told.

mod colocation;
mod damage;
mod mess;
mod round_trip;
mod two_ways;

use std::cell::RefCell;
use std::rc::Rc;

use counterfoil_sdk::source::{BrokenRow, Completeness, Coverage, Observation, Run};
use counterfoil_sdk::{Listing, ListingHost};
use jiff::tz::TimeZone;

use super::{DiscoverError, Order, at_once, discover};
use crate::mapping::Mapping;
use crate::open::OpenError;
use crate::stream::Pieces;

/// What a host was told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Told {
    previous: Vec<u8>,
    observations: Vec<Observation>,
    unchanged: u32,
    /// Positions of the last listing, in the order in which they were given.
    positions: Vec<u32>,
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
                Run::Unchanged((position, count)) => {
                    told.unchanged += count;
                    told.positions.extend(position..position + count);
                }
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

    /// Of rows that are equal any may be the one that stayed, so both ways may tell another one of them; else as it is.
    fn settled(&self) -> Self {
        let mut settled = self.clone();
        let before = self.previous.as_chunks::<8>().0;
        let stayed = self
            .positions
            .iter()
            .map(|position| before[*position as usize]);
        let told = self.hashes();
        let mut rows: Vec<[u8; 8]> = stayed
            .chain(told.as_chunks::<8>().0.iter().copied())
            .collect();
        rows.sort_unstable();
        if rows.windows(2).any(|pair| pair[0] == pair[1]) {
            settled.positions.sort_unstable();
            for row in &mut settled.observations {
                row.place.clear();
            }
            settled.observations.sort_by_key(|row| row.hash);
        }
        settled
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

/// A file in memory, in pieces of so many bytes.
struct InMemory<'a> {
    bytes: &'a [u8],
    piece_bytes: usize,
}

impl Pieces for InMemory<'_> {
    fn piece(&mut self, index: u32) -> Result<(Vec<u8>, bool), counterfoil_sdk::Error> {
        let start = index as usize * self.piece_bytes;
        let end = (start + self.piece_bytes).min(self.bytes.len());
        Ok((self.bytes[start..end].to_vec(), end == self.bytes.len()))
    }
}

type Read = Result<(Told, Coverage), OpenError>;

/// Both ways of reading a file.
#[derive(Clone, Copy)]
enum Way {
    AtOnce,
    InPieces(usize),
    /// With so little memory for what changed that the file is gone through twice.
    Twice(usize),
}

fn read_by(way: Way, previous: &[u8], bytes: &[u8], settings: &str) -> Read {
    let mapping = Mapping::new(&serde_json::from_str(settings).unwrap()).unwrap();
    let told = Rc::new(RefCell::new(Told {
        previous: previous.to_vec(),
        ..Told::default()
    }));
    let listing = Listing::new(Host(Rc::clone(&told)), settings.as_bytes());
    let order = Order {
        path: "x.csv",
        mapping: &mapping,
        timezone: &TimeZone::UTC,
        held_bytes_max: if matches!(way, Way::Twice(_)) {
            20
        } else {
            usize::MAX
        },
    };
    let coverage = match way {
        Way::AtOnce => at_once(bytes.to_vec(), order, listing)?,
        Way::InPieces(piece_bytes) | Way::Twice(piece_bytes) => {
            let mut pieces = InMemory { bytes, piece_bytes };
            match discover(&mut pieces, order, listing) {
                Ok(coverage) => coverage,
                Err(DiscoverError::Open(error)) => return Err(error),
                Err(DiscoverError::Read(error)) => panic!("{}", error.message),
            }
        }
    };
    Ok((Rc::into_inner(told).unwrap().into_inner(), coverage))
}

/// Reads in all ways, which have to tell the same.
fn read_after(previous: &[u8], bytes: impl Into<Vec<u8>>, settings: &str) -> Read {
    let bytes = bytes.into();
    let at_once = read_by(Way::AtOnce, previous, &bytes, settings);
    let ways = [
        Way::InPieces(bytes.len().max(1)),
        Way::InPieces(bytes.len() / 2 + 1),
        Way::InPieces(300),
        Way::Twice(bytes.len() / 2 + 1),
    ];
    for way in ways {
        let in_pieces = read_by(way, previous, &bytes, settings);
        match (&at_once, in_pieces) {
            (Ok((told, coverage)), Ok((other_told, other_coverage))) => {
                assert_eq!(*told, other_told);
                assert_eq!(*coverage, other_coverage);
            }
            (Err(error), Err(other)) => assert_eq!(error.to_string(), other.to_string()),
            (one, other) => panic!("{one:?} at once, {other:?} in pieces"),
        }
    }
    at_once
}

fn read_with(bytes: impl Into<Vec<u8>>, settings: &str) -> (Told, Coverage) {
    read_after(&[], bytes, settings).unwrap()
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

//! Collects what a connector reports of one listing, checked against what it declared.

use std::collections::BTreeMap;
use std::sync::Arc;

use counterfoil_host::source::{BrokenRow as HostBrokenRow, Observation as HostObservation, Run};
use counterfoil_host::{Listing, ListingError};
use counterfoil_model::attribute::{AttributeClass, KindDeclaration};
use counterfoil_model::ids::Kind;
use counterfoil_store::inventory::{BrokenRow, CHUNK_ROWS, ListedRows, Observation, RowHash};

use super::value::check_value;
use crate::progress::Reading;

/// Rows that one listing may have.
const ROWS_MAX: usize = 20_000_000;

/// What was reported so far.
#[derive(Debug)]
pub(super) struct Buffer {
    kinds: BTreeMap<Kind, KindDeclaration>,
    /// The hashes of the last listing; empty where a full one is wanted.
    previous: Vec<u8>,
    pub(super) rows: Vec<ListedRows>,
    pub(super) broken: Vec<BrokenRow>,
    seen: usize,
    reading: Arc<dyn Reading>,
}

impl Buffer {
    pub(super) fn new(
        kinds: &[KindDeclaration],
        previous: Vec<u8>,
        reading: Arc<dyn Reading>,
    ) -> Self {
        let kinds = kinds
            .iter()
            .map(|kind| (kind.kind.clone(), kind.clone()))
            .collect();
        Self {
            kinds,
            previous,
            rows: Vec::new(),
            broken: Vec::new(),
            seen: 0,
            reading,
        }
    }

    /// A value that does not fit its declaration keeps the row out, not the listing.
    fn observation(
        &self,
        row: HostObservation,
    ) -> Result<Result<Observation, BrokenRow>, ListingError> {
        let kind = Kind::from(row.kind);
        let Some(declaration) = self.kinds.get(&kind) else {
            return Err(ListingError {
                message: format!("{}: the kind `{kind}` is not declared", row.place),
            });
        };
        let mut attributes = BTreeMap::new();
        for (name, value) in row.attributes {
            let Some(declared) = declaration.attribute(&name) else {
                return Err(ListingError {
                    message: format!(
                        "{}: the attribute `{name}` of `{kind}` is not declared",
                        row.place
                    ),
                });
            };
            if declared.class == AttributeClass::Ignored {
                continue;
            }
            if let Err(expected) = check_value(declared.value_type, &value) {
                return Ok(Err(BrokenRow {
                    message: format!("`{name}` is `{value}`, expected {expected}"),
                    hint: Some(
                        "mend the row at the source; until then the last known values stay"
                            .to_owned(),
                    ),
                    external_id: Some(row.id),
                    place: row.place,
                }));
            }
            if attributes.insert(name.clone(), value).is_some() {
                return Err(ListingError {
                    message: format!("{}: `{name}` is given twice", row.place),
                });
            }
        }
        let hash = RowHash::from_halves(row.hash.0, row.hash.1);
        let (external_id, name, parent, place) = (row.id, row.name, row.parent, row.place);
        Ok(Ok(Observation {
            external_id,
            kind,
            name,
            parent,
            attributes,
            place,
            hash,
        }))
    }
}

impl Listing for Buffer {
    fn previous_hashes(&mut self, chunk: u32) -> Vec<u8> {
        let length = CHUNK_ROWS * 8;
        let mut chunks = self.previous.chunks(length);
        usize::try_from(chunk)
            .ok()
            .and_then(|chunk| chunks.nth(chunk))
            .unwrap_or_default()
            .to_vec()
    }

    fn report(&mut self, runs: Vec<Run>) -> Result<(), ListingError> {
        let before = self.seen;
        for run in runs {
            let (rows, listed) = match run {
                Run::Unchanged((position, count)) => {
                    (count, Ok(ListedRows::Unchanged { position, count }))
                }
                Run::Changed((position, row)) => {
                    let changed = |observation| ListedRows::Changed {
                        position,
                        observation,
                    };
                    (1, self.observation(row)?.map(changed))
                }
                Run::New(row) => (1, self.observation(row)?.map(ListedRows::New)),
            };
            self.seen = self
                .seen
                .saturating_add(usize::try_from(rows).unwrap_or(usize::MAX));
            match listed {
                Ok(listed) => self.rows.push(listed),
                Err(broken) => self.broken.push(broken),
            }
        }
        self.reading.rows((self.seen - before) as u64);
        if self.seen > ROWS_MAX {
            return Err(ListingError {
                message: format!("it has more than {ROWS_MAX} rows, the limit of a listing"),
            });
        }
        Ok(())
    }

    fn report_broken(&mut self, rows: Vec<HostBrokenRow>) -> Result<(), ListingError> {
        let convert = |row: HostBrokenRow| BrokenRow {
            place: row.place,
            external_id: row.id,
            message: row.message,
            hint: row.hint,
        };
        self.reading.rows(rows.len() as u64);
        self.broken.extend(rows.into_iter().map(convert));
        Ok(())
    }

    fn file_read(&mut self, until: u64, length: u64) {
        self.reading.bytes(until, length);
    }
}

//! Collects what a connector reports of one listing, checked against what it declared.

use std::collections::BTreeMap;
use std::sync::Arc;

use counterfoil_host::source::{BrokenRow as HostBrokenRow, Observation as HostObservation, Run};
use counterfoil_host::{Listing, ListingError};
use counterfoil_model::attribute::{AttributeClass, KindDeclaration};
use counterfoil_model::ids::Kind;
use counterfoil_store::inventory::{BrokenRow, ListedRows, Observation, Previous, RowHash};

use super::value::check_value;
use crate::progress::Reading;

/// Rows that one listing may have.
const ROWS_MAX: usize = 20_000_000;
/// What the rows of one listing may take in memory: a connector that reports without end must not take the machine's.
const BYTES_MAX: usize = 2 << 30;
/// Words about one broken row; the rest is cut off.
const WORDS_BYTES_MAX: usize = 2048;

/// What was reported so far.
#[derive(Debug)]
pub(super) struct Buffer {
    kinds: BTreeMap<Kind, KindDeclaration>,
    /// The last listing; none where a full one is wanted.
    previous: Option<Previous>,
    pub(super) rows: Vec<ListedRows>,
    pub(super) broken: Vec<BrokenRow>,
    seen: usize,
    reading: Arc<dyn Reading>,
    bytes: usize,
    bytes_max: usize,
}

impl Buffer {
    pub(super) fn new(
        kinds: &[KindDeclaration],
        previous: Option<Previous>,
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
            bytes: 0,
            bytes_max: BYTES_MAX,
        }
    }

    /// Counts what is about to be kept.
    fn make_room(&mut self, rows: usize, bytes: usize) -> Result<(), ListingError> {
        self.seen = self.seen.saturating_add(rows);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.seen > ROWS_MAX {
            return Err(ListingError {
                message: format!("it has more than {ROWS_MAX} rows, the limit of a listing"),
            });
        }
        if self.bytes > self.bytes_max {
            return Err(ListingError {
                message: format!(
                    "its rows take more than {} bytes, the limit of a listing",
                    self.bytes_max
                ),
            });
        }
        Ok(())
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
        if row.id.trim().is_empty() {
            return Ok(Err(BrokenRow {
                message: "the row has no id".to_owned(),
                hint: Some("without one nobody can tell next time which thing it is".to_owned()),
                external_id: None,
                place: row.place,
            }));
        }
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
        let previous = self.previous.as_ref();
        previous.map_or_else(Vec::new, |previous| previous.hashes(chunk))
    }

    fn report(&mut self, runs: Vec<Run>) -> Result<(), ListingError> {
        let before = self.seen;
        for run in runs {
            let (rows, bytes) = match &run {
                Run::Unchanged((_, count)) => (usize::try_from(*count).unwrap_or(usize::MAX), 0),
                Run::Changed((_, row)) | Run::New(row) => (1, size(row)),
            };
            self.make_room(rows, bytes + size_of::<ListedRows>())?;
            let listed = match run {
                Run::Unchanged((position, count)) => Ok(ListedRows::Unchanged { position, count }),
                Run::Changed((position, row)) => {
                    let changed = |observation| ListedRows::Changed {
                        position,
                        observation,
                    };
                    self.observation(row)?.map(changed)
                }
                Run::New(row) => self.observation(row)?.map(ListedRows::New),
            };
            match listed {
                Ok(listed) => self.rows.push(listed),
                Err(broken) => self.broken.push(broken),
            }
        }
        self.reading.rows((self.seen - before) as u64);
        Ok(())
    }

    fn report_broken(&mut self, rows: Vec<HostBrokenRow>) -> Result<(), ListingError> {
        self.reading.rows(rows.len() as u64);
        for row in rows {
            let row = BrokenRow {
                place: cut(row.place),
                external_id: row.id,
                message: cut(row.message),
                hint: row.hint.map(cut),
            };
            let texts = [Some(&row.place), Some(&row.message), row.hint.as_ref()];
            let words: usize = texts.into_iter().flatten().map(String::len).sum();
            let id = row.external_id.as_ref().map_or(0, String::len);
            self.make_room(1, words + id + size_of::<BrokenRow>())?;
            self.broken.push(row);
        }
        Ok(())
    }

    fn file_read(&mut self, until: u64, length: u64) {
        self.reading.bytes(until, length);
    }
}

fn size(row: &HostObservation) -> usize {
    let attributes = row.attributes.iter();
    let values: usize = attributes
        .map(|(name, value)| name.len() + value.len() + 2 * size_of::<String>())
        .sum();
    row.id.len() + row.name.len() + row.place.len() + values
}

fn cut(mut text: String) -> String {
    if text.len() > WORDS_BYTES_MAX {
        text.truncate(text.floor_char_boundary(WORDS_BYTES_MAX));
        text.push('…');
        text.shrink_to_fit();
    }
    text
}

#[cfg(test)]
mod tests {
    use counterfoil_host::Listing;
    use counterfoil_host::source::{BrokenRow as HostBrokenRow, Run};

    use std::sync::Arc;

    use super::{Buffer, WORDS_BYTES_MAX};
    use crate::progress::Silent;

    #[test]
    fn what_a_listing_takes_in_memory_is_limited() {
        let mut buffer = Buffer::new(&[], None, Arc::new(Silent));
        buffer.bytes_max = 10_000;
        let endless = || -> Result<(), _> {
            for _ in 0..1000 {
                buffer.report(vec![Run::Unchanged((0, 0))])?;
            }
            Ok(())
        };
        let error: counterfoil_host::ListingError = { endless }().unwrap_err();
        assert_eq!(
            error.message,
            "its rows take more than 10000 bytes, the limit of a listing"
        );
    }

    #[test]
    fn words_about_a_broken_row_are_cut() {
        let mut buffer = Buffer::new(&[], None, Arc::new(Silent));
        let row = HostBrokenRow {
            place: "row 1".into(),
            id: None,
            message: "ä".repeat(1 << 20),
            hint: None,
        };
        buffer.report_broken(vec![row]).unwrap();
        let kept = &buffer.broken[0].message;
        assert!(kept.ends_with("ä…") && kept.len() <= WORDS_BYTES_MAX + 3);
    }
}

//! Replaying the runs over the last listing must give the new one, whatever was inserted, left out or moved.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// A host that keeps what it is told, and gives hashes in small chunks so that chunk borders matter.
struct Host<'a> {
    previous: Vec<u64>,
    chunk_rows: usize,
    runs: &'a mut Vec<Run>,
    broken: &'a mut Vec<BrokenRow>,
    largest_report: &'a mut usize,
}

impl ListingHost for Host<'_> {
    fn previous_hashes(&mut self, chunk: u32) -> Vec<u8> {
        let chunks: Vec<&[u64]> = self.previous.chunks(self.chunk_rows).collect();
        let rows = chunks.get(chunk as usize).copied().unwrap_or_default();
        let bytes = |hash: &u64| {
            let (first, second) = halves(*hash);
            [first.to_le_bytes(), second.to_le_bytes()].concat()
        };
        rows.iter().flat_map(bytes).collect()
    }

    fn report(&mut self, runs: Vec<Run>) {
        *self.largest_report = runs.len().max(*self.largest_report);
        self.runs.extend(runs);
    }

    fn report_broken(&mut self, rows: Vec<BrokenRow>) {
        self.broken.extend(rows);
    }
}

fn observation(id: &str) -> Observation {
    Observation {
        id: id.to_owned(),
        kind: "machine".into(),
        name: id.to_owned(),
        parent: None,
        attributes: vec![],
        place: String::new(),
        hash: (0, 0),
    }
}

struct Listed {
    runs: Vec<Run>,
    broken: Vec<BrokenRow>,
    totals: Totals,
    largest_report: usize,
}

/// Takes rows one by one.
fn take_each(listing: &mut Listing<Host<'_>>, rows: &[String]) {
    for row in rows {
        listing.try_row(row.as_bytes(), || read(row));
    }
}

/// Looks over all rows before it reports the first, after a look that came to nothing.
fn take_at_last(listing: &mut Listing<Host<'_>>, rows: &[String]) {
    listing.recall(listing.hash(rows.first().map_or(b"", |row| row.as_bytes())));
    listing.begin(b"");
    let hashes: Vec<u64> = rows
        .iter()
        .map(|row| listing.hash(row.as_bytes()))
        .collect();
    let recalled: Vec<Option<u32>> = hashes.iter().map(|hash| listing.recall(*hash)).collect();
    let missed = hashes.iter().zip(&recalled).filter(|(_, at)| at.is_none());
    let missed: Vec<u64> = missed.map(|(hash, _)| *hash).collect();
    let mut moved = listing.recall_moved(&missed).into_iter();
    for ((row, hash), recalled) in rows.iter().zip(hashes).zip(recalled) {
        match recalled.or_else(|| moved.next().flatten()) {
            Some(position) => listing.keep(position, 1),
            None => listing.read(hash, read(row)),
        }
    }
}

/// Rows that begin with "!" are broken.
fn read(row: &str) -> Result<Observation, BrokenRow> {
    match row.strip_prefix('!') {
        None => Ok(observation(row)),
        Some(_) => Err(BrokenRow {
            place: row.to_owned(),
            id: None,
            message: "broken".into(),
            hint: None,
        }),
    }
}

fn list(old: &[String], new: &[String], salt: &[u8], chunk_rows: usize) -> Listed {
    let seed = xxh3_64_with_seed(b"salt", 0);
    list_by(take_each, old, new, (salt, seed), chunk_rows)
}

fn list_at_last(old: &[String], new: &[String], chunk_rows: usize) -> Listed {
    let seed = xxh3_64_with_seed(b"", xxh3_64_with_seed(b"salt", 0));
    list_by(take_at_last, old, new, (b"salt", seed), chunk_rows)
}

fn list_by(
    take: impl FnOnce(&mut Listing<Host<'_>>, &[String]),
    old: &[String],
    new: &[String],
    (salt, old_seed): (&[u8], u64),
    chunk_rows: usize,
) -> Listed {
    let previous = old
        .iter()
        .map(|row| xxh3_64_with_seed(row.as_bytes(), old_seed))
        .collect();
    let (mut runs, mut broken, mut largest_report) = (vec![], vec![], 0);
    let host = Host {
        previous,
        chunk_rows,
        runs: &mut runs,
        broken: &mut broken,
        largest_report: &mut largest_report,
    };
    let mut listing = Listing::new(host, salt);
    take(&mut listing, new);
    let totals = listing.finish();
    Listed {
        runs,
        broken,
        totals,
        largest_report,
    }
}

/// What the host makes of the runs, and which positions of the old list were used.
fn replay(old: &[String], runs: &[Run]) -> (Vec<String>, Vec<u32>) {
    let (mut rows, mut positions) = (vec![], vec![]);
    for run in runs {
        match run {
            Run::Unchanged((first, count)) => {
                for position in *first..*first + *count {
                    rows.push(old[position as usize].clone());
                    positions.push(position);
                }
            }
            Run::Changed((position, observation)) => {
                rows.push(observation.id.clone());
                positions.push(*position);
            }
            Run::New(observation) => rows.push(observation.id.clone()),
        }
    }
    (rows, positions)
}

fn assert_replays(old: &[String], new: &[String], chunk_rows: usize) -> Listed {
    let at_last = list_at_last(old, new, chunk_rows);
    let (rows, _) = replay(old, &at_last.runs);
    let listed = list(old, new, b"salt", chunk_rows);
    assert_eq!(rows, replay(old, &listed.runs).0);
    assert_eq!(at_last.totals, listed.totals);
    assert_eq!(at_last.broken, listed.broken);
    let (rows, mut positions) = replay(old, &listed.runs);
    let readable: Vec<String> = new
        .iter()
        .filter(|row| !row.starts_with('!') || old.contains(row))
        .cloned()
        .collect();
    assert_eq!(rows.len() + listed.broken.len(), new.len());
    if listed.broken.is_empty() {
        assert_eq!(rows, readable);
    }
    let used = positions.len();
    positions.sort_unstable();
    positions.dedup();
    assert_eq!(positions.len(), used, "a position was used twice");
    assert_eq!(listed.totals.unchanged as usize, used);
    assert_eq!(listed.totals.rows() as usize, new.len());
    listed
}

fn numbered(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|number| format!("row {number}")).collect()
}

proptest! {
    /// Few distinct rows, so that equal ones are common.
    #[test]
    fn any_list_after_any_list_replays(
        old in vec("[a-e]", 0..60),
        new in vec("[a-g]", 0..60),
        chunk_rows in 1_usize..9,
    ) {
        assert_replays(&old, &new, chunk_rows);
    }

    /// Every row that is still there, in any order, is matched: nothing that is unchanged crosses the boundary.
    #[test]
    fn a_shuffled_list_is_all_unchanged(
        new in Just(numbered(0..300)).prop_shuffle(),
        dropped in 0_usize..100,
    ) {
        let listed = assert_replays(&numbered(0..300), &new[dropped..], 7);
        prop_assert_eq!(listed.totals.new, 0);
    }

    #[test]
    fn matches_are_as_many_as_two_lists_share(
        old in vec("[a-h]", 0..40),
        new in vec("[a-h]", 0..40),
    ) {
        let listed = assert_replays(&old, &new, 3);
        let count = |rows: &[String], row: &String| rows.iter().filter(|other| *other == row).count();
        let shared: usize = numbered_letters()
            .iter()
            .map(|letter| count(&old, letter).min(count(&new, letter)))
            .sum();
        prop_assert_eq!(listed.totals.unchanged as usize, shared);
    }
}

fn numbered_letters() -> Vec<String> {
    ('a'..='h').map(String::from).collect()
}

#[test]
fn the_same_list_is_one_run() {
    let rows = numbered(0..20_000);
    let listed = assert_replays(&rows, &rows, 8192);
    assert_eq!(listed.runs, [Run::Unchanged((0, 20_000))]);
}

#[test]
fn a_row_inserted_and_a_row_left_out_cut_the_run() {
    let mut new = numbered(0..10);
    new.remove(6);
    new.insert(3, "inserted".into());
    let listed = assert_replays(&numbered(0..10), &new, 4);
    let shapes: Vec<Option<(u32, u32)>> = listed
        .runs
        .iter()
        .map(|run| {
            if let Run::Unchanged(part) = run {
                Some(*part)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(shapes, [Some((0, 3)), None, Some((3, 3)), Some((7, 3))]);
}

#[test]
fn an_empty_previous_listing_makes_every_row_new_with_its_hash() {
    let listed = assert_replays(&[], &numbered(0..3), 4);
    assert_eq!(
        listed.totals,
        Totals {
            unchanged: 0,
            new: 3,
            broken: 0
        }
    );
    let Run::New(first) = &listed.runs[0] else {
        panic!("a new row")
    };
    let seed = xxh3_64_with_seed(b"salt", 0);
    assert_eq!(joined(first.hash), xxh3_64_with_seed(b"row 0", seed));
}

#[test]
fn a_report_has_a_bounded_length() {
    let listed = assert_replays(&[], &numbered(0..2500), 4);
    assert_eq!(
        (listed.runs.len(), listed.largest_report),
        (2500, BATCH_LENGTH)
    );
}

#[test]
fn other_settings_report_every_row_anew() {
    let rows = numbered(0..5);
    let listed = list(&rows, &rows, b"another mapping", 4);
    assert_eq!(
        listed.totals,
        Totals {
            unchanged: 0,
            new: 5,
            broken: 0
        }
    );
}

#[test]
fn a_broken_row_is_reported_apart() {
    let new = ["a", "!b", "c"].map(String::from);
    let listed = list(&[], &new, b"salt", 4);
    assert_eq!(listed.broken.len(), 1);
    assert_eq!(
        listed.totals,
        Totals {
            unchanged: 0,
            new: 2,
            broken: 1
        }
    );
}

#[test]
fn equal_rows_out_of_order_do_not_cost_their_square() {
    let count = 100_000;
    let old: Vec<String> = vec!["same".to_owned(); count];
    let mut new = old.clone();
    new.insert(0, "first".into());
    for listed in [
        list(&old, &new, b"salt", 8192),
        list_at_last(&old, &new, 8192),
    ] {
        assert_eq!(listed.totals.unchanged as usize, count);
    }
}

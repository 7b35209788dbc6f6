//! Folders as they are found, and the listings that come of them.

use super::*;

fn entry(path: &str) -> Entry {
    Entry {
        path: path.to_owned(),
        modified: "2026-03-07T10:00:00Z".to_owned(),
        digest: format!("digest-of-{path}"),
    }
}

fn read(paths: &[&str], settings: &str) -> Result<Offers, OffersError> {
    let entries: Vec<Entry> = paths.iter().map(|path| entry(path)).collect();
    let settings = serde_json::from_str(settings).unwrap();
    let terms = Terms {
        settings: &settings,
        settings_digest: 7,
        now: "2026-03-06T23:30:00Z".parse().unwrap(),
        timezone: &TimeZone::get("Europe/Stockholm").unwrap(),
    };
    offers(&entries, terms)
}

const DATED: &str = r#"{"files": "inventory-*.{csv,xlsx}", "date": "inventory-{date}.*", "id": "ID", "kind": "disk"}"#;
const UNDATED: &str = r#"{"files": ["*.csv", "*.xlsx"], "id": "ID", "kind": "disk"}"#;

#[test]
fn dated_files_are_days_in_order() {
    let read = read(
        &[
            "inventory-20260306.csv",
            "inventory-2026-03-05.xlsx",
            "notes.txt",
        ],
        DATED,
    )
    .unwrap();
    let days: Vec<(Moment, &str)> = read
        .listings
        .iter()
        .map(|offer| (offer.moment.clone(), offer.key.as_str()))
        .collect();
    assert_eq!(
        days,
        [
            (
                Moment::Day("2026-03-05".into()),
                "inventory-2026-03-05.xlsx"
            ),
            (Moment::Day("2026-03-06".into()), "inventory-20260306.csv"),
        ]
    );
    assert_eq!(read.listings[0].scope, "export");
    assert_eq!(read.listings[0].kinds, ["disk"]);
    assert_eq!(
        read.listings[0].fingerprint,
        "digest-of-inventory-2026-03-05.xlsx-0000000000000007"
    );
}

#[test]
fn today_is_the_zone_s_and_later_days_wait() {
    // In Stockholm it is already the 7th.
    let read = read(
        &[
            "inventory-2026-03-07.csv",
            "inventory-2026-03-08.csv",
            "inventory-final.csv",
        ],
        DATED,
    )
    .unwrap();
    assert_eq!(read.listings.len(), 1);
    let left_out: Vec<&str> = read
        .left_out
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(
        left_out,
        ["inventory-2026-03-08.csv", "inventory-final.csv"]
    );
}

#[test]
fn what_is_named_for_a_day_that_does_not_exist_is_told_until_it_is_mended() {
    let read = read(
        &["inventory-2026-02-28.csv", "inventory-2026-02-30.csv"],
        DATED,
    )
    .unwrap();
    assert_eq!(read.listings.len(), 1);
    assert_eq!(read.left_out, []);
    let told: Vec<_> = read
        .unreadable
        .iter()
        .map(|offer| (offer.moment.clone(), &*offer.key, unreadable(offer)))
        .collect();
    assert_eq!(
        told,
        [(
            Moment::Day("2026-02-28".into()),
            "inventory-2026-02-30.csv",
            Some("its name says 2026-02-30, and there is no such day")
        ),]
    );
    assert!(
        read.listings
            .iter()
            .all(|offer| unreadable(offer).is_none())
    );
}

#[test]
fn two_files_for_one_day_are_named() {
    let error = read(
        &["inventory-2026-03-05.csv", "inventory-20260305.xlsx"],
        DATED,
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "tell which file counts for a day: 2026-03-05 has inventory-2026-03-05.csv, inventory-20260305.xlsx"
    );
}

#[test]
fn one_undated_file_is_true_when_it_was_written() {
    let read_file = read(
        &["inventory.csv", "~$inventory.xlsx", ".hidden.csv"],
        UNDATED,
    )
    .unwrap();
    assert_eq!(
        read_file.listings[0].moment,
        Moment::Instant("2026-03-07T10:00:00Z".into())
    );
    let settings = r#"{"files": "*.csv", "undated": "now", "id": "ID", "kind": "disk"}"#;
    let now = read(&["inventory.csv"], settings).unwrap();
    assert_eq!(now.listings[0].moment, Moment::Now);
    assert_eq!(now.listings[0].fingerprint, "");
}

#[test]
fn several_undated_files_are_refused() {
    let error = read(&["a.csv", "b.csv"], UNDATED).unwrap_err();
    assert!(error.to_string().contains("a.csv, b.csv match"), "{error}");
}

#[test]
fn a_pattern_that_matches_nothing_shows_the_folder() {
    let error = read(&["export.txt"], UNDATED).unwrap_err();
    assert_eq!(
        error.to_string(),
        "find a file that matches *.csv or *.xlsx: the folder has export.txt"
    );
}

//! The second door: one folder, and nothing outside of it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use counterfoil_host::{ErrorKind, Memory, SourceConnection};
use serde_json::json;

use crate::guests::{hostile, refused, setup};

async fn source(folder: &Path, mode: &str, target: &str) -> (SourceConnection, Arc<Memory>) {
    let (mut setup, recorder) = setup("api", json!({ "mode": mode, "target": target }));
    setup.grant.files = Some(folder.to_owned());
    (
        SourceConnection::open(hostile().await, setup).unwrap(),
        recorder,
    )
}

/// A folder with a file, a file beside the folder, and links to both.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("granted");
    fs::create_dir_all(folder.join("deeper")).unwrap();
    fs::write(place.path().join("secret.txt"), "secret").unwrap();
    fs::write(folder.join("a.csv"), "content").unwrap();
    fs::write(folder.join("deeper/b.csv"), "deep").unwrap();
    std::os::unix::fs::symlink("../secret.txt", folder.join("out.csv")).unwrap();
    std::os::unix::fs::symlink("a.csv", folder.join("in.csv")).unwrap();
    std::os::unix::fs::symlink("..", folder.join("up")).unwrap();
    place
}

#[tokio::test]
async fn a_file_inside_is_read_and_recorded_with_its_digest() {
    let place = place();
    let (source, recorder) = source(&place.path().join("granted"), "read", "a.csv").await;
    assert_eq!(source.check().await.unwrap(), "content");
    let reads = recorder.reads();
    assert_eq!(
        (reads.len(), reads[0].path.as_str(), reads[0].length_bytes),
        (1, "a.csv", 7)
    );
    assert_eq!(
        reads[0].digest,
        "3fba5250be9ac259c56e7250c526bc83bacb4be825f2799d3d59e5b4878dd74e"
    );
}

#[tokio::test]
async fn no_path_leads_outside() {
    let place = place();
    let folder = place.path().join("granted");
    let absolute = place.path().join("secret.txt").to_str().unwrap().to_owned();
    let inside = folder.join("a.csv").to_str().unwrap().to_owned();
    for target in [
        "../secret.txt",
        "deeper/../../secret.txt",
        "./a.csv",
        "",
        "out.csv",
        "up/secret.txt",
        &absolute,
        &inside,
    ] {
        let (source, recorder) = source(&folder, "read", target).await;
        let (kind, message) = refused(source.check().await);
        assert_eq!(kind, ErrorKind::Misconfigured, "{target}: {message}");
        assert!(
            message.contains("not inside the granted folder"),
            "{target}: {message}"
        );
        assert_eq!(recorder.reads(), []);
    }
    let (source, _) = source(&folder, "read", "deeper").await;
    assert_eq!(refused(source.check().await).0, ErrorKind::NotFound);
}

/// Whoever looks for an export of that name learns that it cannot be read, and nothing else.
#[tokio::test]
async fn a_listing_only_names_what_leads_outside() {
    let place = place();
    let (source, recorder) = source(&place.path().join("granted"), "list", "").await;
    assert_eq!(
        source.check().await.unwrap(),
        "a.csv deeper/b.csv in.csv out.csv"
    );
    assert_eq!(recorder.reads(), []);
}

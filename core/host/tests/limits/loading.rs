//! Loading: pinned digests, the cache of compiled components, imports, settings.

use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use counterfoil_host::{
    Connector, ConnectorKind, LoadError, OpenError, Runtime, SinkConnection, SourceConnection,
};
use serde_json::json;

use crate::guests::{RUNTIME, hostile, path, setup};

#[tokio::test]
async fn a_pinned_digest_is_held() {
    let digest = hostile().await.digest();
    let pinned = format!("sha256:{digest}");
    Connector::load(&RUNTIME, &path("hostile"), Some(&pinned))
        .await
        .unwrap();
    let other = "0".repeat(64);
    let error = Connector::load(&RUNTIME, &path("hostile"), Some(&other))
        .await
        .unwrap_err();
    let LoadError::Digest { found, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(found, digest);
}

#[tokio::test]
async fn a_changed_compiled_component_is_not_run() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("cache");
    let runtime = Runtime::new(Some(&folder)).unwrap();
    Connector::load(&runtime, &path("hostile"), None)
        .await
        .unwrap();
    let files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    let [compiled] = files.as_slice() else {
        panic!("{files:?}")
    };
    assert_eq!(
        fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
        0o700
    );

    let sound = fs::read(compiled).unwrap();
    let mut changed = sound.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    fs::write(compiled, &changed).unwrap();
    let connector = Connector::load(&runtime, &path("hostile"), None)
        .await
        .unwrap();
    assert!(
        fs::read(compiled).unwrap() != changed,
        "it was compiled anew and put in place"
    );
    let (setup, _) = setup("api", json!({ "mode": "trap" }));
    let source = SourceConnection::open(&connector, setup).unwrap();
    source.describe().await.unwrap();

    // From the sound file, too: that it is used at all shows in its staying as it is.
    let before = fs::metadata(compiled).unwrap().modified().unwrap();
    let connector = Connector::load(&runtime, &path("hostile"), None)
        .await
        .unwrap();
    assert_eq!(fs::metadata(compiled).unwrap().modified().unwrap(), before);
    assert_eq!(connector.manifest().connector.kind, ConnectorKind::Source);
}

#[tokio::test]
async fn a_cache_that_others_may_write_is_not_used() {
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let runtime = Runtime::new(Some(place.path())).unwrap();
    let error = Connector::load(&runtime, &path("hostile"), None)
        .await
        .unwrap_err();
    let message = error.source().unwrap().to_string();
    assert!(message.contains("others may write there"), "{message}");
}

#[tokio::test]
async fn an_import_that_is_not_a_door_is_named() {
    let error = Connector::load(&RUNTIME, &path("socket"), None)
        .await
        .unwrap_err();
    let LoadError::Imports { name, imports } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(name, "socket");
    assert!(!imports.is_empty());
    assert!(
        imports
            .iter()
            .all(|import| import.contains("wasi:sockets/")),
        "{imports:?}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_connector_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("x.wasm");
    let load = async |content: &[u8]| {
        fs::write(&file, content).unwrap();
        Connector::load(&RUNTIME, &file, None).await.unwrap_err()
    };
    assert!(matches!(
        load(b"not wasm").await,
        LoadError::NoComponent {
            found: "it is a text",
            ..
        }
    ));
    let empty_component = b"\0asm\x0d\0\x01\0";
    assert!(matches!(
        load(empty_component).await,
        LoadError::Section {
            section: "manifest",
            ..
        }
    ));
    fs::remove_file(&file).unwrap();
    let error = Connector::load(&RUNTIME, &file, None).await.unwrap_err();
    assert!(matches!(error, LoadError::Read { .. }));
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_setup_is_told_at_once() {
    let (mut setup, _) = setup(
        "apy",
        json!({ "mode": "dance", "ulr": "x", "url": "https://erp.example.net", "rows": -1 }),
    );
    setup.grant.http.clear();
    setup.grant.files = None;
    let error = SourceConnection::open(hostile().await, setup).unwrap_err();
    let OpenError::Invalid { name, problems } = error else {
        panic!("{error:?}")
    };
    assert_eq!(name, "tried");
    let mut paths: Vec<&str> = problems
        .iter()
        .map(|problem| problem.path.as_str())
        .collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "/config/mode",
            "/config/rows",
            "/config/ulr",
            "/credential/api",
            "/credential/apy",
            "/grant/files",
            "/grant/http"
        ]
    );
    let misspelt = problems
        .iter()
        .find(|problem| problem.path == "/config/ulr")
        .unwrap();
    assert_eq!(misspelt.hint.as_deref(), Some("did you mean \"url\"?"));
}

#[tokio::test]
async fn a_source_is_not_a_sink() {
    let (setup, _) = setup("api", json!({ "mode": "trap" }));
    let error = SinkConnection::open(hostile().await, setup).unwrap_err();
    assert!(matches!(error, OpenError::Kind { .. }));
}

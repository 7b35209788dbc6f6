//! The guests, built and loaded once, and setups for them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock};

use counterfoil_host::{
    CallError, Connector, Credential, ErrorKind, Grant, Memory, Runtime, Secret, Setup,
    SinkConnection, SourceConnection, Traffic,
};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

pub(crate) const SECRET: &str = "a-secret-of-the-remote";

pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new(None).unwrap());

/// The folder of built components.
static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--target",
            "wasm32-wasip2",
            "--target-dir",
        ])
        .arg(target)
        .args(
            ["hostile", "careless", "socket"]
                .map(|name| format!("--package=counterfoil-guest-{name}")),
        )
        .current_dir(package())
        .status()
        .unwrap();
    assert!(built.success(), "the guests do not build");
    target.join("wasm32-wasip2/debug")
});

/// The folder of this crate.
fn package() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").unwrap().into()
}

pub(crate) fn path(name: &str) -> PathBuf {
    BUILT.join(format!("counterfoil_guest_{name}.wasm"))
}

pub(crate) async fn hostile() -> &'static Connector {
    static LOADED: OnceCell<Connector> = OnceCell::const_new();
    LOADED.get_or_init(|| load("hostile")).await
}

pub(crate) async fn careless() -> &'static Connector {
    static LOADED: OnceCell<Connector> = OnceCell::const_new();
    LOADED.get_or_init(|| load("careless")).await
}

async fn load(name: &str) -> Connector {
    Connector::load(&RUNTIME, &path(name), None).await.unwrap()
}

/// A setup that grants the origin of its `url`, the folder of this crate, and the credential.
pub(crate) fn setup(credential: &str, config: Value) -> (Setup, Arc<Memory>) {
    let recorder = Arc::new(Memory::default());
    let http = config
        .get("url")
        .and_then(Value::as_str)
        .map(|url| url.parse().unwrap());
    let setup = Setup {
        name: "tried".into(),
        config,
        grant: Grant {
            http: http.into_iter().collect(),
            files: Some(package()),
        },
        credentials: [(
            credential.to_owned(),
            Credential::Token(Secret::new(SECRET)),
        )]
        .into(),
        recorder: recorder.clone(),
        traffic: Traffic::Live,
    };
    (setup, recorder)
}

/// The hostile source in a mode, without any origin.
pub(crate) async fn source(mode: &str) -> (SourceConnection, Arc<Memory>) {
    let (setup, recorder) = setup("api", json!({ "mode": mode }));
    (
        SourceConnection::open(hostile().await, setup).unwrap(),
        recorder,
    )
}

/// The hostile source in a mode, with an origin and a target below it.
pub(crate) async fn source_at(
    mode: &str,
    url: &str,
    target: &str,
) -> (SourceConnection, Arc<Memory>) {
    let config = json!({ "mode": mode, "url": url, "target": target });
    let (setup, recorder) = setup("api", config);
    (
        SourceConnection::open(hostile().await, setup).unwrap(),
        recorder,
    )
}

/// The careless sink in a mode.
pub(crate) async fn sink_at(mode: &str, url: &str) -> (SinkConnection, Arc<Memory>) {
    let (setup, recorder) = setup("key", json!({ "mode": mode, "url": url }));
    (
        SinkConnection::open(careless().await, setup).unwrap(),
        recorder,
    )
}

/// The contract's error that a call ended with.
pub(crate) fn refused(answer: Result<String, CallError>) -> (ErrorKind, String) {
    let error = answer.unwrap_err();
    let refused = error
        .refused()
        .unwrap_or_else(|| panic!("no error of the contract: {error:?}"));
    (refused.kind, refused.message.clone())
}

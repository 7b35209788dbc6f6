//! The connectors of tests that misbehave, built when they are needed first.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use crate::binary::{repository, target_folder};

static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
    let target = target_folder();
    let target = target.parent().expect("target/debug has a parent");
    let names = ["hostile", "careless", "socket"];
    let built = Command::new(std::env::var_os("CARGO").expect("cargo runs the tests"))
        .args(["build", "--quiet", "--target", "wasm32-wasip2"])
        .arg("--target-dir")
        .arg(target)
        .args(names.map(|name| format!("--package=counterfoil-guest-{name}")))
        .current_dir(repository())
        .status()
        .expect("cargo starts");
    assert!(built.success(), "the guests do not build");
    target.join("wasm32-wasip2/debug")
});

/// The component of a guest.
pub fn guest(name: &str) -> PathBuf {
    BUILT.join(format!("counterfoil_guest_{name}.wasm"))
}

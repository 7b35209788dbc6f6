//! Runs the official validators: small programs in Python that `cargo xtask test` has made a place for.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Context, Result, bail};
use counterfoil_tests::binary::repository;
use serde_json::Value;

/// Names the interpreter that has the validators.
const INTERPRETER: &str = "COUNTERFOIL_VALIDATORS";

/// What `tests/validators/SCRIPT` answers.
pub(super) fn ask(
    script: &str,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<Value> {
    let interpreter = std::env::var_os(INTERPRETER)
        .with_context(|| format!("{INTERPRETER} is not set; run `cargo xtask test --documents`"))?;
    let path = repository().join("tests/validators").join(script);
    let output = Command::new(interpreter)
        .arg(&path)
        .args(arguments)
        .output()
        .with_context(|| format!("running {}", path.display()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{script} ended with {}\n{said}", output.status);
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("reading what {script} answers"))
}

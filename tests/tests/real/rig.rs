//! Starts and stops a real system through its script, and knows the values that the script prints.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// A system that runs until it is dropped, with a database as its dump has it.
#[derive(Debug)]
pub(crate) struct System {
    script: PathBuf,
    values: BTreeMap<String, String>,
}

impl System {
    /// Starts it anew: what an earlier test left is gone.
    pub(crate) fn reset(name: &str) -> Result<Self> {
        let rig = std::env::var_os("COUNTERFOIL_RIG")
            .context("COUNTERFOIL_RIG names no folder; run `cargo xtask test --real`")?;
        let script = Path::new(&rig).join(format!("{name}.sh"));
        // On a machine that has none yet there is nothing to reset: its first start makes it from the dump.
        let text = run(&script, "reset").or_else(|_| run(&script, "start"))?;
        let values = text.lines().flat_map(str::split_whitespace);
        let values = values.filter_map(|word| word.split_once('='));
        Ok(Self {
            script,
            values: values
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        })
    }

    /// One of the values that the script prints, such as `ODOO_URL`.
    pub(crate) fn value(&self, key: &str) -> Result<&str> {
        let value = self.values.get(key).map(String::as_str);
        value.with_context(|| format!("{} printed no {key}", self.script.display()))
    }
}

impl Drop for System {
    fn drop(&mut self) {
        let _ = Command::new(&self.script).arg("stop").status();
    }
}

/// What the script prints on its standard output.
fn run(script: &Path, verb: &str) -> Result<String> {
    // The servers that it leaves running inherit no stream of the test's, which would never end then.
    let output = Command::new(script)
        .arg(verb)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("running {}", script.display()))?;
    if !output.status.success() {
        bail!("{} {verb} ended with {}", script.display(), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

//! The other contestants: the reference, and the rivals in an environment of their own. They are run as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use counterfoil_benches::measure::{self, Cost};

use crate::arguments::Arguments;

pub(crate) struct Rivals<'a> {
    arguments: &'a Arguments,
    python: PathBuf,
}

impl<'a> Rivals<'a> {
    /// Installs what the rivals need, once.
    pub(crate) fn new(arguments: &'a Arguments) -> Result<Self> {
        let environment = arguments.work.join("venv");
        let python = environment.join("bin/python");
        let rivals = Self {
            arguments,
            python: python.clone(),
        };
        if arguments.alone {
            return Ok(rivals);
        }
        if !python.exists() {
            finish(
                Command::new("python3")
                    .args(["-m", "venv"])
                    .arg(&environment),
            )?;
        }
        let mut probe = Command::new(&python);
        probe.args(["-c", "import duckdb, polars, pyarrow"]);
        if finish(&mut probe).is_err() {
            let install = [
                "-m", "pip", "install", "--quiet", "duckdb", "polars", "pyarrow",
            ];
            finish(Command::new(&python).args(install))?;
        }
        Ok(rivals)
    }

    /// Makes the workload, unless it is there.
    pub(crate) fn data(arguments: &Arguments, resources: u32, days: u32) -> Result<PathBuf> {
        let folder = arguments.work.join(format!("data-{resources}-{days}"));
        if !folder.join("truth.json").exists() {
            println!("writing {resources} resources × {days} days …");
            let mut generate = Command::new("python3");
            generate.arg(arguments.shared.join("gen.py"));
            generate.arg("--out").arg(&folder);
            generate.args(["--n", &resources.to_string(), "--days", &days.to_string()]);
            finish(&mut generate)?;
        }
        Ok(folder)
    }

    /// The lines that everybody has to come to.
    pub(crate) fn reference(&self, data: &Path, rules: &str) -> Result<String> {
        let path = data.join(format!("reference-{rules}.csv"));
        if !path.exists() {
            let mut job = Command::new("python3");
            job.arg(self.arguments.shared.join("job_python.py"));
            finish(job.arg(data).arg(&path).args(["--rules", rules]))?;
        }
        fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
    }

    /// Lines and cost of a rival: "duckdb" or "polars".
    pub(crate) fn run(&self, name: &str, data: &Path, rules: &str) -> Result<(String, Cost)> {
        let out = self.arguments.work.join(format!("{name}.csv"));
        let mut job = Command::new(&self.python);
        job.arg(self.arguments.shared.join(format!("job_{name}.py")));
        job.arg(data).arg(&out).args(["--rules", rules]);
        let (_, cost) = measure::run(&job)?;
        let lines = fs::read_to_string(&out).with_context(|| format!("read {}", out.display()))?;
        Ok((lines, cost))
    }
}

fn finish(command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("start {command:?}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{command:?} ended with {}: {said}", output.status);
    }
    Ok(())
}

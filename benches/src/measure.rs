//! What a whole process costs: processor time and the most memory that it held.
//!
//! The system tells it of children that ended, all of them together. So each process gets a launcher of its own, in
//! Python, which the workload's own scripts need anyway. It knows no job.

use std::ops::Add;
use std::process::{Command, Output};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// Runs a program, and writes what it cost. Called with the file for the cost, the program, and its arguments.
const LAUNCHER: &str = "\
import json, resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cost = {'cpu_us': round((used.ru_utime + used.ru_stime) * 1e6), 'peak_kib': used.ru_maxrss}
with open(sys.argv[1], 'w') as file:
    json.dump(cost, file)
sys.exit(code if code >= 0 else 1)
";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cost {
    /// User and system time.
    pub cpu_us: u64,
    pub peak_kib: u64,
}

/// Two processes one after the other.
impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            cpu_us: self.cpu_us + other.cpu_us,
            peak_kib: self.peak_kib.max(other.peak_kib),
        }
    }
}

/// Runs a program to its end. A failure is an error that shows what it said.
pub fn run(command: &Command) -> Result<(Output, Cost)> {
    let folder = tempfile::tempdir().context("make a folder for the cost")?;
    let file = folder.path().join("cost.json");
    let mut launcher = Command::new("python3");
    launcher.args(["-c", LAUNCHER]).arg(&file);
    launcher.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => launcher.env(name, value),
            None => launcher.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        launcher.current_dir(folder);
    }
    let output = launcher.output().context("start a launcher")?;
    if !output.status.success() {
        bail!(
            "{command:?} ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let cost = std::fs::read(&file).context("read the cost")?;
    Ok((
        output,
        serde_json::from_slice(&cost).context("understand the cost")?,
    ))
}

//! What a whole process costs: processor time and the most memory that it held.
//!
//! The system tells it of children that ended, all of them together. So each process gets a launcher of its own: this
//! program, called with [`LAUNCH`]. It knows no job.

use std::ops::Add;
use std::path::Path;
use std::process::{Command, ExitCode, Output};

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use serde::{Deserialize, Serialize};

/// The first argument of a launcher; then the file for the cost, the program, and its arguments.
pub const LAUNCH: &str = "launch";

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
    let this = std::env::current_exe().context("find this program")?;
    let mut launcher = Command::new(this);
    launcher.arg(LAUNCH).arg(&file);
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

/// The launcher: runs the program, and writes what it cost.
pub fn launch(file: &Path, program: &str, arguments: &[String]) -> Result<ExitCode> {
    let status = Command::new(program)
        .args(arguments)
        .status()
        .with_context(|| format!("start {program}"))?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("ask what it cost")?;
    let micros = |time: nix::sys::time::TimeVal| {
        let micros = time.tv_sec() * 1_000_000 + time.tv_usec();
        u64::try_from(micros).unwrap_or_default()
    };
    let cost = Cost {
        cpu_us: micros(usage.user_time()) + micros(usage.system_time()),
        peak_kib: u64::try_from(usage.max_rss()).unwrap_or_default(),
    };
    let json = serde_json::to_vec(&cost).context("write the cost")?;
    std::fs::write(file, json).context("write the cost")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}

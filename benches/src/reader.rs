//! The reader of sheets in its sandbox beside itself without one: whole processes in turn, over the same dated exports.

pub(crate) mod native;
pub(crate) mod sandboxed;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use counterfoil_benches::measure::{self, Cost};

use crate::arguments::Arguments;
use crate::contest::forget_digests;
use crate::rivals::Rivals;
use crate::table;

/// The words by which the contestants are started.
pub(crate) const NATIVE: &str = "native";
pub(crate) const SANDBOXED: &str = "sandboxed";

/// Of the hashes that a chunk holds: the contract's number of rows, 8 bytes a row.
const CHUNK_BYTES: usize = 8192 * 8;

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let data = Rivals::data(arguments, arguments.resources, arguments.days)?;
    let snapshots = data.join("snap");
    let this = std::env::current_exe().context("find this program")?;
    let mut native = Command::new(&this);
    native.arg(NATIVE).arg(&snapshots);
    let cache = arguments.work.join("reader.connectors");
    let mut sandboxed = Command::new(&this);
    sandboxed.arg(SANDBOXED).arg(&snapshots);
    sandboxed.arg(arguments.connectors.join("spreadsheet.wasm"));
    sandboxed.arg(&cache);
    let (told, _) = measure::run(&native)?;
    // The first run compiles the component, which is kept as an installation is.
    let (told_too, _) = measure::run(&sandboxed)?;
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    if told != String::from_utf8_lossy(&told_too.stdout) {
        bail!("the sandboxed reader does not tell what the native one tells");
    }
    println!("reader: {}", told.trim_end());
    let cost = |command: &Command| Ok(measure::run(command)?.1);
    let sandboxed = || {
        forget_digests(&cache)?;
        cost(&sandboxed)
    };
    let pairs = pairs(arguments.pairs, sandboxed, || cost(&native))?;
    println!(
        "{}",
        table::of_pairs(["sandboxed reader", "native reader"], &pairs)
    );
    Ok(())
}

/// Runs two in turn; now one goes first, now the other.
pub(crate) fn pairs(
    count: usize,
    one: impl Fn() -> Result<Cost>,
    other: impl Fn() -> Result<Cost>,
) -> Result<Vec<(Cost, Cost)>> {
    let pair = |round: usize| {
        if round.is_multiple_of(2) {
            let first = one()?;
            Ok((first, other()?))
        } else {
            let second = other()?;
            Ok((one()?, second))
        }
    };
    (0..count).map(pair).collect()
}

/// The files of a folder in the order of their dates.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        files.push(entry.context("read a folder")?.path());
    }
    files.sort();
    Ok(files)
}

/// A host's side of a listing that keeps hashes alone: those of the last listing, and of the one under way.
#[derive(Debug, Default)]
pub(crate) struct Hashes {
    last: Vec<u8>,
    next: Vec<u8>,
    unchanged: u64,
    read: u64,
    broken: u64,
}

impl Hashes {
    /// Makes the listing that was under way the last one.
    fn turn(&mut self) {
        self.last = std::mem::take(&mut self.next);
    }

    fn chunk(&self, chunk: u32) -> Vec<u8> {
        let mut chunks = self.last.chunks(CHUNK_BYTES);
        chunks.nth(chunk as usize).unwrap_or_default().to_vec()
    }

    fn keep(&mut self, position: u32, count: u32) {
        self.unchanged += u64::from(count);
        let from = position as usize * 8;
        let kept = &self.last[from..from + count as usize * 8];
        self.next.extend_from_slice(kept);
    }

    fn take(&mut self, (first, second): (u32, u32)) {
        self.read += 1;
        self.next.extend_from_slice(&first.to_le_bytes());
        self.next.extend_from_slice(&second.to_le_bytes());
    }

    fn told(&self) -> String {
        format!(
            "{} rows unchanged, {} read, {} broken",
            self.unchanged, self.read, self.broken
        )
    }
}

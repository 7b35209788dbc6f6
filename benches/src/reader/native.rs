//! The reader without its sandbox: the crate of the connector, compiled for this machine, over plain files. It does what
//! the host does beside: each file's digest, pieces of the contract's length.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use counterfoil_benches::workload::{TIMEZONE, source_settings};
use counterfoil_sdk::source::{BrokenRow, Run};
use counterfoil_sdk::{Error, Listing, ListingHost};
use counterfoil_source_spreadsheet::{Pieces, read};

use super::{Hashes, files};

const PIECE_BYTES: usize = 1 << 20;

impl ListingHost for &mut Hashes {
    fn previous_hashes(&mut self, chunk: u32) -> Vec<u8> {
        self.chunk(chunk)
    }

    fn report(&mut self, runs: Vec<Run>) {
        for run in runs {
            match run {
                Run::Unchanged((position, count)) => self.keep(position, count),
                Run::Changed((_, observation)) | Run::New(observation) => {
                    self.take(observation.hash);
                }
            }
        }
    }

    fn report_broken(&mut self, rows: Vec<BrokenRow>) {
        self.broken += rows.len() as u64;
    }
}

struct Plain(File);

impl Pieces for Plain {
    fn piece(&mut self, index: u32) -> Result<(Vec<u8>, bool), Error> {
        let mut bytes = Vec::with_capacity(PIECE_BYTES);
        let start = u64::from(index) * PIECE_BYTES as u64;
        self.0
            .seek(SeekFrom::Start(start))
            .and_then(|_| (&self.0).take(PIECE_BYTES as u64).read_to_end(&mut bytes))
            .map_err(|error| Error::unavailable(error.to_string()))?;
        let is_last = bytes.len() < PIECE_BYTES;
        Ok((bytes, is_last))
    }
}

pub(crate) fn list(folder: &Path) -> Result<()> {
    let files = files(folder)?;
    let mut digests = Vec::new();
    for file in &files {
        digests.push(digest(file).with_context(|| format!("read {}", file.display()))?);
    }
    let settings = source_settings()?;
    let salt = settings.to_string();
    let mut hashes = Hashes::default();
    for file in &files {
        let open = File::open(file).with_context(|| format!("open {}", file.display()))?;
        let listing = Listing::new(&mut hashes, salt.as_bytes());
        let path = file.display().to_string();
        read(settings.clone(), TIMEZONE, &path, &mut Plain(open), listing)
            .map_err(|error| anyhow!("{}", error.message))?;
        hashes.turn();
    }
    println!("{}; {} files", hashes.told(), digests.len());
    Ok(())
}

fn digest(file: &Path) -> std::io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(file)?)?;
    Ok(hasher.finalize())
}

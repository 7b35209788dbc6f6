//! The reader in its sandbox, with the host alone around it: neither engine nor store.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use counterfoil_benches::workload::{TIMEZONE, source_settings};
use counterfoil_host::source::{BrokenRow, Context, Run};
use counterfoil_host::{
    Connector, Grant, Listing, ListingError, Memory, Runtime, Setup, SourceConnection, Traffic,
};

use super::Hashes;
use crate::contest::NOW;

impl Listing for Hashes {
    fn previous_hashes(&mut self, chunk: u32) -> Vec<u8> {
        self.chunk(chunk)
    }

    fn report(&mut self, runs: Vec<Run>) -> Result<(), ListingError> {
        for run in runs {
            match run {
                Run::Unchanged((position, count)) => self.keep(position, count),
                Run::Changed((_, observation)) | Run::New(observation) => {
                    self.take(observation.hash);
                }
            }
        }
        Ok(())
    }

    fn report_broken(&mut self, rows: Vec<BrokenRow>) -> Result<(), ListingError> {
        self.broken += rows.len() as u64;
        Ok(())
    }
}

pub(crate) fn list(folder: &Path, component: &Path, cache: &Path) -> Result<()> {
    let threads = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("start the threads")?;
    threads.block_on(async {
        let runtime = Runtime::new(Some(cache))?;
        let connector = Connector::load(&runtime, component, None).await?;
        let setup = Setup {
            name: "exports".into(),
            config: source_settings()?,
            grant: Grant {
                http: vec![],
                files: Some(folder.to_owned()),
            },
            credentials: [].into(),
            recorder: Arc::new(Memory::default()),
            traffic: Traffic::Live,
        };
        let source = SourceConnection::open(&connector, setup)?;
        let context = Context {
            now: NOW.into(),
            timezone: TIMEZONE.into(),
        };
        let mut hashes = Hashes::default();
        let offers = source.offers(&context).await?;
        for offer in &offers {
            let (after, answer) = source.discover(&context, offer, hashes).await;
            answer?;
            hashes = after;
            hashes.turn();
        }
        println!("{}; {} files", hashes.told(), offers.len());
        Ok(())
    })
}

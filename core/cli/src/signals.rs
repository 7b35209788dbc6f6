//! Ctrl-C and SIGTERM: the first asks for a stop at the next safe point, or ends at once what has none to wait for; the second
//! ends at once. Must not know what a command does, but for where it can stop.

use anyhow::{Context, Result};
use counterfoil_engine::session::Session;
use counterfoil_engine::stop::Stop;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::Stage;
use crate::exit::Exit;

/// Where a command can stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Each of its writes is whole by itself: there is nothing to wait for.
    AtOnce,
    /// Between two listings.
    AfterListing,
    /// Between two deliveries.
    AfterDelivery,
}

impl Manner {
    fn first(self) -> &'static str {
        match self {
            Self::AtOnce => {
                "stopped: what was finished before is kept, and nothing is half done; run it again"
            }
            Self::AfterListing => {
                "stopping after the listing that is being read; once more stops at once"
            }
            Self::AfterDelivery => {
                "stopping after the delivery that is being sent; once more stops at once"
            }
        }
    }

    fn second(self) -> &'static str {
        match self {
            Self::AtOnce => "stopped at once",
            Self::AfterListing => {
                "stopped at once: the listings before this one are saved, of this one nothing; run it again to go on"
            }
            Self::AfterDelivery => {
                "stopped at once: what was being sent is looked up before anything is sent again; run it again to go on"
            }
        }
    }
}

/// A write beyond the limit of a file's size shall fail, as one on a full disk does, and not end the process without a word.
pub(crate) fn outlive_file_limits() -> Result<()> {
    // SIGXFSZ on Linux and macOS. The handler stays when nobody listens any more.
    let beyond = signal(SignalKind::from_raw(25)).context("listen for SIGXFSZ")?;
    drop(beyond);
    Ok(())
}

/// From now on signals are heard. `run` listens itself.
pub(crate) fn listen_for(stage: &Stage, session: &Session) -> Result<()> {
    let manner = match stage {
        Stage::Run(_) => return Ok(()),
        Stage::Discover(_) => Manner::AfterListing,
        Stage::Apply(_) => Manner::AfterDelivery,
        Stage::Inventory(_)
        | Stage::Classify(_)
        | Stage::Rate(_)
        | Stage::Plan(_)
        | Stage::Preview(_)
        | Stage::Export(_)
        | Stage::Approve(_)
        | Stage::Approvals(_)
        | Stage::Pause(_)
        | Stage::Release(_)
        | Stage::Reconcile(_)
        | Stage::Close(_)
        | Stage::Explain(_)
        | Stage::Report(_)
        | Stage::Shadow(_)
        | Stage::WhatIf(_)
        | Stage::Map(_)
        | Stage::Opening(_)
        | Stage::Verify(_)
        | Stage::Backup(_)
        | Stage::Status(_)
        | Stage::Notifications(_) => Manner::AtOnce,
    };
    listen(&session.stop, manner)
}

fn listen(stop: &Stop, manner: Manner) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for Ctrl-C")?;
    let stop = stop.clone();
    tokio::spawn(async move {
        for word in [manner.first(), manner.second()] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            let at_once = manner == Manner::AtOnce || stop.is_asked();
            // Whoever reads that it stops can rely on it.
            stop.ask();
            tell(word);
            if at_once {
                std::process::exit(i32::from(Exit::Stopped.code()));
            }
        }
    });
    Ok(())
}

#[expect(clippy::print_stderr, reason = "whoever pressed Ctrl-C reads it there")]
fn tell(word: &str) {
    eprintln!("{word}");
}

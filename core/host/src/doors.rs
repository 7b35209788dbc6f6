//! The imports of a guest, each handed to whoever does the work. No policy is decided here.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use futures_util::{StreamExt, stream};

use crate::bindings::{files, http, listing, log, settings, types};
use crate::call::State;
use crate::exchange::{LogLevel, LogLine};
use crate::listing::ListingError;

const LINES_MAX: u32 = 1000;
const LINE_BYTES_MAX: usize = 2048;
const FIELDS_MAX: usize = 16;
const IN_FLIGHT_MAX: u32 = 16;

impl types::Host for State {}

impl settings::Host for State {
    fn json(&mut self) -> wasmtime::Result<String> {
        Ok(self.shared.config.to_string())
    }
}

impl log::Host for State {
    fn write(
        &mut self,
        level: log::Level,
        message: String,
        fields: Vec<types::Attribute>,
    ) -> wasmtime::Result<()> {
        let number = self.call.lines.fetch_add(1, Ordering::Relaxed);
        if number > LINES_MAX {
            return Ok(());
        }
        let line = if number == LINES_MAX {
            (
                LogLevel::Warn,
                format!("more than {LINES_MAX} messages: the rest is left out"),
                vec![],
            )
        } else {
            let fields = fields.into_iter().take(FIELDS_MAX);
            (
                level.into(),
                cut(message),
                fields.map(|(key, value)| (cut(key), cut(value))).collect(),
            )
        };
        let (level, message, fields) = line;
        tracing::debug!(connector = %self.shared.name, call = self.call.number, "{message}");
        self.shared.recorder.log(LogLine {
            call: self.call.number,
            level,
            message,
            fields,
        });
        Ok(())
    }
}

impl From<log::Level> for LogLevel {
    fn from(level: log::Level) -> Self {
        match level {
            log::Level::Debug => Self::Debug,
            log::Level::Info => Self::Info,
            log::Level::Warn => Self::Warn,
            log::Level::Error => Self::Error,
        }
    }
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(LINE_BYTES_MAX));
    text
}

impl http::Host for State {
    async fn send(
        &mut self,
        request: http::Request,
    ) -> wasmtime::Result<Result<http::Response, http::Failure>> {
        Ok(self.shared.egress.send(&self.call, request).await)
    }

    async fn send_all(
        &mut self,
        requests: Vec<http::Request>,
        max_in_flight: u32,
    ) -> wasmtime::Result<Vec<Result<http::Response, http::Failure>>> {
        let width = usize::try_from(max_in_flight.clamp(1, IN_FLIGHT_MAX))?;
        let (shared, call) = (self.shared.clone(), self.call.clone());
        let sending = requests.into_iter().map(move |request| {
            let (shared, call) = (shared.clone(), call.clone());
            async move { shared.egress.send(&call, request).await }
        });
        Ok(stream::iter(sending).buffered(width).collect().await)
    }
}

impl files::Host for State {
    async fn list(&mut self) -> wasmtime::Result<Result<Vec<files::Entry>, files::Failure>> {
        let Some(folder) = self.shared.folder.clone() else {
            return Ok(Err(no_folder()));
        };
        let listed = tokio::task::spawn_blocking(move || folder.list()).await?;
        Ok(listed.map(|entries| self.files.remember(entries)))
    }

    async fn read_chunk(
        &mut self,
        path: String,
        index: u32,
    ) -> wasmtime::Result<Result<files::Chunk, files::Failure>> {
        let Some(folder) = self.shared.folder.clone() else {
            return Ok(Err(no_folder()));
        };
        let expected = self.files.stamp(&path);
        let first = !self.files.is_read(&path);
        let at = path.clone();
        let work = move || folder.read_chunk(&at, index, expected, first);
        let piece = match tokio::task::spawn_blocking(work).await? {
            Ok(piece) => piece,
            Err(failure) => return Ok(Err(failure)),
        };
        if let Some(read) = self.files.note_read(self.call.number, path, &piece) {
            self.shared.recorder.file_read(read);
        }
        if let Some(listing) = &self.listing {
            let mut listing = listing.lock().unwrap_or_else(PoisonError::into_inner);
            listing.file_read(piece.until, piece.length());
        }
        Ok(Ok(files::Chunk {
            bytes: piece.bytes,
            last: piece.last,
        }))
    }
}

fn no_folder() -> files::Failure {
    files::Failure {
        kind: files::FailureKind::Denied,
        message: "the pipeline grants no folder (grant.files)".to_owned(),
    }
}

impl listing::Host for State {
    fn previous_hashes(&mut self, chunk: u32) -> wasmtime::Result<Vec<u8>> {
        self.with_listing(|listing| Ok(listing.previous_hashes(chunk)))
    }

    fn report(&mut self, runs: Vec<listing::Run>) -> wasmtime::Result<()> {
        for run in &runs {
            crate::wire::trace("report", "run", run);
        }
        self.with_listing(|listing| listing.report(runs))
    }

    fn report_broken(&mut self, rows: Vec<listing::BrokenRow>) -> wasmtime::Result<()> {
        for row in &rows {
            crate::wire::trace("report-broken", "broken-row", row);
        }
        self.with_listing(|listing| listing.report_broken(rows))
    }
}

impl State {
    fn with_listing<T>(
        &self,
        work: impl FnOnce(&mut dyn crate::listing::Listing) -> Result<T, ListingError>,
    ) -> wasmtime::Result<T> {
        let Some(listing) = &self.listing else {
            let message = format!("`{}` lists nothing", self.call.function);
            return Err(wasmtime::Error::new(ListingError { message }));
        };
        let mut listing = listing.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut *listing).map_err(wasmtime::Error::new)
    }
}

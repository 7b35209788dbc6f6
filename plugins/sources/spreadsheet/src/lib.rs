//! The spreadsheet source: reads CSV and XLSX exports through the host's files, by a mapping of columns. Joins the
//! contract to the pure modules below it; each decision is theirs.

mod again;
mod clean;
mod dating;
mod declare;
mod decoding;
mod delimited;
mod discover;
mod glob;
mod grid;
mod header;
mod judge;
mod mapping;
mod number;
mod observe;
mod offers;
mod open;
mod recall;
mod rows;
mod scan;
mod settings;
mod shape;
mod stream;
mod survey;
mod tags;
mod telling;
mod value;
mod workbook;

use counterfoil_sdk::source::{Context, Coverage, Moment, Offer, SourceInfo};
use counterfoil_sdk::{Error, Listing, ListingHost, Source, files, log};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use xxhash_rust::xxh3::xxh3_64;

use crate::discover::{DiscoverError, Order};
use crate::header::HeaderError;
use crate::mapping::Mapping;
use crate::offers::{Offers, Terms};
use crate::open::OpenError;
use crate::settings::Settings;
use crate::workbook::WorkbookError;

pub use crate::stream::Pieces;

/// Changed text that is held until all of a file was seen; a fifth of the memory that the manifest asks for.
const HELD_BYTES_MAX: usize = 48 << 20;

/// The source.
#[derive(Debug)]
pub struct Spreadsheet;

counterfoil_sdk::export_source!(
    Spreadsheet,
    manifest = "../connector.toml",
    schema = "../config.schema.json"
);

impl Source for Spreadsheet {
    fn describe() -> Result<SourceInfo, Error> {
        let (settings, _) = configured()?;
        Ok(declare::declare(&settings))
    }

    fn check() -> Result<String, Error> {
        let (settings, mapping) = configured()?;
        // Every date is fine here: which days have come is decided when there is a clock.
        let found = found(&settings, Timestamp::MAX, &TimeZone::UTC)?;
        let (Some(first), Some(last)) = (found.listings.first(), found.listings.last()) else {
            return Err(Error::misconfigured(left_out_message(&found)));
        };
        let bytes = files::read(&last.key)?;
        let opened = open::open(bytes, &mapping).map_err(|error| failed(&last.key, &error))?;
        let rows = opened.map_or(0, |(grid, header)| {
            survey::survey(&grid, &header, &mapping).data_rows
        });
        let unreadable = found
            .unreadable
            .iter()
            .filter_map(|offer| Some(format!("; {}: {}", offer.key, offers::unreadable(offer)?)));
        let unreadable: String = unreadable.collect();
        Ok(format!(
            "{} listings from {} to {}; {} has {rows} rows{unreadable}",
            found.listings.len(),
            moment_text(&first.moment),
            moment_text(&last.moment),
            last.key
        ))
    }

    fn offers(context: &Context) -> Result<Vec<Offer>, Error> {
        let (settings, _) = configured()?;
        let now = context
            .now
            .parse()
            .map_err(|_| Error::internal("the host's clock gives no timestamp"))?;
        let found = found(&settings, now, &timezone(&context.timezone)?)?;
        for file in &found.left_out {
            log::warn(
                "a file is left out",
                &[("path", &file.path), ("why", &file.why)],
            );
        }
        Ok([found.listings, found.unreadable].concat())
    }

    fn discover(context: &Context, offer: &Offer) -> Result<Coverage, Error> {
        if let Some(why) = offers::unreadable(offer) {
            return Err(Error::misconfigured(format!(
                "failed to read {}: {why}",
                offer.key
            )));
        }
        let (_, mapping) = configured()?;
        let order = Order {
            path: &offer.key,
            mapping: &mapping,
            timezone: &timezone(&context.timezone)?,
            held_bytes_max: HELD_BYTES_MAX,
        };
        list(&mut FilePieces(&offer.key), order, Listing::start())
    }
}

/// Lists one file as the component does, without its sandbox: for who measures what that costs. The path is for people.
pub fn read<H: ListingHost>(
    settings: serde_json::Value,
    timezone_name: &str,
    path: &str,
    pieces: &mut impl Pieces,
    listing: Listing<H>,
) -> Result<Coverage, Error> {
    let settings = serde_json::from_value(settings)
        .map_err(|error| Error::misconfigured(error.to_string()))?;
    let order = Order {
        path,
        mapping: &mapping_of(&settings)?,
        timezone: &timezone(timezone_name)?,
        held_bytes_max: HELD_BYTES_MAX,
    };
    list(pieces, order, listing)
}

fn list<H: ListingHost>(
    pieces: &mut impl Pieces,
    order: Order<'_>,
    listing: Listing<H>,
) -> Result<Coverage, Error> {
    discover::discover(pieces, order, listing).map_err(|error| match error {
        DiscoverError::Open(error) => failed(order.path, &error),
        DiscoverError::Read(error) => error,
    })
}

/// A file of the granted folder.
struct FilePieces<'a>(&'a str);

impl Pieces for FilePieces<'_> {
    fn piece(&mut self, index: u32) -> Result<(Vec<u8>, bool), Error> {
        let piece = files::read_piece(self.0, index)?;
        Ok((piece.bytes, piece.last))
    }
}

fn configured() -> Result<(Settings, Mapping), Error> {
    let settings: Settings = counterfoil_sdk::settings()?;
    let mapping = mapping_of(&settings)?;
    Ok((settings, mapping))
}

fn mapping_of(settings: &Settings) -> Result<Mapping, Error> {
    Mapping::new(settings).map_err(|error| Error::misconfigured(format!("failed to {error}")))
}

fn found(settings: &Settings, now: Timestamp, timezone: &TimeZone) -> Result<Offers, Error> {
    let entries = files::list()?;
    let terms = Terms {
        settings,
        settings_digest: settings_digest()?,
        now,
        timezone,
    };
    offers::offers(&entries, terms)
        .map_err(|error| Error::misconfigured(format!("failed to {error}")))
}

/// Of everything that decides how a file is read; not of which files are read.
fn settings_digest() -> Result<u64, Error> {
    let mut settings: serde_json::Value = counterfoil_sdk::settings()?;
    if let Some(table) = settings.as_object_mut() {
        for key in ["files", "date", "undated", "scope"] {
            table.remove(key);
        }
    }
    Ok(xxh3_64(settings.to_string().as_bytes()))
}

fn timezone(name: &str) -> Result<TimeZone, Error> {
    TimeZone::get(name)
        .map_err(|_| Error::misconfigured(format!("the time zone {name:?} is not known")))
}

fn left_out_message(found: &Offers) -> String {
    let files = found.left_out.iter();
    let reasons: Vec<String> = files
        .map(|file| format!("{}: {}", file.path, file.why))
        .collect();
    format!("no file is a listing: {}", reasons.join("; "))
}

fn moment_text(moment: &Moment) -> &str {
    match moment {
        Moment::Now => "now",
        Moment::Instant(text) | Moment::Day(text) => text,
    }
}

fn failed(path: &str, error: &OpenError) -> Error {
    let cause = std::error::Error::source(error)
        .map(|source| format!(" ({source})"))
        .unwrap_or_default();
    let message = format!("{path}: failed to {error}{cause}");
    match error {
        OpenError::OtherWorkbook { .. } | OpenError::NoTable { .. } => Error::invalid(message),
        OpenError::Workbook(WorkbookError::Open(_) | WorkbookError::Sheet { .. }) => {
            Error::invalid(message)
        }
        OpenError::Workbook(WorkbookError::NoSuchSheet { .. } | WorkbookError::NoSheet)
        | OpenError::Header(
            HeaderError::Missing { .. }
            | HeaderError::Twice { .. }
            | HeaderError::NoSuchRow(_)
            | HeaderError::NoRows,
        ) => Error::misconfigured(message),
    }
}

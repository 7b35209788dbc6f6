//! Decides which files are listings, and when each of them is true.
//! Never looks into a file.

use std::collections::BTreeMap;

use counterfoil_sdk::files::Entry;
use counterfoil_sdk::source::{Moment, Offer};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::dating::{DateError, DatePattern};
use crate::glob::Glob;
use crate::mapping;
use crate::settings::{Settings, Undated};

/// How many names a message lists.
const NAMES_SHOWN_MAX: usize = 5;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OffersError {
    #[error("find a file that matches {patterns}: the folder has {found}")]
    NoFile { patterns: String, found: String },
    #[error("tell which file counts for a day: {}", days.join("; "))]
    TwoForOneDay { days: Vec<String> },
    #[error(
        "tell which file counts: {found} match, and `date` does not say where their names have a date"
    )]
    SeveralUndated { found: String },
}

/// The listings, oldest first, and the files that are none though they match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offers {
    pub(crate) listings: Vec<Offer>,
    pub(crate) left_out: Vec<LeftOut>,
    /// What somebody meant for a listing and cannot be one: offered too, so that it is told and tried until it is mended.
    pub(crate) unreadable: Vec<Offer>,
}

/// What the fingerprint of such an offer begins with; the rest says why.
const UNREADABLE: &str = "unreadable: ";

/// Why an offer cannot be read, where that was known when it was made.
pub(crate) fn unreadable(offer: &Offer) -> Option<&str> {
    offer.fingerprint.strip_prefix(UNREADABLE)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) path: String,
    pub(crate) why: String,
}

/// What decides, beside the files themselves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'a> {
    pub(crate) settings: &'a Settings,
    /// Changes when the settings read a file in another way.
    pub(crate) settings_digest: u64,
    pub(crate) now: Timestamp,
    pub(crate) timezone: &'a TimeZone,
}

pub(crate) fn offers(entries: &[Entry], terms: Terms<'_>) -> Result<Offers, OffersError> {
    let matching = matching(entries, terms.settings)?;
    match terms.settings.date.as_deref().and_then(DatePattern::new) {
        Some(pattern) => dated(&matching, &pattern, terms),
        None => undated(&matching, terms),
    }
}

/// Left behind by spreadsheet programs while a file is open, or hidden on purpose.
fn is_passing(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("~$") || name.starts_with('.')
}

fn matching<'a>(entries: &'a [Entry], settings: &Settings) -> Result<Vec<&'a Entry>, OffersError> {
    let globs: Vec<Glob> = settings.files.iter().map(|glob| Glob::new(glob)).collect();
    let matches = |entry: &&Entry| {
        !is_passing(&entry.path) && globs.iter().any(|glob| glob.matches(&entry.path))
    };
    let matching: Vec<&Entry> = entries.iter().filter(matches).collect();
    if matching.is_empty() {
        return Err(OffersError::NoFile {
            patterns: settings.files.join(" or "),
            found: names(entries.iter()),
        });
    }
    Ok(matching)
}

fn cannot(path: &str, day: Date, why: &str, terms: Terms<'_>) -> Offer {
    Offer {
        scope: terms.settings.scope.clone(),
        kinds: mapping::kinds(terms.settings).into_iter().collect(),
        moment: Moment::Day(day.to_string()),
        key: path.to_owned(),
        fingerprint: format!("{UNREADABLE}{why}"),
    }
}

fn dated(
    entries: &[&Entry],
    pattern: &DatePattern,
    terms: Terms<'_>,
) -> Result<Offers, OffersError> {
    let today = terms.now.to_zoned(terms.timezone.clone()).date();
    let mut unreadable = Vec::new();
    let mut by_day: BTreeMap<Date, Vec<&Entry>> = BTreeMap::new();
    let mut left_out = Vec::new();
    for &entry in entries {
        let why = match pattern.date(&entry.path) {
            Ok(date) if date <= today => {
                by_day.entry(date).or_default().push(entry);
                continue;
            }
            Ok(date) => format!("its day {date} is still to come"),
            Err(error @ DateError::NoSuchDay { near, .. }) if near <= today => {
                unreadable.push(cannot(&entry.path, near, &error.to_string(), terms));
                continue;
            }
            Err(error) => error.to_string(),
        };
        left_out.push(LeftOut {
            path: entry.path.clone(),
            why,
        });
    }
    let several = by_day.iter().filter(|(_, entries)| entries.len() > 1);
    let days: Vec<String> = several
        .map(|(date, entries)| format!("{date} has {}", names(entries.iter().copied())))
        .collect();
    if !days.is_empty() {
        return Err(OffersError::TwoForOneDay { days });
    }
    let listings = by_day
        .into_iter()
        .flat_map(|(date, entries)| entries.into_iter().map(move |entry| (date, entry)))
        .map(|(date, entry)| offer(entry, Moment::Day(date.to_string()), terms))
        .collect();
    Ok(Offers {
        listings,
        left_out,
        unreadable,
    })
}

fn undated(entries: &[&Entry], terms: Terms<'_>) -> Result<Offers, OffersError> {
    let [entry] = entries else {
        return Err(OffersError::SeveralUndated {
            found: names(entries.iter().copied()),
        });
    };
    let offer = match terms.settings.undated {
        Undated::Modified => offer(entry, Moment::Instant(entry.modified.clone()), terms),
        Undated::Now => Offer {
            fingerprint: String::new(),
            ..offer(entry, Moment::Now, terms)
        },
    };
    Ok(Offers {
        listings: vec![offer],
        left_out: vec![],
        unreadable: vec![],
    })
}

fn offer(entry: &Entry, moment: Moment, terms: Terms<'_>) -> Offer {
    Offer {
        scope: terms.settings.scope.clone(),
        kinds: mapping::kinds(terms.settings).into_iter().collect(),
        moment,
        key: entry.path.clone(),
        fingerprint: format!("{}-{:016x}", entry.digest, terms.settings_digest),
    }
}

fn names<'a>(entries: impl ExactSizeIterator<Item = &'a Entry>) -> String {
    let count = entries.len();
    if count == 0 {
        return "no files".to_owned();
    }
    let shown: Vec<&str> = entries
        .take(NAMES_SHOWN_MAX)
        .map(|entry| entry.path.as_str())
        .collect();
    let more = if count > NAMES_SHOWN_MAX {
        format!(" and {} more", count - NAMES_SHOWN_MAX)
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
#[path = "offers_tests.rs"]
mod tests;

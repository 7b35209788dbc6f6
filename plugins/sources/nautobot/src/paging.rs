//! Goes through the pages of a listing and tells whether every row was seen. Rows of an offset listing shift when others
//! come or go between two pages, so that a whole walk proves nothing unless its count stood still and a second walk
//! agrees. Does no input or output of its own.

use std::collections::BTreeSet;

use counterfoil_sdk::Error;
use serde::Deserialize;
use serde_json::Value;

use crate::observe;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageRequest {
    pub(crate) offset: u32,
    pub(crate) limit: u32,
    pub(crate) detail: Detail,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Rows with what they refer to.
    Whole,
    /// As little as Nautobot gives: only the ids are looked at.
    Ids,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Page {
    pub(crate) count: u32,
    pub(crate) results: Vec<Value>,
}

/// What a walk over all pages saw.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) ids: BTreeSet<String>,
    /// As the first page told it.
    pub(crate) count: u32,
    /// Why a row may be missing.
    pub(crate) doubts: Vec<String>,
}

/// Where a row was, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) page: u32,
    pub(crate) item: u32,
}

/// Shows every row once, in order of the pages.
pub(crate) fn walk(
    limit: u32,
    detail: Detail,
    fetch: &mut dyn FnMut(PageRequest) -> Result<Page, Error>,
    show: &mut dyn FnMut(&Value, Place),
) -> Result<Seen, Error> {
    let mut seen = Seen::default();
    let mut offset = 0;
    let mut repeated = 0_u32;
    let mut without_id = 0_u32;
    for page_number in 1.. {
        let page = fetch(PageRequest {
            offset,
            limit,
            detail,
        })?;
        if page_number == 1 {
            seen.count = page.count;
        } else if seen.count != page.count && seen.doubts.is_empty() {
            seen.doubts.push(format!(
                "the count went from {} to {} while the pages were read",
                seen.count, page.count
            ));
        }
        for (item, row) in (1..).zip(&page.results) {
            offset += 1;
            match observe::id(row) {
                Some(id) if !seen.ids.insert(id.to_owned()) => {
                    repeated += 1;
                    continue;
                }
                Some(_) => {}
                None => without_id += 1,
            }
            let place = Place {
                page: page_number,
                item,
            };
            show(row, place);
        }
        if page.results.is_empty() || offset >= page.count {
            break;
        }
    }
    if repeated > 0 {
        seen.doubts
            .push(format!("rows that came twice: {repeated}"));
    }
    if without_id > 0 {
        seen.doubts
            .push(format!("rows without an id: {without_id}"));
    }
    let distinct = u32::try_from(seen.ids.len()).unwrap_or(u32::MAX);
    if seen.doubts.is_empty() && distinct != seen.count {
        seen.doubts
            .push(format!("{distinct} of {} rows came", seen.count));
    }
    Ok(seen)
}

/// Why a second walk does not confirm the first.
pub(crate) fn disagreement(first: &Seen, second: &Seen) -> Option<String> {
    let more = second.ids.difference(&first.ids).count();
    let less = first.ids.difference(&second.ids).count();
    if (more, less) != (0, 0) {
        return Some(format!(
            "a second listing had {more} other rows and was without {less} of the first"
        ));
    }
    second
        .doubts
        .first()
        .map(|doubt| format!("in the second listing {doubt}"))
}

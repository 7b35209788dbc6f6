//! Lists one scope: reports its rows, lists their ids once more, and says what the listing covers.
//! Does no input or output of its own.

use counterfoil_sdk::source::{Completeness, Coverage, Observation};
use counterfoil_sdk::{Error, Listing, ListingHost};

use crate::observe;
use crate::paging::{self, Detail, Page, PageRequest};
use crate::scope::Scope;
use crate::settings::Settings;

pub(crate) fn discover<H: ListingHost>(
    scope: Scope,
    settings: &Settings,
    fetch: &mut dyn FnMut(PageRequest) -> Result<Page, Error>,
    mut listing: Listing<H>,
) -> Result<Coverage, Error> {
    let first = paging::walk(
        settings.page_size,
        Detail::Whole,
        fetch,
        &mut |row, place| {
            let place = format!("page {} item {}", place.page, place.item);
            match observe::observe(scope, settings, row, &place) {
                Ok(Some(observation)) => listing.row(&raw(&observation), || observation),
                Ok(None) => {}
                Err(broken) => listing.broken(broken),
            }
        },
    )?;
    let totals = listing.finish();
    let expected = match scope {
        Scope::Disks => totals.rows(),
        Scope::Tenants
        | Scope::VirtualMachines
        | Scope::InventoryDisks
        | Scope::Interfaces
        | Scope::Devices
        | Scope::IpAddresses => first.count,
    };
    let mut doubts = first.doubts.clone();
    if doubts.is_empty() {
        let second = paging::walk(settings.page_size, Detail::Ids, fetch, &mut |_, _| {})?;
        doubts.extend(paging::disagreement(&first, &second));
    }
    Ok(if doubts.is_empty() {
        coverage(Completeness::Complete, expected, None)
    } else {
        coverage(Completeness::Partial, expected, Some(doubts.join("; ")))
    })
}

fn coverage(completeness: Completeness, expected: u32, reason: Option<String>) -> Coverage {
    Coverage {
        completeness,
        expected: Some(expected),
        reason,
        extras: vec![],
    }
}

/// All that is reported of a row but its place. The row itself will not do: it carries counts and times that change
/// without the resource.
fn raw(observation: &Observation) -> Vec<u8> {
    let mut raw = Vec::new();
    let mut write = |text: &str| {
        raw.extend_from_slice(&(text.len() as u64).to_le_bytes());
        raw.extend_from_slice(text.as_bytes());
    };
    write(&observation.id);
    write(&observation.kind);
    write(&observation.name);
    write(observation.parent.as_deref().unwrap_or_default());
    for (name, value) in &observation.attributes {
        write(name);
        write(value);
    }
    raw
}

#[cfg(test)]
#[path = "discover_tests.rs"]
mod tests;

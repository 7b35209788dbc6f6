//! Listings of a Nautobot that changes while it is read, with a host that only writes down what it is told.

use std::cell::RefCell;
use std::rc::Rc;

use counterfoil_sdk::ErrorKind;
use counterfoil_sdk::source::{BrokenRow, Run};
use serde_json::{Value, json};

use super::*;

#[derive(Debug, Default)]
struct Told {
    ids: Vec<String>,
    places: Vec<String>,
    broken: Vec<BrokenRow>,
}

#[derive(Debug)]
struct Host(Rc<RefCell<Told>>);

impl ListingHost for Host {
    fn previous_hashes(&mut self, _: u32) -> Vec<u8> {
        vec![]
    }

    fn report(&mut self, runs: Vec<Run>) {
        let mut told = self.0.borrow_mut();
        for run in runs {
            if let Run::New(observation) = run {
                told.ids.push(observation.id);
                told.places.push(observation.place);
            }
        }
    }

    fn report_broken(&mut self, rows: Vec<BrokenRow>) {
        self.0.borrow_mut().broken.extend(rows);
    }
}

fn tenant(number: u32) -> Value {
    json!({"id": format!("id-{number:02}"), "name": format!("T{number}"), "tenant_group": null,
        "description": "", "tags": [], "custom_fields": {}})
}

/// Lists tenants two a page; before each request the world may change.
fn listed(
    mut tenants: Vec<Value>,
    mut before: impl FnMut(u32, &mut Vec<Value>) -> Result<(), Error>,
) -> (Told, Result<Coverage, Error>, Vec<PageRequest>) {
    let settings: Settings =
        serde_json::from_str(r#"{"url": "https://n.example", "page_size": 2}"#).unwrap();
    let told = Rc::new(RefCell::new(Told::default()));
    let mut requests = Vec::new();
    let mut fetch = |request: PageRequest| {
        requests.push(request);
        before(u32::try_from(requests.len()).unwrap(), &mut tenants)?;
        let offset = usize::try_from(request.offset).unwrap().min(tenants.len());
        let end = (offset + usize::try_from(request.limit).unwrap()).min(tenants.len());
        Ok(Page {
            count: u32::try_from(tenants.len()).unwrap(),
            results: tenants[offset..end].to_vec(),
        })
    };
    let listing = Listing::new(Host(Rc::clone(&told)), b"");
    let coverage = discover(Scope::Tenants, &settings, &mut fetch, listing);
    (
        Rc::into_inner(told).unwrap().into_inner(),
        coverage,
        requests,
    )
}

fn tenants(count: u32) -> Vec<Value> {
    (1..=count).map(tenant).collect()
}

fn partial_reason(coverage: Result<Coverage, Error>) -> String {
    let coverage = coverage.unwrap();
    assert_eq!(coverage.completeness, Completeness::Partial);
    coverage.reason.unwrap()
}

#[test]
fn a_still_listing_is_complete_after_it_was_confirmed() {
    let (told, coverage, requests) = listed(tenants(5), |_, _| Ok(()));
    let coverage = coverage.unwrap();
    assert_eq!(
        (coverage.completeness, coverage.expected),
        (Completeness::Complete, Some(5))
    );
    assert_eq!(told.ids, ["id-01", "id-02", "id-03", "id-04", "id-05"]);
    assert_eq!(told.places[2], "page 2 item 1");
    let offsets: Vec<(u32, Detail)> = requests.iter().map(|r| (r.offset, r.detail)).collect();
    assert_eq!(
        offsets,
        [
            (0, Detail::Whole),
            (2, Detail::Whole),
            (4, Detail::Whole),
            (0, Detail::Ids),
            (2, Detail::Ids),
            (4, Detail::Ids)
        ]
    );
}

#[test]
fn a_row_deleted_between_two_pages_ends_nothing_else() {
    // The first row goes before the second page: the third row moves to the first page, unseen.
    let (told, coverage, _) = listed(tenants(5), |request, tenants| {
        if request == 2 {
            tenants.remove(0);
        }
        Ok(())
    });
    assert_eq!(told.ids, ["id-01", "id-02", "id-04", "id-05"]);
    assert_eq!(
        partial_reason(coverage),
        "the count went from 5 to 4 while the pages were read"
    );
}

#[test]
fn a_row_deleted_while_another_is_made_is_noticed_by_the_second_listing() {
    // The count stands still, and no id comes twice: only a second listing tells.
    let (told, coverage, _) = listed(tenants(5), |request, tenants| {
        if request == 2 {
            tenants.remove(0);
            tenants.push(tenant(6));
        }
        Ok(())
    });
    assert_eq!(told.ids, ["id-01", "id-02", "id-04", "id-05", "id-06"]);
    assert_eq!(
        partial_reason(coverage),
        "a second listing had 1 other rows and was without 1 of the first"
    );
}

#[test]
fn a_row_made_between_two_pages_is_not_reported_twice() {
    let (told, coverage, _) = listed(tenants(4), |request, tenants| {
        if request == 2 {
            tenants.insert(0, tenant(0));
            tenants.pop();
        }
        Ok(())
    });
    assert_eq!(told.ids, ["id-01", "id-02", "id-03"]);
    assert_eq!(partial_reason(coverage), "rows that came twice: 1");
}

#[test]
fn a_token_that_expires_in_the_middle_is_an_error() {
    let expire = |request, _: &mut Vec<Value>| match request {
        3 => Err(Error::unauthorized("GET tenants answered 403")),
        _ => Ok(()),
    };
    let (_, coverage, requests) = listed(tenants(9), expire);
    assert_eq!(coverage.unwrap_err().kind, ErrorKind::Unauthorized);
    assert_eq!(requests.len(), 3);
}

#[test]
fn an_empty_listing_is_complete_once_it_was_confirmed() {
    // What it ends waits for a person: the store believes no empty listing.
    let (_, coverage, requests) = listed(vec![], |_, _| Ok(()));
    let coverage = coverage.unwrap();
    assert_eq!(
        (coverage.completeness, coverage.expected),
        (Completeness::Complete, Some(0))
    );
    assert_eq!(requests.len(), 2);
    let (_, coverage, _) = listed(vec![], |request, tenants| {
        if request == 2 {
            tenants.push(tenant(1));
        }
        Ok(())
    });
    assert_eq!(
        partial_reason(coverage),
        "a second listing had 1 other rows and was without 0 of the first"
    );
}

#[test]
fn a_server_that_ignores_the_offset_is_left_and_believed_nothing() {
    let settings: Settings = serde_json::from_str(r#"{"url": "https://n.example"}"#).unwrap();
    let mut requests = 0;
    let mut fetch = |_| {
        requests += 1;
        Ok(Page {
            count: 6,
            results: tenants(2),
        })
    };
    let told = Rc::new(RefCell::new(Told::default()));
    let listing = Listing::new(Host(told), b"");
    let coverage = discover(Scope::Tenants, &settings, &mut fetch, listing);
    assert_eq!(partial_reason(coverage), "rows that came twice: 4");
    assert_eq!(requests, 3);
}

#[test]
fn a_row_without_an_id_is_broken_and_counts() {
    let mut rows = tenants(3);
    rows[1]["id"] = Value::Null;
    let (told, coverage, _) = listed(rows, |_, _| Ok(()));
    assert_eq!(told.broken.len(), 1);
    assert_eq!(partial_reason(coverage), "rows without an id: 1");
}

//! Small inventories in which something points at a customer, or at two, or at nobody.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::attributes::Attributes;
use crate::ids::{IntervalId, ListingId, Scope, SourceId};
use crate::inventory::{Configuration, Evidence};
use crate::time::{Instant, Validity};

fn resource(id: i64, name: &str, attributes: &[(&str, &str)]) -> Interval {
    Interval {
        id: IntervalId(id),
        resource: ResourceId(id),
        kind: "vm".into(),
        source: SourceId(1),
        scope: Scope::from("all"),
        external_id: format!("VM-{id}"),
        uncertain: None,
        valid: Validity::ALWAYS,
        covered_until: Instant::from_seconds(0).unwrap(),
        configuration: Arc::new(Configuration {
            name: name.to_owned(),
            parent: None,
            attributes: attributes.iter().copied().collect::<Attributes>(),
        }),
        evidence: Evidence {
            listing: ListingId(1),
            place: "row 1".to_owned(),
        },
    }
}

fn payers() -> Vec<Payer> {
    ["acme", "blue", "citron"]
        .iter()
        .zip(1..)
        .map(|(key, id)| Payer {
            account: AccountId(id),
            key: (*key).into(),
            customer: (*key).into(),
            name: format!("{key} AB"),
            is_only: true,
        })
        .collect()
}

/// A name, a payer and attributes.
type Row<'a> = (&'a str, usize, &'a [(&'a str, &'a str)]);
/// The rule's `when`, the customer, and how many it would give away and fits already.
type Told = (String, String, usize, usize);

/// Resources with the position of their payer, `9` for something that is not billed, `0` for suspense.
fn suggested(all: &[Row<'_>]) -> Vec<Told> {
    let payers = payers();
    let intervals: Vec<Interval> = (1..)
        .zip(all)
        .map(|(id, (name, _, attributes))| resource(id, name, attributes))
        .collect();
    let subjects: Vec<Subject<'_>> = intervals
        .iter()
        .zip(all)
        .map(|(interval, (_, owner, _))| Subject {
            interval,
            standing: match owner {
                0 => Standing::Suspended,
                9 => Standing::Other,
                owner => Standing::Owned(&payers[owner - 1].customer, payers[owner - 1].account),
            },
            value: Some(Money::from_minor(100, "EUR".parse().unwrap())),
        })
        .collect();
    let found = suggest(&subjects, &payers, &|_, _| true);
    let mut given = BTreeSet::new();
    for one in &found.rules {
        for resource in &one.resources {
            assert!(given.insert(*resource), "{resource} is in two suggestions");
        }
    }
    let rules = found.rules.into_iter();
    let told = rules.map(|one| {
        let said = serde_json::to_string(&one.rule.when).unwrap();
        (
            said,
            one.customer.to_string(),
            one.resources.len(),
            one.owned,
        )
    });
    told.collect()
}

fn told(when: &str, customer: &str, resources: usize, owned: usize) -> Told {
    (when.to_owned(), customer.to_owned(), resources, owned)
}

#[test]
fn names_that_begin_as_one_customers_do_are_suggested() {
    let found = suggested(&[
        ("shop-web-1", 1, &[]),
        ("shop-web-2", 1, &[]),
        ("bank-web-1", 2, &[]),
        ("shop-web-3", 0, &[]),
        ("shop-db-1", 0, &[]),
        ("lonely", 0, &[]),
    ]);
    assert_eq!(
        found,
        [told(r#"{"kind":"vm","name":"shop-*"}"#, "acme", 2, 2)]
    );
}

#[test]
fn what_two_have_or_what_is_not_billed_points_at_nobody() {
    let found = suggested(&[
        ("web-1", 1, &[("cluster", "c1")]),
        ("web-2", 2, &[("cluster", "c1")]),
        ("lab-1", 9, &[("cluster", "c2")]),
        ("lab-2", 1, &[("cluster", "c3")]),
        ("web-3", 0, &[("cluster", "c1")]),
        ("lab-3", 0, &[("cluster", "c2")]),
    ]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_cluster_of_one_customer_points_at_it_where_clusters_tell_customers_apart() {
    let apart: [Row<'_>; 5] = [
        ("a", 1, &[("cluster", "c1"), ("os", "linux")]),
        ("b", 1, &[("cluster", "c1"), ("os", "bsd")]),
        ("c", 2, &[("cluster", "c2"), ("os", "linux")]),
        ("d", 3, &[("cluster", "c3"), ("os", "linux")]),
        ("e", 0, &[("cluster", "c1"), ("os", "bsd")]),
    ];
    // That only one customer has `bsd` so far says little: most have what others have too.
    let found = suggested(&apart);
    assert_eq!(
        found,
        [told(r#"{"cluster":"c1","kind":"vm"}"#, "acme", 1, 2)]
    );
}

#[test]
fn a_value_that_names_a_customer_needs_no_other_evidence() {
    let found = suggested(&[
        ("x1", 1, &[]),
        ("y", 0, &[("tags.owner", "Blue")]),
        ("citron-web-1", 0, &[]),
        ("z", 0, &[("tags.owner", "Green")]),
    ]);
    assert_eq!(
        found,
        [
            told(r#"{"kind":"vm","tags.owner":"Blue"}"#, "blue", 1, 0),
            told(r#"{"kind":"vm","name":"citron-*"}"#, "citron", 1, 0),
        ]
    );
}

#[test]
fn what_is_contested_is_left_to_people() {
    let found = suggested(&[
        ("shop-1", 1, &[("cluster", "c1")]),
        ("bank-1", 2, &[("cluster", "c2")]),
        ("shop-2", 0, &[("cluster", "c2")]),
    ]);
    assert!(found.is_empty(), "{found:?}");
    let found = suggested(&[
        ("shop-1", 1, &[("cluster", "c1")]),
        ("bank-1", 2, &[("cluster", "c2")]),
        ("bank-2", 2, &[("cluster", "c2")]),
        ("shop-2", 0, &[("cluster", "c2")]),
    ]);
    assert_eq!(
        found,
        [told(r#"{"cluster":"c2","kind":"vm"}"#, "blue", 1, 2)]
    );
}

#[test]
fn characters_that_mean_something_in_patterns_are_taken_as_they_are() {
    let found = suggested(&[
        ("a*b-1", 1, &[("cluster", "c?")]),
        ("other", 2, &[("cluster", "c")]),
        ("q", 0, &[("cluster", "c?")]),
    ]);
    assert_eq!(
        found,
        [told(r#"{"cluster":{"eq":"c?"},"kind":"vm"}"#, "acme", 1, 1)]
    );
}

#[test]
fn names_alike_that_point_at_nobody_are_told_by_their_longest_beginning() {
    let payers = payers();
    let intervals = [
        resource(1, "lab-web-1", &[]),
        resource(2, "lab-web-2", &[]),
        resource(3, "lone", &[]),
    ];
    let subjects = intervals.each_ref().map(|interval| Subject {
        interval,
        standing: Standing::Suspended,
        value: None,
    });
    let found = suggest(&subjects, &payers, &|_, _| true);
    assert!(found.rules.is_empty());
    let names: Vec<_> = found
        .unknown
        .iter()
        .map(|one| (one.name.as_str(), one.resources))
        .collect();
    assert_eq!(names, [("lab-web-*", 2)]);
}

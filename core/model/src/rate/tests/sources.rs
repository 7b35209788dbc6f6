//! One thing at two sources: billed twice, or what looks like that.

use super::findings::{scenario, seconds, told};
use super::*;
use crate::finding::{FindingCode, Severity};
use crate::ownership::NonBillable;

#[test]
fn two_resources_of_two_sources_that_look_like_one_are_told() {
    let mut scenario = scenario("", &["amount = \"31\""]);
    let second = scenario.period("2026-01-11", "2026-02-01");
    let position = scenario.add("2", second);
    let first = scenario.intervals[0].clone();
    let alike = &mut scenario.intervals[position];
    alike.source = SourceId(2);
    alike.external_id.clone_from(&first.external_id);
    let mut other_name = scenario.clone();
    other_name.intervals[position].external_id = "another".to_owned();
    Arc::make_mut(&mut scenario.intervals[position].configuration)
        .name
        .clone_from(&first.configuration.name);
    let rated = scenario.rate();
    assert_eq!(
        told(&rated),
        [(FindingCode::BilledTwice, Severity::Warning)]
    );
    assert!(
        rated.findings[0]
            .message
            .contains("a resource of the kind `thing` with the same id and name"),
        "{}",
        rated.findings[0].message
    );
    assert_eq!(other_name.rate().findings, []);
    scenario.intervals[position].source = first.source;
    assert_eq!(
        scenario.rate().findings,
        [],
        "one source tells its own apart"
    );
}

#[test]
fn one_resource_at_two_sources_is_told_with_what_it_is_billed_too_much() {
    let mut scenario = scenario("", &["amount = \"31\""]);
    let second = scenario.period("2026-01-11", "2026-02-01");
    let position = scenario.add("2", second);
    scenario.intervals[position].source = SourceId(2);
    assert_eq!(scenario.rate().findings, [], "two resources are two");
    scenario.intervals[position].resource = ResourceId(1);
    scenario.owned[position].resource = ResourceId(1);
    let rated = scenario.rate();
    assert_eq!(
        told(&rated),
        [(FindingCode::BilledTwice, Severity::Blocking)]
    );
    let value = rated.findings[0].value.unwrap();
    assert_eq!(value.amount(), "42.00", "what the later source adds");
    scenario.owned[position].ownership = Arc::new(Ownership::NonBillable(NonBillable {
        reason: "the other source counts".to_owned(),
        owner: "operations".to_owned(),
        until: None,
    }));
    let rated = scenario.rate();
    assert_eq!(rated.findings, []);
    assert_eq!(rated.charges[0].net.amount(), "31.00");
    seconds(&rated);
}

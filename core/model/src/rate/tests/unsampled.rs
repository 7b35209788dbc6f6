//! What the time is worth for which a gauge has no sample.

use super::policies::metered;
use super::*;
use crate::inventory::GaugeRun;

/// Forty bits for a half of the month: the line is of the whole month, and a half of it rests on samples that are not there.
#[test]
fn what_was_not_sampled_is_worth_its_part_of_the_line() {
    let of = |keys: &str| {
        let meter = format!("gauge = \"bits\", aggregate = \"percentile\", percentile = 50{keys}");
        let book = metered(&meter, "", "amount = \"1\"");
        let mut scenario = Scenario::new("2026-04", "UTC", &book);
        let whole = scenario.whole();
        scenario.add("1", whole);
        let period = scenario.period("2026-04-01", "2026-04-16");
        scenario.gauges.push(GaugeRun {
            resource: ResourceId(1),
            name: "bits".to_owned(),
            period,
            value: "40".parse().unwrap(),
        });
        let rated = scenario.rate();
        let finding = &rated.findings[0];
        let value = finding.value.unwrap().amount();
        (value, finding.message.clone())
    };
    let told = "thing-1 has no sample of `bits` for 1296000 seconds, which the item `thing`";
    assert_eq!(of(""), ("20.00".to_owned(), format!("{told} leaves out.")));
    assert_eq!(
        of(", gaps = \"zero\""),
        ("0.00".to_owned(), format!("{told} counts as zero."))
    );
}

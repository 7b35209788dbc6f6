//! What would cover a resource in suspense, did it hold already.

use super::fixture::{directory, machine, version, zone};
use crate::classify::Latecomers;
use crate::time::BillingPeriod;

#[test]
fn the_accounts_of_a_customer_have_agreements_of_their_own() {
    let rules = r#"
[[rule]]
when = { name = "live-*" }
set = { account = "delta" }
[[rule]]
when = { name = "test-*" }
set = { account = "delta-test" }
[account.delta]
name = "Delta"
currency = "EUR"
agreement = [{ plan = "gold", from = 2026-04-01 }]
[account.delta-test]
name = "Delta, test"
customer = "delta"
currency = "EUR"
agreement = [{ plan = "gold", from = 2026-05-01 }]
"#;
    let version = version(None, rules);
    let versions = [version.project(|terms| terms)];
    let directory = directory();
    let march = BillingPeriod::parse("2026-03", zone()).unwrap();
    let mut latecomers = Latecomers::new(&versions, &directory, &march)
        .unwrap()
        .unwrap();
    let mut since = |name: &str| {
        let later = latecomers.of(&machine(name, &[]), march.period()).unwrap();
        format!("{} from {}", later.what, later.holds_from)
    };
    for _ in 0..2 {
        assert_eq!(
            since("live-1"),
            "agreement `standard` of delta from 2026-04-01"
        );
        assert_eq!(
            since("test-1"),
            "agreement `standard` of delta from 2026-05-01"
        );
    }
}

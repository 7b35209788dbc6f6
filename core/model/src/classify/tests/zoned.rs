//! Edits without a date hold from the first open day of the accounts that they concern, and rules from the day that is written.

use super::fixture::{directory, machine, version, zone};
use crate::classify::{Terms, ZonedClassifier};
use crate::ownership::{OwnedInterval, Ownership};
use crate::time::{Instant, Period};
use crate::validity::ConfigVersion;

/// Six hours after the midnight of Stockholm, and seven before it.
const OTHERS: &str = r#"
[account.delta]
name = "Delta, New York"
currency = "EUR"
timezone = "America/New_York"
[account.delta-test]
name = "Delta, Tokyo"
customer = "tokyo"
currency = "EUR"
timezone = "Asia/Tokyo"
"#;

fn rule(set: &str) -> String {
    format!("[[rule]]\nwhen = {{ kind = \"virtual-machine\" }}\nset = {{ {set} }}\n{OTHERS}")
}

/// Who has the machine around the edit of 1 July, each with the hour since Stockholm's midnight at which that begins.
fn around(before: &str, after: &str) -> Vec<String> {
    let versions = [version(None, before), version(Some("2026-07-01"), after)];
    classified(&versions)
}

fn classified(versions: &[ConfigVersion<Terms>]) -> Vec<String> {
    let day = |text: &str| Instant::start_of_day(text.parse().unwrap(), &zone()).unwrap();
    let whole = Period::new(day("2026-06-29"), day("2026-07-03")).unwrap();
    let versions: Vec<_> = versions
        .iter()
        .map(|version| version.project(|terms| terms))
        .collect();
    let classifier = ZonedClassifier::new(&versions, &directory(), whole, &zone()).unwrap();
    let owned = classifier.classify(&machine("vm", &[]), whole);
    assert_eq!(owned.first().unwrap().period.from(), whole.from());
    assert_eq!(owned.last().unwrap().period.to(), whole.to());
    for pair in owned.windows(2) {
        assert_eq!(pair[0].period.to(), pair[1].period.from());
    }
    let midnight = day("2026-07-01").seconds();
    let shown = |one: &OwnedInterval| {
        let hours = (one.period.from().seconds() - midnight) / 3600;
        let who = match &*one.ownership {
            Ownership::Owned { owners, plan, .. } => {
                let plan = plan.as_ref().map_or("-", |plan| plan.as_str());
                format!("{} {plan}", owners[0].customer)
            }
            Ownership::NonBillable(_) => "nobody".to_owned(),
            Ownership::Suspended(_) => "suspense".to_owned(),
        };
        format!("{hours} {who}")
    };
    owned.iter().map(shown).collect()
}

#[test]
fn an_edit_holds_from_the_midnight_of_the_account() {
    let of =
        |customer: &str, plan: &str| rule(&format!("customer = \"{customer}\", plan = \"{plan}\""));
    let edit = |customer: &str| around(&of(customer, "gold"), &of(customer, "silver"));
    assert_eq!(edit("acme"), ["-48 acme gold", "0 acme silver"]);
    assert_eq!(edit("delta"), ["-48 delta gold", "6 delta silver"]);
    assert_eq!(edit("tokyo"), ["-48 tokyo gold", "-7 tokyo silver"]);
}

#[test]
fn what_goes_from_one_to_another_does_so_when_it_is_open_for_both() {
    let to = |customer: &str| rule(&format!("customer = \"{customer}\""));
    assert_eq!(
        around(&to("acme"), &to("delta")),
        ["-48 acme gold", "6 delta -"]
    );
    assert_eq!(
        around(&to("delta"), &to("acme")),
        ["-48 delta -", "6 acme gold"]
    );
    assert_eq!(
        around(&to("tokyo"), &to("delta")),
        ["-48 tokyo -", "6 delta -"]
    );
    assert_eq!(
        around(&to("tokyo"), &to("acme")),
        ["-48 tokyo -", "0 acme gold"]
    );
    // Where nobody had it before, the newcomer's own day counts.
    assert_eq!(around(OTHERS, &to("tokyo")), ["-48 suspense", "-7 tokyo -"]);
    assert_eq!(around(OTHERS, &to("acme")), ["-48 suspense", "0 acme gold"]);
    assert_eq!(around(&to("delta"), OTHERS), ["-48 delta -", "6 suspense"]);
}

#[test]
fn several_edits_of_a_day_are_one() {
    let to = |customer: &str| rule(&format!("customer = \"{customer}\""));
    let july = |toml: &str| version(Some("2026-07-01"), toml);
    let versions = [
        version(None, &to("delta")),
        july(&to("beta")),
        july(&to("acme")),
    ];
    assert_eq!(classified(&versions), ["-48 delta -", "6 acme gold"]);
}

/// Who has the machine where rules have 1 July in writing, and are older than that, or of a version of the 2nd.
fn dated(rules: &str) -> [Vec<String>; 2] {
    let toml = format!("{rules}\n{OTHERS}");
    let later = [version(None, OTHERS), version(Some("2026-07-02"), &toml)];
    [classified(&[version(None, &toml)]), classified(&later)]
}

#[test]
fn a_written_day_begins_at_the_midnight_of_the_account() {
    let rule = |days: &str, set: &str| {
        format!("[[rule]]\n{days}\nwhen = {{ kind = \"virtual-machine\" }}\nset = {{ {set} }}\n")
    };
    let customer = |customer: &str| format!("customer = \"{customer}\"");
    let begins = |name: &str| dated(&rule("from = 2026-07-01", &customer(name)));
    for (name, hour, plan) in [("acme", 0, "gold"), ("delta", 6, "-"), ("tokyo", -7, "-")] {
        let begun = ["-48 suspense".to_owned(), format!("{hour} {name} {plan}")];
        assert_eq!(begins(name), [begun.clone(), begun]);
    }
    let ends = |set: &str| classified(&[version(None, &format!("{set}\n{OTHERS}"))]);
    let to = "to = 2026-07-01";
    let of_delta = customer("delta");
    assert_eq!(ends(&rule(to, &of_delta)), ["-48 delta -", "6 suspense"]);
    let handed_over = rule(to, &of_delta) + &rule("from = 2026-07-01", &customer("tokyo"));
    assert_eq!(ends(&handed_over), ["-48 delta -", "6 tokyo -"]);
    let exempt = "non_billable = { reason = \"trial\", owner = \"anna\", until = 2026-07-01 }";
    let exempt = |name: &str| ends(&rule("", &format!("{}, {exempt}", customer(name))));
    assert_eq!(exempt("delta"), ["-48 nobody", "6 delta -"]);
    assert_eq!(exempt("tokyo"), ["-48 nobody", "-7 tokyo -"]);
    assert_eq!(exempt("acme"), ["-48 nobody", "0 acme gold"]);
}

#[test]
fn who_belongs_to_another_customer_from_now_on_does_so_from_its_own_midnight() {
    let of = |customer: &str| {
        let accounts = OTHERS.replace(
            "name = \"Delta, New York\"",
            &format!("name = \"Delta, New York\"\ncustomer = \"{customer}\""),
        );
        format!(
            "[[rule]]\nwhen = {{ kind = \"virtual-machine\" }}\nset = {{ account = \"delta\" }}\n{accounts}"
        )
    };
    assert_eq!(around(&of("one"), &of("two")), ["-48 one -", "6 two -"]);
}

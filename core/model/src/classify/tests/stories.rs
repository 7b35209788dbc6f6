//! Who owns a resource, and why, in the cases that people meet.

use super::fixture::{classifier, day, in_march, machine, month, shown, version};
use crate::classify::{Classifier, ClassifierError, Directory};
use crate::ownership::{Decision, RuleMention, Winner};
use crate::time::{Period, Validity};

#[test]
fn the_first_rule_that_matches_and_sets_a_target_wins() {
    let rules = r#"
[[rule]]
when = { has = "tags.team" }
set = { service = { from = "tags.team", map = { db = "databases" } } }
[[rule]]
name = "web of acme"
place = "rules.toml:7"
when = { name = "acme-*", cluster = ["prod1", "prod2"] }
set = { customer = "acme", service = "web" }
[[rule]]
when = {}
set = { customer = "beta", account = "beta", service = "other", plan = "bronze" }
place = "rules.toml:11"
"#;
    let acme = machine("acme-1", &[("cluster", "prod2"), ("tags.team", "ops")]);
    assert_eq!(
        in_march(rules, &acme),
        ["2026-03-01 acme@1/standard web bronze"]
    );
    let database = machine("acme-2", &[("cluster", "prod1"), ("tags.team", "db")]);
    assert_eq!(
        in_march(rules, &database),
        ["2026-03-01 acme@1/standard databases bronze"]
    );
    let other = machine("acme-3", &[("cluster", "test")]);
    assert_eq!(
        in_march(rules, &other),
        ["2026-03-01 beta@2/standard other bronze"]
    );

    let march = month("2026-03");
    let owned = classifier(&[version(None, rules)], march).classify(&acme, march);
    let targets = &owned[0].because.targets;
    assert_eq!(
        targets.iter().map(|(target, _)| target).collect::<Vec<_>>(),
        ["customer", "plan", "service"]
    );
    let mention = |rule: &str, place: &str, value: &str| RuleMention {
        rule: rule.into(),
        place: place.into(),
        value: value.to_owned(),
    };
    assert_eq!(
        *targets.get("service").unwrap(),
        Decision {
            value: "web".to_owned(),
            winner: Winner::Rule(mention("web of acme", "rules.toml:7", "web")),
            losers: vec![mention("rule 3", "rules.toml:11", "other")],
        }
    );
    assert_eq!(
        targets.get("customer").unwrap().losers,
        [mention("rule 3", "rules.toml:11", "beta")]
    );
}

#[test]
fn defaults_and_agreements_fill_what_rules_leave() {
    let defaults = "[default]\ncustomer = \"acme\"\nservice = \"hosting\"\nplan = \"bronze\"";
    let anything = machine("x", &[]);
    assert_eq!(
        in_march(defaults, &anything),
        ["2026-03-01 acme@1/standard hosting gold"]
    );
    let march = month("2026-03");
    let owned = classifier(&[version(None, defaults)], march).classify(&anything, march);
    let winners: Vec<_> = owned[0]
        .because
        .targets
        .iter()
        .map(|(_, decision)| &decision.winner)
        .collect();
    assert_eq!(
        winners,
        [&Winner::Default, &Winner::Agreement, &Winner::Default]
    );
    assert_eq!(in_march("", &anything), ["2026-03-01 NoCustomer"]);
}

#[test]
fn copied_customers_may_be_unknown() {
    let rules = "[[rule]]\nwhen = {}\nset = { customer = { from = \"tenant\" } }";
    assert_eq!(
        in_march(rules, &machine("x", &[("tenant", "acme")])),
        ["2026-03-01 acme@1/standard - gold"]
    );
    assert_eq!(
        in_march(rules, &machine("x", &[("tenant", "zeta")])),
        [r#"2026-03-01 UnknownCustomer { customer: "zeta" }"#]
    );
    for blank in [&[("tenant", "")][..], &[]] {
        assert_eq!(
            in_march(rules, &machine("x", blank)),
            ["2026-03-01 NoCustomer"]
        );
    }
}

#[test]
fn of_several_accounts_a_rule_chooses_one() {
    let several = "[[rule]]\nwhen = {}\nset = { customer = \"beta\" }";
    assert_eq!(
        in_march(several, &machine("x", &[])),
        [r#"2026-03-01 AmbiguousAccount { customer: "beta" }"#]
    );
    let chosen = format!(
        "{several}\n[[rule]]\nwhen = {{ name = \"*-test\" }}\nset = {{ account = \"acme\" }}
        [[rule]]\nwhen = {{ name = \"*-test\" }}\nset = {{ account = \"beta-test\" }}"
    );
    assert_eq!(
        in_march(&chosen, &machine("x-test", &[])),
        ["2026-03-01 beta@3/standard - -"]
    );
    let by_account = "[[rule]]\nwhen = {}\nset = { account = \"beta-test\" }";
    assert_eq!(
        in_march(by_account, &machine("x", &[])),
        ["2026-03-01 beta@3/standard - -"]
    );
}

#[test]
fn agreements_cut_the_period_in_the_billing_zone() {
    let rules = "[[rule]]\nwhen = {}\nset = { customer = \"gamma\" }";
    assert_eq!(
        in_march(rules, &machine("x", &[])),
        [
            "2026-03-01 gamma@4/standard - gold",
            "2026-03-11 gamma@4/standard - silver",
            r#"2026-03-21 NoAgreement { customer: "gamma" }"#,
        ]
    );
    let march = month("2026-03");
    let owned = classifier(&[version(None, rules)], march).classify(&machine("x", &[]), march);
    assert_eq!(
        owned[1].period,
        Period::new(day("2026-03-11"), day("2026-03-21")).unwrap()
    );
}

#[test]
fn an_exemption_ends_and_then_the_next_rule_counts() {
    let rules = r#"
[[rule]]
when = { name = "trial-*" }
set = { customer = "acme", non_billable = { reason = "trial", owner = "sales", until = 2026-03-15 } }
[[rule]]
when = { tag = "env=lab" }
set = { non_billable = { reason = "lab", owner = "operations" } }
"#;
    assert_eq!(
        in_march(rules, &machine("trial-1", &[("tags.env", "lab")])),
        [
            "2026-03-01 non-billable: trial",
            "2026-03-15 acme@1/standard - gold"
        ]
    );
    assert_eq!(
        in_march(rules, &machine("x", &[("tags.env", "lab")])),
        ["2026-03-01 non-billable: lab"]
    );
    let march = month("2026-03");
    let owned = classifier(&[version(None, rules)], march)
        .classify(&machine("trial-1", &[("tags.env", "lab")]), march);
    let losers = |index: usize, target: &str| {
        let losers = &owned[index].because.targets.get(target).unwrap().losers;
        losers
            .iter()
            .map(|loser| loser.value.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(losers(0, "non_billable"), ["lab"]);
    assert_eq!(losers(1, "customer"), ["lab"]);
}

#[test]
fn owners_share() {
    let rules = r#"
[[rule]]
when = {}
set = { owners = [{ customer = "acme", share = "1/3" }, { customer = "beta", account = "beta-test", share = "2/3" }] }
"#;
    assert_eq!(
        in_march(rules, &machine("x", &[])),
        ["2026-03-01 acme@1/standard×1/3+beta@3/standard×2/3 - -"]
    );
}

#[test]
fn only_what_is_clipped_is_classified() {
    let rules = "[[rule]]\nwhen = {}\nset = { customer = \"acme\" }";
    let march = month("2026-03");
    let classifier = classifier(&[version(None, rules)], march);
    let mut machine = machine("x", &[]);
    machine.valid = Validity {
        from: Some(day("2026-02-10")),
        to: Some(day("2026-03-20")),
    };
    let clip = Period::new(day("2026-03-05"), day("2026-05-01")).unwrap();
    let owned = classifier.classify(&machine, clip);
    assert_eq!(owned.len(), 1);
    assert_eq!(
        owned[0].period,
        Period::new(day("2026-03-05"), day("2026-03-20")).unwrap()
    );
    assert_eq!(classifier.classify(&machine, month("2026-04")), []);
}

#[test]
fn rules_of_closed_periods_stay_unless_a_start_is_stated() {
    let before = "[[rule]]\nname = \"all\"\nwhen = {}\nset = { customer = \"acme\" }";
    let undated = "[[rule]]\nname = \"all\"\nwhen = {}\nset = { account = \"beta\" }";
    let dated =
        "[[rule]]\nname = \"all\"\nfrom = 2026-03-20\nwhen = {}\nset = { account = \"beta\" }";
    let both = Period::new(day("2026-03-01"), day("2026-05-01")).unwrap();
    let history = |edit: &str| {
        let versions = [version(None, before), version(Some("2026-04-01"), edit)];
        shown(&classifier(&versions, both).classify(&machine("x", &[]), both))
    };
    let acme = "2026-03-01 acme@1/standard - gold";
    assert_eq!(history(before), [acme]);
    assert_eq!(history(undated), [acme, "2026-04-01 beta@2/standard - -"]);
    assert_eq!(history(dated), [acme, "2026-03-20 beta@2/standard - -"]);
}

#[test]
fn a_moved_rule_is_the_same_where_it_says_the_same() {
    let written = "[[rule]]\nplace = \"a:1\"\nwhen = {}\nset = { customer = \"acme\" }";
    let moved = "[[rule]]\nplace = \"b:9\"\nwhen = {}\nset = { customer = \"acme\" }";
    let versions = [version(None, written), version(Some("2026-03-10"), moved)];
    let march = month("2026-03");
    let owned = classifier(&versions, march).classify(&machine("x", &[]), march);
    assert_eq!(owned.len(), 1);
}

#[test]
fn a_source_answers_to_every_name_that_it_had() {
    for (source, owned) in [("netbox", true), ("nautobot", true), ("sheets", false)] {
        let rules = format!(
            "[[rule]]\nwhen = {{ source = \"{source}\" }}\nset = {{ customer = \"acme\" }}"
        );
        let shown = in_march(&rules, &machine("x", &[]));
        assert_eq!(shown[0].contains("acme"), owned, "{source}");
    }
}

#[test]
fn equal_values_of_what_rules_read_are_judged_once() {
    let rules =
        "[[rule]]\nwhen = { cluster = \"prod*\" }\nset = { customer = { from = \"tenant\" } }";
    let march = month("2026-03");
    let classifier = classifier(&[version(None, rules)], march);
    let attributes =
        |host: &'static str| [("cluster", "prod1"), ("tenant", "acme"), ("host", host)];
    for number in 0..50 {
        let name = format!("vm-{number}");
        let host = if number % 2 == 0 { "a" } else { "b" };
        classifier.classify(&machine(&name, &attributes(host)), march);
    }
    assert_eq!(classifier.remembered(), 1);
    classifier.classify(
        &machine("x", &[("cluster", "prod1"), ("tenant", "beta")]),
        march,
    );
    assert_eq!(classifier.remembered(), 2);
}

#[test]
fn an_account_without_an_id_is_refused() {
    let version = version(None, "");
    let refused = Classifier::new(
        &[version.project(|terms| terms)],
        &Directory::default(),
        month("2026-03"),
    );
    assert_eq!(
        refused.unwrap_err(),
        ClassifierError::UnknownAccount {
            account: "acme".into()
        }
    );
}

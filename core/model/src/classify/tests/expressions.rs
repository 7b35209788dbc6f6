//! CEL in rules: what it reads, what it refuses, and what happens where it fails.

use super::fixture::{ACCOUNTS, config, declared, in_march, machine, zone};
use crate::classify::resolve;

fn rule(cel: &str, set: &str) -> String {
    format!("[[rule]]\nname = \"asked\"\nwhen = {{ cel = '''{cel}''' }}\nset = {{ {set} }}\n")
}

/// Whose the machine is under one rule for acme, and beta by default.
fn outcome(cel: &str, attributes: &[(&str, &str)]) -> String {
    let toml = format!(
        "{}[default]\ncustomer = \"gamma\"\nservice = \"other\"\n",
        rule(cel, "customer = \"acme\", service = \"web\"")
    );
    let shown = in_march(&toml, &machine("web-7", attributes));
    shown.join("; ")
}

const ACME: &str = "2026-03-01 acme@1/standard web gold";

fn matches(cel: &str, attributes: &[(&str, &str)]) -> bool {
    let outcome = outcome(cel, attributes);
    assert!(!outcome.contains("RuleFailed"), "{cel}: {outcome}");
    outcome == ACME
}

#[test]
fn values_have_the_types_that_the_source_declares() {
    let attributes = [
        ("cpu", "8"),
        ("ram_gb", "16.5"),
        ("managed", "true"),
        ("owner", "007"),
        ("tags.env", "prod"),
        ("tags.cost center", "4711"),
        ("undeclared", "9"),
    ];
    for (cel, holds) in [
        ("resource.cpu > 4 && resource.cpu * 2 == 16", true),
        ("resource.cpu in [4, 8]", true),
        ("resource.ram_gb > 16", true),
        ("resource.ram_gb == 16.5", true),
        ("resource.ram_gb / double(resource.cpu) < 2.0", false),
        ("resource.managed", true),
        ("!resource.managed || resource.cpu < 4", false),
        ("resource.owner == '007'", true),
        (
            "resource.tags.env == 'prod' && resource[\"tags.env\"] == 'prod'",
            true,
        ),
        ("resource.tags['cost center'].startsWith('47')", true),
        ("'cost center' in resource.tags", true),
        ("'team' in resource.tags", false),
        ("resource.undeclared == '9'", true),
        (
            "resource.name.matches('^web-[0-9]+$') && !matches(resource.name, 'db')",
            true,
        ),
        (
            "resource.kind == 'virtual-machine' && resource.parent.endsWith('-7')",
            true,
        ),
        (
            "['web', 'db'].exists(p, resource.name.startsWith(p + '-'))",
            true,
        ),
        ("has(resource.owner) && size(resource.owner) == 3", true),
        ("has(resource.team) && resource.team == 'x'", false),
        ("resource.team == 'x' || resource.cpu == 8", true),
    ] {
        assert_eq!(matches(cel, &attributes), holds, "{cel}");
    }
}

#[test]
fn other_matchers_are_asked_first_and_a_list_must_all_hold() {
    let toml = "[[rule]]\nwhen = { name = \"db-*\", cel = \"resource.absent > 1\" }\nset = { customer = \"acme\" }\n\
                [[rule]]\nwhen = { cel = [\"resource.cpu > 4\", \"resource.name == 'web-7'\"] }\nset = { customer = \"acme\" }\n";
    assert_eq!(
        in_march(toml, &machine("web-7", &[("cpu", "8")])),
        ["2026-03-01 acme@1/standard - gold"]
    );
    assert_eq!(
        in_march(toml, &machine("web-8", &[("cpu", "8")])),
        ["2026-03-01 NoCustomer"]
    );
}

#[test]
fn what_fails_is_in_suspense_with_the_reason() {
    for (cel, reason) in [
        (
            "resource.cpu > 4",
            "`cpu` is absent, and the expression does not ask has(resource.cpu)",
        ),
        (
            "resource.owner > 4",
            "`>` cannot be applied to string and int",
        ),
        ("resource.owner", "it comes to a text, not to true or false"),
        (
            "resource.managed == true",
            "`managed` is declared boolean and holds `perhaps`",
        ),
        (
            "resource.ram_gb > 1",
            "`ram_gb` holds `1.0000000000000001`, whose digits CEL would lose; compare it with `min` and `max`",
        ),
    ] {
        let attributes = [
            ("owner", "acme"),
            ("managed", "perhaps"),
            ("ram_gb", "1.0000000000000001"),
        ];
        let outcome = outcome(cel, &attributes);
        assert!(
            outcome.contains("RuleFailed { rule: \"asked\""),
            "{cel}: {outcome}"
        );
        assert!(outcome.contains(reason), "{cel}: {outcome}");
    }
}

#[test]
fn a_failure_suspends_only_what_it_leaves_open() {
    let failing = |set: &str| rule("resource.absent == 'x'", set);
    let sure = "[[rule]]\nwhen = {}\nset = { customer = \"acme\", service = \"web\", plan = \"silver\" }\n";
    let web = machine("web-7", &[]);
    let known = ["2026-03-01 acme@1/standard web silver"];
    for set in ["customer = \"beta\"", "plan = \"gold\"", "service = \"x\""] {
        assert_eq!(
            in_march(&format!("{sure}{}", failing(set)), &web)[..],
            known,
            "{set}, after"
        );
        let before = in_march(&format!("{}{sure}", failing(set)), &web);
        assert!(
            before[0].contains("RuleFailed"),
            "{set}, before: {before:?}"
        );
    }
    // No rule said which account: this one might have.
    let account = in_march(
        &format!("{sure}{}", failing("account = \"beta-test\"")),
        &web,
    );
    assert!(account[0].contains("RuleFailed"), "{account:?}");
    // Once its exemption has ended, it could claim nothing any more.
    let exempt =
        failing("non_billable = { reason = \"own\", owner = \"ops\", until = 2026-03-11 }");
    let shown = in_march(&format!("{exempt}{sure}"), &web);
    assert!(shown[0].starts_with("2026-03-01 RuleFailed"), "{shown:?}");
    assert_eq!(shown[1..], ["2026-03-11 acme@1/standard web silver"]);
}

#[test]
fn mistakes_are_told_before_anything_runs() {
    for (cel, expected) in [
        ("", "the expression is empty"),
        ("resource.cpu >", "no CEL at character"),
        (
            "cpu > 8",
            "there is no `cpu` in an expression (hint: an attribute is read as `resource.cpu`; texts stand in quotes)",
        ),
        (
            "kind == 'vm'",
            "there is no `kind` in an expression (hint: write `resource.kind`)",
        ),
        (
            "resource.owner.lower() == 'x'",
            "there is no function `lower`",
        ),
        (
            "resource.name.matches('(')",
            "`(` is no regular expression: unclosed group",
        ),
        (
            "resource.name.matches(resource.owner)",
            "`matches` takes a text and a regular expression in quotes",
        ),
        ("resource == 'x'", "`resource` stands alone"),
        (
            "resource.source == 'netbox'",
            "an expression cannot read `source`",
        ),
        (
            "resource.cpuu > 8",
            "no source declares the attribute `cpuu`",
        ),
        (
            "resource.cpu == '8'",
            "`cpu` is declared as a whole number, and never equals the text \"8\" (hint: write the value without quotes)",
        ),
        (
            "resource.owner in [1, 2]",
            "`owner` is declared as a text, and never equals a number",
        ),
    ] {
        let toml = format!("{}{ACCOUNTS}", rule(cel, "customer = \"acme\""));
        let problems = resolve(&config(&toml), &zone(), &[declared()]).unwrap_err();
        let first = problems[0].to_string();
        assert!(first.starts_with("rule.0.when.cel: "), "{cel}: {first}");
        assert!(first.contains(expected), "{cel}: {first}");
    }
}

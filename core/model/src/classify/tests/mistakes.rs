//! Every mistake is told, all at once, with its path.

use super::fixture::{ACCOUNTS, config, zone};
use crate::attribute::{AttributeClass, AttributeDeclaration, KindDeclaration, ValueType};
use crate::classify::resolve;

fn problems(toml: &str, declared: &[KindDeclaration]) -> Vec<String> {
    let config = config(&format!("{toml}\n{ACCOUNTS}"));
    let problems = resolve(&config, &zone(), declared).unwrap_err();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn conditions() {
    let rules = r#"
[[rule]]
name = "twice"
from = 2026-03-10
to = 2026-03-10
set = { customer = "acme" }
[rule.when]
a = { regex = "web(" }
b = "srv[12]-*"
c = { min = 8, max = "4.5" }
d = []
e = ""
f = {}
g = { present = false, prefix = "x" }
h = { min = "many" }
has = { eq = "tags.env" }
tag = "env"
[[rule]]
name = "twice"
from = "soon"
when = {}
set = {}
"#;
    assert_eq!(
        problems(rules, &[]),
        [
            "rule.0.to: `to` is not after `from`: it would never hold (hint: `to` is the first day on which it holds no more)",
            "rule.0.when.a.regex: `web(` is no regular expression: unclosed group",
            "rule.0.when.b: `srv[12]-*` has brackets; a pattern knows only `*` and `?` (hint: `regex` knows alternatives; `eq` takes every character as it is)",
            "rule.0.when.c.max: the range from 8 to 4.5 holds no number",
            "rule.0.when.d: the list is empty: nothing would match",
            "rule.0.when.e: an empty text matches nothing (hint: a blank value counts as absent: `{ present = false }`)",
            "rule.0.when.f: the table of tests is empty (hint: `present = true` asks for any value)",
            "rule.0.when.g.present: a value that is absent cannot pass another test",
            "rule.0.when.h.min: `many` is no decimal number of at most 28 digits, such as 12.50",
            "rule.0.when.has: expected an attribute such as \"tags.cust\", or a list",
            "rule.0.when.tag: `env` is no tag with a value; expected one such as env=prod (hint: `has = \"tags.env\"` asks for any value)",
            "rule.1.name: the name `twice` is that of rule 1 already (hint: give each rule a name of its own)",
            "rule.1.from: `soon` is no date; expected one such as 2026-03-01",
            "rule.1.set: the rule sets nothing (hint: expected one of customer, owners, account, service, plan, non_billable)",
        ]
    );
}

#[test]
fn targets() {
    let rules = r#"
[default]
customer = "nobody"
[[rule]]
when = {}
set = { customer = "acmee", service = "" }
[[rule]]
when = {}
set = { customer = { from = "tenant", map = { a = "acme", z = "zeta" } } }
[[rule]]
when = {}
set = { customer = "acme", account = "beta" }
[[rule]]
when = {}
set = { account = "delta", owners = [{ customer = "acme", share = "1/3" }, { customer = "acme", share = "0.5" }] }
[[rule]]
when = {}
set = { owners = [{ customer = "acme", share = "half" }] }
[[rule]]
from = 2026-03-01
when = {}
set = { non_billable = { reason = " ", owner = "sales", until = 2026-03-01 } }
"#;
    let known = "(hint: customers: acme, beta, gamma)";
    let accounts = "(hint: accounts: acme, beta, beta-test, gamma)";
    assert_eq!(
        problems(rules, &[]),
        [
            format!("rule.0.set.customer: no account is of the customer `acmee` {known}"),
            "rule.0.set.service: the service is empty".to_owned(),
            format!("rule.1.set.customer.map.z: no account is of the customer `zeta` {known}"),
            "rule.2.set.account: the account `beta` is of the customer `beta`, not `acme`".to_owned(),
            format!("rule.3.set.account: there is no account `delta` {accounts}"),
            "rule.3.set.owners.1.customer: the customer `acme` is there twice".to_owned(),
            "rule.3.set.owners: the shares sum to 5/6; expected exactly 1".to_owned(),
            "rule.3.set.owners: `owners` stands instead of `customer` and `account` (hint: an owner may name its account)".to_owned(),
            "rule.4.set.owners.0.share: `half` is no share; expected a fraction such as 1/3 or a decimal such as 0.25".to_owned(),
            "rule.5.set.non_billable.reason: the reason is empty: somebody must answer for what is not billed".to_owned(),
            "rule.5.set.non_billable.until: `until` is not after the rule's `from`: it would never hold".to_owned(),
            format!("default.customer: no account is of the customer `nobody` {known}"),
        ]
    );
}

#[test]
fn accounts() {
    let accounts = r#"
[account.delta]
name = "Delta"
currency = "EURO"
renamed_from = "acme"
plan = "gold"
agreement = []
[account.zeta]
name = "Zeta"
currency = "EUR"
renamed_from = "gone"
[account.zulu]
name = "Zulu"
currency = "EUR"
renamed_from = "gone"
[account.epsilon]
name = "Epsilon"
currency = "EUR"
agreement = [{ to = 2026-04-01 }, { from = 2026-03-31 }, { from = 2026-13-01 }]
"#;
    // A TOML date is checked by its reader: the last one is written as text.
    let accounts = accounts.replace("2026-13-01", "\"2026-13-01\"");
    assert_eq!(
        problems(&accounts, &[]),
        [
            "account.delta.renamed_from: the account `acme` is still there (hint: an account that was renamed stands under its new key only)",
            "account.delta.currency: `EURO` is no ISO 4217 currency code, such as EUR or SEK",
            "account.delta.agreement: the list of agreements is empty: nothing could be billed (hint: leave it out for one agreement without dates)",
            "account.delta.plan: `plan` stands instead of `agreement` (hint: each agreement has a plan of its own)",
            "account.epsilon.agreement.1: it overlaps the agreement `standard` of this account (hint: give the earlier one a `to`, and this one the same day as `from`)",
            "account.epsilon.agreement.2.from: `2026-13-01` is no date; expected one such as 2026-03-01",
            "account.epsilon.agreement.2: it overlaps the agreement `standard` of this account (hint: give the earlier one a `to`, and this one the same day as `from`)",
            "account.zulu.renamed_from: `gone` is called `zeta` by now (hint: write `renamed_from` in one of the accounts: history goes on with that)",
        ]
    );
}

#[test]
fn keys_that_no_source_declares() {
    let attribute = |name: &str, class| AttributeDeclaration {
        name: name.to_owned(),
        value_type: ValueType::Text,
        class,
        unit: None,
        description: String::new(),
    };
    let declared = [KindDeclaration {
        kind: "virtual-machine".into(),
        description: String::new(),
        attributes: vec![
            attribute("cluster", AttributeClass::Configuration),
            attribute("tags.*", AttributeClass::Configuration),
            attribute("used_bytes", AttributeClass::Gauge),
        ],
        correlation: Vec::new(),
    }];
    let rules = r#"
[[rule]]
when = { kind = ["virtual-machine", "vm"], name = "x", clutser = "a", cluster = "b", used_bytes = { min = 1 } }
set = { customer = { from = "tags.cust" }, service = { from = "team" } }
[[rule]]
when = { has = ["tags.cust", "owner"], tag = "env=prod" }
set = { customer = "acme" }
[[rule]]
when = { nam = "web-*" }
set = { customer = "acme" }
"#;
    let names = "(hint: attributes: cluster, tags.*, used_bytes)";
    assert_eq!(
        problems(rules, &declared),
        [
            "rule.0.when.clutser: no source declares the attribute `clutser` (hint: did you mean `cluster`?)"
                .to_owned(),
            "rule.0.when.kind: no source declares the kind `vm` (hint: kinds: virtual-machine)"
                .to_owned(),
            "rule.0.when.used_bytes: `used_bytes` is a gauge or ignored: no rule can read it"
                .to_owned(),
            format!("rule.0.set.service.from: no source declares the attribute `team` {names}"),
            format!("rule.1.when.has: no source declares the attribute `owner` {names}"),
            "rule.2.when.nam: no source declares the attribute `nam` (hint: did you mean `name`?)"
                .to_owned(),
        ]
    );
}

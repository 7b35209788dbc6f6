//! Configurations in TOML, resources in a line, and ownership as text.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::attribute::{AttributeClass, AttributeDeclaration, KindDeclaration, ValueType};
use crate::classify::{Classifier, ClassifyConfig, Directory, Terms, resolve};
use crate::ids::{AccountId, AccountKey, IntervalId, Kind, ListingId, ResourceId, Scope, SourceId};
use crate::inventory::{Configuration, Evidence, Interval};
use crate::ownership::{OwnedInterval, Ownership};
use crate::time::{BillingPeriod, Date, Instant, Period, TimeZone, Validity};
use crate::validity::ConfigVersion;

pub(super) fn zone() -> TimeZone {
    TimeZone::get("Europe/Stockholm").unwrap()
}

pub(super) fn day(text: &str) -> Instant {
    let date: Date = text.parse().unwrap();
    Instant::start_of_day(date, &zone()).unwrap()
}

pub(super) fn month(text: &str) -> Period {
    BillingPeriod::parse(text, zone()).unwrap().period()
}

pub(super) fn config(toml: &str) -> ClassifyConfig {
    toml::from_str(toml).unwrap()
}

/// Accounts that most tests use, before what they add.
pub(super) const ACCOUNTS: &str = r#"
[account.acme]
name = "Acme AB"
currency = "SEK"
plan = "gold"
[account.beta]
name = "Beta GmbH"
currency = "EUR"
[account.beta-test]
name = "Beta GmbH, test"
customer = "beta"
currency = "EUR"
[account.gamma]
name = "Gamma"
currency = "EUR"
agreement = [{ plan = "gold", to = 2026-03-11 }, { plan = "silver", from = 2026-03-11, to = 2026-03-21 }]
"#;

pub(super) fn terms(toml: &str) -> Terms {
    let config = config(&format!("{toml}\n{ACCOUNTS}"));
    resolve(&config, &zone(), &[]).unwrap()
}

pub(super) fn version(from: Option<&str>, toml: &str) -> ConfigVersion<Terms> {
    ConfigVersion {
        effective_from: from.map(day),
        terms: terms(toml),
    }
}

/// The accounts of most tests, and two that some add.
pub(super) fn directory() -> Directory {
    let accounts = ["acme", "beta", "beta-test", "gamma", "delta", "delta-test"];
    let numbered = (1..).map(AccountId);
    Directory {
        accounts: accounts
            .into_iter()
            .map(AccountKey::from)
            .zip(numbered)
            .collect(),
        sources: BTreeMap::from([
            ("netbox".to_owned(), SourceId(1)),
            ("nautobot".to_owned(), SourceId(1)),
            ("sheets".to_owned(), SourceId(2)),
        ]),
        declared: BTreeMap::from([(SourceId(1), vec![declared()])]),
    }
}

pub(super) fn classifier(versions: &[ConfigVersion<Terms>], period: Period) -> Classifier {
    let directory = directory();
    let versions: Vec<_> = versions
        .iter()
        .map(|version| version.project(|terms| terms))
        .collect();
    Classifier::new(&versions, &directory, period).unwrap()
}

/// What the source of `machine` declares.
pub(super) fn declared() -> KindDeclaration {
    let attribute = |name: &str, value_type| AttributeDeclaration {
        name: name.to_owned(),
        value_type,
        class: AttributeClass::Configuration,
        unit: None,
        description: String::new(),
    };
    KindDeclaration {
        kind: Kind::from("virtual-machine"),
        description: String::new(),
        attributes: vec![
            attribute("cpu", ValueType::Integer),
            attribute("ram_gb", ValueType::Decimal),
            attribute("managed", ValueType::Boolean),
            attribute("owner", ValueType::Text),
            attribute("tags.*", ValueType::Text),
        ],
        correlation: Vec::new(),
    }
}

/// A virtual machine of the source that is called `netbox` and `nautobot`, there since long ago.
pub(super) fn machine(name: &str, attributes: &[(&str, &str)]) -> Interval {
    let pairs = attributes.iter();
    Interval {
        id: IntervalId(1),
        resource: ResourceId(1),
        kind: Kind::from("virtual-machine"),
        source: SourceId(1),
        scope: Scope::from("all"),
        external_id: "vm-1".to_owned(),
        valid: Validity {
            from: Some(day("2025-01-01")),
            to: None,
        },
        covered_until: day("2026-06-01"),
        configuration: Arc::new(Configuration {
            name: name.to_owned(),
            parent: Some("cluster-7".to_owned()),
            attributes: pairs.copied().collect(),
        }),
        evidence: Evidence {
            listing: ListingId(1),
            place: "machines.csv row 2".to_owned(),
        },
        uncertain: None,
    }
}

/// "2026-03-01 acme@1/standard web gold": first day, customer, account, agreement, service and plan.
pub(super) fn shown(owned: &[OwnedInterval]) -> Vec<String> {
    let show = |interval: &OwnedInterval| {
        let day = interval.period.from().date(&zone());
        let ownership = match &*interval.ownership {
            Ownership::Owned {
                owners,
                service,
                plan,
            } => {
                let owners: Vec<String> = owners
                    .iter()
                    .map(|owner| {
                        let share = &owner.share;
                        let share = if share.is_integer() {
                            String::new()
                        } else {
                            format!("×{share}")
                        };
                        format!(
                            "{}@{}/{}{share}",
                            owner.customer, owner.account, owner.agreement
                        )
                    })
                    .collect();
                let service = service.as_ref().map_or("-", |service| service.as_str());
                let plan = plan.as_ref().map_or("-", |plan| plan.as_str());
                format!("{} {service} {plan}", owners.join("+"))
            }
            Ownership::NonBillable(terms) => format!("non-billable: {}", terms.reason),
            Ownership::Suspended(suspense) => format!("{suspense:?}"),
        };
        format!("{day} {ownership}")
    };
    owned.iter().map(show).collect()
}

/// March 2026 under one configuration.
pub(super) fn in_march(toml: &str, interval: &Interval) -> Vec<String> {
    let march = month("2026-03");
    shown(&classifier(&[version(None, toml)], march).classify(interval, march))
}

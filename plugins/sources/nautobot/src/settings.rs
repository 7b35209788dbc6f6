//! The settings of the connector as an admin writes them; `config.schema.json` says the same for people and editors.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) url: String,
    #[serde(default = "default_page_size")]
    pub(crate) page_size: u32,
    #[serde(default = "all_kinds")]
    pub(crate) kinds: Vec<Kind>,
    #[serde(default)]
    pub(crate) filter: BTreeMap<Kind, Filter>,
    pub(crate) inventory_disks: Option<InventoryDisks>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Tenant,
    VirtualMachine,
    Disk,
    Interface,
    Device,
    IpAddress,
}

/// Disks that Nautobot keeps as inventory items of devices.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InventoryDisks {
    /// The custom field with the size in GB.
    pub(crate) size: String,
    #[serde(default)]
    pub(crate) filter: Filter,
}

/// Parameters of a query; a parameter may be there more than once.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Filter(BTreeMap<String, Values>);

#[derive(Debug, Clone)]
struct Values(Vec<String>);

impl Filter {
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(name, values)| {
            let values = values.0.iter();
            values.map(move |value| (name.as_str(), value.as_str()))
        })
    }
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::VirtualMachine => "virtual-machine",
            Self::Disk => "disk",
            Self::Interface => "interface",
            Self::Device => "device",
            Self::IpAddress => "ip-address",
        }
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(one) => Ok(Self(vec![one])),
            many => serde_json::from_value(many)
                .map(Self)
                .map_err(serde::de::Error::custom),
        }
    }
}

fn default_page_size() -> u32 {
    200
}

fn all_kinds() -> Vec<Kind> {
    vec![
        Kind::Tenant,
        Kind::VirtualMachine,
        Kind::Disk,
        Kind::Interface,
        Kind::Device,
        Kind::IpAddress,
    ]
}

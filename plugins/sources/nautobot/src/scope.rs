//! The listings that Nautobot can give, what each of them holds, and how they are declared.
//! Knows nothing of pages.

use counterfoil_sdk::source::{
    AttributeClass, AttributeDeclaration, KindDeclaration, Moment, Offer, SourceInfo, ValueType,
};

use crate::fields::{self, Field};
use crate::settings::{Filter, Kind, Settings};

/// A part of Nautobot that is listed whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Tenants,
    VirtualMachines,
    /// Nautobot keeps the disk as a number of its machine: the machines are listed for it.
    Disks,
    InventoryDisks,
    Interfaces,
    Devices,
    IpAddresses,
}

const ALL: [Scope; 7] = [
    Scope::Tenants,
    Scope::VirtualMachines,
    Scope::Disks,
    Scope::InventoryDisks,
    Scope::Interfaces,
    Scope::Devices,
    Scope::IpAddresses,
];

impl Scope {
    pub(crate) fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// Those that the settings ask for.
    pub(crate) fn wanted(settings: &Settings) -> Vec<Self> {
        let wanted = |scope: &Self| {
            settings.kinds.contains(&scope.kind())
                && (*scope != Self::InventoryDisks || settings.inventory_disks.is_some())
        };
        ALL.into_iter().filter(wanted).collect()
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tenants => "tenants",
            Self::VirtualMachines => "virtual-machines",
            Self::Disks => "disks",
            Self::InventoryDisks => "inventory-disks",
            Self::Interfaces => "interfaces",
            Self::Devices => "devices",
            Self::IpAddresses => "ip-addresses",
        }
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Tenants => Kind::Tenant,
            Self::VirtualMachines => Kind::VirtualMachine,
            Self::Disks | Self::InventoryDisks => Kind::Disk,
            Self::Interfaces => Kind::Interface,
            Self::Devices => Kind::Device,
            Self::IpAddresses => Kind::IpAddress,
        }
    }

    /// Below "/api/".
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Tenants => "tenancy/tenants",
            Self::VirtualMachines | Self::Disks => "virtualization/virtual-machines",
            Self::InventoryDisks => "dcim/inventory-items",
            Self::Interfaces => "virtualization/interfaces",
            Self::Devices => "dcim/devices",
            Self::IpAddresses => "ipam/ip-addresses",
        }
    }

    /// How deep references are nested: without it they have no names.
    pub(crate) fn depth(self) -> &'static str {
        match self {
            Self::Tenants
            | Self::VirtualMachines
            | Self::Disks
            | Self::Devices
            | Self::IpAddresses => "1",
            Self::InventoryDisks | Self::Interfaces => "2",
        }
    }

    pub(crate) fn fields(self) -> &'static [Field] {
        match self {
            Self::Tenants => fields::TENANT,
            Self::VirtualMachines => fields::VIRTUAL_MACHINE,
            Self::Disks => fields::DISK,
            Self::InventoryDisks => fields::INVENTORY_DISK,
            Self::Interfaces => fields::INTERFACE,
            Self::Devices => fields::DEVICE,
            Self::IpAddresses => fields::IP_ADDRESS,
        }
    }

    pub(crate) fn filter(self, settings: &Settings) -> Filter {
        let kind = match self {
            Self::InventoryDisks => {
                let disks = settings.inventory_disks.as_ref();
                return disks.map(|disks| disks.filter.clone()).unwrap_or_default();
            }
            Self::Disks => Kind::VirtualMachine,
            Self::Tenants
            | Self::VirtualMachines
            | Self::Interfaces
            | Self::Devices
            | Self::IpAddresses => self.kind(),
        };
        settings.filter.get(&kind).cloned().unwrap_or_default()
    }

    pub(crate) fn offer(self) -> Offer {
        Offer {
            scope: self.name().to_owned(),
            kinds: vec![self.kind().name().to_owned()],
            moment: Moment::Now,
            key: String::new(),
            fingerprint: String::new(),
        }
    }
}

pub(crate) fn declare(settings: &Settings) -> SourceInfo {
    let mut kinds: Vec<KindDeclaration> = Vec::new();
    for scope in Scope::wanted(settings) {
        let name = scope.kind().name();
        let position = kinds.iter().position(|kind| kind.name == name);
        let position = position.unwrap_or_else(|| {
            kinds.push(empty(scope.kind()));
            kinds.len() - 1
        });
        let kind = &mut kinds[position];
        for field in scope.fields() {
            if !kind.attributes.iter().any(|known| known.name == field.name) {
                kind.attributes.push(declare_field(field));
            }
        }
    }
    SourceInfo {
        kinds,
        extras: vec![],
    }
}

fn empty(kind: Kind) -> KindDeclaration {
    let (description, correlation): (_, &[&[&str]]) = match kind {
        Kind::Tenant => ("A tenant, as Nautobot has it.", &[&["name"]]),
        Kind::VirtualMachine => ("A virtual machine.", &[&["cluster", "name"]]),
        Kind::Disk => ("The disk space of a machine.", &[]),
        Kind::Interface => ("A network interface of a virtual machine.", &[]),
        Kind::Device => ("A device in a rack.", &[&["serial"], &["location", "name"]]),
        Kind::IpAddress => ("An IP address.", &[]),
    };
    let family = |name: &str, description: &str| AttributeDeclaration {
        name: name.to_owned(),
        value_type: ValueType::Text,
        class: AttributeClass::Configuration,
        unit: None,
        description: description.to_owned(),
    };
    KindDeclaration {
        name: kind.name().to_owned(),
        description: description.to_owned(),
        attributes: vec![
            family(
                "tags.*",
                "Tags; \"cust=acme\" and \"cust:acme\" have a value.",
            ),
            family("cf.*", "Custom fields."),
        ],
        correlation: correlation
            .iter()
            .map(|key| key.iter().map(|name| (*name).to_owned()).collect())
            .collect(),
    }
}

fn declare_field(field: &Field) -> AttributeDeclaration {
    AttributeDeclaration {
        name: field.name.to_owned(),
        value_type: field.value_type,
        class: field.class,
        unit: field.unit.map(str::to_owned),
        description: field.description.to_owned(),
    }
}

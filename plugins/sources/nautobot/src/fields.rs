//! Which attributes each listing has, and where they stand in Nautobot's answer. A table: nothing is decided here.

use counterfoil_sdk::source::{AttributeClass, ValueType};

/// One attribute. The path leads through the JSON of a row, which has references nested.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) path: &'static [&'static str],
    pub(crate) value_type: ValueType,
    pub(crate) class: AttributeClass,
    /// UN/ECE Rec 20.
    pub(crate) unit: Option<&'static str>,
    pub(crate) description: &'static str,
}

const fn text(
    name: &'static str,
    path: &'static [&'static str],
    description: &'static str,
) -> Field {
    Field {
        name,
        path,
        value_type: ValueType::Text,
        class: AttributeClass::Configuration,
        unit: None,
        description,
    }
}

const fn identity(
    name: &'static str,
    path: &'static [&'static str],
    description: &'static str,
) -> Field {
    Field {
        class: AttributeClass::Identity,
        ..text(name, path, description)
    }
}

const fn integer(
    name: &'static str,
    path: &'static [&'static str],
    unit: &'static str,
    description: &'static str,
) -> Field {
    Field {
        value_type: ValueType::Integer,
        unit: Some(unit),
        ..text(name, path, description)
    }
}

const PIECE: &str = "C62";
const MEGABYTE: &str = "4L";
pub(crate) const GIGABYTE: &str = "E34";

pub(crate) const TENANT: &[Field] = &[
    text("group", &["tenant_group", "name"], "The tenant's group."),
    text("description", &["description"], "The tenant's description."),
];

pub(crate) const VIRTUAL_MACHINE: &[Field] = &[
    text(
        "tenant",
        &["tenant", "name"],
        "The tenant that the machine is assigned to.",
    ),
    text(
        "cluster",
        &["cluster", "name"],
        "The cluster that it runs in.",
    ),
    text(
        "status",
        &["status", "name"],
        "Its status: Active, Offline.",
    ),
    text("role", &["role", "name"], "Its role."),
    text("platform", &["platform", "name"], "Its platform."),
    integer("vcpus", &["vcpus"], PIECE, "Virtual CPUs."),
    integer("memory_mb", &["memory"], MEGABYTE, "Memory."),
    integer(
        "disk_gb",
        &["disk"],
        GIGABYTE,
        "Disk space. Its disk is a resource of its own, too.",
    ),
    text(
        "primary_ip4",
        &["primary_ip4", "host"],
        "Its primary IPv4 address.",
    ),
    text(
        "primary_ip6",
        &["primary_ip6", "host"],
        "Its primary IPv6 address.",
    ),
];

/// Of the row of the machine that the disk is in.
pub(crate) const DISK: &[Field] = &[
    integer("disk_gb", &["disk"], GIGABYTE, "The size of the disk."),
    text("machine", &["name"], "The name of what the disk is in."),
    text(
        "tenant",
        &["tenant", "name"],
        "The tenant of what the disk is in.",
    ),
    text(
        "cluster",
        &["cluster", "name"],
        "The cluster of what the disk is in.",
    ),
    text(
        "status",
        &["status", "name"],
        "The status of what the disk is in.",
    ),
    text(
        "role",
        &["role", "name"],
        "The role of what the disk is in.",
    ),
];

/// Of an inventory item. Its size is in a custom field, which settings name.
pub(crate) const INVENTORY_DISK: &[Field] = &[
    text(
        "machine",
        &["device", "name"],
        "The name of what the disk is in.",
    ),
    text(
        "tenant",
        &["device", "tenant", "name"],
        "The tenant of what the disk is in.",
    ),
    text(
        "location",
        &["device", "location", "name"],
        "The location of what the disk is in.",
    ),
    text(
        "status",
        &["device", "status", "name"],
        "The status of what the disk is in.",
    ),
    text(
        "role",
        &["device", "role", "name"],
        "The role of what the disk is in.",
    ),
    text(
        "part_id",
        &["part_id"],
        "The manufacturer's name of the part.",
    ),
    identity("serial", &["serial"], "The serial number."),
];

pub(crate) const INTERFACE: &[Field] = &[
    text(
        "machine",
        &["virtual_machine", "name"],
        "The machine that it belongs to.",
    ),
    text(
        "tenant",
        &["virtual_machine", "tenant", "name"],
        "The tenant of its machine.",
    ),
    text(
        "cluster",
        &["virtual_machine", "cluster", "name"],
        "The cluster of its machine.",
    ),
    text("status", &["status", "name"], "Its status."),
    text("role", &["role", "name"], "Its role."),
    text(
        "mode",
        &["mode", "value"],
        "How it handles VLANs: access, tagged.",
    ),
    text("vlan", &["untagged_vlan", "name"], "Its untagged VLAN."),
    text("mac_address", &["mac_address"], "Its MAC address."),
    Field {
        value_type: ValueType::Boolean,
        ..text("enabled", &["enabled"], "Whether it is switched on.")
    },
];

pub(crate) const DEVICE: &[Field] = &[
    text(
        "tenant",
        &["tenant", "name"],
        "The tenant that the device is assigned to.",
    ),
    text("location", &["location", "name"], "Where it stands."),
    text("rack", &["rack", "name"], "The rack that it is in."),
    integer(
        "position",
        &["position"],
        PIECE,
        "Its lowest unit in the rack.",
    ),
    text(
        "face",
        &["face", "value"],
        "The side of the rack: front, rear.",
    ),
    text("status", &["status", "name"], "Its status."),
    text("role", &["role", "name"], "Its role."),
    text("platform", &["platform", "name"], "Its platform."),
    text("model", &["device_type", "model"], "Its type."),
    integer(
        "height_units",
        &["device_type", "u_height"],
        PIECE,
        "How many rack units its type takes.",
    ),
    identity("serial", &["serial"], "The serial number."),
    identity("asset_tag", &["asset_tag"], "The asset tag."),
    text(
        "primary_ip4",
        &["primary_ip4", "host"],
        "Its primary IPv4 address.",
    ),
    text(
        "primary_ip6",
        &["primary_ip6", "host"],
        "Its primary IPv6 address.",
    ),
];

pub(crate) const IP_ADDRESS: &[Field] = &[
    text(
        "tenant",
        &["tenant", "name"],
        "The tenant that the address is assigned to.",
    ),
    text("prefix", &["parent", "prefix"], "The prefix that it is in."),
    integer("ip_version", &["ip_version"], PIECE, "4 or 6."),
    text("type", &["type"], "What it is for: host, dhcp, slaac."),
    text("status", &["status", "name"], "Its status."),
    text("role", &["role", "name"], "Its role."),
    text("dns_name", &["dns_name"], "Its name in the DNS."),
];

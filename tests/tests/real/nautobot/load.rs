//! Puts tenants, machines with disks, devices and addresses into an empty Nautobot, in bulk, and writes down what it put
//! where.

use std::collections::BTreeMap;

use anyhow::Result;
use counterfoil_tests::rest::Rest;
use serde_json::{Value, json};

use super::estate::{Estate, Holding};

pub(crate) const TENANTS: u32 = 40;
pub(crate) const MACHINES: u32 = 200;
pub(crate) const DEVICES: u32 = 20;
pub(crate) const ADDRESSES: u32 = 60;

pub(crate) const MACHINE_PATH: &str = "/api/virtualization/virtual-machines/";
pub(crate) const ADDRESS_PATH: &str = "/api/ipam/ip-addresses/";
pub(crate) const DEVICE_PATH: &str = "/api/dcim/devices/";

/// Ids are given, so that a listing in the order of ids goes by the numbers here.
fn id(group: char, number: u32) -> String {
    format!("{number:08x}-0000-4000-8000-{group}00000000000")
}

pub(crate) fn tenant_id(number: u32) -> String {
    id('a', number)
}

pub(crate) fn machine_id(number: u32) -> String {
    id('b', number)
}

pub(crate) fn device_id(number: u32) -> String {
    id('c', number)
}

pub(crate) fn address_id(number: u32) -> String {
    id('d', number)
}

pub(crate) fn tenant_name(number: u32) -> String {
    format!("tenant-{number:02}")
}

fn tenant_of(number: u32) -> u32 {
    1 + number % TENANTS
}

/// A machine by its number; three of five have a disk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine {
    pub(crate) number: u32,
    pub(crate) tenant: u32,
    pub(crate) vcpus: u32,
    pub(crate) memory: u32,
    pub(crate) disk: Option<u32>,
}

impl Machine {
    pub(crate) fn new(number: u32) -> Self {
        Self {
            number,
            tenant: tenant_of(number),
            vcpus: 1 + number % 8,
            memory: 1024 * (1 + number % 4),
            disk: (number % 5 < 3).then_some(20 + 10 * (number % 7)),
        }
    }

    pub(crate) fn body(&self) -> Value {
        json!({
            "id": machine_id(self.number), "name": format!("machine-{:03}", self.number),
            "cluster": { "name": "prod1" }, "status": "Active", "tenant": tenant_id(self.tenant),
            "vcpus": self.vcpus, "memory": self.memory, "disk": self.disk,
        })
    }

    pub(crate) fn holding(&self) -> Holding {
        let disk = self.disk.map(|size| ("disk", u64::from(size)));
        let units = [
            ("vcpu", u64::from(self.vcpus)),
            ("memory", u64::from(self.memory)),
        ];
        Holding {
            tenant: self.tenant,
            units: units.into_iter().chain(disk).collect(),
        }
    }
}

/// What resources refer to.
pub(crate) fn surroundings(nautobot: &Rest) -> Result<()> {
    let tenants: Vec<Value> = (1..=TENANTS)
        .map(|number| json!({ "id": tenant_id(number), "name": tenant_name(number) }))
        .collect();
    for (path, rows) in [
        ("tenancy/tenants", json!(tenants)),
        ("virtualization/cluster-types", json!([{ "name": "KVM" }])),
        (
            "virtualization/clusters",
            json!([{ "name": "prod1", "cluster_type": { "name": "KVM" } }]),
        ),
        (
            "dcim/location-types",
            json!([{ "name": "Hall", "content_types": ["dcim.device"] }]),
        ),
        (
            "dcim/locations",
            json!([{ "name": "sto1", "location_type": { "name": "Hall" }, "status": "Active" }]),
        ),
        ("dcim/manufacturers", json!([{ "name": "Maker" }])),
        (
            "dcim/device-types",
            json!([
                { "model": "1U", "manufacturer": { "name": "Maker" }, "u_height": 1 },
                { "model": "2U", "manufacturer": { "name": "Maker" }, "u_height": 2 },
            ]),
        ),
        (
            "extras/roles",
            json!([{ "name": "Housed", "content_types": ["dcim.device"] }]),
        ),
        (
            "ipam/prefixes",
            json!([{ "prefix": "203.0.113.0/24", "namespace": { "name": "Global" }, "status": "Active" }]),
        ),
    ] {
        nautobot.post(&format!("/api/{path}/"), &rows)?;
    }
    Ok(())
}

/// Machines, devices and addresses, all there since the first day.
pub(crate) fn resources(nautobot: &Rest) -> Result<Estate> {
    let mut estate = Estate::default();
    let machines: Vec<Machine> = (1..=MACHINES).map(Machine::new).collect();
    for part in machines.chunks(100) {
        let bodies: Vec<Value> = part.iter().map(Machine::body).collect();
        nautobot.post(MACHINE_PATH, &json!(bodies))?;
    }
    for machine in &machines {
        estate.put(&machine_id(machine.number), machine.holding(), 0);
    }
    let mut devices = Vec::new();
    for number in 1..=DEVICES {
        let (tenant, height) = (tenant_of(number), 1 + number % 2);
        devices.push(json!({
            "id": device_id(number), "name": format!("device-{number:02}"), "role": "Housed", "status": "Active",
            "device_type": { "model": format!("{height}U") }, "location": { "name": "sto1" },
            "tenant": tenant_id(tenant),
        }));
        estate.put(&device_id(number), single(tenant, "rack-unit", height), 0);
    }
    nautobot.post(DEVICE_PATH, &json!(devices))?;
    let mut addresses = Vec::new();
    for number in 1..=ADDRESSES {
        let tenant = tenant_of(number);
        addresses.push(json!({
            "id": address_id(number), "address": format!("203.0.113.{number}/24"), "status": "Active",
            "namespace": { "name": "Global" }, "tenant": tenant_id(tenant),
        }));
        estate.put(&address_id(number), single(tenant, "address", 1), 0);
    }
    nautobot.post(ADDRESS_PATH, &json!(addresses))?;
    Ok(estate)
}

pub(crate) fn single(tenant: u32, item: &'static str, units: u32) -> Holding {
    Holding {
        tenant,
        units: BTreeMap::from([(item, u64::from(units))]),
    }
}

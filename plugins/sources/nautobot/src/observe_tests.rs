//! Answers of a real Nautobot 3.2, without what is not read, and what comes of them.

use super::*;
use crate::paging::Page;

fn settings() -> Settings {
    serde_json::from_str(
        r#"{"url": "https://nautobot.example.net", "inventory_disks": {"size": "size_gb"}}"#,
    )
    .unwrap()
}

fn rows(sample: &str) -> Vec<Value> {
    serde_json::from_str::<Page>(sample).unwrap().results
}

fn observed(scope: Scope, sample: &str) -> Observation {
    let row = &rows(sample)[0];
    observe(scope, &settings(), row, "page 1 item 1")
        .unwrap()
        .unwrap()
}

fn attributes(observation: &Observation) -> Vec<(&str, &str)> {
    let attributes = observation.attributes.iter();
    attributes
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

const MACHINES: &str = include_str!("samples/virtual-machines.json");

#[test]
fn a_virtual_machine() {
    let machine = observed(Scope::VirtualMachines, MACHINES);
    assert_eq!(machine.id, "2ab4cf79-dad1-4007-9b5b-0e9cf5fc9a22");
    assert_eq!(
        (machine.kind.as_str(), machine.name.as_str()),
        ("virtual-machine", "acme-web-01")
    );
    assert_eq!(machine.parent, None);
    assert_eq!(
        attributes(&machine),
        [
            ("tenant", "Acme Retail AB"),
            ("cluster", "prod1"),
            ("status", "Active"),
            ("role", "web"),
            ("vcpus", "2"),
            ("memory_mb", "4096"),
            ("disk_gb", "41"),
            ("primary_ip4", "10.0.0.5"),
            ("tags.backup", ""),
            ("tags.cust", "acme"),
            ("cf.cost_centre", "4711"),
        ]
    );
}

#[test]
fn its_disk_is_a_resource_below_it() {
    let disk = observed(Scope::Disks, MACHINES);
    assert_eq!(disk.id, "2ab4cf79-dad1-4007-9b5b-0e9cf5fc9a22/disk");
    assert_eq!(
        disk.parent.as_deref(),
        Some("2ab4cf79-dad1-4007-9b5b-0e9cf5fc9a22")
    );
    assert_eq!(
        (disk.kind.as_str(), disk.name.as_str()),
        ("disk", "acme-web-01")
    );
    assert_eq!(
        attributes(&disk)[..3],
        [
            ("disk_gb", "41"),
            ("machine", "acme-web-01"),
            ("tenant", "Acme Retail AB")
        ]
    );
    assert!(attributes(&disk).contains(&("tags.cust", "acme")));
}

#[test]
fn a_machine_without_a_disk_has_none() {
    let mut row = rows(MACHINES).remove(0);
    for nothing in [Value::Null, Value::from(0)] {
        row["disk"] = nothing;
        assert_eq!(
            observe(Scope::Disks, &settings(), &row, "page 1 item 1"),
            Ok(None)
        );
    }
}

#[test]
fn an_interface() {
    let interface = observed(Scope::Interfaces, include_str!("samples/interfaces.json"));
    assert_eq!(
        interface.parent.as_deref(),
        Some("2ab4cf79-dad1-4007-9b5b-0e9cf5fc9a22")
    );
    assert_eq!(
        attributes(&interface),
        [
            ("machine", "acme-web-01"),
            ("tenant", "Acme Retail AB"),
            ("cluster", "prod1"),
            ("status", "Active"),
            ("mac_address", "02:00:00:00:00:01"),
            ("enabled", "true"),
        ]
    );
}

#[test]
fn a_device_and_its_disk() {
    let device = observed(Scope::Devices, include_str!("samples/devices.json"));
    assert_eq!(
        attributes(&device),
        [
            ("tenant", "Acme Retail AB"),
            ("location", "sto1"),
            ("rack", "H1-R05"),
            ("position", "4"),
            ("face", "front"),
            ("status", "Active"),
            ("role", "web"),
            ("model", "R740"),
            ("height_units", "2"),
            ("serial", "S-1"),
            ("tags.cust", "acme"),
        ]
    );
    let disk = observed(
        Scope::InventoryDisks,
        include_str!("samples/inventory-items.json"),
    );
    assert_eq!(disk.parent.as_deref(), Some(device.id.as_str()));
    assert!(attributes(&disk).contains(&("disk_gb", "960")), "{disk:?}");
    assert!(
        attributes(&disk).contains(&("tenant", "Acme Retail AB")),
        "{disk:?}"
    );
}

#[test]
fn an_address_and_a_tenant() {
    let address = observed(
        Scope::IpAddresses,
        include_str!("samples/ip-addresses.json"),
    );
    assert_eq!(address.name, "10.0.0.5/24");
    assert!(attributes(&address).contains(&("prefix", "10.0.0.0/24")));
    let tenant = observed(Scope::Tenants, include_str!("samples/tenants.json"));
    assert_eq!(tenant.name, "Acme Retail AB");
    assert_eq!(
        attributes(&tenant),
        [("group", "Customers"), ("description", "since 2019")]
    );
}

#[test]
fn a_field_that_is_not_there_breaks_the_row_and_keeps_its_id() {
    for field in ["disk", "tenant", "tags", "custom_fields"] {
        let mut row = rows(MACHINES).remove(0);
        row.as_object_mut().unwrap().remove(field);
        let broken = observe(Scope::Disks, &settings(), &row, "page 2 item 7").unwrap_err();
        assert_eq!(
            broken.id.as_deref(),
            Some("2ab4cf79-dad1-4007-9b5b-0e9cf5fc9a22/disk")
        );
        assert!(broken.message.contains(field), "{}", broken.message);
        assert_eq!(broken.place, "page 2 item 7");
    }
    let mut row = rows(MACHINES).remove(0);
    row["vcpus"] = Value::from("two");
    let broken = observe(Scope::VirtualMachines, &settings(), &row, "").unwrap_err();
    assert_eq!(broken.message, "\"vcpus\" is no value that can be read");
}

#[test]
fn several_values_of_a_tag_are_joined() {
    let mut row = rows(MACHINES).remove(0);
    let tag = |name: &str| serde_json::json!({ "name": name });
    row["tags"] = Value::from(vec![
        tag("Env: prod"),
        tag("env=dr"),
        tag("env=prod"),
        tag("Cost Centre"),
    ]);
    row["custom_fields"] =
        serde_json::json!({"Choices": ["a", "b"], "none": null, "on": true, "n": 1.50});
    let machine = observe(Scope::VirtualMachines, &settings(), &row, "")
        .unwrap()
        .unwrap();
    let found = attributes(&machine);
    assert_eq!(
        found[found.len() - 5..],
        [
            ("tags.cost_centre", ""),
            ("tags.env", "dr,prod"),
            ("cf.choices", "a,b"),
            ("cf.n", "1.5"),
            ("cf.on", "true"),
        ]
    );
}

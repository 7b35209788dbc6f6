//! March as loaded and April as changed, billed to the cent.

use anyhow::{Context, Result};
use counterfoil_tests::practice::PracticeServer;
use counterfoil_tests::rest::Rest;
use serde_json::{Value, json};

use super::bill::{Bill, bill};
use super::estate::Estate;
use super::load::{
    ADDRESS_PATH, ADDRESSES, DEVICE_PATH, DEVICES, MACHINE_PATH, MACHINES, Machine, TENANTS,
    address_id, device_id, machine_id, single, tenant_id,
};
use super::place::workplace;

/// Midnights in Stockholm: the first of March, the eleventh of April, the first of May.
const LOADED: &str = "2026-02-28T23:00:00Z";
const CHANGED: &str = "2026-04-10T22:00:00Z";
const ENDED: &str = "2026-04-30T22:00:00Z";
/// The day of the changes, and the days after the months, counted from the first of March.
const CHANGE_DAY: u64 = 31 + 10;
const MARCH_END: u64 = 31;
const APRIL_END: u64 = 31 + 30;

pub(crate) fn two_months_are_billed_as_loaded_and_changed(
    nautobot: &Rest,
    token: &str,
    mut estate: Estate,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = PracticeServer::start(folder.path(), None)?;
    let kinds = ["tenant", "virtual-machine", "disk", "device", "ip-address"];
    let mut place = workplace(folder.path(), &kinds, &nautobot.url, token)?;
    place.set("PRACTICE_URL", &server.url());

    LOADED.clone_into(&mut place.now);
    let first = place.json(&["discover"])?;
    let disks = (1..=MACHINES).filter(|number| Machine::new(*number).disk.is_some());
    let disks = u32::try_from(disks.count())?;
    for (scope, new) in [
        ("tenants", TENANTS),
        ("virtual-machines", MACHINES),
        ("disks", disks),
        ("devices", DEVICES),
        ("ip-addresses", ADDRESSES),
    ] {
        told(&first, scope, [new, 0, 0])?;
    }
    let march = bill(&estate, 0..MARCH_END);

    change(nautobot, &mut estate)?;
    CHANGED.clone_into(&mut place.now);
    let second = place.json(&["discover"])?;
    told(&second, "tenants", [0, 0, 0])?;
    told(&second, "virtual-machines", [8, 22, 6])?;
    // Of the added machines 201, 202, 205, 206 and 207 have a disk; of the resized 23, 24, 28 and 29 get their first.
    told(&second, "disks", [5 + 4, 6 + 8, 4])?;
    told(&second, "devices", [0, 1, 0])?;
    told(&second, "ip-addresses", [0, 5, 2])?;
    let history = place.json(&["inventory", "history", "machine-001"])?;
    let history = history["intervals"]
        .as_array()
        .context("a history is a list")?;
    let standing: Vec<&Value> = history
        .iter()
        .filter(|interval| interval["recorded_to"].is_null())
        .collect();
    assert_eq!(standing.len(), 2, "the machine and its disk: {history:#?}");
    for interval in standing {
        assert_eq!(interval["valid"]["to"], CHANGED, "{interval:#}");
    }

    bill_month(&place, "2026-03")?;
    assert_eq!(held(&server, "2026-03")?, march);

    ENDED.clone_into(&mut place.now);
    let third = place.json(&["discover"])?;
    told(&third, "virtual-machines", [0, 0, 0])?;
    bill_month(&place, "2026-04")?;
    let april = bill(&estate, MARCH_END..APRIL_END);
    assert_ne!(april, march);
    assert_eq!(held(&server, "2026-04")?, april);
    place.expect(0, &["verify"])?;
    Ok(())
}

/// How many resources of a scope were new, changed and ended, the listing being complete.
fn told(report: &Value, scope: &str, expected: [u32; 3]) -> Result<()> {
    let listings = report["listings"].as_array().context("a report lists")?;
    let listing = listings.iter().find(|listing| listing["scope"] == scope);
    let listing = listing.with_context(|| format!("{scope} was listed"))?;
    assert_eq!(listing["completeness"], "complete", "{listing:#}");
    let told = ["new", "changed", "ended"].map(|key| listing[key].clone());
    assert_eq!(told, expected.map(Value::from), "{scope}");
    assert_eq!(listing["withheld"], 0, "{scope}");
    Ok(())
}

/// Deletes, moves to another tenant, resizes and adds.
fn change(nautobot: &Rest, estate: &mut Estate) -> Result<()> {
    let ids = |ids: &[String]| json!(ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>());
    let deleted: Vec<String> = (1..=6).map(machine_id).collect();
    nautobot.delete(MACHINE_PATH, Some(&ids(&deleted)))?;
    let freed: Vec<String> = (6..=7).map(address_id).collect();
    nautobot.delete(ADDRESS_PATH, Some(&ids(&freed)))?;
    for id in deleted.iter().chain(&freed) {
        estate.remove(id, CHANGE_DAY);
    }

    let other = |tenant: u32| 1 + tenant % TENANTS;
    let mut changes = Vec::new();
    for number in 11..=32 {
        let mut machine = Machine::new(number);
        if number <= 20 {
            machine.tenant = other(machine.tenant);
        } else {
            machine.vcpus += 2;
            machine.memory += 512;
            machine.disk = Some(machine.disk.unwrap_or_default() + 50);
        }
        changes.push(machine);
    }
    let bodies: Vec<Value> = changes.iter().map(Machine::body).collect();
    nautobot.patch(MACHINE_PATH, &json!(bodies))?;
    let added: Vec<Machine> = (MACHINES + 1..=MACHINES + 8).map(Machine::new).collect();
    let bodies: Vec<Value> = added.iter().map(Machine::body).collect();
    nautobot.post(MACHINE_PATH, &json!(bodies))?;
    for machine in changes.iter().chain(&added) {
        estate.put(&machine_id(machine.number), machine.holding(), CHANGE_DAY);
    }

    let moved_addresses: Vec<String> = (1..=5).map(address_id).collect();
    for (path, moved, item) in [
        (ADDRESS_PATH, moved_addresses, "address"),
        (DEVICE_PATH, vec![device_id(1)], "rack-unit"),
    ] {
        let mut bodies = Vec::new();
        for id in &moved {
            let holding = estate.get(id).context("what moves is there")?.clone();
            let tenant = other(holding.tenant);
            bodies.push(json!({ "id": id, "tenant": tenant_id(tenant) }));
            let units = u32::try_from(holding.units[item])?;
            estate.put(id, single(tenant, item, units), CHANGE_DAY);
        }
        nautobot.patch(path, &json!(bodies))?;
    }
    Ok(())
}

fn bill_month(place: &counterfoil_tests::binary::Workplace, month: &str) -> Result<()> {
    place.expect(0, &["plan", "--period", month])?;
    place.expect(0, &["approve", "--period", month, "--all", "--by", "test"])?;
    place.expect(0, &["apply", "--period", month])?;
    place.expect(0, &["reconcile", "--period", month])?;
    Ok(())
}

/// What the practice API holds of a month.
fn held(server: &PracticeServer, month: &str) -> Result<Bill> {
    let customers = server.get("/api/v1/customers?limit=100")?;
    let customers = customers["items"].as_array().context("a page has items")?;
    let documents = server.get("/api/v1/documents?limit=100")?;
    assert_eq!(documents["next"], Value::Null, "one page holds them all");
    let mut bill = Bill::new();
    for document in documents["items"].as_array().context("a page has items")? {
        let first_day = document["first_day"].as_str().unwrap_or_default();
        if !first_day.starts_with(month) {
            continue;
        }
        assert_eq!(document["kind"], "invoice");
        assert_eq!(document["state"], "posted");
        let customer = customers
            .iter()
            .find(|customer| customer["id"] == document["customer"]);
        let customer = customer.and_then(|customer| customer["reference"].as_str());
        let customer = customer.context("an invoice has a customer")?;
        for line in document["lines"].as_array().context("it has lines")? {
            let item = line["item"].as_str().context("a line has an item")?;
            let net = line["net"].as_str().context("a line has a net")?;
            let twice = bill.insert((customer.to_owned(), item.to_owned()), cents(net)?);
            assert_eq!(twice, None, "one line for {item} of {customer}");
        }
    }
    Ok(bill)
}

fn cents(net: &str) -> Result<u64> {
    let (whole, cents) = net.split_once('.').unwrap_or((net, "00"));
    assert_eq!(cents.len(), 2, "{net}");
    Ok(whole.parse::<u64>()? * 100 + cents.parse::<u64>()?)
}

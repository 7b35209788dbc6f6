//! The exports of the colocation example, with the mess that its README tells by day.

use std::path::Path;

use super::*;

const MAPPING: &str = r#"{
    "files": "inventory-*.{csv,xlsx}", "date": "inventory-{date}.*",
    "id": "Asset ID", "name": "Name", "parent": "Attached to",
    "kind": {"column": "Type", "map": {"VM": "virtual-machine", "Disk": "disk", "IP block": "ip-block",
        "Rack space": "rack-space", "Licence": "licence"}},
    "attribute": {
        "customer": {"column": "Customer"},
        "vcpus": {"column": "vCPU", "type": "integer", "kinds": ["virtual-machine"]},
        "memory_gb": {"column": "RAM (GB)", "type": "decimal", "kinds": ["virtual-machine"]},
        "disk_gb": {"column": "Disk (GB)", "type": "decimal", "kinds": ["virtual-machine", "disk"]},
        "used_gb": {"column": "Used (GB)", "type": "decimal", "class": "gauge", "kinds": ["virtual-machine", "disk"]},
        "rack_units": {"column": "Rack units", "type": "integer", "kinds": ["rack-space"]},
        "quantity": {"column": "Quantity", "type": "integer", "kinds": ["licence", "ip-block"]},
        "power": {"column": "Power", "type": "boolean", "kinds": ["virtual-machine"]}
    },
    "tags": {"column": "Tags", "separators": ";,"}
}"#;

/// Days that are not simply whole: how many rows were read, and what is said of the others.
const ODD_DAYS: [(&str, usize, &[&str]); 7] = [
    ("09", 146, &[]),
    (
        "11",
        144,
        &["row 50 [?] the row has no id that can be read"],
    ),
    (
        "16",
        143,
        &["row 44 [VM-1045] the row has 16 values where the header has 15"],
    ),
    ("19", 86, &[]),
    (
        "20",
        143,
        &["row 8 [VM-1007] RAM (GB) \"n/a\" is no number"],
    ),
    (
        "21",
        142,
        &[
            "row 8 [VM-1007] RAM (GB) \"n/a\" is no number",
            "row 98 [DSK-2020] Disk (GB) \"n/a\" is no number",
        ],
    ),
    (
        "26",
        122,
        &["row 124 [IP-4008] the row has no line end: the file may be half-written"],
    ),
];

/// How many rows the README says that there are, of the days that are whole.
const WHOLE_DAYS: [(&str, usize); 23] = [
    ("01", 145),
    ("02", 145),
    ("03", 146),
    ("04", 146),
    ("05", 146),
    ("06", 146),
    ("07", 146),
    ("08", 145),
    ("10", 145),
    ("12", 146),
    ("13", 146),
    ("15", 144),
    ("17", 143),
    ("18", 144),
    ("22", 144),
    ("23", 144),
    ("24", 144),
    ("25", 142),
    ("27", 145),
    ("28", 145),
    ("29", 145),
    ("30", 146),
    ("31", 145),
];

fn day(day: &str) -> (Told, Coverage) {
    let package = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let folder = Path::new(&package).join("../../../examples/colocation/exports");
    let file = |ending: &str| folder.join(format!("inventory-2026-03-{day}.{ending}"));
    let bytes = std::fs::read(file("csv")).or_else(|_| std::fs::read(file("xlsx")));
    read_with(bytes.unwrap(), MAPPING)
}

#[test]
fn whole_exports_are_read_whole() {
    for (name, rows) in WHOLE_DAYS {
        let (told, coverage) = day(name);
        assert_complete(&coverage);
        assert_eq!(
            (told.observations.len(), told.broken.len()),
            (rows, 0),
            "day {name}"
        );
    }
}

#[test]
fn odd_exports_say_what_is_odd() {
    for (name, rows, broken) in ODD_DAYS {
        let (told, coverage) = day(name);
        let broken: Vec<String> = broken.iter().map(|text| format!("x.csv {text}")).collect();
        assert_eq!(told.broken_texts(), broken, "day {name}");
        assert_eq!(told.observations.len(), rows, "day {name}");
        let partial = ["11", "26"].contains(&name);
        assert_eq!(
            coverage.completeness == Completeness::Partial,
            partial,
            "day {name}"
        );
    }
}

#[test]
fn numbers_and_letters_are_the_same_however_they_are_written() {
    for (name, _) in WHOLE_DAYS {
        let (told, _) = day(name);
        let found = |name: &str| told.observations.iter().find(|o| o.name == name).unwrap();
        let history = found("elv01-hist-data").id.as_str();
        let expected = if name < "06" { "4000" } else { "5000" };
        assert_eq!(told.value(history, "disk_gb"), Some(expected), "day {name}");
        let shop = found("gron-shop-01").id.as_str();
        assert_eq!(
            told.value(shop, "customer"),
            Some("Grönkulla Bryggeri"),
            "day {name}"
        );
    }
}

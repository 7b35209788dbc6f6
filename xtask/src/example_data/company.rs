//! Nordhall Colocation on 1 March 2026: its customers, how each one's things are named and marked, and what they
//! have. What changes later is the timeline's.

use super::asset::{Asset, Kind};

/// How the export tells whose a thing is; real ones never agree on one way.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mark {
    /// The column "Customer" holds this.
    Column(&'static str),
    /// The column is empty; the tag `cust` holds this.
    Tag(&'static str),
    /// The column and the tags are empty: only the name tells.
    Name,
}

#[derive(Debug)]
pub(super) struct Customer {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) mark: Mark,
    /// How machines are called: `{}` is the part that tells them apart.
    pub(super) naming: &'static str,
}

const fn customer(
    code: &'static str,
    name: &'static str,
    mark: Mark,
    naming: &'static str,
) -> Customer {
    Customer {
        code,
        name,
        mark,
        naming,
    }
}

pub(super) const CUSTOMERS: [Customer; 11] = [
    customer(
        "ACM",
        "Acme Retail AB",
        Mark::Column("Acme Retail AB"),
        "acme-{}",
    ),
    customer("BLT", "Baltic Logistics", Mark::Column("BLT"), "BLT_{}"),
    customer("CIR", "Cirrus Games", Mark::Tag("cir"), "cirrus.{}"),
    customer("DAG", "Dagsverk Media", Mark::Name, "vm-dag-{}"),
    customer(
        "ELV",
        "Elverket Syd",
        Mark::Column("Elverket Syd"),
        "elv01-{}",
    ),
    customer(
        "FJB",
        "Fjordbank",
        Mark::Column("FJB / Fjordbank"),
        "p-fjb-{}",
    ),
    customer(
        "GRN",
        "Grönkulla Bryggeri",
        Mark::Column("Grönkulla Bryggeri"),
        "gron-{}",
    ),
    customer("HLX", "Helix Lab", Mark::Tag("hlx"), "{}"),
    customer(
        "IVS",
        "Ivar & Söner",
        Mark::Column("Ivar & Söner"),
        "ivs-{}",
    ),
    customer(
        "NH",
        "Nordhall itself",
        Mark::Column("Nordhall (internal)"),
        "nh-{}",
    ),
    customer("-", "nobody", Mark::Name, "{}"),
];

pub(super) fn by_code(code: &str) -> &'static Customer {
    CUSTOMERS
        .iter()
        .find(|customer| customer.code == code)
        .expect("only codes of the table are written in this module and the timeline")
}

/// vCPU, RAM and system disk in gigabytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size(u32, u32, u32);

pub(super) const SMALL: Size = Size(2, 4, 40);
pub(super) const MEDIUM: Size = Size(4, 16, 60);
pub(super) const LARGE: Size = Size(8, 32, 120);
pub(super) const HUGE: Size = Size(16, 64, 200);

/// Customer, machines with blanks between, their size, cluster, and the size of the data disk that each has (0: none).
type Group = (&'static str, &'static str, Size, &'static str, u32);

const MACHINES: [Group; 31] = [
    (
        "ACM",
        "web-01 web-02 web-03 web-04 web-05",
        SMALL,
        "prod1",
        0,
    ),
    ("ACM", "db-01 db-02", LARGE, "prod1", 500),
    ("ACM", "app-01 app-02 app-03 app-04", MEDIUM, "prod1", 0),
    ("ACM", "batch-01", MEDIUM, "prod2", 0),
    ("BLT", "db01 db02", LARGE, "prod2", 1200),
    ("BLT", "app01 app02 app03 app04 app05", MEDIUM, "prod2", 0),
    ("BLT", "edi01 edi02", SMALL, "prod2", 0),
    (
        "CIR",
        "game-01 game-02 game-03 game-04 game-05",
        MEDIUM,
        "prod1",
        0,
    ),
    ("CIR", "game-06 game-07 game-08", MEDIUM, "prod2", 0),
    ("CIR", "lobby-01 lobby-02", SMALL, "prod1", 0),
    ("DAG", "render-01 render-02 render-03", HUGE, "prod2", 2000),
    ("DAG", "render-04 render-05 render-06", HUGE, "prod2", 2000),
    ("DAG", "cms-01 cms-02", SMALL, "prod1", 0),
    ("ELV", "scada-a scada-b", MEDIUM, "prod1", 0),
    ("ELV", "hist", LARGE, "prod1", 4000),
    ("ELV", "web-a web-b", SMALL, "prod2", 0),
    ("FJB", "core-01 core-02", LARGE, "prod1", 800),
    ("FJB", "core-03 core-04", LARGE, "dr1", 800),
    ("FJB", "web-01 web-02 web-03 web-04", MEDIUM, "prod1", 0),
    ("FJB", "hsm-01 hsm-02", SMALL, "dr1", 0),
    ("GRN", "erp", LARGE, "prod2", 300),
    ("GRN", "shop-01 shop-02", MEDIUM, "prod2", 0),
    ("GRN", "mail", SMALL, "prod2", 0),
    ("HLX", "marie rosalind niels", HUGE, "prod1", 3000),
    ("HLX", "lise emmy chien", HUGE, "prod2", 3000),
    ("IVS", "file-01 file-02", MEDIUM, "prod1", 1500),
    ("IVS", "ts-01 ts-02 ts-03", MEDIUM, "prod1", 0),
    ("NH", "mon-01 mon-02 dns-01 dns-02", SMALL, "prod1", 0),
    ("NH", "backup-01", LARGE, "dr1", 8000),
    ("-", "test-old-dc win2012-legacy", MEDIUM, "prod2", 0),
    ("-", "sandbox-7 unknown-vm", SMALL, "prod1", 0),
];

/// Customer, place, rack units.
const RACKS: [(&str, &str, u32); 14] = [
    ("ACM", "H1-R03 U01-U04", 4),
    ("ACM", "H1-R03 U05-U06", 2),
    ("BLT", "H1-R07 U10-U17", 8),
    ("BLT", "H2-R01 U10-U17", 8),
    ("CIR", "H1-R04 U01-U02", 2),
    ("DAG", "H1-R09 U01-U42", 42),
    ("ELV", "H1-R05 U20-U25", 6),
    ("ELV", "H2-R02 U20-U25", 6),
    ("FJB", "H1-R11 U01-U20", 20),
    ("FJB", "H2-R11 U01-U20", 20),
    ("GRN", "H1-R05 U30-U33", 4),
    ("HLX", "H1-R08 U01-U21", 21),
    ("IVS", "H1-R05 U40-U41", 2),
    ("-", "H2-R06 U07-U08", 2),
];

/// Customer, block, addresses.
const BLOCKS: [(&str, &str, u32); 14] = [
    ("ACM", "192.0.2.0/28", 16),
    ("ACM", "192.0.2.16/29", 8),
    ("BLT", "192.0.2.32/28", 16),
    ("CIR", "192.0.2.64/26", 64),
    ("DAG", "192.0.2.128/29", 8),
    ("ELV", "192.0.2.144/28", 16),
    ("FJB", "198.51.100.0/27", 32),
    ("FJB", "198.51.100.32/27", 32),
    ("FJB", "198.51.100.64/28", 16),
    ("GRN", "198.51.100.96/29", 8),
    ("HLX", "198.51.100.128/28", 16),
    ("IVS", "203.0.113.0/29", 8),
    ("NH", "203.0.113.64/26", 64),
    ("-", "203.0.113.240/29", 8),
];

/// Customer, product, seats or cores.
const LICENCES: [(&str, &str, u32); 14] = [
    ("ACM", "Windows Server Standard (core)", 32),
    ("ACM", "SQL Server Standard (core)", 8),
    ("BLT", "SQL Server Standard (core)", 16),
    ("BLT", "Red Hat Enterprise Linux", 7),
    ("CIR", "Red Hat Enterprise Linux", 10),
    ("DAG", "Windows Server Standard (core)", 96),
    ("ELV", "Windows Server Datacenter (core)", 48),
    ("FJB", "Oracle Database Standard (core)", 16),
    ("FJB", "Red Hat Enterprise Linux", 10),
    ("GRN", "Windows Server Standard (core)", 16),
    ("GRN", "Remote Desktop CAL", 12),
    ("IVS", "Remote Desktop CAL", 25),
    ("IVS", "Windows Server Standard (core)", 20),
    ("NH", "Backup agent", 78),
];

pub(super) fn on_the_first() -> Vec<Asset> {
    let mut assets = Vec::new();
    let mut disks = Vec::new();
    for (code, names, size, cluster, disk_gb) in MACHINES {
        for name in names.split(' ') {
            let machine = machine(next_number(&assets), by_code(code), name, size, cluster);
            if disk_gb > 0 {
                let disk_name = format!("{}-data", machine.name);
                disks.push(disk(
                    next_number(&disks),
                    by_code(code),
                    disk_name,
                    disk_gb,
                    &machine,
                ));
            }
            assets.push(machine);
        }
    }
    assets.extend(disks);
    assets.extend(things(Kind::Rack, &RACKS));
    assets.extend(things(Kind::Block, &BLOCKS));
    assets.extend(things(Kind::Licence, &LICENCES));
    for (name, comment) in COMMENTS {
        let asset = assets.iter_mut().find(|asset| asset.name == name);
        asset
            .expect("the table names machines of the list above")
            .comment = comment;
    }
    assets
}

const COMMENTS: [(&str, &str); 6] = [
    (
        "acme-db-01",
        "Ordered by \"Lena\", ticket 4711; do not resize",
    ),
    ("BLT_edi01", "VAN link\nsee wiki, page 12"),
    ("elv01-hist", "7 years' retention"),
    ("p-fjb-core-01", "PCI scope; change window Sun 02:00"),
    ("gron-erp", "Ägare: Åsa Öberg"),
    ("unknown-vm", "whose is this?"),
];

fn next_number(assets: &[Asset]) -> u32 {
    u32::try_from(assets.len() + 1).expect("a few hundred at most")
}

pub(super) fn machine(
    number: u32,
    owner: &Customer,
    name: &str,
    size: Size,
    cluster: &'static str,
) -> Asset {
    let Size(vcpu, ram_gb, disk_gb) = size;
    let mut asset = Asset::new(Kind::Machine, number, owner.naming.replace("{}", name));
    asset.vcpu = Some(vcpu);
    asset.ram_gb = Some(ram_gb);
    asset.disk_gb = Some(disk_gb);
    asset.cluster = cluster;
    asset.power = Some(true);
    marked(asset, owner)
}

pub(super) fn disk(
    number: u32,
    owner: &Customer,
    name: String,
    disk_gb: u32,
    machine: &Asset,
) -> Asset {
    let mut asset = Asset::new(Kind::Disk, number, name);
    asset.disk_gb = Some(disk_gb);
    asset.cluster = machine.cluster;
    asset.attached_to = machine.id();
    marked(asset, owner)
}

fn things(kind: Kind, table: &[(&str, &str, u32)]) -> Vec<Asset> {
    let mut assets = Vec::new();
    for (code, name, amount) in table {
        let owner = by_code(code);
        let mut asset = Asset::new(kind, next_number(&assets), (*name).to_owned());
        match kind {
            Kind::Rack => asset.rack_units = Some(*amount),
            Kind::Block | Kind::Licence => asset.quantity = Some(*amount),
            Kind::Machine | Kind::Disk => unreachable!("these have tables of their own"),
        }
        // A place or a product does not hold its owner's name.
        if matches!(owner.mark, Mark::Name) && owner.code != "-" {
            owner.code.clone_into(&mut asset.customer);
        }
        assets.push(marked(asset, owner));
    }
    assets
}

/// Marks the asset as the customer's, in the customer's way.
pub(super) fn marked(mut asset: Asset, owner: &Customer) -> Asset {
    let environment = if asset.cluster == "dr1" {
        "env=dr"
    } else {
        "env=prod"
    };
    match owner.mark {
        Mark::Column(text) => text.clone_into(&mut asset.customer),
        Mark::Tag(code) => asset.tags = format!("cust={code}, {environment}"),
        Mark::Name => {}
    }
    if owner.code == "FJB" {
        asset.tags = format!("{environment}, pci");
    }
    asset
}

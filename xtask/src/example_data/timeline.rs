//! What happens at Nordhall through March: the events by day, and the company on any day of it.

use super::asset::{Asset, Kind};
use super::company::{self, HUGE, MEDIUM, SMALL, Size};

/// Things are named as on the day before.
#[derive(Debug)]
pub(super) enum Event {
    /// Customer's code, the part of the name that differs, size, cluster.
    AddMachine(&'static str, &'static str, Size, &'static str),
    /// Customer's code, name, gigabytes, machine.
    AddDisk(&'static str, &'static str, u32, &'static str),
    Remove(&'static str),
    /// Machine, vCPU, RAM in gigabytes.
    Resize(&'static str, u32, u32),
    /// To so many gigabytes.
    Grow(&'static str, u32),
    /// Rack units, seats: whatever the thing is counted in.
    Count(&'static str, u32),
    /// To a customer whose name is now in the column; the thing keeps its own name.
    Move(&'static str, &'static str),
    Rename(&'static str, &'static str),
    Tag(&'static str, &'static str),
    SwitchOff(&'static str),
}

use Event::{AddDisk, AddMachine, Count, Grow, Move, Remove, Rename, Resize, SwitchOff, Tag};

/// An event of a day shows in that day's export.
pub(super) const TIMELINE: [(u8, Event); 26] = [
    (3, AddMachine("ACM", "web-06", SMALL, "prod1")),
    (5, Resize("BLT_db01", 12, 48)),
    (6, Grow("elv01-hist-data", 5000)),
    (8, Remove("cirrus.game-08")),
    (10, Move("vm-dag-cms-02", "ELV")),
    (12, AddDisk("HLX", "rosalind-scratch", 2000, "rosalind")),
    (13, Count("Remote Desktop CAL (LIC-5012)", 40)),
    (14, Remove("vm-dag-render-06")),
    (14, Remove("vm-dag-render-06-data")),
    (15, SwitchOff("acme-batch-01")),
    (16, Count("H1-R05 U30-U33 (RU-3011)", 8)),
    (17, Remove("198.51.100.64/28")),
    (18, AddMachine("-", "tmp-migrate-3", MEDIUM, "prod1")),
    (20, Resize("p-fjb-web-04", 2, 8)),
    (22, Tag("tmp-migrate-3", "cust=ivs")),
    (23, Rename("acme-app-04", "acme-api-01")),
    (24, Grow("ivs-file-01-data", 2000)),
    (25, Remove("gron-shop-02")),
    (25, Remove("niels-data")),
    (27, AddMachine("CIR", "game-09", MEDIUM, "prod2")),
    (27, AddMachine("CIR", "game-10", MEDIUM, "prod2")),
    (27, AddMachine("CIR", "game-11", MEDIUM, "prod2")),
    (29, Move("acme-app-03", "BLT")),
    (30, Resize("marie", 24, 96)),
    (30, AddMachine("HLX", "ada", HUGE, "prod1")),
    (31, Remove("BLT_edi02")),
];

/// Everything that the company has on a day of March, in the order of an export.
pub(super) fn on(day: u8) -> Vec<Asset> {
    let mut assets = company::on_the_first();
    // Numbers are never given out again, also not after a removal.
    let mut numbers = Kind::ALL.map(|kind| (kind, last_number(&assets, kind)));
    for (_, event) in TIMELINE.iter().filter(|(since, _)| *since <= day) {
        happen(&mut assets, event, |kind| {
            let number = &mut numbers[kind as usize].1;
            *number += 1;
            *number
        });
    }
    assets.sort_by_key(|asset| (asset.kind, asset.number));
    assets
}

fn last_number(assets: &[Asset], kind: Kind) -> u32 {
    let of_kind = assets.iter().filter(|asset| asset.kind == kind);
    of_kind.map(|asset| asset.number).max().unwrap_or(0)
}

fn happen(assets: &mut Vec<Asset>, event: &Event, mut next: impl FnMut(Kind) -> u32) {
    match *event {
        AddMachine(code, name, size, cluster) => {
            let owner = company::by_code(code);
            assets.push(company::machine(
                next(Kind::Machine),
                owner,
                name,
                size,
                cluster,
            ));
        }
        AddDisk(code, name, disk_gb, machine) => {
            let machine = find(assets, machine).clone();
            let number = next(Kind::Disk);
            assets.push(company::disk(
                number,
                company::by_code(code),
                name.to_owned(),
                disk_gb,
                &machine,
            ));
        }
        Remove(name) => {
            let id = find(assets, name).id();
            assets.retain(|asset| asset.id() != id);
        }
        Resize(name, vcpu, ram_gb) => {
            let machine = find(assets, name);
            machine.vcpu = Some(vcpu);
            machine.ram_gb = Some(ram_gb);
        }
        Grow(name, disk_gb) => find(assets, name).disk_gb = Some(disk_gb),
        Count(name, amount) => {
            let asset = find(assets, name);
            let counted = match asset.kind {
                Kind::Rack => &mut asset.rack_units,
                Kind::Block | Kind::Licence | Kind::Machine | Kind::Disk => &mut asset.quantity,
            };
            *counted = Some(amount);
        }
        Move(name, code) => {
            let asset = find(assets, name);
            *asset = company::marked(asset.clone(), company::by_code(code));
        }
        Rename(name, to) => to.clone_into(&mut find(assets, name).name),
        Tag(name, tag) => tag.clone_into(&mut find(assets, name).tags),
        SwitchOff(name) => find(assets, name).power = Some(false),
    }
}

/// By name, or by "name (id)" where several have that name.
fn find<'a>(assets: &'a mut [Asset], name: &str) -> &'a mut Asset {
    let is_it =
        |asset: &Asset| asset.name == name || format!("{} ({})", asset.name, asset.id()) == name;
    let mut found = assets.iter_mut().filter(|asset| is_it(asset));
    let first = found.next().expect("events name things that are there");
    assert!(found.next().is_none(), "{name} names more than one thing");
    first
}

impl Event {
    /// The event as the page about the exports tells it.
    pub(super) fn told(&self) -> String {
        match self {
            AddMachine(code, name, _, cluster) => {
                let name = company::by_code(code).naming.replace("{}", name);
                format!("VM `{name}` is added in {cluster}")
            }
            AddDisk(_, name, disk_gb, machine) => {
                format!("disk `{name}` of {disk_gb} GB is added to `{machine}`")
            }
            Remove(name) => format!("`{name}` is removed"),
            Resize(name, vcpu, ram_gb) => {
                format!("`{name}` is resized to {vcpu} vCPU and {ram_gb} GB RAM")
            }
            Grow(name, disk_gb) => format!("`{name}` grows to {disk_gb} GB"),
            Count(name, amount) => format!("`{name}` is now {amount}"),
            Move(name, code) => format!(
                "`{name}` moves to {}, and keeps its name",
                company::by_code(code).name
            ),
            Rename(name, to) => {
                format!("`{name}` is renamed to `{to}`: the same id, the same thing")
            }
            Tag(name, tag) => format!("`{name}` gets the tag `{tag}`"),
            SwitchOff(name) => format!("`{name}` is switched off"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_month_has_the_size_of_a_small_company() {
        for day in 1..=31 {
            let count = on(day).len();
            assert!((140..=180).contains(&count), "{count} on day {day}");
        }
    }

    #[test]
    fn an_id_is_never_given_to_another_thing() {
        let mut seen = BTreeSet::new();
        let mut gone = BTreeSet::new();
        for day in 1..=31 {
            let today: BTreeSet<String> = on(day).iter().map(Asset::id).collect();
            assert_eq!(
                today.len(),
                on(day).len(),
                "an id is there twice on day {day}"
            );
            assert!(today.is_disjoint(&gone), "an id came back on day {day}");
            gone.extend(seen.difference(&today).cloned());
            seen.extend(today);
        }
    }
}

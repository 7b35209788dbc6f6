//! What an export lists: one thing with the values that its columns show. It knows no file format.

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Machine,
    Disk,
    Rack,
    Block,
    Licence,
}

impl Kind {
    pub(super) const ALL: [Self; 5] = [
        Self::Machine,
        Self::Disk,
        Self::Rack,
        Self::Block,
        Self::Licence,
    ];

    /// What the column "Type" says.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Machine => "VM",
            Self::Disk => "Disk",
            Self::Rack => "Rack space",
            Self::Block => "IP block",
            Self::Licence => "Licence",
        }
    }

    pub(super) fn id(self, number: u32) -> String {
        let (prefix, first) = match self {
            Self::Machine => ("VM", 1000),
            Self::Disk => ("DSK", 2000),
            Self::Rack => ("RU", 3000),
            Self::Block => ("IP", 4000),
            Self::Licence => ("LIC", 5000),
        };
        format!("{prefix}-{}", first + number)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Asset {
    pub(super) kind: Kind,
    /// Counts within the kind, and makes the id.
    pub(super) number: u32,
    pub(super) name: String,
    pub(super) customer: String,
    pub(super) cluster: &'static str,
    /// The id of the machine of a disk.
    pub(super) attached_to: String,
    pub(super) vcpu: Option<u32>,
    pub(super) ram_gb: Option<u32>,
    pub(super) disk_gb: Option<u32>,
    pub(super) rack_units: Option<u32>,
    /// Addresses of a block, seats of a licence.
    pub(super) quantity: Option<u32>,
    /// Of a machine: switched on or off.
    pub(super) power: Option<bool>,
    pub(super) tags: String,
    pub(super) comment: &'static str,
}

impl Asset {
    pub(super) fn new(kind: Kind, number: u32, name: String) -> Self {
        Self {
            kind,
            number,
            name,
            customer: String::new(),
            cluster: "",
            attached_to: String::new(),
            vcpu: None,
            ram_gb: None,
            disk_gb: None,
            rack_units: None,
            quantity: None,
            power: None,
            tags: String::new(),
            comment: "",
        }
    }

    pub(super) fn id(&self) -> String {
        self.kind.id(self.number)
    }

    /// Tenths of a gigabyte in use: a share that differs by asset and grows by the day, never above the size.
    pub(super) fn used_tenths(&self, day: u8) -> Option<u32> {
        let size = self.disk_gb? * 10;
        let variety = self.number.wrapping_mul(2_654_435_761) >> 16;
        let share_percent = 25 + variety % 45;
        let growth = (variety % 7) * u32::from(day);
        // The last digit is never zero: each file then shows at least one decimal mark beyond doubt.
        let used = size / 100 * share_percent + growth;
        Some((used - used % 10 + 1 + variety % 9).min(size))
    }
}

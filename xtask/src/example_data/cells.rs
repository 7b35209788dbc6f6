//! The table of an export before it is written: rows of typed cells under the names of the columns.

use super::asset::{Asset, Kind};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Empty,
    Text(String),
    Whole(u32),
    /// So many tenths, written with one decimal.
    Tenths(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Id,
    Kind,
    Name,
    Customer,
    Cluster,
    AttachedTo,
    Vcpu,
    Ram,
    Disk,
    Used,
    RackUnits,
    Quantity,
    Power,
    Tags,
    Comment,
}

impl Column {
    pub(super) const ALL: [Self; 15] = [
        Self::Id,
        Self::Kind,
        Self::Name,
        Self::Customer,
        Self::Cluster,
        Self::AttachedTo,
        Self::Vcpu,
        Self::Ram,
        Self::Disk,
        Self::Used,
        Self::RackUnits,
        Self::Quantity,
        Self::Power,
        Self::Tags,
        Self::Comment,
    ];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Id => "Asset ID",
            Self::Kind => "Type",
            Self::Name => "Name",
            Self::Customer => "Customer",
            Self::Cluster => "Cluster",
            Self::AttachedTo => "Attached to",
            Self::Vcpu => "vCPU",
            Self::Ram => "RAM (GB)",
            Self::Disk => "Disk (GB)",
            Self::Used => "Used (GB)",
            Self::RackUnits => "Rack units",
            Self::Quantity => "Quantity",
            Self::Power => "Power",
            Self::Tags => "Tags",
            Self::Comment => "Comment",
        }
    }

    fn cell(self, asset: &Asset, day: u8) -> Cell {
        match self {
            Self::Id => Cell::Text(asset.id()),
            Self::Kind => Cell::Text(asset.kind.label().to_owned()),
            Self::Name => text(&asset.name),
            Self::Customer => text(&asset.customer),
            Self::Cluster => text(asset.cluster),
            Self::AttachedTo => text(&asset.attached_to),
            Self::Vcpu => whole(asset.vcpu),
            Self::Ram => whole(asset.ram_gb),
            Self::Disk => whole(asset.disk_gb),
            Self::Used => asset.used_tenths(day).map_or(Cell::Empty, Cell::Tenths),
            Self::RackUnits => whole(asset.rack_units),
            Self::Quantity => whole(asset.quantity),
            Self::Power => asset
                .power
                .map_or(Cell::Empty, |on| text(if on { "on" } else { "off" })),
            Self::Tags => text(&asset.tags),
            Self::Comment => text(asset.comment),
        }
    }
}

fn text(text: &str) -> Cell {
    if text.is_empty() {
        Cell::Empty
    } else {
        Cell::Text(text.to_owned())
    }
}

fn whole(number: Option<u32>) -> Cell {
    number.map_or(Cell::Empty, Cell::Whole)
}

/// One line of a file; all but data rows are there for people.
#[derive(Debug, Clone)]
pub(super) enum Line {
    Title(String),
    Blank,
    Header,
    Data {
        name: String,
        kind: Kind,
        cells: Vec<Cell>,
    },
    Totals(Vec<Cell>),
}

#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    /// Columns without a name behind the others.
    pub(super) empty_columns: usize,
    pub(super) day: u8,
    pub(super) lines: Vec<Line>,
}

impl Table {
    /// The texts of a header line.
    pub(super) fn header(&self) -> Vec<Cell> {
        self.columns
            .iter()
            .map(|column| Cell::Text(column.title().to_owned()))
            .chain(std::iter::repeat_n(Cell::Empty, self.empty_columns))
            .collect()
    }

    /// Where a column stands.
    pub(super) fn place(&self, column: Column) -> usize {
        let place = self.columns.iter().position(|one| *one == column);
        place.expect("a table has every column")
    }
}

/// The export as it should be.
pub(super) fn table(assets: &[Asset], day: u8) -> Table {
    let data = assets.iter().map(|asset| Line::Data {
        name: asset.name.clone(),
        kind: asset.kind,
        cells: Column::ALL.map(|column| column.cell(asset, day)).to_vec(),
    });
    Table {
        columns: Column::ALL.to_vec(),
        empty_columns: 0,
        day,
        lines: std::iter::once(Line::Header).chain(data).collect(),
    }
}

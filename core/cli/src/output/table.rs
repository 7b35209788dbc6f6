//! Tables with typed columns: the one source of what people see aligned and what a spreadsheet gets.

use counterfoil_model::decimal::Decimal;
use counterfoil_model::money::Money;
use counterfoil_model::time::{Date, Instant, TimeZone};

use crate::table;
use crate::when;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Decimal,
    /// An export has the currency in a column of its own: one for all amounts of a row.
    Money,
    Date,
    Instant,
    /// People see hours, exports have whole seconds.
    Seconds,
}

/// Who gets a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Readers {
    All,
    People,
    Exports,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each says one thing of how a column is shown"
)]
#[derive(Debug, Clone)]
pub(crate) struct Column {
    name: String,
    title: Option<String>,
    kind: Kind,
    shows_currency: bool,
    readers: Readers,
    is_right: bool,
    has_sign: bool,
    has_point: bool,
    zone: Option<TimeZone>,
}

impl Column {
    fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            title: None,
            kind,
            shows_currency: false,
            readers: Readers::All,
            is_right: false,
            has_sign: false,
            has_point: false,
            zone: None,
        }
    }

    pub(crate) fn text(name: &str) -> Self {
        Self::new(name, Kind::Text)
    }

    pub(crate) fn integer(name: &str) -> Self {
        Self::new(name, Kind::Integer)
    }

    pub(crate) fn decimal(name: &str) -> Self {
        Self::new(name, Kind::Decimal)
    }

    pub(crate) fn money(name: &str) -> Self {
        Self::new(name, Kind::Money)
    }

    pub(crate) fn date(name: &str) -> Self {
        Self::new(name, Kind::Date)
    }

    pub(crate) fn instant(name: &str) -> Self {
        Self::new(name, Kind::Instant)
    }

    /// Resource-seconds: `discovered` is `discovered_seconds` in an export and `DISCOVERED H` for people.
    pub(crate) fn duration(name: &str) -> Self {
        Self::new(name, Kind::Seconds)
    }

    /// The head that people see, where it is not the name.
    pub(crate) fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// People see `12.00 EUR` and not `12.00`.
    pub(crate) fn with_currency(mut self) -> Self {
        self.shows_currency = true;
        self
    }

    /// A text that stands under amounts.
    pub(crate) fn aligned_right(mut self) -> Self {
        self.is_right = true;
        self
    }

    /// People see `+1.00` for what has grown, so that nobody reads a fall as growth.
    pub(crate) fn signed(mut self) -> Self {
        self.has_sign = true;
        self
    }

    /// CSV has `12.0` and not `12`, for readers that tell by the digits what type a column has.
    pub(crate) fn pointed(mut self) -> Self {
        self.has_point = true;
        self
    }

    pub(super) fn has_point(&self) -> bool {
        self.has_point
    }

    /// People see the day of an instant that begins one there.
    pub(crate) fn in_zone(mut self, zone: &TimeZone) -> Self {
        self.zone = Some(zone.clone());
        self
    }

    /// People do not see it, since the text says it in another form or it is for programs.
    pub(crate) fn for_exports(mut self) -> Self {
        self.readers = Readers::Exports;
        self
    }

    /// Exports leave it out, since they have it in another form.
    pub(crate) fn for_people(mut self) -> Self {
        self.readers = Readers::People;
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn export_name(&self) -> String {
        match self.kind {
            Kind::Seconds => format!("{}_seconds", self.name.replace('-', "_")),
            Kind::Text
            | Kind::Integer
            | Kind::Decimal
            | Kind::Money
            | Kind::Date
            | Kind::Instant => self.name.clone(),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    fn plus(&self, is_growth: bool) -> &'static str {
        if self.has_sign && is_growth { "+" } else { "" }
    }

    fn head(&self) -> String {
        let title = match &self.title {
            Some(title) => title.clone(),
            None => self.name.replace('_', " "),
        };
        match self.kind {
            Kind::Text if self.is_right => format!("{title}>"),
            Kind::Text | Kind::Date | Kind::Instant => title,
            Kind::Integer | Kind::Decimal | Kind::Money => format!("{title}>"),
            Kind::Seconds => format!("{title} h>"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Empty,
    Text(String),
    Integer(i64),
    Decimal(Decimal),
    Money(Money),
    Date(Date),
    Instant(Instant),
    Seconds(i64),
}

impl Cell {
    fn shown(&self, column: &Column) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Integer(number) => number.to_string(),
            Self::Decimal(number) => {
                let is_growth = !number.is_zero() && !number.is_negative();
                format!("{}{number}", column.plus(is_growth))
            }
            Self::Money(money) => {
                let plus = column.plus(money.minor() > 0);
                if column.shows_currency {
                    format!("{plus}{money}")
                } else {
                    format!("{plus}{}", money.amount())
                }
            }
            Self::Date(date) => date.to_string(),
            Self::Instant(instant) => match &column.zone {
                Some(zone) => when::shown(*instant, zone),
                None => instant.to_string(),
            },
            Self::Seconds(seconds) if seconds % 3600 == 0 => (seconds / 3600).to_string(),
            Self::Seconds(seconds) => {
                format!("{}:{:02}", seconds / 3600, seconds % 3600 / 60)
            }
        }
    }
}

/// A sheet: what it is called, its columns, and its rows in the order in which they matter.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    name: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    has_totals: bool,
}

impl Table {
    pub(crate) fn new(name: &str, columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            name: name.to_owned(),
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
            has_totals: false,
        }
    }

    /// A workbook has the sums of its amounts below it, as formulas.
    pub(crate) fn with_totals(mut self) -> Self {
        self.has_totals = true;
        self
    }

    pub(super) fn has_totals(&self) -> bool {
        self.has_totals
    }

    /// A row has a cell for each column; see [`row!`].
    pub(crate) fn push(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.columns.len(), "a row of {}", self.name);
        self.rows.push(cells);
    }

    pub(crate) fn with_rows(mut self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        for row in rows {
            self.push(row);
        }
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(crate) fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// For people, where the text around it says it already.
    pub(crate) fn without(self, names: &[&str]) -> Self {
        self.keeping(|column| !names.contains(&column.name()))
    }

    /// For people, who need no more than these here.
    pub(crate) fn only(self, names: &[&str]) -> Self {
        self.keeping(|column| names.contains(&column.name()))
    }

    pub(super) fn for_export(self) -> Self {
        self.keeping(|column| column.readers != Readers::People)
    }

    fn keeping(mut self, keeps: impl Fn(&Column) -> bool) -> Self {
        let kept: Vec<bool> = self.columns.iter().map(keeps).collect();
        let mut keep = kept.iter();
        self.columns
            .retain(|_| *keep.next().expect("one for each column"));
        for row in &mut self.rows {
            let mut keep = kept.iter();
            row.retain(|_| *keep.next().expect("one for each column"));
        }
        self
    }

    /// As people read it.
    pub(crate) fn to_text(&self) -> String {
        self.first_to_text(self.rows.len())
    }

    /// As people read it, no more than the first rows.
    pub(crate) fn first_to_text(&self, rows_max: usize) -> String {
        let columns = self
            .columns
            .iter()
            .filter(|column| column.readers != Readers::Exports);
        let heads: Vec<String> = columns.map(Column::head).collect();
        let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
        let rows = self.rows.iter().take(rows_max).map(|row| {
            let cells = row.iter().zip(&self.columns);
            cells
                .filter(|(_, column)| column.readers != Readers::Exports)
                .map(|(cell, column)| cell.shown(column))
                .collect::<Vec<_>>()
        });
        table::table(&heads, rows)
    }
}

macro_rules! cell_from {
    ($($type:ty => $name:ident($value:ident) $made:expr;)+) => {$(
        impl From<$type> for Cell {
            fn from($value: $type) -> Self {
                Self::$name($made)
            }
        }
    )+};
}

cell_from! {
    String => Text(value) value;
    &String => Text(value) value.clone();
    &str => Text(value) value.to_owned();
    bool => Text(value) if value { "yes" } else { "no" }.to_owned();
    i64 => Integer(value) value;
    u32 => Integer(value) i64::from(value);
    u64 => Integer(value) i64::try_from(value).unwrap_or(i64::MAX);
    usize => Integer(value) i64::try_from(value).unwrap_or(i64::MAX);
    Decimal => Decimal(value) value;
    Money => Money(value) value;
    Date => Date(value) value;
    Instant => Instant(value) value;
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// The cells of a row, each from a value of its column's type.
macro_rules! row {
    ($($value:expr),+ $(,)?) => {
        vec![$($crate::output::Cell::from($value)),+]
    };
}
pub(crate) use row;

#[cfg(test)]
mod tests;

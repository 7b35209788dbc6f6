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

#[derive(Debug, Clone)]
pub(crate) struct Column {
    name: String,
    title: Option<String>,
    kind: Kind,
    shows_currency: bool,
    readers: Readers,
    is_right: bool,
    has_sign: bool,
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
}

impl Table {
    pub(crate) fn new(name: &str, columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            name: name.to_owned(),
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
        }
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
mod tests {
    use super::*;

    #[test]
    fn people_see_the_currency_only_where_it_is_asked_for() {
        let eur = "EUR".parse().unwrap();
        let money = |text: &str| Money::parse(text, eur).unwrap();
        let columns = [
            Column::text("account"),
            Column::money("now"),
            Column::money("difference").with_currency(),
            Column::text("message").titled(""),
        ];
        let rows = [
            row!["acme", money("10.00"), money("-1.50"), None::<String>],
            row!["globex", money("1000.00"), money("0"), "held"],
        ];
        let table = Table::new("accounts", columns).with_rows(rows);
        assert_eq!(
            table.to_text(),
            " ACCOUNT      NOW  DIFFERENCE\n acme       10.00   -1.50 EUR\n globex   1000.00    0.00 EUR  held"
        );
        assert!(!table.first_to_text(1).contains("globex"));
    }

    #[test]
    fn growth_has_a_sign_midnight_is_a_day_and_programs_get_more() {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        let eur = "EUR".parse().unwrap();
        let columns = [
            Column::money("growth").signed(),
            Column::instant("since").in_zone(&zone),
            Column::integer("resource").for_exports(),
            Column::text("said").for_people(),
        ];
        let midnight: Instant = "2026-02-28T23:00:00Z".parse().unwrap();
        let rows = ["1.50", "0", "-1.50"].map(|growth| {
            let growth = Money::parse(growth, eur).unwrap();
            row![growth, midnight, 7_u32, "so"]
        });
        let table = Table::new("growth", columns).with_rows(rows);
        assert_eq!(
            table.to_text(),
            " GROWTH  SINCE       SAID\n  +1.50  2026-03-01  so\n   0.00  2026-03-01  so\n  -1.50  2026-03-01  so"
        );
        let exported = table.for_export();
        let names: Vec<&str> = exported.columns().iter().map(Column::name).collect();
        assert_eq!(names, ["growth", "since", "resource"]);
        assert_eq!(exported.rows()[0][1], Cell::Instant(midnight));
    }
}

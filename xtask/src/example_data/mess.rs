//! Makes of a proper table what people and tools make of it before it is a file. What only a file format can get
//! wrong is done where that format is written.

use super::calendar::Oddity;
use super::cells::{Cell, Column, Line, Table};

pub(super) fn apply(mut table: Table, oddities: &[Oddity]) -> Table {
    for oddity in oddities {
        match *oddity {
            Oddity::Title => title(&mut table),
            Oddity::Totals => totals(&mut table),
            Oddity::BlankRows => between_kinds(&mut table, &Line::Blank),
            Oddity::HeaderAgain => between_kinds(&mut table, &Line::Header),
            Oddity::Twice(name) => twice(&mut table, name),
            Oddity::NoId(name) => *cell(&mut table, name, Column::Id) = Cell::Empty,
            Oddity::NotANumber(name, column) => {
                *cell(&mut table, name, column) = Cell::Text("n/a".to_owned());
            }
            Oddity::LostRows => lose_rows(&mut table),
            Oddity::ColumnsMoved => move_columns(&mut table),
            Oddity::SortedByName => sort_by_name(&mut table),
            Oddity::Padded => pad(&mut table),
            Oddity::EmptyColumns => add_empty_columns(&mut table),
            Oddity::HalfWritten | Oddity::UnquotedComment(_) => {}
        }
    }
    table
}

fn title(table: &mut Table) {
    let created = format!("Created 2026-03-{:02} 06:00 by svc-export", table.day);
    let above = [
        Line::Title("Nordhall Colocation: inventory".to_owned()),
        Line::Title(created),
        Line::Blank,
    ];
    table.lines.splice(0..0, above);
}

/// Counts the rows and adds up three columns, below an empty row.
fn totals(table: &mut Table) {
    let rows: Vec<&Vec<Cell>> = table.lines.iter().filter_map(data).collect();
    let sum = |column: Column| {
        let place = table.place(column);
        let values = rows.iter().map(|cells| match cells[place] {
            Cell::Whole(number) => number,
            Cell::Empty | Cell::Text(_) | Cell::Tenths(_) => 0,
        });
        Cell::Whole(values.sum())
    };
    let mut cells = vec![Cell::Empty; table.columns.len() + table.empty_columns];
    cells[0] = Cell::Text("Total".to_owned());
    cells[table.place(Column::Name)] = Cell::Text(format!("{} assets", rows.len()));
    for column in [Column::Vcpu, Column::Ram, Column::Disk] {
        cells[table.place(column)] = sum(column);
    }
    table.lines.extend([Line::Blank, Line::Totals(cells)]);
}

fn between_kinds(table: &mut Table, what: &Line) {
    let mut lines: Vec<Line> = Vec::new();
    for line in std::mem::take(&mut table.lines) {
        if let (Some(Line::Data { kind: last, .. }), Line::Data { kind, .. }) =
            (lines.last(), &line)
            && last != kind
        {
            lines.push(what.clone());
        }
        lines.push(line);
    }
    table.lines = lines;
}

fn twice(table: &mut Table, name: &str) {
    let place = table.lines.iter().position(|line| is_named(line, name));
    let place = place.expect("the calendar names things that are there");
    table.lines.insert(place + 3, table.lines[place].clone());
}

fn lose_rows(table: &mut Table) {
    let mut position = 0;
    table.lines.retain(|line| {
        position += usize::from(data(line).is_some());
        data(line).is_none() || position % 5 < 3
    });
}

fn move_columns(table: &mut Table) {
    let mut order = Column::ALL;
    order[..4].copy_from_slice(&[Column::Customer, Column::Name, Column::Kind, Column::Id]);
    let places = order.map(|column| table.place(column));
    for line in &mut table.lines {
        if let Line::Data { cells, .. } = line {
            *cells = places.iter().map(|place| cells[*place].clone()).collect();
        }
    }
    table.columns = order.to_vec();
}

fn sort_by_name(table: &mut Table) {
    table.lines.sort_by_key(|line| match line {
        Line::Data { name, cells, .. } => Some((name.to_lowercase(), format!("{cells:?}"))),
        Line::Title(_) | Line::Blank | Line::Header | Line::Totals(_) => None,
    });
}

fn pad(table: &mut Table) {
    let places = [Column::Name, Column::Customer].map(|column| table.place(column));
    for (number, line) in table.lines.iter_mut().enumerate() {
        if let Line::Data { cells, .. } = line {
            for place in places {
                if let Cell::Text(text) = &mut cells[place] {
                    *text = if number % 2 == 0 {
                        format!("{text}  ")
                    } else {
                        format!(" {text}")
                    };
                }
            }
        }
    }
}

fn add_empty_columns(table: &mut Table) {
    table.empty_columns = 2;
    for line in &mut table.lines {
        if let Line::Data { cells, .. } = line {
            cells.extend([Cell::Empty, Cell::Empty]);
        }
    }
}

fn cell<'a>(table: &'a mut Table, name: &str, column: Column) -> &'a mut Cell {
    let place = table.place(column);
    let line = table.lines.iter_mut().find(|line| is_named(line, name));
    match line.expect("the calendar names things that are there") {
        Line::Data { cells, .. } => &mut cells[place],
        Line::Title(_) | Line::Blank | Line::Header | Line::Totals(_) => {
            unreachable!("only data has a name")
        }
    }
}

fn data(line: &Line) -> Option<&Vec<Cell>> {
    match line {
        Line::Data { cells, .. } => Some(cells),
        Line::Title(_) | Line::Blank | Line::Header | Line::Totals(_) => None,
    }
}

pub(super) fn is_named(line: &Line, wanted: &str) -> bool {
    matches!(line, Line::Data { name, .. } if name == wanted)
}

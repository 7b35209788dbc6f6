//! The page beside the exports: what is odd about each, what happens in the month, whose things are marked how.
//! Generated from the same tables as the exports, so that tests may rely on it.

use std::fmt::Write;

use super::calendar::{EXPORTS, Encoding, Export, Format, Oddity};
use super::company::{CUSTOMERS, Mark};
use super::timeline::{self, TIMELINE};

const BEGINNING: &str = "\
# The exports of Nordhall Colocation, March 2026

Nordhall is invented. Every morning its inventory is exported into a file; the files, and this page, are made by
`cargo xtask example-data`. The month has thirty exports: on the 14th, nobody made one.

An event of a day shows in that day's export. \"Rows\" counts the things that Nordhall has on that day, which is what
a perfect export would list.

## The mess, by day

| day | file | rows | how it is written | what is odd |
|---|---|---|---|---|
";

pub(super) fn page() -> String {
    let mut page = BEGINNING.to_owned();
    for export in &EXPORTS {
        writeln!(page, "{}", day(export)).expect("writing to a string cannot fail");
    }
    page.push_str("\n## What happens\n\n| day | event |\n|---|---|\n");
    for (day, event) in &TIMELINE {
        writeln!(page, "| {day} | {} |", event.told()).expect("writing to a string cannot fail");
    }
    page.push_str(
        "\n## Whose things are marked how\n\n\
         Disks are named after their machine and marked like it.\n\n\
         | code | customer | machines are named | marked by |\n|---|---|---|---|\n",
    );
    for customer in &CUSTOMERS {
        let mark = match customer.mark {
            Mark::Column(text) => format!("column Customer: `{text}`"),
            Mark::Tag(tag) => format!("tag `cust={tag}`"),
            Mark::Name if customer.code == "-" => "nothing".to_owned(),
            Mark::Name => format!(
                "the name alone; racks, blocks and licences by column Customer: `{}`",
                customer.code
            ),
        };
        let naming = customer.naming.replace("{}", "…");
        writeln!(
            page,
            "| {} | {} | `{naming}` | {mark} |",
            customer.code, customer.name
        )
        .expect("writing to a string cannot fail");
    }
    page
}

fn day(export: &Export) -> String {
    let odd: Vec<String> = export.oddities.iter().map(oddity).collect();
    let odd = if odd.is_empty() {
        "–".to_owned()
    } else {
        odd.join("; ")
    };
    format!(
        "| {} | `{}` | {} | {} | {odd} |",
        export.day,
        export.file_name(),
        timeline::on(export.day).len(),
        written(&export.format),
    )
}

fn written(format: &Format) -> String {
    let style = match format {
        Format::Workbook {
            numbers_as_text: true,
        } => return "XLSX, numbers stored as text".to_owned(),
        Format::Workbook {
            numbers_as_text: false,
        } => return "XLSX".to_owned(),
        Format::Delimited(style) => style,
    };
    let mut words = vec![match style.separator {
        ';' => "`;` and decimal comma",
        _ => "`,` and decimal point",
    }];
    words.extend(style.thousands.map(|mark| match mark {
        ',' => "thousands `,`",
        '.' => "thousands `.`",
        _ => "thousands by no-break space",
    }));
    match style.encoding {
        Encoding::Utf8 => {}
        Encoding::Utf8Bom => words.push("UTF-8 with byte order mark"),
        Encoding::Latin1 => words.push("Latin-1"),
    }
    if style.line_end == "\r\n" {
        words.push("CRLF");
    }
    if style.quoted {
        words.push("every value in quotes");
    }
    words.join(", ")
}

fn oddity(oddity: &Oddity) -> String {
    match oddity {
        Oddity::Title => "two title lines and an empty one above the header".to_owned(),
        Oddity::Totals => "a row of totals at the end".to_owned(),
        Oddity::BlankRows => "empty rows between the types".to_owned(),
        Oddity::HeaderAgain => "the header again between the types".to_owned(),
        Oddity::Twice(name) => format!("the row of `{name}` is there twice"),
        Oddity::NoId(name) => format!("the row of `{name}` is broken: its id is missing"),
        Oddity::NotANumber(name, column) => format!("{} of `{name}` is \"n/a\"", column.title()),
        Oddity::LostRows => {
            "two of every five rows are missing, and nothing tells: this ends nothing".to_owned()
        }
        Oddity::HalfWritten => "ends in the middle of a row, 86 % in".to_owned(),
        Oddity::ColumnsMoved => "the columns are in another order".to_owned(),
        Oddity::SortedByName => "the rows are in another order".to_owned(),
        Oddity::Padded => "blanks around names and customers".to_owned(),
        Oddity::EmptyColumns => "two empty columns at the end".to_owned(),
        Oddity::UnquotedComment(name) => {
            format!("the row of `{name}` is broken: its comment holds the separator without quotes")
        }
    }
}

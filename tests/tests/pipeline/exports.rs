//! Exports as people really make them: every encoding and number style is read as the same inventory, and what cannot be
//! read is told with its file, row and next step, and kept out of the bill.

use anyhow::{Context, Result};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::Value;

use crate::small::Company;

const DAY: &str = "2026-03-01";

/// The same three machines, whatever the form: id, name, owner, CPU, and the day on which it was put up.
const MACHINES: [[&str; 5]; 3] = [
    ["VM-001", "smörgås", "acme", "2", "2026-02-01"],
    ["VM-002", "café", "blue", "1234.5", "2026-02-02"],
    ["VM-003", "plain", "acme", "0.25", "2026-02-03"],
];

/// How a table is written as text.
#[derive(Clone, Copy)]
struct Form {
    separator: char,
    decimal: char,
    thousands: &'static str,
    before: &'static str,
    between: &'static str,
    after: &'static str,
}

const PLAIN: Form = Form {
    separator: ',',
    decimal: '.',
    thousands: "",
    before: "",
    between: "",
    after: "",
};

impl Form {
    fn text(self) -> String {
        let separator = self.separator.to_string();
        let header = ["Id", "Name", "Owner", "CPU", "Since"].join(&separator);
        let mut text = format!("{}{header}\n", self.before);
        for [id, name, owner, cpu, since] in MACHINES {
            let cpu = self.number(cpu);
            let row = [id, name, owner, &cpu, since].join(&separator);
            text.push_str(&format!("{row}\n{}", self.between));
        }
        text.push_str(self.after);
        text
    }

    fn number(self, plain: &str) -> String {
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        let whole = match whole.len() {
            4 => format!("{}{}{}", &whole[..1], self.thousands, &whole[1..]),
            _ => whole.to_owned(),
        };
        let number = match fraction {
            "" => whole,
            fraction => format!("{whole}{}{fraction}", self.decimal),
        };
        if number.contains(self.separator) {
            format!("\"{number}\"")
        } else {
            number
        }
    }
}

fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let marked = format!("\u{feff}{text}");
    marked.encode_utf16().flat_map(order).collect()
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|letter| u8::try_from(u32::from(letter)).expect("the names are Latin-1"))
        .collect()
}

/// A workbook with real dates; numbers as numbers, or as the text that many exports make of them.
fn workbook(numbers_as_text: bool) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = book.add_worksheet();
    // A title in merged cells stands above the header, as reports have it.
    sheet.merge_range(0, 0, 0, 4, "Inventory of Nordhall", &Format::new())?;
    for (column, title) in (0..).zip(["Id", "Name", "Owner", "CPU", "Since"]) {
        sheet.write(1, column, title)?;
    }
    let numbers = [2.0, 1234.5, 0.25];
    for ((row, [id, name, owner, cpu, since]), number) in (2..).zip(MACHINES).zip(numbers) {
        for (column, text) in (0..).zip([id, name, owner]) {
            sheet.write(row, column, text)?;
        }
        if numbers_as_text {
            sheet.write(row, 3, cpu)?;
        } else {
            sheet.write(row, 3, number)?;
        }
        sheet.write_with_format(row, 4, ExcelDateTime::parse_from_str(since)?, &day)?;
    }
    Ok(book.save_to_buffer()?)
}

/// A company whose exports have a name and a date, too.
fn company() -> Result<Company> {
    let company = Company::new()?;
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    let text = text
        .replace("files = \"vms-*.csv\"", "files = \"vms-*.{csv,xlsx}\"")
        .replace("date = \"vms-{date}.csv\"", "date = \"vms-{date}.*\"")
        .replace("id = \"Id\"", "id = \"Id\"\nname = \"Name\"")
        .replace(
            "type = \"decimal\" } }",
            "type = \"decimal\" }, since = { column = \"Since\", type = \"date\" } }",
        );
    std::fs::write(&path, text)?;
    Ok(company)
}

/// What the inventory has of a file: id, name, owner, CPU, since.
fn read(ending: &str, bytes: &[u8]) -> Result<Vec<[String; 5]>> {
    let company = company()?;
    let file = company
        .place
        .folder
        .join(format!("exports/vms-{DAY}.{ending}"));
    std::fs::write(file, bytes)?;
    company.place.expect(0, &["discover"])?;
    let shown = company.place.json(&["inventory", "list", "--as-of", DAY])?;
    let rows = shown["resources"]
        .as_array()
        .context("a list of resources")?;
    let mut read: Vec<[String; 5]> = rows.iter().map(of_row).collect();
    read.sort();
    Ok(read)
}

fn of_row(row: &Value) -> [String; 5] {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let attributes = &row["attributes"];
    [
        text(&row["external_id"]),
        text(&row["name"]),
        text(&attributes["owner"]),
        text(&attributes["cpu"]),
        text(&attributes["since"]),
    ]
}

#[test]
fn every_form_of_an_export_is_read_as_the_same_inventory() -> Result<()> {
    let plain = PLAIN.text();
    let semicolons = Form {
        separator: ';',
        decimal: ',',
        ..PLAIN
    };
    let forms: [(&str, &str, Vec<u8>); 14] = [
        ("plain", "csv", plain.clone().into_bytes()),
        ("BOM", "csv", format!("\u{feff}{plain}").into_bytes()),
        ("UTF-16 little", "csv", utf16(&plain, u16::to_le_bytes)),
        ("UTF-16 big", "csv", utf16(&plain, u16::to_be_bytes)),
        ("Latin-1", "csv", latin1(&plain)),
        ("CR LF", "csv", plain.replace('\n', "\r\n").into_bytes()),
        ("semicolons", "csv", semicolons.text().into_bytes()),
        (
            "thousands with a space",
            "csv",
            Form {
                thousands: "\u{a0}",
                ..semicolons
            }
            .text()
            .into_bytes(),
        ),
        (
            "thousands with a comma",
            "csv",
            Form {
                thousands: ",",
                ..PLAIN
            }
            .text()
            .into_bytes(),
        ),
        (
            "tabs",
            "csv",
            Form {
                separator: '\t',
                ..PLAIN
            }
            .text()
            .into_bytes(),
        ),
        (
            "a title, blank lines and a total",
            "csv",
            Form {
                before: "Inventory of Nordhall,,,,\n,,,,\n",
                between: ",,,,\n\n",
                after: "Total,,,1236.75,\n",
                ..PLAIN
            }
            .text()
            .into_bytes(),
        ),
        ("workbook", "xlsx", workbook(false)?),
        ("workbook of texts", "xlsx", workbook(true)?),
        (
            "the header again on each page",
            "csv",
            Form {
                after: "Id,Name,Owner,CPU,Since\n",
                ..PLAIN
            }
            .text()
            .into_bytes(),
        ),
    ];
    let expected = MACHINES.map(|row| row.map(str::to_owned)).to_vec();
    for (name, ending, bytes) in forms {
        assert_eq!(read(ending, &bytes)?, expected, "{name}");
    }
    Ok(())
}

/// What `discover` says of the second day's file, after a first day of four good machines.
pub(crate) fn told(
    write: impl FnOnce(&std::path::Path) -> Result<()>,
) -> Result<(Company, String)> {
    let company = company()?;
    let mut rows = String::new();
    for number in 1..=4 {
        rows.push_str(&format!("VM-00{number},m{number},acme,2,2026-02-01\n"));
    }
    company.export_raw("2026-03-01", &format!("Id,Name,Owner,CPU,Since\n{rows}"))?;
    company.place.expect(0, &["discover"])?;
    write(&company.place.folder.join("exports/vms-2026-03-02.csv"))?;
    let answer = company.place.call(&["discover"])?;
    let code = answer.status.code().unwrap_or(-1);
    Ok((company, format!("exit {code}\n{}", answer.stdout)))
}

fn written(text: &'static str) -> impl FnOnce(&std::path::Path) -> Result<()> {
    move |path| Ok(std::fs::write(path, text)?)
}

macro_rules! golden {
    ($name:ident, $write:expr) => {
        let (company, text) = told($write)?;
        insta::assert_snapshot!(stringify!($name), text);
        let there = company.resources_at("2026-03-02")?;
        assert_eq!(there, 4, "nothing ended because of {}", stringify!($name));
    };
}

#[test]
fn an_export_that_cannot_be_read_says_so_and_ends_nothing() -> Result<()> {
    golden!(empty, written(""));
    golden!(no_rows, written("Id,Name,Owner,CPU,Since\n"));
    golden!(
        half_written,
        written("Id,Name,Owner,CPU,Since\nVM-001,m1,acme,2,2026-02-01\nVM-002,m2,ac")
    );
    golden!(
        open_quote,
        written(
            "Id,Name,Owner,CPU,Since\nVM-001,\"m1,acme,2,2026-02-01\nVM-002,m2,acme,2,2026-02-01\n"
        )
    );
    golden!(
        no_column,
        written("Nummer,Name,Owner,CPU,Since\nVM-001,m1,acme,2,2026-02-01\n")
    );
    golden!(directory, |path: &std::path::Path| Ok(std::fs::create_dir(
        path
    )?));
    golden!(binary, |path: &std::path::Path| Ok(std::fs::write(
        path,
        [0_u8, 159, 146, 150, 0, 1, 2, 3].repeat(64)
    )?));
    golden!(old_workbook, |path: &std::path::Path| Ok(std::fs::write(
        path,
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1].repeat(64)
    )?));
    Ok(())
}

#[test]
fn a_row_that_cannot_be_read_is_told_and_kept_out_and_the_rest_goes_on() -> Result<()> {
    let (company, text) = told(written(
        "Id,Name,Owner,CPU,Since\n\
         VM-001,m1,acme,two,2026-02-01\n\
         VM-002,m2,acme,2,2026-02-30\n\
         VM-003,m3,acme,3,2026-02-01\n\
         VM-003,m3 again,acme,4,2026-02-01\n\
         ,nameless,acme,2,2026-02-01\n\
         VM-004,m4,acme,2\n",
    ))?;
    insta::assert_snapshot!("broken_rows", text);
    let broken = company.place.call(&["inventory", "broken"])?;
    insta::assert_snapshot!("broken_rows_listed", broken.stdout);
    let shown = company
        .place
        .json(&["inventory", "list", "--as-of", "2026-03-02"])?;
    let rows = shown["resources"].as_array().context("a list")?;
    let cpu: Vec<String> = rows.iter().map(|row| of_row(row)[3].clone()).collect();
    // The last known values stay, also where two rows have one id and neither is as it was.
    assert_eq!(cpu, ["2", "2", "2", "2"]);
    Ok(())
}

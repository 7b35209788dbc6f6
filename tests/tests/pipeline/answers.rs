//! What commands answer as data: tables as CSV and workbooks, files that are whole, failures in a shape.

use std::path::Path;

use anyhow::{Context, Result};
use calamine::{Data, Reader, Xlsx, open_workbook};
use counterfoil_tests::binary::repository;
use serde_json::Value;

use crate::small::{Company, machines};

/// March is billed; the listing of 20 March lost a row that could not be read.
fn billed() -> Result<Company> {
    let company = Company::new()?;
    for day in 1..=31 {
        company.export(&format!("2026-03-{day:02}"), &machines(4))?;
    }
    company.bill()?;
    Ok(company)
}

fn schema(shape: &str) -> Result<Value> {
    let name = format!("schemas/answers/{}.schema.json", shape.replace('/', "-"));
    let text = std::fs::read_to_string(repository().join(&name))
        .with_context(|| format!("reading {name}"))?;
    let mut schema = serde_json::from_str(&text)?;
    forbid_unknown(&mut schema);
    Ok(schema)
}

/// Readers have to bear keys that they do not know; we have to declare each that we write.
fn forbid_unknown(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            let is_alternative = object.contains_key("oneOf") || object.contains_key("anyOf");
            object.values_mut().for_each(forbid_unknown);
            if is_alternative && object.contains_key("properties") {
                // Alternatives and what stands beside them make one object together.
                for alternatives in ["oneOf", "anyOf"] {
                    let found = object.get_mut(alternatives).and_then(Value::as_array_mut);
                    for one in found.into_iter().flatten() {
                        one.as_object_mut()
                            .map(|one| one.remove("additionalProperties"));
                    }
                }
                object.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
            } else if object.contains_key("properties") {
                object
                    .entry("additionalProperties")
                    .or_insert(Value::Bool(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(forbid_unknown),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The answer names its shape first, and fits the committed schema.
pub(crate) fn assert_fits(text: &str, shape: &str) -> Result<Value> {
    let head: String = text.chars().filter(|sign| !sign.is_whitespace()).collect();
    assert!(
        head.starts_with(&format!("{{\"shape\":\"{shape}\"")),
        "{text}"
    );
    let answer: Value = serde_json::from_str(text)?;
    let schema = schema(shape)?;
    let validator = jsonschema::validator_for(&schema)?;
    let problems: Vec<String> = validator
        .iter_errors(&answer)
        .map(|problem| format!("{}: {problem}", problem.instance_path()))
        .collect();
    assert!(problems.is_empty(), "{shape}: {problems:#?}\n{answer:#}");
    Ok(answer)
}

const MARCH: [&str; 2] = ["--period", "2026-03"];

#[test]
fn a_failure_has_a_shape_and_its_exit_code() -> Result<()> {
    let company = Company::new()?;
    let answer = company.place.expect(1, &["explain", "CF-NONE", "--json"])?;
    assert_eq!(answer.stdout, "", "data stands alone on standard output");
    let error = assert_fits(&answer.stderr, "error/1")?;
    assert_eq!(error["exit"], 1);
    // A command line that cannot be read, too.
    let answer = company.place.expect(2, &["plan", "--perod", "--json"])?;
    let error = assert_fits(&answer.stderr, "error/1")?;
    assert_eq!(error["exit"], 2);
    assert_eq!(error["error"], "unexpected argument '--perod' found");
    assert_eq!(error["hint"], "a similar argument exists: '--period'");
    let answer = company.place.expect(0, &["plan", "--help", "--json"])?;
    assert!(answer.stdout.contains("Usage:"), "{}", answer.stdout);
    std::fs::write(
        company.place.folder.join("counterfoil.toml"),
        "[pipelin.main]\n",
    )?;
    let answer = company.place.expect(2, &["discover", "--json"])?;
    let error = assert_fits(&answer.stderr, "error/1")?;
    // The first two say what is missing, which has no line.
    assert_eq!(error["problems"][2]["line"], 1, "{error:#}");
    Ok(())
}

fn rows_of(path: &Path, sheet: &str) -> Result<Vec<Vec<Data>>> {
    let mut workbook: Xlsx<_> = open_workbook(path)?;
    let range = workbook.worksheet_range(sheet)?;
    Ok(range.rows().map(<[Data]>::to_vec).collect())
}

#[test]
fn tables_are_exported_to_the_cent() -> Result<()> {
    let company = billed()?;
    let folder = &company.place.folder;
    let lines = [
        "plan", MARCH[0], MARCH[1], "--table", "lines", "--format", "csv",
    ];
    let answer = company.place.expect(0, &lines)?;
    let head = "account,reference,kind,line,item,description,first_day,last_day,quantity,unit,unit_price,net,billed,currency";
    let mut text = answer.stdout.split("\r\n");
    assert_eq!(text.next(), Some(head));
    let acme = text
        .find(|line| line.starts_with("acme,"))
        .context("acme has a line")?;
    assert!(
        acme.ends_with(",2026-03-01,2026-03-31,4,C62,10,40.00,40.00,EUR"),
        "{acme}"
    );
    company
        .place
        .expect(0, &["plan", MARCH[0], MARCH[1], "--output", "plan.xlsx"])?;
    let path = folder.join("plan.xlsx");
    let workbook: Xlsx<_> = open_workbook(&path)?;
    let sheets = [
        "deliveries",
        "lines",
        "totals",
        "changes",
        "review",
        "reviewed_resources",
        "completeness",
        "suspense",
        "findings",
    ];
    assert_eq!(workbook.sheet_names(), sheets);
    let rows = rows_of(&path, "lines")?;
    let net = rows[0]
        .iter()
        .position(|cell| *cell == Data::String("net".to_owned()))
        .context("a net")?;
    assert_eq!(rows[1][net], Data::Float(40.0), "{rows:#?}");
    assert!(
        matches!(rows[1][6], Data::DateTime(_)),
        "a day is a date: {:?}",
        rows[1][6]
    );
    // A command without tables of its own exports its plain values.
    let pause = ["pause", "--reason", "r", "--by", "t", "--format", "csv"];
    assert_eq!(
        company.place.expect(0, &pause)?.stdout,
        "paused,pipeline\r\nyes,main\r\n"
    );
    Ok(())
}

#[test]
fn a_file_is_written_whole_or_not_at_all() -> Result<()> {
    let company = billed()?;
    let folder = &company.place.folder;
    let refused = |code: i32, options: &[&str], expected: [&str; 2]| -> Result<()> {
        let answer = company
            .place
            .expect(code, &[&["classify"], options].concat())?;
        for text in expected {
            assert!(
                answer.stderr.contains(text),
                "{options:?}: {}",
                answer.stderr
            );
        }
        Ok(())
    };
    std::fs::write(folder.join("kept.csv"), "mine")?;
    refused(2, &["--output", "kept.csv"], ["exists already", "--force"])?;
    assert_eq!(std::fs::read_to_string(folder.join("kept.csv"))?, "mine");
    refused(
        1,
        &["--output", "none/a.csv"],
        ["write none/a.csv", "a folder that exists"],
    )?;
    refused(
        1,
        &["--output", "exports", "--format", "csv", "--force"],
        ["write exports", "directory"],
    )?;
    refused(2, &["--output", "a.doc"], ["in which form", ".xlsx"])?;
    refused(
        2,
        &["--output", "a.csv", "--format", "json"],
        ["ending says something else", "leave --format"],
    )?;
    refused(
        2,
        &["--table", "resource", "--format", "csv"],
        ["table `resource`", "did you mean `resources`?"],
    )?;
    refused(
        2,
        &["--table", "resources", "--json"],
        ["json has no tables", "--format csv"],
    )?;
    let force = ["classify", "--output", "kept.csv", "--force"];
    let answer = company.place.expect(0, &force)?;
    assert_eq!(answer.stdout, "");
    assert!(std::fs::read_to_string(folder.join("kept.csv"))?.starts_with("kind,external_id,"));
    let left: Vec<_> = std::fs::read_dir(folder)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(".counterfoil-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    Ok(())
}

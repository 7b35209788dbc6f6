//! After an export was edited or came late, history and explanation name the file that each fact came from.

use anyhow::{Context, Result};

use crate::small::{Company, machines};

fn rows(cpu: &str) -> Vec<String> {
    vec![format!("VM-001,acme,{cpu}"), "VM-002,blue,2".to_owned()]
}

/// What is known now of VM-001: from when, how many CPUs, read where.
fn history(company: &Company) -> Result<Vec<[String; 3]>> {
    let shown = company.place.json(&["inventory", "history", "VM-001"])?;
    let all = shown["intervals"].as_array().context("a list")?.iter();
    let now = all.filter(|one| one["recorded_to"].is_null());
    let mut told: Vec<[String; 3]> = now
        .map(|one| {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            [
                text(&one["valid"]["from"]),
                text(&one["attributes"]["cpu"]),
                text(&one["place"]),
            ]
        })
        .collect();
    told.sort();
    Ok(told)
}

fn expected(rows: &[[&str; 3]]) -> Vec<[String; 3]> {
    let row = |[day, cpu, place]: &[&str; 3]| {
        [
            format!("{day}T23:00:00Z"),
            (*cpu).to_owned(),
            (*place).to_owned(),
        ]
    };
    rows.iter().map(row).collect()
}

#[test]
fn what_a_later_file_tells_is_no_more_said_to_stand_in_the_edited_one() -> Result<()> {
    let company = Company::new()?;
    for day in ["2026-03-01", "2026-03-02", "2026-03-03"] {
        company.export(day, &rows("2"))?;
    }
    company.place.expect(0, &["discover"])?;
    assert_eq!(
        history(&company)?,
        expected(&[["2026-02-28", "2", "vms-2026-03-01.csv row 2"]])
    );
    // The first file is put right, with a line before the others.
    let mut edited = vec!["VM-000,acme,1".to_owned()];
    edited.extend(rows("3"));
    company.export("2026-03-01", &edited)?;
    company.place.expect(0, &["discover"])?;
    let now = [
        ["2026-02-28", "3", "vms-2026-03-01.csv row 3"],
        ["2026-03-01", "2", "vms-2026-03-02.csv"],
    ];
    assert_eq!(history(&company)?, expected(&now));
    // The next file is held against the last one, not against the edited one.
    let mut grown = rows("2");
    grown.push("VM-004,blue,9".to_owned());
    company.export("2026-03-04", &grown)?;
    company.place.expect(0, &["discover"])?;
    assert_eq!(history(&company)?, expected(&now));
    let explained = company.place.expect(
        0,
        &["explain", "--resource", "VM-001", "--period", "2026-03"],
    )?;
    for place in ["vms-2026-03-01.csv row 3", "vms-2026-03-02.csv"] {
        assert!(explained.stdout.contains(place), "{}", explained.stdout);
    }
    assert!(
        !explained.stdout.contains("vms-2026-03-01.csv row 2"),
        "{}",
        explained.stdout
    );
    Ok(())
}

#[test]
fn a_machine_that_an_edited_file_lacks_is_known_by_the_next_one() -> Result<()> {
    let company = Company::new()?;
    for day in ["2026-03-01", "2026-03-03"] {
        company.export(day, &machines(12))?;
    }
    company.place.expect(0, &["discover"])?;
    company.export("2026-03-01", &machines(12)[1..])?;
    company.place.expect(0, &["discover"])?;
    assert_eq!(
        history(&company)?,
        expected(&[["2026-03-02", "2", "vms-2026-03-03.csv"]])
    );
    // A file between the two that comes late has a row for it.
    company.export("2026-03-02", &machines(12))?;
    company.place.expect(0, &["discover"])?;
    assert_eq!(
        history(&company)?,
        expected(&[["2026-03-01", "2", "vms-2026-03-02.csv row 2"]])
    );
    Ok(())
}

#[test]
fn what_a_partial_listing_changed_and_the_next_has_as_before_stands_in_the_next() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-01", &rows("2"))?;
    company.place.expect(0, &["discover"])?;
    // A row without an id: nobody can tell whose it is, so that the listing is partial.
    let mut partial = rows("5");
    partial.push(",acme,1".to_owned());
    company.export("2026-03-02", &partial)?;
    company.place.expect(3, &["discover"])?;
    company.export("2026-03-03", &rows("2"))?;
    company.place.expect(0, &["discover"])?;
    assert_eq!(
        history(&company)?,
        expected(&[
            ["2026-02-28", "2", "vms-2026-03-01.csv row 2"],
            ["2026-03-01", "5", "vms-2026-03-02.csv row 2"],
            ["2026-03-02", "2", "vms-2026-03-03.csv"],
        ])
    );
    Ok(())
}

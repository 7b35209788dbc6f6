//! What could not be read: rows of a listing that a later one followed, and files that are tried again and again, are told
//! until somebody mends them.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::small::{ANNEX, Company, machines};

const MARCH: [&str; 3] = ["plan", "--period", "2026-03"];

fn with(row: &str) -> Vec<String> {
    let mut rows = machines(2);
    rows.push(row.to_owned());
    rows
}

fn broken(report: &Value) -> Vec<&Value> {
    let findings = report["findings"].as_array().into_iter().flatten();
    findings
        .filter(|finding| finding["code"] == "broken-row")
        .collect()
}

fn has(finding: &Value, key: &str, part: &str) {
    let text = finding[key].as_str().unwrap_or_default();
    assert!(text.contains(part), "{key}: {finding:#}");
}

#[test]
fn a_row_of_an_older_listing_is_told_until_its_file_is_mended() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(2))?;
    company.export("2026-03-03", &with("VM-003,acme,many"))?;
    company.export("2026-03-04", &with("VM-003,acme,2"))?;
    company.export("2026-03-31", &with("VM-003,acme,2"))?;
    company.place.expect(3, &["discover"])?;

    let rate = company.place.json(&["rate", "--period", "2026-03"])?;
    let plan = company.place.json(&MARCH)?;
    let status = company.place.json(&["status"])?;
    let status = &status["pipelines"][0]["unread_rows"];
    let of_status: Vec<&Value> = status.as_array().context("a list")?.iter().collect();
    for told in [broken(&rate), broken(&plan), of_status] {
        assert_eq!(told.len(), 1, "{told:#?}");
        assert_eq!(told[0]["severity"], "warning");
        assert_eq!(told[0]["subject"], "exports");
        assert_eq!(told[0]["since"], "2026-03-02T23:00:00Z");
        has(
            told[0],
            "message",
            "vms-2026-03-03.csv row 4: CPU \"many\" is no number",
        );
        has(told[0], "message", "1 row could not be read");
        has(told[0], "next_step", "mend them in the files");
    }
    let shown = company.place.expect(0, &["status"])?.stdout;
    assert!(shown.contains("vms-2026-03-03.csv row 4"), "{shown}");
    // A month that nothing of it tells of.
    let february = company.place.json(&["rate", "--period", "2026-02"])?;
    assert_eq!(broken(&february).len(), 0, "{february:#}");

    company.export("2026-03-03", &with("VM-003,acme,2"))?;
    company.place.expect(0, &["discover"])?;
    let none = company.place.expect(0, &["inventory", "broken"])?.stdout;
    assert_eq!(none.trim(), "every row could be read");
    let mended = company.place.json(&MARCH)?;
    assert_eq!(broken(&mended).len(), 0, "{mended:#}");
    let status = company.place.json(&["status"])?;
    assert_eq!(status["pipelines"][0]["unread_rows"], serde_json::json!([]));
    Ok(())
}

#[test]
fn a_change_that_a_broken_row_hides_is_told_beside_what_blocks() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-02-28", &machines(2))?;
    // It holds until the next listing, into March.
    company.export(
        "2026-02-28",
        &["VM-001,acme,2".to_owned(), "VM-002,blue,x".to_owned()],
    )?;
    company.export(
        "2026-03-02",
        &["VM-001,acme,y".to_owned(), "VM-002,blue,4".to_owned()],
    )?;
    company.export("2026-03-31", &with("VM-003,acme,z"))?;
    company.place.expect(3, &["discover"])?;
    let plan = company.place.json_with(3, &MARCH)?;
    let told = broken(&plan);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert_eq!(told[0]["severity"], "blocking");
    has(
        told[0],
        "message",
        "1 row of the latest listing is no resource, because it could not be read, and is not billed: \
         vms-2026-03-31.csv row 4: CPU \"z\" is no number",
    );
    assert_eq!(told[1]["severity"], "warning");
    has(
        told[1],
        "message",
        "2 rows of 2 listings could not be read and were never mended",
    );
    has(told[1], "message", "the first is vms-2026-02-28.csv row 3");
    company
        .place
        .json_with(3, &["rate", "--period", "2026-03"])?;
    // A file that cannot be read at all says nothing of the rows before it.
    company.export_raw("2026-04-01", "nothing")?;
    company.place.call(&["discover"])?;
    let plan = company.place.json_with(3, &MARCH)?;
    assert_eq!(broken(&plan)[0]["severity"], "blocking", "{plan:#}");
    Ok(())
}

#[test]
fn a_file_that_cannot_be_read_is_one_entry_however_often_it_is_tried() -> Result<()> {
    let mut company = Company::new()?;
    company.export("2026-03-30", &machines(2))?;
    company.export_raw("2026-03-29", "Nummer\nVM-001\n")?;
    company.export_raw("2026-03-31", "Nummer\nVM-001\n")?;
    for now in [
        "2026-04-01T06:00:00Z",
        "2026-04-01T07:00:00Z",
        "2026-04-01T08:00:00Z",
    ] {
        company.place.now = now.to_owned();
        company.place.expect(3, &["discover"])?;
    }
    let coverage = company.place.json(&["inventory", "coverage"])?;
    let listings = coverage["listings"].as_array().context("a list")?;
    let told: Vec<_> = listings
        .iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
            (
                text("key"),
                one["times"].as_u64(),
                text("first_recorded"),
                text("recorded"),
            )
        })
        .collect();
    let entry = |key: &str, times, last: &str| {
        let first = "2026-04-01T06:00:00Z".to_owned();
        (key.to_owned(), Some(times), first, last.to_owned())
    };
    assert_eq!(
        told,
        [
            entry("vms-2026-03-29.csv", 3, "2026-04-01T08:00:00Z"),
            entry("vms-2026-03-30.csv", 1, "2026-04-01T06:00:00Z"),
            entry("vms-2026-03-31.csv", 3, "2026-04-01T08:00:00Z"),
        ]
    );
    let text = company.place.expect(0, &["inventory", "coverage"])?.stdout;
    assert!(
        text.contains("(tried 3 times from 2026-04-01T06:00:00Z to 2026-04-01T08:00:00Z)"),
        "{text}"
    );
    let status = company.place.json(&["status"])?;
    let source = &status["pipelines"][0]["sources"][0];
    assert_eq!(source["unread"], 2, "{source:#}");
    assert_eq!(source["newest_unread"]["listing"], "vms-2026-03-31.csv");
    let text = company.place.expect(0, &["status"])?.stdout;
    assert!(
        text.contains("2 listings could not be read, the newest vms-2026-03-31.csv"),
        "{text}"
    );

    // Nothing is taken in when one is deleted.
    std::fs::remove_file(company.place.folder.join("exports/vms-2026-03-31.csv"))?;
    std::fs::remove_file(company.place.folder.join("exports/vms-2026-03-29.csv"))?;
    company.place.expect(0, &["discover"])?;
    let status = company.place.json(&["status"])?;
    let source = &status["pipelines"][0]["sources"][0];
    assert_eq!(source["unread"], 0, "{source:#}");
    company.export_raw("2026-03-31", "Nummer\nVM-001\n")?;
    company.place.expect(3, &["discover"])?;
    company.export("2026-03-31", &machines(2))?;
    company.place.expect(0, &["discover"])?;
    let status = company.place.json(&["status"])?;
    let source = &status["pipelines"][0]["sources"][0];
    assert_eq!(source["unread"], 0, "{source:#}");
    Ok(())
}

/// Writes the one file of a source that shows what is there now, and lists it.
fn list_stock(company: &mut Company, now: &str, code: i32, rows: &str) -> Result<()> {
    let path = company.place.folder.join("annex/stock.csv");
    std::fs::write(path, format!("Id,Owner,CPU\n{rows}"))?;
    now.clone_into(&mut company.place.now);
    company.place.expect(code, &["discover"])?;
    Ok(())
}

#[test]
fn what_a_source_shows_now_is_told_until_a_listing_can_read_it() -> Result<()> {
    let mut company = Company::new()?;
    std::fs::create_dir_all(company.place.folder.join("annex"))?;
    company.export("2026-03-31", &machines(2))?;
    let dated = "files = \"vms-*.csv\"\ndate = \"vms-{date}.csv\"";
    let annex = ANNEX.replace(dated, "files = \"stock.csv\"\nundated = \"now\"");
    company.write_with("", "", &annex)?;
    let april = ["rate", "--period", "2026-04"];
    list_stock(
        &mut company,
        "2026-04-02T06:00:00Z",
        3,
        "AX-1,acme,1\nAX-2,acme,x\n",
    )?;
    let rated = company.place.json_with(3, &april)?;
    assert_eq!(broken(&rated).len(), 1, "{rated:#}");
    assert_eq!(broken(&rated)[0]["severity"], "blocking");
    list_stock(
        &mut company,
        "2026-04-02T07:00:00Z",
        0,
        "AX-1,acme,1\nAX-2,acme,2\n",
    )?;
    assert_eq!(broken(&company.place.json(&april)?).len(), 0);

    for now in ["2026-04-02T08:00:00Z", "2026-04-02T09:00:00Z"] {
        list_stock(&mut company, now, 3, "AX-1,acme,1\nAX-2,acme,x\n")?;
    }
    let rated = company.place.json(&april)?;
    let told = broken(&rated);
    assert_eq!(told.len(), 1, "{told:#?}");
    has(
        told[0],
        "message",
        "1 row could not be read and was never mended",
    );
    has(
        told[0],
        "next_step",
        "what was before cannot be listed any more",
    );
    list_stock(
        &mut company,
        "2026-04-02T10:00:00Z",
        0,
        "AX-1,acme,1\nAX-2,acme,2\n",
    )?;
    assert_eq!(broken(&company.place.json(&april)?).len(), 0);
    let none = company.place.expect(0, &["inventory", "broken"])?.stdout;
    assert_eq!(none.trim(), "every row could be read");
    Ok(())
}

#[test]
fn a_row_of_a_file_that_is_gone_is_told_until_a_later_listing_has_it() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(2))?;
    company.export("2026-03-03", &with("VM-003,acme,many"))?;
    company.export("2026-03-31", &with("VM-003,acme,2"))?;
    company.place.expect(3, &["discover"])?;
    assert_eq!(broken(&company.place.json(&MARCH)?).len(), 1);
    std::fs::remove_file(company.place.folder.join("exports/vms-2026-03-03.csv"))?;
    company.place.expect(0, &["discover"])?;
    assert_eq!(broken(&company.place.json(&MARCH)?).len(), 0);
    Ok(())
}

#[test]
fn an_id_that_another_row_has_is_a_note_and_says_which_row_counts() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(2))?;
    for day in ["2026-03-03", "2026-03-04"] {
        company.export(day, &with("VM-001,acme,7"))?;
    }
    company.export("2026-03-31", &machines(2))?;
    company.place.expect(3, &["discover"])?;
    let plan = company.place.json(&MARCH)?;
    let told = broken(&plan);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0]["severity"], "note");
    has(
        told[0],
        "message",
        "1 row of 2 listings has the id of another row of its listing, which counts",
    );
    has(told[0], "message", "the first is vms-2026-03-03.csv row 4");
    has(told[0], "next_step", "where one is about another resource");
    Ok(())
}

#[test]
fn the_rows_of_a_source_that_was_retired_are_told_though_nothing_can_be_listed() -> Result<()> {
    let mut company = Company::new()?;
    std::fs::create_dir_all(company.place.folder.join("annex"))?;
    company.write_with("", "", ANNEX)?;
    company.export("2026-03-31", &machines(2))?;
    std::fs::write(
        company.place.folder.join("annex/vms-2026-03-30.csv"),
        "Id,Owner,CPU\nAX-1,acme,3\nAX-2,acme,x\n",
    )?;
    company.place.expect(3, &["discover"])?;
    company.write()?;
    company.place.now = "2026-04-01T07:00:00Z".to_owned();
    company
        .place
        .json(&["inventory", "retire", "source", "annex", "--by", "anna"])?;
    let plan = company.place.json(&MARCH)?;
    let told = broken(&plan);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0]["severity"], "warning");
    has(told[0], "message", "vms-2026-03-30.csv row 3: CPU \"x\"");
    has(told[0], "next_step", "the source is listed no more");
    Ok(())
}

#[test]
fn a_file_that_is_named_for_a_day_that_does_not_exist_is_told_until_it_is_renamed() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-02-27", &machines(2))?;
    company.export("2026-02-28", &machines(3))?;
    company.export("2026-02-30", &machines(4))?;
    company.export("2026-03-31", &machines(3))?;
    let said = "vms-2026-02-30.csv: its name says 2026-02-30, and there is no such day";
    for _ in 0..2 {
        let told = company.place.expect(3, &["discover"])?.stdout;
        assert!(told.contains(said), "{told}");
    }
    // Beside it the day under which it is told is as it was listed, and so is what follows.
    assert_eq!(company.resources_at("2026-02-28")?, 3);
    assert_eq!(company.resources_at("2026-03-31")?, 3);
    let february = ["plan", "--period", "2026-02"];
    let unread = |report: &Value| -> Vec<Value> {
        let findings = report["findings"].as_array().into_iter().flatten();
        let unread = findings.filter(|finding| finding["code"] == "unread-listing");
        unread.cloned().collect()
    };
    let plan = company.place.json(&february)?;
    assert_eq!(unread(&plan).len(), 1, "{plan:#}");
    has(&unread(&plan)[0], "message", said);
    assert_eq!(unread(&company.place.json(&MARCH)?).len(), 0);
    let close = company
        .place
        .call(&["close", "--period", "2026-02", "--by", "anna"])?;
    assert_ne!(close.status.code(), Some(0));
    assert!(close.stdout.contains(said), "{close:?}");

    let exports = company.place.folder.join("exports");
    std::fs::rename(
        exports.join("vms-2026-02-30.csv"),
        exports.join("vms-2026-03-01.csv"),
    )?;
    company.place.expect(0, &["discover"])?;
    assert_eq!(company.resources_at("2026-03-01")?, 4);
    assert_eq!(unread(&company.place.json(&february)?).len(), 0);
    Ok(())
}

//! When a change was delivered: by which document, as it stands now, and with which part of its lines.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::effects::documents;
use crate::reports::{company, list, texts};
use crate::small::Company;

#[test]
fn a_change_is_followed_to_its_delivery() -> Result<()> {
    let mut company = company()?;
    let asked = ["report", "delivered", "VM-001"];
    let events = ["/event", "/at", "/seen/listing", "/not_yet/because"];
    let before = company.place.json(&asked)?;
    assert_eq!(
        texts(list(&before, "events")?, &events),
        [
            "new 2026-02-28T23:00:00Z vms-2026-03-01.csv not-sent",
            "changed 2026-03-15T23:00:00Z vms-2026-03-16.csv not-sent",
        ]
    );
    company.bill()?;
    let delivered = company.place.json(&asked)?;
    let document = &delivered["events"][1]["delivered"][0];
    assert_eq!(document["number"], "INV/2026/00001");
    assert_eq!(document["sent"], "2026-04-01T06:00:00Z");
    assert_eq!(document["read_back"], Value::Null);
    // 94 + 40 + 84 + 25 CPU-days of 31, at 10.00.
    assert_eq!(document["lines"][0]["billed"]["amount"], "78.39");
    // Of which VM-001 has 94; together all have the line.
    for (resource, share) in [
        ("VM-001", "30.33"),
        ("VM-003", "12.90"),
        ("VM-004", "27.10"),
        ("VM-006", "8.06"),
    ] {
        let asked = ["report", "delivered", resource];
        let line = &company.place.json(&asked)?["events"][0]["delivered"][0]["lines"][0];
        assert_eq!(line["share"]["amount"], share, "{resource}");
        assert_eq!(line["resources"], 4);
    }
    let told = company.place.expect(0, &asked)?;
    let part = "vCPU: 30.33 EUR of a line of 78.39 EUR for 4 resources";
    assert!(told.stdout.contains(part), "{}", told.stdout);
    company
        .place
        .expect(0, &["reconcile", "--period", "2026-03"])?;
    let delivered = company.place.json(&asked)?;
    let document = &delivered["events"][1]["delivered"][0];
    assert_eq!(document["read_back"], "2026-04-01T06:00:00Z");
    // What happens in a period that is open waits for its end.
    company.export("2026-04-01", &["VM-001,acme,8".to_owned()])?;
    company.place.now = "2026-04-02T06:00:00Z".to_owned();
    company.place.call(&["discover"])?;
    let since = ["report", "delivered", "VM-001", "--since", "2026-04-01"];
    let open = company.place.json(&since)?;
    assert_eq!(
        texts(list(&open, "events")?, &events),
        ["changed 2026-03-31T22:00:00Z vms-2026-04-01.csv open-period"]
    );
    let told = company.place.expect(0, &since)?;
    assert!(
        told.stdout
            .contains("not delivered: 2026-04 is open, until 2026-05-01"),
        "{}",
        told.stdout
    );
    Ok(())
}

#[test]
fn a_delivery_is_told_as_it_stands_now() -> Result<()> {
    let company = company()?;
    let path = company.place.folder.join("counterfoil.toml");
    let drafts =
        std::fs::read_to_string(&path)?.replace("finalize = \"post\"", "finalize = \"draft\"");
    std::fs::write(&path, drafts)?;
    company.bill()?;
    let asked = ["report", "delivered", "VM-002"];
    let told = company.place.expect(0, &asked)?.stdout;
    assert!(told.contains("(a draft) of 2026-03"), "{told}");
    company
        .server
        .post("/api/v1/documents/doc_2/post", &serde_json::json!({}))?;
    let reconciled = company.place.call(&["reconcile", "--period", "2026-03"])?;
    let mut said = reconciled.stdout.lines();
    let change = said.find(|line| line.ends_with(" was a draft and is posted now: recorded"));
    let reference = change.and_then(|line| line.split(' ').next());
    assert_eq!(
        reference,
        told.split(' ').find(|word| word.starts_with("CF-"))
    );
    let told = company.place.expect(0, &asked)?.stdout;
    assert!(told.contains("(INV/2026/00001) of 2026-03"), "{told}");
    assert!(!told.contains("draft"), "{told}");
    company
        .server
        .post("/api/v1/documents/doc_2/void", &serde_json::json!({}))?;
    let accept = ["reconcile", "--accept-void", "INV/2026/00001"];
    let accept = [&accept[..], &["--by", "anna", "--reason", "wrong company"]].concat();
    company.place.expect(3, &accept)?;
    let told = company.place.expect(0, &asked)?.stdout;
    assert!(told.contains("(INV/2026/00001, void) of 2026-03"), "{told}");
    assert!(told.contains("not delivered: "), "{told}");
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    let told = company.place.json(&asked)?;
    let delivered = list(&told["events"][0], "delivered")?;
    assert_eq!(texts(delivered, &["/state"]), ["void", "draft"]);
    assert_eq!(told["events"][0]["not_yet"], Value::Null);
    Ok(())
}

#[test]
fn a_resources_part_of_a_correction_is_what_it_has_more() -> Result<()> {
    let mut company = company()?;
    company.bill()?;
    // Somebody mends the export of the 20th: VM-003 had four CPUs on that day.
    company.place.now = "2026-04-02T06:00:00Z".to_owned();
    let mended = std::fs::read_to_string(company.place.folder.join("exports/vms-2026-03-20.csv"))?;
    company.export_raw(
        "2026-03-20",
        &mended.replace("VM-003,acme,2", "VM-003,acme,4"),
    )?;
    company.place.call(&["discover"])?;
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    let told = company.place.json(&["report", "delivered", "VM-003"])?;
    let keys = ["/state", "/as_known", "/corrects"];
    let documents = |event: usize| list(&told["events"][event], "delivered");
    // It is new on the 1st, which its invoice bills; and changed on the 20th, which only the correction does.
    assert_eq!(documents(0)?.len(), 2, "{told:#}");
    assert_eq!(
        texts(documents(1)?, &keys),
        [format!(
            "posted true {}",
            text(&documents(0)?[0], "reference")?
        )]
    );
    let told = company
        .place
        .expect(0, &["report", "delivered", "VM-003"])?
        .stdout;
    // 2 CPU-days of 31 at 10.00 more, as the old line taken back and the new one added; a cent of rounding went over.
    assert!(
        told.contains("vCPU: 0.65 EUR of 2 lines, together 0.64 EUR, for 4 resources"),
        "{told}"
    );
    assert!(
        told.contains("vCPU: 12.90 EUR of a line of 78.39 EUR for 4 resources"),
        "{told}"
    );
    // Who has nothing of the correction is told of the invoice alone.
    let told = company.place.json(&["report", "delivered", "VM-006"])?;
    let documents = list(&told["events"][0], "delivered")?;
    assert_eq!(documents.len(), 1, "{told:#}");
    assert_eq!(accounted_documents(&company)?, 3);
    Ok(())
}

#[test]
fn every_line_of_every_document_is_told_whatever_was_corrected_since() -> Result<()> {
    let mut company = company()?;
    company.bill()?;
    let invoices = accounted_documents(&company)?;
    assert_eq!(invoices, 2);
    // Another price from the 10th on cuts the period in two.
    company.place.now = "2026-04-02T06:00:00Z".to_owned();
    company.set_price(
        "price = [{ currency = \"EUR\", from = 2026-03-10, amount = 12.00 }, { currency = \"EUR\", amount = 10.00 }]",
    )?;
    correct(&company)?;
    assert_eq!(accounted_documents(&company)?, 4);
    let asked = ["report", "delivered", "VM-001"];
    let told = company.place.json(&asked)?;
    let documents = list(&told["events"][0], "delivered")?;
    let keys = ["/description", "/first_day", "/last_day"];
    assert_eq!(
        texts(list(&documents[0], "lines")?, &keys),
        ["vCPU 2026-03-01 2026-03-31"]
    );
    let mut lines = texts(list(&documents[1], "lines")?, &keys);
    lines.sort();
    assert_eq!(
        lines,
        [
            "Corrected: vCPU 2026-03-01 2026-03-09",
            "Corrected: vCPU 2026-03-10 2026-03-31",
            "Taken back: vCPU 2026-03-01 2026-03-31",
        ]
    );
    // Who asks what changed hears of the invoice: it billed the machine, whatever its price is now.
    let changes = company
        .place
        .json(&["report", "changes", "2026-03-01", "2026-03-31"])?;
    let mut rows = list(&changes, "changes")?.iter();
    let new = rows
        .find(|row| row["external_id"] == "VM-004")
        .context("VM-004 is new")?;
    assert_eq!(
        texts(list(new, "delivered")?, &["/number", "/as_known"]),
        ["INV/2026/00001 true"]
    );
    // VM-003 was Blue's all the time, and VM-004 is from the 15th on.
    company.place.now = "2026-04-03T06:00:00Z".to_owned();
    let moved = |day: u32, row: &str| match day {
        _ if row.starts_with("VM-003") => row.replace("acme", "blue"),
        15.. if row.starts_with("VM-004") => row.replace("acme", "blue"),
        _ => row.to_owned(),
    };
    for day in 1..=31 {
        let name = format!("2026-03-{day:02}");
        let path = company.place.folder.join(format!("exports/vms-{name}.csv"));
        let before = std::fs::read_to_string(path)?;
        let rows = before.lines().map(|row| format!("{}\n", moved(day, row)));
        company.export_raw(&name, &rows.collect::<String>())?;
    }
    company.place.call(&["discover"])?;
    let of_before = ["/account", "/as_known"];
    let asked = ["report", "delivered", "VM-003"];
    let told = company.place.json(&asked)?;
    let event = &told["events"][0];
    let documents = texts(list(event, "delivered")?, &of_before);
    assert_eq!(documents, ["acme false", "acme false"]);
    assert_eq!(event["not_yet"]["because"], "learned-later", "{event:#}");
    let told = company.place.expect(0, &asked)?.stdout;
    assert!(told.contains("by what was known before"), "{told}");
    correct(&company)?;
    let told = company.place.json(&asked)?;
    let event = &told["events"][0];
    let mut documents = texts(list(event, "delivered")?, &of_before);
    documents.sort();
    assert_eq!(
        documents,
        ["acme false", "acme false", "acme true", "blue true"]
    );
    assert_eq!(event["not_yet"], Value::Null, "{event:#}");
    assert_eq!(accounted_documents(&company)?, 6);
    // And the price was another one all the time.
    company.place.now = "2026-04-04T06:00:00Z".to_owned();
    company.set_price("price = [{ currency = \"EUR\", from = 2026-03-01, amount = 9.99 }]")?;
    correct(&company)?;
    assert_eq!(accounted_documents(&company)?, 8);
    Ok(())
}

#[test]
fn a_draft_is_told_with_the_lines_that_it_has_now() -> Result<()> {
    let mut company = company()?;
    crate::voided::finalize(&company, "post", "draft")?;
    company.bill()?;
    company.place.now = "2026-04-02T06:00:00Z".to_owned();
    company.set_price(
        "price = [{ currency = \"EUR\", from = 2026-03-10, amount = 12.00 }, { currency = \"EUR\", amount = 10.00 }]",
    )?;
    crate::voided::finalize(&company, "post", "draft")?;
    correct(&company)?;
    assert_eq!(accounted_documents(&company)?, 2);
    let told = company.place.json(&["report", "delivered", "VM-001"])?;
    let documents = list(&told["events"][0], "delivered")?;
    assert_eq!(
        texts(documents, &["/sent", "/state"]),
        ["2026-04-01T06:00:00Z draft"]
    );
    assert_eq!(list(&documents[0], "lines")?.len(), 2);
    Ok(())
}

pub(crate) fn correct(company: &Company) -> Result<()> {
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    Ok(())
}

fn text<'v>(value: &'v Value, key: &str) -> Result<&'v str> {
    let text = value[key].as_str();
    text.with_context(|| format!("{key} in {value}"))
}

fn cents(amount: &Value) -> Result<i64> {
    let text = amount.as_str().context("an amount is a text")?;
    Ok(text.replace('.', "").parse()?)
}

/// A line of the reports: what is billed on how many lines, and what each resource has of it.
#[derive(Debug, Default)]
struct Told {
    billed: i64,
    lines: u64,
    shares: BTreeMap<String, i64>,
}

/// What the resources' reports tell sums to each line, their lines are those of the documents at the sink, and all of it
/// is the net of all. Answers how many documents there are.
fn accounted_documents(company: &Company) -> Result<usize> {
    let mut told: BTreeMap<String, BTreeMap<String, Told>> = BTreeMap::new();
    for number in 1..=6 {
        let resource = format!("VM-00{number}");
        let report = company.place.json(&["report", "delivered", &resource])?;
        for event in list(&report, "events")? {
            for document in list(event, "delivered")? {
                let lines = told.entry(text(document, "reference")?.to_owned());
                let lines = lines.or_default();
                for line in list(document, "lines")? {
                    let keys = ["/item", "/description", "/first_day", "/last_day"];
                    let name = texts(std::slice::from_ref(line), &keys).concat();
                    let of_line = lines.entry(name).or_default();
                    of_line.billed = cents(&line["billed"]["amount"])?;
                    of_line.lines = line["lines"].as_u64().context("a count")?;
                    let share = cents(&line["share"]["amount"])?;
                    let before = of_line.shares.insert(resource.clone(), share);
                    assert!(before.is_none_or(|before| before == share), "{line:#}");
                }
            }
        }
    }
    let mut net = 0;
    for lines in told.values() {
        for line in lines.values() {
            assert_eq!(line.shares.values().sum::<i64>(), line.billed, "{line:?}");
            net += line.billed;
        }
    }
    let mut at_the_sink = 0;
    let documents = documents(company)?;
    for document in &documents {
        let lines = &told[text(document, "reference")?];
        let count: u64 = lines.values().map(|line| line.lines).sum();
        assert_eq!(
            count,
            u64::try_from(list(document, "lines")?.len())?,
            "{document:#}"
        );
        let sign = if document["kind"] == "credit-note" {
            -1
        } else {
            1
        };
        let of_document = sign * cents(&document["net"])?;
        let billed: i64 = lines.values().map(|line| line.billed).sum();
        assert_eq!(billed, of_document, "{document:#}");
        at_the_sink += of_document;
    }
    assert_eq!((net, told.len()), (at_the_sink, documents.len()));
    Ok(documents.len())
}

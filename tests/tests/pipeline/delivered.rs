//! When a change was delivered: by which document, as it stands now, and with which part of its lines.

use anyhow::Result;
use serde_json::Value;

use crate::reports::{company, list, texts};

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
fn nobodys_part_of_a_correction_is_made_up() -> Result<()> {
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
    let told = company
        .place
        .expect(0, &["report", "delivered", "VM-003"])?
        .stdout;
    // 2 CPU-days of 31 at 10.00 more, as the old line taken back and the new one added.
    assert!(
        told.contains("vCPU: part of 2 lines, together 0.64 EUR, for 4 resources"),
        "{told}"
    );
    assert!(
        told.contains("vCPU: 12.90 EUR of a line of 78.39 EUR for 4 resources"),
        "{told}"
    );
    Ok(())
}

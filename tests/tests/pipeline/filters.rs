//! Answers narrowed to a customer, a kind or a time: what is told is less, what is done is not, and a name that nothing has is
//! no empty answer.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::small::{Company, machines};

const MARCH: [&str; 2] = ["--period", "2026-03"];

/// March of four machines, two of acme and two of blue. On 16 March VM-001 grows.
fn discovered() -> Result<Company> {
    let company = Company::new()?;
    for day in 1..=31 {
        let mut rows = machines(4);
        if day > 15 {
            rows[0] = rows[0].replace(",2", ",4");
        }
        company.export(&format!("2026-03-{day:02}"), &rows)?;
    }
    company.place.expect(0, &["discover"])?;
    Ok(company)
}

/// It comes to 50.32 of acme and 40.00 of blue.
fn billed() -> Result<Company> {
    let company = discovered()?;
    company.bill()?;
    Ok(company)
}

fn list<'a>(answer: &'a Value, key: &str) -> Result<&'a Vec<Value>> {
    answer[key]
        .as_array()
        .with_context(|| format!("{key} in {answer:#}"))
}

#[test]
fn a_name_that_nothing_has_gets_a_near_miss_everywhere() -> Result<()> {
    let company = billed()?;
    std::fs::write(
        company.place.folder.join("sent.csv"),
        "customer,description,net\nacme,vCPU,1.00\n",
    )?;
    let customer = "--customer acmee";
    let kind = "--kind virtual-machin";
    for (command, options) in [
        ("plan --period 2026-03", vec![customer, kind]),
        ("reconcile --period 2026-03", vec![customer]),
        ("explain --resource VM-001", vec![customer, kind]),
        ("classify", vec![customer, kind]),
        ("approvals", vec![customer]),
        ("shadow --period 2026-03 --against sent.csv", vec![customer]),
        ("inventory list", vec![customer, kind]),
        (
            "inventory delta 2026-03-01 2026-03-31",
            vec![customer, kind],
        ),
        ("inventory history VM-001", vec![customer, kind]),
        ("inventory coverage", vec![kind]),
        ("inventory withheld", vec![customer, kind]),
        ("report growth", vec![customer, kind]),
        ("report changes 2026-03-01", vec![customer, kind]),
        ("report delivered VM-001", vec![customer, kind]),
        ("report first-seen", vec![customer, kind]),
        ("report unbilled", vec![customer, kind]),
    ] {
        for option in options {
            let line = format!("{command} {option}");
            let words: Vec<&str> = line.split(' ').collect();
            let told = company.place.expect(2, &words)?.stderr;
            let meant = if option == customer {
                "did you mean `acme`?"
            } else {
                "did you mean `virtual-machine`?"
            };
            assert!(told.contains(meant), "{line}: {told}");
        }
    }
    let told = company
        .place
        .expect(2, &["discover", "--source", "export"])?
        .stderr;
    assert!(told.contains("did you mean `exports`?"), "{told}");
    for command in [
        "explain --resource VM-01",
        "classify --resource VM-01",
        "inventory history VM-01",
        "report delivered VM-01",
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        let told = company.place.expect(1, &words)?.stderr;
        assert!(told.contains("did you mean `VM-001`?"), "{command}: {told}");
    }
    Ok(())
}

#[test]
fn a_plan_tells_of_one_customer_and_plans_all() -> Result<()> {
    let company = discovered()?;
    let place = &company.place;
    let plan = [&["plan"][..], &MARCH].concat();
    let of_acme = place.json(&[&plan[..], &["--customer", "acme"]].concat())?;
    let whole = place.json(&plan)?;
    assert_eq!(of_acme["customer"], "acme");
    let (narrow, all) = (&of_acme["plans"][0], &whole["plans"][0]);
    assert_eq!(narrow["plan"]["id"], all["plan"]["id"], "one plan for all");
    assert_eq!(
        all["approval"].as_object().map(serde_json::Map::len),
        Some(2)
    );
    assert_eq!(
        narrow["approval"].as_object().map(serde_json::Map::len),
        Some(1)
    );
    for planned in list(&narrow["plan"], "deliveries")? {
        assert_eq!(planned["delivery"]["buyer"]["account"], "acme");
    }
    assert!(list(&narrow["plan"], "deliveries")?.len() < list(&all["plan"], "deliveries")?.len());
    let sum = |plan: &Value| plan["plan"]["totals"][0]["now"]["amount"].clone();
    // Two machines of 2 CPUs, of which one has 4 for 16 of 31 days.
    assert_eq!(sum(narrow), "50.32");
    assert_eq!(sum(all), "90.32");
    let shown = place.expect(0, &[&plan[..], &["--customer", "acme"]].concat())?;
    assert!(!shown.stdout.contains("blue"), "{}", shown.stdout);
    assert!(
        shown.stdout.contains("--account ACCOUNT --by NAME"),
        "{}",
        shown.stdout
    );
    // Both are approved and sent, though one was looked at.
    let approve = [&["approve", "--all", "--by", "anna"][..], &MARCH].concat();
    place.expect(0, &approve)?;
    place.expect(0, &[&["apply"][..], &MARCH].concat())?;
    assert_eq!(company.planned_effects()?, 0);
    Ok(())
}

#[test]
fn one_customer_is_reconciled_whatever_is_wrong_with_another() -> Result<()> {
    let company = billed()?;
    let place = &company.place;
    let documents = company.server.get("/api/v1/documents")?;
    let of_blue = list(&documents, "items")?
        .iter()
        .find(|document| document["net"] == "40.00")
        .context("a document of blue")?;
    let edit = json!({
        "document": of_blue["id"], "line": 1, "field": "unit_price", "value": "9.00",
    });
    company.server.post("/api/v1/admin/edit", &edit)?;
    let reconcile = [&["reconcile"][..], &MARCH].concat();
    place.expect(3, &reconcile)?;
    let blue = place.json_with(3, &[&reconcile[..], &["--customer", "blue"]].concat())?;
    assert_eq!(
        blue["sinks"][0]["result"]["totals"][0]["sent"]["amount"],
        "40.00"
    );
    let acme = place.json(&[&reconcile[..], &["--customer", "acme"]].concat())?;
    let result = &acme["sinks"][0]["result"];
    assert_eq!(list(result, "matched")?.len(), 1);
    assert_eq!(list(result, "findings")?.len(), 0);
    assert_eq!(result["totals"][0]["balanced"], true);
    let shown = place.expect(0, &[&reconcile[..], &["--customer", "acme"]].concat())?;
    assert!(shown.stdout.contains("of acme alone"), "{}", shown.stdout);
    Ok(())
}

#[test]
fn history_explanations_and_decisions_are_told_of_a_customer_or_since_a_time() -> Result<()> {
    let company = billed()?;
    let place = &company.place;
    let count = |command: &str, key: &str| -> Result<usize> {
        let words: Vec<&str> = command.split(' ').collect();
        Ok(list(&place.json(&words)?, key)?.len())
    };
    let history = "inventory history VM-001";
    // The first stretch, open as it was known until the 16th and then ended, and the second.
    assert_eq!(count(history, "intervals")?, 3);
    assert_eq!(
        count(&format!("{history} --since 2026-03-20"), "intervals")?,
        2
    );
    assert_eq!(
        count(&format!("{history} --customer blue"), "intervals")?,
        0
    );
    let explain = "explain --resource VM-001 --period 2026-03";
    assert_eq!(count(explain, "charges")?, 2);
    assert_eq!(
        count(&format!("{explain} --since 2026-03-20"), "charges")?,
        1
    );
    assert_eq!(count(&format!("{explain} --customer blue"), "charges")?, 0);
    assert_eq!(count("approvals", "decisions")?, 1);
    assert_eq!(count("approvals --since 2026-04-02", "decisions")?, 0);
    // What was approved of all was approved of acme.
    assert_eq!(count("approvals --customer acme", "decisions")?, 1);
    let hold = ["approve", "--hold", "blue", "--reason", "r", "--by", "anna"];
    place.expect(0, &[&hold[..], &MARCH].concat())?;
    assert_eq!(count("approvals --customer acme", "decisions")?, 1);
    assert_eq!(count("approvals --customer blue", "decisions")?, 2);
    assert_eq!(count("report delivered VM-001", "events")?, 2);
    assert_eq!(
        count("report delivered VM-001 --since 2026-03-10", "events")?,
        1
    );
    assert_eq!(
        count("report delivered VM-001 --customer blue", "events")?,
        0
    );
    assert_eq!(
        count("inventory coverage --kind virtual-machine", "listings")?,
        31
    );
    Ok(())
}

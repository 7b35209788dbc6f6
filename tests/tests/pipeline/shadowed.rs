//! A shadow run compares a past month with what was really sent, line by line in money.

use anyhow::{Context, Result};
use serde_json::json;

use crate::going_live::{company, write};

#[test]
fn a_shadow_run_compares_with_an_export_line_by_line() -> Result<()> {
    let company = company()?;
    company.write_with("bill_from = 2026-05-01", "", "")?;
    // Acme was billed three of its four CPUs, at 11,00; the customer is called as people call it.
    write(
        &company,
        "invoices.csv",
        "Kund;Benämning;Antal;À-pris;Belopp\nACME AB;vcpu;3;11,00;33,00\nBlue;Hosting;;;40,00\nBlue;Setup;1;1 000,00;1 000,00\n\
         Green Ltd;vCPU;1;10,00;10,00\n;;;;1 083,00\n",
    )?;
    let asked = ["shadow", "--period", "2026-03", "--against", "invoices.csv"];
    let unknown = company.place.json_with(3, &asked)?;
    // Green Ltd is no account, and no currency says what its 10,00 are.
    assert_eq!(unknown["left_out"][0]["matters"], true);
    write(
        &company,
        "invoices.csv",
        "Kund;Benämning;Antal;À-pris;Belopp;Valuta\nACME AB;vcpu;3;11,00;33,00;EUR\nBlue;Hosting;;;40,00;EUR\n\
         Blue;Setup;1;1 000,00;1 000,00;EUR\nGreen Ltd;vCPU;1;10,00;10,00;EUR\n;;;;1 083,00;\n",
    )?;
    let report = company.place.json_with(3, &asked)?;
    let lines: Vec<String> = report["lines"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|line| {
            let text = |key: &str| line[key].as_str().unwrap_or("-").to_owned();
            let difference = line["difference"]["amount"].as_str().unwrap_or("");
            format!(
                "{} {} {} {difference}",
                text("account_key"),
                text("verdict"),
                text("by")
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "acme differing words 7.00",
            "blue only-theirs - -1000.00",
            "blue matched amount 0.00",
        ]
    );
    // One CPU more at 11.00, and four that are 1.00 cheaper.
    assert_eq!(report["lines"][0]["parts"]["quantity"]["amount"], "11.00");
    assert_eq!(report["lines"][0]["parts"]["price"]["amount"], "-4.00");
    assert_eq!(report["unknown_customers"][0]["customer"], "Green Ltd");
    assert_eq!(report["left_out"][0]["matters"], false);
    let totals = &report["totals"][0];
    assert_eq!(totals[0]["amount"], "80.00");
    assert_eq!(totals[1]["amount"], "1073.00");
    let early = ["shadow", "--period", "2026-02", "--against", "invoices.csv"];
    let early = company.place.expect(3, &early)?;
    let said =
        "nothing was listed before 2026-02-28T23:00:00Z: what ran before it is not on our side";
    assert!(early.stdout.contains(said), "{}", early.stdout);
    // Nothing was planned, and nothing sent.
    let approve = ["approve", "--period", "2026-03", "--all", "--by", "test"];
    let no_plan = company.place.expect(1, &approve)?;
    assert!(
        no_plan.stderr.contains("there is no plan of 2026-03"),
        "{}",
        no_plan.stderr
    );
    let missing = company.place.expect(
        2,
        &[
            "shadow",
            "--period",
            "2026-03",
            "--against",
            "invoices.csv",
            "--columns",
            "customer=Kund,price=X",
        ],
    )?;
    assert!(
        missing.stderr.contains("there is no field `price`"),
        "{}",
        missing.stderr
    );
    Ok(())
}

/// The columns stand in the configuration, the invoices in a workbook.
#[test]
fn what_an_export_calls_its_columns_may_be_configured() -> Result<()> {
    let company = company()?;
    let shadow = "\n[pipeline.main.shadow]\ncolumns = { customer = \"Wer\", description = \"Was\", net = \"Wieviel\" }\n\
         decimal = \"comma\"\ntolerance = \"0.50\"\n";
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    write(&company, "counterfoil.toml", &format!("{text}{shadow}"))?;
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().set_name("Notes")?;
    let sheet = book.add_worksheet().set_name("March")?;
    sheet.write_row(0, 0, ["Wer", "Was", "Wieviel"])?;
    sheet.write_row(1, 0, ["acme", "vCPU", "40,000"])?;
    sheet.write_row(2, 0, ["blue", "vCPU"])?;
    sheet.write(2, 2, 39.5)?;
    book.save(company.place.folder.join("sent.xlsx"))?;
    let asked = [
        "shadow",
        "--period",
        "2026-03",
        "--against",
        "sent.xlsx#March",
    ];
    let clean = company.place.json(&asked)?;
    assert_eq!(clean["totals"][0][1]["amount"], "79.50");
    // What is said on the command line wins.
    let strict = [&asked[..], &["--tolerance", "0"]].concat();
    company.place.expect(3, &strict)?;
    let other = [&asked[..], &["--columns", "net=Was"]].concat();
    let refused = company.place.expect(1, &other)?;
    assert!(
        refused.stderr.contains("`vCPU` is no number"),
        "{}",
        refused.stderr
    );
    let wrong = shadow
        .replace("0.50", "a little")
        .replace("Wer", "Wer\", kunde = \"x");
    write(&company, "counterfoil.toml", &format!("{text}{wrong}"))?;
    let refused = company.place.expect(2, &asked)?;
    for told in ["`a little` is no amount", "`kunde`"] {
        assert!(refused.stderr.contains(told), "{}", refused.stderr);
    }
    Ok(())
}

#[test]
fn a_shadow_run_reads_back_what_a_sink_holds_also_where_its_money_is_wrong() -> Result<()> {
    let company = company()?;
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    let asked = ["shadow", "--period", "2026-03", "--against-sink", "books"];
    let clean = company.place.json(&asked)?;
    assert_eq!(clean["is_clean"], true);
    assert_eq!(clean["totals"][0][1]["amount"], "80.00");
    let page = company.server.get("/api/v1/documents?limit=1")?;
    let edit = json!({
        "document": page["items"][0]["id"], "line": 1, "field": "unit_price", "value": "9.00",
    });
    company.server.post("/api/v1/admin/edit", &edit)?;
    let report = company.place.json_with(3, &asked)?;
    let line = &report["lines"][0];
    assert_eq!(line["account_key"], "acme");
    assert_eq!(line["by"], "description");
    assert_eq!(line["difference"]["amount"], "4.00");
    assert_eq!(line["parts"]["price"]["amount"], "4.00");
    let tolerated = [&asked[..], &["--tolerance", "4"]].concat();
    company.place.expect(0, &tolerated)?;
    let other = [&asked[..], &["--customer", "blue"]].concat();
    company.place.expect(0, &other)?;
    Ok(())
}

#[test]
fn a_row_that_cannot_be_read_is_left_out_aloud_and_the_rest_is_compared() -> Result<()> {
    let company = company()?;
    write(
        &company,
        "sent.csv",
        "customer;description;net\nacme;vCPU;40.00\nacme;Support;4O.00\nblue;vCPU;40.00\nblue;Extra;1;2\n",
    )?;
    let asked = ["shadow", "--period", "2026-03", "--against", "sent.csv"];
    let report = company.place.json_with(3, &asked)?;
    assert_eq!(report["totals"][0][1]["amount"], "80.00");
    let left_out = report["left_out"].as_array().context("left out")?;
    let told: Vec<String> = left_out
        .iter()
        .map(|one| format!("{} {}", one["place"], one["why"]))
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0], "\"sent.csv row 3\" \"`4O.00` is no number\"");
    assert!(
        told[1].starts_with("\"sent.csv row 5\" \"`2` stands"),
        "{told:?}"
    );
    let shown = company.place.expect(3, &asked)?.stdout;
    for part in [
        "2 rows of theirs are left out of these sums",
        "not compared: sent.csv row 3, `4O.00` is no number",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
    write(
        &company,
        "sent.csv",
        "customer;description;net\nacme;vCPU;some\n",
    )?;
    let refused = company.place.expect(1, &asked)?.stderr;
    assert!(refused.contains("row 2: `some` is no number"), "{refused}");
    assert!(
        refused.contains("hint: no row could be compared"),
        "{refused}"
    );
    Ok(())
}

//! What a month earns and what of it is used, through the real binary: the amounts were computed by hand.

use anyhow::Result;
use counterfoil_tests::binary::Workplace;
use serde_json::Value;

use crate::reports::{list, texts};
use crate::small::{APRIL, Company};

const AMOUNTS: [&str; 6] = [
    "/amounts/list/amount",
    "/amounts/discount/amount",
    "/amounts/net/amount",
    "/amounts/cost/amount",
    "/amounts/margin/amount",
    "/amounts/margin_percent",
];

/// Acme has machines of 2 and 3 processors, blue one of 1; 4 are nobody's, and 5 stand in the lab.
fn company(pipeline: &str, books: &str) -> Result<Company> {
    let mut company = Company::new()?;
    company.set_rules(
        "[[pipeline.main.rule]]\nname = \"lab\"\nwhen = { name = \"VM-009\" }\n\
         set = { non_billable = { reason = \"lab\", owner = \"ops\" } }\n\
         [[pipeline.main.rule]]\nname = \"db\"\nwhen = { name = \"VM-002\" }\nset = { service = \"db\" }\n",
    )?;
    company.set_price(
        "price = [{ currency = \"EUR\", amount = 10.00 }, { currency = \"EUR\", customer = \"acme\", amount = 8.00 }]",
    )?;
    company.write_with(pipeline, "", "")?;
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    std::fs::write(&path, text + books)?;
    for day in ["2026-03-01", "2026-03-31"] {
        let rows = [
            "VM-001,acme,2",
            "VM-002,acme,3",
            "VM-003,blue,1",
            "VM-004,nobody,4",
            "VM-009,,5",
        ];
        company.export(day, &rows.map(str::to_owned))?;
    }
    company.place.call(&["discover"])?;
    Ok(company)
}

/// A processor costs 4.00, a machine 1.00; in the currency that is given.
fn costs(currency: &str) -> String {
    let item = |name: &str, meter: &str, amount: &str| {
        format!(
            "\n[[price_book.cost.item]]\nname = \"{name}\"\ndescription = \"{name}\"\nunit = \"C62\"\n\
             kind = \"virtual-machine\"\nmeter = {meter}\nproration = \"actual-day\"\n\
             price = [{{ currency = \"{currency}\", amount = {amount} }}]\n"
        )
    };
    item("processor", "{ attribute = \"cpu\" }", "4.00") + &item("machine", "{ count = 1 }", "1.00")
}

fn rows(report: &Value, table: &str, first: &[&str]) -> Result<Vec<String>> {
    let keys: Vec<&str> = first.iter().copied().chain(AMOUNTS).collect();
    Ok(texts(list(report, table)?, &keys))
}

#[test]
fn margin_is_told_by_customer_service_and_line_and_all_costs_are_in_it() -> Result<()> {
    let company = company("cost_book = \"cost\"", &costs("EUR"))?;
    let ask = |by: &str| {
        let asked = ["report", "margin", "--period", "2026-03", "--by", by];
        company.place.json(&asked)
    };
    let report = ask("customer")?;
    // Acme: 5 × 10 at list, 5 × 8 billed, 5 × 4 + 2 × 1 of cost.
    let nobodys = [
        "null non-billable 0.00 0.00 0.00 21.00 -21.00 null",
        "null suspense 0.00 0.00 0.00 17.00 -17.00 null",
    ];
    assert_eq!(
        rows(&report, "rows", &["/customer", "/not_sold"])?,
        [
            "acme null 50.00 10.00 40.00 22.00 18.00 45",
            "blue null 10.00 0.00 10.00 5.00 5.00 50",
            nobodys[0],
            nobodys[1],
        ]
    );
    assert_eq!(report["cost"]["amount"], "65.00");
    let totals = &report["totals"][0];
    assert_eq!(totals["net"]["amount"], "50.00");
    assert_eq!(totals["margin"]["amount"], "-15.00");
    let report = ask("service")?;
    assert_eq!(
        rows(&report, "rows", &["/service", "/not_sold"])?,
        [
            // VM-001 and VM-003.
            "null null 30.00 4.00 26.00 14.00 12.00 46.15",
            "db null 30.00 6.00 24.00 13.00 11.00 45.83",
            nobodys[0],
            nobodys[1],
        ]
    );
    let report = ask("line")?;
    assert_eq!(
        rows(
            &report,
            "rows",
            &["/account_key", "/item", "/dimensions/service"]
        )?[..3],
        [
            "acme cpu null 20.00 4.00 16.00 9.00 7.00 43.75",
            "acme cpu db 30.00 6.00 24.00 13.00 11.00 45.83",
            "blue cpu null 10.00 0.00 10.00 5.00 5.00 50"
        ]
    );
    let one = [
        "report",
        "margin",
        "--period",
        "2026-03",
        "--customer",
        "blue",
    ];
    let report = company.place.json(&one)?;
    assert_eq!(
        rows(&report, "rows", &["/customer"])?,
        ["blue 10.00 0.00 10.00 5.00 5.00 50"]
    );
    // The bill does not know of costs.
    let rated = company.place.json(&["rate", "--period", "2026-03"])?;
    assert_eq!(rated["totals"]["EUR"]["amount"], "50.00");
    Ok(())
}

#[test]
fn costs_in_another_currency_are_not_added_to_what_is_billed() -> Result<()> {
    let company = company("cost_book = \"cost\"", &costs("SEK"))?;
    let report = company
        .place
        .json(&["report", "margin", "--period", "2026-03"])?;
    assert_eq!(
        rows(&report, "rows", &["/customer"])?[0],
        "acme 50.00 10.00 40.00 22.00 null null"
    );
    assert_eq!(report["cost"]["currency"], "SEK");
    Ok(())
}

#[test]
fn a_cost_book_that_is_none_is_told() -> Result<()> {
    let without = company("", "")?;
    let asked = ["report", "margin", "--period", "2026-03"];
    let refused = without.place.expect(2, &asked)?;
    assert!(
        refused.stderr.contains("names no price book of its costs"),
        "{}",
        refused.stderr
    );
    let refused = without.place.expect(2, &["report", "usage"])?;
    assert!(
        refused.stderr.contains("what is provisioned"),
        "{}",
        refused.stderr
    );
    for (name, more, said) in [
        ("costs", costs("EUR"), "did you mean `cost`?"),
        (
            "cost",
            costs("EUR").replacen("EUR", "SEK", 1),
            "costs are in one currency, and `cost` has EUR, SEK",
        ),
        (
            "cost",
            "\n[price_book.cost]\nrounding = \"half-up\"\n".to_owned(),
            "has no price",
        ),
        (
            "cost",
            costs("EUR").replace("4.00", "\"4,00\""),
            "`4,00` is no decimal number",
        ),
    ] {
        let path = without.place.folder.join("counterfoil.toml");
        without.write_with(&format!("cost_book = \"{name}\""), "", "")?;
        let text = std::fs::read_to_string(&path)?;
        std::fs::write(&path, text + &more)?;
        let refused = without.place.expect(2, &["check"])?;
        let all = refused.stdout + &refused.stderr;
        assert!(all.contains(said), "{said}: {all}");
    }
    Ok(())
}

#[test]
fn what_is_provisioned_is_told_against_what_is_used() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut place = Workplace::new(folder.path(), APRIL);
    std::fs::create_dir(folder.path().join("exports"))?;
    let config = r#"
[store]
url = "sqlite:counterfoil.db"

[pipeline.main]
issuer = "Test"
timezone = "UTC"
price_book = "standard"
compare = [{ kind = "disk", provisioned = "gb", consumed = "used_gb" }]

[[pipeline.main.source]]
name = "exports"
plugin = "spreadsheet"
grant = { files = "exports" }
[pipeline.main.source.config]
files = "disks-*.csv"
date = "disks-{date}.csv"
id = "Id"
kind = "disk"
attribute = { owner = { column = "Owner" }, gb = { column = "GB", type = "decimal" }, used_gb = { column = "Used", type = "decimal", class = "gauge" } }

[[pipeline.main.rule]]
when = { has = "owner" }
set = { customer = { from = "owner" } }

[account.acme]
name = "Acme"
currency = "EUR"

[[price_book.standard.item]]
name = "disk"
description = "Disk"
unit = "E34"
kind = "disk"
meter = { attribute = "gb" }
price = [{ currency = "EUR", amount = 1.00 }]
"#;
    std::fs::write(folder.path().join("counterfoil.toml"), config)?;
    // Of April's thirty days: ten with 10 used, then 40; the second disk comes on the 16th and is half used.
    for (day, rows) in [
        ("2026-04-01", "d-1,acme,100,10\n"),
        ("2026-04-11", "d-1,acme,100,40\n"),
        ("2026-04-16", "d-1,acme,100,40\nd-2,acme,50,25\n"),
        ("2026-04-30", "d-1,acme,100,40\nd-2,acme,50,25\n"),
    ] {
        let text = format!("Id,Owner,GB,Used\n{rows}");
        std::fs::write(folder.path().join(format!("exports/disks-{day}.csv")), text)?;
    }
    place.now = "2026-05-02T06:00:00Z".to_owned();
    place.call(&["discover"])?;
    let report = place.json(&["report", "usage", "--period", "2026-04"])?;
    let keys = ["/name", "/provisioned", "/consumed", "/used_percent"];
    // (10 × 10 + 20 × 40) ÷ 30; 50 × 15 ÷ 30.
    assert_eq!(
        texts(list(&report, "resources")?, &keys),
        ["d-1 100 30 30", "d-2 25 12.5 50"]
    );
    let keys = [
        "/customer",
        "/resources",
        "/provisioned",
        "/consumed",
        "/used_percent",
    ];
    assert_eq!(
        texts(list(&report, "customers")?, &keys),
        ["acme 2 125 42.5 34"]
    );
    Ok(())
}

#[test]
fn what_is_billed_by_the_quarter_is_set_against_the_costs_of_its_own_month() -> Result<()> {
    let company = company(
        "cost_book = \"cost\"\nbill_from = 2026-03-01",
        &costs("EUR"),
    )?;
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    let keys = "proration = \"actual-day\"\n";
    let cycle = format!("{keys}per = \"quarter\"\nbilled = \"in-advance\"\n");
    std::fs::write(&path, text.replacen(keys, &cycle, 1))?;
    let report = company
        .place
        .json(&["report", "margin", "--period", "2026-03"])?;
    // March is 31 of the 90 days of its quarter; the next quarter, which is billed with it, is no part of its margin.
    assert_eq!(report["basis"], "usage");
    assert_eq!(
        rows(&report, "rows", &["/customer"])?[..2],
        [
            "acme 17.22 3.44 13.78 22.00 -8.22 -59.65",
            "blue 3.44 0.00 3.44 5.00 -1.56 -45.35"
        ]
    );
    assert_eq!(report["billed"][0]["amount"], "67.22", "{report:#}");
    let said = company
        .place
        .expect(0, &["report", "margin", "--period", "2026-03"])?;
    let words = "what is billed with it is for other times too: 67.22 EUR";
    assert!(said.stdout.contains(words), "{}", said.stdout);
    Ok(())
}

#[test]
fn costs_in_another_currency_are_converted_by_a_fresh_rate() -> Result<()> {
    let rate = |date: &str| {
        format!(
            "\n[[price_book.standard.exchange_rate]]\nfrom = \"SEK\"\nto = \"EUR\"\nrate = 0.101\ndate = {date}\n\
             source = \"ECB\"\n"
        )
    };
    let fresh = company(
        "cost_book = \"cost\"",
        &(costs("SEK") + &rate("2026-03-30") + &rate("2026-02-27")),
    )?;
    let ask = ["report", "margin", "--period", "2026-03"];
    let report = fresh.place.json(&ask)?;
    let acme = &report["rows"][0]["amounts"];
    assert_eq!(acme["cost"]["amount"], "22.00");
    // Two lines of 9.00 and 13.00 SEK: 0.91 and 1.31 EUR.
    assert_eq!(acme["cost_converted"]["amount"], "2.22");
    assert_eq!(acme["margin"]["amount"], "37.78");
    assert_eq!(report["exchange_rates"][0]["date"], "2026-03-30");
    // An exported row has one currency.
    let exported = fresh
        .place
        .expect(0, &[&ask[..], &["--format", "csv"]].concat())?;
    let row = exported.stdout.lines().nth(1).unwrap_or_default();
    assert_eq!(
        row, "acme,50.00,10.00,40.00,2.22,2.22,37.78,EUR,94.45,",
        "{}",
        exported.stdout
    );
    let said = fresh.place.expect(0, &ask)?;
    let words = "costs in EUR by the rate 0.101 EUR to one SEK of 2026-03-30 (ECB)";
    assert!(said.stdout.contains(words), "{}", said.stdout);
    let stale = company(
        "cost_book = \"cost\"",
        &(costs("SEK") + &rate("2026-03-01")),
    )?;
    let report = stale.place.json(&ask)?;
    assert_eq!(
        report["rows"][0]["amounts"].get("margin"),
        None,
        "{report:#}"
    );
    assert_eq!(report.get("exchange_rates"), None);
    Ok(())
}

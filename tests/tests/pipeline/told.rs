//! What reports tell where something has no price, no currency to be valued in, or another name by now.

use anyhow::{Context, Result};
use serde_json::json;

use crate::reports::{list, texts};
use crate::small::{Company, machines};

/// Everybody is billed in EUR, from a price in USD; the first rate is of the tenth.
const CONVERTED: &str = "price = [{ currency = \"USD\", amount = 10.00 }]\n\n\
    [[price_book.standard.exchange_rate]]\nfrom = \"USD\"\nto = \"EUR\"\nrate = 0.5\ndate = 2026-03-10\n\
    source = \"bank\"\n\n[[price_book.standard.exchange_rate]]\nfrom = \"USD\"\nto = \"EUR\"\nrate = 0.5\n\
    date = 2026-04-01\nsource = \"bank\"\n\n[price_book.standard]\nconvert_from = \"USD\"\nrate_on = \"period-start\"\n";

fn edit(company: &Company, from: &str, to: &str) -> Result<()> {
    let path = company.configuration();
    let text = std::fs::read_to_string(&path)?;
    anyhow::ensure!(text.contains(from), "{from} is not in {text}");
    Ok(std::fs::write(path, text.replace(from, to))?)
}

/// The machines of each day, from February on.
fn listed(company: &Company, days: &[(&str, usize)]) -> Result<()> {
    for (day, count) in days {
        company.export(day, &machines(*count))?;
    }
    company.place.call(&["discover"])?;
    Ok(())
}

const SPRING: [(&str, usize); 3] = [("2026-02-20", 4), ("2026-03-20", 4), ("2026-04-01", 6)];

#[test]
fn growth_is_unknown_where_there_was_no_exchange_rate() -> Result<()> {
    let mut company = Company::new()?;
    company.set_price(CONVERTED)?;
    listed(&company, &SPRING)?;
    let asked = [
        "report",
        "growth",
        "--since",
        "2026-02-21",
        "--until",
        "2026-04-01T05:00:00Z",
    ];
    let told = company.place.expect(3, &asked)?.stdout;
    for said in [
        "acme      2 → 3 resources",
        "unknown",
        "2 growths are unknown: something could not be priced",
        "BLOCKS item cpu, account acme",
        "no exchange rate from USD to EUR",
    ] {
        assert!(told.contains(said), "{said} is not in {told}");
    }
    assert!(!told.contains(" 0.00"), "{told}");
    let report: serde_json::Value = serde_json::from_str(
        &company
            .place
            .expect(3, &[&asked[..], &["--json"]].concat())?
            .stdout,
    )?;
    let keys = [
        "/subject",
        "/value",
        "/incomplete/before",
        "/incomplete/after/amount",
        "/incomplete/unpriced_before",
        "/incomplete/unpriced_after",
    ];
    assert_eq!(
        texts(list(&report, "rows")?, &keys),
        ["acme null null 30.00 2 0", "blue null null 30.00 2 0"]
    );
    // Only what is asked for is told.
    let narrow = [&asked[..], &["--customer", "acme", "--json"]].concat();
    let report: serde_json::Value =
        serde_json::from_str(&company.place.expect(3, &narrow)?.stdout)?;
    assert_eq!(
        texts(list(&report, "findings")?, &["/code", "/subject"]),
        ["missing-price item cpu, account acme"]
    );
    // Both times with a rate: everything is known, though the month that runs has none of its end yet.
    edit(
        &company,
        "rate_on = \"period-start\"",
        "rate_on = \"period-end\"",
    )?;
    let since = [
        "report",
        "growth",
        "--since",
        "2026-04-01T01:00:00Z",
        "--until",
        "2026-04-01T05:00:00Z",
    ];
    let known = company.place.expect(0, &since)?.stdout;
    assert!(!known.contains("unknown"), "{known}");
    Ok(())
}

#[test]
fn what_is_priced_in_part_is_no_growth() -> Result<()> {
    let mut company = Company::new()?;
    // A second kind of thing to pay for, which Acme has a price for since the tenth.
    company.set_price(
        "price = [{ currency = \"EUR\", amount = 10.00 }]\n\n[[price_book.standard.item]]\nname = \"care\"\n\
         description = \"Care\"\nunit = \"C62\"\nkind = \"virtual-machine\"\nmeter = { count = 1 }\n\
         price = [{ currency = \"EUR\", amount = 1.00, from = 2026-03-10 }]",
    )?;
    listed(&company, &SPRING)?;
    let asked = [
        "report",
        "growth",
        "--since",
        "2026-02-21",
        "--until",
        "2026-03-25",
    ];
    let told = company.place.expect(3, &asked)?.stdout;
    assert!(told.contains("40.00 + unknown"), "{told}");
    let changed = ["report", "changes", "2026-02-21", "2026-03-25"];
    let told = company.place.expect(3, &changed)?.stdout;
    for said in [
        "not in these amounts is what could not be priced:",
        "The item `care` has no price in EUR for account `blue`",
    ] {
        assert!(told.contains(said), "{said} is not in {told}");
    }
    Ok(())
}

#[test]
fn a_renamed_account_is_neither_gone_nor_new() -> Result<()> {
    let company = Company::new()?;
    listed(&company, &SPRING)?;
    company.bill()?;
    edit(
        &company,
        "[account.blue]\n",
        "[account.azure]\nrenamed_from = \"blue\"\n",
    )?;
    edit(
        &company,
        "set = { customer = { from = \"owner\" } }",
        "set = { customer = { from = \"owner\", map = { acme = \"acme\", blue = \"azure\" } } }",
    )?;
    let since = ["--since", "2026-02-21", "--until", "2026-04-01T05:00:00Z"];
    let asked = [&["report", "growth"], &since[..]].concat();
    let report = company.place.json(&asked)?;
    let keys = ["/subject", "/value/before/amount", "/value/after/amount"];
    assert_eq!(
        texts(list(&report, "rows")?, &keys),
        ["acme 40.00 60.00", "azure 40.00 60.00"]
    );
    let of_one = company
        .place
        .json(&[&asked[..], &["--customer", "azure"]].concat())?;
    assert_eq!(texts(list(&of_one, "rows")?, &keys), ["azure 40.00 60.00"]);
    let changes =
        company
            .place
            .json(&["report", "changes", "2026-02-21", "2026-04-01T05:00:00Z"])?;
    assert_eq!(
        texts(list(&changes, "changes")?, &["/cause", "/external_id"]),
        ["new VM-005", "new VM-006"]
    );
    Ok(())
}

#[test]
fn a_renewed_agreement_is_told_as_such() -> Result<()> {
    let company = Company::new()?;
    edit(
        &company,
        "name = \"Blue\"\n",
        "name = \"Blue\"\nagreement = [{ name = \"A1\", to = 2026-03-16 }, { name = \"A2\", from = 2026-03-16 }]\n",
    )?;
    listed(&company, &SPRING)?;
    let between = ["report", "changes", "2026-03-01", "2026-03-31"];
    let told = company.place.expect(0, &between)?.stdout;
    assert!(told.contains("agreement A1 → A2"), "{told}");
    assert!(!told.contains("blue → blue"), "{told}");
    let report = company.place.json(&between)?;
    let changes = list(&report, "changes")?;
    assert_eq!(changes.len(), 2, "{report:#}");
    for change in changes {
        assert_eq!(change["agreements_before"], json!(["A1"]));
        assert_eq!(change["agreements_after"], json!(["A2"]));
        assert_eq!(change.get("shares_before"), None);
    }
    Ok(())
}

#[test]
fn suspense_is_valued_in_the_only_currency_that_there_is() -> Result<()> {
    let company = Company::new()?;
    edit(&company, "estimate_currency = \"EUR\"\n", "")?;
    let rows = ["VM-001,acme,2", "VM-002,blue,2", "VM-003,,4"].map(str::to_owned);
    company.export("2026-03-01", &rows)?;
    company.place.call(&["discover"])?;
    let told = company
        .place
        .expect(3, &["plan", "--period", "2026-03"])?
        .stdout;
    assert!(
        told.contains("in suspense: 1 resource, worth about 40.00 EUR"),
        "{told}"
    );
    let told = company.place.expect(0, &["report", "unbilled"])?.stdout;
    assert!(told.contains("worth about 40.00 EUR a month"), "{told}");
    assert!(
        company
            .place
            .expect(0, &["check"])?
            .stdout
            .contains("is right")
    );

    // Two currencies of accounts and of prices: nobody can know which one is meant.
    edit(
        &company,
        "name = \"Blue\"\ncurrency = \"EUR\"",
        "name = \"Blue\"\ncurrency = \"SEK\"",
    )?;
    edit(
        &company,
        "{ currency = \"EUR\", amount = 10.00 }",
        "{ currency = \"EUR\", amount = 10.00 }, { currency = \"SEK\", amount = 99.00 }",
    )?;
    let checked = company.place.expect(0, &["check"])?;
    let said = "accounts have several currencies (EUR, SEK), and none is named for estimates";
    assert!(
        checked.stdout.contains(said) || checked.stderr.contains(said),
        "{checked:?}"
    );
    for (exit, asked) in [
        (3, &["plan", "--period", "2026-03"][..]),
        (0, &["report", "unbilled"]),
        (0, &["report", "suggestions"]),
    ] {
        let told = company.place.expect(exit, asked)?.stdout;
        assert!(
            told.contains("say `estimate_currency` in the pipeline"),
            "{told}"
        );
        assert!(!told.contains("nothing that has a price"), "{told}");
    }
    Ok(())
}

#[test]
fn a_rate_of_three_decimals_is_read_from_a_table() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = counterfoil_tests::binary::Workplace::new(folder.path(), crate::small::APRIL);
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
    write(
        "prices.toml",
        "convert_from = \"EUR\"\n[[item]]\nname = \"thing\"\ndescription = \"Things\"\nunit = \"C62\"\nkind = \"thing\"\n\
         meter = { attribute = \"n\" }\nprice = [{ currency = \"EUR\", amount = 100.00 }]\n",
    )?;
    write("facts.csv", "resource,account,currency,n\na,nordic,SEK,1\n")?;
    let asked = [
        "rate",
        "--facts",
        "facts.csv",
        "--price-book",
        "prices.toml",
        "--exchange-rates",
        "rates.csv",
        "--period",
        "2026-03",
        "--timezone",
        "UTC",
    ];
    for (rate, net) in [
        ("11.345", "1134.50"),
        ("11.3450", "1134.50"),
        // The rate before it shows which mark is that of decimals here.
        (
            "\"11,345\",2026-03-30,Riksbanken\nEUR,NOK,\"11,3450\"",
            "1134.50",
        ),
        (
            "11.345,2026-03-30,Riksbanken\nEUR,NOK,\"11.345,50\"",
            "1134500.00",
        ),
    ] {
        write(
            "rates.csv",
            &format!("from,to,rate,date,source\nEUR,SEK,{rate},2026-03-30,Riksbanken\n"),
        )?;
        let report = place.json(&asked)?;
        assert_eq!(report["lines"][0]["net"]["amount"], net, "{rate}");
    }
    Ok(())
}

#[test]
fn a_first_day_that_does_not_exist_is_told_as_that_of_a_price() -> Result<()> {
    let company = Company::new()?;
    company.write_with("bill_from = \"2026-02-30\"\n", "", "")?;
    let refused = company.place.expect(2, &["check"])?;
    let told = format!("{}{}", refused.stdout, refused.stderr);
    let said = "`2026-02-30` is no date; expected one such as 2026-03-01";
    assert!(told.contains(said), "{told}");
    company.write_with("bill_from = \"2026-03-01\"\n", "", "")?;
    company.place.expect(0, &["check"])?;
    Ok(())
}

#[test]
fn each_line_that_replaces_one_is_marked_as_corrected() -> Result<()> {
    let mut company = Company::new()?;
    company.export("2026-03-01", &machines(2))?;
    company.export("2026-03-31", &machines(2))?;
    company.bill()?;
    // The price falls within the month: its line is cut in two.
    company.set_price(
        "price = [{ currency = \"EUR\", amount = 10.00, to = 2026-03-16 }, { currency = \"EUR\", from = 2026-03-16, \
         amount = 8.00 }]",
    )?;
    let plan = company
        .place
        .json(&["plan", "--period", "2026-03", "--customer", "acme"])?;
    let deliveries = list(&plan["plans"][0]["plan"], "deliveries")?.iter();
    let corrects = |planned: &&serde_json::Value| planned["delivery"]["corrects"].is_string();
    let correction = deliveries.clone().find(corrects);
    let correction = correction.context("a correction")?;
    let lines = list(&correction["delivery"], "lines")?;
    let mut shown = texts(lines, &["/description", "/first_day", "/last_day"]);
    shown.sort();
    assert_eq!(
        shown,
        [
            "Corrected: vCPU 2026-03-01 2026-03-15",
            "Corrected: vCPU 2026-03-16 2026-03-31",
            "Taken back: vCPU 2026-03-01 2026-03-31",
        ]
    );
    Ok(())
}

#[test]
fn a_plan_of_corrections_does_not_say_that_nothing_changed() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(1))?;
    company.export("2026-03-31", &machines(1))?;
    company.bill()?;
    // Nobody's, from the beginning: there is nothing of it in this month, nor in the one before.
    for day in ["2026-03-01", "2026-03-31"] {
        company.export(day, &["VM-001,,2".to_owned()])?;
    }
    company.place.call(&["discover"])?;
    let told = company.place.call(&["plan", "--period", "2026-03"])?.stdout;
    let said = "1 correction of what was issued; nothing else changed since the period before";
    assert!(told.contains(said), "{told}");
    Ok(())
}

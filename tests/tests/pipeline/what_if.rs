//! Past months replayed under a candidate price book, rules and configuration: the amounts were computed by hand.

use anyhow::Result;
use serde_json::Value;

use crate::reports::{list, texts};
use crate::small::Company;

const MONTHS: [&str; 4] = ["--from", "2026-01", "--to", "2026-03"];
const SUMS: [&str; 3] = [
    "/change/before/amount",
    "/change/after/amount",
    "/change/difference/amount",
];

/// A CPU is 10.00 EUR a month: acme has 2 in January and 4 since; blue has 1; nobody has 3 that are in suspense.
fn company() -> Result<Company> {
    let company = Company::new()?;
    for (day, cpu) in [("2026-01-01", 2), ("2026-02-01", 4), ("2026-03-31", 4)] {
        let rows = [
            format!("VM-001,acme,{cpu}"),
            "VM-002,blue,1".to_owned(),
            "VM-003,nobody,3".to_owned(),
        ];
        company.export(day, &rows)?;
    }
    company.place.call(&["discover"])?;
    Ok(company)
}

fn write(company: &Company, name: &str, text: &str) -> Result<()> {
    Ok(std::fs::write(company.place.folder.join(name), text)?)
}

fn book(prices: &str) -> String {
    format!(
        "[[item]]\nname = \"cpu\"\ndescription = \"vCPU\"\nunit = \"C62\"\nkind = \"virtual-machine\"\n\
         meter = {{ attribute = \"cpu\" }}\nproration = \"actual-day\"\nprice = [{prices}]\n"
    )
}

fn asked(candidate: [&str; 2]) -> Vec<&str> {
    let mut asked = vec!["what-if"];
    asked.extend(MONTHS);
    asked.extend(candidate);
    asked
}

fn rows(report: &Value, table: &str, first: &[&str]) -> Result<Vec<String>> {
    let keys: Vec<&str> = first.iter().copied().chain(SUMS).collect();
    Ok(texts(list(report, table)?, &keys))
}

#[test]
fn a_candidate_price_book_is_told_per_customer_and_month() -> Result<()> {
    let company = company()?;
    let prices = "{ currency = \"EUR\", amount = 12.00 }, \
                  { currency = \"EUR\", account = \"blue\", from = 2026-03-01, amount = 7.00 }";
    write(&company, "new.toml", &book(prices))?;
    let before = std::fs::read(company.store())?;
    let report = company.place.json(&asked(["--price-book", "new.toml"]))?;
    assert_eq!(before, std::fs::read(company.store())?, "nothing is kept");
    // acme 20 + 40 + 40; blue 10 a month, then 12 + 12 + 7.
    assert_eq!(
        rows(&report, "accounts", &["/account_key", "/change/percent"])?,
        ["acme 20 100.00 120.00 20.00", "blue 3.33 30.00 31.00 1.00"]
    );
    assert_eq!(
        rows(&report, "periods", &["/billing_period"])?,
        [
            "2026-01 30.00 36.00 6.00",
            "2026-02 50.00 60.00 10.00",
            "2026-03 50.00 55.00 5.00"
        ]
    );
    let total = rows(&report, "totals", &["/gains/amount", "/losses/amount"])?;
    assert_eq!(total, ["21.00 0.00 130.00 151.00 21.00"]);
    assert_eq!(
        rows(
            &report,
            "account_periods",
            &["/account_key", "/billing_period"]
        )?,
        [
            "acme 2026-01 20.00 24.00 4.00",
            "acme 2026-02 40.00 48.00 8.00",
            "acme 2026-03 40.00 48.00 8.00",
            "blue 2026-01 10.00 12.00 2.00",
            "blue 2026-02 10.00 12.00 2.00",
            "blue 2026-03 10.00 7.00 -3.00"
        ]
    );
    assert_eq!(
        rows(&report, "items", &["/item", "/accounts"])?,
        ["cpu 2 130.00 151.00 21.00"]
    );
    // Of one customer alone.
    let mut one = asked(["--price-book", "new.toml"]);
    one.extend(["--customer", "blue"]);
    let report = company.place.json(&one)?;
    assert_eq!(
        rows(&report, "accounts", &["/account_key"])?,
        ["blue 30.00 31.00 1.00"]
    );
    assert_eq!(rows(&report, "totals", &[])?, ["30.00 31.00 1.00"]);
    Ok(())
}

/// What is agreed names the items of the present book.
#[test]
fn items_that_a_candidate_calls_otherwise_are_the_same() -> Result<()> {
    let company = company()?;
    let hours = "\n[[item]]\nname = \"hours\"\ndescription = \"Hours\"\nunit = \"HUR\"\nmeter = { manual = true }\n\
                 proration = \"none\"\nprice = [{ currency = \"EUR\", amount = 100.00 }]\n";
    let present = book("{ currency = \"EUR\", amount = 10.00 }") + hours;
    company.append(&hours.replace("[[item]]", "[[price_book.standard.item]]"))?;
    company.append(
        "\n[[account.blue.quantity]]\nitem = \"hours\"\nquantity = 2\nto = 2026-03-01\nowner = \"Anna\"\nreason = \"move\"\n\
         \n[[account.acme.commitment]]\nname = \"least\"\namount = 50.00\nitems = [\"cpu\"]\n",
    )?;
    let renamed = present
        .replace("name = \"cpu\"", "name = \"core\"\nrenamed_from = \"cpu\"")
        .replace(
            "name = \"hours\"",
            "name = \"consulting\"\nrenamed_from = \"hours\"",
        );
    for candidate in [present, renamed] {
        write(&company, "new.toml", &candidate)?;
        let report = company.place.json(&asked(["--price-book", "new.toml"]))?;
        assert_eq!(
            rows(&report, "totals", &[])?,
            ["580.00 580.00 0.00"],
            "{candidate}"
        );
    }
    Ok(())
}

#[test]
fn the_present_side_is_what_rate_says() -> Result<()> {
    let mut company = company()?;
    // What is billed in March is under a later version of the price.
    company.bill()?;
    company.set_price("price = [{ currency = \"EUR\", amount = 11.00 }]")?;
    let same = company.place.folder.join("counterfoil.toml");
    let same = same.to_string_lossy().into_owned();
    let report = company.place.json(&asked(["--candidate", &same]))?;
    for (position, month) in ["2026-01", "2026-02", "2026-03"].iter().enumerate() {
        let rated = company.place.json(&["rate", "--period", month])?;
        let change = &report["periods"][position]["change"];
        assert_eq!(change["before"], rated["totals"]["EUR"], "{month}");
    }
    // As if the price of now had always held.
    assert_eq!(rows(&report, "totals", &[])?, ["130.00 143.00 13.00"]);
    Ok(())
}

#[test]
fn what_blocks_a_month_as_it_is_hides_nothing_of_another_month() -> Result<()> {
    let mut company = company()?;
    company.set_price("price = [{ currency = \"EUR\", from = 2026-02-01, amount = 10.00 }]")?;
    let later = book("{ currency = \"EUR\", from = 2026-03-01, amount = 10.00 }");
    write(&company, "new.toml", &later)?;
    let report = company
        .place
        .json_with(3, &asked(["--price-book", "new.toml"]))?;
    let subjects = texts(list(&report, "findings")?, &["/subject"]);
    assert!(!subjects.is_empty(), "{report:#}");
    let of_february = |subject: &String| subject.ends_with(", 2026-02");
    assert!(subjects.iter().all(of_february), "{subjects:?}");
    assert_eq!(rows(&report, "totals", &[])?, ["100.00 50.00 -50.00"]);
    Ok(())
}

#[test]
fn candidate_rules_move_what_is_in_suspense() -> Result<()> {
    let company = company()?;
    let rules = "[[rule]]\nname = \"three\"\nfrom = 2026-03-01\nwhen = { name = \"VM-003\" }\n\
                 set = { customer = \"blue\" }\n\n[[rule]]\nname = \"owner\"\nwhen = { has = \"owner\" }\n\
                 set = { customer = { from = \"owner\" } }\n";
    write(&company, "rules.toml", rules)?;
    let report = company.place.json(&asked(["--rules", "rules.toml"]))?;
    assert_eq!(
        rows(&report, "accounts", &["/account_key"])?,
        ["blue 30.00 60.00 30.00", "acme 100.00 100.00 0.00"]
    );
    let suspense = &report["suspense"];
    assert_eq!(suspense["resources_before"], 1);
    assert_eq!(suspense["resources_after"], 1, "in January and February");
    assert_eq!(suspense["value"]["difference"]["amount"], "-30.00");
    // The same from a table, for all of the time.
    write(
        &company,
        "rules.csv",
        "when.name,set.customer\nVM-001,acme\nVM-002,blue\nVM-003,blue\n",
    )?;
    let report = company.place.json(&asked(["--rules", "rules.csv"]))?;
    assert_eq!(
        rows(&report, "accounts", &["/account_key"])?[0],
        "blue 30.00 120.00 90.00"
    );
    assert_eq!(report["suspense"]["resources_after"], 0);
    Ok(())
}

#[test]
fn a_candidate_configuration_may_have_new_accounts() -> Result<()> {
    let company = company()?;
    let present = std::fs::read_to_string(company.place.folder.join("counterfoil.toml"))?;
    let with = format!("{present}\n[account.nobody]\nname = \"Nobody\"\ncurrency = \"SEK\"\n");
    write(&company, "candidate.toml", &with)?;
    // It has no price in its currency: that is found, and blocks.
    let mut wrong = asked(["--candidate", "candidate.toml"]);
    let report = company.place.json_with(3, &wrong)?;
    let found = list(&report, "findings")?;
    assert_eq!(
        texts(found, &["/code", "/severity"]),
        ["missing-price blocking"],
        "{report:#}"
    );
    assert!(
        found[0]["subject"]
            .to_string()
            .contains("2026-01 to 2026-03")
    );
    write(&company, "candidate.toml", &with.replace("SEK", "EUR"))?;
    wrong.extend(["--customer", "nobody"]);
    let report = company.place.json(&wrong)?;
    assert_eq!(
        rows(&report, "accounts", &["/account_key"])?,
        ["nobody 0.00 90.00 90.00"]
    );
    // Nothing was named in the store by it.
    let refused = company.place.expect(2, &["rate", "--period", "nonsense"])?;
    assert!(!refused.stderr.is_empty());
    let refused = company.place.expect(
        2,
        &[
            "report",
            "changes",
            "2026-03-01",
            "2026-03-31",
            "--customer",
            "nobody",
        ],
    )?;
    assert!(refused.stderr.contains("no customer or account `nobody`"));
    Ok(())
}

#[test]
fn what_is_wrong_with_a_candidate_is_told_in_its_file() -> Result<()> {
    let company = company()?;
    write(
        &company,
        "rules.toml",
        "[[rule]]\nwhen = { owner = \"x\" }\nset = { customer = \"acmee\" }\n",
    )?;
    write(
        &company,
        "typo.toml",
        &book("{ currency = \"EUR\", amout = 1 }"),
    )?;
    let present = std::fs::read_to_string(company.place.folder.join("counterfoil.toml"))?;
    write(
        &company,
        "zone.toml",
        &present.replace("Europe/Stockholm", "Europe/Helsinki"),
    )?;
    write(&company, "other.toml", "[[item]]\nname = \"x\"\n")?;
    for (candidate, said, hint) in [
        (["--rules", "rules.toml"], "rules.toml:3", "acme"),
        (["--price-book", "typo.toml"], "typo.toml:8", "amount"),
        (
            ["--price-book", "gone.toml"],
            "no such file",
            "holds a price book",
        ),
        (
            ["--rules", "other.toml"],
            "no rules of the pipeline `main`",
            "[[rule]]",
        ),
        (
            ["--candidate", "zone.toml"],
            "time zone Europe/Helsinki",
            "cut otherwise",
        ),
    ] {
        let refused = company.place.expect(2, &asked(candidate))?;
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
        assert!(refused.stderr.contains(hint), "{hint}: {}", refused.stderr);
    }
    let backwards = [
        "what-if",
        "--from",
        "2026-03",
        "--to",
        "2026-01",
        "--rules",
        "rules.toml",
    ];
    let refused = company.place.expect(2, &backwards)?;
    assert!(
        refused.stderr.contains("not the earlier one"),
        "{}",
        refused.stderr
    );
    let nothing = ["what-if", "--from", "2026-01"];
    company.place.expect(2, &nothing)?;
    company.write_with("bill_from = 2026-04-01", "", "")?;
    write(
        &company,
        "new.toml",
        &book("{ currency = \"EUR\", amount = 1.00 }"),
    )?;
    let refused = company
        .place
        .expect(2, &asked(["--price-book", "new.toml"]))?;
    assert!(
        refused
            .stderr
            .contains("nothing is billed before 2026-04-01"),
        "{}",
        refused.stderr
    );
    Ok(())
}

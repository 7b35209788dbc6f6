//! Why a resource is not billed: every break of the chain from its source to an invoice names itself and the next step.

use anyhow::Result;
use serde_json::Value;

use crate::reports::{list, texts};
use crate::small::Company;

const RULES: &str = r#"
[[pipeline.main.rule]]
name = "web"
when = { name = "WEB-*" }
set = { customer = "acme" }

[[pipeline.main.rule]]
name = "tests"
when = { name = "TEST-*" }
set = { non_billable = { reason = "test machine", owner = "anna", until = 2027-01-01 } }
"#;

fn company(price: &str, march: &[&str]) -> Result<Company> {
    let mut company = Company::new()?;
    company.set_rules(RULES)?;
    company.set_price(price)?;
    let rows: Vec<String> = march.iter().map(|row| (*row).to_owned()).collect();
    company.export("2026-03-01", &rows)?;
    company.export("2026-03-31", &rows)?;
    company.place.call(&["discover"])?;
    Ok(company)
}

const LIST: &str = "price = [{ currency = \"EUR\", amount = 10.00 }]";

fn asked<'a>(resource: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let asked = ["explain", "--resource", resource, "--period", "2026-03"];
    [&asked, more].concat()
}

fn why(company: &Company, resource: &str) -> Result<Vec<String>> {
    let explained = company.place.json(&asked(resource, &[]))?;
    if explained["why_not"] == Value::Null {
        return Ok(Vec::new());
    }
    Ok(texts(list(&explained, "why_not")?, &["/code", "/message"]))
}

/// Some reason has the code and contains the text, and people are told it.
fn told(company: &Company, resource: &str, code: &str, text: &str) -> Result<()> {
    let all = why(company, resource)?;
    let is_it = |one: &String| one.starts_with(&format!("{code} ")) && one.contains(text);
    assert!(all.iter().any(is_it), "{code}: {text}\n{all:#?}");
    let said = company.place.expect(0, &asked(resource, &[]))?.stdout;
    assert!(said.contains(text), "{text}\n{said}");
    Ok(())
}

#[test]
fn whose_it_is_breaks_the_chain_by_rule_owner_or_purpose() -> Result<()> {
    let rows = [
        "VM-1,acme,2",
        "VM-2,acem,2",
        "WEP-3,,2",
        "TEST-4,,2",
        "VM-5,blue,1",
    ];
    let company = company(LIST, &rows)?;
    told(&company, "VM-2", "suspended", "there is no customer `acem`")?;
    told(&company, "WEP-3", "suspended", "no rule names a customer")?;
    let near = "rule `web` (counterfoil.toml:";
    told(&company, "WEP-3", "suspended", near)?;
    let lacks = "almost matches: `name` is `WEP-3`, and not `WEB-*`";
    told(&company, "WEP-3", "suspended", lacks)?;
    let exempted = ": test machine; anna answers for it, until 2027-01-01";
    told(&company, "TEST-4", "non-billable", exempted)?;
    told(
        &company,
        "TEST-4",
        "non-billable",
        "by rule `tests` (counterfoil.toml:",
    )?;
    let other = company
        .place
        .json(&asked("VM-5", &["--customer", "acme"]))?;
    assert_eq!(
        texts(list(&other, "why_not")?, &["/code", "/message"]),
        ["other-customer `acme` is not billed for it: it is that of `blue`"]
    );
    Ok(())
}

#[test]
fn what_was_not_there_or_not_read_says_so() -> Result<()> {
    let company = Company::new()?;
    company.export(
        "2026-02-01",
        &["VM-1,acme,2".to_owned(), "VM-2,acme,2".to_owned()],
    )?;
    company.export("2026-02-10", &["VM-1,acme,2".to_owned()])?;
    company.export("2026-03-01", &["VM-1,acme,2".to_owned()])?;
    company.export(
        "2026-03-31",
        &["VM-1,acme,2".to_owned(), "VM-3,acme,many".to_owned()],
    )?;
    company.export(
        "2026-04-01",
        &["VM-1,acme,2".to_owned(), "VM-4,acme,1".to_owned()],
    )?;
    company.place.call(&["discover"])?;
    told(
        &company,
        "VM-2",
        "not-there",
        "it ended on 2026-02-10, before 2026-03",
    )?;
    told(
        &company,
        "VM-2",
        "not-there",
        "exports showed it last so in vms-2026-02-01.csv",
    )?;
    told(
        &company,
        "VM-4",
        "not-there",
        "it began on 2026-04-01, after 2026-03",
    )?;
    told(&company, "VM-3", "broken-row", "vms-2026-03-31.csv row 3")?;
    let refused = company.place.expect(1, &asked("VM-11", &[]))?.stderr;
    assert!(
        refused.contains("nothing called `VM-11` was known in 2026-03"),
        "{refused}"
    );
    assert!(refused.contains("did you mean `VM-1`?"), "{refused}");
    company.write_with("bill_from = 2026-04-01", "", "")?;
    told(&company, "VM-2", "not-there", "it ended on 2026-02-10")?;
    told(
        &company,
        "VM-1",
        "before-billing",
        "nothing is billed before 2026-04-01",
    )?;
    Ok(())
}

#[test]
fn what_the_price_book_does_not_charge_says_why() -> Result<()> {
    let mut company = company(LIST, &["VM-1,acme,2", "VM-2,blue,2"])?;
    company.set_price(&format!("{LIST}\nwhen = {{ owner = \"blue\" }}"))?;
    told(
        &company,
        "VM-1",
        "no-item-fits",
        "no item of the price book fits it",
    )?;
    let lacks = "`owner` is `acme`, and its `when` asks for `blue`";
    told(&company, "VM-1", "no-item-fits", lacks)?;
    assert_eq!(
        why(&company, "VM-2")?.len(),
        1,
        "it is rated, and not billed yet"
    );
    company.set_price("price = [{ currency = \"SEK\", amount = 10.00 }]")?;
    told(&company, "VM-1", "unpriced", "EUR")?;
    company.set_price("price = [{ currency = \"EUR\", amount = \"0.0001\" }]")?;
    let nothing = "its part of `vCPU` comes to nothing: the line is 1/5000 before it is rounded";
    told(&company, "VM-1", "comes-to-nothing", nothing)?;
    company.set_price("price = [{ currency = \"EUR\", amount = 10.00, allowance = 8 }]")?;
    told(&company, "VM-1", "comes-to-nothing", "allowance")?;
    Ok(())
}

#[test]
fn what_is_rated_and_not_billed_says_what_it_waits_for() -> Result<()> {
    let mut company = company(LIST, &["VM-1,acme,2"])?;
    told(
        &company,
        "VM-1",
        "not-billed-yet",
        "nothing of `vCPU` of acme is billed: 20.00 EUR",
    )?;
    let said = company.place.expect(0, &asked("VM-1", &[]))?.stdout;
    assert!(
        said.contains("no plan has it: run `counterfoil plan --period 2026-03`"),
        "{said}"
    );
    company.place.expect(0, &["plan", "--period", "2026-03"])?;
    let said = company.place.expect(0, &asked("VM-1", &[]))?.stdout;
    assert!(said.contains(": waits for approval"), "{said}");
    let hold = [
        "approve",
        "--period",
        "2026-03",
        "--hold",
        "acme",
        "--reason",
        "a dispute",
        "--by",
        "anna",
    ];
    company.place.expect(0, &hold)?;
    let said = company.place.expect(0, &asked("VM-1", &[]))?.stdout;
    assert!(said.contains(": held by anna: a dispute"), "{said}");
    // What is held goes only by name.
    company.place.expect(
        0,
        &[
            "approve",
            "--period",
            "2026-03",
            "--account",
            "acme",
            "--by",
            "anna",
        ],
    )?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    assert_eq!(why(&company, "VM-1")?, Vec::<String>::new());
    company.place.now = "2026-04-02T06:00:00Z".to_owned();
    for day in ["2026-03-01", "2026-03-31"] {
        company.export(day, &["VM-1,acme,5".to_owned()])?;
    }
    company.place.call(&["discover"])?;
    let later = "20.00 EUR is billed, and 50.00 EUR is rated by now: what makes the difference of 30.00 EUR was learned after CF-";
    told(&company, "VM-1", "not-billed-yet", later)?;
    told(
        &company,
        "VM-1",
        "not-billed-yet",
        "confirmed 2026-04-01T06:00:00Z",
    )?;
    Ok(())
}

/// Billed in advance as `web`, and called `www` since.
#[test]
fn what_was_billed_in_advance_under_another_name_is_found() -> Result<()> {
    let mut company = Company::new()?;
    company.set_price(
        "dimensions = [\"resource\"]\nbilled = \"in-advance\"\nprice = [{ currency = \"EUR\", amount = 30.00 }]",
    )?;
    company.write_with("bill_from = 2026-03-01", "", "")?;
    let text = std::fs::read_to_string(company.configuration())?;
    let named = text.replace("id = \"Id\"", "id = \"Id\"\nname = \"Name\"");
    std::fs::write(company.configuration(), named)?;
    for (day, name) in [
        ("2026-03-01", "web"),
        ("2026-04-10", "web"),
        ("2026-04-11", "www"),
        ("2026-05-01", "www"),
    ] {
        company.export_raw(day, &format!("Id,Name,Owner,CPU\nVM-1,{name},acme,1\n"))?;
    }
    "2026-05-01T08:00:00Z".clone_into(&mut company.place.now);
    company.place.call(&["discover"])?;
    let why = |month: &str| -> Result<Vec<String>> {
        let asked = ["explain", "--resource", "www", "--period", month];
        let explained = company.place.json(&asked)?;
        let told = texts(list(&explained, "why_not")?, &["/code", "/message"]);
        let told = told.into_iter();
        Ok(told
            .filter(|one| !one.starts_with("not-billed-yet "))
            .collect())
    };
    assert_eq!(
        why("2026-04")?,
        [
            "in-advance from 2026-04-01 to 2026-04-11: `cpu` is billed in advance: the line `vCPU` of 2026-04 has it as `web`, \
             and is billed with 2026-03"
        ]
    );
    assert_eq!(why("2026-03")?, [""; 0]);
    Ok(())
}

/// Another item is billed by the quarter, whose facts are read with March: January's owner has no line in March, and needs none.
#[test]
fn stretches_of_other_months_are_not_asked_for() -> Result<()> {
    let mut company = Company::new()?;
    company.append(
        "[[price_book.standard.item]]\nname = \"rack\"\ndescription = \"Rack\"\nunit = \"C62\"\nkind = \"rack\"\n\
         meter = { count = 1 }\nper = \"quarter\"\nprice = [{ currency = \"EUR\", amount = 90 }]\n",
    )?;
    for (day, owner) in [
        ("2026-01-01", "acme"),
        ("2026-02-10", "blue"),
        ("2026-03-31", "blue"),
    ] {
        company.export(day, &[format!("VM-1,{owner},1")])?;
    }
    "2026-04-02T06:00:00Z".clone_into(&mut company.place.now);
    company.place.call(&["discover"])?;
    let explained = company.place.json(&asked("VM-1", &[]))?;
    let owners = texts(list(&explained, "stretches")?, &["/standing/customers/0"]);
    assert_eq!(owners, ["blue"]);
    let why = why(&company, "VM-1")?;
    assert!(
        why.iter().all(|one| one.starts_with("not-billed-yet ")),
        "{why:#?}"
    );
    Ok(())
}

#[test]
fn what_is_billed_by_the_quarter_names_the_month_of_its_line() -> Result<()> {
    let price = "per = \"quarter\"\nprice = [{ currency = \"EUR\", amount = 90.00 }]";
    let company = company(price, &["VM-1,acme,1"])?;
    company.export("2026-02-10", &["VM-1,acme,1".to_owned()])?;
    company.place.call(&["discover"])?;
    let asked = ["explain", "--resource", "VM-1", "--period", "2026-02"];
    let explained = company.place.json(&asked)?;
    assert_eq!(
        texts(list(&explained, "why_not")?, &["/code", "/message"]),
        [
            "with-another-month from 2026-02-10 to 2026-03-01: `cpu` is billed with 2026-03: the line `vCPU` of 2026-Q1 has it"
        ]
    );
    Ok(())
}

/// More from 10 April on, and nothing from 10 May on: each is a line of its own beside what was billed with March.
#[test]
fn what_is_given_back_of_a_quarter_is_the_line_of_its_days() -> Result<()> {
    let mut company = Company::new()?;
    company.set_price(
        "per = \"quarter\"\nbilled = \"in-advance\"\n\
         price = [{ currency = \"EUR\", amount = 91.00 }]",
    )?;
    company.write_with("bill_from = 2026-03-01", "", "")?;
    for (day, count) in [
        ("2026-03-01", 1),
        ("2026-04-09", 1),
        ("2026-04-10", 3),
        ("2026-05-09", 3),
        ("2026-05-10", 0),
        ("2026-06-01", 0),
    ] {
        company.export(day, &[format!("VM-1,acme,{count}")])?;
    }
    "2026-06-01T08:00:00Z".clone_into(&mut company.place.now);
    company.place.call(&["discover"])?;
    let asked = ["explain", "--resource", "VM-1", "--period", "2026-05"];
    let explained = company.place.json(&asked)?;
    let keys = [
        "/description",
        "/period/from",
        "/period/to",
        "/allocated/amount",
    ];
    assert_eq!(
        texts(list(&explained, "charges")?, &keys),
        ["Given back: vCPU 2026-05-09T22:00:00Z 2026-06-30T22:00:00Z -156.00"]
    );
    let told = texts(list(&explained, "why_not")?, &["/code", "/message"]);
    let told = told.iter();
    let told: Vec<&String> = told.filter(|one| one.starts_with("in-advance ")).collect();
    assert_eq!(
        told,
        [
            "in-advance from 2026-04-10 to 2026-05-10: `cpu` is billed in advance: the line `vCPU` of 2026-Q2 has it as `VM-1`, \
             and is billed with 2026-04"
        ]
    );
    Ok(())
}

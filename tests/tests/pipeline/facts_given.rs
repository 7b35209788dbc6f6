//! Files of facts as people have them: every mistake in them, every form, and many rows.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use counterfoil_tests::binary::{Workplace, copy_folder, repository};
use serde_json::Value;

use crate::small::{APRIL, Company};

const BOOK: &str = "[[item]]\nname = \"thing\"\ndescription = \"Thing\"\nunit = \"C62\"\nkind = \"thing\"\n\
                    meter = { attribute = \"n\" }\nprice = [{ currency = \"EUR\", amount = 1.00 }]\n";

/// What the binary says of a case: its folder has the files, and the arguments in `command`.
fn answer(case: &Path) -> Result<String> {
    let folder = tempfile::tempdir()?;
    copy_folder(case, folder.path())?;
    let command = std::fs::read_to_string(case.join("command"))?;
    let arguments: Vec<&str> = std::iter::once("rate")
        .chain(command.split_whitespace())
        .collect();
    let answer = Workplace::new(folder.path(), APRIL).call(&arguments)?;
    let code = answer.status.code().context("it was killed")?;
    Ok(format!("exit {code}\n\n{}{}", answer.stdout, answer.stderr))
}

#[test]
fn every_mistake_has_its_message() -> Result<()> {
    let folder = repository().join("tests/tests/errors/facts");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(&folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    cases.sort();
    anyhow::ensure!(cases.len() >= 9, "the cases are not where they were");
    for case in cases {
        let answer = answer(&case).with_context(|| case.display().to_string())?;
        insta::with_settings!({
            snapshot_path => &case,
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!("expected", answer);
        });
    }
    Ok(())
}

/// Files may overlap, and be sent twice: hours by hand and commitments, too.
#[test]
fn what_is_agreed_counts_once_however_often_it_is_said() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = Workplace::new(folder.path(), APRIL);
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
    write(
        "book.toml",
        "[[item]]\nname = \"consulting\"\ndescription = \"Consulting\"\nunit = \"HUR\"\nmeter = { manual = true }\n\
         proration = \"none\"\nprice = [{ currency = \"EUR\", amount = 120.00 }]\n",
    )?;
    write(
        "hours.csv",
        "customer,item,quantity,from,to,owner,reason\nacme,consulting,12.5,2026-03-05,2026-04-01,Anna,migration\n",
    )?;
    write("min.csv", "account,commitment\nacme,2000\n")?;
    let rate = |more: &[&str]| -> Result<Value> {
        let mut arguments = vec!["rate", "--period", "2026-03", "--timezone", "UTC"];
        arguments.extend(["--price-book", "book.toml", "--facts", "hours.csv"]);
        arguments.extend(more);
        place.json(&arguments)
    };
    let twice = [
        "--facts",
        "min.csv",
        "--facts",
        "hours.csv",
        "--facts",
        "min.csv",
    ];
    let answer = rate(&twice)?;
    let nets = answer["lines"].as_array().context("lines")?.iter();
    let nets: Vec<_> = nets.map(|one| one["net"]["amount"].as_str()).collect();
    assert_eq!(nets, [Some("500.00"), Some("1500.00")], "{answer:#}");
    assert_eq!(answer["facts"]["rows_repeated"], 1);
    assert_eq!(answer["facts"]["rows_kept_out"], 0);
    Ok(())
}

/// What is not in the lines is counted, whether its row is kept out, left out by an item, or of no time.
#[test]
fn rows_that_are_not_billed_are_counted_and_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = Workplace::new(folder.path(), APRIL);
    std::fs::write(folder.path().join("book.toml"), BOOK)?;
    let facts = "resource,from,to,n\na,,,NaN\nb,,,-3\nc,,,\nd,,,1\ne,2026-03-02,2026-03-01,1\nf,2026-03-02,2026-03-02,1\n";
    std::fs::write(folder.path().join("facts.csv"), facts)?;
    let arguments = "rate --period 2026-03 --timezone UTC --facts facts.csv --price-book book.toml";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let answer = place.json_with(3, &arguments)?;
    let read = &answer["facts"];
    let counts = [
        "rows",
        "rows_kept_out",
        "rows_left_out",
        "rows_empty",
        "resources",
    ];
    assert_eq!(
        counts.map(|key| read[key].clone()),
        [6, 1, 3, 1, 4],
        "{read:#}"
    );
    let findings = answer["findings"].as_array().context("findings")?.iter();
    let rows: Vec<_> = findings
        .filter_map(|one| one["message"].as_str()?.split(" See ").nth(1))
        .collect();
    assert_eq!(
        rows,
        ["facts.csv row 2.", "facts.csv row 4.", "facts.csv row 3."]
    );
    Ok(())
}

/// Samples that no item meters, and samples of a time that is not rated.
#[test]
fn samples_that_add_to_nothing_are_counted() -> Result<()> {
    let folder = tempfile::tempdir()?;
    copy_folder(
        &repository().join("tests/tests/errors/facts/idle"),
        folder.path(),
    )?;
    let place = Workplace::new(folder.path(), APRIL);
    let arguments = "rate --period 2026-03 --timezone UTC --facts facts.csv --facts samples.csv --price-book book.toml";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let answer = place.json(&arguments)?;
    let read = &answer["facts"];
    let counts = ["rows", "rows_kept_out", "rows_left_out", "rows_outside"];
    let counts = counts.map(|key| read[key].clone());
    assert_eq!(counts, [9, 0, 3, 3], "{read:#}");
    Ok(())
}

/// What helps is said in the words of the command.
#[test]
fn a_table_of_too_many_rows_is_given_in_parts() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = Workplace::new(folder.path(), APRIL);
    std::fs::write(folder.path().join("book.toml"), BOOK)?;
    let rows = "a,1\n".repeat(200_001);
    std::fs::write(
        folder.path().join("facts.csv"),
        format!("resource,n\n{rows}"),
    )?;
    let arguments = "rate --period 2026-03 --timezone UTC --facts facts.csv --price-book book.toml";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let answer = place.call(&arguments)?;
    let hint = "hint: split it, and give each part with a `--facts` of its own";
    anyhow::ensure!(answer.stderr.contains(hint), "{}", answer.stderr);
    Ok(())
}

/// Accounts of their own, a price book with several, one as a table, and a workbook's worth of forms.
#[test]
fn accounts_books_and_tables_are_read_in_every_form() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = Workplace::new(folder.path(), APRIL);
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
    write(
        "prices.csv",
        "name;description;unit;kind;meter.attribute;price.currency;price.amount\nvcpu;vCPU;C62;vm;vcpu;SEK;12,50\nvcpu;;;;;EUR;1,20\n",
    )?;
    write(
        "accounts.csv",
        "account,customer,currency,name\nacme-se,acme,SEK,Acme Sverige AB\n",
    )?;
    write(
        "facts.csv",
        "resource;customer;vcpu\nvm-1;acme;4\nvm-2;baltic;2\n",
    )?;
    let asked = |book: &[&str]| {
        let mut arguments = vec![
            "rate",
            "--period",
            "2026-03",
            "--timezone",
            "Europe/Stockholm",
            "--currency",
            "EUR",
        ];
        arguments.extend([
            "--facts",
            "facts.csv",
            "--facts",
            "accounts.csv",
            "--price-book",
        ]);
        arguments.extend(book);
        place.json(&arguments)
    };
    let expect = |answer: &Value| {
        let lines = answer["lines"].as_array().map_or(&[][..], Vec::as_slice);
        let shown = lines.iter().map(|line| {
            let net = &line["net"];
            format!(
                "{} {} {} {}",
                line["account"], line["customer"], net["amount"], net["currency"]
            )
            .replace('"', "")
        });
        assert_eq!(
            shown.collect::<Vec<_>>(),
            ["acme-se acme 50.00 SEK", "baltic baltic 2.40 EUR"]
        );
    };
    let of_table = asked(&["prices.csv"])?;
    expect(&of_table);
    assert_eq!(of_table["lines"][0]["price"]["place"], "prices.csv row 2");
    let item = "name = \"vcpu\"\ndescription = \"vCPU\"\nunit = \"C62\"\nkind = \"vm\"\nmeter = { attribute = \"vcpu\" }\n\
                price = [{ currency = \"SEK\", amount = 12.50 }, { currency = \"EUR\", amount = 1.20 }]\n";
    write(
        "two.toml",
        &format!("[[price_book.old.item]]\n{item}\n[[price_book.new.item]]\n{item}"),
    )?;
    expect(&asked(&["two.toml", "--book", "new"])?);
    write("bare.toml", "table = \"prices.csv\"\n")?;
    expect(&asked(&["bare.toml"])?);
    // The list alone, and numbers that are not in quotes.
    write(
        "facts.csv",
        "[{\"resource\":1,\"customer\":\"acme\",\"attributes\":{\"vcpu\":4.000000000000000000001}}]",
    )?;
    std::fs::rename(folder.path().join("facts.csv"), folder.path().join("facts"))?;
    let arguments =
        "rate --period 2026-03 --timezone UTC --currency EUR --facts facts --price-book bare.toml";
    let answer = place.json(&arguments.split(' ').collect::<Vec<_>>())?;
    assert_eq!(
        answer["lines"][0]["quantity_exact"],
        "4000000000000000000001/1000000000000000000000"
    );
    Ok(())
}

/// Excel's own dates and numbers are those of the cells.
#[test]
fn a_sheet_of_a_workbook_is_read() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = Workplace::new(folder.path(), APRIL);
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet().set_name("Notes")?;
    let sheet = workbook.add_worksheet().set_name("Machines")?;
    for (column, name) in (0..).zip(["resource", "from", "to", "n", "share", "account"]) {
        sheet.write(0, column, name)?;
    }
    let date = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    let day = |day| rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 3, day);
    for (row, (account, share)) in (1..).zip([("acme", 0.25), ("baltic", 0.75)]) {
        sheet.write(row, 0, "vm-1")?;
        sheet.write_with_format(row, 1, &day(2)?, &date)?;
        sheet.write_with_format(row, 2, &day(5)?, &date)?;
        sheet.write(row, 3, 41.333_5)?;
        sheet.write(row, 4, share)?;
        sheet.write(row, 5, account)?;
    }
    workbook.save(folder.path().join("facts.xlsx"))?;
    std::fs::write(folder.path().join("book.toml"), BOOK)?;
    let arguments =
        "rate --period 2026-03 --timezone UTC --facts facts.xlsx#Machines --price-book book.toml";
    let answer = place.json(&arguments.split(' ').collect::<Vec<_>>())?;
    let exact = |line: usize| answer["lines"][line]["net_exact"].clone();
    // 41.3335 × 3/31 × a quarter, and three.
    assert_eq!([exact(0), exact(1)], ["248001/248000", "744003/248000"]);
    Ok(())
}

/// A pipeline's rates say as much as those of files.
#[test]
fn the_rates_of_a_pipeline_have_the_same_details() -> Result<()> {
    let mut company = Company::new()?;
    company
        .set_price("price = [{ currency = \"EUR\", amount = 31.00 }]\ncustomers = [\"acme\"]")?;
    let row = |id: &str, cpu: &str| format!("{id},acme,{cpu}");
    company.export("2026-03-01", &[row("vm-1", "1"), row("vm-2", "2")])?;
    company.export("2026-03-31", &[row("vm-1", "1"), row("vm-2", "3")])?;
    let place = &company.place;
    place.call(&["discover"])?;
    let arguments = ["rate", "--period", "2026-03", "--detail"];
    let answer = place.json_with(
        place.call(&arguments)?.status.code().unwrap_or(-1),
        &arguments,
    )?;
    let line = &answer["lines"][0];
    assert_eq!(line["model"], "unit", "{answer:#}");
    assert_eq!(line["price"]["level"], "list");
    let contributions = line["contributions"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let shown = contributions
        .iter()
        .map(|one| format!("{} {}", one["resource"], one["quantity"]).replace('"', ""));
    assert_eq!(shown.collect::<Vec<_>>(), ["vm-1 1", "vm-2 2", "vm-2 3"]);
    assert!(
        contributions[2]["place"]
            .as_str()
            .is_some_and(|place| place.contains("vms-2026-03-31.csv")),
        "{line:#}"
    );
    let plain = place.call(&arguments[..3])?.stdout;
    assert!(!plain.contains("proration"), "{plain}");
    assert_eq!(answer["timezone"], "Europe/Stockholm");
    Ok(())
}

/// What is asked without a configuration and without a store leaves none behind.
#[test]
fn nothing_is_kept() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = Workplace::new(folder.path(), APRIL);
    std::fs::write(folder.path().join("book.toml"), BOOK)?;
    std::fs::write(folder.path().join("facts.csv"), "resource,n\na,1\n")?;
    let arguments = "rate --period 2026-03 --timezone UTC --facts facts.csv --price-book book.toml";
    place.expect(0, &arguments.split(' ').collect::<Vec<_>>())?;
    let mut names: Vec<_> = std::fs::read_dir(folder.path())?
        .map(|entry| Ok(entry?.file_name()))
        .collect::<Result<_>>()?;
    names.sort();
    assert_eq!(names, ["book.toml", "facts.csv"]);
    Ok(())
}

/// Ten times as many rows take about ten times as long, not a hundred times.
#[test]
fn many_resources_are_read_in_one_pass() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = Workplace::new(folder.path(), APRIL);
    std::fs::write(folder.path().join("book.toml"), BOOK)?;
    let arguments =
        "rate --period 2026-03 --timezone UTC --facts facts.csv --price-book book.toml --json";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let took = |count: usize| -> Result<Duration> {
        let mut text = "resource,from,to,n,account,share\n".to_owned();
        for index in 0..count {
            let customer = index % 500;
            text.push_str(&format!(
                "r{index},,2026-03-16,2,c{customer},1/2\nr{index},,2026-03-16,2,d{customer},1/2\n"
            ));
            text.push_str(&format!("r{index},2026-03-16,,3,c{customer},\n"));
        }
        std::fs::write(folder.path().join("facts.csv"), text)?;
        let begun = Instant::now();
        let answer = place.expect(0, &arguments)?;
        let took = begun.elapsed();
        let answer: Value = serde_json::from_str(&answer.stdout)?;
        assert_eq!(answer["facts"]["resources"], count);
        assert_eq!(
            answer["lines"].as_array().map(Vec::len),
            Some(1000.min(2 * count))
        );
        Ok(took)
    };
    let few = took(5_000)?;
    let many = took(50_000)?;
    assert!(
        many < few * 40 + Duration::from_secs(2),
        "{few:?} for 5,000 and {many:?} for 50,000"
    );
    Ok(())
}

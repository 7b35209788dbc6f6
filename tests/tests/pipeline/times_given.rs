//! Times, numbers and addresses on the command line that cannot be used: own words, the forms that can, and the exit code of
//! a wrong command line.

use std::net::TcpListener;

use anyhow::{Context, Result};

use crate::small::{Company, machines};

fn company() -> Result<Company> {
    let company = Company::new()?;
    for day in ["2026-03-01", "2026-03-31", "2026-04-01"] {
        company.export(day, &machines(2))?;
    }
    company.bill()?;
    Ok(company)
}

#[test]
fn a_time_that_nobody_can_read_is_told_with_the_forms_that_there_are() -> Result<()> {
    let company = company()?;
    let place = &company.place;
    let asked: [(&[&str], &str); 9] = [
        (
            &["classify", "--at", "1m"],
            "`m` is none of the units d, w, mo and y",
        ),
        (
            &["inventory", "list", "--as-of", "yesterday"],
            "it is neither a day nor an instant",
        ),
        (
            &["inventory", "list", "--since", "24h"],
            "`h` is none of the units",
        ),
        (
            &["inventory", "delta", "2026-02-30", "2026-03-31"],
            "the calendar has no such day",
        ),
        (
            &["report", "unbilled", "--at", "2026-03"],
            "a month is no time",
        ),
        (
            &["report", "growth", "--since", "99999y"],
            "it is outside the calendar",
        ),
        (
            &["report", "growth", "--until", "2026-03-31 12:00"],
            "an instant has a time of day and its zone",
        ),
        (
            &["report", "first-seen", "--since", "soon"],
            "it is neither a day nor an instant",
        ),
        (
            &["explain", "--resource", "VM-001", "--since", "x"],
            "it is neither a day nor an instant",
        ),
    ];
    for (arguments, problem) in asked {
        let told = place.expect(2, arguments)?.stderr;
        assert!(
            told.contains("error: read the time `"),
            "{arguments:?}: {told}"
        );
        assert!(told.contains(problem), "{arguments:?}: {told}");
        assert!(
            told.contains("hint: a day such as 2026-03-31, an instant such as"),
            "{told}"
        );
        assert!(told.contains("or how long ago: 30d, 2w, 6mo, 1y"), "{told}");
    }
    let day = place.expect(
        2,
        &[
            "shadow",
            "--against-sink",
            "books",
            "--issued-from",
            "april",
        ],
    )?;
    assert!(
        day.stderr.contains("expected a day such as 2026-03-31"),
        "{}",
        day.stderr
    );
    let month = place.expect(2, &["plan", "--period", "2026-13"])?.stderr;
    assert!(
        month.contains("expected a month such as 2026-03"),
        "{month}"
    );
    // What is accepted anywhere is accepted everywhere.
    place.expect(0, &["classify", "--at", "2w"])?;
    place.expect(0, &["inventory", "list", "--as-of", "2w"])?;
    place.expect(0, &["inventory", "delta", "1mo", "2026-03-31"])?;
    Ok(())
}

#[test]
fn a_line_and_a_head_that_cannot_be_are_told_with_what_can() -> Result<()> {
    let company = company()?;
    let reference = company
        .posted()?
        .first()
        .context("it was posted")?
        .0
        .clone();
    let told = company
        .place
        .expect(2, &["explain", &reference, "--line", "99"])?
        .stderr;
    assert!(
        told.contains("the delivery has 1 line, and no line 99"),
        "{told}"
    );
    assert!(told.contains("hint: its only line is --line 1"), "{told}");
    for head in ["garbage", "1:garbage", "x:00"] {
        let told = company.place.expect(2, &["verify", "--head", head])?.stderr;
        assert!(
            told.contains(&format!("`{head}` is no head; expected NUMBER:DIGEST")),
            "{told}"
        );
        assert!(
            told.contains("hint: a number, a colon and 64 hexadecimal digits"),
            "{told}"
        );
    }
    Ok(())
}

#[test]
fn an_address_that_is_taken_is_told_with_the_setting() -> Result<()> {
    let company = company()?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    company.write_with("discover = \"0 0 5 * * *\"", "", "")?;
    let told = company
        .place
        .expect(1, &["run", "--listen", &address])?
        .stderr;
    assert!(told.contains(&format!("listen on {address}")), "{told}");
    assert!(
        told.contains("choose another `address` in [listen], or --listen ADDRESS"),
        "{told}"
    );
    Ok(())
}

#[test]
fn a_month_that_has_not_ended_is_rated_as_presumed() -> Result<()> {
    let company = company()?;
    let rate = company.place.json(&["rate", "--period", "2026-04"])?;
    assert_eq!(rate["not_ended"], "2026-04-30T22:00:00Z");
    assert!(
        rate["presumed_seconds"]
            .as_i64()
            .is_some_and(|seconds| seconds > 0),
        "{rate}"
    );
    let shown = company
        .place
        .expect(0, &["rate", "--period", "2026-04"])?
        .stdout;
    assert!(
        shown.contains(
            "2026-04 has not ended (it ends at 2026-04-30T22:00:00Z): 1392 resource-hours"
        ) && shown.contains("presumed"),
        "{shown}"
    );
    let ended = company.place.json(&["rate", "--period", "2026-03"])?;
    assert!(ended["not_ended"].is_null());
    Ok(())
}

#[test]
fn a_preview_replaces_the_one_before_whole() -> Result<()> {
    let mut company = company()?;
    company
        .place
        .expect(0, &["preview", "--period", "2026-03"])?;
    let folder = company.place.folder.join("preview-2026-03");
    let pages = || -> Result<Vec<String>> {
        let entries = std::fs::read_dir(&folder)?;
        let mut names: Vec<String> = entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_>>()?;
        names.sort();
        Ok(names)
    };
    let before = pages()?;
    assert_eq!(before.len(), 3);
    std::fs::write(folder.join("notes.html"), "mine")?;
    // Of another preview, which its index does not list any more.
    let foreign = "acme-CF-AAAAAAAAAAAAAAAA.html";
    std::fs::write(folder.join(foreign), "of February")?;
    let here = ["preview", "--period", "2026-03", "--force"];
    let of_one = [&here[..], &["--account", "acme"]].concat();
    company.place.expect(0, &of_one)?;
    assert_eq!(pages()?.len(), 5, "of one account nothing is removed");
    let answer = company.place.json(&here)?;
    assert!(answer.get("removed").is_none(), "{answer:#}");

    // Credit notes were planned, and are not any more.
    let price = |amount: &str| {
        format!("price = [{{ currency = \"EUR\", from = 2026-03-01, amount = {amount} }}]")
    };
    company.set_price(&price("8.00"))?;
    let plan = ["plan", "--period", "2026-03"];
    company.place.expect(0, &plan)?;
    company.place.expect(0, &here)?;
    let with_corrections = pages()?;
    assert_eq!(with_corrections.len(), 7, "{with_corrections:?}");
    company.set_price(&price("10.00"))?;
    company.place.expect(0, &plan)?;
    let answer = company.place.json(&here)?;
    let left = pages()?;
    let gone: Vec<&String> = with_corrections
        .iter()
        .filter(|name| !left.contains(name))
        .collect();
    assert_eq!(gone.len(), 2, "{left:?}");
    assert_eq!(answer["removed"], serde_json::json!(gone));
    for kept in ["notes.html", foreign] {
        assert!(left.iter().any(|name| name == kept), "{left:?}");
    }
    Ok(())
}

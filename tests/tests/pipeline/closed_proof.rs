//! A certificate is there whole or not at all, once, and whoever tampers with it or with what it stands on is found.

use anyhow::{Context, Result};
use counterfoil_tests::proxy::{Proxy, Strike};
use serde_json::json;

use crate::closed::{CLOSE, closing};
use crate::small::{Company, machines};
use crate::voided::{billed, text};

fn tampered(company: &Company, statements: &str) -> Result<()> {
    let store = rusqlite::Connection::open(company.store())?;
    store.execute_batch(statements)?;
    Ok(())
}

fn certificates(company: &Company) -> Result<i64> {
    let store = rusqlite::Connection::open(company.store())?;
    let count = "SELECT count(*) FROM certificate";
    Ok(store.query_row(count, [], |row| row.get(0))?)
}

/// Two certificates: the second after a correction.
fn closed_twice() -> Result<Company> {
    let company = billed()?;
    company.place.expect(0, &closing(&[]))?;
    let mut grown = machines(4);
    "VM-001,acme,4".clone_into(&mut grown[0]);
    company.export("2026-03-31", &grown)?;
    company.bill()?;
    company.place.expect(0, &closing(&[]))?;
    assert_eq!(certificates(&company)?, 2);
    Ok(company)
}

/// Verifies copies of the store, each with another edit.
fn found(company: &Company, edit: &str, said: &str) -> Result<()> {
    let kept = std::fs::read(company.store())?;
    tampered(company, edit)?;
    let refused = company.place.expect(1, &["verify"])?;
    assert!(refused.stderr.contains(said), "{edit}: {}", refused.stderr);
    assert!(refused.stderr.contains("hint: "), "{}", refused.stderr);
    std::fs::write(company.store(), kept)?;
    company.place.expect(0, &["verify"])?;
    Ok(())
}

#[test]
fn whoever_edits_a_certificate_or_what_it_stands_on_is_found() -> Result<()> {
    let company = closed_twice()?;
    let drop = "DROP TRIGGER certificate_is_not_edited; DROP TRIGGER certificate_is_not_removed; \
        DROP TRIGGER certificate_head_only_grows; DROP TRIGGER certificate_head_is_not_removed;";
    let edit = |sql: &str| format!("{drop} {sql}");
    for (sql, said) in [
        (
            edit("UPDATE certificate SET body = replace(body, 'anna', 'otto') WHERE number = 1"),
            "certificate 1 of 2026-03 was edited: it does not fit its digest",
        ),
        (
            edit("DELETE FROM certificate WHERE number = 1"),
            "certificate 1 was removed",
        ),
        (
            edit("DELETE FROM certificate WHERE number = 2"),
            "certificates were cut off: 2 and all after it, up to 2, are gone",
        ),
        (
            edit("UPDATE certificate_head SET digest = zeroblob(32)"),
            "certificate 2 of 2026-03 was replaced",
        ),
    ] {
        found(&company, &sql, said)?;
    }
    // The newest counterfoil goes, with the head that would tell: the certificate remembers it.
    let cut = "DROP TRIGGER counterfoil_is_not_removed; DROP TRIGGER counterfoil_line_is_not_removed; \
        DROP TRIGGER counterfoil_head_only_grows; \
        DELETE FROM counterfoil_line WHERE number = (SELECT count FROM counterfoil_head); \
        DELETE FROM counterfoil WHERE number = (SELECT count FROM counterfoil_head); \
        UPDATE counterfoil_head SET count = count - 1, \
        digest = (SELECT digest FROM counterfoil c WHERE c.number = count - 1);";
    found(
        &company,
        cut,
        "certificate 2 of 2026-03 does not match the chain of counterfoils: it was made over 3, and there are 2",
    )?;
    // By the program itself nothing of it can be edited.
    let refused = tampered(&company, "UPDATE certificate SET body = '{}'");
    assert!(refused.is_err_and(|error| error.to_string().contains("certificates are append-only")));
    Ok(())
}

#[test]
fn a_certificate_that_was_kept_outside_is_held_against_the_store() -> Result<()> {
    let company = billed()?;
    company
        .place
        .expect(0, &closing(&["--output", "answer.json"]))?;
    company.place.expect(
        0,
        &[&CLOSE[..], &["--show", "--output", "march.json"]].concat(),
    )?;
    for file in ["answer.json", "march.json"] {
        company
            .place
            .expect(0, &["verify", "--certificate", file])?;
    }
    let outside = company.place.folder.join("march.json");
    let kept = std::fs::read_to_string(&outside)?;
    std::fs::write(&outside, kept.replace("80.00", "79.00"))?;
    let refused = company
        .place
        .expect(1, &["verify", "--certificate", "march.json"])?;
    assert!(
        refused
            .stderr
            .contains("certificate 1 of 2026-03 was edited"),
        "{}",
        refused.stderr
    );
    std::fs::write(&outside, "{}")?;
    let refused = company
        .place
        .expect(2, &["verify", "--certificate", "march.json"])?;
    assert!(
        refused.stderr.contains("march.json holds no certificate"),
        "{}",
        refused.stderr
    );
    company
        .place
        .expect(2, &["verify", "--certificate", "nowhere.json"])?;

    // Another store knows nothing of it.
    std::fs::write(&outside, &kept)?;
    let other = billed()?;
    std::fs::copy(&outside, other.place.folder.join("march.json"))?;
    let refused = other
        .place
        .expect(1, &["verify", "--certificate", "march.json"])?;
    assert!(
        refused.stderr.contains("certificate 1 was removed"),
        "{}",
        refused.stderr
    );
    other.place.expect(0, &closing(&[]))?;
    let refused = other
        .place
        .expect(1, &["verify", "--certificate", "march.json"])?;
    assert!(
        refused
            .stderr
            .contains("in the file is not the one that is kept"),
        "{}",
        refused.stderr
    );
    Ok(())
}

#[test]
fn a_close_that_is_killed_anywhere_leaves_no_certificate_or_a_whole_one() -> Result<()> {
    let mut company = billed()?;
    let proxy = Proxy::start(company.server.address)?;
    company.place.set("PRACTICE_URL", &proxy.url());
    for request in 1..=4 {
        let mut close = company.place.start(&closing(&[]))?;
        proxy.arm(request, Strike::KillAfterAnswer, close.id());
        close.wait()?;
        if proxy.disarm() {
            break;
        }
        assert_eq!(
            certificates(&company)?,
            0,
            "it was killed at request {request}"
        );
        company.place.expect(0, &["verify"])?;
    }
    // Wherever the write itself fails, nothing of it is kept.
    for table in ["decision", "certificate", "certificate_head"] {
        if certificates(&company)? > 0 {
            break;
        }
        let fault = format!(
            "CREATE TRIGGER fault AFTER INSERT ON {table} BEGIN SELECT raise(ABORT, 'the disk is gone'); END"
        );
        tampered(&company, &fault)?;
        let failed = company.place.expect(1, &closing(&[]))?;
        assert!(
            failed.stderr.contains("the disk is gone"),
            "{}",
            failed.stderr
        );
        assert_eq!(certificates(&company)?, 0);
        let decided = company.place.json(&["approvals"])?;
        assert!(
            !decided.to_string().contains("certificate 1"),
            "{decided:#}"
        );
        tampered(&company, "DROP TRIGGER fault")?;
    }
    let report = company.place.json(&closing(&[]))?;
    assert_eq!(report["sealed"]["certificate"]["number"], 1);
    assert_eq!(certificates(&company)?, 1);
    Ok(())
}

#[test]
fn of_two_who_close_at_once_one_does() -> Result<()> {
    let company = billed()?;
    let both = [
        company.place.start(&closing(&[]))?,
        company.place.start(&closing(&[]))?,
    ];
    let mut done = 0;
    for close in both {
        let ended = close.wait_with_output()?;
        let said = String::from_utf8_lossy(&ended.stderr);
        match ended.status.code() {
            Some(0) => done += 1,
            Some(1) => assert!(
                said.contains("another process is applying on this store"),
                "{said}"
            ),
            other => anyhow::bail!("{other:?}: {said}"),
        }
    }
    assert!(done >= 1);
    assert_eq!(certificates(&company)?, 1);
    let last = company.place.json(&closing(&[]))?;
    assert_eq!(
        (&last["outcome"], &last["sealed"]["certificate"]["number"]),
        (&json!("unchanged"), &json!(1))
    );
    text(&last["sealed"], "digest").context("it is sealed")?;
    Ok(())
}

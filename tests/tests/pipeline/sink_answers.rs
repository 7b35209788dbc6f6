//! What a sink may answer instead of doing its work: each is told with its next step, nothing is lost, and once the sink is
//! well again the bill is the same to the cent and nothing is there twice.

use anyhow::Result;
use counterfoil_tests::practice::PracticeServer;

use crate::small::{Company, machines};

const APPLY: [&str; 3] = ["apply", "--period", "2026-03"];

fn planned(faults: &str) -> Result<Company> {
    let mut company = Company::new()?;
    company.server = PracticeServer::start(company.folder(), Some(faults))?;
    let url = company.server.url();
    company.place.set("PRACTICE_URL", &url);
    company.export("2026-03-01", &machines(4))?;
    company.export("2026-03-31", &machines(4))?;
    company.place.call(&["discover"])?;
    company.plan_and_approve()?;
    Ok(company)
}

/// The hosts and references of a run are its own.
fn told(text: &str) -> String {
    let mut told = String::new();
    for word in text.split_inclusive([' ', '\n']) {
        let bare = word.trim_end();
        let rest = &word[bare.len()..];
        if bare.starts_with("CF-") {
            told.push_str("CF-…");
        } else if bare
            .split_once(':')
            .is_some_and(|(_, digest)| digest.len() == 64)
        {
            told.push_str("[head]");
        } else if bare.contains("127.0.0.1:") {
            told.push_str("[sink]");
        } else {
            told.push_str(bare);
        }
        told.push_str(rest);
    }
    told
}

#[test]
fn whatever_the_sink_answers_is_told_and_made_good_later() -> Result<()> {
    let create = "on = \"POST /api/v1/documents\"";
    let cases = [
        ("unauthorized", "kind = \"status\"\nstatus = 401"),
        ("unprocessable", "kind = \"status\"\nstatus = 422"),
        (
            "too_many",
            "kind = \"status\"\nstatus = 429\nretry_after_secs = 0",
        ),
        ("broken", "kind = \"status\"\nstatus = 500"),
        (
            "broken_after_commit",
            "kind = \"status\"\nstatus = 500\nafter_commit = true",
        ),
        ("nothing", "kind = \"cut-before-commit\""),
        ("nothing_after_commit", "kind = \"cut-after-commit\""),
    ];
    let undisturbed = planned("")?;
    undisturbed.place.expect(0, &APPLY)?;
    let right = undisturbed.posted_nets()?;
    assert_eq!(right.len(), 2);
    for (name, fault) in cases {
        // The first two creates fail; what is tried later works.
        let company = planned(&format!("[[fault]]\n{create}\nfrom = 1\nto = 2\n{fault}\n"))?;
        let answer = company.place.call(&APPLY)?;
        let code = answer.status.code().unwrap_or(-1);
        let shown = format!(
            "exit {code}\n{}\n{}",
            told(&answer.stdout),
            told(&answer.stderr)
        );
        insta::assert_snapshot!(format!("sink_{name}"), shown);
        for _ in 0..4 {
            company.place.call(&["plan", "--period", "2026-03"])?;
            company
                .place
                .call(&["approve", "--period", "2026-03", "--all", "--by", "test"])?;
            company.place.call(&APPLY)?;
        }
        assert_eq!(company.posted_nets()?, right, "after {name}");
        company
            .place
            .expect(0, &["reconcile", "--period", "2026-03"])?;
        company.place.expect(0, &["verify"])?;
    }
    Ok(())
}

#[test]
fn a_sink_that_answers_garbage_or_is_not_there_is_told_with_a_next_step() -> Result<()> {
    for (name, answer) in [
        (
            "garbage",
            Some("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n<html>no\n"),
        ),
        ("no_http", Some("SSH-2.0-OpenSSH_9.2\r\n")),
        ("not_there", None),
    ] {
        let mut company = planned("")?;
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        company
            .place
            .set("PRACTICE_URL", &format!("http://{address}"));
        match answer {
            Some(answer) => drop(std::thread::spawn(move || babble(&listener, answer))),
            None => drop(listener),
        }
        let said = company.place.call(&["plan", "--period", "2026-03"])?;
        let code = said.status.code().unwrap_or(-1);
        let shown = format!(
            "exit {code}\n{}\n{}",
            told(&said.stdout),
            told(&said.stderr)
        );
        assert!(shown.contains("hint:"), "{name} has a next step:\n{shown}");
        insta::assert_snapshot!(format!("sink_plan_{name}"), shown);
        runs_are_ended(&mut company)?;
    }
    Ok(())
}

/// A plan that failed is not left as one that goes on, nor one whose process died.
fn runs_are_ended(company: &mut Company) -> Result<()> {
    let store = rusqlite::Connection::open(company.store())?;
    let count = |status: &str| -> Result<i64> {
        let sql = "SELECT count(*) FROM run WHERE stage = 'plan' AND status = ?1";
        Ok(store.query_row(sql, [status], |row| row.get(0))?)
    };
    assert_eq!((count("running")?, count("failed")?), (0, 1));
    store.execute(
        "UPDATE run SET status = 'running', finished = NULL WHERE status = 'failed'",
        [],
    )?;
    company.place.set("PRACTICE_URL", &company.server.url());
    company.place.expect(0, &["plan", "--period", "2026-03"])?;
    assert_eq!((count("running")?, count("failed")?), (0, 1));
    Ok(())
}

/// Answers every connection the same, whatever it asks, until the test program ends.
fn babble(listener: &std::net::TcpListener, answer: &str) {
    use std::io::{Read, Write};
    for connection in listener.incoming() {
        let Ok(mut connection) = connection else {
            return;
        };
        let mut request = [0; 4096];
        let _ = connection.read(&mut request);
        let _ = connection.write_all(answer.as_bytes());
    }
}

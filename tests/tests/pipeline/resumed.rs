//! Jobs that were cut off, and sources and sinks that fail: the next start goes on, and what fails is left alone for a while.

use std::net::TcpListener;
use std::sync::mpsc;

use anyhow::{Context, Result};
use counterfoil_tests::proxy::Strike;
use serde_json::Value;

use crate::run::{
    AUTOMATIC, FIRST_DRAFT, ONCE, behind_a_proxy, company, documents, job_status, jobs, message,
    once, status,
};
use crate::small::machines;

#[test]
fn killed_in_any_stage_of_a_bill_the_next_start_goes_on() -> Result<()> {
    // Of the plan, the look-up, the draft, its posting, the last posting, and of reading back.
    for request in [1, 3, FIRST_DRAFT, 7, 12, 13, 14] {
        let (company, proxy, _) = behind_a_proxy(AUTOMATIC)?;
        let mut run = company.place.start(&ONCE)?;
        proxy.arm(request, Strike::KillAfterAnswer, run.id());
        let ended = run.wait()?;
        assert!(
            !proxy.disarm() && !ended.success(),
            "the process is killed at request {request}"
        );
        let broken = status(&company)?;
        assert!(job_status(&broken, "bill")?["running_since"].is_string());
        let report = once(&company, 0)?;
        assert_eq!(jobs(&report), ["bill complete"], "request {request}");
        let reason = report["jobs"][0]["reason"].as_str().unwrap_or_default();
        assert!(
            reason.starts_with("goes on with what was begun"),
            "{reason}"
        );
        let documents = documents(&company)?;
        let mut references: Vec<&str> = documents
            .iter()
            .filter_map(|one| one["reference"].as_str())
            .collect();
        references.sort_unstable();
        references.dedup();
        assert_eq!(
            (documents.len(), references.len()),
            (2, 2),
            "{documents:#?}"
        );
        company.place.expect(0, &["verify"])?;
        assert_eq!(jobs(&once(&company, 0)?), [""; 0]);
    }
    Ok(())
}

#[test]
fn killed_while_it_discovers_the_next_start_goes_on() -> Result<()> {
    use std::io::{BufRead, BufReader};
    let mut company = company("")?;
    company.place.now = "2026-03-31T23:00:00Z".to_owned();
    company.export("2026-03-31", &machines(5_000))?;
    let logged = ["run", "--once", "--log", "counterfoil_engine=debug"];
    let mut run = company.place.start(&logged)?;
    let stderr = run.stderr.take().context("its standard error is piped")?;
    let mut lines = BufReader::new(stderr).lines();
    let is_reading = |line: &std::io::Result<String>| {
        line.as_ref().is_ok_and(|line| line.contains("read a file"))
    };
    assert!(lines.any(|line| is_reading(&line)), "it reads the export");
    run.kill()?;
    assert!(!run.wait()?.success());
    assert!(job_status(&status(&company)?, "discover")?["running_since"].is_string());
    let report = once(&company, 0)?;
    assert_eq!(jobs(&report), ["discover complete"]);
    assert!(
        message(&report, 0).contains("5000 rows, 4996 new"),
        "{}",
        message(&report, 0)
    );
    Ok(())
}

#[test]
fn a_source_that_fails_is_left_alone_for_longer_each_time_and_says_so() -> Result<()> {
    let mut company = company("")?;
    let (exports, away) = (
        company.place.folder.join("exports"),
        company.place.folder.join("away"),
    );
    std::fs::rename(&exports, &away)?;
    company.place.now = "2026-03-31T07:00:00Z".to_owned();
    let report = once(&company, 3)?;
    assert_eq!(jobs(&report), ["discover partial"]);
    assert!(
        message(&report, 0).ends_with("exports failed"),
        "{report:#}"
    );
    let source = &status(&company)?["sources"][0];
    assert_eq!(source["failures"], 1);
    // The clock goes on while it is asked.
    let since = source["failing_since"].as_str().unwrap_or_default();
    assert!(since.starts_with("2026-03-31T07:00:0"), "{since}");
    let retry_at = source["retry_at"].as_str().context("it is tried again")?;
    assert!(
        ("2026-03-31T07:00:45Z"..="2026-03-31T07:01:09Z").contains(&retry_at),
        "{retry_at}"
    );
    company.place.now = "2026-03-31T07:00:30Z".to_owned();
    assert_eq!(jobs(&once(&company, 0)?), [""; 0], "it is left alone");
    company.place.now = "2026-03-31T07:01:10Z".to_owned();
    assert_eq!(jobs(&once(&company, 3)?), ["discover partial"]);
    let text = company.place.expect(0, &["status"])?.stdout;
    assert!(
        text.contains("failing since 2026-03-31T07:00:0") && text.contains("Z, 2 times"),
        "{text}"
    );
    std::fs::rename(&away, &exports)?;
    // By hand nobody has to wait.
    company.place.expect(0, &["discover"])?;
    let source = &status(&company)?["sources"][0];
    assert_eq!(source["failures"], 0);
    assert_eq!(source["retry_at"], Value::Null);
    Ok(())
}

#[test]
fn a_job_that_fails_ends_no_run_of_another_process() -> Result<()> {
    let (mut company, proxy, mut other) = behind_a_proxy(AUTOMATIC)?;
    once(&company, 0)?;
    for place in [&mut company.place, &mut other] {
        "2026-05-01T04:00:00Z".clone_into(&mut place.now);
    }
    let nobody = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    other.set("PRACTICE_URL", &format!("http://{nobody}"));
    let (tell, told) = mpsc::channel();
    proxy.before(1, move || {
        let failed = other.expect(1, &ONCE)?;
        Ok(tell.send((failed.stderr, other.json(&["status"])?))?)
    });
    company
        .place
        .expect(0, &["reconcile", "--period", "2026-03"])?;
    let (failed, meanwhile) = told.recv()?;
    assert!(failed.contains("bill of main"), "{failed}");
    let reconcile = &meanwhile["pipelines"][0]["stages"][3];
    assert_eq!(reconcile["outcome"], "running", "{meanwhile:#}");
    Ok(())
}

#[test]
fn a_sink_that_is_gone_is_tried_again_later() -> Result<()> {
    let (mut company, proxy, _) = behind_a_proxy(AUTOMATIC)?;
    drop(proxy);
    let answer = company.place.expect(1, &ONCE)?;
    assert!(answer.stderr.contains("bill of main"), "{}", answer.stderr);
    assert!(
        answer.stderr.contains("; again at 2026-04-01T04:0"),
        "{}",
        answer.stderr
    );
    let bill = status(&company)?;
    let bill = job_status(&bill, "bill")?;
    assert_eq!(bill["failures"], 1);
    assert_eq!(bill["last"]["outcome"], "failed");
    let url = company.server.url();
    company.place.set("PRACTICE_URL", &url);
    company.place.now = "2026-04-01T04:02:00Z".to_owned();
    let report = once(&company, 0)?;
    assert_eq!(jobs(&report), ["bill complete"]);
    assert_eq!(report["jobs"][0]["reason"], "again after it failed");
    assert_eq!(documents(&company)?.len(), 2);
    Ok(())
}

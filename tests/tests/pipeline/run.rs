//! The scheduler through the real binary: what is due runs once, also after a death, a failure, a signal, a clock that jumps.

use std::process::Command;
use std::sync::mpsc;

use anyhow::{Context, Result, bail};
use counterfoil_tests::binary::Workplace;
use counterfoil_tests::proxy::Proxy;
use serde_json::Value;

use crate::small::{Company, machines};

pub(crate) const ONCE: [&str; 2] = ["run", "--once"];
const SCHEDULES: &str = "discover = \"0 0 * * * *\"\nbill = \"0 0 6 1 * *\"";
/// 06:00 in Stockholm, in summer.
const BILLED: &str = "2026-04-01T04:00:00Z";

/// Everything of March is there, and the scheduler has seen the pipeline on its last day.
pub(crate) fn company(of_pipeline: &str) -> Result<Company> {
    let mut company = Company::new()?;
    for day in 1..=31 {
        company.export(&format!("2026-03-{day:02}"), &machines(4))?;
    }
    company.write_with(&format!("{SCHEDULES}\n{of_pipeline}"), "", "")?;
    "2026-03-31T06:00:00Z".clone_into(&mut company.place.now);
    let first = once(&company, 0)?;
    assert_eq!(jobs(&first), ["discover complete"]);
    assert_eq!(first["jobs"][0]["reason"], "for the first time");
    BILLED.clone_into(&mut company.place.now);
    Ok(company)
}

pub(crate) fn once(company: &Company, code: i32) -> Result<Value> {
    company.place.json_with(code, &ONCE)
}

pub(crate) fn jobs(report: &Value) -> Vec<String> {
    let jobs = report["jobs"].as_array().cloned().unwrap_or_default();
    let word = |job: &Value, key: &str| job[key].as_str().unwrap_or_default().to_owned();
    jobs.iter()
        .map(|job| format!("{} {}", word(job, "job"), word(job, "outcome")))
        .collect()
}

pub(crate) fn message(report: &Value, job: usize) -> String {
    report["jobs"][job]["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

pub(crate) fn documents(company: &Company) -> Result<Vec<Value>> {
    let page = company.server.get("/api/v1/documents?limit=100")?;
    Ok(page["items"]
        .as_array()
        .context("a page has items")?
        .clone())
}

pub(crate) fn status(company: &Company) -> Result<Value> {
    Ok(company.place.json(&["status"])?["pipelines"][0].clone())
}

pub(crate) fn job_status<'a>(status: &'a Value, job: &str) -> Result<&'a Value> {
    let jobs = status["jobs"].as_array().context("a status lists jobs")?;
    let found = jobs.iter().find(|one| one["job"] == job);
    found.with_context(|| format!("{job} in {status:#}"))
}

#[test]
fn missed_runs_are_caught_up_once_and_each_says_one_line() -> Result<()> {
    let mut company = company("")?;
    company.place.now = "2026-04-01T06:30:00Z".to_owned();
    let answer = company.place.expect(3, &ONCE)?;
    let lines: Vec<Value> = answer
        .stderr
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let told: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["fields"]["message"].as_str())
        .collect();
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(
        told[0].starts_with(
            "discover of main, due 2026-03-31T07:00:00Z, once for that and 23 times that passed since: "
        ),
        "{told:#?}"
    );
    assert!(
        told[1].starts_with(
            "bill of main, due 2026-04-01T04:00:00Z: 2026-03: 2 accounts wait for approval"
        ),
        "{told:#?}"
    );
    assert_eq!(lines[1]["fields"]["pipeline.name"], "main");
    assert_eq!(lines[1]["fields"]["outcome"], "waiting");
    assert!(answer.stdout.contains("waiting"), "{}", answer.stdout);
    assert_eq!(company.place.expect(0, &ONCE)?.stdout, "nothing was due\n");
    assert_eq!(documents(&company)?.len(), 0, "nobody approved");
    Ok(())
}

#[test]
fn what_a_person_approves_is_sent_and_reconciled_without_waiting_for_the_next_month() -> Result<()>
{
    let mut company = company("")?;
    assert_eq!(
        jobs(&once(&company, 3)?),
        ["discover complete", "bill waiting"]
    );
    let waiting = &status(&company)?["waiting"][0];
    assert_eq!(waiting["waiting"], 2);
    assert_eq!(waiting["billing_period"], "2026-03");
    company.place.now = "2026-04-01T04:10:00Z".to_owned();
    let pause = ["pause", "--reason", "look", "--by", "anna"];
    company.place.expect(0, &pause)?;
    let approve = ["approve", "--period", "2026-03", "--all", "--by", "anna"];
    company.place.expect(0, &approve)?;
    assert_eq!(jobs(&once(&company, 0)?), [""; 0], "it is paused");
    assert_eq!(status(&company)?["paused"]["by"], "anna");
    company
        .place
        .expect(0, &["pause", "--resume", "--by", "anna"])?;
    let report = once(&company, 0)?;
    assert_eq!(jobs(&report), ["apply complete"]);
    assert_eq!(report["jobs"][0]["reason"], "after a decision");
    assert_eq!(
        message(&report, 0),
        "2026-03: deliveries: 2 confirmed, 2 documents reconciled to the cent"
    );
    assert_eq!(documents(&company)?.len(), 2);
    assert_eq!(jobs(&once(&company, 0)?), [""; 0]);
    Ok(())
}

#[test]
fn every_month_that_ended_while_nobody_ran_is_billed_in_order() -> Result<()> {
    let mut company = company("approval = \"automatic\"")?;
    for day in ["2026-04-30", "2026-05-31"] {
        company.export(day, &machines(4))?;
    }
    company.place.now = "2026-06-02T00:00:00Z".to_owned();
    let report = once(&company, 0)?;
    assert_eq!(jobs(&report), ["discover complete", "bill complete"]);
    let billed = message(&report, 1);
    let periods: Vec<&str> = billed.split("; ").map(|part| &part[..7]).collect();
    assert_eq!(periods, ["2026-03", "2026-04", "2026-05"], "{billed}");
    assert_eq!(documents(&company)?.len(), 6);
    assert_eq!(jobs(&once(&company, 0)?), [""; 0]);
    let status = status(&company)?;
    assert_eq!(job_status(&status, "bill")?["next"], "2026-07-01T04:00:00Z");
    assert_eq!(status["deliveries"][0]["count"], 6);
    assert_eq!(status["stages"][2]["outcome"], "complete");
    Ok(())
}

#[test]
fn the_first_bill_begins_where_billing_begins_unless_somebody_began_by_hand() -> Result<()> {
    for by_hand in [false, true] {
        let mut company = Company::new()?;
        for day in ["2026-01-01", "2026-02-28", "2026-03-31", "2026-04-30"] {
            company.export(day, &machines(4))?;
        }
        let of_pipeline = format!("{SCHEDULES}\n{AUTOMATIC}\nbill_from = 2026-01-15");
        company.write_with(&of_pipeline, "", "")?;
        "2026-04-10T04:00:00Z".clone_into(&mut company.place.now);
        if by_hand {
            company.bill()?;
        }
        assert_eq!(jobs(&once(&company, 0)?), ["discover complete"]);
        "2026-05-01T04:00:00Z".clone_into(&mut company.place.now);
        let report = once(&company, 0)?;
        let billed = message(&report, 1);
        let periods: Vec<&str> = billed.split("; ").map(|part| &part[..7]).collect();
        let expected: &[&str] = if by_hand {
            &["2026-04"]
        } else {
            &["2026-01", "2026-02", "2026-03", "2026-04"]
        };
        assert_eq!(periods, expected, "{billed}");
    }
    Ok(())
}

/// Behind a proxy, with another way to call the binary in the same folder.
pub(crate) fn behind_a_proxy(of_pipeline: &str) -> Result<(Company, Proxy, Workplace)> {
    let mut company = company(of_pipeline)?;
    let proxy = Proxy::start(company.server.address)?;
    company.place.set("PRACTICE_URL", &proxy.url());
    let mut other = Workplace::new(&company.place.folder, &company.place.now);
    other.set("PRACTICE_URL", &proxy.url());
    Ok((company, proxy, other))
}

pub(crate) const AUTOMATIC: &str = "approval = \"automatic\"";
/// The requests of a bill: the plan asks what the sink can do; then an apply.
pub(crate) const FIRST_DRAFT: u32 = 6;

#[test]
fn two_processes_never_work_on_one_pipeline_at_once() -> Result<()> {
    let (company, proxy, other) = behind_a_proxy(AUTOMATIC)?;
    let (tell, told) = mpsc::channel();
    proxy.before(FIRST_DRAFT, move || {
        let answer = other.expect(0, &ONCE)?;
        Ok(tell.send(answer)?)
    });
    let report = once(&company, 0)?;
    assert_eq!(jobs(&report), ["discover complete", "bill complete"]);
    let second = told.recv()?;
    assert!(
        second
            .stderr
            .contains("another process is at work on this pipeline"),
        "{}",
        second.stderr
    );
    assert_eq!(second.stdout, "nothing was due\n");
    assert_eq!(documents(&company)?.len(), 2);
    Ok(())
}

#[test]
fn sigterm_lets_the_delivery_that_is_sent_end_and_leaves_the_others() -> Result<()> {
    let (company, proxy, _) = behind_a_proxy(AUTOMATIC)?;
    let (tell, told) = mpsc::channel::<u32>();
    proxy.before(FIRST_DRAFT, move || {
        let process = told.recv()?.to_string();
        let sent = Command::new("kill").args(["-TERM", &process]).status()?;
        if !sent.success() {
            bail!("the process {process} is there");
        }
        Ok(())
    });
    let run = company.place.start(&["run"])?;
    tell.send(run.id())?;
    let output = run.wait_with_output()?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    for words in [
        "stopping when the running job is at a safe point",
        "bill of main, due 2026-04-01T04:00:00Z: 2026-03: deliveries: 1 confirmed",
        "what was begun goes on at the next start",
    ] {
        assert!(stderr.contains(words), "`{words}` in {stderr}");
    }
    assert_eq!(documents(&company)?.len(), 1);
    let report = once(&company, 0)?;
    assert_eq!(jobs(&report), ["bill complete"]);
    let reason = report["jobs"][0]["reason"].as_str().unwrap_or_default();
    assert!(
        reason.starts_with("goes on with what was begun"),
        "{reason}"
    );
    assert_eq!(documents(&company)?.len(), 2);
    Ok(())
}

#[test]
fn a_clock_that_jumps_runs_nothing_twice() -> Result<()> {
    let mut company = company(AUTOMATIC)?;
    once(&company, 0)?;
    for back in [
        "2026-04-01T03:59:00Z",
        "2026-03-31T05:00:00Z",
        "2026-03-01T00:00:00Z",
    ] {
        company.place.now = back.to_owned();
        assert_eq!(jobs(&once(&company, 0)?), [""; 0], "{back}");
    }
    assert_eq!(documents(&company)?.len(), 2);
    // A discovery was set back to then; the bill of March stays billed.
    company.place.now = "2026-04-01T05:00:00Z".to_owned();
    assert_eq!(jobs(&once(&company, 0)?), ["discover complete"]);
    assert_eq!(documents(&company)?.len(), 2);
    Ok(())
}

#[test]
fn a_bad_schedule_is_told_with_its_line_and_none_at_all_with_an_example() -> Result<()> {
    let company = Company::new()?;
    let refused = company.place.expect(2, &ONCE)?;
    assert!(
        refused.stderr.contains("no pipeline has a schedule"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("discover = \"0 0 * * * *\""),
        "{}",
        refused.stderr
    );
    company.write_with("discover = \"0 * * * *\"\nbill = \"0 0 6 * * 1\"", "", "")?;
    let refused = company.place.expect(2, &["check"])?;
    for words in [
        "counterfoil.toml:9: `0 * * * *` has 5 fields",
        "hint: the first field is the second: \"0 0 * * * *\"",
        "counterfoil.toml:10: weekday `1` is a number",
    ] {
        assert!(
            refused.stdout.contains(words),
            "`{words}` in {}",
            refused.stdout
        );
    }
    Ok(())
}

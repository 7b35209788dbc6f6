//! A store that is locked, full, read-only, damaged or no store: each is told with its next step, nothing is lost, and the
//! next run ends with the same bill to the cent.

use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;

use anyhow::{Context, Result};
use counterfoil_tests::binary::{Answer, Workplace, binary};
use counterfoil_tests::proxy::Proxy;
use rusqlite::Connection;

use crate::small::{Company, machines};

const PLAN: [&str; 3] = ["plan", "--period", "2026-03"];
const WHAT_IF: [&str; 7] = [
    "what-if",
    "--from",
    "2026-03",
    "--to",
    "2026-03",
    "--candidate",
    "counterfoil.toml",
];
const APPROVE: [&str; 6] = ["approve", "--period", "2026-03", "--all", "--by", "test"];
const APPLY: [&str; 3] = ["apply", "--period", "2026-03"];

fn company() -> Result<Company> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(6))?;
    company.export("2026-03-31", &machines(6))?;
    Ok(company)
}

/// The same call through another program, which takes something away from it.
fn call_through(place: &Workplace, program: &[&str], arguments: &[&str]) -> Result<Answer> {
    let plain = place.command(arguments);
    let mut command = Command::new(program[0]);
    command
        .args(&program[1..])
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(&place.folder);
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.stdin(std::process::Stdio::null()).output();
    Ok(Answer::from(
        output.with_context(|| format!("running {program:?}"))?,
    ))
}

fn told(name: &str, answer: &Answer) -> String {
    let code = answer.status.code().unwrap_or(-1);
    format!(
        "## {name}\nexit {code}\n{}{}\n",
        answer.stdout, answer.stderr
    )
}

/// The call with less and less taken away, until it comes through; what the first and the last refusal said.
fn grow_until_it_works(company: &Company, arguments: &[&str]) -> Result<String> {
    let mut refused = Vec::new();
    for kib in [0, 4, 12, 28, 60, 124, 252, 508, 1020, 2044, 4092, 8188] {
        let limit = format!("--fsize={}", kib * 1024);
        let answer = call_through(&company.place, &["prlimit", &limit], arguments)?;
        match answer.status.code() {
            Some(0) => {
                anyhow::ensure!(!refused.is_empty(), "{arguments:?} never met the limit");
                return Ok(refused.concat());
            }
            Some(code) => assert!(
                matches!(code, 1 | 3 | 4) && answer.stderr.contains("hint:"),
                "{arguments:?} with {kib} KiB ended with {code}\n{}\n{}",
                answer.stdout,
                answer.stderr
            ),
            None => panic!("{arguments:?} was killed with {kib} KiB: {}", answer.status),
        }
        if refused.is_empty() {
            refused.push(told(&arguments.join(" "), &answer));
        }
    }
    panic!("{arguments:?} needs more than the largest limit")
}

#[test]
fn a_disk_that_is_full_loses_nothing_and_bills_nothing_twice() -> Result<()> {
    let undisturbed = company()?;
    undisturbed.bill()?;
    let company = company()?;
    company.compiled_by(&undisturbed)?;
    let mut golden = String::new();
    for arguments in [&["discover"][..], &PLAN, &APPROVE, &APPLY] {
        golden.push_str(&grow_until_it_works(&company, arguments)?);
    }
    insta::assert_snapshot!("full", golden);
    assert_eq!(company.posted_nets()?, undisturbed.posted_nets()?);
    assert_eq!(company.planned_effects()?, 0);
    company
        .place
        .expect(0, &["reconcile", "--period", "2026-03"])?;
    company.place.expect(0, &["verify"])?;
    Ok(())
}

fn broken(name: &str, good: &[u8]) -> Vec<u8> {
    match name {
        "random bytes" => (0..100_000_u32)
            .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1])
            .collect(),
        "a text" => b"counterfoils of March\n".to_vec(),
        "half of it" => good[..good.len() / 2].to_vec(),
        "overwritten pages" => {
            let mut bytes = good.to_vec();
            bytes[3 * 8192..20 * 8192]
                .iter_mut()
                .for_each(|byte| *byte ^= 0xff);
            bytes
        }
        _ => good.to_vec(),
    }
}

#[test]
fn what_is_no_sound_store_is_told_and_left_as_it_is() -> Result<()> {
    let company = company()?;
    company.bill()?;
    let nets = company.posted_nets()?;
    let copy = company.folder().join("copy.db");
    let copy = copy.to_str().context("a path of text")?;
    company.place.expect(0, &["backup", copy])?;
    let store = company.store();
    let good = std::fs::read(&store)?;
    let mut golden = String::new();
    for name in ["random bytes", "a text", "half of it", "overwritten pages"] {
        let bytes = broken(name, &good);
        std::fs::write(&store, &bytes)?;
        let answer = company.place.expect(1, &PLAN)?;
        golden.push_str(&told(name, &answer));
        // Whatever asks is told what to do next.
        let asked = company.place.expect(1, &WHAT_IF)?;
        assert!(asked.stderr.contains("hint: "), "{name}: {}", asked.stderr);
        assert_eq!(std::fs::read(&store)?, bytes, "{name} is left as it is");
        company.place.expect(0, &["restore", copy, "--replace"])?;
        assert_eq!(company.planned_effects()?, 0, "after {name}");
    }
    for (name, sql) in [
        ("of another program", "CREATE TABLE music (title TEXT)"),
        (
            "of a newer version",
            "INSERT INTO _sqlx_migrations VALUES (99990101000000, 'later', '2030-01-01', TRUE, x'00', 1)",
        ),
        (
            "of another build",
            "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = (SELECT min(version) FROM _sqlx_migrations)",
        ),
    ] {
        if name == "of another program" {
            std::fs::remove_file(&store)?;
        }
        Connection::open(&store)?.execute_batch(sql)?;
        let before = std::fs::read(&store)?;
        let answer = company.place.expect(1, &PLAN)?;
        golden.push_str(&told(name, &answer));
        assert_eq!(std::fs::read(&store)?, before, "{name} is left as it is");
        std::fs::write(&store, &good)?;
    }
    std::fs::remove_file(&store)?;
    std::fs::create_dir(&store)?;
    golden.push_str(&told("a folder", &company.place.expect(1, &PLAN)?));
    std::fs::remove_dir(&store)?;
    std::fs::write(&store, &good)?;
    insta::assert_snapshot!("unsound", golden);
    company.place.expect(0, &["verify"])?;
    assert_eq!(company.planned_effects()?, 0);
    assert_eq!(company.posted_nets()?, nets);
    Ok(())
}

/// A user who is not root, where the tests run as root. None where the system has no way, or the binary is out of reach.
fn somebody() -> Option<&'static [&'static str]> {
    let id = Command::new("id").arg("-u").output().ok()?;
    if id.stdout != b"0\n" {
        return Some(&["env"]);
    }
    let nobody = &[
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
    ];
    let tried = Command::new(nobody[0])
        .args(&nobody[1..])
        .arg(binary())
        .arg("--version")
        .output();
    tried
        .is_ok_and(|tried| tried.status.success())
        .then_some(nobody)
}

fn permit(path: &Path, mode: u32) -> Result<()> {
    Ok(std::fs::set_permissions(
        path,
        Permissions::from_mode(mode),
    )?)
}

#[test]
fn a_store_that_may_not_be_written_is_told_before_anything_is_done() -> Result<()> {
    let Some(somebody) = somebody() else {
        eprintln!("skipped: nobody but root can run the binary here");
        return Ok(());
    };
    let company = company()?;
    company.place.expect(0, &["discover"])?;
    let (folder, store) = (&company.place.folder, company.store());
    let before = std::fs::read(&store)?;
    let mut golden = String::new();
    permit(company.folder(), 0o755)?;
    permit(folder, 0o555)?;
    permit(&store, 0o444)?;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with("-lock") {
            std::fs::remove_file(path)?;
        }
    }
    golden.push_str(&told(
        "folder",
        &call_through(&company.place, somebody, &PLAN)?,
    ));
    permit(folder, 0o777)?;
    golden.push_str(&told(
        "file",
        &call_through(&company.place, somebody, &PLAN)?,
    ));
    permit(&store, 0o644)?;
    insta::assert_snapshot!("read_only", golden);
    assert_eq!(std::fs::read(&store)?, before);
    for lock in ["apply", "open"] {
        let lock = folder.join(format!("counterfoil.db.{lock}-lock"));
        if lock.exists() {
            std::fs::remove_file(lock)?;
        }
    }
    company.bill()?;
    assert_eq!(company.posted_nets()?.len(), 2);
    Ok(())
}

#[test]
fn a_second_process_on_the_store_is_told_to_wait() -> Result<()> {
    let company = company()?;
    company.place.expect(0, &["discover"])?;
    company.plan_and_approve()?;
    let mut golden = String::new();
    for (stage, arguments) in [("discover", &["discover"][..]), ("apply", &APPLY)] {
        let path = company
            .place
            .folder
            .join(format!("counterfoil.db.{stage}-lock"));
        let held = OpenOptions::new().create(true).append(true).open(path)?;
        File::lock(&held)?;
        golden.push_str(&told(stage, &company.place.expect(1, arguments)?));
        drop(held);
        company.place.expect(0, arguments)?;
    }
    let held = Connection::open(company.store())?;
    held.execute_batch("BEGIN IMMEDIATE")?;
    golden.push_str(&told("locked", &company.place.expect(1, &PLAN)?));
    drop(held);
    company.place.expect(0, &PLAN)?;
    insta::assert_snapshot!("second", golden);
    assert_eq!(company.posted_nets()?.len(), 2);
    Ok(())
}

#[test]
fn a_store_that_is_locked_while_something_is_sent_bills_nothing_twice() -> Result<()> {
    let mut company = company()?;
    company.place.expect(0, &["discover"])?;
    let proxy = Proxy::start(company.server.address)?;
    // The address is a part of what was planned.
    company.place.set("PRACTICE_URL", &proxy.url());
    company.plan_and_approve()?;
    let (tell, held) = mpsc::channel();
    let store = company.store();
    proxy.before(5, move || {
        let connection = Connection::open(store)?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        tell.send(connection).ok().context("the test waits for it")
    });
    let answer = company.place.call(&APPLY)?;
    let held = held.recv()?;
    assert_eq!(
        answer.status.code(),
        Some(1),
        "{}\n{}",
        answer.stdout,
        answer.stderr
    );
    for words in [
        "database is locked",
        "hint: another process writes to the store",
    ] {
        assert!(
            answer.stderr.contains(words),
            "`{words}` in {}",
            answer.stderr
        );
    }
    drop(held);
    company.place.expect(0, &APPLY)?;
    assert_eq!(company.posted()?.len(), 2);
    company
        .place
        .expect(0, &["reconcile", "--period", "2026-03"])?;
    Ok(())
}

//! Copies of the store and their way back: whole, never over something else, and nothing billed twice afterwards.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result};
use counterfoil_tests::binary::{binary, connectors};
use serde_json::Value;

use crate::small::{Company, machines};

fn billed() -> Result<Company> {
    let company = Company::new()?;
    for day in ["2026-03-01", "2026-03-31"] {
        company.export(day, &machines(4))?;
    }
    company.bill()?;
    Ok(company)
}

fn copy_of(company: &Company) -> String {
    company.folder().join("copy.db").display().to_string()
}

fn documents(company: &Company) -> Result<Vec<Value>> {
    let page = company.server.get("/api/v1/documents?limit=100")?;
    Ok(page["items"]
        .as_array()
        .context("a page has items")?
        .clone())
}

/// Plans, approves and applies April.
fn bill_april(company: &Company) -> Result<Value> {
    let april = ["--period", "2026-04"];
    company.export("2026-04-30", &machines(4))?;
    company.place.call(&["discover"])?;
    company.place.expect(0, &[&["plan"][..], &april].concat())?;
    let approve = [&["approve", "--all", "--by", "test"][..], &april].concat();
    company.place.expect(0, &approve)?;
    company.place.json(&[&["apply"][..], &april].concat())
}

#[test]
fn after_a_restore_what_was_sent_since_is_adopted_and_nothing_is_sent_twice() -> Result<()> {
    let mut company = billed()?;
    let copy = copy_of(&company);
    let made = company.place.json(&["backup", &copy])?;
    assert_eq!(made["chains"][0]["counterfoils"], 2);
    company.place.now = "2026-05-02T06:00:00Z".to_owned();
    bill_april(&company)?;
    let before = documents(&company)?;
    assert_eq!(before.len(), 4);

    let refused = company.place.expect(1, &["restore", &copy])?;
    assert!(
        refused.stderr.contains("there is a store"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("hint: --replace"),
        "{}",
        refused.stderr
    );
    let restored = company.place.json(&["restore", &copy, "--replace"])?;
    assert_eq!(restored["chains"][0]["head"], made["chains"][0]["head"]);
    let aside = restored["aside"].as_str().context("the store is kept")?;
    let aside = company.place.folder.join(aside);
    assert!(
        aside.ends_with("counterfoil.db.replaced-20260502T060000Z") && aside.exists(),
        "{}",
        aside.display()
    );

    let report = bill_april(&company)?;
    let states: Vec<&Value> = report["deliveries"]
        .as_array()
        .context("a report lists")?
        .iter()
        .map(|delivery| &delivery["state"])
        .collect();
    assert_eq!(states, ["confirmed", "confirmed"]);
    assert_eq!(
        documents(&company)?,
        before,
        "nothing new and nothing changed"
    );
    for period in ["2026-03", "2026-04"] {
        company
            .place
            .expect(0, &["reconcile", "--period", period])?;
    }
    company.place.expect(0, &["verify"])?;
    Ok(())
}

#[test]
fn a_copy_of_another_store_takes_the_place_of_none_that_has_sent() -> Result<()> {
    let company = billed()?;
    let other = billed()?;
    let copy = copy_of(&other);
    other.place.expect(0, &["backup", &copy])?;
    let refused = company
        .place
        .expect(1, &["restore", &copy, "--replace"])?
        .stderr;
    assert!(
        refused
            .contains("is a copy of another store, and the one that is there has sent documents"),
        "{refused}"
    );
    assert!(refused.contains("hint: under its own references it would send all of them again"));
    let stands = documents(&company)?;
    company.place.expect(0, &["plan", "--period", "2026-03"])?;
    company.place.expect(0, &["verify"])?;
    assert_eq!(documents(&company)?, stands);
    Ok(())
}

#[test]
fn a_backup_overwrites_nothing_and_says_where_it_cannot_write() -> Result<()> {
    let company = billed()?;
    let copy = copy_of(&company);
    let told = company.place.expect(0, &["backup", &copy])?.stdout;
    assert!(
        told.contains("main: 2 counterfoils, the chain is whole"),
        "{told}"
    );
    let bytes = std::fs::read(&copy)?;
    let refused = company.place.expect(1, &["backup", &copy])?;
    assert!(
        refused.stderr.contains("it is there already"),
        "{}",
        refused.stderr
    );
    assert_eq!(std::fs::read(&copy)?, bytes);
    let nowhere = company.folder().join("nowhere").join("copy.db");
    let nowhere = nowhere.display().to_string();
    let refused = company.place.expect(1, &["backup", &nowhere])?;
    for words in [
        "error: write ",
        "nowhere/copy.db: No such file",
        "hint: name a file in a folder",
    ] {
        assert!(
            refused.stderr.contains(words),
            "`{words}` in {}",
            refused.stderr
        );
    }
    Ok(())
}

#[test]
fn a_full_disk_leaves_nothing_behind() -> Result<()> {
    let company = billed()?;
    let copy = copy_of(&company);
    // No file may grow beyond 64 blocks of 512 bytes; the copy needs more.
    let script = format!("trap '' XFSZ; ulimit -f 64; exec \"$0\" backup '{copy}'");
    let output = Command::new("sh")
        .args(["-c", &script])
        .arg(binary())
        .current_dir(&company.place.folder)
        .env("COUNTERFOIL_CONNECTORS", connectors())
        .envs(company.place.environment.iter().cloned())
        .output()?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("copy.db: the disk is full"), "{stderr}");
    assert!(stderr.contains("hint: make room"), "{stderr}");
    let left: Vec<PathBuf> = std::fs::read_dir(company.folder())?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    let is_of_copy = |path: &&PathBuf| path.to_string_lossy().contains("copy.db");
    assert_eq!(left.iter().find(is_of_copy), None);
    company.place.expect(0, &["verify"])?;
    Ok(())
}

/// On a disk of its own, which is really full: `SQLite` then leaves its journal beside the copy.
#[test]
fn a_copy_that_found_no_room_leaves_no_journal() -> Result<()> {
    let company = billed()?;
    let disk = company.folder().join("disk");
    std::fs::create_dir(&disk)?;
    let disk = disk.display().to_string();
    let script = format!(
        "mount -t tmpfs -o size=128k none '{disk}' || exit 77\n\"$0\" backup '{disk}/copy.db'\necho \"exit $?\"\nls -A '{disk}'"
    );
    let mut refused = String::new();
    // Anybody may mount within a user namespace where the system has them; else it takes root.
    for own in ["-rm", "-m"] {
        let output = Command::new("unshare")
            .args([own, "sh", "-c", &script])
            .arg(binary())
            .current_dir(&company.place.folder)
            .env("COUNTERFOIL_CONNECTORS", connectors())
            .envs(company.place.environment.iter().cloned())
            .output();
        match output {
            Ok(output) if output.status.success() => {
                no_journal(&output);
                return Ok(());
            }
            Ok(output) => refused.push_str(&String::from_utf8_lossy(&output.stderr)),
            Err(error) => refused.push_str(&error.to_string()),
        }
    }
    // Where nobody reads what was skipped it has to run.
    assert!(
        std::env::var_os("CI").is_none(),
        "this system mounts no disk of its own: {refused}"
    );
    eprintln!("skipped: this system mounts no disk of its own: {refused}");
    Ok(())
}

fn no_journal(output: &Output) {
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "exit 1\n",
        "{stderr}"
    );
    assert!(stderr.contains("copy.db: the disk is full"), "{stderr}");
}

#[test]
fn what_is_wrong_with_the_store_is_told_of_the_store() -> Result<()> {
    let company = billed()?;
    let good = std::fs::read(company.store())?;
    let copy = copy_of(&company);
    let told = |bytes: &[u8], words: [&str; 3]| -> Result<()> {
        std::fs::write(company.store(), bytes)?;
        let stderr = company.place.expect(1, &["backup", &copy])?.stderr;
        for word in words {
            assert!(stderr.contains(word), "`{word}` in {stderr}");
        }
        assert!(!Path::new(&copy).exists(), "{stderr}");
        Ok(())
    };
    let mut edited = good.clone();
    let body = br#"{"action":"created","confirmed":"2026-04-0"#;
    let found = edited.windows(body.len()).position(|window| window == body);
    edited[found.context("the store holds a counterfoil")? + body.len()] = b'2';
    told(
        &edited,
        [
            "counterfoil.db: its counterfoils do not verify",
            "find out who wrote to the file",
            "`counterfoil restore COPY --replace`",
        ],
    )?;
    let mut damaged = good;
    let middle = damaged.len() / 2;
    damaged[middle..middle + 8192].fill(0xA5);
    told(
        &damaged,
        [
            "counterfoil.db: it is damaged",
            "stop whatever uses it",
            "`counterfoil restore COPY --replace`",
        ],
    )
}

fn refused(company: &Company, file: &Path, words: &[&str]) -> Result<()> {
    let file = file.display().to_string();
    let answer = company.place.expect(1, &["restore", &file, "--replace"])?;
    for words in words {
        assert!(
            answer.stderr.contains(words),
            "`{words}` in {}",
            answer.stderr
        );
    }
    Ok(())
}

#[test]
fn what_is_no_whole_copy_is_refused_and_the_store_stays() -> Result<()> {
    let company = billed()?;
    let copy = PathBuf::from(copy_of(&company));
    company.place.expect(0, &["backup", &copy_of(&company)])?;
    let store = std::fs::read(company.store())?;
    let broken = company.folder().join("broken.db");
    refused(
        &company,
        &broken,
        &["error: read ", "No such file", "`counterfoil backup` wrote"],
    )?;
    std::fs::write(&broken, "month,total\n2026-03,1\n")?;
    refused(&company, &broken, &["it is no store of counterfoil"])?;
    let mut bytes = std::fs::read(&copy)?;
    let body = br#"{"action":"created","confirmed":"2026-04-0"#;
    let found = bytes.windows(body.len()).position(|window| window == body);
    let at = found.context("the copy holds a counterfoil")? + body.len();
    bytes[at] = b'2';
    std::fs::write(&broken, &bytes)?;
    refused(
        &company,
        &broken,
        &[
            "verify the copy ",
            "broken.db: the chain of counterfoils is broken",
            "take an earlier copy",
        ],
    )?;
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xA5);
    std::fs::write(&broken, &bytes)?;
    refused(&company, &broken, &["broken.db: it is damaged"])?;
    std::fs::copy(&copy, &broken)?;
    std::fs::write(company.folder().join("broken.db-wal"), "log")?;
    refused(&company, &broken, &["its write-ahead log stands beside it"])?;
    assert_eq!(
        std::fs::read(company.store())?,
        store,
        "the store stays as it was"
    );
    Ok(())
}

#[test]
fn a_store_in_use_is_copied_and_not_replaced() -> Result<()> {
    let company = billed()?;
    company.write_with("discover = \"0 0 3 * * *\"", "", "")?;
    let mut command = company.place.command(&["run"]);
    let mut run = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let stderr = run.stderr.take().context("its standard error is piped")?;
    let mut lines = BufReader::new(stderr).lines();
    let is_told = |line: &std::io::Result<String>| {
        line.as_ref()
            .is_ok_and(|line| line.contains("discover of main"))
    };
    assert!(lines.any(|line| is_told(&line)), "it has discovered");
    let copy = copy_of(&company);
    company.place.expect(0, &["backup", &copy])?;
    refused(
        &company,
        Path::new(&copy),
        &[
            "counterfoil.db: another process has it open",
            "stop `counterfoil run`",
        ],
    )?;
    let process = run.id().to_string();
    Command::new("kill").args(["-TERM", &process]).status()?;
    assert_eq!(run.wait()?.code(), Some(0));
    company.place.expect(0, &["restore", &copy, "--replace"])?;
    company.place.expect(0, &["verify"])?;
    Ok(())
}

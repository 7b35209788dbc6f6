//! Commands that are interrupted: they end at a safe point, say so, and the next run goes on.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, Command};
use std::sync::mpsc;

use anyhow::{Context, Result};
use counterfoil_tests::binary::Workplace;
use counterfoil_tests::proxy::Proxy;
use serde_json::Value;

use crate::effects::{APPLY, DRAFT, apply, behind_a_proxy, documents};
use crate::paged::Paged;

/// Ctrl-C while the first document is on its way.
#[test]
fn an_apply_that_is_interrupted_ends_behind_its_delivery_and_goes_on_the_next_time() -> Result<()> {
    let (company, proxy, _) = behind_a_proxy()?;
    let (sender, process) = std::sync::mpsc::channel::<u32>();
    proxy.before(DRAFT, move || {
        let process = process.recv()?.to_string();
        let killed = std::process::Command::new("kill")
            .args(["-INT", &process])
            .status()?;
        assert!(killed.success());
        Ok(())
    });
    let started = company.place.start(&APPLY)?;
    sender.send(started.id())?;
    let ended = started.wait_with_output()?;
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{told}");
    assert!(
        told.contains("stopping after the delivery that is being sent"),
        "{told}"
    );
    let shown = String::from_utf8_lossy(&ended.stdout);
    assert!(shown.contains("what was sent is kept"), "{shown}");
    assert_eq!(documents(&company)?.len(), 1);
    apply(&company, 0)?;
    assert_eq!(documents(&company)?.len(), 2);
    company.place.expect(0, &["verify"])?;
    Ok(())
}

/// Seven machines on three pages of a service, and two in a file.
const PIPELINE: &str = r#"[store]
url = "sqlite:counterfoil.db"

[pipeline.main]
issuer = "Test"
timezone = "UTC"
price_book = "standard"

[[pipeline.main.source]]
name = "files"
plugin = "spreadsheet"
grant = { files = "exports" }
config = { files = "vms-*.csv", date = "vms-{date}.csv", id = "Id", kind = "host", attribute = { cpu = { column = "CPU" } } }

[[pipeline.main.source]]
name = "nautobot"
plugin = "nautobot"
grant = { http = ["${env:NAUTOBOT_URL}"] }
credential = { api = { token = "t0p" } }
config = { url = "${env:NAUTOBOT_URL}", page_size = 3, kinds = ["virtual-machine"] }

[[pipeline.main.source]]
name = "more"
plugin = "spreadsheet"
grant = { files = "more" }
config = { files = "vms-*.csv", date = "vms-{date}.csv", id = "Id", kind = "host", attribute = { cpu = { column = "CPU" } } }

[price_book.standard]
"#;

fn sources(folder: &Path) -> Result<(Paged, Proxy, Workplace)> {
    let paged = Paged::start(7)?;
    let proxy = Proxy::start(paged.address)?;
    std::fs::write(folder.join("counterfoil.toml"), PIPELINE)?;
    for (name, rows) in [("exports", "F-1,2\nF-2,4\n"), ("more", "M-1,8\n")] {
        std::fs::create_dir(folder.join(name))?;
        let text = format!("Id,CPU\n{rows}");
        std::fs::write(folder.join(name).join("vms-2026-02-28.csv"), text)?;
    }
    let mut place = Workplace::new(folder, "2026-03-01T00:00:00Z");
    place.set("NAUTOBOT_URL", &proxy.url());
    Ok((paged, proxy, place))
}

fn interrupt(process: u32) -> Result<()> {
    let process = process.to_string();
    let killed = Command::new("kill").args(["-INT", &process]).status()?;
    assert!(killed.success());
    Ok(())
}

/// Presses Ctrl-C while the second page is asked for, as often as it is said; answers what was told after each.
fn pressed(times: usize, proxy: &Proxy, place: &Workplace) -> Result<(Child, Vec<String>)> {
    let (sender, process) = mpsc::channel::<(u32, ChildStderr)>();
    let (told, heard) = mpsc::channel();
    proxy.before(2, move || {
        let (process, stderr) = process.recv()?;
        let mut stderr = BufReader::new(stderr);
        for _ in 0..times {
            interrupt(process)?;
            let mut line = String::new();
            stderr.read_line(&mut line)?;
            told.send(line)?;
        }
        Ok(())
    });
    let mut child = place.start(&["discover"])?;
    let stderr = child.stderr.take().context("its errors")?;
    sender.send((child.id(), stderr))?;
    let lines = (0..times).map(|_| Ok(heard.recv()?));
    let lines = lines.collect::<Result<_>>()?;
    Ok((child, lines))
}

fn resources(place: &Workplace) -> Result<usize> {
    let listed = place.json(&["inventory", "list"])?;
    Ok(listed["resources"].as_array().context("a list")?.len())
}

#[test]
fn a_discover_that_is_interrupted_ends_behind_its_listing_and_goes_on_the_next_time() -> Result<()>
{
    let folder = tempfile::tempdir()?;
    let (_paged, proxy, mut place) = sources(folder.path())?;
    let (mut child, told) = pressed(1, &proxy, &place)?;
    assert_eq!(
        told,
        ["stopping after the listing that is being read; once more stops at once\n"]
    );
    let mut shown = String::new();
    let mut stdout = child.stdout.take().context("its output")?;
    stdout.read_to_string(&mut shown)?;
    assert_eq!(child.wait()?.code(), Some(130), "{shown}");
    assert!(shown.contains("2 listings taken in"), "{shown}");
    assert!(
        shown.contains("stopped: what was taken in is saved; run `counterfoil discover` again"),
        "{shown}"
    );
    "2026-03-01T01:00:00Z".clone_into(&mut place.now);
    assert_eq!(
        resources(&place)?,
        9,
        "the file, and the listing to its end"
    );
    let status = place.json(&["status"])?;
    assert_eq!(status["pipelines"][0]["stages"][0]["outcome"], "partial");
    let rest: Value = place.json(&["discover"])?;
    assert_eq!(rest["stopped"], false);
    "2026-03-01T02:00:00Z".clone_into(&mut place.now);
    assert_eq!(resources(&place)?, 10);
    Ok(())
}

#[test]
fn a_second_ctrl_c_ends_within_a_listing_of_which_nothing_is_kept() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_paged, proxy, mut place) = sources(folder.path())?;
    let (mut child, told) = pressed(2, &proxy, &place)?;
    assert_eq!(child.wait()?.code(), Some(130));
    assert_eq!(
        told[1],
        "stopped at once: the listings before this one are saved, of this one nothing; run it again to go on\n"
    );
    "2026-03-01T01:00:00Z".clone_into(&mut place.now);
    assert_eq!(resources(&place)?, 2, "the file alone");
    let rest = place.json(&["discover"])?;
    assert_eq!(rest["failures"], Value::Array(Vec::new()), "{rest:#}");
    "2026-03-01T02:00:00Z".clone_into(&mut place.now);
    assert_eq!(resources(&place)?, 10);
    Ok(())
}

//! The shared workload of a month, small, through the real binary: the lines equal the reference's byte for byte.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use counterfoil_benches::lines;
use counterfoil_benches::workload::Workload;
use counterfoil_tests::binary::{Workplace, repository};

/// Names the folder with the workload's generator and its reference.
const WORKLOAD: &str = "COUNTERFOIL_WORKLOAD";
const DAYS: u32 = 30;

/// `None` where the workload is not there, which is said.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn scripts() -> Option<PathBuf> {
    let named = std::env::var_os(WORKLOAD).map(PathBuf::from);
    let folder = named.unwrap_or_else(|| repository().join("../shared/bench"));
    if folder.join("job_python.py").exists() {
        return Some(folder);
    }
    eprintln!(
        "left out: {WORKLOAD} does not name the folder of the workload, and it is not beside the repository"
    );
    None
}

fn python(script: &Path, arguments: &[&str]) -> Result<()> {
    let output = Command::new("python3")
        .arg(script)
        .args(arguments)
        .output()?;
    if !output.status.success() {
        bail!(
            "{}: {}",
            script.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

fn equals_reference(seed: &str, rules: &str, has_suspense: bool) -> Result<()> {
    let Some(scripts) = scripts() else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let (data_text, out) = (
        data.display().to_string(),
        folder.path().join("reference.csv"),
    );
    // So many changes that most resources change in the month, and every rule of change is met.
    python(
        &scripts.join("gen.py"),
        &[
            "--out",
            &data_text,
            "--n",
            "400",
            "--days",
            "30",
            "--change",
            "0.05",
            "--customers",
            "300",
            "--rules",
            "200,1000",
            "--seed",
            seed,
        ],
    )?;
    python(
        &scripts.join("job_python.py"),
        &[&data_text, &out.display().to_string(), "--rules", rules],
    )?;
    let pipeline = folder.path().join("pipeline");
    let rules = rules.to_owned();
    Workload { data, rules }.write_pipeline(&pipeline)?;
    let place = Workplace::new(pipeline, "2026-10-01T06:00:00Z");
    let discovered = place.json(&["discover"])?;
    let listings = discovered["listings"].as_array().map_or(0, Vec::len);
    assert_eq!(listings, DAYS as usize);
    let answer = place.expect(0, &["rate", "--period", "2026-09", "--json"])?;
    let ours = lines::of_answer(&answer.stdout, DAYS)?;
    let reference = std::fs::read_to_string(out)?;
    // A thousand rules know every customer.
    assert_eq!(reference.contains("\nUNASSIGNED,"), has_suspense);
    assert!(reference.lines().count() > 200, "{reference}");
    for (number, (own, other)) in ours.lines().zip(reference.lines()).enumerate() {
        assert_eq!(own, other, "line {number}");
    }
    assert_eq!(ours, reference);
    Ok(())
}

#[test]
fn two_hundred_rules_give_the_lines_of_the_reference() -> Result<()> {
    equals_reference("20260901", "rules.json", true)
}

#[test]
fn a_thousand_rules_give_the_lines_of_the_reference_for_another_seed() -> Result<()> {
    equals_reference("7", "rules-1000.json", false)
}

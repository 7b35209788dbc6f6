//! Configurations with mistakes, each with what `check` says of it beside it: errors/config/NAME/expected.snap.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use counterfoil_tests::binary::{Workplace, connectors, copy_folder, repository};

const NOW: &str = "2026-03-27T12:00:00Z";

fn cases() -> Result<Vec<PathBuf>> {
    let folder = repository().join("tests/tests/errors/config");
    let entries = std::fs::read_dir(&folder).context("list the cases")?;
    let mut cases: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    cases.sort();
    Ok(cases)
}

/// What `check` prints of a copy of the case, without the paths of this machine.
fn answer(case: &Path) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let place = folder.path().join("case");
    copy_folder(case, &place)?;
    let answer = Workplace::new(&place, NOW).call(&["check"])?;
    let code = answer.status.code().context("check was killed")?;
    let text = format!("exit {code}\n\n{}{}", answer.stdout, answer.stderr);
    anyhow::ensure!(!place.join("counterfoil.db").exists(), "check made a store");
    Ok(text
        .replace(&format!("{}/", place.display()), "")
        .replace(&connectors().display().to_string(), "CONNECTORS"))
}

#[test]
fn every_mistake_has_its_message() -> Result<()> {
    let cases = cases()?;
    anyhow::ensure!(cases.len() >= 15, "the cases are not where they were");
    for case in cases {
        let answer = answer(&case).with_context(|| format!("check {}", case.display()))?;
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

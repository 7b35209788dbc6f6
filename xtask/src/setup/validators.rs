//! Makes a place for the official validators: a Python environment with pinned packages, outside of the clone, made once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::{Workspace, cache};

/// Which packages, each with its version.
const REQUIREMENTS: &str = "tests/validators/requirements.txt";
/// Names a Python where none is found by itself.
const PYTHON: &str = "COUNTERFOIL_PYTHON";
/// The validator of FOCUS needs it.
const MINOR_MIN: u32 = 12;
/// Made last, with the packages that were installed: without it an environment was left half made.
const STAMP: &str = "counterfoil-requirements.txt";
/// Prints the version where the modules are there that an environment is made with.
const PROBE: &str =
    "import ensurepip, sys, venv; print(sys.version_info.major, sys.version_info.minor)";

/// The interpreter of the environment.
pub(crate) fn run(workspace: &Workspace) -> Result<PathBuf> {
    let path = workspace.root.join(REQUIREMENTS);
    let requirements =
        fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let folder = cache()?.join("validators");
    let _lock = locked(&folder)?;
    let interpreter = folder.join("bin/python");
    if is_complete(&folder, &requirements) && version(&interpreter).is_some() {
        return Ok(interpreter);
    }
    let python = find(candidates())?;
    process::say(&format!(
        "the official validators: installing them into {} (2 minutes)",
        folder.display()
    ));
    let mut make = Command::new(&python);
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    process::run(&mut make)?;
    let mut install = Command::new(&interpreter);
    install
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .arg("--requirement")
        .arg(&path);
    process::output(&mut install)
        .context("install the official validators; pip needs a package index that it can reach")?;
    fs::write(folder.join(STAMP), &requirements)
        .with_context(|| format!("write into {}", folder.display()))?;
    Ok(interpreter)
}

/// Clones share the environment: another one that makes it is waited for.
fn locked(folder: &Path) -> Result<fs::File> {
    let path = folder.with_extension("lock");
    let lock = path
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::File::create(&path))
        .and_then(|file| file.lock().map(|()| file));
    lock.with_context(|| format!("lock {}", path.display()))
}

fn is_complete(folder: &Path, requirements: &str) -> bool {
    let installed = fs::read_to_string(folder.join(STAMP));
    installed.is_ok_and(|installed| installed == requirements)
}

/// The oldest that is new enough: packages come late to the newest. A name on the path may be a shim of a version that is not
/// there.
fn find(candidates: Vec<PathBuf>) -> Result<PathBuf> {
    let mut seen = Vec::new();
    let mut found: Option<(u32, PathBuf)> = None;
    for candidate in candidates {
        match version(&candidate) {
            Some((3, minor))
                if minor >= MINOR_MIN
                    && found.as_ref().is_none_or(|(oldest, _)| minor < *oldest) =>
            {
                found = Some((minor, candidate));
            }
            Some((major, minor)) => {
                seen.push(format!("{} is Python {major}.{minor}", candidate.display()));
            }
            None => {}
        }
    }
    if let Some((_, python)) = found {
        return Ok(python);
    }
    let seen = if seen.is_empty() {
        "no Python was found that can make an environment (modules venv and ensurepip)".to_owned()
    } else {
        seen.join("\n  ")
    };
    bail!(
        "the official validators need Python 3.{MINOR_MIN} or newer, with the modules venv and ensurepip\n  {seen}\n\
         hint: install one (on Debian python3.12 and python3.12-venv), or set {PYTHON} to the path of one"
    )
}

/// A Python that is named is the only one; else those on the path, and those of pyenv.
fn candidates() -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os(PYTHON) {
        return vec![PathBuf::from(named)];
    }
    let names = ["python3.12", "python3.13", "python3"];
    let mut candidates: Vec<PathBuf> = names.map(PathBuf::from).into();
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".pyenv"));
    if let Some(root) = std::env::var_os("PYENV_ROOT").map(PathBuf::from).or(home) {
        let versions = fs::read_dir(root.join("versions"));
        let versions = versions.into_iter().flatten().flatten();
        let mut pythons: Vec<PathBuf> = versions
            .map(|version| version.path().join("bin/python3"))
            .collect();
        pythons.sort();
        candidates.extend(pythons);
    }
    candidates
}

fn version(python: &Path) -> Option<(u32, u32)> {
    let answer = process::output(Command::new(python).args(["-c", PROBE]));
    answer.ok().and_then(|answer| parsed(&answer))
}

fn parsed(answer: &str) -> Option<(u32, u32)> {
    let (major, minor) = answer.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_python_is_asked_and_not_presumed() {
        assert_eq!(parsed("3 12\n"), Some((3, 12)));
        assert_eq!(parsed("Python 3.12.1"), None);
        for no_python in ["false", "echo", "no-such-python"] {
            assert_eq!(version(Path::new(no_python)), None, "{no_python}");
        }
    }

    #[test]
    fn who_has_no_python_is_told_what_is_missing() {
        let error = find(vec![PathBuf::from("false")]).unwrap_err().to_string();
        assert!(error.contains("need Python 3.12 or newer"), "{error}");
        assert!(error.contains("no Python was found"), "{error}");
        assert!(error.contains("hint: "), "{error}");
    }

    #[test]
    fn an_environment_is_reused_when_its_packages_are_those_of_now() {
        let name = format!("counterfoil-validators-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        assert!(!is_complete(&folder, "a==1"));
        fs::write(folder.join(STAMP), "a==1").unwrap();
        assert!(is_complete(&folder, "a==1"));
        assert!(!is_complete(&folder, "a==2"));
        fs::remove_dir_all(folder).unwrap();
    }
}

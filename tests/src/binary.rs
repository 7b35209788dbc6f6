//! Runs the real `counterfoil` in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// A pipeline's folder, and how the binary is called in it.
#[derive(Debug, Clone)]
pub struct Workplace {
    pub folder: PathBuf,
    pub now: String,
    pub environment: Vec<(String, String)>,
}

/// What a call answered.
#[derive(Debug)]
pub struct Answer {
    pub stdout: String,
    pub stderr: String,
    pub status: ExitStatus,
}

impl Workplace {
    pub fn new(folder: impl Into<PathBuf>, now: &str) -> Self {
        Self {
            folder: folder.into(),
            now: now.to_owned(),
            environment: Vec::new(),
        }
    }

    /// A copy of an example's folder, without what a run leaves behind.
    pub fn of_example(name: &str, to: &Path, now: &str) -> Result<Self> {
        copy_folder(&repository().join("examples").join(name), to)?;
        Ok(Self::new(to, now))
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .arg("--now")
            .arg(&self.now)
            .current_dir(&self.folder);
        command
            .env("COUNTERFOIL_CONNECTORS", connectors())
            .env("NO_COLOR", "1")
            .env_remove("RUST_BACKTRACE");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// Runs it to its end, whatever that is.
    pub fn call(&self, arguments: &[&str]) -> Result<Answer> {
        let output = self
            .command(arguments)
            .output()
            .with_context(|| format!("running {}", binary().display()))?;
        Ok(Answer::from(output))
    }

    /// Runs it and expects an exit code.
    pub fn expect(&self, code: i32, arguments: &[&str]) -> Result<Answer> {
        let answer = self.call(arguments)?;
        if answer.status.code() != Some(code) {
            bail!(
                "`counterfoil {}` ended with {} instead of {code}\nstdout:\n{}\nstderr:\n{}",
                arguments.join(" "),
                answer.status,
                answer.stdout,
                answer.stderr
            );
        }
        Ok(answer)
    }

    /// Runs it with `--json`, expects success, and reads the answer.
    pub fn json(&self, arguments: &[&str]) -> Result<Value> {
        self.json_with(0, arguments)
    }

    pub fn json_with(&self, code: i32, arguments: &[&str]) -> Result<Value> {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        let answer = self.expect(code, &arguments)?;
        serde_json::from_str(&answer.stdout)
            .with_context(|| format!("reading JSON:\n{}", answer.stdout))
    }

    /// Starts it and does not wait.
    pub fn start(&self, arguments: &[&str]) -> Result<Child> {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
            .spawn()
            .with_context(|| format!("starting {}", binary().display()))
    }
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            status: output.status,
        }
    }
}

/// The root of the repository, as cargo says now: a test program in a target directory that clones share may have been
/// compiled in another clone.
pub fn repository() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
    Path::new(&package)
        .parent()
        .expect("the tests stand in the repository")
        .to_path_buf()
}

/// Beside the test binary's folder: `cargo xtask test` builds it before the tests run.
pub(crate) fn target_folder() -> PathBuf {
    let test = std::env::current_exe().expect("a test has an executable");
    test.ancestors()
        .nth(2)
        .expect("a test stands in target/debug/deps")
        .to_path_buf()
}

pub fn binary() -> PathBuf {
    target_folder().join("counterfoil")
}

pub fn connectors() -> PathBuf {
    target_folder()
        .parent()
        .expect("target/debug has a parent")
        .join("connectors")
}

pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to.join(name))?;
        } else if Path::new(&name)
            .extension()
            .is_none_or(|ending| ending != "db")
        {
            std::fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}

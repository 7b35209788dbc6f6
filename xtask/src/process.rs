//! Runs other programs: shows what is run, turns a failure into an error that names the command. It knows no task.

use std::ffi::OsString;
use std::io::Write;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// The cargo that runs this task, so that the pinned toolchain serves the commands that it starts, too.
///
/// What cargo told this task of its own package is not passed on: build scripts that look at it would be run again, and
/// all that stands on them compiled again, whenever a task follows a cargo that was called by hand.
pub(crate) fn cargo() -> Command {
    let mut cargo =
        Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    for (name, _) in std::env::vars_os() {
        let of_package = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if of_package {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Prints a line for the person at the terminal at once, so that it stands before what a program then prints.
pub(crate) fn say(text: &str) {
    let mut stdout = std::io::stdout().lock();
    // Nobody may be listening any more, which is no reason to leave a task half done.
    let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}

/// Shows the command, runs it with our own input and output, and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    say(&format!("$ {}", line(command)));
    let status = command
        .status()
        .with_context(|| format!("start `{}`", line(command)))?;
    expect_success(command, status)
}

/// Runs the command silently and gives what it wrote on stdout.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("start `{}`", line(command)))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{}` ended with {}: {}",
            line(command),
            output.status,
            complaint.trim()
        );
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("read the output of `{}`", line(command)))
}

/// Runs the command silently; one that is still running after `limit` is killed, which is a failure.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("start `{}`", line(command)))?;
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return expect_success(command, status);
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            bail!(
                "`{}` had no result after {} s",
                line(command),
                limit.as_secs()
            );
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// The command as a person would type it, for reading only.
pub(crate) fn line(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| quoted(&word.to_string_lossy()))
        .collect::<Vec<_>>()
        .join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=+,./:@%".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn expect_success(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{}` ended with {status}", line(command));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_can_be_typed_again() {
        let mut command = Command::new("/usr/bin/counterfoil");
        command.args(["plan", "--for", "acme's web"]);
        assert_eq!(line(&command), r"counterfoil plan --for 'acme'\''s web'");
    }

    #[test]
    fn a_failure_names_the_command_and_what_it_said() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out of paper >&2; exit 3"]);
        let message = output(&mut command).unwrap_err().to_string();
        assert!(message.contains("sh -c"), "{message}");
        assert!(
            message.contains("exit status: 3: out of paper"),
            "{message}"
        );
    }

    #[test]
    fn a_command_that_hangs_is_killed() {
        let mut command = Command::new("sleep");
        command.arg("600");
        let message = run_within(&mut command, Duration::ZERO)
            .unwrap_err()
            .to_string();
        assert_eq!(message, "`sleep 600` had no result after 0 s");
    }
}

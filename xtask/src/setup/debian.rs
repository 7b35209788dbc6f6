//! Builds the target's standard library from Debian's source package of the same rustc, through a view of apt of
//! its own: the machine's packages and lists stay as they are. The mirror is the one that the machine is set up for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::{WASM_TARGET, Workspace};

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
const SUITES: [&str; 4] = ["trixie-backports", "trixie", "forky", "sid"];
/// The C library below the standard library; this suite's build has the target's folder.
const C_LIBRARY: &str = "wasi-libc/trixie-backports";

pub(crate) fn install(workspace: &Workspace, libraries: &Path) -> Result<()> {
    if !Path::new(KEYRING).exists() {
        bail!("this is no Debian: {KEYRING} is missing");
    }
    let work = WorkFolder::create(workspace)?;
    let apt = Apt::over(&work.0)?;
    let version = rustc_version()?;
    let source = apt.source_of(&version)?;
    apt.download(&[format!("rust-src={source}"), C_LIBRARY.to_owned()])?;
    let sources = unpack(&work.0, "rust-src_", "source")?;
    let c_library = unpack(&work.0, "wasi-libc_", "libc")?;
    let built = build(&work.0, &library_source(&sources)?)?;
    place(
        &built,
        &c_library.join("usr/lib").join(WASM_TARGET),
        libraries,
    )
}

/// Half a gigabyte while it is in use, and gone afterwards.
struct WorkFolder(PathBuf);

impl WorkFolder {
    fn create(workspace: &Workspace) -> Result<Self> {
        let folder = workspace
            .target
            .join(format!("setup-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("warning: {} is left behind: {error}", self.0.display());
        }
    }
}

/// apt with lists, cache and sources below one folder.
struct Apt {
    folder: PathBuf,
}

impl Apt {
    fn over(folder: &Path) -> Result<Self> {
        for part in ["lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(folder.join(part))?;
        }
        let mirror = mirror()?;
        let sources =
            SUITES.map(|suite| format!("deb [signed-by={KEYRING}] {mirror} {suite} main\n"));
        fs::write(folder.join("sources.list"), sources.concat())?;
        let apt = Self {
            folder: folder.to_owned(),
        };
        process::output(apt.command("apt-get").args(["update", "--quiet=2"]))?;
        Ok(apt)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder);
        for (key, value) in [
            ("Dir::Etc::SourceList", self.folder.join("sources.list")),
            ("Dir::Etc::SourceParts", PathBuf::from("/dev/null")),
            ("Dir::State::Lists", self.folder.join("lists")),
            ("Dir::Cache", self.folder.join("cache")),
        ] {
            command.arg("-o").arg(format!("{key}={}", value.display()));
        }
        // The folder may be closed to apt's own user.
        command.args(["-o", "APT::Sandbox::User=root"]);
        command
    }

    /// The package version which is the source of exactly this rustc: another one's library would not link.
    fn source_of(&self, version: &str) -> Result<String> {
        let table = process::output(self.command("apt-cache").args(["madison", "rust-src"]))?;
        find_version(&table, version)
            .map(str::to_owned)
            .with_context(|| format!("no suite of {SUITES:?} has the source of rustc {version}"))
    }

    fn download(&self, packages: &[String]) -> Result<()> {
        process::output(
            self.command("apt-get")
                .args(["download", "--quiet=2"])
                .args(packages),
        )
        .map(drop)
    }
}

/// The second column of `apt-cache madison`, of the first row for this upstream version.
fn find_version<'a>(table: &'a str, version: &str) -> Option<&'a str> {
    table.lines().find_map(|row| {
        let package_version = row.split('|').nth(1)?.trim();
        let rest = package_version.strip_prefix(version)?;
        rest.starts_with(['+', '-']).then_some(package_version)
    })
}

fn mirror() -> Result<String> {
    let mut targets = Command::new("apt-get");
    targets.args([
        "indextargets",
        "--format",
        "$(SITE)",
        "Created-By: Packages",
    ]);
    let sites = process::output(&mut targets)?;
    sites
        .lines()
        .find(|site| site.trim_end_matches('/').ends_with("/debian"))
        .map(str::to_owned)
        .context("apt is not set up for a Debian mirror")
}

fn rustc_version() -> Result<String> {
    let answer = process::output(Command::new("rustc").arg("--version"))?;
    let version = answer.split(' ').nth(1);
    Ok(version
        .context("`rustc --version` names no version")?
        .to_owned())
}

fn unpack(work: &Path, prefix: &str, into: &str) -> Result<PathBuf> {
    let package = fs::read_dir(work)?
        .filter_map(Result::ok)
        .find(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .with_context(|| format!("apt brought no {prefix}*.deb"))?
        .path();
    let folder = work.join(into);
    process::output(
        Command::new("dpkg-deb")
            .arg("--extract")
            .arg(package)
            .arg(&folder),
    )?;
    Ok(folder)
}

/// The package names the folder after its own version, which may have a suffix that rustc does not show.
fn library_source(sources: &Path) -> Result<PathBuf> {
    fs::read_dir(sources.join("usr/src"))?
        .filter_map(Result::ok)
        .map(|entry| entry.path().join("library"))
        .find(|library| library.join("std").is_dir())
        .context("the source package holds no library")
}

/// Compiles the library by way of an empty package, and gives the folder of what was made.
fn build(work: &Path, library: &Path) -> Result<PathBuf> {
    let package = work.join("empty");
    fs::create_dir_all(package.join("src"))?;
    let manifest =
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    fs::write(package.join("Cargo.toml"), manifest)?;
    fs::write(package.join("src/lib.rs"), "#![no_std]\n")?;
    let out = work.join("out");
    let mut cargo = process::cargo();
    cargo
        .current_dir(&package)
        .stderr(Stdio::inherit())
        // Both are cargo's own switches for building the library with a stable compiler, from sources elsewhere.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("__CARGO_TESTS_ONLY_SRC_ROOT", library)
        .args([
            "build",
            "--release",
            "--target",
            WASM_TARGET,
            "-Zbuild-std=std,panic_abort",
        ])
        .arg("--target-dir")
        .arg(&out);
    process::run(&mut cargo)?;
    Ok(out.join(WASM_TARGET).join("release/deps"))
}

fn place(built: &Path, c_library: &Path, libraries: &Path) -> Result<()> {
    let beside = libraries.join("self-contained");
    fs::create_dir_all(&beside).with_context(|| format!("create {}", beside.display()))?;
    copy_matching(c_library, &beside, |stem, extension| {
        extension == "a" || (stem.starts_with("crt1") && extension == "o")
    })?;
    copy_matching(built, libraries, |stem, extension| {
        extension == "rlib" && !stem.starts_with("libempty")
    })
}

fn copy_matching(from: &Path, to: &Path, wanted: impl Fn(&str, &str) -> bool) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("list {}", from.display()))? {
        let name = entry?.file_name();
        let (stem, extension) = name
            .to_str()
            .and_then(|name| name.rsplit_once('.'))
            .unwrap_or_default();
        if wanted(stem, extension) {
            let target = to.join(&name);
            fs::copy(from.join(&name), &target)
                .with_context(|| format!("write {}", target.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_rustc_will_do() {
        let table = " rust-src | 1.95.10+dfsg1-1 | mirror sid/main\n rust-src | 1.95.0+dfsg1-2 | mirror sid/main\n";
        assert_eq!(find_version(table, "1.95.0"), Some("1.95.0+dfsg1-2"));
        assert_eq!(find_version(table, "1.95.1"), None);
        assert_eq!(find_version(table, "1.94.0"), None);
    }
}

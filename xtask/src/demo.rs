//! Sets everything up and plays the story of `examples/colocation` with the real binary. What is said in which
//! order is in `story`; this module runs it and stops at the first step that does not end as it should.

mod practice;
mod story;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{connectors, process, setup};
use practice::Practice;
use story::Scene;

/// Where the story plays: the binary, its pipeline, and a folder for all that it keeps.
struct Stage {
    binary: PathBuf,
    example: PathBuf,
    connectors: PathBuf,
    state: PathBuf,
}

pub(crate) fn run(workspace: &Workspace, fresh: bool) -> Result<()> {
    setup::run(workspace)?;
    connectors::build(workspace)?;
    // The whole workspace is selected although one binary is wanted, for the same features as in `cargo xtask test`.
    let mut build = process::cargo();
    build
        .current_dir(&workspace.root)
        .args(["build", "--workspace", "--bins"]);
    process::run(&mut build)?;

    let stage = Stage {
        binary: workspace.programs().join("counterfoil"),
        example: workspace.root.join("examples/colocation"),
        connectors: workspace.bundled(),
        state: workspace.target.join("demo"),
    };
    if fresh && stage.state.exists() {
        fs::remove_dir_all(&stage.state)
            .with_context(|| format!("remove {}", stage.state.display()))?;
    }
    fs::create_dir_all(&stage.state)
        .with_context(|| format!("create {}", stage.state.display()))?;
    let practice = Practice::start(stage.command(), &stage.state)?;
    for (number, scene) in story::SCENES.iter().enumerate() {
        stage.play(number + 1, scene, &practice)?;
    }
    process::say(&story::ending(&stage.binary, &stage.example, &stage.state));
    Ok(())
}

impl Stage {
    /// The binary as every step runs it.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .current_dir(&self.state)
            .env("COUNTERFOIL_CONNECTORS", &self.connectors)
            .env(story::STATE, &self.state)
            .env(story::PRACTICE_TOKEN, story::TOKEN);
        command
    }

    fn play(&self, number: usize, scene: &Scene, practice: &Practice) -> Result<()> {
        process::say(&format!("\n── {number}. {} ──", scene.title()));
        match scene {
            Scene::Run {
                arguments,
                exit_codes,
                ..
            } => self.step(arguments, exit_codes, practice),
            Scene::EditInvoice { .. } => {
                process::say(&practice.edit_an_invoice()?);
                Ok(())
            }
        }
    }

    fn step(&self, arguments: &[&str], exit_codes: &[i32], practice: &Practice) -> Result<()> {
        let mut command = self.command();
        command
            .env(story::PRACTICE_URL, practice.url())
            .arg("--config")
            .arg(self.example.join("counterfoil.toml"))
            .args(["--now", story::NOW])
            .args(arguments);
        process::say(&format!("$ counterfoil {}", arguments.join(" ")));
        let status = command
            .status()
            .with_context(|| format!("start {}", self.binary.display()))?;
        if !status.code().is_some_and(|code| exit_codes.contains(&code)) {
            bail!(
                "`{}` ended with {status} where the story expects an exit code of {exit_codes:?}",
                process::line(&command)
            );
        }
        Ok(())
    }
}

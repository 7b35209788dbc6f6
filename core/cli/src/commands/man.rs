//! `counterfoil man`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Command};
use clap_mangen::Man;

use crate::args::Cli;
use crate::exit::Exit;
use crate::output::print;

const EXAMPLES: &str = "\
Examples:
  counterfoil man | man -l -
  counterfoil man ~/.local/share/man/man1";

/// Prints the manual page, or writes one for each command to a folder.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ManArguments {
    /// Where the pages go; they replace those of another version.
    pub(crate) folder: Option<PathBuf>,
}

pub(crate) fn run(what: &ManArguments) -> Result<Exit> {
    let mut root = <Cli as clap::CommandFactory>::command();
    root.build();
    let Some(folder) = &what.folder else {
        print(String::from_utf8_lossy(&page(root)?).trim_end())?;
        return Ok(Exit::Done);
    };
    std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    let mut commands = Vec::new();
    collect(root, &mut commands);
    for command in commands {
        let name = command.get_display_name().unwrap_or("counterfoil");
        let path = folder.join(format!("{name}.1"));
        std::fs::write(&path, page(command)?)
            .with_context(|| format!("write {}", path.display()))?;
    }
    Ok(Exit::Done)
}

/// Every command that is shown, each under the name that clap gave it: `counterfoil-inventory-list`.
fn collect(command: Command, commands: &mut Vec<Command>) {
    for sub in command.get_subcommands() {
        if !sub.is_hide_set() && sub.get_name() != "help" {
            collect(sub.clone(), commands);
        }
    }
    commands.push(command);
}

fn page(command: Command) -> Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command)
        .render(&mut page)
        .context("write the manual page")?;
    Ok(page)
}

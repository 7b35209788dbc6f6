//! `counterfoil completions`.

use anyhow::Result;
use clap::Args;
use clap_complete::Shell;

use crate::exit::Exit;
use crate::output::print;

const EXAMPLES: &str = "\
Examples:
  counterfoil completions bash > ~/.local/share/bash-completion/completions/counterfoil
  counterfoil completions zsh > ~/.zfunc/_counterfoil
  counterfoil completions fish > ~/.config/fish/completions/counterfoil.fish
  counterfoil completions powershell >> $PROFILE";

/// Prints what lets a shell complete commands and options.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Completions {
    pub(crate) shell: Shell,
}

pub(crate) fn run(what: &Completions) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(
        what.shell,
        &mut crate::help::command(),
        "counterfoil",
        &mut script,
    );
    print(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Exit::Done)
}

//! `counterfoil init`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use counterfoil_engine::init::write_starter;
use serde_json::json;

use crate::args::Global;
use crate::exit::Exit;

const EXAMPLES: &str = "\
Example:
  counterfoil init billing && cd billing && counterfoil check";

/// Writes a starter pipeline that passes `check`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Init {
    /// The folder to write to.
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
}

pub(crate) fn run(global: &Global, what: &Init) -> Result<Exit> {
    let written = write_starter(&what.folder)?;
    let names: Vec<String> = written
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    global.show(&json!({ "written": names }), || {
        let folder = what.folder.display();
        format!(
            "wrote {}\n\nnext:\n  cd {folder}\n  counterfoil check\n  counterfoil discover\n  counterfoil practice --database practice.db &   # the other side, for trying\n  counterfoil plan --period 2026-03",
            names.join(", ")
        )
    })?;
    Ok(Exit::Done)
}

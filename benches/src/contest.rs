//! The contest: ours and the rivals in turn, every answer compared with the reference, costs as pairwise ratios.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use counterfoil_benches::lines;
use counterfoil_benches::measure::{self, Cost};
use counterfoil_benches::workload::Workload;

use crate::arguments::Arguments;
use crate::rivals::Rivals;
use crate::table;

const RIVALS: [&str; 2] = ["duckdb", "polars"];
pub(crate) const FEW: &str = "rules.json";
const MANY: &str = "rules-1000.json";
/// The folder of the compiled connectors beside the configuration.
pub(crate) const CONNECTORS: &str = "month.connectors";
/// The month of the workload, and the morning after it.
const MONTH: &str = "2026-09";
pub(crate) const NOW: &str = "2026-10-01T06:00:00Z";

/// What one run of ours cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ours {
    pub(crate) discover: Cost,
    pub(crate) rate: Cost,
}

impl Ours {
    pub(crate) fn all(self) -> Cost {
        self.discover + self.rate
    }
}

/// The costs of a round, in which everybody ran once with few rules and ours once with many.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) few: Ours,
    pub(crate) many: Ours,
    pub(crate) rivals: Vec<(&'static str, Cost)>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    fs::create_dir_all(&arguments.work)
        .with_context(|| format!("make {}", arguments.work.display()))?;
    let data = Rivals::data(arguments, arguments.resources, arguments.days)?;
    let rivals = Rivals::new(arguments)?;
    let mut pipelines = Vec::new();
    for rules in [FEW, MANY] {
        let pipeline = Pipeline::new(arguments, &data, rules)?;
        let reference = rivals.reference(&data, rules)?;
        // The first run also compiles the connector, which is kept as an installation is.
        let (answer, _) = pipeline.run(arguments)?;
        same("ours", &answer, &reference)?;
        println!(
            "{rules}: {} lines, the same as the reference's",
            reference.lines().count() - 1
        );
        pipelines.push((pipeline, reference));
    }
    let [(few, reference), (many, reference_many)] = pipelines.as_slice() else {
        unreachable!("there are two sets of rules")
    };
    let mut rounds = Vec::with_capacity(arguments.pairs);
    for round in 0..arguments.pairs {
        let mut costs = Vec::new();
        let mut contest = |rivals: &Rivals<'_>| -> Result<()> {
            for name in RIVALS.iter().filter(|_| !arguments.alone) {
                let (answer, cost) = rivals.run(name, &data, FEW)?;
                same(name, &answer, reference)?;
                costs.push((*name, cost));
            }
            Ok(())
        };
        // Now one goes first, now the other.
        if round % 2 == 0 {
            contest(&rivals)?;
        }
        let (answer, few) = few.run(arguments)?;
        same("ours", &answer, reference)?;
        if round % 2 == 1 {
            contest(&rivals)?;
        }
        let (answer, many) = many.run(arguments)?;
        same("ours", &answer, reference_many)?;
        rounds.push(Round {
            few,
            many,
            rivals: costs,
        });
    }
    println!("{}", table::of(&rounds));
    Ok(())
}

fn same(name: &str, answer: &str, reference: &str) -> Result<()> {
    if answer == reference {
        return Ok(());
    }
    let mut pairs = answer.lines().zip(reference.lines());
    match pairs.find(|(own, other)| own != other) {
        Some((own, other)) => bail!("{name} has `{own}`, and the reference `{other}`"),
        None => bail!("{name} has not as many lines as the reference"),
    }
}

struct Pipeline {
    folder: PathBuf,
}

impl Pipeline {
    fn new(arguments: &Arguments, data: &Path, rules: &str) -> Result<Self> {
        let folder = arguments.work.join(format!("pipeline-{rules}"));
        let workload = Workload {
            data: data.to_path_buf(),
            rules: rules.to_owned(),
        };
        workload.write_pipeline(&folder)?;
        Ok(Self { folder })
    }

    /// From nothing but the exports to the lines, by two commands and the store between them.
    fn run(&self, arguments: &Arguments) -> Result<(String, Ours)> {
        for file in ["month.db", "month.db-wal", "month.db-shm"] {
            let path = self.folder.join(file);
            if path.exists() {
                fs::remove_file(&path).with_context(|| format!("remove {}", path.display()))?;
            }
        }
        // No file was read before: compiled connectors are kept, and digests of files are not.
        forget_digests(&self.folder.join(CONNECTORS))?;
        let command = |words: &[&str]| {
            let mut command = Command::new(&arguments.binary);
            command.args(words).args(["--json", "--now", NOW]);
            command.env("COUNTERFOIL_CONNECTORS", &arguments.connectors);
            command.current_dir(&self.folder);
            command
        };
        let (_, discover) = measure::run(&command(&["discover"]))?;
        let (answer, rate) = measure::run(&command(&["rate", "--period", MONTH]))?;
        let answer = String::from_utf8(answer.stdout).context("read the answer of `rate`")?;
        let answer = lines::of_answer(&answer, arguments.days)?;
        Ok((answer, Ours { discover, rate }))
    }
}

/// The files in which digests of exports are kept from one run to the next, in the folder of the compiled connectors.
pub(crate) fn digests(connectors: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(connectors).into_iter().flatten() {
        let path = entry.context("look for digests")?.path();
        if path.extension().is_some_and(|ending| ending == "files") {
            found.push(path);
        }
    }
    Ok(found)
}

/// No file was read before.
pub(crate) fn forget_digests(connectors: &Path) -> Result<()> {
    for file in digests(connectors)? {
        fs::remove_file(&file).with_context(|| format!("remove {}", file.display()))?;
    }
    Ok(())
}

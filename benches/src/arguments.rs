//! What the bench may be told. It runs nothing.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// Where things are, and how much of it is wanted.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// The scripts of the workload, its reference and the rivals.
    pub(crate) shared: PathBuf,
    /// For data, rivals and stores; kept from one run to the next.
    pub(crate) work: PathBuf,
    pub(crate) binary: PathBuf,
    pub(crate) connectors: PathBuf,
    pub(crate) resources: u32,
    pub(crate) days: u32,
    pub(crate) pairs: usize,
    /// Only ours: no rivals.
    pub(crate) alone: bool,
    /// One comparison of [`COMPARISONS`] instead of all.
    only: Option<String>,
}

const COMPARISONS: [&str; 4] = ["month", "reader", "rediscovery", "what-if"];

impl Arguments {
    pub(crate) fn parse(words: &[String]) -> Result<Self> {
        let mut arguments = Self {
            shared: PathBuf::new(),
            work: PathBuf::new(),
            binary: PathBuf::new(),
            connectors: PathBuf::new(),
            resources: 50_000,
            days: 30,
            pairs: 5,
            alone: false,
            only: None,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--alone" {
                arguments.alone = true;
                continue;
            }
            let value = words.next();
            let value = value.with_context(|| format!("`{word}` has no value"))?;
            let number = || {
                let number = value.parse::<u32>();
                number.with_context(|| format!("`{word} {value}`: a whole number is expected"))
            };
            match word.as_str() {
                "--shared" => arguments.shared = PathBuf::from(value),
                "--work" => arguments.work = PathBuf::from(value),
                "--binary" => arguments.binary = PathBuf::from(value),
                "--connectors" => arguments.connectors = PathBuf::from(value),
                "--only" if COMPARISONS.contains(&value.as_str()) => {
                    arguments.only = Some(value.clone());
                }
                "--only" => bail!("`--only {value}`: {COMPARISONS:?} can be had"),
                "--resources" => arguments.resources = number()?,
                "--days" => arguments.days = number()?,
                "--pairs" => arguments.pairs = number()?.max(1) as usize,
                _ => bail!("there is no option `{word}`"),
            }
        }
        Ok(arguments)
    }

    pub(crate) fn wants(&self, comparison: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == comparison)
    }
}

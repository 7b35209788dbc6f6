//! A company over two years: customers come, go and move, disks grow, prices change, sources fail, facts arrive late. Its books
//! balance to the cent each month, and what was billed is in the end what all facts together come to.
//!
//! A run is the same each time. `COUNTERFOIL_COMPANY_SEEDS` names others, such as `2,3,4`, and `COUNTERFOIL_COMPANY_MONTHS` how
//! long; `COUNTERFOIL_COMPANY_KEEP` leaves the folder.

#[path = "company/again.rs"]
mod again;
#[path = "company/billing.rs"]
mod billing;
#[path = "company/book.rs"]
mod book;
#[path = "company/calendar.rs"]
mod calendar;
#[path = "company/checks.rs"]
mod checks;
#[path = "company/exports.rs"]
mod exports;
#[path = "company/ledger.rs"]
mod ledger;
#[path = "company/linear.rs"]
mod linear;
#[path = "company/months.rs"]
mod months;
#[path = "company/things.rs"]
mod things;
#[path = "company/trouble.rs"]
mod trouble;
#[path = "company/world.rs"]
mod world;

use std::fmt::Write as _;

use anyhow::{Context, Result};

use months::Life;
use world::World;

const SEED: u64 = 9;
const MONTHS: usize = 24;

fn seeds() -> Result<Vec<u64>> {
    let Ok(text) = std::env::var("COUNTERFOIL_COMPANY_SEEDS") else {
        return Ok(vec![SEED]);
    };
    let seeds = text.split(',').map(|seed| seed.trim().parse());
    seeds
        .collect::<Result<_, _>>()
        .context("COUNTERFOIL_COMPANY_SEEDS")
}

fn months() -> Result<usize> {
    let text = std::env::var("COUNTERFOIL_COMPANY_MONTHS");
    let Ok(text) = text else { return Ok(MONTHS) };
    text.parse().context("COUNTERFOIL_COMPANY_MONTHS")
}

fn live(seed: u64, months: usize) -> Result<()> {
    let mut life = Life::begin(World::new(seed, months))?;
    for step in 0..months {
        life.month(step).with_context(|| {
            let (name, folder) = (calendar::name(step), life.folder.path());
            format!("month {step}, {name}, in {}", folder.display())
        })?;
    }
    life.rated_again()
}

#[test]
fn what_was_billed_over_two_years_is_what_all_facts_come_to() -> Result<()> {
    let mut failures = String::new();
    for seed in seeds()? {
        if let Err(error) = live(seed, months()?) {
            let _ = writeln!(failures, "seed {seed}: {error:?}");
        }
    }
    anyhow::ensure!(failures.is_empty(), "{failures}");
    Ok(())
}

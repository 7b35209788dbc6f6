//! An oracle beside the engine: a small, slow rater of its own, which shares no code with it, and random facts and price
//! books that both rate. They agree to the cent, and in exact fractions.
//!
//! A run is the same each time. `COUNTERFOIL_ORACLE_WORLDS` asks for more of them, `COUNTERFOIL_ORACLE_SEED` for others.

#[path = "oracle/agreements.rs"]
mod agreements;
#[path = "oracle/arrivals.rs"]
mod arrivals;
#[path = "oracle/calendar.rs"]
mod calendar;
#[path = "oracle/charging.rs"]
mod charging;
#[path = "oracle/compare.rs"]
mod compare;
#[path = "oracle/composed.rs"]
mod composed;
#[path = "oracle/exact.rs"]
pub(crate) mod exact;
#[path = "oracle/exchange.rs"]
mod exchange;
#[path = "oracle/invariants.rs"]
mod invariants;
#[path = "oracle/invent.rs"]
mod invent;
#[path = "oracle/invent_prices.rs"]
mod invent_prices;
#[path = "oracle/misbelief.rs"]
mod misbelief;
#[path = "oracle/parts_of_prices.rs"]
mod parts_of_prices;
#[path = "oracle/pool.rs"]
mod pool;
#[path = "oracle/pricing.rs"]
mod pricing;
#[path = "oracle/quantity.rs"]
mod quantity;
#[path = "oracle/random.rs"]
pub(crate) mod random;
#[path = "oracle/rater.rs"]
mod rater;
#[path = "oracle/shrink.rs"]
mod shrink;
#[path = "oracle/weighing.rs"]
mod weighing;
#[path = "oracle/world.rs"]
mod world;
#[path = "oracle/written.rs"]
mod written;

use anyhow::{Context, Result, bail};

use calendar::Month;
use compare::{answered, asked, differing, differing_from, differs, told};
use random::Random;
use shrink::shrunk;
use world::World;
use written::files;

const WORLDS: u64 = 80;
/// In one call of the binary, which has nothing to do with one another.
const CASES: usize = 25;

fn environment(name: &str, usual: u64) -> Result<u64> {
    match std::env::var(name) {
        Ok(text) => text.parse().with_context(|| name.to_owned()),
        Err(_) => Ok(usual),
    }
}

fn world(seed: u64) -> Result<(World, Month)> {
    let mut random = Random(seed);
    let world = invent::world(&mut random);
    let month = Month::new(world.month, world.zone)?;
    let cases = (0..CASES).map(|number| invent::case(&mut random, number, &month));
    let cases = cases.collect();
    Ok((World { cases, ..world }, month))
}

/// Lines that both made.
fn compare(seed: u64) -> Result<usize> {
    let (world, month) = world(seed)?;
    let (lines, wrong) = differing(&world, &month).with_context(|| format!("seed {seed}"))?;
    if let Some(case) = wrong.first() {
        let case = shrunk(&world.cases[*case], |case| differs(&world, case, &month));
        bail!(
            "seed {seed}: {} cases differ\n{}",
            wrong.len(),
            told(&world, &case, &month)?
        );
    }
    Ok(lines)
}

#[test]
fn the_engine_rates_as_the_oracle_does() -> Result<()> {
    let seed = environment("COUNTERFOIL_ORACLE_SEED", 1)?;
    let worlds = environment("COUNTERFOIL_ORACLE_WORLDS", WORLDS)?;
    let next = std::sync::atomic::AtomicU64::new(0);
    let one_after_another = || -> Result<usize> {
        let mut lines = 0;
        loop {
            let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if number >= worlds {
                return Ok(lines);
            }
            lines += compare(seed.wrapping_mul(1_000_000) + number)?;
        }
    };
    let lines = std::thread::scope(|scope| {
        let workers = [
            scope.spawn(one_after_another),
            scope.spawn(one_after_another),
        ];
        let lines = workers.map(|worker| worker.join().expect("a worker does not panic"));
        lines.into_iter().sum::<Result<usize>>()
    })?;
    assert!(
        lines as u64 > worlds * 20,
        "only {lines} lines were compared"
    );
    Ok(())
}

/// What the oracle believes otherwise than the engine was told shows in a line: the comparison can fail.
#[test]
fn a_rule_that_is_a_little_wrong_is_seen() -> Result<()> {
    let worlds = (900..912).map(world).collect::<Result<Vec<_>>>()?;
    let answers = worlds.iter().map(|(world, month)| asked(world, month));
    let answers = answers.collect::<Result<Vec<_>>>()?;
    for (name, change) in misbelief::ALL {
        let mut seen = 0;
        for ((world, month), answer) in worlds.iter().zip(&answers) {
            let mut believed = world.clone();
            change(&mut believed);
            seen += differing_from(answer.clone(), &believed, month)?.1.len();
        }
        assert!(seen > 0, "nobody sees that {name}");
    }
    Ok(())
}

/// Without what findings say of rows, by their files and numbers.
fn without_rows(answer: &str) -> String {
    let mut parts = answer.split(" See ");
    let mut left = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find('"').unwrap_or_default();
        left.push_str(&part[end..]);
    }
    left
}

/// Rule R40, and invariant 7: whatever the order of facts, and however often they are told, the answer has the same bytes.
#[test]
fn facts_in_any_order_and_told_twice_give_the_same_bytes() -> Result<()> {
    let lines = |answer: &str| -> Result<String> {
        let (before, rest) = answer
            .split_once("\n  \"facts\": {")
            .context("it names its files")?;
        let (_, after) = rest.split_once("\n  },").context("they are told")?;
        Ok(without_rows(&format!("{before}{after}")))
    };
    for seed in 700..712 {
        let (world, month) = world(seed)?;
        let files = files(&world, &month);
        let expected = answered(&files, &world, &[])?;
        assert_eq!(answered(&files, &world, &[])?, expected, "seed {seed}");
        let mut random = Random(seed);
        let [book, facts, samples, accounts] = files;
        let mut given = vec![book, accounts];
        let scattered = arrivals::scattered(&mut random, &facts.1, 2);
        given.extend(["first.csv", "second.csv"].into_iter().zip(scattered));
        let scattered = arrivals::scattered(&mut random, &samples.1, 2);
        given.extend(["third.csv", "fourth.csv"].into_iter().zip(scattered));
        let again = answered(&given, &world, &[])?;
        assert!(!again.contains("\"rows_repeated\": 0"), "seed {seed}");
        assert_eq!(lines(&again)?, lines(&expected)?, "seed {seed}");
    }
    Ok(())
}

#[test]
fn every_answer_adds_up() -> Result<()> {
    for seed in 800..812 {
        let (world, month) = world(seed)?;
        let answer = answered(&files(&world, &month), &world, &["--detail"])?;
        invariants::check(&serde_json::from_str(&answer)?, &world, &month)
            .with_context(|| format!("seed {seed}"))?;
    }
    Ok(())
}

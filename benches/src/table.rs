//! Costs as people compare them: medians, and the medians of the ratios within each round.

use counterfoil_benches::measure::Cost;

use crate::contest::Round;

pub(crate) fn of(rounds: &[Round]) -> String {
    let mut lines = vec![format!(
        "{:<28}{:>10}{:>10}{:>16}{:>16}",
        "", "CPU s", "peak MiB", "CPU, ours = 1", "peak, ours = 1"
    )];
    let ours: fn(&Round) -> Cost = |round| round.few.all();
    lines.push(row("ours: discover and rate", rounds, ours, ours));
    lines.push(row("  discover", rounds, |round| round.few.discover, ours));
    lines.push(row("  rate", rounds, |round| round.few.rate, ours));
    lines.push(row(
        "ours with 1,000 rules",
        rounds,
        |round| round.many.all(),
        ours,
    ));
    lines.push(row("  rate", rounds, |round| round.many.rate, ours));
    let rivals = rounds.first().map_or(0, |round| round.rivals.len());
    for position in 0..rivals {
        let cost = |round: &Round| round.rivals[position].1;
        lines.push(row(rounds[0].rivals[position].0, rounds, cost, ours));
    }
    lines.push(format!(
        "medians of {} rounds; ratios are medians of the ratios within a round",
        rounds.len()
    ));
    lines.join("\n")
}

/// Two contestants in pairs: their costs, and the ratio of the first to the second.
pub(crate) fn of_pairs(names: [&str; 2], pairs: &[(Cost, Cost)]) -> String {
    let cost = |name: &str, costs: Vec<Cost>| {
        let cpu = median(costs.iter().map(|cost| cost.cpu_us));
        let peak = median(costs.iter().map(|cost| cost.peak_kib));
        let cpu = thousandths(cpu / 1000);
        format!("{name:<28}{cpu:>10}{:>10}", peak / 1024)
    };
    let ratio = median(
        pairs
            .iter()
            .map(|(one, other)| 1000 * one.cpu_us / other.cpu_us.max(1)),
    );
    [
        format!("{:<28}{:>10}{:>10}", "", "CPU s", "peak MiB"),
        cost(names[0], pairs.iter().map(|pair| pair.0).collect()),
        cost(names[1], pairs.iter().map(|pair| pair.1).collect()),
        format!(
            "ratio {}, the median of {} pairs",
            thousandths(ratio),
            pairs.len()
        ),
    ]
    .join("\n")
}

fn row(
    name: &str,
    rounds: &[Round],
    cost: impl Fn(&Round) -> Cost,
    ours: impl Fn(&Round) -> Cost,
) -> String {
    let cpu = median(rounds.iter().map(|round| cost(round).cpu_us));
    let peak = median(rounds.iter().map(|round| cost(round).peak_kib));
    let ratio = |of: fn(Cost) -> u64| {
        // In thousandths: there are no floats here.
        median(
            rounds
                .iter()
                .map(|round| 1000 * of(cost(round)) / of(ours(round)).max(1)),
        )
    };
    let cpu_ratio = ratio(|cost| cost.cpu_us);
    let peak_ratio = ratio(|cost| cost.peak_kib);
    format!(
        "{name:<28}{:>10}{:>10}{:>16}{:>16}",
        thousandths(cpu / 1000),
        peak / 1024,
        thousandths(cpu_ratio),
        thousandths(peak_ratio)
    )
}

fn median(values: impl Iterator<Item = u64>) -> u64 {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn thousandths(value: u64) -> String {
    format!("{}.{:03}", value / 1000, value % 1000)
}

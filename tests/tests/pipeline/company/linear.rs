//! What machines cost, computed here from the exports alone, in exact fractions: each day of each machine, at the price of that
//! day. It shares nothing with the engine but the facts.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::calendar;
use super::ledger::{Key, Ledger};
use super::trouble::Trouble;
use super::world::{JOINT, World};
use crate::oracle::exact::{Exact, fraction, rounded, whole};

/// Those whose machines have list prices in euro and whose days are those of the exports.
const PLAIN: [&str; 5] = ["alto", "cedar", "grove", "juno", "drift"];

/// Owner and size of each machine, as the exports showed it at last.
type Known = BTreeMap<String, (String, i64)>;

impl World {
    /// Do changes count when they were first seen, and does each pay for his time?
    pub(crate) fn is_plain(&self) -> bool {
        self.seed.is_multiple_of(9)
    }

    /// A listing that lacks rows ends nothing, as a person said.
    fn read(&self, known: &mut Known, day: Date, step: usize) -> Result<()> {
        let is_thin = matches!(
            self.troubles.get(step),
            Some(Trouble::Thin { mended: false })
        ) && self.middles[step] == day;
        if !is_thin {
            known.clear();
        }
        for row in self.final_export(day, step).lines().skip(1) {
            let cells: Vec<&str> = row.split(',').collect();
            if cells[1] == "virtual-machine" {
                let size = cells[3].parse().with_context(|| row.to_owned())?;
                known.insert(cells[0].to_owned(), (cells[2].to_owned(), size));
            }
        }
        Ok(())
    }

    /// The days of a month, each with what was there.
    fn days_of(&self, step: usize, known: &mut Known) -> Result<Vec<(Date, Known)>> {
        let listed = self.days(step);
        let mut days = Vec::new();
        let mut day = calendar::first(step);
        while day <= calendar::last(step) {
            let is_late = day == self.middles[step] && !self.arrives(step);
            if listed.contains(&day) && !is_late {
                self.read(known, day, step)?;
            }
            days.push((day, known.clone()));
            day += 1.day();
        }
        Ok(days)
    }

    /// Each line of machines that is due, in cents.
    fn machines_due(&self) -> Result<BTreeMap<Key, i64>> {
        let mut due = BTreeMap::new();
        let mut known = Known::new();
        for step in 0..self.months {
            let mut amounts = BTreeMap::<(&str, Date), Exact>::new();
            for (day, known) in self.days_of(step, &mut known)? {
                for (owner, size) in known.values() {
                    // Who has no name is grove's, as is said later.
                    let owner = if owner.is_empty() { "grove" } else { owner };
                    for (account, share) in shares(owner) {
                        let since = version(account, day).max(calendar::first(step));
                        let part = whole((*size).into()) * share;
                        *amounts.entry((account, since)).or_insert_with(|| whole(0)) += part;
                    }
                }
            }
            let length = i128::from(calendar::last(step).day());
            for ((account, since), unit_days) in amounts {
                if account == "grove" && quarter_ends(step) >= self.months {
                    continue;
                }
                let price = fraction(price(since).into(), 100);
                let less = if is_credited(account, since) {
                    fraction(3125, 100)
                } else {
                    whole(0)
                };
                let amount = unit_days / whole(length) * price;
                let amount = if amount < less {
                    whole(0)
                } else {
                    amount - less
                };
                let until = until(account, since).min(calendar::last(step));
                let key = [
                    account,
                    "EUR",
                    "vcpu",
                    &since.to_string(),
                    &until.to_string(),
                ];
                let cents = i64::try_from(rounded(&amount, 2, false))?;
                due.insert(key.map(str::to_owned), cents);
            }
        }
        due.retain(|_, cents| *cents != 0);
        Ok(due)
    }

    /// The finance system holds exactly that, but for accounts of which something is known to be too old.
    pub(crate) fn machines_are_billed(
        &self,
        ledger: &Ledger,
        too_old: &BTreeMap<String, i64>,
    ) -> Result<()> {
        let is_plain = |key: &Key| key[2] == "vcpu" && PLAIN.contains(&key[0].as_str());
        let mut held = ledger.standing();
        held.retain(|key, _| is_plain(key) && key[1] == "EUR");
        let due = self.machines_due()?;
        ensure!(
            due.len() > self.months * 3,
            "only {} lines are due",
            due.len()
        );
        let is_known = |key: &&Key| too_old.contains_key(&key[0]);
        for key in held.keys().chain(due.keys()).filter(|key| !is_known(key)) {
            let (held, due) = (held.get(key), due.get(key));
            ensure!(
                held == due,
                "{key:?}: {held:?} cents are held, {due:?} are due"
            );
        }
        Ok(())
    }
}

/// The month with which the quarter of a month is billed.
fn quarter_ends(step: usize) -> usize {
    let months = (calendar::first(step).month() - 1) % 3;
    step + 2 - usize::try_from(months).unwrap_or(0)
}

fn shares(owner: &str) -> Vec<(&'static str, Exact)> {
    if owner == JOINT {
        return vec![("alto", fraction(1, 3)), ("juno", fraction(2, 3))];
    }
    let plain = PLAIN.iter().filter(|one| **one == owner);
    plain.map(|one| (*one, whole(1))).collect()
}

/// The first day of the price that holds on a day.
fn version(account: &str, day: Date) -> Date {
    let mut starts = vec![date(2025, 1, 1), date(2025, 7, 11)];
    if account == "alto" {
        starts.extend([date(2024, 9, 1), date(2024, 10, 1)]);
    }
    let starts = starts.into_iter().filter(|start| *start <= day);
    starts.max().unwrap_or(Date::MIN)
}

fn until(account: &str, since: Date) -> Date {
    let days = std::iter::successors(Some(since), |day| day.tomorrow().ok());
    let same = days.take_while(|day| version(account, *day) == version(account, since));
    same.take(31).last().unwrap_or(since)
}

fn is_credited(account: &str, day: Date) -> bool {
    account == "alto" && calendar::name(4) == day.strftime("%Y-%m").to_string()
}

/// In cents.
fn price(day: Date) -> i64 {
    if day < date(2025, 1, 1) {
        791
    } else if day < date(2025, 7, 11) {
        837
    } else {
        899
    }
}

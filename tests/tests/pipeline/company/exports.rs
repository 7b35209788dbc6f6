//! The exports as they stand at a time: what the company shows of itself, with what was put right by then.

use std::path::Path;

use anyhow::Result;
use jiff::civil::Date;

use super::calendar;
use super::things::Kind;
use super::trouble::Trouble;
use super::world::World;

const HEADER: &str = "Id,Type,Owner,vCPU,GB,Used,Count\n";

impl World {
    /// The days of a month that have a listing.
    pub(crate) fn days(&self, step: usize) -> [Date; 3] {
        [
            calendar::first(step),
            self.middles[step],
            calendar::last(step),
        ]
    }

    /// An export as it is in a month of the company's life.
    pub(crate) fn export(&self, day: Date, step: usize) -> String {
        let mut text = HEADER.to_owned();
        for (place, thing) in self.things.iter().enumerate() {
            let Some(state) = thing.at(day) else { continue };
            let edits = self
                .edits
                .iter()
                .filter(|edit| (edit.day, edit.thing) == (day, place) && edit.step <= step);
            let size = state.size + edits.map(|edit| edit.more).sum::<i64>();
            let (id, kind, owner) = (&thing.id, thing.kind.word(), state.owner);
            let numbers = match thing.kind {
                Kind::Machine => format!("{size},,,"),
                Kind::Disk => {
                    let used = size * fullness(place, day) / 100;
                    format!(",{size},{used},")
                }
                Kind::Rack | Kind::Licence => format!(",,,{size}"),
            };
            text.push_str(&format!("{id},{kind},{owner},{numbers}\n"));
        }
        text
    }

    /// Without every third row.
    pub(crate) fn thin(&self, day: Date, step: usize) -> String {
        let whole = self.export(day, step);
        let rows = whole.split_inclusive('\n').enumerate();
        let kept = rows.filter(|(number, _)| number % 3 != 1);
        kept.map(|(_, row)| row).collect()
    }

    /// Does the listing in the middle of a month come before the end?
    pub(crate) fn arrives(&self, step: usize) -> bool {
        match self.troubles[step] {
            Trouble::Late(back) => step + back < self.months,
            Trouble::None | Trouble::Unreadable | Trouble::Thin { .. } => true,
        }
    }

    /// As it stays in the end.
    pub(crate) fn final_export(&self, day: Date, step: usize) -> String {
        let thinned = self.middles[step] == day
            && self.troubles.get(step) == Some(&Trouble::Thin { mended: false });
        if thinned {
            self.thin(day, self.months)
        } else {
            self.export(day, self.months)
        }
    }
}

/// How full a disk is, of a hundred.
fn fullness(place: usize, day: Date) -> i64 {
    let day = i64::from(day.day_of_year()) + i64::from(day.year()) * 400;
    let place = i64::try_from(place).expect("a few things");
    20 + (day * 7 + place * 31) % 71
}

pub(crate) fn write(folder: &Path, day: Date, text: &str) -> Result<()> {
    Ok(std::fs::write(
        folder.join(format!("exports/list-{day}.csv")),
        text,
    )?)
}

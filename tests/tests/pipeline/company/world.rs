//! Invents a company: what it runs, for whom, how that changes, and what goes wrong.

use jiff::civil::Date;

use super::calendar;
use super::things::{Kind, State, Thing};
use super::trouble::{self, Edit, Trouble};
use crate::oracle::random::Random;

/// The customers that are there throughout.
const STAYING: [&str; 9] = [
    "alto", "birk", "cedar", "elm", "fjord", "grove", "hudson", "iris", "juno",
];
/// Comes and goes.
pub(crate) const GUEST: &str = "drift";
pub(crate) const GUEST_COMES: usize = 4;
pub(crate) const GUEST_GOES: usize = 15;
/// What two customers share.
pub(crate) const JOINT: &str = "joint";
/// What the company runs for itself.
const HOUSE: &str = "house";
/// A machine comes of which nobody says whose it is, until some months later.
pub(crate) const NAMELESS: (usize, usize) = (6, 8);
/// When an export is put right that is older than what is looked back at.
const LONG_AGO: usize = 11;

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) months: usize,
    pub(crate) things: Vec<Thing>,
    pub(crate) middles: Vec<Date>,
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) edits: Vec<Edit>,
    pub(crate) nameless: Option<usize>,
}

impl World {
    pub(crate) fn new(seed: u64, months: usize) -> Self {
        let mut random = Random(seed.wrapping_mul(7_919));
        let troubles = trouble::of_months(&mut random, months);
        let middles = (0..=months).map(|step| trouble::middle(&mut random, step));
        let mut world = Self {
            seed,
            months,
            things: Vec::new(),
            middles: middles.collect(),
            troubles,
            edits: Vec::new(),
            nameless: None,
        };
        world.furnish(&mut random);
        for step in 0..months {
            world.happen(&mut random, step);
        }
        world.put_right(&mut random);
        world
    }

    fn add(&mut self, random: &mut Random, kind: Kind, owner: &'static str, since: Date) {
        let size = match kind {
            Kind::Machine => random.within(1, 16),
            Kind::Disk => random.within(2, 60) * 10,
            Kind::Rack => random.within(1, 8),
            Kind::Licence => random.within(1, 5),
        };
        let id = format!("{}-{:03}", kind.letters(), self.things.len() + 1);
        let state = State { owner, size };
        self.things.push(Thing::new(id, kind, since, state));
    }

    fn furnish(&mut self, random: &mut Random) {
        let since = calendar::first(0);
        for owner in STAYING {
            for kind in [Kind::Machine, Kind::Machine, Kind::Disk] {
                self.add(random, kind, owner, since);
            }
        }
        for (kind, count) in [
            (Kind::Machine, 4),
            (Kind::Disk, 3),
            (Kind::Rack, 5),
            (Kind::Licence, 5),
        ] {
            for _ in 0..count {
                let owner = random.pick(&STAYING);
                self.add(random, kind, owner, since);
            }
        }
        for kind in [Kind::Machine, Kind::Disk] {
            self.add(random, kind, JOINT, since);
            self.add(random, kind, HOUSE, since);
        }
    }

    /// One that is there, of somebody who stays.
    fn some(&self, random: &mut Random, day: Date) -> Option<(usize, State)> {
        let place = random.below(self.things.len());
        let state = self.things[place].at(day)?;
        STAYING.contains(&state.owner).then_some((place, state))
    }

    fn happen(&mut self, random: &mut Random, step: usize) {
        let mut days: Vec<Date> = (0..7)
            .map(|_| {
                let day = random.within(1, i64::from(calendar::last(step).day()));
                let day = i8::try_from(day).expect("a day");
                calendar::first(step)
                    .with()
                    .day(day)
                    .build()
                    .expect("a day of it")
            })
            .collect();
        days.sort();
        for (number, day) in days.into_iter().enumerate() {
            let some = self.some(random, day);
            match (number % 7, some) {
                (0, _) => {
                    let kind = random.pick(&[Kind::Machine, Kind::Disk, Kind::Licence]);
                    let owner = random.pick(&STAYING);
                    self.add(random, kind, owner, day);
                }
                (1, Some((place, _))) => self.things[place].change(day, None),
                (2 | 3, Some((place, state))) => {
                    let size = match self.things[place].kind {
                        Kind::Disk => state.size + random.within(1, 20) * 10,
                        Kind::Machine | Kind::Rack | Kind::Licence => random.within(1, 16),
                    };
                    self.things[place].change(day, Some(State { size, ..state }));
                }
                (4, Some((place, state))) => {
                    let owner = random.pick(&STAYING);
                    self.things[place].change(day, Some(State { owner, ..state }));
                }
                _ => self.grow(random, day),
            }
        }
        self.host(random, step);
    }

    fn grow(&mut self, random: &mut Random, day: Date) {
        for place in 0..self.things.len() {
            let thing = &mut self.things[place];
            let Some(state) = thing.at(day) else { continue };
            if thing.kind == Kind::Disk && random.one_in(3) {
                let size = state.size + random.within(1, 9) * 5;
                thing.change(day, Some(State { size, ..state }));
            }
        }
    }

    /// The guest comes with eight things, and goes with all that it has then.
    fn host(&mut self, random: &mut Random, step: usize) {
        let day = self.middles[step];
        if step == NAMELESS.0 {
            self.nameless = Some(self.things.len());
            self.add(random, Kind::Machine, "", day);
        }
        if step == GUEST_COMES {
            for kind in [Kind::Machine, Kind::Disk] {
                for _ in 0..4 {
                    self.add(random, kind, GUEST, day);
                }
            }
        }
        if step == GUEST_GOES {
            for thing in &mut self.things {
                if thing.at(day).is_some_and(|state| state.owner == GUEST) {
                    thing.change(day, None);
                }
            }
        }
    }

    /// Every other month an export of one to three months before is put right, and twice one that is older.
    fn put_right(&mut self, random: &mut Random) {
        for step in (3..self.months).step_by(2) {
            let back = usize::try_from(random.within(1, 3)).expect("a few");
            self.edit(random, step, back);
        }
        for step in [LONG_AGO, self.months - 1] {
            (5..step).any(|back| self.edit(random, step, back));
        }
    }

    /// Where that export came in time and whole.
    fn edit(&mut self, random: &mut Random, step: usize, back: usize) -> bool {
        let day = self.middles[step - back];
        let is_whole = matches!(
            self.troubles[step - back],
            Trouble::None | Trouble::Unreadable
        );
        let mut some = (0..50).filter_map(|_| self.some(random, day));
        // What cedar uses more, its commitment asks less; what belongs to a quarter is looked back at for longer.
        let some = some.find(|(thing, state)| {
            let is_apart =
                matches!(state.owner, "cedar" | "grove") || self.things[*thing].kind == Kind::Rack;
            is_whole && !is_apart
        });
        let Some((thing, _)) = some else { return false };
        let more = random.within(1, 6);
        self.edits.push(Edit {
            step,
            day,
            thing,
            more,
            back,
        });
        true
    }
}

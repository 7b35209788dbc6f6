//! What the test put into Nautobot and since when, kept apart from everything that Counterfoil says of it.

use std::collections::BTreeMap;
use std::ops::Range;

/// Of a tenant, by its number from 1; how many units of which item it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) tenant: u32,
    pub(crate) units: BTreeMap<&'static str, u64>,
}

/// The same holding for some days, counted from the first of March.
#[derive(Debug)]
pub(crate) struct Stay {
    pub(crate) holding: Holding,
    pub(crate) days: Range<u64>,
}

/// Everything there is and was, by the id at Nautobot.
#[derive(Debug, Default)]
pub(crate) struct Estate {
    present: BTreeMap<String, (u64, Holding)>,
    past: Vec<Stay>,
}

impl Estate {
    pub(crate) fn get(&self, id: &str) -> Option<&Holding> {
        self.present.get(id).map(|(_, holding)| holding)
    }

    pub(crate) fn put(&mut self, id: &str, holding: Holding, day: u64) {
        self.remove(id, day);
        self.present.insert(id.to_owned(), (day, holding));
    }

    pub(crate) fn remove(&mut self, id: &str, day: u64) {
        if let Some((since, holding)) = self.present.remove(id) {
            let days = since..day;
            self.past.push(Stay { holding, days });
        }
    }

    /// All stays, those that go on up to a day.
    pub(crate) fn stays(&self, until: u64) -> Vec<Stay> {
        let past = self.past.iter().map(|stay| Stay {
            holding: stay.holding.clone(),
            days: stay.days.clone(),
        });
        let present = self.present.values().map(|(since, holding)| Stay {
            holding: holding.clone(),
            days: *since..until,
        });
        past.chain(present).collect()
    }
}

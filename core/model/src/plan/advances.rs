//! What documents bill in advance, or are going to: asked for each charge that gives something of it back.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::give_back::{Advance, advance_of};
use super::input::{LookBack, PlanInput, RemoteState};
use crate::charge::ChargeKey;

/// Of a plan; gathered when the first is asked for, since most plans give nothing back.
pub(super) struct Advances<'a> {
    input: &'a PlanInput,
    found: OnceCell<Found<'a>>,
}

#[derive(Default)]
struct Found<'a> {
    /// By a document that is not posted yet.
    unposted: BTreeSet<Advance<'a>>,
    posted: BTreeSet<Advance<'a>>,
}

impl<'a> Advances<'a> {
    pub(super) fn of(input: &'a PlanInput) -> Self {
        Self {
            input,
            found: OnceCell::new(),
        }
    }

    /// Is it billed in advance by a document that is not posted yet?
    pub(super) fn is_awaited(&self, key: &ChargeKey) -> bool {
        self.found().unposted.contains(&advance_of(key))
    }

    /// Does a document bill it in advance, posted or not, or is it going to with this plan?
    pub(super) fn is_billed(&self, key: &ChargeKey) -> bool {
        self.found().posted.contains(&advance_of(key)) || self.is_awaited(key)
    }

    fn found(&self) -> &Found<'a> {
        self.found.get_or_init(|| {
            let mut found = Found::default();
            for confirmed in &self.input.confirmed {
                let known = match confirmed.state {
                    RemoteState::Void => continue,
                    RemoteState::Draft => &mut found.unposted,
                    RemoteState::Posted => &mut found.posted,
                };
                let lines = confirmed.delivery.lines.iter();
                let billed = lines.filter(|line| !line.billed.is_negative());
                known.extend(billed.map(|line| advance_of(&line.charge)));
            }
            let periods = self.input.periods.iter();
            for period in periods.filter(|period| period.look_back == LookBack::Within) {
                let charges = period.charges.iter();
                let billing = charges.filter(|one| !one.net.is_negative() && !one.net.is_zero());
                found
                    .unposted
                    .extend(billing.map(|charge| advance_of(&charge.key)));
            }
            found
        })
    }
}

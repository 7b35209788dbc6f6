//! What the company runs and when it changes: as it truly was, whatever the exports say.

use jiff::civil::Date;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Machine,
    Disk,
    Rack,
    Licence,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Machine => "virtual-machine",
            Self::Disk => "disk",
            Self::Rack => "rack",
            Self::Licence => "licence",
        }
    }

    pub(crate) fn letters(self) -> &'static str {
        match self {
            Self::Machine => "VM",
            Self::Disk => "DSK",
            Self::Rack => "RCK",
            Self::Licence => "LIC",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) owner: &'static str,
    pub(crate) size: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Thing {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    /// From each day on; nothing where it is gone.
    changes: Vec<(Date, Option<State>)>,
}

impl Thing {
    pub(crate) fn new(id: String, kind: Kind, since: Date, state: State) -> Self {
        Self {
            id,
            kind,
            changes: vec![(since, Some(state))],
        }
    }

    pub(crate) fn at(&self, day: Date) -> Option<State> {
        let mut known = self.changes.iter().filter(|(from, _)| *from <= day);
        known.next_back().and_then(|(_, state)| *state)
    }

    /// Days are given in order.
    pub(crate) fn change(&mut self, day: Date, state: Option<State>) {
        self.changes.push((day, state));
    }
}

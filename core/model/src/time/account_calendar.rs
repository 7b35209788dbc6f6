//! The calendar of an account, where it has one of its own: its time zone, its anchor, and what its documents gather.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Cycle, CycleLength};

/// What an account has of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountCalendar {
    /// Whose midnights bound its charge periods; those of the billing period where absent.
    pub zone: Option<TimeZone>,
    /// A day on which its charge periods begin, where an item has none.
    pub anchor: Option<Date>,
    /// What one of its documents gathers.
    pub gathers: Gathers,
}

/// The charge periods of how long a time one document gathers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Gathers {
    #[default]
    Month,
    Quarter,
    Year,
}

impl Gathers {
    pub const ALL: [Self; 3] = [Self::Month, Self::Quarter, Self::Year];

    /// As a person writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The cycle of the documents, where it is not each month's.
    pub(crate) fn cycle(self, anchor: Option<Date>) -> Option<Cycle> {
        let length = match self {
            Self::Month => return None,
            Self::Quarter => CycleLength::Quarter,
            Self::Year => CycleLength::Year,
        };
        Some(Cycle { length, anchor })
    }
}

impl FromStr for Gathers {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut all = Self::ALL.into_iter();
        all.find(|one| one.name() == text).ok_or(())
    }
}

impl AccountCalendar {
    /// The month whose plan holds what belongs to a day: the first day of it.
    pub fn plan_of(&self, day: Date) -> Date {
        let last = match self.gathers.cycle(self.anchor) {
            None => day,
            Some(cycle) => {
                let document = cycle.containing(day);
                document.next_day.yesterday().unwrap_or(day)
            }
        };
        last.first_of_month()
    }
}

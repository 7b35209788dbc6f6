//! What one listing says of one resource, and from when until when.

use counterfoil_model::ids::ResourceId;
use counterfoil_model::time::Instant;
use counterfoil_model::timeline::Seen;

use super::later::Next;

/// Until when a listing says something.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until<'a> {
    /// Until further notice.
    Open,
    /// The next listing that told the state.
    Next(Next<'a>),
    /// The end of an interval.
    End(Instant),
}

impl<'a> Until<'a> {
    pub(crate) fn told(next: Option<Next<'a>>) -> Self {
        next.map_or(Self::Open, Self::Next)
    }

    pub(crate) fn of_interval(end: Option<Instant>) -> Self {
        end.map_or(Self::Open, Self::End)
    }

    pub(super) fn next(self) -> Option<Next<'a>> {
        match self {
            Self::Next(next) => Some(next),
            Self::Open | Self::End(_) => None,
        }
    }

    pub(crate) fn at(self) -> Option<Instant> {
        match self {
            Self::Open => None,
            Self::Next(next) => Some(next.valid),
            Self::End(end) => Some(end),
        }
    }
}

/// What a listing says of a resource, and from when until when.
#[derive(Debug)]
pub(crate) struct Statement<'a> {
    pub(crate) resource: ResourceId,
    pub(crate) at: Instant,
    pub(crate) until: Until<'a>,
    pub(crate) seen: Seen,
    pub(crate) external_id: &'a str,
    pub(crate) place: &'a str,
}

//! What every request shares: the store, the behaviour, the faults, the clock and the token.

use std::sync::Arc;

use counterfoil_store::practice::PracticeStore;
use jiff::Timestamp;

use crate::faults::{Behaviour, Faults};

/// Bytes of a request's body.
pub(crate) const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Items of a page, where the request does not say.
pub(crate) const PAGE_ITEMS_DEFAULT: u32 = 50;
/// Items of a page.
pub(crate) const PAGE_ITEMS_MAX: u32 = 200;
/// Characters of a reference.
pub(crate) const REFERENCE_LENGTH_MAX: usize = 64;
/// Characters of any other text.
pub(crate) const TEXT_LENGTH_MAX: usize = 1_000;

pub(crate) type Shared = Arc<App>;

#[derive(Debug)]
pub(crate) struct App {
    pub(crate) store: PracticeStore,
    pub(crate) behaviour: Behaviour,
    pub(crate) faults: Faults,
    pub(crate) clock: Clock,
    pub(crate) token: Option<String>,
}

/// Where the time of a change comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Clock {
    System,
    Fixed(Timestamp),
}

impl Clock {
    /// RFC 3339 in UTC with whole seconds.
    pub(crate) fn now(self) -> String {
        let now = match self {
            Self::System => Timestamp::now(),
            Self::Fixed(instant) => instant,
        };
        now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

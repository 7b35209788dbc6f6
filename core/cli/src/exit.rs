//! Exit codes, as `--help` documents them.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    Failed,
    /// The command line or the configuration is wrong.
    Usage,
    /// Something waits for a person.
    Findings,
    /// Some deliveries are not confirmed.
    Unconfirmed,
    /// By Ctrl-C or SIGTERM, at a safe point: there is more to do.
    Stopped,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Findings => 3,
            Self::Unconfirmed => 4,
            Self::Stopped => 130,
        }
    }
}

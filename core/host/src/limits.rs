//! How much one call may use, and the counting of memory. What happens at a limit is the call's.

use std::time::Duration;

use wasmtime::ResourceLimiter;

use crate::manifest::LimitsSection;

/// The epoch advances so often.
pub(crate) const TICK_MS: u32 = 10;

const MIB: u32 = 1 << 20;
/// The pool's slots have this size.
pub(crate) const MEMORY_BYTES_CAP: u32 = 256 * MIB;
const MEMORY_BYTES_DEFAULT: u32 = 64 * MIB;
const CPU_MS_CAP: u32 = 600_000;
const CPU_MS_DEFAULT: u32 = 10_000;
const WALL_SECS_CAP: u32 = 3600;
const WALL_SECS_DEFAULT: u32 = 300;
const REQUESTS_CAP: u32 = 1_000_000;
const REQUESTS_DEFAULT: u32 = 10_000;
const TABLE_ELEMENTS_CAP: usize = 100_000;

/// The limits of one call: the manifest's, within the host's.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_field_names,
    reason = "the name of a limit says which end it is"
)]
pub(crate) struct Limits {
    pub(crate) memory_bytes_max: u32,
    pub(crate) cpu_ms_max: u32,
    pub(crate) wall_secs_max: u32,
    pub(crate) requests_max: u32,
}

impl Limits {
    pub(crate) fn of(section: &LimitsSection) -> Self {
        let within = |asked: Option<u32>, default: u32, cap: u32| asked.unwrap_or(default).min(cap);
        Self {
            memory_bytes_max: within(
                section.memory_bytes_max,
                MEMORY_BYTES_DEFAULT,
                MEMORY_BYTES_CAP,
            ),
            cpu_ms_max: within(section.cpu_ms_max, CPU_MS_DEFAULT, CPU_MS_CAP),
            wall_secs_max: within(section.wall_secs_max, WALL_SECS_DEFAULT, WALL_SECS_CAP),
            requests_max: within(section.requests_max, REQUESTS_DEFAULT, REQUESTS_CAP),
        }
    }

    pub(crate) fn wall(&self) -> Duration {
        Duration::from_secs(u64::from(self.wall_secs_max))
    }
}

/// A limit that a call ran into, with the key of the manifest that sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    #[error("used more memory than limits.memory_bytes_max = {0} allows")]
    Memory(u32),
    #[error("computed for longer than limits.cpu_ms_max = {0} allows")]
    Cpu(u32),
    #[error("took longer than limits.wall_secs_max = {0} allows")]
    Wall(u32),
    #[error("made a table of more than {0} elements")]
    Table(usize),
}

/// Counts the ticks in which a guest computed.
#[derive(Debug)]
pub(crate) struct CpuMeter {
    ticks: u32,
    ms_max: u32,
}

impl CpuMeter {
    pub(crate) fn new(ms_max: u32) -> Self {
        Self { ticks: 0, ms_max }
    }

    /// Takes note of a tick, and says whether the limit is reached. A tick that fell into a wait for a remote is not the
    /// guest's, else a thousand slow answers would count as ten seconds of work.
    pub(crate) fn tick(&mut self, waited: bool) -> Option<Limit> {
        self.ticks = self.ticks.saturating_add(u32::from(!waited));
        (self.ticks.saturating_mul(TICK_MS) > self.ms_max).then_some(Limit::Cpu(self.ms_max))
    }
}

/// Counts the memory of all of a store's instances together.
#[derive(Debug)]
pub(crate) struct MemoryGauge {
    bytes: usize,
    bytes_max: u32,
}

impl MemoryGauge {
    pub(crate) fn new(bytes_max: u32) -> Self {
        Self {
            bytes: 0,
            bytes_max,
        }
    }
}

impl ResourceLimiter for MemoryGauge {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let bytes = self.bytes + desired.saturating_sub(current);
        if u32::try_from(bytes).is_ok_and(|bytes| bytes <= self.bytes_max) {
            self.bytes = bytes;
            return Ok(true);
        }
        // A trap with a reason: told "no" in the ordinary way, the guest's allocator aborts and the reason is lost.
        Err(wasmtime::Error::new(Limit::Memory(self.bytes_max)))
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired <= TABLE_ELEMENTS_CAP {
            Ok(true)
        } else {
            Err(wasmtime::Error::new(Limit::Table(TABLE_ELEMENTS_CAP)))
        }
    }
}

impl Limit {
    /// The key of the manifest that sets it, and the most that this host allows; none where no manifest can raise it.
    pub fn key(self) -> Option<(&'static str, u32)> {
        match self {
            Self::Memory(_) => Some(("memory_bytes_max", MEMORY_BYTES_CAP)),
            Self::Cpu(_) => Some(("cpu_ms_max", CPU_MS_CAP)),
            Self::Wall(_) => Some(("wall_secs_max", WALL_SECS_CAP)),
            Self::Table(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_not_computing() {
        let mut meter = CpuMeter::new(30);
        assert!((0..1000).all(|_| meter.tick(true).is_none()));
        assert!((0..3).all(|_| meter.tick(false).is_none()));
        assert_eq!(meter.tick(false), Some(Limit::Cpu(30)));
    }

    #[test]
    fn a_manifest_asks_within_the_host_s_limits() {
        let asked = |text: &str| Limits::of(&toml::from_str(text).unwrap());
        assert_eq!(asked("").memory_bytes_max, MEMORY_BYTES_DEFAULT);
        assert_eq!(asked("memory_bytes_max = 1024").memory_bytes_max, 1024);
        assert_eq!(
            asked("memory_bytes_max = 4000000000").memory_bytes_max,
            MEMORY_BYTES_CAP
        );
    }

    #[test]
    fn memories_count_together() {
        let mut gauge = MemoryGauge::new(100);
        assert!(gauge.memory_growing(0, 60, None).unwrap());
        assert!(gauge.memory_growing(60, 70, None).unwrap());
        let error = gauge.memory_growing(0, 31, None).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Limit::Memory(100)));
    }
}

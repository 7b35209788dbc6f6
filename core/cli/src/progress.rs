//! Progress bars on a terminal, nothing elsewhere.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use counterfoil_engine::progress::{Progress, Reading};
use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

const TICK: Duration = Duration::from_millis(120);
const COUNTED: &str = "{prefix:>12} {bar:30} {pos}/{len} {per_sec} {eta} left {msg}";
const UNCOUNTED: &str = "{prefix:>12} {spinner} {pos} {per_sec} {msg}";
const BYTES: &str = "{prefix:>12} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta} left {msg}";
const ROWS: &str = "{prefix:>12} {bar:30} {pos}/{len} rows {per_sec} {eta} left {msg}";
const ROWS_UNCOUNTED: &str = "{prefix:>12} {spinner} {pos} rows {per_sec} {msg}";

/// Draws on standard error, and only where that is a terminal.
pub(crate) struct Bars {
    all: MultiProgress,
    current: Mutex<ProgressBar>,
}

impl Bars {
    pub(crate) fn new(hidden: bool) -> Self {
        let target = if hidden || crate::style::is_dumb() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        Self::on(target)
    }

    fn on(target: ProgressDrawTarget) -> Self {
        Self {
            all: MultiProgress::with_draw_target(target),
            current: Mutex::new(ProgressBar::hidden()),
        }
    }

    fn current(&self) -> MutexGuard<'_, ProgressBar> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bar(&self, title: &str, total: Option<u64>, template: &str) -> ProgressBar {
        let bar = match total {
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::no_length(),
        };
        let bar = self.all.add(bar);
        style(&bar, template);
        bar.set_prefix(title.to_owned());
        bar.enable_steady_tick(TICK);
        bar
    }
}

fn style(bar: &ProgressBar, template: &str) {
    bar.set_style(
        ProgressStyle::with_template(template).expect("the template is a constant that parses"),
    );
}

impl Progress for Bars {
    fn begin(&self, title: &str, total: Option<u64>) {
        let template = if total.is_some() { COUNTED } else { UNCOUNTED };
        self.current().finish_and_clear();
        let bar = self.bar(title, total, template);
        *self.current() = bar;
    }

    fn advance(&self, count: u64) {
        self.current().inc(count);
    }

    fn note(&self, text: &str) {
        self.current().set_message(text.to_owned());
    }

    fn end(&self) {
        self.current().finish_and_clear();
    }

    fn reading(&self, _title: &str, rows: Option<u64>) -> Arc<dyn Reading> {
        let template = if rows.is_some() { ROWS } else { ROWS_UNCOUNTED };
        Arc::new(ListingBar {
            bar: self.bar("", rows, template),
            rows: AtomicU64::new(0),
            is_file: AtomicBool::new(false),
        })
    }
}

/// Of one listing: the bytes of its file, or its rows against those of the last time.
#[derive(Debug)]
struct ListingBar {
    bar: ProgressBar,
    rows: AtomicU64,
    is_file: AtomicBool,
}

impl Reading for ListingBar {
    fn rows(&self, count: u64) {
        let rows = self.rows.fetch_add(count, Ordering::Relaxed) + count;
        if self.is_file.load(Ordering::Relaxed) {
            self.bar.set_message(format!("{} rows", HumanCount(rows)));
        } else {
            // More may have come since the last time.
            if self.bar.length().is_some_and(|length| length < rows) {
                self.bar.set_length(rows);
            }
            self.bar.set_position(rows);
        }
    }

    fn bytes(&self, until: u64, length: u64) {
        if !self.is_file.swap(true, Ordering::Relaxed) {
            style(&self.bar, BYTES);
        }
        self.bar.set_length(length);
        self.bar.set_position(until);
    }

    fn keeping(&self) {
        let rows = self.rows.load(Ordering::Relaxed);
        self.bar
            .set_message(format!("keeping {} rows", HumanCount(rows)));
    }
}

impl Drop for ListingBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

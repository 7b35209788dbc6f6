//! Progress bars on a terminal, nothing elsewhere.

use std::sync::Mutex;
use std::time::Duration;

use counterfoil_engine::progress::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Draws on standard error, and only where that is a terminal.
pub(crate) struct Bars {
    current: Mutex<ProgressBar>,
    hidden: bool,
}

impl Bars {
    pub(crate) fn new(hidden: bool) -> Self {
        Self {
            current: Mutex::new(ProgressBar::hidden()),
            hidden: hidden || crate::style::is_dumb(),
        }
    }

    fn bar(&self) -> ProgressBar {
        self.current
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }
}

impl Progress for Bars {
    fn begin(&self, title: &str, total: Option<u64>) {
        let bar = match total {
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::no_length(),
        };
        bar.set_draw_target(if self.hidden {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        });
        let template = match total {
            Some(_) => "{prefix:>12} {bar:30} {pos}/{len} {per_sec} {eta} left {msg}",
            None => "{prefix:>12} {spinner} {pos} {per_sec} {msg}",
        };
        bar.set_style(
            ProgressStyle::with_template(template).expect("the template is a constant that parses"),
        );
        bar.set_prefix(title.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        let mut current = self
            .current
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        current.finish_and_clear();
        *current = bar;
    }

    fn advance(&self, count: u64) {
        self.bar().inc(count);
    }

    fn note(&self, text: &str) {
        self.bar().set_message(text.to_owned());
    }

    fn end(&self) {
        self.bar().finish_and_clear();
    }
}

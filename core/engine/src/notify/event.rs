//! Something that people are told: what it is, what makes it the same as another one, and how it reads.

use counterfoil_model::digest::Digest;
use counterfoil_model::ids::PipelineId;
use counterfoil_model::time::Instant;
use serde_json::{Value, json};

use crate::config::EventKind;
use crate::session::Wired;

/// Lines that one notification has at most; the rest is counted.
const LINES_MAX: usize = 40;

#[derive(Debug, Clone)]
pub struct Event {
    pub kind: EventKind,
    /// What makes two events of a pipeline and kind the same one.
    pub(super) key: Value,
    /// One line.
    pub subject: String,
    pub lines: Vec<String>,
    pub next_step: String,
    /// For scripts.
    pub details: Value,
}

impl Event {
    pub(super) fn digest(&self, pipeline: PipelineId) -> Digest {
        Digest::of_json(&json!([pipeline, self.kind, self.key]))
    }

    /// What is posted, and what a mail is made from.
    pub(super) fn body(&self, wired: &Wired<'_>, now: Instant) -> Value {
        let mut lines: Vec<String> = self.lines.iter().take(LINES_MAX).cloned().collect();
        if self.lines.len() > LINES_MAX {
            lines.push(format!("… and {} more", self.lines.len() - LINES_MAX));
        }
        json!({
            "shape": "notification/1",
            "id": id(self.digest(wired.id)),
            "kind": self.kind,
            "pipeline": wired.pipeline.name,
            "at": now,
            "subject": format!("{}: {}", wired.pipeline.name, self.subject),
            "lines": lines,
            "next_step": self.next_step,
            "details": self.details,
        })
    }
}

/// By which a receiver takes a notification once.
pub(super) fn id(event: Digest) -> String {
    event.to_string()[..32].to_owned()
}

/// The text of a mail.
pub(super) fn text(body: &Value) -> String {
    let part = |key: &str| body[key].as_str().unwrap_or_default();
    let lines = body["lines"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut text = format!("{}\n", part("subject"));
    for line in lines {
        text.push_str(&format!("\n  {}", line.as_str().unwrap_or_default()));
    }
    if !lines.is_empty() {
        text.push('\n');
    }
    if !part("next_step").is_empty() {
        text.push_str(&format!("\nnext: {}\n", part("next_step")));
    }
    text.push_str(&format!(
        "\n-- \ncounterfoil, pipeline {}, {}, notification {}\n",
        part("pipeline"),
        part("at"),
        part("id")
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_says_what_and_what_next() {
        let body = json!({
            "id": "4af1", "pipeline": "north", "at": "2026-04-01T06:00:00Z",
            "subject": "north: 1 account waits", "lines": ["acme 1.00 EUR"], "next_step": "approve it",
        });
        assert_eq!(
            text(&body),
            "north: 1 account waits\n\n  acme 1.00 EUR\n\nnext: approve it\n\n-- \ncounterfoil, pipeline north, \
             2026-04-01T06:00:00Z, notification 4af1\n"
        );
    }
}

//! The story of the demo: which commands are run, in which order, and how each must end. It runs nothing.

use std::path::Path;

/// Tells the pipeline of the example where the practice API listens.
pub(crate) const PRACTICE_URL: &str = "PRACTICE_URL";
/// Tells the pipeline of the example the token of the practice API.
pub(crate) const PRACTICE_TOKEN: &str = "PRACTICE_TOKEN";
pub(crate) const TOKEN: &str = "practice-token";
/// Tells the pipeline of the example where its database belongs.
pub(crate) const STATE: &str = "COUNTERFOIL_STATE";

#[derive(Debug)]
pub(crate) enum Scene {
    /// One command of the binary.
    Run {
        title: &'static str,
        arguments: &'static [&'static str],
        exit_codes: &'static [i32],
    },
    /// Someone changes an invoice in the invoicing system by hand.
    EditInvoice { title: &'static str },
}

impl Scene {
    pub(crate) const fn title(&self) -> &'static str {
        match self {
            Self::Run { title, .. } | Self::EditInvoice { title } => title,
        }
    }
}

/// The clock of the whole story: the morning after the month.
pub(crate) const NOW: &str = "2026-04-01T06:00:00Z";
const DONE: &[i32] = &[0];
/// Done, and a person has to look at something.
const FINDINGS: &[i32] = &[3];
/// On the first run and on the ones after it, which go on with what the first one left.
const DONE_OR_FINDINGS: &[i32] = &[0, 3];

pub(crate) const SCENES: [Scene; 9] = [
    run("Check the pipeline", &["check", "--connect"], DONE),
    run(
        "Discover: thirty daily exports become history",
        &["discover"],
        DONE_OR_FINDINGS,
    ),
    run(
        "Classify: whose each resource is, and what nobody owns",
        &["classify"],
        FINDINGS,
    ),
    run(
        "Plan: the invoices of March, before anything is sent",
        &["plan", "--period", "2026-03"],
        DONE,
    ),
    run(
        "Approve all of it",
        &["approve", "--period", "2026-03", "--all", "--by", "demo"],
        DONE,
    ),
    run(
        "Apply: send the invoices through the connector",
        &["apply", "--period", "2026-03"],
        DONE,
    ),
    run(
        "Reconcile: is what the other side holds what was sent?",
        &["reconcile", "--period", "2026-03"],
        DONE_OR_FINDINGS,
    ),
    Scene::EditInvoice {
        title: "Meanwhile, someone edits an invoice behind our back",
    },
    run(
        "Reconcile again: the edit is found, with what to do",
        &["reconcile", "--period", "2026-03"],
        FINDINGS,
    ),
];

const fn run(
    title: &'static str,
    arguments: &'static [&'static str],
    exit_codes: &'static [i32],
) -> Scene {
    Scene::Run {
        title,
        arguments,
        exit_codes,
    }
}

pub(crate) fn ending(binary: &Path, example: &Path, state: &Path) -> String {
    format!(
        "\nWhere things are\n  the binary    {}\n  the pipeline  {}\n  the state     {}\n\n\
         What to try next\n  cargo xtask demo           goes on where this ended: nothing is billed twice\n  \
         cargo xtask demo --fresh   begins anew\n  {} --help",
        binary.display(),
        example.display(),
        state.display(),
        binary.display(),
    )
}

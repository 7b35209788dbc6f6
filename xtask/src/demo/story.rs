//! The story of the demo: which commands are run, in which order, and how each must end. It runs nothing.

use std::path::Path;

/// Tells the pipeline of the example where the practice API listens.
pub(crate) const PRACTICE_URL: &str = "PRACTICE_URL";
/// Tells the pipeline of the example where its database belongs.
pub(crate) const STATE: &str = "COUNTERFOIL_STATE";

#[derive(Debug)]
pub(crate) enum Scene {
    /// One command of the binary.
    Run {
        title: &'static str,
        arguments: &'static [&'static str],
        exit_code: i32,
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
const NOW: &str = "2026-04-01T08:00:00+02:00";
/// The exit code of `reconcile` when it has findings.
const FINDINGS: i32 = 3;

pub(crate) const SCENES: [Scene; 8] = [
    run(
        "Discover: thirty daily exports become history",
        &["--now", NOW, "discover"],
        0,
    ),
    run(
        "Classify: whose each resource is, and what nobody owns",
        &["--now", NOW, "classify"],
        0,
    ),
    run(
        "Plan: the invoices of March, before anything is sent",
        &["--now", NOW, "plan"],
        0,
    ),
    run("Approve all of it", &["--now", NOW, "approve", "--all"], 0),
    run(
        "Apply: send the invoices through the connector",
        &["--now", NOW, "apply"],
        0,
    ),
    run(
        "Reconcile: both sides agree to the cent",
        &["--now", NOW, "reconcile"],
        0,
    ),
    Scene::EditInvoice {
        title: "Meanwhile, someone edits an invoice behind our back",
    },
    run(
        "Reconcile again: the edit is found, with what to do",
        &["--now", NOW, "reconcile"],
        FINDINGS,
    ),
];

const fn run(title: &'static str, arguments: &'static [&'static str], exit_code: i32) -> Scene {
    Scene::Run {
        title,
        arguments,
        exit_code,
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

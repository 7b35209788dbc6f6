//! Every shape that a command answers, by command: what `counterfoil shapes` lists, and what the committed schemas are made
//! from.

use crate::commands::{
    apply, approvals, approve, backup, check, classify, close, discover, explain, export, init,
    inventory, map, notifications, opening, pause, plan, practice, preview, rate, reconcile,
    release, report, run, schema, shadow, shapes, status, verify, what_if,
};
use crate::output::{Described, ERROR};

pub(crate) fn all() -> Vec<Described> {
    vec![
        init::SHAPE.of("init"),
        check::SHAPE.of("check"),
        discover::SHAPE.of("discover"),
        inventory::list::SHAPE.of("inventory list"),
        inventory::delta::SHAPE.of("inventory delta"),
        inventory::history::SHAPE.of("inventory history"),
        inventory::coverage::SHAPE.of("inventory coverage"),
        inventory::broken::SHAPE.of("inventory broken"),
        inventory::withheld::SHAPE.of("inventory withheld"),
        inventory::approve_withheld::SHAPE.of("inventory approve-withheld"),
        inventory::approve_withheld::SHAPE.of("inventory dismiss-withheld"),
        inventory::retire::SHAPE.of("inventory retire"),
        classify::SHAPE.of("classify"),
        rate::SHAPE.of("rate"),
        plan::SHAPE.of("plan"),
        preview::SHAPE.of("preview"),
        export::ubl::SHAPE.of("export ubl"),
        export::focus::SHAPE.of("export focus"),
        export::lines::SHAPE.of("export lines"),
        approve::SHAPE.of("approve"),
        approvals::SHAPE.of("approvals"),
        pause::SHAPE.of("pause"),
        apply::SHAPE.of("apply"),
        release::SHAPE.of("release"),
        reconcile::SHAPE.of("reconcile"),
        close::SHAPE.of("close"),
        close::CERTIFICATE.of("close"),
        explain::DELIVERY.of("explain"),
        explain::RESOURCE.of("explain"),
        explain::TOTAL.of("explain"),
        explain::DIFFERENCE.of("explain"),
        report::growth::SHAPE.of("report growth"),
        report::changes::SHAPE.of("report changes"),
        report::delivered::SHAPE.of("report delivered"),
        report::first_seen::SHAPE.of("report first-seen"),
        report::known::SHAPE.of("report known"),
        report::unbilled::SHAPE.of("report unbilled"),
        report::suggestions::SHAPE.of("report suggestions"),
        report::margin::SHAPE.of("report margin"),
        report::usage::SHAPE.of("report usage"),
        shadow::SHAPE.of("shadow"),
        what_if::SHAPE.of("what-if"),
        map::PROPOSE.of("map propose"),
        map::IMPORT.of("map import"),
        map::LIST.of("map list"),
        opening::IMPORT.of("opening import"),
        opening::LIST.of("opening list"),
        verify::SHAPE.of("verify"),
        run::SHAPE.of("run"),
        status::SHAPE.of("status"),
        notifications::SHAPE.of("notifications"),
        backup::BACKUP.of("backup"),
        backup::RESTORE.of("restore"),
        practice::SHAPE.of("practice"),
        schema::LIST.of("schema"),
        schema::WRITTEN.of("schema"),
        shapes::SHAPE.of("shapes"),
        ERROR.of(""),
    ]
}

/// The tables of everything that a command may answer; none where it is not known here.
pub(crate) fn tables_of(command: &str) -> Vec<&'static str> {
    let answers = all().into_iter().filter(|shape| shape.command == command);
    answers
        .flat_map(|shape| shape.tables.iter().copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::CommandFactory;

    use super::*;
    use crate::args::Cli;
    use crate::commands::shapes::pretty;

    /// What answers no data: texts that are a file of their own.
    const WITHOUT: [&str; 3] = ["completions", "man", "reference"];

    fn leaves(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        for sub in command
            .get_subcommands()
            .filter(|sub| sub.get_name() != "help")
        {
            let path = format!("{path} {}", sub.get_name());
            if sub.has_subcommands() {
                leaves(sub, &path, found);
            } else {
                found.push(path.trim().to_owned());
            }
        }
    }

    #[test]
    fn every_command_has_a_shape_and_every_shape_a_command() {
        let mut commands = Vec::new();
        leaves(&Cli::command(), "", &mut commands);
        let shapes = all();
        for command in &commands {
            let answers = shapes.iter().any(|shape| shape.command == command);
            let is_without = WITHOUT.contains(&command.as_str());
            assert!(answers != is_without, "{command} in core/cli/src/shapes.rs");
        }
        for shape in shapes.iter().filter(|shape| !shape.command.is_empty()) {
            assert!(commands.contains(&shape.command.to_owned()), "{}", shape.id);
        }
    }

    #[test]
    fn the_committed_schemas_are_those_of_the_types() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/answers");
        let mut expected = Vec::new();
        for shape in all() {
            let path = folder.join(shape.file_name());
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            let name = shape.file_name();
            assert!(
                committed == pretty(&shape.schema()).unwrap(),
                "schemas/answers/{name} is stale: run `cargo xtask schemas`"
            );
            expected.push(name);
        }
        for entry in std::fs::read_dir(&folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(
                expected.contains(&name),
                "schemas/answers/{name} is of no shape"
            );
        }
    }
}

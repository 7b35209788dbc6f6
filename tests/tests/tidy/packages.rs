//! Rules between packages: the layers, the doors, and that versions stand in the root alone.

use toml::{Table, Value};

/// Our own packages that a package may use. What is not here may not exist.
const LAYERS: [(&str, &[&str]); 9] = [
    ("counterfoil-model", &[]),
    ("counterfoil-host", &[]),
    ("counterfoil-sdk", &[]),
    ("counterfoil-store", &["counterfoil-model"]),
    (
        "counterfoil-practice",
        &["counterfoil-model", "counterfoil-store"],
    ),
    (
        "counterfoil-engine",
        &["counterfoil-host", "counterfoil-model", "counterfoil-store"],
    ),
    (
        "counterfoil-portal",
        &[
            "counterfoil-engine",
            "counterfoil-host",
            "counterfoil-model",
            "counterfoil-store",
        ],
    ),
    (
        "counterfoil",
        &[
            "counterfoil-engine",
            "counterfoil-host",
            "counterfoil-model",
            "counterfoil-portal",
            "counterfoil-practice",
            "counterfoil-store",
        ],
    ),
    ("xtask", &[]),
];
/// Packages that test and measure, and so may use everything.
const OUTSIDE: [&str; 2] = ["counterfoil-tests", "counterfoil-benches"];
/// Connectors know the contract, and nothing of the engine; the hostile ones of the tests, too.
const CONNECTOR_PREFIXES: [&str; 3] = [
    "counterfoil-source-",
    "counterfoil-sink-",
    "counterfoil-guest-",
];
const CONNECTOR_MAY_USE: &[&str] = &["counterfoil-sdk"];

/// A dependency, and the packages that may use it outside of their tests.
const DOORS: [(&str, &[&str]); 12] = [
    ("axum", &["counterfoil-portal", "counterfoil-practice"]),
    ("cel", &["counterfoil-model"]),
    ("clap", &["counterfoil"]),
    ("cron", &["counterfoil-engine"]),
    ("hyper", &["counterfoil-host"]),
    ("lettre", &["counterfoil-host"]),
    ("minijinja", &["counterfoil-engine"]),
    ("reqwest", &["counterfoil-host"]),
    ("rusqlite", &["counterfoil-store"]),
    ("sqlx", &["counterfoil-store"]),
    ("wasmtime", &["counterfoil-host"]),
    ("wasmtime-wasi", &["counterfoil-host"]),
];
/// What the model and the connectors must not use, not even in tests: they have no runtime of their own.
const RUNTIMES: [&str; 4] = ["async-std", "futures-util", "smol", "tokio"];

const INHERITED: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];

struct Dependency<'a> {
    name: &'a str,
    entry: &'a Value,
    is_for_tests: bool,
}

/// What is wrong with a member's manifest.
pub(crate) fn problems(path: &str, manifest: &str) -> Vec<String> {
    let Ok(manifest) = manifest.parse::<Table>() else {
        return vec![format!("{path}: is no TOML")];
    };
    let Some(package) = manifest.get("package").and_then(Value::as_table) else {
        return vec![format!("{path}: has no package")];
    };
    let name = package
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let dependencies = dependencies(&manifest);
    let mut problems = Vec::new();
    for key in INHERITED {
        if !package.get(key).is_some_and(is_inherited) {
            problems.push(format!("`{key}` is not inherited from the workspace"));
        }
    }
    for dependency in &dependencies {
        if !is_inherited(dependency.entry) {
            problems.push(format!(
                "the version of `{}` stands here and not in the root",
                dependency.name
            ));
        }
    }
    problems.extend(layer_problems(name, &dependencies));
    problems.extend(door_problems(name, &dependencies));
    problems
        .into_iter()
        .map(|problem| format!("{path}: {problem}"))
        .collect()
}

/// Folders with a manifest which the workspace does not list.
pub(crate) fn missing_members<'a>(
    root: &str,
    folders: impl Iterator<Item = &'a str>,
) -> Vec<String> {
    let root: Table = root.parse().expect("cargo has read the root manifest");
    let members = root["workspace"]["members"]
        .as_array()
        .expect("the workspace lists its members");
    folders
        .filter(|folder| !members.iter().any(|member| member.as_str() == Some(folder)))
        .map(|folder| format!("{folder}: is no member of the workspace"))
        .collect()
}

fn layer_problems(name: &str, dependencies: &[Dependency<'_>]) -> Vec<String> {
    if OUTSIDE.contains(&name) {
        return Vec::new();
    }
    let is_connector = CONNECTOR_PREFIXES
        .iter()
        .any(|prefix| name.starts_with(prefix));
    let layer = LAYERS
        .iter()
        .find(|(layer, _)| *layer == name)
        .map(|(_, may_use)| *may_use);
    let Some(may_use) = layer.or(is_connector.then_some(CONNECTOR_MAY_USE)) else {
        return vec![format!(
            "`{name}` has no place in the table of layers (tests/tests/tidy/packages.rs)"
        )];
    };
    let is_ours =
        |used: &str| used == "counterfoil" || used == "xtask" || used.starts_with("counterfoil-");
    let has_runtime = !is_connector && name != "counterfoil-model";
    dependencies
        .iter()
        .filter_map(|dependency| {
            let used = dependency.name;
            if is_ours(used) && !may_use.contains(&used) {
                Some(format!("`{name}` uses `{used}`, which is not below it"))
            } else if !has_runtime && RUNTIMES.contains(&used) {
                Some(format!(
                    "`{name}` uses `{used}`, and must do without a runtime"
                ))
            } else {
                None
            }
        })
        .collect()
}

fn door_problems(name: &str, dependencies: &[Dependency<'_>]) -> Vec<String> {
    if OUTSIDE.contains(&name) || name == "xtask" {
        return Vec::new();
    }
    let in_use = dependencies
        .iter()
        .filter(|dependency| !dependency.is_for_tests);
    in_use
        .filter_map(|dependency| {
            let (door, keepers) = DOORS.iter().find(|(door, _)| *door == dependency.name)?;
            let problem = format!("`{name}` uses `{door}`, whose only doors are {keepers:?}");
            (!keepers.contains(&name)).then_some(problem)
        })
        .collect()
}

/// Those for every target, and those for some.
fn dependencies(manifest: &Table) -> Vec<Dependency<'_>> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let for_targets = targets
        .into_iter()
        .flat_map(Table::values)
        .filter_map(Value::as_table);
    let mut dependencies = Vec::new();
    for table in std::iter::once(manifest).chain(for_targets) {
        for (key, is_for_tests) in [
            ("dependencies", false),
            ("build-dependencies", false),
            ("dev-dependencies", true),
        ] {
            let entries = table.get(key).and_then(Value::as_table);
            dependencies.extend(
                entries
                    .into_iter()
                    .flatten()
                    .map(|(name, entry)| Dependency {
                        name,
                        entry,
                        is_for_tests,
                    }),
            );
        }
    }
    dependencies
}

fn is_inherited(entry: &Value) -> bool {
    entry.get("workspace").and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, rest: &str) -> Vec<String> {
        let inherited = INHERITED
            .map(|key| format!("{key}.workspace = true\n"))
            .concat();
        problems(
            "p/Cargo.toml",
            &format!("[package]\nname = \"{name}\"\n{inherited}{rest}"),
        )
    }

    fn finds(name: &str, rest: &str, problem: &str) {
        let found = found(name, rest);
        assert!(
            found.len() == 1 && found[0].contains(problem),
            "{name}: expected only {problem:?}, found {found:?}"
        );
    }

    fn uses(dependency: &str) -> String {
        format!("[dependencies]\n{dependency}.workspace = true\n")
    }

    #[test]
    fn what_the_layers_allow_is_no_problem() {
        let none = [""; 0];
        assert_eq!(found("counterfoil-store", &uses("counterfoil-model")), none);
        assert_eq!(
            found("counterfoil-sink-new", &uses("counterfoil-sdk")),
            none
        );
        assert_eq!(found("counterfoil-host", &uses("wasmtime")), none);
        assert_eq!(found("counterfoil-tests", &uses("reqwest")), none);
    }

    #[test]
    fn using_a_layer_above_or_beside_is_found() {
        finds(
            "counterfoil-model",
            &uses("counterfoil-store"),
            "not below it",
        );
        finds(
            "counterfoil-store",
            &uses("counterfoil-host"),
            "not below it",
        );
        finds(
            "counterfoil-host",
            &uses("counterfoil-model"),
            "not below it",
        );
        finds("counterfoil-engine", &uses("counterfoil"), "not below it");
        finds(
            "counterfoil-sink-new",
            &uses("counterfoil-model"),
            "not below it",
        );
        finds("xtask", &uses("counterfoil-engine"), "not below it");
        let by_tests = "[dev-dependencies]\ncounterfoil-engine.workspace = true\n";
        finds("counterfoil-store", by_tests, "not below it");
        let on_some_target =
            "[target.'cfg(unix)'.dependencies]\ncounterfoil-engine.workspace = true\n";
        finds("counterfoil-store", on_some_target, "not below it");
    }

    #[test]
    fn a_runtime_where_none_belongs_is_found() {
        finds("counterfoil-model", &uses("tokio"), "without a runtime");
        finds(
            "counterfoil-source-new",
            &uses("tokio"),
            "without a runtime",
        );
    }

    #[test]
    fn a_second_door_is_found() {
        finds(
            "counterfoil-store",
            &uses("reqwest"),
            "`reqwest`, whose only doors",
        );
        finds(
            "counterfoil-model",
            &uses("sqlx"),
            "`sqlx`, whose only doors",
        );
        finds(
            "counterfoil-engine",
            &uses("wasmtime"),
            "`wasmtime`, whose only doors",
        );
        finds(
            "counterfoil-engine",
            &uses("clap"),
            "`clap`, whose only doors",
        );
        finds(
            "counterfoil-host",
            &uses("axum"),
            "`axum`, whose only doors",
        );
        finds("counterfoil", &uses("cron"), "`cron`, whose only doors");
        let by_tests = "[dev-dependencies]\nreqwest.workspace = true\n";
        assert_eq!(found("counterfoil-practice", by_tests), [""; 0]);
    }

    #[test]
    fn a_package_without_a_place_is_found() {
        finds("counterfoil-extras", "", "no place in the table of layers");
    }

    #[test]
    fn versions_outside_the_root_are_found() {
        finds(
            "counterfoil-store",
            "[dependencies]\nserde = \"1\"\n",
            "the version of `serde`",
        );
        let path = "[dependencies]\ncounterfoil-model = { path = \"../model\" }\n";
        finds(
            "counterfoil-store",
            path,
            "the version of `counterfoil-model`",
        );
        let own = problems(
            "p/Cargo.toml",
            "[package]\nname = \"counterfoil-store\"\nversion = \"2.0.0\"\n",
        );
        assert_eq!(own.len(), INHERITED.len());
    }

    #[test]
    fn a_package_outside_of_the_workspace_is_found() {
        let root = "[workspace]\nmembers = [\"core/model\"]\n";
        let found = missing_members(root, ["core/model", "core/new"].into_iter());
        assert_eq!(found, ["core/new: is no member of the workspace"]);
    }
}

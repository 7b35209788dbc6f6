//! Rules for single files: their name, their head, their length, and words that must not be in them.

const SOURCE_LINES_MAX: usize = 400;
const HEAD_LINES_MAX: usize = 3;
const ARCHITECTURE_LINES_MAX: usize = 150;

/// Files that are longer than others may be, each with its reason.
const LONG_FILES: [(&str, &str); 0] = [];

/// Names that say nothing of what is inside.
const NAMELESS: [&str; 8] = [
    "common", "helper", "helpers", "imp", "misc", "shared", "util", "utils",
];

/// The beginnings of paths of one machine, and the hosts of registries. Split, so that this file does not hold them.
const MACHINE_WORDS: [&str; 10] = [
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("crates", ".io/"),
    concat!("index.crates", ".io"),
    concat!("static.rust-lang", ".org"),
    concat!("deb.debian", ".org"),
    concat!("files.pythonhosted", ".org"),
    concat!("pypi", ".org"),
    concat!("registry.npmjs", ".org"),
];
/// Written by cargo, with the registry's name in every entry.
const MACHINE_WRITTEN: [&str; 1] = ["Cargo.lock"];

/// What a crate without I/O, clock and async never has to write.
const IMPURE: [&str; 9] = [
    "::now(",
    "SystemTime",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "async fn",
    ".await",
];

pub(crate) fn problems(path: &str, text: Option<&str>) -> Vec<String> {
    let mut problems = Vec::new();
    let mut add = |problem: String| problems.push(format!("{path}: {problem}"));
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    if ["wasm", "cwasm"].contains(&extension) {
        add("components are built, never committed".to_owned());
    }
    let Some(text) = text else {
        return problems;
    };
    for word in machine_words(path, text) {
        add(format!(
            "holds `{word}`, which is of one machine or names a registry's host"
        ));
    }
    let lines = text.lines().count();
    if path == "ARCHITECTURE.md" && lines > ARCHITECTURE_LINES_MAX {
        add(format!(
            "has {lines} lines, of {ARCHITECTURE_LINES_MAX} at most"
        ));
    }
    if extension != "rs" {
        return problems;
    }
    if let Some(name) = path.split(['/', '.']).find(|part| NAMELESS.contains(part)) {
        add(format!(
            "`{name}` says nothing of what is inside: split it by meaning"
        ));
    }
    if lines > SOURCE_LINES_MAX && !LONG_FILES.iter().any(|(listed, _)| *listed == path) {
        add(format!(
            "has {lines} lines, of {SOURCE_LINES_MAX} at most: split it by meaning"
        ));
    }
    // A longer story, an example say, may follow after an empty line.
    let head = text
        .lines()
        .take_while(|line| line.starts_with("//! "))
        .count();
    if head == 0 {
        add(
            "has no head: begin with `//!` and what it is responsible for and must not know"
                .to_owned(),
        );
    } else if head > HEAD_LINES_MAX {
        add(format!(
            "has a head of {head} lines, of {HEAD_LINES_MAX} at most"
        ));
    }
    if path.starts_with("core/model/src/") {
        for word in IMPURE.iter().filter(|word| text.contains(**word)) {
            add(format!(
                "holds `{word}`: the model has no I/O, no async and no clock"
            ));
        }
    }
    problems
}

fn machine_words(path: &str, text: &str) -> Vec<&'static str> {
    if MACHINE_WRITTEN.contains(&path) {
        return Vec::new();
    }
    let is_inside = |word: &str| {
        let mut places = text.match_indices(word);
        // "a/work/b" is a path of ours; what begins with the word is not.
        places.any(|(place, _)| {
            !text[..place]
                .ends_with(|before: char| before.is_alphanumeric() || "._-}".contains(before))
        })
    };
    MACHINE_WORDS
        .into_iter()
        .filter(|word| is_inside(word))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The problems of a file, without its path.
    fn found(path: &str, text: &str) -> Vec<String> {
        let prefix = format!("{path}: ");
        problems(path, Some(text))
            .into_iter()
            .map(|problem| {
                problem
                    .strip_prefix(&prefix)
                    .expect("problems name their file")
                    .to_owned()
            })
            .collect()
    }

    fn finds(path: &str, text: &str, problem: &str) {
        let found = found(path, text);
        assert!(
            found.len() == 1 && found[0].contains(problem),
            "{path}: expected only {problem:?}, found {found:?}"
        );
    }

    #[test]
    fn a_tidy_file_has_no_problem() {
        assert_eq!(
            found("core/model/src/money.rs", "//! Money.\n\nstruct Money;\n"),
            [""; 0]
        );
        assert_eq!(
            found("docs/admins.md", "see docs/work/plan.md and ./work/x\n"),
            [""; 0]
        );
    }

    #[test]
    fn heads_are_needed_and_short() {
        finds("core/store/src/rows.rs", "struct Row;\n", "has no head");
        finds("core/store/src/rows.rs", "// Rows.\n", "has no head");
        finds(
            "core/store/src/rows.rs",
            &"//! More.\n".repeat(4),
            "a head of 4 lines",
        );
    }

    #[test]
    fn long_files_are_found() {
        let text = format!("//! Long.\n{}", "fn f() {}\n".repeat(400));
        finds("core/store/src/long.rs", &text, "has 401 lines");
        finds("ARCHITECTURE.md", &"line\n".repeat(151), "has 151 lines");
    }

    #[test]
    fn nameless_modules_are_found() {
        finds(
            "core/store/src/utils.rs",
            "//! Things.\n",
            "`utils` says nothing",
        );
        finds(
            "core/store/src/imp/rows.rs",
            "//! Rows.\n",
            "`imp` says nothing",
        );
    }

    #[test]
    fn words_of_one_machine_are_found() {
        finds(
            "docs/admins.md",
            concat!("cd /ro", "ot/project\n"),
            "is of one machine",
        );
        finds(
            "README.md",
            concat!("see https://pypi", ".org/p\n"),
            "is of one machine",
        );
        assert_eq!(
            found(
                "Cargo.lock",
                concat!("https://github.com/x/crates", ".io-index")
            ),
            [""; 0]
        );
    }

    #[test]
    fn an_impure_model_is_found() {
        finds(
            "core/model/src/clock.rs",
            "//! Time.\nlet t = Timestamp::now();\n",
            "`::now(`",
        );
        finds(
            "core/model/src/read.rs",
            "//! Files.\nuse std::fs;\n",
            "`std::fs`",
        );
        assert_eq!(
            found("core/store/src/read.rs", "//! Files.\nuse std::fs;\n"),
            [""; 0]
        );
    }

    #[test]
    fn committed_components_are_found() {
        let found = problems("plugins/sinks/odoo/odoo.wasm", None);
        assert_eq!(
            found,
            ["plugins/sinks/odoo/odoo.wasm: components are built, never committed"]
        );
    }
}

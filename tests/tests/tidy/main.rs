//! Facts about the repository that no compiler checks: what each file looks like, which crate may use which.
//! Each check is a function from text to problems, and is shown a violation of every rule.

mod book;
mod files;
mod packages;
mod repository;

use repository::Repository;

fn expect_none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn every_file_is_tidy() {
    let repository = Repository::open();
    let problems: Vec<String> = repository
        .files
        .iter()
        .flat_map(|file| files::problems(&file.path, file.text.as_deref()))
        .collect();
    expect_none(&problems);
}

#[test]
fn every_package_keeps_to_its_layer() {
    let repository = Repository::open();
    let mut problems = Vec::new();
    for file in repository
        .files
        .iter()
        .filter(|file| file.path.ends_with("/Cargo.toml"))
    {
        let manifest = file.text.as_deref().unwrap_or_default();
        problems.extend(packages::problems(&file.path, manifest));
    }
    expect_none(&problems);
}

#[test]
fn every_package_is_a_member_of_the_workspace() {
    let repository = Repository::open();
    let root = repository
        .text("Cargo.toml")
        .expect("the root has a manifest");
    let folders = repository
        .files
        .iter()
        .filter_map(|file| file.path.strip_suffix("/Cargo.toml"));
    expect_none(&packages::missing_members(root, folders));
}

#[test]
fn the_book_quotes_messages_that_there_are() {
    let repository = Repository::open();
    let page = repository
        .text("docs/src/troubleshooting.md")
        .expect("the book has the page");
    let of_the_program = |path: &str| path.starts_with("core/") || path.starts_with("plugins/");
    let sources: Vec<&str> = repository
        .files
        .iter()
        .filter(|file| of_the_program(&file.path))
        .filter_map(|file| file.text.as_deref())
        .collect();
    expect_none(&book::unknown_messages(page, &sources));
}

//! What is agreed with accounts, in the files: where it stands, and which pipeline bills it.

use std::collections::BTreeMap;

use counterfoil_model::classify::AccountConfig;
use counterfoil_model::nearest::nearest;
use counterfoil_model::problem::Problem;

use super::Document;

/// Tells each quantity and each commitment where it stands.
pub(super) fn put_places(document: &Document, account: &str, config: &mut AccountConfig) {
    let place = |list: &str, index: usize| {
        let index = index.to_string();
        let path = ["account", account, list, index.as_str()];
        Some(document.place(&path.map(str::to_owned)))
    };
    for (index, quantity) in config.quantity.iter_mut().enumerate() {
        quantity.place = place("quantity", index);
    }
    for (index, commitment) in config.commitment.iter_mut().enumerate() {
        commitment.place = place("commitment", index);
    }
}

/// Accounts are those of all pipelines: two of them would bill the same twice.
pub(super) fn check_pipelines(
    accounts: &BTreeMap<String, AccountConfig>,
    pipelines: &[&str],
    problems: &mut Vec<Problem>,
) {
    for (key, account) in accounts {
        let quantities = account.quantity.iter().map(|one| &one.pipeline);
        let commitments = account.commitment.iter().map(|one| &one.pipeline);
        let lists = [
            ("quantity", quantities.collect::<Vec<_>>()),
            ("commitment", commitments.collect::<Vec<_>>()),
        ];
        for (list, named) in lists {
            for (index, pipeline) in named.into_iter().enumerate() {
                let index = index.to_string();
                let path = ["account", key.as_str(), list, index.as_str()];
                problems.extend(check(&path, pipeline.as_deref(), pipelines));
            }
        }
    }
}

fn check(path: &[&str], named: Option<&str>, pipelines: &[&str]) -> Option<Problem> {
    let at = |path: &[&str]| -> Vec<String> { path.iter().map(|key| (*key).to_owned()).collect() };
    match named {
        None if pipelines.len() > 1 => {
            let message = format!(
                "which pipeline bills it? There are {}",
                pipelines.join(", ")
            );
            let hint = format!("pipeline = \"{}\"", pipelines[0]);
            Some(Problem::new(at(path), message).with_hint(hint))
        }
        Some(name) if !pipelines.contains(&name) => {
            let message = format!("there is no pipeline `{name}`");
            let problem = Problem::new(at(&[path, &["pipeline"]].concat()), message).of_absence();
            Some(match nearest(name, pipelines) {
                Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
                None => problem.with_hint(format!("pipelines: {}", pipelines.join(", "))),
            })
        }
        None | Some(_) => None,
    }
}

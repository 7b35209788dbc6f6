//! Rules that are handed over by themselves: a file of the configuration with the pipeline, rules alone, or a table of them.

use std::path::Path;

use counterfoil_model::classify::{DefaultConfig, RuleConfig};
use counterfoil_model::problem::Problem;
use serde_json::Value;

use super::document::KeyPath;
use super::given::{self, Form};
use super::parse::{self, Piece};
use super::{ConfigProblem, Document, tables};

/// Keys of a pipeline by which rules without its name are known.
const OWN_KEYS: [&str; 3] = ["rule", "rule_table", "default"];

/// Rules as they were written, each right by itself.
#[derive(Debug)]
pub(crate) struct GivenRules {
    pub(crate) rules: Vec<RuleConfig>,
    /// Absent where the file says nothing of what holds without a rule.
    pub(crate) defaults: Option<DefaultConfig>,
    document: Document,
    paths: Vec<KeyPath>,
    pipeline: String,
}

impl GivenRules {
    /// Reads the rules of a pipeline. Everything that is wrong is told, and nothing answered.
    pub(crate) fn read(
        path: &Path,
        pipeline: &str,
        problems: &mut Vec<ConfigProblem>,
    ) -> Option<Self> {
        let form = Form {
            below: ["pipeline", pipeline],
            own_keys: &OWN_KEYS,
            table: "rule_table",
            holds: "rules",
        };
        let before = problems.len();
        let mut document = given::document(path, form, problems)?;
        tables::expand(&mut document, problems);
        let mut found = Vec::new();
        let mut root = document.root.clone();
        let mut pipelines = parse::tables(&mut root, "pipeline", &mut found);
        let at = vec!["pipeline".to_owned(), pipeline.to_owned()];
        let Some(Value::Object(mut table)) = pipelines.remove(pipeline) else {
            let message = format!("there are no rules of the pipeline `{pipeline}` in the file");
            let problem = Problem::new(Vec::<String>::new(), message).with_hint("write [[rule]]");
            found.push(problem);
            problems.extend(document.locate_all(&found));
            return None;
        };
        let rules: Vec<(KeyPath, Piece<RuleConfig>)> =
            parse::list(&mut table, "rule", &at, &mut found);
        let defaults = table.remove("default").map(|defaults| {
            let at = parse::extended(&at, "default");
            parse::piece::<DefaultConfig>(defaults, &at, &mut found)
        });
        let mut given = Self {
            rules: Vec::with_capacity(rules.len()),
            defaults: defaults.and_then(Piece::sound),
            paths: Vec::with_capacity(rules.len()),
            pipeline: pipeline.to_owned(),
            document,
        };
        for (rule_path, rule) in rules {
            if let Some(mut rule) = rule.sound() {
                rule.place = given.document.place(&rule_path);
                given.rules.push(rule);
                given.paths.push(rule_path);
            }
        }
        problems.extend(given.document.locate_all(&found));
        (problems.len() == before).then_some(given)
    }

    /// What was found in the rules together, in the places of the file; paths are relative to the pipeline.
    pub(crate) fn located(&self, found: Vec<Problem>) -> Vec<ConfigProblem> {
        let at_origin = |mut problem: Problem| {
            problem.path = match problem.path.as_slice() {
                [rule, index, rest @ ..] if rule == "rule" => {
                    let index = index.parse::<usize>().ok();
                    let origin = index.and_then(|index| self.paths.get(index));
                    let origin = origin.cloned().unwrap_or_default();
                    [origin.as_slice(), rest].concat()
                }
                rest => [&["pipeline".to_owned(), self.pipeline.clone()], rest].concat(),
            };
            problem
        };
        let found: Vec<Problem> = found.into_iter().map(at_origin).collect();
        self.document.locate_all(&found)
    }
}

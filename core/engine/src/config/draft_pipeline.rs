//! One pipeline as far as it can be understood.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::classify::RuleConfig;
use counterfoil_model::einvoice::Tax;
use counterfoil_model::nearest::nearest;
use counterfoil_model::problem::Problem;
use counterfoil_model::time::{TimeZone, find_zone};
use serde_json::Value;

use super::document::KeyPath;
use super::draft::{DraftBook, Shared};
use super::parse::{self, Piece, extended};
use super::{
    ApprovalTerms, CostBook, Document, GraceConfig, IssuerConfig, Pipeline, PipelineConfig, Role,
    Schedules, SinkConfig, SourceConfig, TermsBody, unsound,
};

/// What was read, right or wrong.
#[derive(Debug)]
pub struct DraftPipeline {
    pub name: String,
    pub zone: Option<TimeZone>,
    pub schedules: Schedules,
    /// With the paths of their tables; also those with mistakes, as far as they can be used.
    pub sources: Vec<(Vec<String>, SourceConfig)>,
    pub sinks: Vec<(Vec<String>, SinkConfig)>,
    /// With its sources, sinks and rules.
    pub config: Option<PipelineConfig>,
    approval: Option<ApprovalTerms>,
    cost: Option<CostBook>,
    /// Of the rules and prices that are right by themselves.
    pub terms: Option<TermsBody>,
    /// No rule is missing from the terms.
    pub has_all_rules: bool,
    /// No item and no price is missing from the terms.
    pub has_all_prices: bool,
    origins: Origins,
}

/// Where rules and items stand that are numbered anew when mistaken ones are left out.
#[derive(Debug, Default)]
struct Origins {
    rules: Vec<KeyPath>,
    items: Vec<(KeyPath, Vec<KeyPath>)>,
}

impl DraftPipeline {
    pub(super) fn read(
        document: &Document,
        name: String,
        table: Value,
        shared: &Shared,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let path = vec!["pipeline".to_owned(), name.clone()];
        let Value::Object(mut table) = table else {
            problems.push(Problem::new(path, "a pipeline is a table"));
            return None;
        };
        let mut draft = Self {
            name,
            zone: None,
            schedules: Schedules::default(),
            sources: usable(parse::list(&mut table, "source", &path, problems)),
            sinks: usable(parse::list(&mut table, "sink", &path, problems)),
            config: None,
            approval: None,
            cost: None,
            terms: None,
            has_all_rules: true,
            has_all_prices: true,
            origins: Origins::default(),
        };
        let rules: Vec<(KeyPath, Piece<RuleConfig>)> =
            parse::list(&mut table, "rule", &path, problems);
        distinct("source", &draft.sources, |source| &source.name, problems);
        distinct("sink", &draft.sinks, |sink| &sink.name, problems);
        one_ledger(&path, &draft.sinks, problems);
        // Under a misspelt key, too.
        let values: Vec<String> = table
            .values()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let head: Piece<PipelineConfig> = parse::piece(Value::Object(table), &path, problems);
        let mut config = head.value?;
        let mut unsound_rules = Vec::new();
        for (rule_path, rule) in rules {
            let is_sound = rule.is_sound;
            match rule.value {
                Some(mut rule) if is_sound => {
                    rule.place = document.place(&rule_path);
                    config.rule.push(rule);
                    draft.origins.rules.push(rule_path);
                }
                Some(rule) => unsound_rules.push((rule_path, rule)),
                None => draft.has_all_rules = false,
            }
        }
        config.source = draft
            .sources
            .iter()
            .map(|(_, source)| source.clone())
            .collect();
        config.sink = draft.sinks.iter().map(|(_, sink)| sink.clone()).collect();
        draft.zone = zone(&path, &config.timezone, problems);
        draft.schedules = Schedules::read(&config, draft.zone.as_ref(), &path, problems);
        if config.grace.days > GraceConfig::DAYS_MAX {
            let message = format!(
                "a grace of {} days: at most {} are possible",
                config.grace.days,
                GraceConfig::DAYS_MAX
            );
            let problem = Problem::new(extended(&extended(&path, "grace"), "days"), message);
            problems.push(problem.with_hint("what is learned later is a correction"));
        }
        let approval = ApprovalTerms::resolve(&config, &shared.people, &path, problems);
        draft.approval = Some(approval);
        draft.has_all_rules &= unsound_rules.is_empty();
        let book = book(&path, &mut config, &values, shared, problems);
        draft.has_all_prices = book.as_ref().is_some_and(|book| book.is_whole);
        let book = book.unwrap_or_else(|| DraftBook {
            config: counterfoil_model::price::PriceBookConfig::default(),
            is_whole: false,
            items: Vec::new(),
            unsound: Vec::new(),
        });
        draft.origins.items.clone_from(&book.items);
        let terms = TermsBody::new(&draft.name, &config, &shared.accounts, &book.config);
        // Days have a length in every zone; which one it is decides no mistake but that of a skipped midnight.
        let zone = draft.zone.clone().unwrap_or(TimeZone::UTC);
        draft.cost = CostBook::find(&config, shared, &zone, &path, problems);
        if let Err(found) = terms.resolve(&zone) {
            let told = found.into_iter().filter(|problem| {
                !matches!(problem.path.as_slice(), [account, key, ..]
                    if account == "account" && shared.unsound_accounts.contains(key))
            });
            problems.extend(told.map(|problem| draft.at_origin(problem)));
        }
        let accounts = &shared.accounts;
        let more = unsound::of_rules(document, &unsound_rules, accounts, &zone, problems);
        problems.extend(more);
        let more = unsound::of_items(document, &book.unsound, &zone, problems);
        problems.extend(more);
        draft.config = Some(config);
        draft.terms = Some(terms);
        Some(draft)
    }

    /// The pipeline, if everything that it needs is there.
    pub(super) fn finish(
        self,
        issuers: &BTreeMap<String, IssuerConfig>,
        taxes: &BTreeMap<String, Tax>,
    ) -> Option<Pipeline> {
        let config = self.config?;
        Some(Pipeline {
            issuer: issuers.get(&config.issuer).cloned().unwrap_or_default(),
            taxes: taxes.clone(),
            name: self.name,
            zone: self.zone?,
            schedules: self.schedules,
            config,
            approval: self.approval?,
            terms: self.terms?,
            cost: self.cost,
        })
    }

    /// The problem with the path of the rule or item as it was written.
    #[must_use]
    pub fn at_origin(&self, mut problem: Problem) -> Problem {
        match problem.path.as_slice() {
            [pipeline, _, rule, index, rest @ ..] if pipeline == "pipeline" && rule == "rule" => {
                let index = index.parse::<usize>().ok();
                if let Some(path) = index.and_then(|index| self.origins.rules.get(index)) {
                    problem.path = [path.as_slice(), rest].concat();
                }
                problem
            }
            [book, ..] if book == "price_book" => unsound::at_item(&self.origins.items, problem, 2),
            _ => problem,
        }
    }
}

fn usable<T>(pieces: Vec<(KeyPath, Piece<T>)>) -> Vec<(KeyPath, T)> {
    pieces
        .into_iter()
        .filter_map(|(path, piece)| Some((path, piece.value?)))
        .collect()
}

fn distinct<T>(
    role: &str,
    items: &[(KeyPath, T)],
    name: impl Fn(&T) -> &String,
    problems: &mut Vec<Problem>,
) {
    let mut seen = BTreeSet::new();
    for (path, item) in items {
        let name = name(item);
        if !seen.insert(name) && !name.is_empty() {
            let message = format!("the {role} name `{name}` is used twice");
            problems.push(Problem::new(path.clone(), message).with_hint("give each its own name"));
        }
    }
}

fn one_ledger(path: &KeyPath, sinks: &[(KeyPath, SinkConfig)], problems: &mut Vec<Problem>) {
    // Which one is meant to be it, nobody can tell from a role that there is not.
    let mistaken = |(sink, _): &(KeyPath, SinkConfig)| {
        let role = extended(sink, "role");
        problems.iter().any(|problem| problem.path == role)
    };
    if sinks.iter().any(mistaken) {
        return;
    }
    let ledgers = sinks
        .iter()
        .filter(|(_, sink)| sink.role == Role::Ledger)
        .count();
    let at = extended(path, "sink");
    if ledgers > 1 {
        let message =
            format!("{ledgers} sinks have the role `ledger`, which defines what is already billed");
        problems.push(Problem::new(at, message).with_hint("give the others role = \"mirror\""));
    } else if ledgers == 0 && !sinks.is_empty() {
        let problem = Problem::new(at, "no sink has the role `ledger`");
        problems.push(problem.with_hint("the ledger defines what is already billed: choose one"));
    }
}

fn zone(path: &KeyPath, name: &str, problems: &mut Vec<Problem>) -> Option<TimeZone> {
    match find_zone(name) {
        Ok(zone) => Some(zone),
        Err((message, hint)) => {
            // Its absence was told.
            if !name.is_empty() {
                let problem = Problem::new(extended(path, "timezone"), message);
                problems.push(problem.with_hint(hint));
            }
            None
        }
    }
}

/// The price book. Where its name is missing or misspelt, the one that may be meant is looked at all the same: one that is
/// named by a value of the pipeline, whatever its key.
fn book(
    path: &KeyPath,
    config: &mut PipelineConfig,
    values: &[String],
    shared: &Shared,
    problems: &mut Vec<Problem>,
) -> Option<DraftBook> {
    if let Some(book) = shared.books.get(&config.price_book) {
        return Some(book.clone());
    }
    let known: Vec<&str> = shared.books.keys().map(String::as_str).collect();
    let near = nearest(&config.price_book, &known);
    if !config.price_book.is_empty() {
        let message = format!("there is no price book `{}`", config.price_book);
        let problem = Problem::new(extended(path, "price_book"), message).of_absence();
        problems.push(match near {
            Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
            None => problem.with_hint(format!("add a table [price_book.{}]", config.price_book)),
        });
    }
    let only = known.first().filter(|_| known.len() == 1).copied();
    let misplaced = known
        .iter()
        .find(|name| values.iter().any(|value| value == *name));
    let meant = near.or(only).or(misplaced.copied())?;
    meant.clone_into(&mut config.price_book);
    shared.books.get(meant).cloned()
}

//! What past periods are rated with instead: a price book, rules, or a whole configuration, read as if it had always held.
//! Nothing of it is kept.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterfoil_model::attribute::KindDeclaration;
use counterfoil_model::classify::{self, ClassifyConfig, Sources};
use counterfoil_model::ids::{AccountId, AccountKey};
use counterfoil_model::price::PriceBookConfig;
use counterfoil_model::problem::Problem;
use schemars::JsonSchema;
use serde::Serialize;

use super::WhatIfError;
use crate::config::{Config, ConfigError, ConfigProblem, GivenBook, GivenRules, Pipeline, Terms};
use crate::near_miss::near_miss;
use crate::session::{Known, Wired};
use crate::terms::names::Names;
use crate::terms::{Versions, under_last_keys};

/// The files of a candidate: a whole configuration, or what takes the place of a part of the present one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CandidateFiles {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_book: Option<PathBuf>,
    /// Which one, where the file has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub book: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<PathBuf>,
}

#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) versions: Versions,
    known: Known,
    config: Option<(Config, String)>,
    /// May anything be somebody else's than it is?
    pub(super) changes_owners: bool,
}

impl Candidate {
    pub(super) fn read(
        wired: &Wired<'_>,
        versions: &Versions,
        files: &CandidateFiles,
    ) -> Result<Self, WhatIfError> {
        if let Some(path) = &files.configuration {
            return of_configuration(wired, versions, path);
        }
        let mut problems = Vec::new();
        let book = files.price_book.as_ref().and_then(|path| {
            let zone = &wired.pipeline.zone;
            let given = GivenBook::read(path, files.book.as_deref(), zone, &mut problems)?;
            let names = names_of(wired, (path, given.config), &mut problems)?;
            Some((given.resolved?, names))
        });
        let rules = files.rules.as_ref();
        let rules = rules.and_then(|path| rules_of(wired, path, &mut problems));
        if !problems.is_empty() {
            return Err(ConfigError { problems }.into());
        }
        let book = book.map(|(mut book, names)| {
            under_last_keys(&wired.known, &mut book);
            (book, names)
        });
        let changes_owners = rules.is_some();
        let versions = versions.with(|terms| {
            let mut terms: Terms = terms.clone();
            if let Some((book, names)) = &book {
                terms.price_book = book.clone();
                rename_agreed(&mut terms, names);
            }
            if let Some((rules, has_defaults)) = &rules {
                terms.classification.rules.clone_from(&rules.rules);
                if *has_defaults {
                    terms.classification.defaults.clone_from(&rules.defaults);
                }
            }
            terms
        });
        Ok(Self {
            versions,
            known: wired.known.clone(),
            config: None,
            changes_owners,
        })
    }

    /// The pipeline as the candidate has it.
    pub(super) fn wired<'a>(&'a self, wired: &Wired<'a>) -> Wired<'a> {
        let own = self.config.as_ref();
        let own = own.and_then(|(config, name)| config.pipelines.get(name));
        Wired {
            id: wired.id,
            pipeline: own.unwrap_or(wired.pipeline),
            sources: wired.sources.clone(),
            sinks: wired.sinks.clone(),
            accounts: wired.accounts.clone(),
            known: self.known.clone(),
        }
    }
}

/// What the items of the present price book are called in the candidate.
fn names_of(
    wired: &Wired<'_>,
    (path, book): (&Path, PriceBookConfig),
    problems: &mut Vec<ConfigProblem>,
) -> Option<Names> {
    let present = wired.pipeline.terms.clone();
    let mut candidate = present.clone();
    candidate.price_book = book;
    match Names::unite(&mut [present, candidate]) {
        Ok(names) => Some(names),
        Err(problem) => {
            let hint = problem.hint.unwrap_or_default();
            problems.push(ConfigProblem::of(path, problem.message).with_hint(hint));
            None
        }
    }
}

fn rename_agreed(terms: &mut Terms, names: &Names) {
    for quantity in &mut terms.classification.quantities {
        if let Some(item) = names.item(&quantity.item) {
            Arc::make_mut(quantity).item = item;
        }
    }
    for commitment in &mut terms.classification.commitments {
        let items = commitment.items.iter();
        let items = items.map(|item| names.item(item).unwrap_or_else(|| item.clone()));
        let items = items.collect();
        Arc::make_mut(commitment).items = items;
    }
}

/// The rules with whether the file also says what holds without one.
fn rules_of(
    wired: &Wired<'_>,
    path: &Path,
    problems: &mut Vec<ConfigProblem>,
) -> Option<(classify::Terms, bool)> {
    let given = GivenRules::read(path, &wired.pipeline.name, problems)?;
    let present = &wired.pipeline.terms.classify;
    let config = ClassifyConfig {
        rule: given.rules.clone(),
        defaults: given.defaults.as_ref().unwrap_or(&present.defaults).clone(),
        account: present.account.clone(),
    };
    let directory = &wired.known.directory;
    let declared: Vec<KindDeclaration> = directory.declared.values().flatten().cloned().collect();
    let names: BTreeSet<String> = directory.sources.keys().cloned().collect();
    let sources = Sources {
        declared: &declared,
        names: &names,
    };
    let zone = &wired.pipeline.zone;
    let found = classify::review(&config, zone, sources).errors;
    if !found.is_empty() {
        problems.extend(given.located(found));
        return None;
    }
    match classify::resolve(&config, zone, &[]) {
        Ok(terms) => Some((terms, given.defaults.is_some())),
        Err(found) => {
            problems.extend(given.located(found));
            None
        }
    }
}

fn of_configuration(
    wired: &Wired<'_>,
    versions: &Versions,
    path: &Path,
) -> Result<Candidate, WhatIfError> {
    let config = Config::read(path)?;
    let name = pipeline_of(&config, &wired.pipeline.name, path)?;
    let pipeline = &config.pipelines[&name];
    let (here, there) = (&wired.pipeline.config, &pipeline.config);
    if here.timezone != there.timezone {
        return Err(WhatIfError::OtherZone {
            here: here.timezone.clone(),
            there: there.timezone.clone(),
        });
    }
    let mut known = wired.known.clone();
    name_accounts(&mut known, pipeline);
    let resolved = pipeline.terms.resolve(&pipeline.zone);
    let mut terms = resolved.map_err(|found| ConfigError {
        problems: config.document.locate_all(&found),
    })?;
    under_last_keys(&known, &mut terms.price_book);
    Ok(Candidate {
        versions: versions.always(terms),
        known,
        config: Some((config, name)),
        changes_owners: true,
    })
}

/// The pipeline of this name, or the only one.
fn pipeline_of(config: &Config, name: &str, path: &Path) -> Result<String, WhatIfError> {
    let names: Vec<&String> = config.pipelines.keys().collect();
    match names.as_slice() {
        [only] => Ok((*only).clone()),
        _ if config.pipelines.contains_key(name) => Ok(name.to_owned()),
        _ => {
            let message = format!("there is no pipeline `{name}`");
            let problem = Problem::new(Vec::<String>::new(), message);
            let names = names.iter().map(|name| name.as_str());
            let hint = near_miss(name, names);
            let mut problem = ConfigProblem::of(path, problem.message);
            if let Some(hint) = hint {
                problem = problem.with_hint(hint);
            }
            let problems = vec![problem];
            Err(ConfigError { problems }.into())
        }
    }
}

/// Accounts that the store does not have are told apart by numbers that it does not use; nothing is kept of them.
fn name_accounts(known: &mut Known, pipeline: &Pipeline) {
    for (key, account) in &pipeline.terms.classify.account {
        let key = AccountKey::from(key.as_str());
        if known.directory.accounts.contains_key(&key) {
            continue;
        }
        let former = account.renamed_from.as_deref().map(AccountKey::from);
        let id = former.and_then(|former| known.directory.accounts.get(&former).copied());
        let id = id.unwrap_or_else(|| {
            let last = known.directory.accounts.values().max();
            AccountId(last.map_or(1, |last| last.0 + 1))
        });
        known.directory.accounts.insert(key.clone(), id);
        known.accounts.insert(id, key);
    }
}

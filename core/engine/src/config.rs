//! The configuration: TOML files with places, resolved into what the engine uses. Every mistake is reported at once.

mod approval;
mod document;
pub mod files;
mod issuer;
mod notify;
mod parse;
mod person;
mod pipeline;
mod problems;
mod schedules;
mod secrets;
mod service;
mod terms;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use counterfoil_model::classify::AccountConfig;
use counterfoil_model::price::PriceBookConfig;
use counterfoil_model::problem::Problem;
use counterfoil_model::time::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

pub use approval::{Approval, ApprovalTerms, ToleranceConfig};
pub use document::Document;
pub use issuer::{Issuer, IssuerConfig};
pub use notify::{EventKind, MailConfig, Notify, NotifyConfig, NotifyRule, Recipient, Recipients};
pub use parse::nearest;
pub use person::{PersonConfig, Right};
pub use pipeline::{
    Finalize, GrantConfig, PipelineConfig, Role, SinkConfig, SourceConfig, WithholdConfig,
};
pub use problems::{ConfigError, ConfigProblem, SourceFile};
pub use schedules::Schedules;
pub use secrets::{SecretError, expand, expand_value};
pub use service::{ListenConfig, Service, TelemetryConfig};
pub use terms::{Terms, TermsBody};

/// Everything that the files say, checked.
#[derive(Debug)]
pub struct Config {
    /// The folder of the main file: paths are relative to it.
    pub folder: PathBuf,
    pub store: PathBuf,
    pub pipelines: BTreeMap<String, Pipeline>,
    /// Those who decide, by key; where there is none every name is taken.
    pub people: BTreeMap<String, PersonConfig>,
    pub service: Service,
    /// Who is told what.
    pub notify: Notify,
    /// What pages show of the sellers, by key.
    pub issuers: BTreeMap<String, IssuerConfig>,
    pub document: Document,
}

/// A pipeline with the terms that decide its money.
#[derive(Debug)]
pub struct Pipeline {
    pub name: String,
    pub zone: TimeZone,
    pub schedules: Schedules,
    pub config: PipelineConfig,
    pub approval: ApprovalTerms,
    pub terms: TermsBody,
}

/// Where everything is kept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// Of the database with history, effects and counterfoils: `sqlite:counterfoil.db`, relative to this file.
    pub url: String,
}

impl Config {
    /// Reads the main file and its includes.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let (document, problems) = Document::read(path);
        if !problems.is_empty() {
            return Err(ConfigError { problems });
        }
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let mut problems = Vec::new();
        let resolved = Resolver::new(&document, &mut problems).resolve(&folder);
        match resolved {
            Some(resolved) if problems.is_empty() => Ok(Self {
                folder,
                store: resolved.store,
                pipelines: resolved.pipelines,
                people: resolved.people,
                service: resolved.service,
                notify: resolved.notify,
                issuers: resolved.issuers,
                document,
            }),
            _ => Err(ConfigError {
                problems: document.locate_all(&problems),
            }),
        }
    }

    /// What pages show of a seller; the key alone where the configuration says no more.
    pub fn issuer(&self, key: &str) -> Issuer {
        let written = self.issuers.get(key).cloned().unwrap_or_default();
        written.resolve(key)
    }
}

struct Resolved {
    store: PathBuf,
    pipelines: BTreeMap<String, Pipeline>,
    people: BTreeMap<String, PersonConfig>,
    service: Service,
    notify: Notify,
    issuers: BTreeMap<String, IssuerConfig>,
}

struct Resolver<'a> {
    document: &'a Document,
    root: Map<String, Value>,
    people: BTreeMap<String, PersonConfig>,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Resolver<'a> {
    fn new(document: &'a Document, problems: &'a mut Vec<Problem>) -> Self {
        Self {
            document,
            root: document.root.clone(),
            people: BTreeMap::new(),
            problems,
        }
    }

    fn resolve(mut self, folder: &Path) -> Option<Resolved> {
        let store = self.store(folder);
        self.people = parse::named(&mut self.root, "person", self.problems);
        let service = Service::read(&mut self.root, self.problems);
        let accounts: BTreeMap<String, AccountConfig> =
            parse::named(&mut self.root, "account", self.problems);
        let mut books: BTreeMap<String, PriceBookConfig> =
            parse::named(&mut self.root, "price_book", self.problems);
        for (name, book) in &mut books {
            place_prices(self.document, name, book);
        }
        let issuers = parse::named(&mut self.root, "issuer", self.problems);
        let notify = parse::list(&mut self.root, "notify", &[], self.problems);
        let mail = self.root.remove("mail");
        let mail = mail.and_then(|mail| parse::piece(mail, &["mail".to_owned()], self.problems));
        let pipelines = self.pipelines(&accounts, &books);
        let names: Vec<&str> = pipelines.keys().map(String::as_str).collect();
        let notify = Notify::resolve(notify, mail, &self.people, &names, self.problems);
        for key in self.root.keys().filter(|key| key.as_str() != "$schema") {
            let mut known = vec![
                "include",
                "store",
                "pipeline",
                "person",
                "issuer",
                "account",
                "price_book",
                "notify",
                "mail",
            ];
            known.extend(Service::TABLES);
            let problem = Problem::new([key.as_str()], format!("unknown table `{key}`"));
            self.problems.push(match nearest(key, &known) {
                Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
                None => problem.with_hint(format!("known tables: {}", known.join(", "))),
            });
        }
        Some(Resolved {
            store: store?,
            pipelines,
            people: self.people,
            service,
            notify,
            issuers,
        })
    }

    fn store(&mut self, folder: &Path) -> Option<PathBuf> {
        let Some(value) = self.root.remove("store") else {
            let problem = Problem::new(Vec::<String>::new(), "the table [store] is missing");
            self.problems
                .push(problem.with_hint("[store]\n  url = \"sqlite:counterfoil.db\""));
            return None;
        };
        let store: StoreConfig = parse::piece(value, &["store".to_owned()], self.problems)?;
        let url = match expand(&store.url, folder) {
            Ok(url) => url,
            Err(error) => {
                self.problems
                    .push(Problem::new(["store", "url"], error.to_string()));
                return None;
            }
        };
        let Some(path) = url.strip_prefix("sqlite:") else {
            let problem = Problem::new(["store", "url"], "only SQLite stores are supported");
            self.problems.push(
                problem.with_hint("write `sqlite:` and a file name, such as sqlite:counterfoil.db"),
            );
            return None;
        };
        Some(folder.join(path))
    }

    fn pipelines(
        &mut self,
        accounts: &BTreeMap<String, AccountConfig>,
        books: &BTreeMap<String, PriceBookConfig>,
    ) -> BTreeMap<String, Pipeline> {
        let tables = match self.root.remove("pipeline") {
            Some(Value::Object(tables)) => tables,
            None => Map::new(),
            Some(_) => {
                self.problems.push(Problem::new(
                    ["pipeline"],
                    "`pipeline` holds named tables: [pipeline.NAME]",
                ));
                return BTreeMap::new();
            }
        };
        if tables.is_empty() {
            self.problems.push(
                Problem::new(Vec::<String>::new(), "no pipeline is configured")
                    .with_hint("add a table [pipeline.NAME]; `counterfoil init` writes a starter"),
            );
        }
        let mut pipelines = BTreeMap::new();
        for (name, table) in tables {
            if let Some(pipeline) = self.pipeline(&name, table, accounts, books) {
                pipelines.insert(name, pipeline);
            }
        }
        pipelines
    }

    fn pipeline(
        &mut self,
        name: &str,
        table: Value,
        accounts: &BTreeMap<String, AccountConfig>,
        books: &BTreeMap<String, PriceBookConfig>,
    ) -> Option<Pipeline> {
        let path = vec!["pipeline".to_owned(), name.to_owned()];
        let Value::Object(mut table) = table else {
            self.problems
                .push(Problem::new(path, "a pipeline is a table"));
            return None;
        };
        let sources: Vec<(_, SourceConfig)> =
            parse::list(&mut table, "source", &path, self.problems);
        let rules = parse::list(&mut table, "rule", &path, self.problems);
        let sinks: Vec<(_, SinkConfig)> = parse::list(&mut table, "sink", &path, self.problems);
        let mut config: PipelineConfig = parse::piece(Value::Object(table), &path, self.problems)?;
        config.source = self.distinct("source", sources, |source| &source.name);
        config.sink = self.distinct("sink", sinks, |sink| &sink.name);
        config.rule = rules
            .into_iter()
            .map(
                |(rule_path, mut rule): (Vec<String>, counterfoil_model::classify::RuleConfig)| {
                    rule.place = self.document.place(&rule_path);
                    rule
                },
            )
            .collect();
        self.one_ledger(&path, &config);
        let zone = self.zone(&path, &config.timezone);
        let schedules = Schedules::read(&config, zone.as_ref(), &path, self.problems);
        let zone = zone?;
        let approval = ApprovalTerms::resolve(&config, &self.people, &path, self.problems);
        let Some(book) = books.get(&config.price_book) else {
            let known: Vec<&str> = books.keys().map(String::as_str).collect();
            let message = format!("there is no price book `{}`", config.price_book);
            let problem = Problem::new(parse::extended(&path, "price_book"), message);
            self.problems
                .push(match nearest(&config.price_book, &known) {
                    Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
                    None => {
                        problem.with_hint(format!("add a table [price_book.{}]", config.price_book))
                    }
                });
            return None;
        };
        let terms = TermsBody::new(name, &config, accounts, book);
        if let Err(found) = terms.resolve(&zone) {
            self.problems.extend(found);
        }
        Some(Pipeline {
            name: name.to_owned(),
            zone,
            schedules,
            config,
            approval,
            terms,
        })
    }

    fn distinct<T>(
        &mut self,
        role: &str,
        items: Vec<(Vec<String>, T)>,
        name: impl Fn(&T) -> &String,
    ) -> Vec<T> {
        let mut seen = std::collections::BTreeSet::new();
        for (path, item) in &items {
            if !seen.insert(name(item).clone()) {
                let message = format!("the {role} name `{}` is used twice", name(item));
                self.problems
                    .push(Problem::new(path.clone(), message).with_hint("give each its own name"));
            }
        }
        items.into_iter().map(|(_, item)| item).collect()
    }

    fn one_ledger(&mut self, path: &[String], config: &PipelineConfig) {
        let ledgers = config
            .sink
            .iter()
            .filter(|sink| sink.role == Role::Ledger)
            .count();
        if ledgers > 1 {
            let message = format!(
                "{ledgers} sinks have the role `ledger`, which defines what is already billed"
            );
            let problem = Problem::new(parse::extended(path, "sink"), message);
            self.problems
                .push(problem.with_hint("give the others role = \"mirror\""));
        } else if ledgers == 0 && !config.sink.is_empty() {
            let problem = Problem::new(
                parse::extended(path, "sink"),
                "no sink has the role `ledger`",
            );
            self.problems
                .push(problem.with_hint("the ledger defines what is already billed: choose one"));
        }
    }

    fn zone(&mut self, path: &[String], name: &str) -> Option<TimeZone> {
        if let Ok(zone) = TimeZone::get(name) {
            return Some(zone);
        }
        let message = format!("there is no time zone `{name}` in the tz database");
        let hint = "an IANA name such as Europe/Stockholm or UTC";
        self.problems
            .push(Problem::new(parse::extended(path, "timezone"), message).with_hint(hint));
        None
    }
}

fn place_prices(document: &Document, name: &str, book: &mut PriceBookConfig) {
    let path = |parts: &[&str]| {
        let outer = ["price_book", name];
        let whole = outer.iter().chain(parts).map(|part| (*part).to_owned());
        document.place(&whole.collect::<Vec<_>>())
    };
    for (item_index, item) in book.item.iter_mut().enumerate() {
        let item_index = item_index.to_string();
        item.place = Some(path(&["item", &item_index]));
        for (price_index, price) in item.price.iter_mut().enumerate() {
            price.place = Some(path(&[
                "item",
                &item_index,
                "price",
                &price_index.to_string(),
            ]));
        }
    }
}

//! The configuration as far as it can be understood: what is wrong with one part does not hide the mistakes of another.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use counterfoil_model::classify::AccountConfig;
use counterfoil_model::einvoice::{Tax, TaxConfig, resolve_taxes};
use counterfoil_model::nearest::nearest;
use counterfoil_model::price::{ItemConfig, PriceBookConfig, PriceConfig};
use counterfoil_model::problem::Problem;
use serde_json::{Map, Value};

use super::document::KeyPath;
use super::draft_pipeline::DraftPipeline;
use super::parse::{self, Piece, extended};
use super::{
    Config, ConfigError, ConfigProblem, Document, IssuerConfig, MailConfig, Notify, NotifyConfig,
    PersonConfig, Service, StoreConfig, agreed, expand, tables, unsound,
};

/// What was read, right or wrong.
#[derive(Debug)]
pub struct Draft {
    pub folder: PathBuf,
    /// Absent where nobody can tell.
    pub store: Option<PathBuf>,
    pub pipelines: Vec<DraftPipeline>,
    /// Those who decide, by key.
    pub people: BTreeMap<String, PersonConfig>,
    service: Service,
    notify: Notify,
    pub(crate) issuers: BTreeMap<String, IssuerConfig>,
    pub(crate) taxes: BTreeMap<String, Tax>,
    pub document: Document,
    /// All of them errors.
    pub problems: Vec<ConfigProblem>,
}

/// A price book with what was dropped from it for its mistakes.
#[derive(Debug, Clone)]
pub(super) struct DraftBook {
    pub(super) config: PriceBookConfig,
    /// Nothing is missing from it.
    pub(super) is_whole: bool,
    /// Where the items that are left stand, and their prices.
    pub(super) items: Vec<(KeyPath, Vec<KeyPath>)>,
    /// Items with mistakes, as far as they could be read, with the places of their prices.
    pub(super) unsound: Vec<(KeyPath, ItemConfig, Vec<KeyPath>)>,
}

/// What the pipelines share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) accounts: BTreeMap<String, AccountConfig>,
    /// Mistakes in them were told, and what follows from those is not.
    pub(super) unsound_accounts: BTreeSet<String>,
    pub(super) books: BTreeMap<String, DraftBook>,
    pub(super) people: BTreeMap<String, PersonConfig>,
}

const ROOT_KEYS: [&str; 11] = [
    "include",
    "store",
    "pipeline",
    "person",
    "issuer",
    "account",
    "account_table",
    "price_book",
    "tax",
    "notify",
    "mail",
];

impl Draft {
    /// Reads the main file, its includes and its tables.
    pub fn read(path: &Path) -> Self {
        let (mut document, mut located) = Document::read(path);
        tables::expand(&mut document, &mut located);
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let mut problems = Vec::new();
        let mut root = document.root.clone();
        let store = read_store(&mut root, &folder, &mut problems);
        let shared = read_shared(&mut document, &mut root, &mut problems);
        let mut pipelines: Vec<DraftPipeline> = Vec::new();
        let tables = parse::tables(&mut root, "pipeline", &mut problems);
        if tables.is_empty() {
            problems.push(
                Problem::new(Vec::<String>::new(), "no pipeline is configured")
                    .with_hint("add a table [pipeline.NAME]; `counterfoil init` writes a starter")
                    .of_absence(),
            );
        }
        for (name, table) in tables {
            let read = DraftPipeline::read(&document, name, table, &shared, &mut problems);
            pipelines.extend(read);
        }
        for (name, book) in &shared.books {
            let is_named = |read: &DraftPipeline| {
                let config = read.config.as_ref();
                config.is_some_and(|config| config.price_book == *name)
            };
            if !pipelines.iter().any(is_named) {
                problems.extend(unsound::of_book(&document, name, book, &problems));
            }
        }
        let names: Vec<&str> = pipelines.iter().map(|read| read.name.as_str()).collect();
        agreed::check_pipelines(&shared.accounts, &names, &mut problems);
        let service = Service::read(&mut root, &mut problems);
        let mut issuers = BTreeMap::new();
        for (name, issuer) in parse::named(&mut root, "issuer", &mut problems) {
            let issuer: Piece<IssuerConfig> = issuer;
            if let Some(value) = issuer.value {
                value.check(&name, &mut problems);
                issuers.insert(name, value);
            }
        }
        let taxes = read_taxes(&mut root, &mut problems);
        let notify = read_notify(&mut root, &shared.people, &names, &mut problems);
        unknown_tables(&root, &mut problems);
        // What is missing may stand in the file that could not be read.
        problems.retain(|problem| !(document.is_partial && problem.is_of_absence));
        located.extend(document.locate_all(&problems));
        document.sort(&mut located);
        Self {
            folder,
            store,
            pipelines,
            people: shared.people,
            service,
            notify,
            issuers,
            taxes,
            document,
            problems: located,
        }
    }

    /// The configuration, if nothing is wrong with it.
    pub fn finish(self) -> Result<Config, ConfigError> {
        let whole: Option<BTreeMap<_, _>> = self
            .pipelines
            .into_iter()
            .map(|draft| {
                let whole = draft.finish(&self.issuers, &self.taxes)?;
                Some((whole.name.clone(), whole))
            })
            .collect();
        match (self.store, whole) {
            (Some(store), Some(pipelines)) if self.problems.is_empty() => Ok(Config {
                folder: self.folder,
                store,
                pipelines,
                people: self.people,
                service: self.service,
                notify: self.notify,
                issuers: self.issuers,
                document: self.document,
            }),
            _ => Err(ConfigError {
                problems: self.problems,
            }),
        }
    }
}

fn read_taxes(root: &mut Map<String, Value>, problems: &mut Vec<Problem>) -> BTreeMap<String, Tax> {
    let mut configs = BTreeMap::new();
    for (name, tax) in parse::named(root, "tax", problems) {
        let tax: Piece<TaxConfig> = tax;
        configs.extend(tax.sound().map(|value| (name, value)));
    }
    resolve_taxes(&configs, problems)
}

/// People, accounts and price books; what is wrong with one is told, and the others are read.
fn read_shared(
    document: &mut Document,
    root: &mut Map<String, Value>,
    problems: &mut Vec<Problem>,
) -> Shared {
    let mut shared = Shared::default();
    for (name, person) in parse::named(root, "person", problems) {
        let person: Piece<PersonConfig> = person;
        shared
            .people
            .extend(person.value.map(|value| (name, value)));
    }
    for (name, account) in parse::named(root, "account", problems) {
        let account: Piece<AccountConfig> = account;
        if !account.is_sound {
            shared.unsound_accounts.insert(name.clone());
        }
        document.is_partial |= account.value.is_none();
        if let Some(mut account) = account.value {
            agreed::put_places(document, &name, &mut account);
            shared.accounts.insert(name, account);
        }
    }
    for (name, book) in parse::tables(root, "price_book", problems) {
        let book = read_book(document, &name, book, problems);
        shared.books.insert(name, book);
    }
    shared
}

pub(super) fn unknown_tables(root: &Map<String, Value>, problems: &mut Vec<Problem>) {
    let known: Vec<&str> = ROOT_KEYS.into_iter().chain(Service::TABLES).collect();
    for key in root.keys().filter(|key| key.as_str() != "$schema") {
        let problem = Problem::new([key.as_str()], format!("unknown table `{key}`"));
        // A file that holds a part of the configuration alone.
        if known.contains(&key.as_str()) {
            let hint = format!("leave `{key}` out: it is not read from this file");
            problems.push(problem.with_hint(hint));
            continue;
        }
        problems.push(match nearest(key, &known) {
            Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
            None => problem.with_hint(format!("known tables: {}", known.join(", "))),
        });
    }
}

/// Who is told what, from the tables that are right by themselves.
fn read_notify(
    root: &mut Map<String, Value>,
    people: &BTreeMap<String, PersonConfig>,
    pipelines: &[&str],
    problems: &mut Vec<Problem>,
) -> Notify {
    let rules: Vec<(KeyPath, Piece<NotifyConfig>)> = parse::list(root, "notify", &[], problems);
    let rules = rules.into_iter();
    let rules = rules
        .filter_map(|(path, rule)| Some((path, rule.sound()?)))
        .collect();
    let mail = root.remove("mail");
    let mail = mail.map(|mail| parse::piece::<MailConfig>(mail, &["mail".to_owned()], problems));
    let mail = mail.and_then(Piece::sound);
    Notify::resolve(rules, mail, people, pipelines, problems)
}

fn read_store(
    root: &mut Map<String, Value>,
    folder: &Path,
    problems: &mut Vec<Problem>,
) -> Option<PathBuf> {
    let Some(value) = root.remove("store") else {
        let problem = Problem::new(Vec::<String>::new(), "the table [store] is missing");
        problems.push(
            problem
                .with_hint("[store]\n  url = \"sqlite:counterfoil.db\"")
                .of_absence(),
        );
        return None;
    };
    let piece: Piece<StoreConfig> = parse::piece(value, &["store".to_owned()], problems);
    let store = piece.value.filter(|store| !store.url.is_empty())?;
    let url = match expand(&store.url, folder) {
        Ok(url) => url,
        Err(error) => {
            let problem = Problem::new(["store", "url"], error.to_string());
            problems.push(match error.hint() {
                Some(hint) => problem.with_hint(hint),
                None => problem,
            });
            return None;
        }
    };
    let Some(path) = url.strip_prefix("sqlite:") else {
        let problem = Problem::new(["store", "url"], "only SQLite stores are supported");
        problems.push(
            problem.with_hint("write `sqlite:` and a file name, such as sqlite:counterfoil.db"),
        );
        return None;
    };
    Some(folder.join(path))
}

/// Items and prices are read one by one; those with mistakes are left out.
pub(super) fn read_book(
    document: &Document,
    name: &str,
    book: Value,
    problems: &mut Vec<Problem>,
) -> DraftBook {
    let path = vec!["price_book".to_owned(), name.to_owned()];
    let mut draft = DraftBook {
        config: PriceBookConfig::default(),
        is_whole: true,
        items: Vec::new(),
        unsound: Vec::new(),
    };
    let Value::Object(mut table) = book else {
        problems.push(Problem::new(path, "a price book is a table"));
        draft.is_whole = false;
        return draft;
    };
    let items = parse::elements(&mut table, "item", &path, problems);
    let head: Piece<PriceBookConfig> = parse::piece(Value::Object(table), &path, problems);
    draft.is_whole &= head.is_sound;
    draft.config = head.value.unwrap_or_default();
    let rates = extended(&path, "exchange_rate");
    for (index, rate) in draft.config.exchange_rate.iter_mut().enumerate() {
        rate.place = Some(document.place(&extended(&rates, &index.to_string())));
    }
    let item_path = extended(&path, "item");
    for (index, item) in items.into_iter().enumerate() {
        let path = extended(&item_path, &index.to_string());
        match read_item(document, &path, item, problems) {
            Some(read) if read.is_sound => {
                draft.is_whole &= !read.config.price.iter().any(|price| price.is_mistaken);
                draft.config.item.push(read.config);
                draft.items.push((path, read.prices));
            }
            Some(read) => {
                draft.is_whole = false;
                draft.unsound.push((path, read.config, read.prices));
            }
            None => draft.is_whole = false,
        }
    }
    draft
}

struct ReadItem {
    /// With the prices that can be read; the mistaken ones are marked.
    config: ItemConfig,
    is_sound: bool,
    /// Where the prices stand.
    prices: Vec<KeyPath>,
}

fn read_item(
    document: &Document,
    path: &KeyPath,
    item: Value,
    problems: &mut Vec<Problem>,
) -> Option<ReadItem> {
    let Value::Object(mut table) = item else {
        problems.push(Problem::new(path.clone(), "an item is a table"));
        return None;
    };
    let prices: Vec<(KeyPath, Piece<PriceConfig>)> =
        parse::list(&mut table, "price", path, problems);
    let item: Piece<ItemConfig> = parse::piece(Value::Object(table), path, problems);
    let is_sound = item.is_sound;
    let mut item = item.value?;
    let written = prices.len();
    let mut paths = Vec::with_capacity(written);
    for (price_path, price) in prices {
        let is_mistaken = !price.is_sound;
        if let Some(mut price) = price.value {
            price.place = Some(document.place(&price_path));
            price.is_mistaken = is_mistaken;
            item.price.push(price);
            paths.push(price_path);
        }
    }
    // An item of whose prices none can be read would be told to have none.
    if written > 0 && paths.is_empty() {
        return None;
    }
    item.place = Some(document.place(path));
    Some(ReadItem {
        config: item,
        is_sound,
        prices: paths,
    })
}

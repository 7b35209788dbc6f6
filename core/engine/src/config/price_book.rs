//! A price book that is handed over by itself: a file of the configuration with price books, one without a name, or a table
//! of items and prices.

use std::path::{Path, PathBuf};

use counterfoil_model::nearest::nearest;
use counterfoil_model::price::{ExchangeRate, PriceBook, PriceBookConfig, resolve, resolve_rates};
use counterfoil_model::problem::Problem;
use counterfoil_model::time::TimeZone;
use serde_json::{Map, Value, json};

use super::draft::{read_book, unknown_tables};
use super::given::{self, Form};
use super::parse::missing_key;
use super::{ConfigProblem, Document, parse, tables, unsound};

/// Under which a book stands that has no name.
const UNNAMED: &str = "unnamed";
/// Keys of a price book itself, by which a file without `[price_book.NAME]` is known.
const OWN_KEYS: [&str; 11] = [
    "item",
    "rounding",
    "table",
    "price_at",
    "convert_from",
    "rate_on",
    "rate_age_days_max",
    "exchange_rate",
    "exchange_rate_table",
    "not_charged_kinds",
    "not_charged_services",
];

/// A price book as it was written, and as rating uses it.
#[derive(Debug)]
pub(crate) struct GivenBook {
    pub(crate) config: PriceBookConfig,
    /// Absent where something is wrong with it.
    pub(crate) resolved: Option<PriceBook>,
}

impl GivenBook {
    /// Reads the book of this name; of one that is alone the name may be left out. Everything that is wrong is told.
    pub(crate) fn read(
        path: &Path,
        name: Option<&str>,
        zone: &TimeZone,
        problems: &mut Vec<ConfigProblem>,
    ) -> Option<Self> {
        let mut located = Vec::new();
        let form = Form {
            below: ["price_book", UNNAMED],
            own_keys: &OWN_KEYS,
            table: "table",
            holds: "a price book",
        };
        let Some(mut document) = given::document(path, form, &mut located) else {
            problems.extend(located);
            return None;
        };
        tables::expand(&mut document, &mut located);
        let mut found = Vec::new();
        let mut root = document.root.clone();
        let mut books = parse::tables(&mut root, "price_book", &mut found);
        unknown_tables(&root, &mut found);
        let chosen = choose(&books, name, &mut found);
        let book = chosen.and_then(|name| {
            let book = books.remove(&name)?;
            Some(read(&document, &name, book, zone, &mut found))
        });
        found.retain(|problem| !(document.is_partial && problem.is_of_absence));
        located.extend(document.locate_all(&found));
        document.sort(&mut located);
        let is_sound = located.is_empty();
        problems.extend(located);
        book.map(|book| Self {
            resolved: book.resolved.filter(|_| is_sound),
            ..book
        })
    }
}

/// Exchange rates in tables that are handed over beside a price book. Everything that is wrong is told.
pub(crate) fn given_rates(
    paths: &[PathBuf],
    zone: &TimeZone,
    problems: &mut Vec<ConfigProblem>,
) -> Vec<ExchangeRate> {
    let is_there = |path: &&PathBuf| {
        let is_there = given::file_of(path).is_file();
        if !is_there {
            let hint = "name a CSV or XLSX file with columns from, to, rate, date and source";
            let problem = ConfigProblem::of(path, "there is no such file");
            problems.push(problem.with_hint(hint));
        }
        is_there
    };
    let there = paths.iter().filter(is_there);
    let names: Vec<String> = there
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    let root = json!({ "price_book": { (UNNAMED): { "exchange_rate_table": names } } });
    let mut document = Document::default();
    document.root = root.as_object().cloned().unwrap_or_default();
    let (mut located, mut found) = (Vec::new(), Vec::new());
    tables::expand(&mut document, &mut located);
    let mut root = document.root.clone();
    let mut books = parse::tables(&mut root, "price_book", &mut found);
    let book = books.remove(UNNAMED).unwrap_or_default();
    let draft = read_book(&document, UNNAMED, book, &mut found);
    let rates = resolve_rates(&draft.config.exchange_rate, zone).unwrap_or_else(|told| {
        let told = told.into_iter();
        let told: Vec<Problem> = told
            .map(|problem| problem.below(["price_book", UNNAMED]))
            .filter(|problem| !is_told_missing(problem, &found))
            .collect();
        found.extend(told);
        Vec::new()
    });
    located.extend(document.locate_all(&found));
    document.sort(&mut located);
    problems.extend(located);
    rates
}

fn choose(
    books: &Map<String, Value>,
    name: Option<&str>,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let known: Vec<&str> = books.keys().map(String::as_str).collect();
    let nowhere = Vec::<String>::new();
    match (name, known.as_slice()) {
        (None, [only]) => Some((*only).to_owned()),
        (Some(name), _) if known.contains(&name) => Some(name.to_owned()),
        (None | Some(_), []) => {
            let problem = Problem::new(nowhere, "there is no price book in the file");
            problems.push(
                problem
                    .with_hint("write [[price_book.NAME.item]], or [[item]] alone")
                    .of_absence(),
            );
            None
        }
        (None, _) => {
            let message = format!("the file has {} price books", known.len());
            let hint = format!("choose one with --book: {}", known.join(", "));
            problems.push(Problem::new(nowhere, message).with_hint(hint));
            None
        }
        (Some(name), _) => {
            let problem = Problem::new(nowhere, format!("there is no price book `{name}`"));
            problems.push(match nearest(name, &known) {
                Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
                None => problem.with_hint(format!("there are {}", known.join(", "))),
            });
            None
        }
    }
}

fn read(
    document: &Document,
    name: &str,
    book: Value,
    zone: &TimeZone,
    problems: &mut Vec<Problem>,
) -> GivenBook {
    let draft = read_book(document, name, book, problems);
    let resolved = resolve(&draft.config, zone);
    let resolved = resolved.map_err(|found| {
        let found = found.into_iter();
        let found = found.map(|problem| {
            let below = problem.below(["price_book", name]);
            unsound::at_item(&draft.items, below, 2)
        });
        let found: Vec<Problem> = found
            .filter(|problem| !is_told_missing(problem, problems))
            .collect();
        problems.extend(found);
    });
    let more = unsound::of_items(document, &draft.unsound, zone, problems);
    problems.extend(more);
    GivenBook {
        resolved: resolved.ok().filter(|_| draft.is_whole),
        config: draft.config,
    }
}

/// Is it of what stands in for a key that was told to be missing?
fn is_told_missing(problem: &Problem, told: &[Problem]) -> bool {
    let Some((key, table)) = problem.path.split_last() else {
        return false;
    };
    let missing = missing_key(key);
    told.iter()
        .any(|one| one.path == table && one.message == missing)
}

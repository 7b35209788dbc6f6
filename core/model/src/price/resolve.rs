//! From the price book as written to the one that rating uses. All mistakes are found in one go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::book::{Buyers, Dimension, Meter, PriceBook, PriceItem};
use super::charge_cycle::read_charge_cycle;
use super::composed::check_composed;
use super::config::{ItemConfig, PriceBookConfig};
use super::exchange::{RATE_AGE_DAYS_MAX, resolve_rates};
use super::models::MODELS;
use super::moments::check_moments;
use super::prices::resolve_prices;
use super::proration::Proration;
use super::quantity::{read_aggregation, read_conversion, read_meter};
use super::tariff::{AllowancePer, SplitBy, TiersSee};
use super::template::Template;
use super::unit::{Unit, meant_by, unit};
use crate::ids::{CustomerKey, ItemKey, ServiceKey};
use crate::language::{LanguageTag, OwnWords, TAG_HINT};
use crate::money::Currency;
use crate::problem::Problem;
use crate::time::TimeZone;

/// Checks a price book whose dates are local days of the zone. Paths are relative to the price book.
pub fn resolve(config: &PriceBookConfig, zone: &TimeZone) -> Result<PriceBook, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut items = Vec::new();
    let mut prices = Vec::new();
    let mut first_places: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, item) in config.item.iter().enumerate() {
        let mut own = Vec::new();
        let earlier = *first_places.entry(&item.name).or_insert(index);
        if earlier != index {
            let message = format!(
                "the item `{}` is there already, as number {}",
                item.name,
                earlier + 1
            );
            own.push(Problem::new(["name"], message).with_hint("give each item a name of its own"));
        }
        items.extend(resolve_item((config, item), index, &mut own));
        prices.extend(resolve_prices(item, zone, &mut own));
        let outer = ["item".to_owned(), index.to_string()];
        problems.extend(own.into_iter().map(|problem| problem.below(outer.clone())));
    }
    check_composed(&config.item, &mut problems);
    let rounding = config.rounding.resolve(&mut problems);
    if let Some(Err(problem)) = read_convert_from(config.convert_from.as_deref()) {
        problems.push(problem);
    }
    let exchange_rates = resolve_rates(&config.exchange_rate, zone);
    let exchange_rates = exchange_rates.unwrap_or_else(|found| {
        problems.extend(found);
        Vec::new()
    });
    let words = resolve_words(config, &mut problems);
    for (index, kind) in config.not_charged_kinds.iter().enumerate() {
        if config.item.iter().any(|item| item.kind.0.contains(kind)) {
            let path = ["not_charged_kinds".to_owned(), index.to_string()];
            problems.push(Problem::new(
                path,
                format!("the kind `{kind}` has items that charge it"),
            ));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(PriceBook {
        rounding,
        rate_on: config.rate_on,
        rate_age_days_max: config.rate_age_days_max.unwrap_or(RATE_AGE_DAYS_MAX),
        rates_until: None,
        not_charged_kinds: config.not_charged_kinds.iter().cloned().collect(),
        not_charged_services: config
            .not_charged_services
            .iter()
            .map(|service| ServiceKey::from(service.as_str()))
            .collect(),
        items,
        prices,
        exchange_rates,
        words,
    })
}

fn resolve_words(config: &PriceBookConfig, problems: &mut Vec<Problem>) -> OwnWords {
    let mut resolved = OwnWords::new();
    for (tag, words) in &config.words {
        let path = ["words", tag];
        let language: LanguageTag = match tag.parse() {
            Ok(language) => language,
            Err(message) => {
                problems.push(Problem::new(path, message).with_hint(TAG_HINT));
                continue;
            }
        };
        if let Some(key) = words.blank() {
            let path = ["words", tag, key];
            let hint = "leave it out to have the one that is built in";
            problems.push(Problem::new(path, "the word is empty").with_hint(hint));
        }
        let own = Arc::new(words.resolve(&language));
        resolved.insert(language, own);
    }
    resolved
}

fn resolve_item(
    (book, config): (&PriceBookConfig, &ItemConfig),
    index: usize,
    problems: &mut Vec<Problem>,
) -> Option<PriceItem> {
    if config.name.trim().is_empty() {
        problems.push(Problem::new(["name"], "the item has no name"));
    }
    if config.meter.manual {
        check_manual(config, problems);
    } else if config.kind.0.is_empty() && config.of.is_empty() {
        problems.push(
            Problem::new(["kind"], "the item has no kind: nothing would be charged")
                .with_hint("kind = \"virtual-machine\", or a list of kinds"),
        );
    }
    if config.price.is_empty() {
        let message = format!("the item `{}` has no price", config.name);
        problems
            .push(Problem::new(["price"], message).with_hint("add a [[….item.price]] below it"));
    }
    check_model(&config.model, problems);
    check_pool(config, problems);
    let dimensions = read_dimensions(&config.dimensions, problems);
    let description = read_description(config, (&config.description, &["description"]), problems);
    let texts = read_texts(config, problems);
    let unit = read_unit(&config.unit, problems);
    let meter = if config.of.is_empty() {
        read_meter(&config.meter, problems)
    } else {
        Some(Meter::Count(1))
    };
    let aggregation = read_aggregation(config, problems);
    read_conversion(config, problems);
    let buyers = read_buyers(config, problems);
    let proration = read_proration(&config.proration, problems);
    check_moments(config, proration, problems);
    let charge_cycle = read_charge_cycle(config, problems);
    Some(PriceItem {
        key: ItemKey::from(config.name.as_str()),
        description: description?,
        texts,
        unit: unit?,
        kinds: config.kind.0.iter().cloned().collect(),
        when: config
            .when
            .iter()
            .map(|(name, value)| (name.clone(), value.0.clone()))
            .collect(),
        meter: meter?,
        aggregation: aggregation?,
        buyers,
        is_meter_optional: config.meter.optional,
        charge_cycle: charge_cycle?,
        proration: proration?,
        tiers_see: config.tiers_see,
        price_at: config.price_at.unwrap_or(book.price_at),
        convert_from: convert_from(book, config, problems),
        of: keys(&config.of),
        contains: keys(&config.contains),
        split_by: if config.model == "split" {
            config.split_by
        } else {
            SplitBy::Quantity
        },
        dimensions,
        tax_category: config.tax_category.clone(),
        account_code: config.account_code.clone(),
        place: config
            .place
            .clone()
            .unwrap_or_else(|| format!("item {}", index + 1)),
    })
}

/// An allowance of a customer is shared by what charges come to over a period: there is none of a moment, and a percentage of
/// other items has no quantity to share it by.
fn check_pool(config: &ItemConfig, problems: &mut Vec<Problem>) {
    for (index, price) in config.price.iter().enumerate() {
        if price.allowance_per != AllowancePer::Customer {
            continue;
        }
        let path = || {
            [
                "price".to_owned(),
                index.to_string(),
                "allowance_per".to_owned(),
            ]
        };
        if config.tiers_see == TiersSee::EachMoment {
            let message = "an allowance of the customer cannot be shared moment by moment";
            let hint = "tiers_see = \"average\", or allowance_per = \"charge\"";
            problems.push(Problem::new(path(), message).with_hint(hint));
        }
        if !config.of.is_empty() {
            let message = "a percentage of other items has one line for each account and agreement";
            let hint = "allowance_per = \"charge\"";
            problems.push(Problem::new(path(), message).with_hint(hint));
        }
    }
}

/// A quantity that a person gave is no resource: there is nothing to compare.
fn check_manual(config: &ItemConfig, problems: &mut Vec<Problem>) {
    let mut refuse = |path: &[&str], message: String, hint: &str| {
        problems.push(Problem::new(path.iter().copied(), message).with_hint(hint));
    };
    if !config.kind.0.is_empty() {
        let message = "an item with a manual meter has no kind: it charges no resource";
        let hint = "leave `kind` out, or meter an attribute of the resources";
        refuse(&["kind"], message.to_owned(), hint);
    }
    if !config.when.is_empty() {
        let message = "a manual quantity has no attributes that `when` could compare";
        refuse(&["when"], message.to_owned(), "leave it out");
    }
    let known = ["service", "resource", "plan"];
    for (index, name) in config.dimensions.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            let message = format!("a manual quantity has no attribute `{name}`");
            let hint = "its dimensions are service, plan and resource (its name)";
            refuse(&["dimensions", &index.to_string()], message, hint);
        }
    }
}

/// Which currency an item converts from. What is wrong with that of the book is told once, there.
fn convert_from(
    book: &PriceBookConfig,
    item: &ItemConfig,
    problems: &mut Vec<Problem>,
) -> Option<Currency> {
    if item.model == "split" {
        // The accounts of each currency would share the whole total among them.
        if item.convert_from.is_some() {
            let message = "a total that is split is not converted";
            let hint = "give it a price in each currency: what the accounts in that currency share";
            problems.push(Problem::new(["convert_from"], message).with_hint(hint));
        }
        return None;
    }
    match read_convert_from(item.convert_from.as_deref()) {
        Some(Ok(currency)) => Some(currency),
        Some(Err(problem)) => {
            problems.push(problem);
            None
        }
        None => read_convert_from(book.convert_from.as_deref())?.ok(),
    }
}

fn read_convert_from(written: Option<&str>) -> Option<Result<Currency, Problem>> {
    let read = written?.parse::<Currency>();
    Some(read.map_err(|error| Problem::new(["convert_from"], error.to_string())))
}

fn keys(names: &[String]) -> BTreeSet<ItemKey> {
    names
        .iter()
        .map(|name| ItemKey::from(name.as_str()))
        .collect()
}

fn check_model(model: &str, problems: &mut Vec<Problem>) {
    if MODELS.contains(&model) {
        return;
    }
    let message = format!("`{model}` is no price model");
    let hint = format!("the models are {}", MODELS.join(", "));
    problems.push(Problem::new(["model"], message).with_hint(hint));
}

fn read_buyers(config: &ItemConfig, problems: &mut Vec<Problem>) -> Buyers {
    let keys = |names: &[String]| names.iter().map(|name| CustomerKey(name.clone())).collect();
    match (&config.customers, &config.except_customers) {
        (None, None) => Buyers::Everyone,
        (Some(only), None) => Buyers::Only(keys(only)),
        (None, Some(but)) => Buyers::AllBut(keys(but)),
        (Some(_), Some(but)) => {
            let message = "an item has either `customers` or `except_customers`";
            let hint = "leave the customers that are not charged out of `customers`";
            problems.push(Problem::new(["except_customers"], message).with_hint(hint));
            Buyers::AllBut(keys(but))
        }
    }
}

fn read_proration(text: &str, problems: &mut Vec<Problem>) -> Option<Proration> {
    let read = text.parse();
    if read.is_err() {
        let message = format!("`{text}` is no proration");
        let known = Proration::ALL.map(Proration::name).join(", ");
        let hint = format!("the prorations are {known}");
        problems.push(Problem::new(["proration"], message).with_hint(hint));
    }
    read.ok()
}

fn read_dimensions(names: &[String], problems: &mut Vec<Problem>) -> Vec<Dimension> {
    let mut seen = BTreeSet::new();
    let mut dimensions = Vec::new();
    for (index, name) in names.iter().enumerate() {
        if !seen.insert(name) {
            let path = ["dimensions".to_owned(), index.to_string()];
            problems.push(Problem::new(
                path,
                format!("the dimension `{name}` is there twice"),
            ));
        }
        match name.as_str() {
            // Plans are always kept apart: the price may depend on them.
            "plan" => {}
            "service" => dimensions.push(Dimension::Service),
            "resource" => dimensions.push(Dimension::Resource),
            _ => dimensions.push(Dimension::Attribute(name.clone())),
        }
    }
    dimensions
}

/// By language; of two spellings of one, nobody could tell which counts.
fn read_texts(config: &ItemConfig, problems: &mut Vec<Problem>) -> BTreeMap<LanguageTag, Template> {
    let mut texts = BTreeMap::new();
    for (written, text) in &config.text {
        let path = ["text", written.as_str()];
        let template = read_description(config, (text, &path), problems);
        match written.parse::<LanguageTag>() {
            Err(message) => problems.push(Problem::new(path, message).with_hint(TAG_HINT)),
            Ok(language) => {
                if texts.contains_key(&language) {
                    let message = format!("there are two texts in {language}");
                    problems.push(Problem::new(path, message).with_hint("keep one of them"));
                }
                texts.extend(template.map(|template| (language, template)));
            }
        }
    }
    texts
}

fn read_description(
    config: &ItemConfig,
    (text, path): (&str, &[&str]),
    problems: &mut Vec<Problem>,
) -> Option<Template> {
    let mut variables = vec!["item", "plan"];
    variables.extend(
        config
            .dimensions
            .iter()
            .map(String::as_str)
            .filter(|name| *name != "plan"),
    );
    match Template::parse(text, &variables) {
        Ok(template) => Some(template),
        Err(message) => {
            let hint = "a dimension of the item can be named in its description";
            problems.push(Problem::new(path.iter().copied(), message).with_hint(hint));
            None
        }
    }
}

fn read_unit(code: &str, problems: &mut Vec<Problem>) -> Option<&'static Unit> {
    let known = unit(code);
    if known.is_none() {
        let message =
            format!("`{code}` is no unit code of UN/ECE Recommendation 20 that is known here");
        let hint = match meant_by(code) {
            Some(near) => match near.binary() {
                None => format!("`{}` is {}", near.code, near.name),
                Some(binary) => format!(
                    "`{}` is {}, in powers of 1000; `{}` is {}, in powers of 1024",
                    near.code, near.name, binary.code, binary.name
                ),
            },
            None => "`C62` is one of anything, `E34` a gigabyte, `E62` a gibibyte, `HUR` an hour"
                .to_owned(),
        };
        problems.push(Problem::new(["unit"], message).with_hint(hint));
    }
    known
}

//! What a pipeline's margin is told by: the price book of its costs, and which attribute is compared with which gauge. Decides
//! nothing that is billed, and so is no part of what a bill is made from.

use std::collections::BTreeSet;

use counterfoil_model::ids::Kind;
use counterfoil_model::money::Currency;
use counterfoil_model::nearest::nearest;
use counterfoil_model::price::{PriceBook, resolve};
use counterfoil_model::problem::Problem;
use counterfoil_model::time::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use super::draft::Shared;
use super::parse::extended;
use super::pipeline::PipelineConfig;

/// What is provisioned against what is consumed, for a kind of resource.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompareConfig {
    /// The kind of resource.
    pub kind: Kind,
    /// The attribute that says how much a resource has: `disk_gb`.
    pub provisioned: String,
    /// The gauge that says how much of it is used: `used_gb`.
    pub consumed: String,
}

/// Costs, as rating uses them.
#[derive(Debug)]
pub struct CostBook {
    pub name: String,
    pub book: PriceBook,
    pub currency: Currency,
}

impl CostBook {
    /// The book that is named. What is wrong within it is told where books are read.
    pub(super) fn find(
        config: &PipelineConfig,
        shared: &Shared,
        zone: &TimeZone,
        path: &[String],
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let name = config.cost_book.as_ref()?;
        let at = extended(path, "cost_book");
        let Some(draft) = shared.books.get(name) else {
            let known: Vec<&str> = shared.books.keys().map(String::as_str).collect();
            let message = format!("there is no price book `{name}`");
            let problem = Problem::new(at, message).of_absence();
            problems.push(match nearest(name, &known) {
                Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
                None => problem.with_hint(format!("add a table [price_book.{name}]")),
            });
            return None;
        };
        let book = resolve(&draft.config, zone)
            .ok()
            .filter(|_| draft.is_whole)?;
        let currencies: BTreeSet<Currency> =
            book.prices.iter().map(|price| price.currency).collect();
        let currencies: Vec<Currency> = currencies.into_iter().collect();
        let [currency] = currencies.as_slice() else {
            let codes: Vec<&str> = currencies.iter().map(Currency::code).collect();
            let message = match codes.as_slice() {
                [] => format!("the price book `{name}` has no price, and costs nothing"),
                codes => format!(
                    "costs are in one currency, and `{name}` has {}",
                    codes.join(", ")
                ),
            };
            let problem = Problem::new(at, message);
            problems.push(problem.with_hint("give its items prices in the currency of the costs"));
            return None;
        };
        Some(Self {
            name: name.clone(),
            currency: *currency,
            book,
        })
    }
}

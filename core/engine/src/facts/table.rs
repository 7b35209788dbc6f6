//! Rows of CSV files and workbooks as facts: which columns are our words, and which are attributes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use counterfoil_model::nearest::nearest;
use counterfoil_model::price::AttributeText;

use super::gathered::{Gathered, Row, RowPlace};
use super::heading::{ID, no_resource};
use super::words::{AccountFacts, Number, QuantityFacts, ResourceFacts, SampleFacts, Share, Word};
use crate::config::ConfigProblem;
use crate::given::{Given, GivenRow, same_name};

/// Of a stretch of a resource.
pub(super) const RESOURCE: [&str; 20] = [
    "resource",
    "kind",
    "name",
    "from",
    "to",
    "from_earliest",
    "to_earliest",
    "customer",
    "account",
    "agreement",
    "signed",
    "plan",
    "service",
    "share",
    "currency",
    "non_billable",
    "non_billable_owner",
    "non_billable_until",
    "suspended",
    "covered_until",
];
/// Of a sample, where the table has a column `gauge`.
pub(super) const SAMPLE: [&str; 7] = ["resource", "gauge", "value", "at", "from", "to", "every"];
/// Of a table of accounts, which has no column `resource`.
pub(super) const ACCOUNT: [&str; 15] = [
    "account",
    "customer",
    "currency",
    "name",
    "agreement",
    "signed",
    "timezone",
    "billing_period",
    "anchor",
    "commitment",
    "commitment_name",
    "commitment_items",
    "commitment_from",
    "commitment_to",
    "commitment_proration",
];
/// Of a table of quantities, which has no column `resource` and one that is called `quantity`.
pub(super) const QUANTITY: [&str; 13] = [
    "item",
    "quantity",
    "name",
    "customer",
    "account",
    "agreement",
    "currency",
    "plan",
    "service",
    "from",
    "to",
    "owner",
    "reason",
];
/// Makes an attribute of a column whose name would be one of our words.
pub(super) const ATTRIBUTE: &str = "attribute.";
/// Shorter words are near to too many others.
const NEAR_LETTERS_MIN: usize = 4;

/// Is this the name of a column that is ours? Finds the separator of a text file.
pub(super) fn is_word(name: &str) -> bool {
    RESOURCE
        .iter()
        .chain(&SAMPLE)
        .chain(&ACCOUNT)
        .chain(&QUANTITY)
        .any(|word| same_name(word, name))
}

/// A table whose columns are known.
pub(super) struct Headed<'a> {
    given: &'a Given,
    of: Of,
    /// By word.
    words: BTreeMap<&'static str, usize>,
    attributes: Vec<(usize, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Accounts,
    Quantities,
    Resources,
    /// Rows with a gauge are samples, the others are stretches.
    Samples,
}

impl<'a> Headed<'a> {
    /// None where nothing can be read without what the header lacks. Columns with a mistake are left out.
    pub(super) fn new(
        given: &'a Given,
        is_named: &dyn Fn(&str) -> bool,
        fatal: &mut Vec<ConfigProblem>,
    ) -> Option<Self> {
        let columns = &given.file().columns;
        let has = |word: &str| columns.iter().any(|column| same_name(column, word));
        let of = match (has("resource"), has("gauge"), has("account")) {
            (true, true, _) => Of::Samples,
            (false, false, _) if has("quantity") => Of::Quantities,
            (false, false, true) => Of::Accounts,
            (true, false, _) | (false, _, _) => Of::Resources,
        };
        if let Some((column, hint)) = no_resource(columns, of, is_named) {
            let message = "the table has no column `resource`";
            let problem = given.file().problem(given.header_row(), column, message);
            fatal.push(problem.with_hint(hint));
            return None;
        }
        let words: BTreeSet<&'static str> = match of {
            Of::Accounts => ACCOUNT.into_iter().collect(),
            Of::Quantities => QUANTITY.into_iter().collect(),
            Of::Resources => RESOURCE.into_iter().collect(),
            Of::Samples => RESOURCE.into_iter().chain(SAMPLE).collect(),
        };
        let mut headed = Self {
            given,
            of,
            words: BTreeMap::new(),
            attributes: Vec::new(),
        };
        for (index, name) in columns.iter().enumerate() {
            if let Err((message, hint)) = headed.column(index, name, &words, is_named) {
                let problem = given
                    .file()
                    .problem(given.header_row(), Some(index), message);
                fatal.push(problem.with_hint(hint));
            }
        }
        Some(headed)
    }

    fn column(
        &mut self,
        index: usize,
        name: &str,
        words: &BTreeSet<&'static str>,
        is_named: &dyn Fn(&str) -> bool,
    ) -> Result<(), (String, String)> {
        let twice = || {
            let message = format!("two columns are called `{name}`");
            (message, "keep one of them".to_owned())
        };
        if name.is_empty() {
            return Ok(());
        }
        if let Some(word) = words.iter().find(|word| same_name(word, name)) {
            let earlier = self.words.insert(word, index);
            return earlier.map_or(Ok(()), |_| Err(twice()));
        }
        let attribute = name.strip_prefix(ATTRIBUTE);
        let near: Vec<&str> = words
            .iter()
            .filter(|word| word.len() >= NEAR_LETTERS_MIN)
            .copied()
            .collect();
        let near = nearest(&name.to_lowercase(), &near);
        let closed = match self.of {
            Of::Accounts => Some(&ACCOUNT[..]),
            Of::Quantities => Some(&QUANTITY[..]),
            Of::Resources | Of::Samples => None,
        };
        if let Some(known) = closed {
            let hint = near.map_or_else(
                || {
                    let known = known.join(", ");
                    format!("the columns are {known}; a table of resources has a column `{ID}`")
                },
                |near| format!("did you mean `{near}`?"),
            );
            return Err((format!("unknown column `{name}`"), hint));
        }
        // A word that is misspelt would be an attribute that nobody reads.
        if let (None, Some(near), false) = (attribute, near, is_named(name)) {
            let message =
                format!("`{name}` is nearly `{near}`, and the price book names no such attribute");
            let hint =
                format!("did you mean `{near}`? An attribute may be called `{ATTRIBUTE}{name}`");
            return Err((message, hint));
        }
        let attribute = attribute.unwrap_or(name);
        if self.attributes.iter().any(|(_, known)| known == attribute) {
            return Err(twice());
        }
        self.attributes.push((index, attribute.to_owned()));
        Ok(())
    }

    pub(super) fn is_of_accounts(&self) -> bool {
        self.of == Of::Accounts
    }

    /// Adds the rows. Those that a problem was told of are kept out.
    pub(super) fn read(&self, told: &[ConfigProblem], gathered: &mut Gathered) {
        let told: BTreeSet<u32> = told.iter().filter_map(|problem| problem.row).collect();
        for row in self.given.rows() {
            let place = RowPlace::Table {
                file: Arc::clone(self.given.file()),
                row: row.number(),
            };
            let is_broken = told.contains(&row.number());
            match self.of {
                Of::Accounts => gathered.accounts.push(Row {
                    facts: self.account(row),
                    place,
                    is_broken,
                }),
                Of::Quantities => gathered.quantities.push(Row {
                    facts: self.quantity(row),
                    place,
                    is_broken,
                }),
                Of::Samples if self.word(row, "gauge").is_some() => {
                    let mut read = Row {
                        facts: self.sample(row),
                        place,
                        is_broken,
                    };
                    if let Some(name) = self.filled_besides(row, &SAMPLE) {
                        let message = format!("a sample has no `{name}`");
                        let hint = "leave the cell blank; what the resource is stands in a row without a gauge";
                        read.refuse((name, &message, hint), &mut gathered.broken);
                    }
                    gathered.samples.push(read);
                }
                Of::Resources | Of::Samples => {
                    let mut read = Row {
                        facts: self.resource(row),
                        place,
                        is_broken,
                    };
                    for word in ["value", "at", "every"] {
                        if self.word(row, word).is_some() {
                            let message =
                                format!("`{word}` is of a sample, and the row has no gauge");
                            let hint = "name the gauge, or leave the cell blank";
                            read.refuse((word, &message, hint), &mut gathered.broken);
                        }
                    }
                    gathered.resources.push(read);
                }
            }
        }
    }

    fn word(&self, row: GivenRow<'_>, word: &str) -> Option<Word> {
        let text = row.cell(self.words.get(word).copied());
        (!text.is_empty()).then(|| Word(text.to_owned()))
    }

    /// A column that holds something and is none of these.
    fn filled_besides(&self, row: GivenRow<'_>, words: &[&str]) -> Option<&str> {
        let others = self.words.iter().filter(|(word, _)| !words.contains(word));
        let others = others.map(|(word, index)| (*word, *index));
        let attributes = self.attributes.iter();
        let attributes = attributes.map(|(index, name)| (name.as_str(), *index));
        others
            .chain(attributes)
            .find(|(_, index)| !row.cell(Some(*index)).is_empty())
            .map(|(name, _)| name)
    }

    fn account(&self, row: GivenRow<'_>) -> AccountFacts {
        AccountFacts {
            account: self.word(row, "account").unwrap_or_default(),
            customer: self.word(row, "customer"),
            currency: self.word(row, "currency"),
            name: self.word(row, "name"),
            agreement: self.word(row, "agreement"),
            signed: self.word(row, "signed"),
            timezone: self.word(row, "timezone"),
            billing_period: self.word(row, "billing_period"),
            anchor: self.word(row, "anchor"),
            commitment: self.word(row, "commitment").map(|word| Number(word.0)),
            commitment_name: self.word(row, "commitment_name"),
            commitment_items: self.word(row, "commitment_items"),
            commitment_from: self.word(row, "commitment_from"),
            commitment_to: self.word(row, "commitment_to"),
            commitment_proration: self.word(row, "commitment_proration"),
        }
    }

    fn quantity(&self, row: GivenRow<'_>) -> QuantityFacts {
        QuantityFacts {
            item: self.word(row, "item").unwrap_or_default(),
            quantity: Number(self.word(row, "quantity").unwrap_or_default().0),
            name: self.word(row, "name"),
            customer: self.word(row, "customer"),
            account: self.word(row, "account"),
            agreement: self.word(row, "agreement"),
            currency: self.word(row, "currency"),
            plan: self.word(row, "plan"),
            service: self.word(row, "service"),
            from: self.word(row, "from"),
            to: self.word(row, "to"),
            owner: self.word(row, "owner"),
            reason: self.word(row, "reason"),
        }
    }

    fn sample(&self, row: GivenRow<'_>) -> SampleFacts {
        SampleFacts {
            resource: self.word(row, "resource").unwrap_or_default(),
            gauge: self.word(row, "gauge").unwrap_or_default(),
            value: Number(self.word(row, "value").unwrap_or_default().0),
            at: self.word(row, "at"),
            from: self.word(row, "from"),
            to: self.word(row, "to"),
            every: self.word(row, "every"),
        }
    }

    fn resource(&self, row: GivenRow<'_>) -> ResourceFacts {
        let attributes = self.attributes.iter().filter_map(|(index, name)| {
            let text = row.cell(Some(*index));
            (!text.is_empty()).then(|| (name.clone(), AttributeText(text.to_owned())))
        });
        ResourceFacts {
            resource: self.word(row, "resource").unwrap_or_default(),
            kind: self.word(row, "kind"),
            name: self.word(row, "name"),
            from: self.word(row, "from"),
            to: self.word(row, "to"),
            from_earliest: self.word(row, "from_earliest"),
            to_earliest: self.word(row, "to_earliest"),
            customer: self.word(row, "customer"),
            account: self.word(row, "account"),
            agreement: self.word(row, "agreement"),
            signed: self.word(row, "signed"),
            plan: self.word(row, "plan"),
            service: self.word(row, "service"),
            share: self.word(row, "share").map(|word| Share(word.0)),
            currency: self.word(row, "currency"),
            non_billable: self.word(row, "non_billable"),
            non_billable_owner: self.word(row, "non_billable_owner"),
            non_billable_until: self.word(row, "non_billable_until"),
            suspended: self
                .word(row, "suspended")
                .map(|word| AttributeText(word.0)),
            covered_until: self.word(row, "covered_until"),
            attributes: attributes.collect(),
        }
    }
}

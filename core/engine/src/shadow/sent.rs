//! The invoices that were really sent, as rows of an export whose columns are named.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use counterfoil_model::customer_match::Words;
use counterfoil_model::decimal::Rational;
use counterfoil_model::ids::AccountId;
use counterfoil_model::money::{Currency, Money};
use counterfoil_model::shadow::TheirLine;
use schemars::JsonSchema;
use serde::Serialize;

use super::{ShadowError, accounts_of};
use crate::config::{DecimalMark, ShadowColumns};
use crate::given::{Given, GivenRow};
use crate::rating::account_terms;
use crate::session::Wired;
use crate::terms::Versions;

/// The fields of a line, and what exports call them.
pub(super) const FIELDS: [(&str, &[&str]); 7] = [
    (
        "customer",
        &[
            "customer", "account", "kund", "kundnamn", "kunde", "client", "partner", "asiakas",
            "kundnr", "kund nr",
        ],
    ),
    (
        "item",
        &[
            "item",
            "article",
            "product",
            "sku",
            "artikel",
            "artikelnr",
            "produkt",
            "code",
            "tuote",
        ],
    ),
    (
        "description",
        &[
            "description",
            "text",
            "beskrivning",
            "benämning",
            "beschreibung",
            "bezeichnung",
            "label",
            "kuvaus",
        ],
    ),
    ("quantity", &["quantity", "qty", "antal", "menge", "määrä"]),
    (
        "unit_price",
        &[
            "unit price",
            "price",
            "à-pris",
            "a-pris",
            "apris",
            "pris",
            "einzelpreis",
            "preis",
            "hinta",
        ],
    ),
    (
        "net",
        &[
            "net",
            "net amount",
            "untaxed",
            "amount",
            "belopp",
            "summa",
            "netto",
            "betrag",
            "total",
            "summa netto",
        ],
    ),
    ("currency", &["currency", "valuta", "währung", "valuutta"]),
];

/// Which column holds which field, where it is not called by its name.
#[derive(Debug, Clone, Default)]
pub struct Mapping(BTreeMap<&'static str, String>);

/// Where the invoices are read.
#[derive(Debug, Clone, Copy)]
pub struct Against<'a> {
    pub path: &'a Path,
    pub mapping: &'a Mapping,
    pub mark: Option<DecimalMark>,
}

/// What was sent, as far as it could be told.
#[derive(Debug, Default)]
pub struct Sent {
    pub against: String,
    pub lines: Vec<TheirLine>,
    /// Lines of customers that are no account, each with its amount.
    pub unknown: Vec<(String, Money)>,
    pub left_out: Vec<LeftOut>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct LeftOut {
    pub place: String,
    pub why: String,
    /// It may be a line that nobody compared.
    pub matters: bool,
}

impl Mapping {
    /// Reads `customer=Kund,net=Belopp`; where it says nothing of a field, the configuration does.
    pub fn parse(text: &str, configured: &ShadowColumns) -> Result<Self, ShadowError> {
        let configured = configured.named();
        let mut columns: BTreeMap<&'static str, String> = configured
            .map(|(field, column)| (field, column.to_owned()))
            .collect();
        for part in text.split(',').filter(|part| !part.trim().is_empty()) {
            let unreadable = |message: String| ShadowError::Mapping { message };
            let (field, column) = part
                .split_once('=')
                .ok_or_else(|| unreadable(format!("`{part}` is no FIELD=COLUMN")))?;
            let known = FIELDS.iter().find(|(name, _)| *name == field.trim());
            let (name, _) =
                known.ok_or_else(|| unreadable(format!("there is no field `{}`", field.trim())))?;
            columns.insert(*name, column.trim().to_owned());
        }
        Ok(Self(columns))
    }

    fn knows(&self, column: &str) -> bool {
        let lower = column.to_lowercase();
        let is_common = FIELDS
            .iter()
            .any(|(_, names)| names.iter().any(|name| *name == lower.replace('_', " ")));
        is_common || self.0.values().any(|name| name.to_lowercase() == lower)
    }

    /// The column of a field; one that was named has to be there.
    fn column(&self, field: &str, sheet: &Given) -> Result<Option<usize>, ShadowError> {
        if let Some(name) = self.0.get(field) {
            let found = sheet.column(&[name]);
            return match found {
                Some(column) => Ok(Some(column)),
                None => Err(sheet.without(vec![name.clone()]).into()),
            };
        }
        let names = FIELDS.iter().find(|(name, _)| *name == field);
        Ok(names.and_then(|(_, names)| sheet.column(names)))
    }
}

/// The lines of an export.
pub fn of_sheet(
    wired: &Wired<'_>,
    versions: &Versions,
    against: Against<'_>,
) -> Result<Sent, ShadowError> {
    let mapping = against.mapping;
    let sheet = Given::read(against.path, &|name| mapping.knows(name))?;
    let mut columns = [None; 7];
    for (column, (field, _)) in columns.iter_mut().zip(FIELDS) {
        *column = mapping.column(field, &sheet)?;
    }
    let [customer, item, description, quantity, price, net, _] = columns;
    let needed = [
        ("customer", customer),
        ("net", net),
        ("description", description.or(item)),
    ];
    let missing = needed.iter().filter(|(_, column)| column.is_none());
    let missing: Vec<String> = missing.map(|(field, _)| (*field).to_owned()).collect();
    if !missing.is_empty() {
        return Err(ShadowError::Mapping {
            message: sheet.without(missing).to_string(),
        });
    }
    let numbers: Vec<usize> = [quantity, price, net].into_iter().flatten().collect();
    let mut reader = Reader {
        names: accounts_of(wired, versions),
        currencies: account_terms(wired, versions)
            .into_iter()
            .map(|(id, terms)| (id, terms.currency))
            .collect(),
        mark: against.mark.or_else(|| sheet.decimal_mark(&numbers)),
        columns,
        sheet: &sheet,
        above: Rational::default(),
        sent: Sent {
            against: against.path.display().to_string(),
            ..Sent::default()
        },
    };
    let mut unreadable = Vec::new();
    for row in sheet.rows() {
        let read = match sheet.why_unreadable(row) {
            Some(message) => Err(message.to_owned()),
            None => reader.take(row),
        };
        if let Err(message) = read {
            unreadable.push(format!("row {}: {message}", row.number()));
            let place = sheet.place(row);
            let left_out = &mut reader.sent.left_out;
            left_out.push(LeftOut {
                place,
                why: message,
                matters: true,
            });
        }
    }
    // With nothing to compare it is no single row that is wrong.
    let has_lines = !reader.sent.lines.is_empty() || !reader.sent.unknown.is_empty();
    if has_lines || unreadable.is_empty() {
        Ok(reader.sent)
    } else {
        Err(sheet.problems(unreadable).into())
    }
}

struct Reader<'a> {
    names: BTreeMap<String, BTreeSet<AccountId>>,
    currencies: BTreeMap<AccountId, Currency>,
    mark: Option<DecimalMark>,
    columns: [Option<usize>; 7],
    sheet: &'a Given,
    /// What the rows so far come to, whatever their currency.
    above: Rational,
    sent: Sent,
}

impl Reader<'_> {
    fn take(&mut self, row: GivenRow<'_>) -> Result<(), String> {
        let [customer, item, description, _, _, _, currency] =
            self.columns.map(|column| row.cell(column));
        let [_, _, _, quantity, price, net, _] = self.columns;
        let place = self.sheet.place(row);
        let mut leave_out = |why: &str, matters: bool| {
            self.sent.left_out.push(LeftOut {
                place: place.clone(),
                why: why.to_owned(),
                matters,
            });
            Ok(())
        };
        let Some(amount) = row.decimal(net, self.mark)? else {
            return leave_out("it has no amount", !customer.is_empty());
        };
        if customer.is_empty() {
            // What is above it has the same sum, or it is a line that somebody forgot to fill in.
            return if amount.to_rational() == self.above {
                leave_out("it is the sum of the rows above", false)
            } else {
                leave_out("it names no customer", true)
            };
        }
        self.above += amount.to_rational();
        let account = account(&self.names, customer);
        let given = match currency {
            "" => None,
            code => Some(
                code.to_uppercase()
                    .parse()
                    .map_err(|_| format!("`{code}` is no currency"))?,
            ),
        };
        let own = account.and_then(|id| self.currencies.get(&id)).copied();
        let Some(currency) = given.or(own) else {
            let why = format!("`{customer}` is no account, and the row has no currency");
            return leave_out(&why, true);
        };
        let net = Money::parse(&amount.to_string(), currency).map_err(|error| error.to_string())?;
        let Some(account) = account else {
            self.sent.unknown.push((customer.to_owned(), net));
            return Ok(());
        };
        self.sent.lines.push(TheirLine {
            account,
            item: (!item.is_empty()).then(|| item.to_owned()),
            description: description.to_owned(),
            quantity: row.decimal(quantity, self.mark)?,
            unit_price: row.decimal(price, self.mark)?,
            net,
            place,
        });
        Ok(())
    }
}

/// The one account that is called so. None where there is none, or several.
pub(super) fn account(
    names: &BTreeMap<String, BTreeSet<AccountId>>,
    customer: &str,
) -> Option<AccountId> {
    let one = |name: &str| {
        let found = names.get(name)?;
        let mut found = found.iter().copied();
        found.next().filter(|_| found.next().is_none())
    };
    one(customer).or_else(|| one(Words::of(customer).text()))
}

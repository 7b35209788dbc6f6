//! Which billing accounts facts speak of: whose each is, and in which currency. What is not said follows from what is.

use std::collections::BTreeMap;

use counterfoil_model::ids::{AccountId, AccountKey, AgreementKey, CustomerKey};
use counterfoil_model::language::Spoken;
use counterfoil_model::money::Currency;
use counterfoil_model::price::{Signed, Signing};
use counterfoil_model::rate::AccountTerms;
use counterfoil_model::time::{AccountCalendar, Date, Instant, TimeZone, Validity};

use super::calendar;
use super::gathered::{Gathered, Row, RowPlace};
use super::moment::day;
use super::stretch::AGREEMENT;
use super::whose::has_payer;
use super::words::{AccountFacts, Word};
use crate::config::ConfigProblem;

/// Whose everything is where no row names anybody.
const UNNAMED: &str = "customer";

/// What rows say of an account; the first word counts, and another one is a mistake.
#[derive(Debug, Default)]
struct Said {
    customer: Option<(String, String)>,
    currency: Option<(Currency, String)>,
    name: Option<(String, String)>,
    /// By agreement, the day on which it was signed.
    signed: BTreeMap<String, Option<(Date, String)>>,
    calendar: Option<(AccountCalendar, String)>,
}

/// What a row says of whose it is.
struct Named {
    account: Option<Word>,
    customer: Option<Word>,
    currency: Option<Word>,
    agreement: Option<Word>,
    signed: Option<Word>,
    /// Or it is not billed.
    has_payer: bool,
}

impl Named {
    fn of((account, customer, currency): (&Option<Word>, &Option<Word>, &Option<Word>)) -> Self {
        Self {
            account: account.clone(),
            customer: customer.clone(),
            currency: currency.clone(),
            agreement: None,
            signed: None,
            has_payer: true,
        }
    }
}

/// Every account that is spoken of.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    said: BTreeMap<String, Said>,
    /// Of accounts with rows of their own.
    of_customers: BTreeMap<String, Vec<String>>,
    /// Does any row of a resource or a quantity name another one than that of rows that name nobody?
    is_any_named: bool,
}

impl Said {
    fn signings(&self, zone: &TimeZone) -> Vec<Signing> {
        let signed = self.signed.iter();
        signed
            .filter_map(|(agreement, said)| {
                let day = said.as_ref()?.0;
                let at = Instant::start_of_day(day, zone).ok()?;
                Some(Signing {
                    agreement: AgreementKey::from(agreement.as_str()),
                    validity: Validity::ALWAYS,
                    signed: Signed { at, day },
                })
            })
            .collect()
    }
}

fn text(word: Option<&Word>) -> Option<&str> {
    word.map(|word| word.0.trim())
        .filter(|text| !text.is_empty())
}

fn say<V: PartialEq + std::fmt::Display>(
    said: &mut Option<(V, String)>,
    value: V,
    place: &RowPlace,
    what: &str,
) -> Result<(), String> {
    match said {
        Some((known, at)) if *known != value => {
            Err(format!("the {what} is {value} here and {known} in {at}"))
        }
        Some(_) => Ok(()),
        None => {
            *said = Some((value, place.label()));
            Ok(())
        }
    }
}

impl Accounts {
    /// From the rows of accounts, then from those of resources. What is wrong with an account may be wrong with any of its
    /// resources: nothing is rated then.
    pub(super) fn of(gathered: &mut Gathered) -> Self {
        let mut accounts = Self::default();
        for row in gathered.accounts.iter_mut().filter(|row| !row.is_broken) {
            accounts.declare(row, &mut gathered.fatal);
        }
        for (key, said) in &accounts.said {
            let customer = said.customer.as_ref().map_or(key, |(customer, _)| customer);
            let of = accounts.of_customers.entry(customer.clone()).or_default();
            of.push(key.clone());
        }
        let resources = gathered.resources.iter();
        let resources = resources.map(|row| (&row.facts.account, &row.facts.customer));
        let quantities = gathered.quantities.iter();
        let quantities = quantities.map(|row| (&row.facts.account, &row.facts.customer));
        accounts.is_any_named = resources.chain(quantities).any(|(account, customer)| {
            let named = text(account.as_ref()).or(text(customer.as_ref()));
            named.is_some_and(|name| name != UNNAMED)
        });
        for row in gathered.resources.iter_mut().filter(|row| !row.is_broken) {
            let facts = &row.facts;
            let named = (&facts.account, &facts.customer, &facts.currency);
            let named = Named {
                agreement: facts.agreement.clone(),
                signed: facts.signed.clone(),
                has_payer: has_payer(facts),
                ..Named::of(named)
            };
            accounts.mention(row, &named, &mut gathered.broken);
        }
        for row in gathered.quantities.iter_mut().filter(|row| !row.is_broken) {
            let facts = &row.facts;
            let named = (&facts.account, &facts.customer, &facts.currency);
            let named = Named::of(named);
            accounts.mention(row, &named, &mut gathered.broken);
        }
        accounts
    }

    fn declare(&mut self, row: &mut Row<AccountFacts>, broken: &mut Vec<ConfigProblem>) {
        let facts = row.facts.clone();
        let key = facts.account.0.trim().to_owned();
        if key.is_empty() {
            let hint = "the key by which resources name it";
            return row.refuse(("account", "the account has no key", hint), broken);
        }
        let calendar = calendar::read(row, broken);
        let said = self.said.entry(key).or_default();
        if let Some(calendar) = calendar {
            say_calendar(said, row, calendar, broken);
        }
        if let Some(customer) = text(facts.customer.as_ref()) {
            let result = say(
                &mut said.customer,
                customer.to_owned(),
                &row.place,
                "customer",
            );
            contradicted(row, "customer", result, broken);
        }
        if let Some(name) = text(facts.name.as_ref()) {
            let result = say(&mut said.name, name.to_owned(), &row.place, "name");
            contradicted(row, "name", result, broken);
        }
        if let Some(currency) = text(facts.currency.as_ref()) {
            say_currency(said, row, currency, broken);
        }
        if let Some(signed) = text(facts.signed.as_ref()) {
            say_signed(said, row, (facts.agreement.as_ref(), signed), broken);
        }
    }

    fn mention<T>(&mut self, row: &mut Row<T>, named: &Named, broken: &mut Vec<ConfigProblem>) {
        let is_unnamed =
            text(named.account.as_ref()).is_none() && text(named.customer.as_ref()).is_none();
        if self.is_any_named && is_unnamed && named.has_payer {
            let message = "nobody is named who pays, and other rows name somebody";
            let hint = "name the account or the customer in each row, or in none";
            return row.refuse(("account", message, hint), broken);
        }
        let key = match self.named(named.account.as_ref(), named.customer.as_ref()) {
            Ok(key) => key,
            Err(message) => {
                return row.refuse(("account", &message, "name the account"), broken);
            }
        };
        let said = self.said.entry(key).or_default();
        if let Some(customer) = text(named.customer.as_ref()) {
            let result = say(
                &mut said.customer,
                customer.to_owned(),
                &row.place,
                "customer",
            );
            contradicted(row, "customer", result, broken);
        }
        if let Some(currency) = text(named.currency.as_ref()) {
            say_currency(said, row, currency, broken);
        }
        if let Some(signed) = text(named.signed.as_ref()) {
            say_signed(said, row, (named.agreement.as_ref(), signed), broken);
        }
    }

    /// The key of the account that a row is of.
    pub(super) fn named(
        &self,
        account: Option<&Word>,
        customer: Option<&Word>,
    ) -> Result<String, String> {
        let (account, customer) = (text(account), text(customer));
        match (account, customer) {
            (Some(account), _) => Ok(account.to_owned()),
            (None, None) => Ok(UNNAMED.to_owned()),
            (None, Some(customer)) => match self.of_customers.get(customer).map(Vec::as_slice) {
                None | Some([]) => Ok(customer.to_owned()),
                Some([only]) => Ok(only.clone()),
                Some(several) => Err(format!(
                    "the customer {customer} has {} accounts: {}",
                    several.len(),
                    several.join(", ")
                )),
            },
        }
    }

    pub(super) fn customer(&self, key: &str) -> CustomerKey {
        let said = self.said.get(key).and_then(|said| said.customer.as_ref());
        CustomerKey(said.map_or_else(|| key.to_owned(), |(customer, _)| customer.clone()))
    }

    pub(super) fn currency(&self, key: &str) -> Option<Currency> {
        let said = self.said.get(key)?.currency.as_ref();
        said.map(|(currency, _)| *currency)
    }

    /// The calendars that rows of accounts tell.
    pub(super) fn calendars(&self) -> impl Iterator<Item = (&String, &AccountCalendar)> {
        self.said.iter().filter_map(|(key, said)| {
            let (calendar, _) = said.calendar.as_ref()?;
            Some((key, calendar))
        })
    }

    /// The accounts that are used, with ids in the order of their keys.
    pub(super) fn terms<'k>(
        &self,
        used: impl IntoIterator<Item = (&'k String, Currency)>,
        zone: &TimeZone,
    ) -> BTreeMap<AccountId, AccountTerms> {
        let used: BTreeMap<&String, Currency> = used.into_iter().collect();
        let terms = used.into_iter().zip(1_i64..);
        terms
            .map(|((key, currency), id)| {
                let said = self.said.get(key);
                let name = said.and_then(|said| said.name.as_ref());
                let terms = AccountTerms {
                    key: AccountKey(key.clone()),
                    name: name.map_or_else(|| key.clone(), |(name, _)| name.clone()),
                    customer: self.customer(key),
                    currency,
                    signings: said.map_or_else(Vec::new, |said| said.signings(zone)),
                    renewals: Vec::new(),
                    spoken: Spoken::default(),
                };
                (AccountId(id), terms)
            })
            .collect()
    }
}

fn contradicted<T>(
    row: &mut Row<T>,
    key: &str,
    said: Result<(), String>,
    broken: &mut Vec<ConfigProblem>,
) {
    if let Err(message) = said {
        let hint =
            "an account has one customer, one name and one currency, and an agreement one signing";
        row.refuse((key, &message, hint), broken);
    }
}

fn say_calendar(
    said: &mut Said,
    row: &mut Row<AccountFacts>,
    calendar: AccountCalendar,
    broken: &mut Vec<ConfigProblem>,
) {
    match &said.calendar {
        Some((known, at)) if *known != calendar => {
            let message = format!("the account has another calendar in {at}");
            let hint = "an account has one time zone, billing period and anchor";
            row.refuse(("", &message, hint), broken);
        }
        Some(_) => {}
        None => said.calendar = Some((calendar, row.place.label())),
    }
}

fn say_currency<T>(
    said: &mut Said,
    row: &mut Row<T>,
    currency: &str,
    broken: &mut Vec<ConfigProblem>,
) {
    match currency.parse::<Currency>() {
        Ok(currency) => {
            let result = say(&mut said.currency, currency, &row.place, "currency");
            contradicted(row, "currency", result, broken);
        }
        Err(error) => {
            let hint = "an upper-case ISO 4217 code with minor units, such as EUR or SEK";
            row.refuse(("currency", &error.to_string(), hint), broken);
        }
    }
}

fn say_signed<T>(
    said: &mut Said,
    row: &mut Row<T>,
    (agreement, signed): (Option<&Word>, &str),
    broken: &mut Vec<ConfigProblem>,
) {
    let agreement = text(agreement).unwrap_or(AGREEMENT);
    match day(signed) {
        Ok(day) => {
            let known = said.signed.entry(agreement.to_owned()).or_default();
            let what = format!("signing of the agreement {agreement}");
            let result = say(known, day, &row.place, &what);
            contradicted(row, "signed", result, broken);
        }
        Err((message, hint)) => row.refuse(("signed", &message, hint), broken),
    }
}

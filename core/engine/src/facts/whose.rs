//! Whose a row says that its resource is: an owner's, nobody's on purpose, or nobody's yet.

use counterfoil_model::decimal::{Decimal, Rational};
use counterfoil_model::ownership::NonBillable;
use counterfoil_model::time::Instant;

use super::moment::day;
use super::stretch::{AGREEMENT, Judge, Whose, text};
use super::words::ResourceFacts;

/// Is anybody expected to be named who pays?
pub(super) fn has_payer(facts: &ResourceFacts) -> bool {
    text(facts.non_billable.as_ref()).is_none() && !matches!(suspended(facts), Ok(true))
}

fn suspended(facts: &ResourceFacts) -> Result<bool, String> {
    let Some(truth) = facts.suspended.as_ref().map(|truth| truth.0.to_lowercase()) else {
        return Ok(false);
    };
    match truth.as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err(format!("`{truth}` is neither true nor false")),
    }
}

impl Judge<'_> {
    pub(super) fn whose(&mut self) -> Option<Whose> {
        let facts = self.facts;
        let is_suspended = match suspended(facts) {
            Ok(is_suspended) => is_suspended,
            Err(message) => {
                self.refuse("suspended", &message, "true or false");
                return None;
            }
        };
        let reason = text(facts.non_billable.as_ref());
        let is_owned = [&facts.customer, &facts.account, &facts.agreement]
            .into_iter()
            .any(|word| text(word.as_ref()).is_some())
            || facts.share.is_some();
        if (reason.is_some() || is_suspended) && is_owned || reason.is_some() && is_suspended {
            let message = "it has an owner, is not billable, or is suspended: one of them";
            self.refuse("", message, "leave the other cells blank");
            return None;
        }
        match reason {
            Some(reason) => self.non_billable(reason),
            None if is_suspended => Some(Whose::Suspended),
            None => self.owned(),
        }
    }

    fn non_billable(&mut self, reason: &str) -> Option<Whose> {
        let Some(owner) = text(self.facts.non_billable_owner.as_ref()) else {
            let message = "nobody is named who answers for its not being billed";
            let hint = "the name of a person or team";
            self.refuse("non_billable_owner", message, hint);
            return None;
        };
        let until = match text(self.facts.non_billable_until.as_ref()).map(day) {
            None => None,
            Some(Ok(day)) => Some(day),
            Some(Err((message, hint))) => {
                self.refuse("non_billable_until", &message, hint);
                return None;
            }
        };
        let zone = self.defaults.period.zone();
        let ends = until.and_then(|day| Instant::start_of_day(day, zone).ok());
        let because = NonBillable {
            reason: reason.to_owned(),
            owner: owner.to_owned(),
            until,
        };
        Some(Whose::NonBillable(because, ends))
    }

    fn owned(&mut self) -> Option<Whose> {
        // What is wrong with it was told where accounts were gathered.
        let account = {
            let (account, customer) = (self.facts.account.as_ref(), self.facts.customer.as_ref());
            self.accounts.named(account, customer).ok()?
        };
        let currency = self.accounts.currency(&account).or(self.defaults.currency);
        if currency.is_none() && !self.row.is_broken {
            let message = format!("the currency of the account {account} is not known");
            let hint = "add a column `currency`, or say it for all with --currency";
            self.refuse("currency", &message, hint);
        }
        let agreement = text(self.facts.agreement.as_ref())
            .unwrap_or(AGREEMENT)
            .to_owned();
        let share = match &self.facts.share {
            None => Rational::from_integer(1.into()),
            Some(written) => match share(&written.0) {
                Ok(share) => share,
                Err(message) => {
                    let hint = "a fraction such as 1/3, or a decimal such as 0.25";
                    self.refuse("share", &message, hint);
                    return None;
                }
            },
        };
        Some(Whose::Owned {
            account,
            agreement,
            share,
        })
    }
}

fn share(text: &str) -> Result<Rational, String> {
    let text = text.trim();
    let no_share = || format!("`{text}` is no share");
    let share = match text.split_once('/') {
        Some((part, whole)) => {
            let number = |text: &str| text.trim().parse::<Decimal>().map(Decimal::to_rational);
            let (part, whole) = (number(part), number(whole));
            let (part, whole) = (
                part.map_err(|_| no_share())?,
                whole.map_err(|_| no_share())?,
            );
            if whole == Rational::from_integer(0.into()) {
                return Err(no_share());
            }
            part / whole
        }
        None => text
            .parse::<Decimal>()
            .map_err(|_| no_share())?
            .to_rational(),
    };
    let (nothing, all) = (
        Rational::from_integer(0.into()),
        Rational::from_integer(1.into()),
    );
    if share <= nothing || share > all {
        return Err(format!("the share {text} is not above 0 and at most 1"));
    }
    Ok(share)
}

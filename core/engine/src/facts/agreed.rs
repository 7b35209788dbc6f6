//! What accounts agreed on, from files: quantities that no source shows, and minimum commitments.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use counterfoil_model::agreed::{
    Agreed, Commitment, ManualQuantity, PlacedCommitment, PlacedQuantity,
};
use counterfoil_model::ids::{AccountId, AccountKey, AgreementKey, ItemKey, PlanKey, ServiceKey};
use counterfoil_model::price::Proration;
use counterfoil_model::rate::AccountPeriod;
use counterfoil_model::time::{AccountCalendar, BillingPeriod, Gathers, Instant, Period, Validity};
use counterfoil_model::validity::Dated;

use super::accounts::Accounts;
use super::gathered::{Gathered, Row};
use super::moment::{is_open_end, moment, never};
use super::stretch::Defaults;
use super::words::{AccountFacts, QuantityFacts, Word};
use crate::config::ConfigProblem;

const AGREEMENT: &str = "standard";
/// What a commitment is called where nobody names it.
const MINIMUM: &str = "minimum";

/// What is right of the rows.
#[derive(Debug, Default)]
pub(super) struct AgreedFacts {
    quantities: Vec<GivenQuantity>,
    commitments: Vec<Commitment>,
    repeated: usize,
}

#[derive(Debug)]
struct GivenQuantity {
    agreement: AgreementKey,
    plan: Option<PlanKey>,
    terms: ManualQuantity,
}

impl GivenQuantity {
    /// Wherever it stands.
    fn says_what(&self, other: &Self) -> bool {
        (&self.agreement, &self.plan) == (&other.agreement, &other.plan)
            && self.terms.same(&other.terms)
    }
}

/// Rows of one account may tell its calendar and its commitments apart.
fn unfit(
    commitment: &Commitment,
    calendars: &BTreeMap<&String, &AccountCalendar>,
) -> Option<(&'static str, &'static str)> {
    let calendar = calendars.get(&commitment.account.0)?;
    (calendar.gathers != Gathers::Month).then_some((
        "a commitment is for a month, and the documents of the account gather more",
        "leave the billing period of the account blank",
    ))
}

fn text(word: Option<&Word>) -> Option<&str> {
    word.map(|word| word.0.trim())
        .filter(|text| !text.is_empty())
}

impl AgreedFacts {
    /// A mistake in a quantity keeps it out; one in a commitment keeps everything out, as all mistakes of accounts do.
    pub(super) fn judge(
        gathered: &mut Gathered,
        accounts: &Accounts,
        defaults: &Defaults<'_>,
    ) -> Self {
        let mut facts = Self::default();
        let period = defaults.period;
        let calendars: BTreeMap<&String, &AccountCalendar> = accounts.calendars().collect();
        for row in gathered.accounts.iter_mut().filter(|row| !row.is_broken) {
            let Some(commitment) = commitment(row, period, &mut gathered.fatal) else {
                continue;
            };
            // Files may overlap, and be sent twice.
            if facts
                .commitments
                .iter()
                .any(|known| known.same(&commitment))
            {
                continue;
            }
            if let Some((message, hint)) = unfit(&commitment, &calendars) {
                row.refuse(("commitment", message, hint), &mut gathered.fatal);
            }
            if let Some((message, hint)) = defaults.unknown_item(&commitment.items) {
                row.refuse(("commitment_items", &message, &hint), &mut gathered.fatal);
            }
            let clash = facts
                .commitments
                .iter()
                .find(|known| known.shares_with(&commitment));
            if let Some(clash) = clash {
                let message = format!(
                    "an item would count towards it and towards the one of {} at the same time",
                    clash.place
                );
                let hint = "give both items of their own, or let one end where the other begins";
                row.refuse(("commitment_items", &message, hint), &mut gathered.fatal);
            }
            facts.commitments.push(commitment);
        }
        let mut known: HashMap<String, Vec<usize>> = HashMap::new();
        for row in &mut gathered.quantities {
            let Some(given) = quantity(row, accounts, defaults, &mut gathered.broken) else {
                continue;
            };
            let alike = known.entry(given.terms.identity()).or_default();
            if alike
                .iter()
                .any(|one| facts.quantities[*one].says_what(&given))
            {
                facts.repeated += 1;
                continue;
            }
            alike.push(facts.quantities.len());
            facts.quantities.push(given);
        }
        facts
    }

    /// How many rows of quantities say again what another one says.
    pub(super) fn repeated(&self) -> usize {
        self.repeated
    }

    /// How many rows of quantities are rated.
    pub(super) fn rows(&self) -> usize {
        self.quantities.len()
    }

    /// The keys of the accounts that have something.
    pub(super) fn accounts(&self) -> impl Iterator<Item = &String> {
        let quantities = self.quantities.iter().map(|one| &one.terms.account.0);
        let commitments = self.commitments.iter().map(|one| &one.account.0);
        quantities.chain(commitments)
    }

    /// Laid out for the period, which counts as over: files say all that there will be.
    /// Quantities are of charge periods, which may be longer.
    pub(super) fn place(
        self,
        ids: &BTreeMap<String, AccountId>,
        period: &BillingPeriod,
        (span, zoned): (Period, &BTreeMap<AccountId, Vec<AccountPeriod>>),
    ) -> Agreed {
        let whole = period.period();
        let mut agreed = Agreed {
            is_final: true,
            ..Agreed::default()
        };
        for given in self.quantities {
            let terms = Arc::new(given.terms);
            let Some(account) = ids.get(terms.account.as_str()).copied() else {
                continue;
            };
            if terms.validity.to.is_some_and(|to| to < whole.to()) {
                agreed.expiring.push(Arc::clone(&terms));
            }
            if let Some(period) = terms.validity.clip(span) {
                agreed.quantities.push(PlacedQuantity {
                    account,
                    agreement: given.agreement,
                    plan: given.plan,
                    period,
                    terms,
                });
            }
        }
        let mut placed: BTreeMap<(AccountId, String), PlacedCommitment> = BTreeMap::new();
        let mut commitments = self.commitments;
        commitments.sort_by_key(|one| one.validity.from);
        for terms in commitments {
            let account = ids.get(terms.account.as_str()).copied();
            let Some(account) = account else {
                continue;
            };
            let own = match zoned.get(&account).map(Vec::as_slice) {
                Some([AccountPeriod::Due(own)]) => own,
                Some(_) | None => period,
            };
            let Some(holds) = terms.validity.clip(own.period()) else {
                continue;
            };
            let key = (account, terms.name.clone());
            let commitment = placed.entry(key).or_insert_with(|| PlacedCommitment {
                account,
                period: own.clone(),
                agreement: AgreementKey::from(AGREEMENT),
                stretches: Vec::new(),
            });
            commitment.stretches.push((holds, Arc::new(terms)));
        }
        agreed.commitments = placed.into_values().collect();
        agreed
    }
}

/// `None` where there is none, or a mistake that was told.
fn instant<T>(
    row: &mut Row<T>,
    (key, written): (&str, Option<&Word>),
    period: &BillingPeriod,
    broken: &mut Vec<ConfigProblem>,
) -> Option<Instant> {
    match moment(text(written)?, period.zone()) {
        Ok(instant) => Some(instant),
        Err((message, hint)) => {
            row.refuse((key, &message, hint), broken);
            None
        }
    }
}

fn validity<T>(
    row: &mut Row<T>,
    (from_key, from): (&str, Option<&Word>),
    (to_key, to): (&str, Option<&Word>),
    period: &BillingPeriod,
    broken: &mut Vec<ConfigProblem>,
) -> Validity {
    let validity = Validity {
        from: instant(row, (from_key, from), period, broken),
        to: instant(
            row,
            (to_key, to.filter(|to| !is_open_end(to.0.trim()))),
            period,
            broken,
        ),
    };
    if let (Some(begins), Some(ends)) = (validity.from, validity.to)
        && begins >= ends
    {
        let message = never(begins, ends, period.zone());
        let hint = "the end is the first moment at which it holds no more";
        row.refuse((to_key, &message, hint), broken);
    }
    validity
}

fn commitment(
    row: &mut Row<AccountFacts>,
    period: &BillingPeriod,
    broken: &mut Vec<ConfigProblem>,
) -> Option<Commitment> {
    let facts = row.facts.clone();
    let others = [
        ("commitment_name", &facts.commitment_name),
        ("commitment_items", &facts.commitment_items),
        ("commitment_from", &facts.commitment_from),
        ("commitment_to", &facts.commitment_to),
        ("commitment_proration", &facts.commitment_proration),
    ];
    let Some(amount) = &facts.commitment else {
        if let Some((key, _)) = others
            .iter()
            .find(|(_, word)| text(word.as_ref()).is_some())
        {
            let message = format!("`{key}` is of a commitment, and the row has none");
            let hint = "give the amount under `commitment`, or leave the cell blank";
            row.refuse((key, &message, hint), broken);
        }
        return None;
    };
    let amount = row.number(("commitment", amount), broken);
    let (from, to) = (facts.commitment_from.as_ref(), facts.commitment_to.as_ref());
    let (from_key, to_key) = ("commitment_from", "commitment_to");
    let validity = validity(row, (from_key, from), (to_key, to), period, broken);
    let proration = text(facts.commitment_proration.as_ref()).unwrap_or("second");
    let mut known = Commitment::PRORATIONS.into_iter();
    let known = known.find(|one| one.name() == proration);
    let proration = known.unwrap_or_else(|| {
        let message = format!("`{proration}` is no proration of a commitment");
        let known = Commitment::PRORATIONS.map(Proration::name).join(", ");
        let hint = format!("the prorations are {known}");
        row.refuse(("commitment_proration", &message, &hint), broken);
        Proration::Second
    });
    let items = text(facts.commitment_items.as_ref()).unwrap_or_default();
    let items = items
        .split('|')
        .map(str::trim)
        .filter(|item| !item.is_empty());
    let items: BTreeSet<ItemKey> = items.map(ItemKey::from).collect();
    Some(Commitment {
        account: AccountKey::from(facts.account.0.trim()),
        name: text(facts.commitment_name.as_ref())
            .unwrap_or(MINIMUM)
            .to_owned(),
        amount: amount?,
        items,
        agreement: None,
        validity,
        from: text(from).map(str::to_owned),
        proration,
        description: None,
        tax_category: None,
        account_code: None,
        pipeline: None,
        place: row.place.label(),
    })
    .filter(|_| !row.is_broken)
}

fn quantity(
    row: &mut Row<QuantityFacts>,
    accounts: &Accounts,
    defaults: &Defaults<'_>,
    broken: &mut Vec<ConfigProblem>,
) -> Option<GivenQuantity> {
    let facts = row.facts.clone();
    let needed = [
        (
            "item",
            Some(&facts.item),
            "the item of the price book that prices it",
        ),
        (
            "to",
            facts.to.as_ref(),
            "its expiry: the first day on which it holds no more",
        ),
        (
            "owner",
            facts.owner.as_ref(),
            "the name of a person or team",
        ),
        (
            "reason",
            facts.reason.as_ref(),
            "why it is billed, for whoever asks in a year",
        ),
    ];
    let was_broken = row.is_broken;
    for (key, word, hint) in needed {
        if text(word).is_none() && !was_broken {
            let message = format!("a quantity by hand has no `{key}`");
            row.refuse((key, &message, hint), broken);
        }
    }
    let quantity = row.number(("quantity", &facts.quantity), broken);
    let (from, to) = (("from", facts.from.as_ref()), ("to", facts.to.as_ref()));
    let validity = validity(row, from, to, defaults.period, broken);
    // What is wrong with the account was told where accounts were gathered.
    let account = accounts
        .named(facts.account.as_ref(), facts.customer.as_ref())
        .ok()?;
    let currency = accounts.currency(&account).or(defaults.currency);
    if currency.is_none() && !row.is_broken {
        let message = format!("the currency of the account {account} is not known");
        let hint = "add a column `currency`, or say it for all with --currency";
        row.refuse(("currency", &message, hint), broken);
    }
    if row.is_broken {
        return None;
    }
    Some(GivenQuantity {
        agreement: AgreementKey::from(text(facts.agreement.as_ref()).unwrap_or(AGREEMENT)),
        plan: text(facts.plan.as_ref()).map(PlanKey::from),
        terms: ManualQuantity {
            account: AccountKey(account),
            item: ItemKey::from(text(Some(&facts.item))?),
            name: text(facts.name.as_ref()).map(str::to_owned),
            quantity: quantity?,
            validity,
            until: text(facts.to.as_ref())?.to_owned(),
            owner: text(facts.owner.as_ref())?.to_owned(),
            reason: text(facts.reason.as_ref())?.to_owned(),
            service: text(facts.service.as_ref()).map(ServiceKey::from),
            pipeline: None,
            place: row.place.label(),
        },
    })
}

//! Corrections of a posted document: rated now minus posted, per charge key; nothing posted is edited.
//!
//! The old lines are taken back and the new ones added, never merged (rule R35). What is taken back is what is
//! posted of the key, so that a credit never exceeds its original (rule R33).

use std::collections::{BTreeMap, BTreeSet};

use super::Abilities;
use super::chain::Chain;
use super::credit::Split;
use super::input::{Confirmed, PlanInput};
use super::lines::{Bundle, DIFFERENCE, amount_line, corrected, take_back_amount, taken_back};
use super::restated::come_to_nothing;
use super::rooms::Rooms;
use super::wanted::{Corrected, Obstacle, Wanted, carried, kind_of, split_by_lines, uncarried};
use crate::charge::{Charge, ChargeKey};
use crate::ids::{AccountId, AgreementKey};
use crate::language::LineWords;
use crate::money::{Money, MoneyError};
use crate::time::Date;

const TOO_FINE: &str = "it keeps fewer decimals than the amount has";

/// What corrects a part.
#[derive(Debug, Default)]
pub(super) struct Corrections {
    pub(super) documents: Vec<Wanted>,
    /// Charges of which nothing is sent, since together they come to the same.
    pub(super) restated: usize,
}

/// One document for all changed keys; where the sink takes no negative lines, one for what is given back and one
/// for what is added, with only the difference of each key.
pub(super) fn corrections<'a>(
    (part, chain): (u32, &Chain<'a>),
    net_posted: &BTreeMap<&'a ChargeKey, Money>,
    targets: &BTreeMap<&'a ChargeKey, &'a Charge>,
    (input, rooms): (&PlanInput, &mut Rooms<'a>),
) -> Result<Corrections, Obstacle> {
    let abilities = &input.abilities;
    let Some(original) = chain.original() else {
        return Ok(Corrections::default());
    };
    let mut changes = Vec::new();
    let words = Words::of(targets, input);
    let keys: BTreeSet<&ChargeKey> = net_posted.keys().chain(targets.keys()).copied().collect();
    for key in keys {
        let change = Change {
            key,
            posted: net_posted.get(key).copied(),
            target: targets.get(key).copied(),
            words: words.of_key(key),
        };
        if change.is_needed() {
            changes.push((change.bundle(chain, abilities)?, change));
        }
    }
    if come_to_nothing(changes.iter().map(|(bundle, _)| bundle))? {
        return Ok(Corrections {
            documents: Vec::new(),
            restated: changes.len(),
        });
    }
    mark_replacing(&mut changes, chain);
    let (given_back, added): (Vec<_>, Vec<_>) = if abilities.negative_lines {
        (changes, Vec::new())
    } else {
        let is_given_back = |(bundle, _): &(Bundle, Change<'_>)| bundle.has_negative_line();
        changes.into_iter().partition(is_given_back)
    };
    let mut documents: Vec<(&Confirmed, Vec<Bundle>)> = Vec::new();
    for (named, bundles) in by_document((chain, rooms), original, given_back, abilities)? {
        let groups = split_by_lines(bundles, abilities).into_iter();
        documents.extend(groups.map(|bundles| (named, bundles)));
    }
    let added = added.into_iter().map(|(bundle, _)| bundle).collect();
    let groups = split_by_lines(added, abilities).into_iter();
    documents.extend(groups.map(|bundles| (original, bundles)));
    let mut wanted = Vec::with_capacity(documents.len());
    for (named, bundles) in documents {
        if let Some(place) = rooms.place(&named.delivery.reference) {
            let lines = bundles.iter().flat_map(|bundle| &bundle.lines);
            let amount: i128 = lines.map(|line| i128::from(line.billed.minor())).sum();
            // What is added is not there yet when others are credited.
            rooms.change(place, amount.min(0));
        }
        wanted.push(Wanted {
            part,
            parts: original.delivery.parts,
            kind: kind_of(&bundles, abilities)?,
            corrects: Some(Corrected::naming(named)),
            bundles,
        });
    }
    Ok(Corrections {
        documents: wanted,
        restated: 0,
    })
}

/// Where a charge period is cut, or no more, lines of other charge keys take the place of what is taken back of an item for the
/// same days: they are corrected ones, too.
fn mark_replacing(changes: &mut [(Bundle, Change<'_>)], chain: &Chain<'_>) {
    let mut taken_back: BTreeMap<_, Vec<(Date, Date)>> = BTreeMap::new();
    for (_, change) in changes.iter() {
        let stands = change.posted.is_some_and(|posted| !posted.is_zero());
        let pattern = chain.pattern(change.key).filter(|_| stands);
        if let Some(line) = pattern {
            let (item, dimensions) = (&line.charge.item, &line.charge.dimensions);
            let days = taken_back.entry((item, dimensions)).or_default();
            days.push((line.first_day, line.last_day));
        }
    }
    for (bundle, change) in changes {
        let is_new = change.posted.is_none_or(Money::is_zero) && !bundle.net_only;
        let replaces = change.target.is_some_and(|charge| {
            let alike = taken_back.get(&(&charge.key.item, &charge.key.dimensions));
            let mut days = alike.into_iter().flatten();
            days.any(|(first, last)| *first <= charge.last_day && charge.first_day <= *last)
        });
        if is_new && replaces {
            *bundle = corrected(bundle.clone(), &change.words);
        }
    }
}

/// In which the lines of a charge say what becomes of them.
pub(super) struct Words<'a> {
    input: &'a PlanInput,
    targets: &'a BTreeMap<&'a ChargeKey, &'a Charge>,
    of_agreement: BTreeMap<(AccountId, &'a AgreementKey), &'a LineWords>,
    of_account: BTreeMap<AccountId, &'a LineWords>,
}

impl<'a> Words<'a> {
    pub(super) fn of(
        targets: &'a BTreeMap<&'a ChargeKey, &'a Charge>,
        input: &'a PlanInput,
    ) -> Self {
        let mut words = Self {
            input,
            targets,
            of_agreement: BTreeMap::new(),
            of_account: BTreeMap::new(),
        };
        for (key, charge) in targets {
            let agreement = (key.account, &key.agreement);
            let of_agreement = words.of_agreement.entry(agreement);
            of_agreement.or_insert(&charge.words);
            let of_account = words.of_account.entry(key.account);
            of_account.or_insert(&charge.words);
        }
        words
    }

    /// Those of the charge; of one that is rated no more, of another one of its account under the same agreement, or else any; and
    /// those of the buyer where nothing of the account is rated any more.
    pub(super) fn of_key(&self, key: &ChargeKey) -> LineWords {
        let own = self.targets.get(key).map(|charge| &charge.words);
        let alike = || self.of_agreement.get(&(key.account, &key.agreement));
        let found = own
            .or_else(|| alike().copied())
            .or_else(|| self.of_account.get(&key.account).copied());
        let of_buyer = || {
            let buyer = self.input.buyers.get(&key.account)?;
            Some(buyer.words_of(&key.agreement))
        };
        found.cloned().or_else(of_buyer).unwrap_or_default()
    }
}

/// By the document that they correct: the original, unless that would be credited more than it billed.
fn by_document<'a>(
    (chain, rooms): (&Chain<'a>, &Rooms<'a>),
    original: &'a Confirmed,
    changes: Vec<(Bundle, Change<'a>)>,
    abilities: &Abilities,
) -> Result<Vec<(&'a Confirmed, Vec<Bundle>)>, Obstacle> {
    let zero = Money::zero(original.delivery.slot.currency);
    let mut given_back = BTreeMap::new();
    let mut total = zero;
    for (_, change) in &changes {
        let back = change.difference_of(zero)?.checked_neg()?;
        total = total.checked_add(back)?;
        if !back.is_negative() && !back.is_zero() {
            given_back.insert(change.key, back);
        }
    }
    let all_of = |named: &'a Confirmed, changes: Vec<(Bundle, Change<'a>)>| {
        let bundles = changes.into_iter().map(|(bundle, _)| bundle);
        Ok(vec![(named, bundles.collect())])
    };
    if total.is_negative() || total.is_zero() {
        return all_of(original, changes);
    }
    let split = Split::of(chain, rooms)?;
    if split.original_has_all(total, &given_back) {
        return all_of(original, changes);
    }
    // What is added is set off against what is given back, as long as one document holds both and one has room for the difference.
    let most = abilities.most_lines();
    let lines: usize = changes.iter().map(|(bundle, _)| bundle.lines.len()).sum();
    if given_back.len() < changes.len()
        && lines <= most
        && let Some(named) = split.with_room(total, &given_back)
    {
        return all_of(named, changes);
    }
    let Some(credits) = split.split(total, &given_back)? else {
        return all_of(original, changes);
    };
    let mut documents: Vec<(&Confirmed, Vec<Bundle>)> = vec![(original, Vec::new())];
    let mut before: BTreeMap<&ChargeKey, Money> = BTreeMap::new();
    for (named, shares) in credits.by_document {
        let mut bundles = Vec::new();
        for (bundle, change) in &changes {
            match shares.get(change.key) {
                Some(share) if share.is_whole => bundles.push(bundle.clone()),
                Some(share) => {
                    let posted = before.get(change.key).copied();
                    let posted = posted.or(change.posted).unwrap_or(zero);
                    let now = posted.checked_sub(share.amount)?;
                    bundles.push(change.difference_between(chain, posted, now, abilities)?);
                    before.insert(change.key, now);
                }
                None => {}
            }
        }
        if named.delivery.reference == original.delivery.reference {
            documents[0].1 = bundles;
        } else {
            documents.push((named, bundles));
        }
    }
    // What is added besides stays with the original; it does not wait with a credit that has no room yet.
    let is_added = |change: &Change<'_>| !given_back.contains_key(change.key);
    let added = changes.into_iter();
    let added = added.filter_map(|(bundle, change)| is_added(&change).then_some(bundle));
    if credits.fit {
        documents[0].1.extend(added);
    } else {
        documents.push((original, added.collect()));
    }
    documents.retain(|(_, bundles)| !bundles.is_empty());
    Ok(documents)
}

/// What is posted of a charge key, and what is rated now.
pub(super) struct Change<'a> {
    pub(super) key: &'a ChargeKey,
    pub(super) posted: Option<Money>,
    pub(super) target: Option<&'a Charge>,
    /// In which its lines say what becomes of others.
    pub(super) words: LineWords,
}

impl Change<'_> {
    pub(super) fn is_needed(&self) -> bool {
        match (self.posted, self.target) {
            (Some(posted), Some(target)) => posted != target.net,
            (Some(posted), None) => !posted.is_zero(),
            (None, Some(_)) => true,
            (None, None) => false,
        }
    }

    pub(super) fn bundle(
        &self,
        chain: &Chain<'_>,
        abilities: &Abilities,
    ) -> Result<Bundle, Obstacle> {
        let added = self.now(chain, abilities)?;
        let Some(posted) = self.posted.filter(|posted| !posted.is_zero()) else {
            let added = added.expect("a key that is neither posted nor rated needs no change");
            return if added.has_negative_line() && !abilities.negative_lines {
                self.difference(chain, abilities)
            } else {
                Ok(added)
            };
        };
        if !abilities.negative_lines {
            return self.difference(chain, abilities);
        }
        let mut lines = self.take_back(chain, posted, abilities)?;
        let mut as_amount = 0;
        if let Some(added) = added {
            as_amount = added.as_amount;
            lines.extend(corrected(added, &self.words).lines);
        }
        let most = abilities.most_lines();
        if lines.len() > most {
            return self.difference(chain, abilities);
        }
        Ok(Bundle {
            lines,
            as_amount,
            net_only: false,
        })
    }

    /// What is rated now. The VAT of a supply is that of its original, whatever the terms of the buyer are by now.
    fn now(&self, chain: &Chain<'_>, abilities: &Abilities) -> Result<Option<Bundle>, Obstacle> {
        let Some(charge) = self.target else {
            return Ok(None);
        };
        let mut bundle = carried(charge, abilities)?;
        if let Some(billed) = chain.billed_like(self.key) {
            for line in &mut bundle.lines {
                line.tax_category.clone_from(&billed.tax_category);
            }
        }
        Ok(Some(bundle))
    }

    fn take_back(
        &self,
        chain: &Chain<'_>,
        posted: Money,
        abilities: &Abilities,
    ) -> Result<Vec<crate::document::Line>, Obstacle> {
        let standing = chain.standing(self.key, posted)?;
        if !standing.is_empty() {
            let lines = standing.iter().map(|line| taken_back(line, &self.words));
            let lines: Result<_, MoneyError> = lines.collect();
            return Ok(lines?);
        }
        let pattern = chain
            .pattern(self.key)
            .expect("what is posted of a key has a line");
        let back = posted.checked_neg()?;
        let line = take_back_amount(pattern, back, (abilities, &self.words))
            .ok_or_else(|| uncarried(self.key, back, TOO_FINE))?;
        Ok(vec![line])
    }

    fn difference_of(&self, zero: Money) -> Result<Money, MoneyError> {
        let now = self.target.map_or(zero, |charge| charge.net);
        now.checked_sub(self.posted.unwrap_or(zero))
    }

    /// Nothing, in the currency of the change.
    fn zero(&self) -> Money {
        let amount = self.posted.or(self.target.map(|charge| charge.net));
        Money::zero(
            amount
                .expect("a change has an amount before or after it")
                .currency(),
        )
    }

    pub(super) fn difference_in_all(&self) -> Result<Money, MoneyError> {
        self.difference_of(self.zero())
    }

    /// One line of the difference.
    fn difference(&self, chain: &Chain<'_>, abilities: &Abilities) -> Result<Bundle, Obstacle> {
        let zero = self.zero();
        let posted = self.posted.unwrap_or(zero);
        let now = self.target.map_or(zero, |charge| charge.net);
        self.difference_between(chain, posted, now, abilities)
    }

    pub(super) fn difference_between(
        &self,
        chain: &Chain<'_>,
        before: Money,
        now: Money,
        abilities: &Abilities,
    ) -> Result<Bundle, Obstacle> {
        let new = self.now(chain, abilities)?;
        let new = new.and_then(|now| now.lines.into_iter().next());
        let pattern = new
            .or_else(|| chain.pattern(self.key).cloned())
            .expect("a change has a line before or after it");
        let amount = now.checked_sub(before)?;
        let description = self.words.difference(&pattern.description, before, now);
        let line = amount_line(&pattern, DIFFERENCE, description, amount, abilities)
            .ok_or_else(|| uncarried(self.key, amount, TOO_FINE))?;
        Ok(Bundle {
            lines: vec![line],
            as_amount: 0,
            net_only: true,
        })
    }
}

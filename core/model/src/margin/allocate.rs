//! Gives each part of a bill its cost. The cost of a resource goes to the lines that charge it to the same account: to those
//! that measure the same, if there are any, else to all of them; by what the resource adds to each, and by time where it adds
//! nothing. Cents go to the largest remainders, so that all of the cost is in some part.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use num_bigint::BigInt;
use num_traits::Zero;

use super::unsold::{Services, not_sold};
use super::{Amounts, MarginInput, Margins, NotSold, PartKey};
use crate::charge::{Charge, ChargeKey, Contribution, Exchange};
use crate::decimal::Rational;
use crate::ids::{AccountId, AgreementKey, ItemKey, ResourceId, ServiceKey};
use crate::money::{Currency, Money, MoneyError, Rounding, round_money, split_largest_remainder};
use crate::time::Period;

/// A part of the bill that a resource adds to, and that may carry its cost.
struct Target<'a> {
    key: PartKey,
    item: &'a ItemKey,
    period: Period,
    added: Money,
}

/// A line over all its services and charged periods.
type Line<'a> = (
    AccountId,
    &'a AgreementKey,
    &'a ItemKey,
    &'a BTreeMap<String, String>,
);

struct Allocation<'a> {
    input: &'a MarginInput<'a>,
    services: Services<'a>,
    /// List price, net and cost.
    parts: BTreeMap<PartKey, [Money; 3]>,
}

const LIST: usize = 0;
const NET: usize = 1;
const COST: usize = 2;

pub(super) fn margins(input: &MarginInput<'_>) -> Result<Margins, MoneyError> {
    let mut allocation = Allocation {
        input,
        services: Services::of(input.owned),
        parts: BTreeMap::new(),
    };
    allocation.bill()?;
    let targets = allocation.targets();
    for charge in input
        .cost
        .iter()
        .filter(|one| !one.contributions.is_empty())
    {
        for part in &charge.contributions {
            allocation.cost(charge, part, &targets)?;
        }
    }
    for charge in input.cost {
        if let Some(amount) = rest(charge) {
            allocation.overhead(charge, amount)?;
        }
    }
    let parts = allocation.parts.into_iter();
    let parts = parts.map(|(key, [list, net, cost])| {
        let converted = converted(input.rates, cost, net.currency())?;
        Ok((key, Amounts::of((list, net, cost), converted)?))
    });
    Ok(Margins {
        parts: parts.collect::<Result<_, MoneyError>>()?,
    })
}

/// `None` where it is in that currency already, or there is no rate.
fn converted(rates: &[Exchange], cost: Money, to: Currency) -> Result<Option<Money>, MoneyError> {
    let of = |rate: &&Exchange| rate.from == cost.currency() && rate.to == to;
    let Some(rate) = rates.iter().find(of) else {
        return Ok(None);
    };
    let amount = cost.to_rational() * rate.rate.to_rational();
    round_money(&amount, to, Rounding::default()).map(Some)
}

/// What no resource adds to a charge; nothing of most of them.
fn rest(charge: &Charge) -> Option<Money> {
    let parts = charge.contributions.iter().map(|part| part.allocated);
    let added = Money::sum(parts, charge.net.currency()).ok()?;
    let rest = charge.net.checked_sub(added).ok()?;
    (!rest.is_zero()).then_some(rest)
}

fn line(key: &ChargeKey) -> Line<'_> {
    (key.account, &key.agreement, &key.item, &key.dimensions)
}

fn part_key(key: &ChargeKey, service: Option<&ServiceKey>) -> PartKey {
    let own = || {
        key.dimensions
            .get("service")
            .map(|name| ServiceKey::from(name.as_str()))
    };
    PartKey {
        not_sold: None,
        account: Some(key.account),
        agreement: Some(key.agreement.clone()),
        service: service.cloned().or_else(own),
        item: Some(key.item.clone()),
        dimensions: key.dimensions.clone(),
    }
}

impl<'a> Allocation<'a> {
    fn add(&mut self, key: PartKey, place: usize, amount: Money) -> Result<(), MoneyError> {
        let currency = match (place, key.account) {
            (COST, Some(account)) => self.currency(account),
            (COST, None) => self.input.cost_currency,
            _ => amount.currency(),
        };
        let (zero, nothing) = (Money::zero(currency), Money::zero(self.input.cost_currency));
        let sums = self.parts.entry(key).or_insert([zero, zero, nothing]);
        sums[place] = sums[place].checked_add(amount)?;
        Ok(())
    }

    fn currency(&self, account: AccountId) -> Currency {
        let terms = self.input.accounts.get(&account);
        terms.map_or(self.input.cost_currency, |terms| terms.currency)
    }

    /// A charge by the services of what adds to it.
    fn split(&self, charge: &Charge) -> Vec<(PartKey, Money)> {
        if charge.contributions.is_empty() {
            return vec![(part_key(&charge.key, None), charge.net)];
        }
        let parts = charge.contributions.iter();
        let parts = parts.map(|part| (part_key(&charge.key, self.service(part)), part.allocated));
        let mut parts: Vec<(PartKey, Money)> = parts.collect();
        // A minimum of what nothing was used of is no resource's.
        if let Some(rest) = rest(charge) {
            parts.push((part_key(&charge.key, None), rest));
        }
        parts
    }

    fn service(&self, part: &Contribution) -> Option<&'a ServiceKey> {
        self.services.at(part.interval, part.period.from())
    }

    fn bill(&mut self) -> Result<(), MoneyError> {
        let listed: BTreeSet<Line<'_>> = self.input.list.iter().map(|one| line(&one.key)).collect();
        for charge in self.input.billed {
            let is_listed = listed.contains(&line(&charge.key));
            for (key, net) in self.split(charge) {
                if !is_listed {
                    // Nobody else could buy it: its price is its list price.
                    self.add(key.clone(), LIST, net)?;
                }
                self.add(key, NET, net)?;
            }
        }
        let billed: BTreeSet<Line<'_>> =
            self.input.billed.iter().map(|one| line(&one.key)).collect();
        for charge in self.input.list {
            if !billed.contains(&line(&charge.key)) {
                continue;
            }
            for (key, list) in self.split(charge) {
                self.add(key, LIST, list)?;
            }
        }
        Ok(())
    }

    fn targets(&self) -> HashMap<(AccountId, ResourceId), Vec<Target<'a>>> {
        let mut targets: HashMap<_, Vec<Target<'a>>> = HashMap::new();
        for charge in self.input.billed {
            for part in &charge.contributions {
                let of_resource = targets.entry((charge.key.account, part.resource));
                of_resource.or_default().push(Target {
                    key: part_key(&charge.key, self.service(part)),
                    item: &charge.key.item,
                    period: part.period,
                    added: part.allocated,
                });
            }
        }
        targets
    }

    /// What a resource costs an account.
    fn cost(
        &mut self,
        charge: &Charge,
        part: &Contribution,
        targets: &HashMap<(AccountId, ResourceId), Vec<Target<'a>>>,
    ) -> Result<(), MoneyError> {
        let account = charge.key.account;
        let of_resource = targets.get(&(account, part.resource));
        let of_resource = of_resource.into_iter().flatten();
        let mut at_once: Vec<(&Target<'a>, i64)> = of_resource
            .filter_map(|target| {
                let both = target.period.intersect(part.period)?;
                Some((target, both.seconds()))
            })
            .collect();
        let measured = self.input.cost_meters.get(&charge.key.item);
        let measures_same =
            |item: &ItemKey| measured.is_some() && self.input.meters.get(item) == measured;
        if at_once.iter().any(|(target, _)| measures_same(target.item)) {
            at_once.retain(|(target, _)| measures_same(target.item));
        }
        if at_once.is_empty() {
            return self.not_sold(charge, self.service(part).cloned(), part.allocated);
        }
        let number = |value: i64| Rational::from_integer(BigInt::from(value));
        let by_money: Vec<Rational> = at_once
            .iter()
            .map(|(target, seconds)| {
                let added = target.added.minor().max(0);
                number(added) * number(*seconds) / number(target.period.seconds())
            })
            .collect();
        let weights = if by_money.iter().all(Zero::is_zero) {
            at_once
                .iter()
                .map(|(_, seconds)| number(*seconds))
                .collect()
        } else {
            by_money
        };
        let split = split_largest_remainder(part.allocated, &weights);
        let keys: Vec<PartKey> = at_once
            .iter()
            .map(|(target, _)| target.key.clone())
            .collect();
        match split {
            Some(amounts) => {
                for (key, amount) in keys.into_iter().zip(amounts) {
                    self.add(key, COST, amount)?;
                }
                Ok(())
            }
            None => self.not_sold(charge, self.service(part).cloned(), part.allocated),
        }
    }

    fn not_sold(
        &mut self,
        charge: &Charge,
        service: Option<ServiceKey>,
        amount: Money,
    ) -> Result<(), MoneyError> {
        let account = charge.key.account;
        let key = match not_sold(account) {
            Some(not_sold) => PartKey {
                not_sold: Some(not_sold),
                account: None,
                agreement: None,
                service: None,
                item: None,
                dimensions: BTreeMap::new(),
            },
            None => PartKey {
                not_sold: Some(NotSold::NotCharged),
                account: Some(account),
                agreement: Some(charge.key.agreement.clone()),
                service,
                item: None,
                dimensions: BTreeMap::new(),
            },
        };
        self.add(key, COST, amount)
    }

    /// A cost that is a part of other costs goes where those went.
    fn overhead(&mut self, charge: &Charge, amount: Money) -> Result<(), MoneyError> {
        let key = &charge.key;
        let wanted = not_sold(key.account);
        let is_own = |part: &PartKey| match wanted {
            Some(_) => part.not_sold == wanted,
            None => {
                part.account == Some(key.account) && part.agreement.as_ref() == Some(&key.agreement)
            }
        };
        let own = self.parts.iter().filter(|(part, _)| is_own(part));
        let (keys, weights): (Vec<PartKey>, Vec<Rational>) = own
            .map(|(part, sums)| (part.clone(), sums[COST].to_rational().max(Rational::zero())))
            .unzip();
        match split_largest_remainder(amount, &weights) {
            Some(amounts) => {
                for (key, amount) in keys.into_iter().zip(amounts) {
                    self.add(key, COST, amount)?;
                }
                Ok(())
            }
            None => self.not_sold(charge, None, amount),
        }
    }
}

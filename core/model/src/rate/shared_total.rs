//! Totals that several lines share: the parts sum to the cent (rule R27), whatever the order of the input.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use num_traits::{One, Zero};

use super::charged_period::PriceTable;
use super::group::{Group, Metered, Portion};
use super::pricing::{ONE, Priced};
use super::renewals::{ContractKey, contract, tariff};
use super::usage::{seconds, used};
use crate::charge::{ChargeKey, PricedPart};
use crate::decimal::{Decimal, Rational};
use crate::finding::{Finding, FindingCode, Severity};
use crate::money::{Currency, Money, round_money, split_largest_remainder};
use crate::price::{Level, Model, Signed, SplitBy};
use crate::time::{Instant, Period};

/// What one line has of a total.
#[derive(Debug, Clone)]
pub(super) struct Share {
    pub(super) total: Decimal,
    /// Of a whole period's total.
    pub(super) part: Rational,
    pub(super) net: Money,
}

impl Share {
    pub(super) fn priced(&self) -> Priced {
        let net = self.total.to_rational() * &self.part;
        Priced {
            quantity: self.part.clone(),
            unit: Some(ONE),
            parts: vec![PricedPart {
                tier: None,
                quantity: self.part.to_string(),
                unit: Some(ONE.to_owned()),
                unit_price: self.total,
                amount: net.to_string(),
            }],
            net,
        }
    }
}

/// Lines with the same of these share a total: item, price, currency, charged period.
type TotalKey<'a> = (usize, PriceKey<'a>, Currency, Period);
/// What tells a price from others of its item; several may stand on one line of a file.
type PriceKey<'a> = (&'a Level, Option<Signed>, Option<Instant>, &'a str);

struct Sharing<'a> {
    contract: ContractKey<'a>,
    key: ChargeKey,
    /// Of the agreements of the contract.
    groups: Vec<usize>,
}

/// What lines have of their totals, and what cannot be told of them.
#[derive(Default)]
pub(super) struct Shares {
    /// By position of the group. A total whose amount does not fit has none.
    of_groups: HashMap<usize, Share>,
    /// Groups of totals of which nobody's part is known.
    unknown: HashSet<usize>,
    pub(super) kept_out: Vec<KeptOut>,
}

impl Shares {
    pub(super) fn get(&self, position: usize) -> Option<&Share> {
        self.of_groups.get(&position)
    }

    pub(super) fn is_unknown(&self, position: usize) -> bool {
        self.unknown.contains(&position)
    }
}

/// A total that is billed to nobody, since it cannot be read whose it is.
pub(super) struct KeptOut {
    pub(super) item: usize,
    pub(super) net: Money,
    pub(super) period: Period,
    pub(super) accounts: BTreeSet<String>,
}

impl KeptOut {
    pub(super) fn finding(&self, table: &PriceTable<'_>) -> Finding {
        let item = &table.item(self.item).key;
        let net = self.net;
        let accounts: Vec<&str> = self.accounts.iter().map(String::as_str).collect();
        let of = accounts.join(", ");
        let message = format!(
            "The total of {net} of the item `{item}` is billed to nobody: how much {of} has cannot be read, and the parts of the \
             others follow from it."
        );
        Finding {
            code: FindingCode::UnreadableQuantity,
            severity: Severity::Blocking,
            subject: format!("item {item}, a total that is split"),
            message,
            next_step: "correct the source, or the item's meter".to_owned(),
            value: Some(net),
            since: Some(self.period.from()),
        }
    }
}

impl Sharing<'_> {
    /// Of all that the contract has: a renewal changes nothing.
    fn measure(&self, groups: &[Group<'_>], table: &PriceTable<'_>) -> Rational {
        let Some(first) = self.groups.first().map(|one| &groups[*one]) else {
            return Rational::one();
        };
        if table.item(first.item).split_by == SplitBy::Equal {
            return Rational::one();
        }
        match self.groups.as_slice() {
            [_] => quantity(first, &first.portions, table),
            several => {
                let portions = several.iter().flat_map(|one| groups[*one].portions.clone());
                quantity(first, &portions.collect::<Vec<_>>(), table)
            }
        }
    }

    /// Each agreement of a contract has its part of what the contract has.
    fn divided(
        mut self,
        (groups, table): (&[Group<'_>], &PriceTable<'_>),
        (total, part, net): (Decimal, Rational, Money),
    ) -> Vec<(usize, Share)> {
        if let [only] = self.groups.as_slice() {
            return vec![(*only, Share { total, part, net })];
        }
        self.groups.sort_by_key(|one| {
            let (buyer, period) = (&groups[*one].buyer, groups[*one].charged.period);
            (buyer.terms.held(buyer.agreement, period), buyer.agreement)
        });
        let of_groups = |measure: &dyn Fn(&Group<'_>) -> Rational| -> Vec<Rational> {
            self.groups
                .iter()
                .map(|one| measure(&groups[*one]))
                .collect()
        };
        // The first gauge of two is read throughout where time decides.
        let there = |group: &Group<'_>| {
            let portions = group.portions.iter();
            let of_first = portions.filter(|portion| portion.channel == 0);
            let seconds = of_first.map(|portion| portion.period.seconds());
            Rational::from_integer(seconds.sum::<i64>().into())
        };
        let by_time = || of_groups(&|group| seconds(&group.portions));
        let is_equal = table.item(groups[self.groups[0]].item).split_by == SplitBy::Equal;
        let mut own = if is_equal {
            of_groups(&there)
        } else {
            of_groups(&|group| quantity(group, &group.portions, table))
        };
        if own.iter().all(Zero::is_zero) {
            own = by_time();
        }
        let all: Rational = own.iter().sum();
        let nets = split_largest_remainder(net, &own).unwrap_or_default();
        let parts = self.groups.iter().zip(own).zip(nets);
        let parts = parts.map(|((one, own), net)| {
            let part = &part * own / &all;
            (*one, Share { total, part, net })
        });
        parts.collect()
    }
}

fn quantity(group: &Group<'_>, portions: &[Portion<'_>], table: &PriceTable<'_>) -> Rational {
    let tariff = tariff(group).expect("a group is opened for a stretch that has a price");
    let terms = (table.item(group.item), tariff);
    used(
        portions,
        terms,
        table.weights(group.item),
        group.charged.period,
    )
    .quantity
}

pub(super) fn shares(metered: &Metered<'_>, table: &PriceTable<'_>) -> Shares {
    let groups = &metered.groups;
    let mut totals = totals(groups, table);
    for group in &metered.unread {
        let Some((key, total)) = total_of(group) else {
            continue;
        };
        let total = totals.entry(key).or_insert(Total::of(total));
        total.unread.insert(group.buyer.terms.key.to_string());
    }
    let mut shares = Shares::default();
    for ((item, _, currency, period), mut total) in totals {
        total.sharing.sort_by(|a, b| a.key.cmp(&b.key));
        let weight = table.fraction(item, period);
        let due = total.amount.to_rational() * &weight;
        let net = round_money(&due, currency, table.book.rounding.of(currency)).ok();
        if !total.unread.is_empty() {
            let sharing = total.sharing.iter();
            shares.unknown.extend(sharing.flat_map(|one| &one.groups));
            shares.kept_out.extend(net.map(|net| KeptOut {
                item,
                net,
                period,
                accounts: total.unread,
            }));
            continue;
        }
        let measures = total.sharing.iter().map(|one| one.measure(groups, table));
        let mut measures: Vec<Rational> = measures.collect();
        if measures.iter().all(Zero::is_zero) {
            // The total is due all the same: nobody has more of it than another.
            measures.fill(Rational::one());
        }
        let sum: Rational = measures.iter().sum();
        let nets = net.and_then(|net| split_largest_remainder(net, &measures));
        let nets = nets.unwrap_or_default();
        for ((one, measure), net) in total.sharing.into_iter().zip(measures).zip(nets) {
            let part = measure / &sum * &weight;
            let divided = one.divided((groups, table), (total.amount, part, net));
            shares.of_groups.extend(divided);
        }
    }
    shares
}

/// A total, and who shares it.
struct Total<'a> {
    amount: Decimal,
    sharing: Vec<Sharing<'a>>,
    /// Accounts of which it cannot be read how much they have.
    unread: BTreeSet<String>,
}

impl Total<'_> {
    fn of(amount: Decimal) -> Self {
        Self {
            amount,
            sharing: Vec::new(),
            unread: BTreeSet::new(),
        }
    }
}

/// Absent where the price is no total.
fn total_of<'g>(group: &'g Group<'_>) -> Option<(TotalKey<'g>, Decimal)> {
    let selection = group.charged.selection.as_ref().ok()?;
    let Model::Split(total) = selection.tariff().model else {
        return None;
    };
    let (currency, period) = (group.buyer.terms.currency, group.charged.period);
    let price = selection.price;
    let (signed, from) = (price.signed_before, price.validity.from);
    let price = (&price.level, signed, from, price.place.as_str());
    Some(((group.item, price, currency, period), total))
}

fn totals<'g>(
    groups: &'g [Group<'_>],
    table: &PriceTable<'_>,
) -> BTreeMap<TotalKey<'g>, Total<'g>> {
    let mut totals: BTreeMap<TotalKey<'_>, Total<'_>> = BTreeMap::new();
    for (position, group) in groups.iter().enumerate() {
        let Some((key, total)) = total_of(group) else {
            continue;
        };
        let sharing = &mut totals.entry(key).or_insert(Total::of(total)).sharing;
        let contract = contract(group);
        let known = if group.buyer.is_renewed() {
            sharing.iter().position(|one| one.contract == contract)
        } else {
            None
        };
        match known {
            Some(known) => {
                let known = &mut sharing[known];
                known.key = known.key.clone().min(group.key(table));
                known.groups.push(position);
            }
            None => sharing.push(Sharing {
                contract,
                key: group.key(table),
                groups: vec![position],
            }),
        }
    }
    totals
}

//! Allowances that all lines of a customer share, in proportion to what they have.

use num_traits::Zero;

use super::agreements::Charge;
use super::exact::{Dec, Exact, fraction};
use super::pricing::converted;
use super::rater::Key;
use super::world::{AllowancePer, Item, Tariff, customer_of};

/// What one price makes of a charge, before it is priced.
pub(crate) struct Prepared {
    pub(crate) key: Key,
    pub(crate) charge: Charge,
    pub(crate) tariff: Tariff,
    pub(crate) between: (usize, usize),
    pub(crate) quantity: Exact,
    pub(crate) weight: Exact,
}

impl Prepared {
    fn shared(&self) -> Option<Dec> {
        match self.tariff.allowance {
            Some((free, AllowancePer::Customer)) => Some(free),
            _ => None,
        }
    }

    fn level(&self, item: &Item) -> Exact {
        converted(item, &(&self.quantity / &self.weight))
    }
}

/// What is free for one of them.
pub(crate) fn shared(item: &Item, all: &[Prepared], of: &Prepared) -> Option<Exact> {
    let free = of.shared()?;
    if of.weight.is_zero() {
        return None;
    }
    let mut charges = Vec::new();
    let mut sum = Exact::zero();
    for other in all {
        let is_of_the_pool = customer_of(other.key.0) == customer_of(of.key.0)
            && other.between == of.between
            && other.shared() == Some(free);
        // Prices of one charge share once.
        if is_of_the_pool && !charges.contains(&other.charge) {
            charges.push(other.charge);
            sum += other.level(item);
        }
    }
    let own = of.level(item);
    let part = if sum <= free.exact() {
        fraction(1, 1)
    } else {
        free.exact() / sum
    };
    Some(own * part)
}

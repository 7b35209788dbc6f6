//! The smallest parts of a margin, summed by what is asked for.

use std::collections::BTreeMap;

use super::{Amounts, MarginBy, MarginRow, Margins, NotSold, PartKey};
use crate::ids::AccountId;
use crate::money::{Currency, MoneyError};
use crate::rate::AccountTerms;

/// In the order of their names, what nobody pays for last. Amounts of two currencies are two rows.
pub fn grouped(
    margins: &Margins,
    by: MarginBy,
    accounts: &BTreeMap<AccountId, AccountTerms>,
) -> Result<Vec<MarginRow>, MoneyError> {
    let mut rows: BTreeMap<(Order, PartKey, Currency), MarginRow> = BTreeMap::new();
    for (part, amounts) in &margins.parts {
        let terms = part.account.and_then(|id| accounts.get(&id));
        let key = key(part, by);
        let customer = terms.map(|terms| terms.customer.clone());
        let account_key = terms.map(|terms| terms.key.to_string());
        let tells_account = matches!(by, MarginBy::Line | MarginBy::Agreement);
        let order = Order {
            is_nobodys: part.account.is_none(),
            customer: match by {
                MarginBy::Service => None,
                MarginBy::Line | MarginBy::Customer | MarginBy::Agreement => customer
                    .as_ref()
                    .map(|customer| customer.as_str().to_owned()),
            },
            account: account_key.clone().filter(|_| tells_account),
        };
        let currency = amounts.net.currency();
        let full = (order, key, currency);
        if let Some(row) = rows.get_mut(&full) {
            row.amounts = row.amounts.plus(amounts)?;
            continue;
        }
        let key = &full.1;
        let row = MarginRow {
            not_sold: key.not_sold,
            customer: customer.filter(|_| by != MarginBy::Service),
            account: key.account,
            account_key: account_key.filter(|_| tells_account),
            agreement: key.agreement.clone(),
            service: key.service.clone(),
            item: key.item.clone(),
            dimensions: key.dimensions.clone(),
            amounts: Amounts::clone(amounts),
        };
        rows.insert(full, row);
    }
    Ok(rows.into_values().collect())
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Order {
    is_nobodys: bool,
    customer: Option<String>,
    account: Option<String>,
}

/// What is told apart. What an owner is not charged for is told by itself among lines alone.
fn key(part: &PartKey, by: MarginBy) -> PartKey {
    let nobodys = part.not_sold.filter(|one| *one != NotSold::NotCharged);
    let none = PartKey {
        not_sold: nobodys,
        account: None,
        agreement: None,
        service: None,
        item: None,
        dimensions: BTreeMap::new(),
    };
    match by {
        MarginBy::Line => PartKey {
            service: None,
            ..part.clone()
        },
        MarginBy::Customer => none,
        MarginBy::Service => PartKey {
            service: part.service.clone(),
            ..none
        },
        MarginBy::Agreement => PartKey {
            account: part.account,
            agreement: part.agreement.clone(),
            ..none
        },
    }
}

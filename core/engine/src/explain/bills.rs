//! A resource's part of each line, what is billed of the line, and why not all of it is.

use std::collections::BTreeMap;

use counterfoil_model::charge::Charge;
use counterfoil_model::counted::counted;
use counterfoil_model::counterfoil::Counterfoil;
use counterfoil_model::ids::{AccountId, ResourceId};
use counterfoil_model::money::Money;
use counterfoil_model::report::{TotalLine, totals};
use counterfoil_model::time::Instant;

use super::resource::PartOfCharge;
use super::total::{does_not_add_up, latest_of, ledger};
use super::why_not::{WhyNot, WhyNotCode};
use super::{Asked, ExplainError, store_error};
use crate::report::{NotSent, not_sent};
use crate::terms::Versions;

#[derive(Debug, Default)]
pub(super) struct ResourceBills {
    pub(super) charges: Vec<PartOfCharge>,
    pub(super) why_not: Vec<WhyNot>,
}

/// The lines of the accounts that pay for a resource.
struct Lines {
    by_account: BTreeMap<AccountId, Vec<TotalLine>>,
    confirmed: BTreeMap<String, Instant>,
    waiting: Vec<NotSent>,
}

pub(super) async fn bills_of(
    (asked, terms): (&Asked<'_>, &Versions),
    charges: &[Charge],
    resource: ResourceId,
) -> Result<ResourceBills, ExplainError> {
    let own: Vec<&Charge> = charges
        .iter()
        .filter(|charge| asked.narrow.is_account(charge.key.account))
        .filter(|charge| {
            charge
                .contributions
                .iter()
                .any(|one| one.resource == resource)
        })
        .collect();
    let mut bills = ResourceBills::default();
    if own.is_empty() {
        return Ok(bills);
    }
    let lines = lines((asked, terms), charges, &own).await?;
    for charge in own {
        let line = lines.of(charge);
        let parts = charge.contributions.iter();
        let parts: Vec<_> = parts
            .filter(|one| one.resource == resource)
            .filter(|one| asked.narrow.is_since(Some(one.period.to())))
            .collect();
        if parts.is_empty() {
            continue;
        }
        let key = asked.wired.known.accounts.get(&charge.key.account);
        let key = key.map_or_else(|| charge.key.account.to_string(), ToString::to_string);
        let mut whole = Money::zero(charge.net.currency());
        for part in parts {
            whole = whole.checked_add(part.allocated).unwrap_or(whole);
            bills.charges.push(PartOfCharge {
                account_key: key.clone(),
                item: charge.key.item.to_string(),
                description: charge.description.clone(),
                period: part.period,
                allocated: part.allocated,
                of: charge.net,
                billed: line.map_or(Money::zero(charge.net.currency()), |line| line.billed),
                documents: line.map_or_else(Vec::new, |line| {
                    let by = line.billed_by.iter();
                    by.map(|one| one.reference.clone()).collect()
                }),
            });
        }
        bills.why_not.extend(nothing(charge, whole));
        bills
            .why_not
            .extend(line.and_then(|line| lines.open(asked, line, &key)));
    }
    Ok(bills)
}

async fn lines(
    (asked, terms): (&Asked<'_>, &Versions),
    charges: &[Charge],
    own: &[&Charge],
) -> Result<Lines, ExplainError> {
    let (session, wired) = (asked.session, asked.wired);
    let counterfoils: Vec<Counterfoil> = latest_of(session, wired, asked.period).await?;
    let documents = terms.confirmed(wired, &counterfoils);
    let mut by_account = BTreeMap::new();
    for account in own.iter().map(|charge| charge.key.account) {
        if by_account.contains_key(&account) {
            continue;
        }
        let totals = totals(account, charges, &documents)
            .map_err(|source| does_not_add_up(wired, account, asked.period, source))?;
        let lines = totals.into_iter().flat_map(|total| total.lines);
        by_account.insert(account, lines.collect::<Vec<_>>());
    }
    let accounts: Vec<AccountId> = by_account.keys().copied().collect();
    let mut waiting = not_sent(session, wired, &|id| accounts.contains(&id))
        .await
        .map_err(store_error)?;
    let ledger = ledger(wired);
    waiting.retain(|row| {
        row.billing_period == asked.period.id() && ledger.is_some_and(|sink| sink == row.sink)
    });
    let confirmed = counterfoils.iter();
    let confirmed = confirmed.map(|one| (one.delivery.reference.to_string(), one.confirmed));
    Ok(Lines {
        by_account,
        confirmed: confirmed.collect(),
        waiting,
    })
}

impl Lines {
    fn of(&self, charge: &Charge) -> Option<&TotalLine> {
        let mut lines = self.by_account.get(&charge.key.account)?.iter();
        lines.find(|line| line.charge == charge.key)
    }

    /// Was the account billed, and do all lines that are billed otherwise come to nothing together?
    fn is_even(&self, line: &TotalLine) -> bool {
        let currency = line.open.currency();
        let of_account = self.by_account.get(&line.charge.account);
        let lines = of_account.into_iter().flatten();
        let lines: Vec<&TotalLine> = lines
            .filter(|one| one.open.currency() == currency)
            .collect();
        let open = Money::sum(lines.iter().map(|one| one.open), currency);
        open.is_ok_and(Money::is_zero) && lines.iter().any(|one| !one.billed_by.is_empty())
    }

    /// Why the line is not billed, or not as it is rated now.
    fn open(&self, asked: &Asked<'_>, line: &TotalLine, account: &str) -> Option<WhyNot> {
        if line.open.is_zero() {
            return None;
        }
        let what = match line.billed_by.last() {
            None => format!(
                "nothing of `{}` of {account} is billed: {}",
                line.description, line.rated
            ),
            Some(last) => {
                let sent = self.confirmed.get(&last.reference);
                let sent = sent.map_or_else(String::new, |at| format!(", confirmed {at}"));
                format!(
                    "of `{}` of {account} {} is billed, and {} is rated by now: what makes the difference of {} was learned \
                     after {}{sent}",
                    line.description, line.billed, line.rated, line.open, last.reference
                )
            }
        };
        let own = self.waiting.iter();
        let own: Vec<String> = own
            .filter(|row| row.account == account)
            .map(|row| format!("{}: {}", row.reference, row.state))
            .collect();
        let period = asked.period.id();
        let end = asked.period.period().to();
        let next_step = if own.is_empty() {
            if end > asked.session.now {
                format!("{period} ends at {end}; it is planned then")
            } else if self.is_even(line) {
                format!(
                    "together with the other lines of {account} it comes to 0.00, and a correction of that is sent only where it \
                     moves what the buyer books apart"
                )
            } else {
                format!(
                    "no plan has it: run `counterfoil plan --period {period}`, which says what blocks"
                )
            }
        } else {
            own.join("; ")
        };
        Some(WhyNot::new(WhyNotCode::NotBilledYet, what).then(next_step))
    }
}

/// A part that comes to nothing: free, or less than half of the least amount.
fn nothing(charge: &Charge, part: Money) -> Option<WhyNot> {
    if !part.is_zero() {
        return None;
    }
    let explanation = &charge.explanation;
    let why = if !charge.net.is_zero() {
        format!(
            "of {} by {} its part is less than half of the least amount",
            charge.net,
            counted(charge.contributions.len(), "part")
        )
    } else if explanation.net_exact == "0" {
        let parts = explanation.parts.iter();
        let names: Vec<&str> = parts.filter_map(|part| part.tier.as_deref()).collect();
        if names.is_empty() {
            format!("{} × {}", charge.quantity, charge.unit_price)
        } else {
            format!(
                "{} × {}, with {}",
                charge.quantity,
                charge.unit_price,
                names.join(", ")
            )
        }
    } else {
        format!("the line is {} before it is rounded", explanation.net_exact)
    };
    let text = format!(
        "its part of `{}` comes to nothing: {why}",
        charge.description
    );
    Some(WhyNot::new(WhyNotCode::ComesToNothing, text))
}

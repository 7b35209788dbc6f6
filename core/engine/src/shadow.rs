//! A shadow run: rates a past month without planning or sending anything, and compares it in money with the invoices that were
//! really sent, from a table or read back from a sink. Works before anything is billed here.

mod read_back;
mod sent;

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::decimal::Decimal;
use counterfoil_model::finding::{Finding, Severity};
use counterfoil_model::ids::AccountId;
use counterfoil_model::money::{Money, MoneyError};
use counterfoil_model::rate::{ChargeLinesError, Detail, charge_lines};
use counterfoil_model::shadow::{Compared, OurLine, Shadow, compare};
use counterfoil_model::time::{BillingPeriod, Instant};
use counterfoil_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

pub use read_back::of_sink;
pub use sent::{Against, LeftOut, Mapping, Sent, of_sheet};

use crate::customers::CustomersError;
use crate::filter::{FilterError, customer_named};
use crate::given::GivenError;
use crate::rating::{
    BilledPart, Given, PeriodRated, account_terms, agreed, facts_needed, intervals_needed,
    rate_facts,
};
use crate::session::{Session, Wired};
use crate::sinks::{ObservedError, SinkError};
use crate::terms::{Keep, TermsError, Versions, versions};

#[derive(Debug, Serialize, JsonSchema)]
pub struct ShadowReport {
    pub pipeline: String,
    pub billing_period: String,
    pub against: String,
    pub tolerance: Decimal,
    pub lines: Vec<ShownLine>,
    pub accounts: Vec<ShownTotals>,
    /// One for each currency: ours, theirs, difference.
    pub totals: Vec<[Money; 3]>,
    /// Customers of the invoices that are no account here.
    pub unknown_customers: Vec<UnknownCustomer>,
    /// Rows and documents that were not compared, and why.
    pub left_out: Vec<LeftOut>,
    /// What keeps our side from being complete.
    pub findings: Vec<Finding>,
    /// The first instant that any listing tells of, where it is later than the start of the period: nothing before it is
    /// on our side.
    pub known_from: Option<Instant>,
    pub is_clean: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ShownLine {
    pub account_key: String,
    #[serde(flatten)]
    pub compared: Compared,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ShownTotals {
    pub account_key: String,
    #[serde(flatten)]
    pub totals: counterfoil_model::shadow::AccountTotals,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct UnknownCustomer {
    pub customer: String,
    pub lines: usize,
    /// By currency.
    pub net: Vec<Money>,
}

#[derive(Debug, Error)]
pub enum ShadowError {
    #[error("the period {period} has not ended: it ends at {end}")]
    NotEnded { period: String, end: String },
    #[error("understand the columns: {message}")]
    Mapping { message: String },
    #[error(transparent)]
    Given(#[from] GivenError),
    #[error(transparent)]
    Filter(#[from] FilterError),
    #[error(transparent)]
    Customers(#[from] CustomersError),
    #[error(transparent)]
    Sink(#[from] SinkError),
    #[error("read back from the sink `{sink}`: {message}")]
    ReadBack { sink: String, message: String },
    #[error("read back from the sink `{sink}`")]
    Observed { sink: String, source: ObservedError },
    #[error("show a charge as lines")]
    Lines { source: ChargeLinesError },
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error("compare the amounts")]
    Amount { source: MoneyError },
    #[error("read what was kept")]
    Store { source: StoreError },
}

impl ShadowError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotEnded { .. } => Some("name an earlier period with --period".to_owned()),
            Self::Mapping { .. } => Some(format!(
                "--columns customer=Kund,description=Text,net=Belopp; the fields are {}",
                sent::FIELDS.map(|(field, _)| field).join(", ")
            )),
            Self::Given(GivenError::Problems { .. }) => Some(
                "no row could be compared: mend the export, or name its columns with --columns and its decimal mark with --decimal"
                    .to_owned(),
            ),
            Self::Given(error) => error.hint(),
            Self::Filter(error) => error.hint(),
            Self::Customers(error) => error.hint(),
            Self::Sink(error) => error.hint(),
            Self::ReadBack { .. } => {
                Some("nothing was changed; run it again when the sink answers".to_owned())
            }
            Self::Terms(error) => error.hint(),
            Self::Observed { .. }
            | Self::Lines { .. }
            | Self::Amount { .. }
            | Self::Store { .. } => None,
        }
    }

    /// Is it the command line that is wrong?
    pub fn is_usage(&self) -> bool {
        match self {
            Self::NotEnded { .. } | Self::Mapping { .. } => true,
            Self::Filter(error) => error.is_usage(),
            Self::Customers(error) => error.is_usage(),
            Self::Given(_)
            | Self::Sink(_)
            | Self::ReadBack { .. }
            | Self::Observed { .. }
            | Self::Lines { .. }
            | Self::Terms(_)
            | Self::Amount { .. }
            | Self::Store { .. } => false,
        }
    }
}

fn amount_error(source: MoneyError) -> ShadowError {
    ShadowError::Amount { source }
}

/// What the invoices of a period are compared with: rated anew, whatever is billed here.
#[derive(Debug)]
pub struct Shadowed {
    pub versions: Versions,
    rated: PeriodRated,
    known_from: Option<Instant>,
}

/// Rates a period as it is known now. Neither `bill_from` nor an opening position counts: the question is what the whole
/// month would come to.
pub async fn rate(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
) -> Result<Shadowed, ShadowError> {
    if period.period().to() > session.now {
        return Err(ShadowError::NotEnded {
            period: period.id(),
            end: period.period().to().to_string(),
        });
    }
    let store_error = |source| ShadowError::Store { source };
    let versions = versions(session, wired, Keep::Transient).await?;
    let cutoff = session.store.cutoff().await.map_err(store_error)?;
    let (sources, whole) = (wired.every_source(), period.period());
    let needed = facts_needed(wired, &versions, period);
    let read = intervals_needed(wired, &versions, period);
    let intervals = session.store.intervals(&sources, read, cutoff).await;
    let gauges = session.store.gauges(&sources, needed, cutoff).await;
    let facts = Given {
        intervals: intervals.map_err(store_error)?,
        gauges: gauges.map_err(store_error)?,
        agreed: agreed(wired, &versions, period, Some(needed), true),
    };
    let part = BilledPart {
        period: Some(needed),
        bill_from: None,
    };
    let rated = rate_facts(wired, &versions, (period, part), facts, Detail::Lines)?;
    let first = session.store.first_listed(&sources).await;
    let first = first.map_err(store_error)?;
    Ok(Shadowed {
        versions,
        rated,
        known_from: first.filter(|first| *first > whole.from()),
    })
}

/// Compares, within an account if one is named.
pub fn shadow(
    wired: &Wired<'_>,
    shadowed: &Shadowed,
    sent: Sent,
    tolerance: Decimal,
    customer: Option<&str>,
) -> Result<ShadowReport, ShadowError> {
    let accounts = account_terms(wired, &shadowed.versions);
    let wanted = match customer {
        Some(name) => Some(customer_named(wired, name, &accounts)?),
        None => None,
    };
    let is_asked = |id: AccountId| {
        let own = accounts.get(&id).map(|terms| &terms.customer);
        wanted.as_ref().is_none_or(|wanted| own == Some(wanted))
    };
    let mut ours = Vec::new();
    for charge in &shadowed.rated.rated.charges {
        if charge.net.is_zero() || !is_asked(charge.key.account) {
            continue;
        }
        for line in charge_lines(charge).map_err(|source| ShadowError::Lines { source })? {
            ours.push(OurLine {
                account: charge.key.account,
                item: charge.key.item.clone(),
                description: match &line.tier {
                    Some(tier) => format!("{} ({tier})", charge.description),
                    None => charge.description.clone(),
                },
                tiers: line.tier.as_ref().map(|_| charge.description.clone()),
                quantity: line.quantity,
                unit_price: line.unit_price,
                net: line.net,
            });
        }
    }
    let mut theirs = sent.lines;
    theirs.retain(|line| is_asked(line.account));
    let Shadow {
        lines,
        accounts: totals,
        totals: by_currency,
    } = compare(&ours, &theirs, tolerance).map_err(amount_error)?;
    let key = |id: AccountId| {
        accounts
            .get(&id)
            .map_or_else(|| id.to_string(), |terms| terms.key.to_string())
    };
    let unknown_customers = match customer {
        Some(_) => Vec::new(),
        None => unknown(sent.unknown)?,
    };
    let findings = shadowed.rated.rated.findings.iter();
    let findings: Vec<Finding> = findings
        .filter(|finding| finding.severity != Severity::Note)
        .cloned()
        .collect();
    let matched = counterfoil_model::shadow::Verdict::Matched;
    Ok(ShadowReport {
        pipeline: wired.pipeline.name.clone(),
        billing_period: shadowed.rated.period.id(),
        against: sent.against,
        tolerance,
        is_clean: unknown_customers.is_empty()
            && !sent.left_out.iter().any(|one| one.matters)
            && lines.iter().all(|line| line.verdict == matched),
        lines: lines
            .into_iter()
            .map(|compared| ShownLine {
                account_key: key(compared.account),
                compared,
            })
            .collect(),
        accounts: totals
            .into_iter()
            .map(|totals| ShownTotals {
                account_key: key(totals.account),
                totals,
            })
            .collect(),
        totals: by_currency,
        unknown_customers,
        left_out: sent.left_out,
        findings,
        known_from: shadowed.known_from,
    })
}

fn unknown(rows: Vec<(String, Money)>) -> Result<Vec<UnknownCustomer>, ShadowError> {
    let mut customers: BTreeMap<String, Vec<Money>> = BTreeMap::new();
    for (customer, net) in rows {
        customers.entry(customer).or_default().push(net);
    }
    let unknown = customers.into_iter().map(|(customer, nets)| {
        let lines = nets.len();
        let net = Money::by_currency(nets).collect::<Result<_, _>>();
        Ok(UnknownCustomer {
            customer,
            lines,
            net: net.map_err(amount_error)?,
        })
    });
    unknown.collect()
}

/// The accounts that a customer of an invoice may be, by whatever it is called.
fn accounts_of(wired: &Wired<'_>, versions: &Versions) -> BTreeMap<String, BTreeSet<AccountId>> {
    let mut names: BTreeMap<String, BTreeSet<AccountId>> = BTreeMap::new();
    let mut add = |name: &str, id: AccountId| {
        names.entry(name.to_owned()).or_default().insert(id);
    };
    for (id, terms) in account_terms(wired, versions) {
        add(terms.key.as_str(), id);
        add(terms.customer.as_str(), id);
        add(&terms.name, id);
        add(
            counterfoil_model::customer_match::Words::of(&terms.name).text(),
            id,
        );
    }
    for account in &versions.current().classification.accounts {
        if let Some(id) = wired.accounts.get(&account.key) {
            for remote in account.remote.values() {
                add(remote, *id);
            }
        }
    }
    for ((_, id), mapped) in &versions.mapped {
        add(&mapped.remote_id, *id);
        add(&mapped.remote_name, *id);
    }
    names
}

//! From a cent back to rounding, arithmetic, price version, rule, interval, observation, file and row. The line is rated
//! again from the facts and terms of its plan, and has to come to the same.

mod absent;
mod bills;
mod difference;
mod elsewhere;
mod error;
mod line;
mod made_with;
mod of_difference;
mod own_part;
mod resource;
mod total;
mod why_not;

use std::collections::BTreeMap;

use counterfoil_model::charge::{Contribution, Explanation};
use counterfoil_model::counterfoil::{Counterfoil, RemoteDocument};
use counterfoil_model::document::{DocumentKind, Line};
use counterfoil_model::ids::IntervalId;
use counterfoil_model::inventory::{Interval, Uncertain};
use counterfoil_model::money::Money;
use counterfoil_model::ownership::Because;
use counterfoil_model::plan::{Confirmed, RemoteState};
use counterfoil_model::time::{BillingPeriod, Instant};
use counterfoil_store::{Receipt, StoreError};
use schemars::JsonSchema;
use serde::Serialize;

pub use self::difference::{
    AccountDifference, DifferenceExplained, PeriodLength, SummedDifference, explain_difference,
};
pub use self::error::ExplainError;
use self::line::{Listings, line_explained};
use self::made_with::Knowledge;
use self::of_difference::Differences;
pub use self::of_difference::{BilledPart, DifferenceOfLine};
use self::own_part::OwnParts;
pub use self::resource::{
    HandedOver, PartOfCharge, ResourceExplained, Standing, Stretch, explain_resource,
};
pub use self::total::{AccountExplained, TotalExplained, TotalLineExplained, Whose, explain_total};
pub use self::why_not::{WhyNot, WhyNotCode};
use crate::filter::Narrow;
use crate::session::{Session, Wired};
use crate::terms::{Keep, Versions, versions};

#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliveryExplained {
    pub reference: String,
    pub sink: String,
    /// Under its key of now.
    pub account: String,
    /// By which key the document names its buyer, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer_account: Option<String>,
    pub billing_period: String,
    pub kind: DocumentKind,
    /// The original that it corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrects: Option<String>,
    /// Of a credit note: what it gives back.
    pub net: Money,
    pub confirmed: Instant,
    /// As its newest counterfoil has it: a draft, posted, or void.
    pub state: RemoteState,
    pub counterfoil: i64,
    pub plan: String,
    pub remote: RemoteDocument,
    pub lines: Vec<LineExplained>,
    pub receipts: Vec<Receipt>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct LineExplained {
    /// From 1.
    pub number: usize,
    pub line: Line,
    /// The document that billed what the line takes back: it is explained by what was known then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_back_from: Option<String>,
    /// Of a line that is only what its charge comes to more or less by now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<DifferenceOfLine>,
    /// The line's part of what its charge comes to when it is rated again, so that lines sum to that; with the line's sign.
    /// Absent where no fact leads to the charge any more.
    pub rated_again: Option<Money>,
    /// All of the charge, of which several lines may have a part; in the sign of an invoice, and of what is taken back in that
    /// of the line.
    pub charge_rated_again: Option<Money>,
    pub explanation: Option<Explanation>,
    /// What it would come to with every uncertain change at its earliest time, where that makes a difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net_if_earliest: Option<Money>,
    /// The same at the latest time: when each was first seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net_if_latest: Option<Money>,
    pub contributions: Vec<ContributionExplained>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ContributionExplained {
    #[serde(flatten)]
    pub contribution: Contribution,
    pub external_id: String,
    pub evidence: EvidenceExplained,
    pub because: Option<Because>,
    /// When it may have begun and ended, where that lies between two observations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncertain: Option<Uncertain>,
    /// The resource's part of the charge with every uncertain change at its earliest time, where that makes a difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocated_if_earliest: Option<Money>,
    /// The same at the latest time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocated_if_latest: Option<Money>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EvidenceExplained {
    pub source: String,
    pub scope: String,
    /// The file, where the listing was one.
    pub listing: String,
    /// The digest of its content.
    pub fingerprint: String,
    pub place: String,
    pub recorded: Instant,
}

/// What is asked of a resource.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    session: &'a Session,
    wired: &'a Wired<'a>,
    /// An id at the source, or a name.
    name: &'a str,
    period: &'a BillingPeriod,
    narrow: &'a Narrow,
}

fn store_error(source: StoreError) -> ExplainError {
    ExplainError::Store { source }
}

/// Explains a delivery, or one line of it.
pub async fn explain_delivery(
    session: &Session,
    wired: &Wired<'_>,
    reference: &str,
    line: Option<usize>,
    narrow: &Narrow,
) -> Result<DeliveryExplained, ExplainError> {
    let terms = versions(session, wired, Keep::Transient).await?;
    let of_now = (session, wired, &terms);
    let (sink, counterfoil, others) = newest(of_now, reference, |_| true).await?;
    let count = counterfoil.delivery.lines.len();
    if let Some(number) = line.filter(|number| *number == 0 || *number > count) {
        return Err(ExplainError::NoLine { count, number });
    }
    let asked: Vec<usize> = match line {
        Some(number) => vec![number - 1],
        None => (0..count).collect(),
    };
    let differences = Differences::of(of_now, &counterfoil, &others, &asked).await?;
    let document = (&counterfoil, others, asked.as_slice());
    let knowledge = Knowledge::of(session, wired, document).await?;
    let own_parts = OwnParts::of(&counterfoil.delivery);
    let mut listings = Listings::default();
    let mut lines = Vec::with_capacity(asked.len());
    for index in asked {
        let document_line = &counterfoil.delivery.lines[index];
        let (made_with, known) = knowledge.of_line(document_line);
        let of_document = (index + 1, document_line);
        let within = (session, wired, &mut listings);
        let mut explained = line_explained(within, of_document, known, narrow).await?;
        if made_with.number != counterfoil.number {
            explained.take_back(made_with);
        }
        let difference = differences.as_ref().and_then(|differences| {
            differences.of_line(document_line, explained.charge_rated_again)
        });
        explained.rated_again = match &difference {
            Some(difference) => difference.own_part(counterfoil.delivery.kind),
            None => explained.charge_rated_again.and_then(|charge| {
                let parts = explained.explanation.as_ref();
                let lines_of = own_parts.beside(index);
                lines_of.own_part(charge, parts.map_or(&[], |one| &one.parts))
            }),
        };
        explained.difference = difference;
        lines.push(explained);
    }
    let receipts = session
        .store
        .receipts(reference)
        .await
        .map_err(store_error)?;
    let delivery = &counterfoil.delivery;
    let corrects = delivery.corrects.as_ref();
    let former = wired.known.former_key_of(delivery);
    Ok(DeliveryExplained {
        reference: reference.to_owned(),
        sink,
        account: wired.known.key_of(delivery).to_string(),
        buyer_account: former.map(|key| key.to_string()),
        billing_period: delivery.slot.billing_period.clone(),
        kind: delivery.kind,
        corrects: corrects.map(ToString::to_string),
        net: delivery.net,
        confirmed: counterfoil.confirmed,
        state: Confirmed::of(&counterfoil).state,
        counterfoil: counterfoil.number,
        plan: counterfoil.plan.clone(),
        remote: counterfoil.remote.clone(),
        lines,
        receipts,
    })
}

/// The newest counterfoil under a reference, or under the number that the sink gave the document, of those with which something
/// was sent: what people say of a document later is none of them.
pub(crate) async fn latest_sent(
    session: &Session,
    wired: &Wired<'_>,
    reference: &str,
) -> Result<(String, Counterfoil), ExplainError> {
    let is_sent = |one: &Counterfoil| one.action.is_sent();
    let terms = versions(session, wired, Keep::Transient).await?;
    let (sink, newest, _) = newest((session, wired, &terms), reference, is_sent).await?;
    Ok((sink, newest))
}

/// The newest counterfoil that counts, and all others of its sink: they are many, and read once.
async fn newest(
    (session, wired, terms): (&Session, &Wired<'_>, &Versions),
    reference: &str,
    counts: fn(&Counterfoil) -> bool,
) -> Result<(String, Counterfoil, Vec<Counterfoil>), ExplainError> {
    for (id, sink) in &wired.sinks {
        let counterfoils = session.store.counterfoils_of(wired.id, *id).await;
        let mut counterfoils = counterfoils.map_err(store_error)?;
        let of_reference = counterfoils.iter().enumerate().filter(|(_, counterfoil)| {
            let is_named = counterfoil.delivery.reference.0 == reference
                || counterfoil.remote.number.as_deref() == Some(reference);
            is_named && counts(counterfoil)
        });
        let newest = of_reference.max_by_key(|(_, counterfoil)| counterfoil.number);
        if let Some((position, _)) = newest {
            for counterfoil in &mut counterfoils {
                terms.read_all(wired, &mut counterfoil.delivery);
            }
            let newest = counterfoils.swap_remove(position);
            return Ok((sink.name.clone(), newest, counterfoils));
        }
    }
    Err(ExplainError::NoReference {
        reference: reference.to_owned(),
    })
}

fn by_id(intervals: &[Interval]) -> BTreeMap<IntervalId, &Interval> {
    intervals
        .iter()
        .map(|interval| (interval.id, interval))
        .collect()
}

async fn evidence(
    session: &Session,
    wired: &Wired<'_>,
    interval: &Interval,
) -> Result<EvidenceExplained, ExplainError> {
    let mut listings = Listings::default();
    listings.evidence(session, wired, interval).await
}

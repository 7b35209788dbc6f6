//! `counterfoil explain`.

mod delivery;
mod difference;
mod resource;
mod tables;
mod total;

use anyhow::Result;
use clap::Args;
use counterfoil_engine::explain::{
    DeliveryExplained, DifferenceExplained, ResourceExplained, TotalExplained, Whose,
    explain_delivery, explain_difference, explain_resource, explain_total,
};
use counterfoil_engine::filter::{Filter, Narrow};
use counterfoil_engine::session::{Session, Wired};

use crate::args::Global;
use crate::exit::Exit;
use crate::output::Shape;
use crate::when;

const EXAMPLES: &str = "\
Examples:
  counterfoil explain CF-ABCDEFGHIJKLMNOP
  counterfoil explain CF-ABCDEFGHIJKLMNOP --line 2
  counterfoil explain CF-ABCDEFGHIJKLMNOP --line 2 --kind disk
  counterfoil explain --account acme --period 2026-03
  counterfoil explain --account acme --period 2026-03 --against 2026-02
  counterfoil explain --resource VM-1007 --period 2026-03 --customer acme";

pub(crate) const DELIVERY: Shape<DeliveryExplained> = Shape::new(
    "explain-delivery/1",
    "A confirmed delivery, line by line, back to file and row.",
    &["lines", "contributions", "receipts"],
);

pub(crate) const RESOURCE: Shape<ResourceExplained> = Shape::new(
    "explain-resource/1",
    "What became of a resource in a period, and its part of each charge.",
    &["charges", "stretches", "why_not"],
);

pub(crate) const TOTAL: Shape<TotalExplained> = Shape::new(
    "explain-total/1",
    "What the bill of an account in a period is made of: lines and documents that sum to it.",
    &[
        "lines",
        "accounts",
        "parts",
        "resources",
        "documents",
        "waiting",
    ],
);

pub(crate) const DIFFERENCE: Shape<DifferenceExplained> = Shape::new(
    "explain-difference/1",
    "Why the bill of an account differs between two periods: reasons that sum to the difference.",
    &["causes", "accounts", "resources", "lines", "prices"],
);

/// Walks from a cent back to rounding, arithmetic, price, rule, interval, observation, file and row.
///
/// With --account or --customer it explains the total of a period: each line with its part of it, what was billed elsewhere,
/// minimums and discounts, and the documents that bill it. With --against it explains the difference to an earlier period.
/// What does not sum to its total is an error and is not shown.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Explain {
    /// The reference of a delivery, or the number that the sink gave it. With --account, --customer or --resource it is the
    /// pipeline.
    #[arg(required_unless_present_any = ["resource", "account", "customer"])]
    pub(crate) reference: Option<String>,
    /// One line of it, counted from 1.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["resource", "account"])]
    pub(crate) line: Option<usize>,
    /// What a resource is billed in a period, or why it is not.
    #[arg(long, value_name = "ID")]
    pub(crate) resource: Option<String>,
    /// What the bill of an account in a period is made of.
    #[arg(long, value_name = "KEY", group = "whose", conflicts_with_all = ["resource", "kind", "since"])]
    pub(crate) account: Option<String>,
    /// The pipeline; may be left out where there is one.
    #[arg(long, value_name = "NAME")]
    pub(crate) pipeline: Option<String>,
    /// The billing period, such as 2026-03; the last one that has ended if left out.
    #[arg(long, value_name = "MONTH")]
    pub(crate) period: Option<String>,
    /// Why the bill differs from that of this earlier period; both as everything is known now.
    #[arg(
        long,
        value_name = "MONTH",
        requires = "whose",
        conflicts_with_all = ["resource", "line", "kind", "since"]
    )]
    pub(crate) against: Option<String>,
    /// What the bills of all accounts of a customer are made of; with --resource, only what this customer is billed of it.
    #[arg(long, value_name = "NAME", group = "whose")]
    pub(crate) customer: Option<String>,
    /// Only resources of this kind.
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) kind: Option<String>,
    /// Only what lasts until this day or instant, or longer.
    #[arg(long, value_name = "TIME", help_heading = "Filters")]
    pub(crate) since: Option<String>,
}

impl Explain {
    /// The first argument, where it is no reference of a delivery.
    fn pipeline(&self) -> Option<&str> {
        let positional = self.reference.as_deref();
        let positional = positional.filter(|_| self.resource.is_some() || self.whose().is_some());
        self.pipeline.as_deref().or(positional)
    }

    fn whose(&self) -> Option<Whose> {
        match (&self.account, &self.customer) {
            (Some(account), _) => Some(Whose::Account(account.clone())),
            (None, Some(customer)) if self.resource.is_none() => {
                Some(Whose::Customer(customer.clone()))
            }
            (None, _) => None,
        }
    }
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Explain) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline())?;
    let wired = session.wire(pipeline).await?;
    if let Some(whose) = what.whose() {
        let period = session.period(pipeline, what.period.as_deref())?;
        if let Some(against) = &what.against {
            let against = session.period(pipeline, Some(against))?;
            let periods = (&period, &against);
            let explained = explain_difference(session, &wired, &whose, periods).await?;
            global.answer(
                DIFFERENCE
                    .answer(&explained)
                    .tables(|| difference::tables(&explained))
                    .text(|| difference::text(&explained)),
            )?;
            return Ok(Exit::Done);
        }
        let explained = explain_total(session, &wired, &whose, &period).await?;
        global.answer(
            TOTAL
                .answer(&explained)
                .tables(|| total::tables(&explained))
                .text(|| total::text(&explained)),
        )?;
        return Ok(Exit::Done);
    }
    let narrow = narrow(session, &wired, what).await?;
    if let Some(name) = &what.resource {
        let period = session.period(pipeline, what.period.as_deref())?;
        let explained = explain_resource(session, &wired, name, &period, &narrow).await?;
        global.answer(
            RESOURCE
                .answer(&explained)
                .tables(|| tables::resource(&explained))
                .text(|| resource::resource(&explained)),
        )?;
    } else if let Some(reference) = &what.reference {
        let explained = explain_delivery(session, &wired, reference, what.line, &narrow).await?;
        global.answer(
            DELIVERY
                .answer(&explained)
                .tables(|| tables::delivery(&explained))
                .text(|| delivery::delivery(&explained, what.line.is_some())),
        )?;
    }
    Ok(Exit::Done)
}

async fn narrow(session: &Session, wired: &Wired<'_>, what: &Explain) -> Result<Narrow> {
    let since = what.since.as_deref();
    let filter = Filter {
        customer: what.customer.clone(),
        kind: what.kind.clone(),
        since: when::since(since, session.now, &wired.pipeline.zone)?,
    };
    Ok(filter.resolve(session, wired).await?)
}

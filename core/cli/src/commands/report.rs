//! `counterfoil report`: one module a question.

pub(crate) mod changes;
pub(crate) mod delivered;
pub(crate) mod first_seen;
pub(crate) mod growth;
pub(crate) mod known;
pub(crate) mod margin;
pub(crate) mod suggestions;
pub(crate) mod unbilled;
pub(crate) mod usage;

use anyhow::Result;
use clap::{Args, Subcommand};
use counterfoil_engine::report::Filter;
use counterfoil_engine::session::{Session, Wired};
use counterfoil_model::finding::Finding;

use crate::args::Global;
use crate::exit::Exit;
use crate::when;

const EXAMPLES: &str = "\
Examples:
  counterfoil report growth --by customer --since 1y
  counterfoil report growth --by resource --kind disk --attribute disk_gb
  counterfoil report changes 2026-03-01 2026-03-31 --customer acme
  counterfoil report delivered VM-1007
  counterfoil report first-seen --since 1y --attribute name --kind licence
  counterfoil report known CF-ABCDEFGHIJKLMNOP
  counterfoil report unbilled
  counterfoil report suggestions >> rules.toml
  counterfoil report margin --period 2026-03 --by service
  counterfoil report usage --period 2026-03";

/// Answers a question in money: what grows, what changed, what was delivered, what is new, what was known, what is not
/// billed and whose that may be, what it costs, what is used.
///
/// Reports read the intervals and ask the rating that the bill is made of. A value a month is what a whole month costs if
/// everything stays as it is at that time; a resource's part of a line is its allocation, as `explain` shows it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Report {
    #[command(subcommand)]
    pub(crate) question: Question,
    /// The pipeline; may be left out where there is one.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) pipeline: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Question {
    Growth(growth::GrowthQuestion),
    Changes(changes::ChangesQuestion),
    Delivered(delivered::DeliveredQuestion),
    FirstSeen(first_seen::FirstSeenQuestion),
    Known(known::KnownQuestion),
    Unbilled(unbilled::UnbilledQuestion),
    Suggestions(suggestions::SuggestionsQuestion),
    Margin(margin::MarginQuestion),
    Usage(usage::UsageQuestion),
}

/// What a question is limited to.
#[derive(Debug, Args)]
pub(crate) struct Limits {
    /// Only this customer.
    #[arg(long, value_name = "CUSTOMER")]
    customer: Option<String>,
    /// Only resources of this kind.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Only what had been learned of the inventory by then: a day (its end), an instant, or how long ago.
    #[arg(long, value_name = "TIME")]
    known_at: Option<String>,
}

impl Limits {
    fn filter(&self, session: &Session, wired: &Wired<'_>) -> Result<Filter> {
        let known_at = self.known_at.as_ref();
        let known_at = known_at.map(|text| when::past(text, session.now, &wired.pipeline.zone));
        Ok(Filter {
            customer: self.customer.clone(),
            kind: self.kind.clone(),
            known_at: known_at.transpose()?,
        })
    }
}

pub(crate) async fn run(global: &Global, session: &Session, what: &Report) -> Result<Exit> {
    let pipeline = session.pipeline(what.pipeline.as_deref())?;
    let wired = session.wire(pipeline).await?;
    match &what.question {
        Question::Growth(what) => growth::run(global, session, &wired, what).await,
        Question::Changes(what) => changes::run(global, session, &wired, what).await,
        Question::Delivered(what) => delivered::run(global, session, &wired, what).await,
        Question::FirstSeen(what) => first_seen::run(global, session, &wired, what).await,
        Question::Known(what) => known::run(global, session, &wired, what).await,
        Question::Suggestions(what) => suggestions::run(global, session, &wired, what).await,
        Question::Unbilled(what) => unbilled::run(global, session, &wired, what).await,
        Question::Margin(what) => margin::run(global, session, &wired, what).await,
        Question::Usage(what) => usage::run(global, session, &wired, what).await,
    }
}

/// Amounts from which something is missing are not to be taken for what they are not.
fn incomplete(findings: &[Finding]) -> Exit {
    if findings.is_empty() {
        Exit::Done
    } else {
        Exit::Findings
    }
}

fn joined<T: ToString>(values: impl IntoIterator<Item = T>) -> String {
    let texts: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    texts.join(", ")
}

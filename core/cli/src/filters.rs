//! The filters that commands share, and what they ask of the engine.

use anyhow::Result;
use clap::Args;
use counterfoil_engine::filter::{Filter, Narrow};
use counterfoil_engine::session::{Session, Wired};

use crate::when;

/// Of whom and of what.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct WhoAndWhat {
    /// Only what is this customer's.
    #[arg(long, value_name = "NAME")]
    pub(crate) customer: Option<String>,
    /// Only this kind of resource.
    #[arg(long, value_name = "NAME")]
    pub(crate) kind: Option<String>,
}

impl WhoAndWhat {
    /// Refuses names that nothing has.
    pub(crate) async fn narrow(
        &self,
        session: &Session,
        wired: &Wired<'_>,
        since: Option<&str>,
    ) -> Result<Narrow> {
        let filter = Filter {
            customer: self.customer.clone(),
            kind: self.kind.clone(),
            since: when::since(since, session.now, &wired.pipeline.zone)?,
        };
        Ok(filter.resolve(session, wired).await?)
    }
}

//! The calls of a source, each in a fresh instance.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::open::{OpenError, open};
use super::session::Session;
use super::{Setup, Shared, call_guest};
use crate::bindings::source::{Context, Coverage, Offer, SourceInfo};
use crate::bindings::source_world;
use crate::call::{CallError, State};
use crate::connector::{Connector, Guest};
use crate::listing::Listing;
use crate::manifest::ConnectorKind;

/// A source that can be called. Cheap to clone; calls may run at the same time.
#[derive(Clone, Debug)]
pub struct SourceConnection {
    shared: Arc<Shared>,
}

impl SourceConnection {
    /// Opens a connection; everything that is wrong with the setup is told at once.
    pub fn open(connector: &Connector, setup: Setup) -> Result<Self, OpenError> {
        Ok(Self {
            shared: open(connector, ConnectorKind::Source, setup)?,
        })
    }

    /// What the source may report under these settings.
    pub async fn describe(&self) -> Result<SourceInfo, CallError> {
        let mut session = self.session("describe").await;
        call_guest!(
            self,
            session,
            counterfoil_connector_discovery.call_describe()
        )
    }

    /// Proves that settings, files and credential work. Answers a line for the admin.
    pub async fn check(&self) -> Result<String, CallError> {
        let mut session = self.session("check").await;
        call_guest!(self, session, counterfoil_connector_discovery.call_check())
    }

    /// The listings that can be had, oldest first within a scope.
    pub async fn offers(&self, context: &Context) -> Result<Vec<Offer>, CallError> {
        let mut session = self.session("offers").await;
        call_guest!(
            self,
            session,
            counterfoil_connector_discovery.call_offers(context)
        )
    }

    /// Lists one offer into a listing, which comes back whatever happens: after an error it holds what was reported until
    /// then.
    pub async fn discover<L: Listing>(
        &self,
        context: &Context,
        offer: &Offer,
        listing: L,
    ) -> (L, Result<Coverage, CallError>) {
        let shared_listing = Arc::new(Mutex::new(listing));
        let theirs: Arc<Mutex<dyn Listing>> = shared_listing.clone();
        let mut session =
            Session::begin(&self.shared, "discover", BTreeSet::new(), Some(theirs)).await;
        let answer = call_guest!(
            self,
            session,
            counterfoil_connector_discovery.call_discover(context, offer)
        );
        if let Ok(coverage) = &answer {
            crate::wire::trace("discover", "coverage", coverage);
        }
        let listing = Arc::into_inner(shared_listing)
            .expect("the session held the only other handle, and has ended");
        (
            listing.into_inner().unwrap_or_else(PoisonError::into_inner),
            answer,
        )
    }

    async fn session(&self, function: &'static str) -> Session {
        Session::begin(&self.shared, function, BTreeSet::new(), None).await
    }

    fn pre(&self) -> &source_world::SourcePre<State> {
        match self.shared.guest() {
            Guest::Source(pre) => pre,
            Guest::Sink(_) => unreachable!("`open` accepts a source only"),
        }
    }
}

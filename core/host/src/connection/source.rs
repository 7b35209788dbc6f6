//! The calls of a source, each in a fresh instance.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::timeout_at;

use super::open::{OpenError, open};
use super::session::Session;
use super::{Setup, Shared};
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

/// Calls a function of the guest in a fresh instance, under the call's time limit.
macro_rules! run {
    ($self:ident, $session:ident, $function:ident($($argument:expr),*)) => {{
        let pre = $self.pre();
        let ended = timeout_at($session.deadline, async {
            let guest = pre.instantiate_async(&mut $session.store).await?;
            guest.counterfoil_connector_discovery().$function(&mut $session.store, $($argument),*).await
        });
        let ended = ended.await;
        $session.end(ended)
    }};
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
        run!(self, session, call_describe())
    }

    /// Proves that settings, files and credential work. Answers a line for the admin.
    pub async fn check(&self) -> Result<String, CallError> {
        let mut session = self.session("check").await;
        run!(self, session, call_check())
    }

    /// The listings that can be had, oldest first within a scope.
    pub async fn offers(&self, context: &Context) -> Result<Vec<Offer>, CallError> {
        let mut session = self.session("offers").await;
        run!(self, session, call_offers(context))
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
        let answer = run!(self, session, call_discover(context, offer));
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

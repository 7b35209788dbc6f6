//! The calls of a sink, each in a fresh instance.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::open::{OpenError, open};
use super::session::Session;
use super::{Setup, Shared, call_guest};
use crate::bindings::sink::{
    CustomersPage, Delivery, Documents, Pushed, Remote, RemoteDocument, SinkInfo, Window,
};
use crate::bindings::sink_world;
use crate::call::{CallError, State};
use crate::connector::{Connector, Guest};
use crate::manifest::ConnectorKind;

/// A sink that can be called. Cheap to clone; calls may run at the same time.
#[derive(Clone, Debug)]
pub struct SinkConnection {
    shared: Arc<Shared>,
}

impl SinkConnection {
    /// Opens a connection; everything that is wrong with the setup is told at once.
    pub fn open(connector: &Connector, setup: Setup) -> Result<Self, OpenError> {
        Ok(Self {
            shared: open(connector, ConnectorKind::Sink, setup)?,
        })
    }

    /// What the sink can do under these settings.
    pub async fn describe(&self) -> Result<SinkInfo, CallError> {
        let mut session = self.session("describe").await;
        call_guest!(self, session, counterfoil_connector_billing.call_describe())
    }

    /// Proves that settings and credential work. Answers a line for the admin.
    pub async fn check(&self) -> Result<String, CallError> {
        let mut session = self.session("check").await;
        call_guest!(self, session, counterfoil_connector_billing.call_check())
    }

    /// Creates or updates one document. After an error with `effect_is_unknown` it may have been applied.
    pub async fn push(&self, delivery: &Delivery) -> Result<Pushed, CallError> {
        crate::wire::trace("push", "delivery", delivery);
        let mut session = self.writing("push", &delivery.reference).await;
        let answer = call_guest!(
            self,
            session,
            counterfoil_connector_billing.call_push(delivery)
        );
        if let Ok(pushed) = &answer {
            crate::wire::trace("push", "pushed", pushed);
        }
        answer
    }

    /// Everything that the remote holds under these references.
    pub async fn find(&self, references: &[String]) -> Result<Vec<RemoteDocument>, CallError> {
        let mut session = self.session("find").await;
        call_guest!(
            self,
            session,
            counterfoil_connector_billing.call_find(references)
        )
    }

    /// What the remote holds in a window, ours or not.
    pub async fn list(
        &self,
        window: &Window,
        cursor: Option<&str>,
    ) -> Result<Documents, CallError> {
        let mut session = self.session("list").await;
        call_guest!(
            self,
            session,
            counterfoil_connector_billing.call_list(window, cursor)
        )
    }

    /// Withdraws a draft, or voids a posted document. As with `push`, an error may leave the effect unknown.
    pub async fn void(&self, reference: &str, remote: &Remote) -> Result<Pushed, CallError> {
        let mut session = self.writing("void", reference).await;
        call_guest!(
            self,
            session,
            counterfoil_connector_billing.call_void(reference, remote)
        )
    }

    /// The customers that the remote knows.
    pub async fn customers(&self, cursor: Option<&str>) -> Result<CustomersPage, CallError> {
        let mut session = self.session("customers").await;
        call_guest!(
            self,
            session,
            counterfoil_connector_billing.call_customers(cursor)
        )
    }

    async fn session(&self, function: &'static str) -> Session {
        Session::begin(&self.shared, function, BTreeSet::new(), None).await
    }

    /// A call whose requests may carry one delivery.
    async fn writing(&self, function: &'static str, reference: &str) -> Session {
        Session::begin(&self.shared, function, [reference.to_owned()].into(), None).await
    }

    fn pre(&self) -> &sink_world::SinkPre<State> {
        match self.shared.guest() {
            Guest::Sink(pre) => pre,
            Guest::Source(_) => unreachable!("`open` accepts a sink only"),
        }
    }
}

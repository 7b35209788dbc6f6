//! A connector with the settings, grants and credentials of one source or sink of a pipeline. Each call gets a fresh instance.

mod open;
mod session;
mod sink;
mod source;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use serde_json::Value;

use crate::cassette::Cassette;
use crate::connector::Connector;
use crate::credential::Credential;
use crate::egress::Egress;
use crate::exchange::Recorder;
use crate::files::Folder;
use crate::grant::Grant;
use crate::limits::Limits;

pub use open::OpenError;
pub use sink::SinkConnection;
pub use source::SourceConnection;

/// Calls a function of an interface of the guest in a fresh instance, under the call's time limit.
macro_rules! call_guest {
    ($self:ident, $session:ident, $interface:ident.$function:ident($($argument:expr),*)) => {{
        let pre = $self.pre();
        let ended = tokio::time::timeout_at($session.deadline, async {
            let guest = pre.instantiate_async(&mut $session.store).await?;
            guest.$interface().$function(&mut $session.store, $($argument),*).await
        });
        let ended = ended.await;
        $session.end(ended)
    }};
}
use call_guest;

/// What a pipeline says about one of its sources or sinks.
#[derive(Debug)]
pub struct Setup {
    /// The name of the source or sink, for messages.
    pub name: String,
    /// The `config` table.
    pub config: Value,
    pub grant: Grant,
    /// By the names that the manifest declares.
    pub credentials: BTreeMap<String, Credential>,
    pub recorder: Arc<dyn Recorder>,
    pub traffic: Traffic,
}

/// Where requests go.
#[derive(Debug)]
pub enum Traffic {
    /// To the network.
    Live,
    /// To a recording, each exchange once. Credentials are not needed.
    Replay(Cassette),
}

/// What all calls of a connection share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) name: String,
    pub(crate) connector: Connector,
    pub(crate) config: Value,
    pub(crate) limits: Limits,
    pub(crate) egress: Egress,
    pub(crate) folder: Option<Arc<Folder>>,
    pub(crate) recorder: Arc<dyn Recorder>,
    calls: AtomicU64,
}

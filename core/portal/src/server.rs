//! Binds the address and answers; every answer is made from the store as it is at that moment.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use counterfoil_engine::run::Pulse;
use counterfoil_engine::session::Session;
use counterfoil_engine::stop::Stop;
use counterfoil_model::time::Instant;
use counterfoil_store::Store;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::{health, metrics};

/// What the portal looks at.
pub struct Portal {
    pub store: Store,
    pub pulse: Arc<Pulse>,
    pub clock: Arc<dyn Fn() -> Instant + Send + Sync>,
}

impl std::fmt::Debug for Portal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Portal")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl Portal {
    /// Under the configuration that the scheduler uses; none before its first look.
    pub(crate) fn session(&self) -> Option<Session> {
        let config = self.pulse.config()?;
        let now = (self.clock)();
        Some(Session::with(
            config,
            self.store.clone(),
            now,
            Stop::default(),
        ))
    }
}

#[derive(Debug, Error)]
pub enum ServeError {
    #[error("listen on {address}")]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
}

impl ServeError {
    /// The next step.
    pub fn hint(&self) -> Option<String> {
        let Self::Listen { source, .. } = self;
        match source.kind() {
            io::ErrorKind::AddrInUse => Some(
                "another program listens there, maybe a `counterfoil run`: choose another `address` in [listen], or --listen \
                 ADDRESS (port 0 takes a free one)"
                    .to_owned(),
            ),
            io::ErrorKind::AddrNotAvailable => Some(
                "no interface of this machine has that address: choose another `address` in [listen], or --listen ADDRESS"
                    .to_owned(),
            ),
            io::ErrorKind::PermissionDenied => Some(
                "ports below 1024 are for privileged users: choose another `address` in [listen], or --listen ADDRESS".to_owned(),
            ),
            _ => None,
        }
    }
}

/// Serves until it is dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    task: JoinHandle<io::Result<()>>,
}

impl Running {
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves in the background. There is neither encryption nor a password: keep it on the loopback address, or behind a proxy.
pub async fn serve(listen: SocketAddr, portal: Portal) -> Result<Running, ServeError> {
    let failed = |source| ServeError::Listen {
        address: listen,
        source,
    };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let router = Router::new()
        .route("/healthz", get(health::answer))
        .route("/metrics", get(metrics::answer))
        .with_state(Arc::new(portal));
    let task = tokio::spawn(axum::serve(listener, router).into_future());
    Ok(Running { address, task })
}

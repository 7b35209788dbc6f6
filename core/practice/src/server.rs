//! Starts and stops the practice API.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use counterfoil_store::practice::{PracticeStore, PracticeStoreError};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::app::{App, Clock};
use crate::connection::{CuttableListener, Scissors};
use crate::faults::{FaultSchedule, Faults};
use crate::router::router;

/// How to serve.
#[derive(Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one. The API has no encryption: keep it on the loopback address.
    pub listen: SocketAddr,
    /// The database file; it is created where it is missing.
    pub database: PathBuf,
    /// The bearer token that every request under `/api/v1` must carry, if any.
    pub token: Option<String>,
    /// What goes wrong; nothing, where it is not given.
    pub faults: Option<FaultSchedule>,
    /// Fixes the clock; real time, where it is not given.
    pub now: Option<Timestamp>,
}

/// Why the practice API does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("listen on {address}")]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("open the practice API's database")]
    Store(#[source] PracticeStoreError),
    #[error("serve the practice API")]
    Serve(#[source] io::Error),
    #[error("wait for the practice API's task")]
    Task(#[source] tokio::task::JoinError),
}

/// A practice API that serves. Dropped, it goes on until the runtime ends.
#[derive(Debug)]
pub struct Running {
    local_address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
    store: PracticeStore,
}

impl Running {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_address
    }

    /// Finishes the requests that are under way, closes the database and returns.
    pub async fn shutdown(self) -> Result<(), ServeError> {
        // The receiver is gone only when the server has ended by itself; `finish` tells why.
        let _ = self.stop.send(());
        finish(self.task, &self.store).await
    }

    /// Waits until the server ends by itself.
    pub async fn join(self) -> Result<(), ServeError> {
        let Self {
            task,
            store,
            stop: _stop,
            ..
        } = self;
        finish(task, &store).await
    }
}

async fn finish(task: JoinHandle<io::Result<()>>, store: &PracticeStore) -> Result<(), ServeError> {
    let served = task.await.map_err(ServeError::Task)?;
    store.close().await;
    served.map_err(ServeError::Serve)
}

/// Opens the database, binds the address and serves in the background.
pub async fn serve(options: Options) -> Result<Running, ServeError> {
    let store = PracticeStore::open(&options.database)
        .await
        .map_err(ServeError::Store)?;
    let listen = |source| ServeError::Listen {
        address: options.listen,
        source,
    };
    let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
    let local_address = listener.local_addr().map_err(listen)?;
    let (behaviour, faults) = Faults::new(options.faults.unwrap_or_default());
    let app = Arc::new(App {
        store: store.clone(),
        behaviour,
        faults,
        clock: options.now.map_or(Clock::System, Clock::Fixed),
        token: options.token,
    });
    let service = router(app).into_make_service_with_connect_info::<Scissors>();
    let (stop, stopped) = oneshot::channel();
    let serving =
        axum::serve(CuttableListener(listener), service).with_graceful_shutdown(async move {
            if stopped.await.is_err() {
                // `Running` was dropped without a word: serve on.
                std::future::pending::<()>().await;
            }
        });
    let task = tokio::spawn(serving.into_future());
    Ok(Running {
        local_address,
        stop,
        task,
        store,
    })
}

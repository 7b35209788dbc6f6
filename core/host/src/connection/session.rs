//! The life of one call: a slot, an instance, the answer or what kept it away. Which function is called it does not know.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tokio::time::error::Elapsed;
use wasmtime::Store;

use super::Shared;
use crate::bindings::types;
use crate::call::{self, Call, CallError, CallFailure, State};
use crate::connector::Guest;
use crate::limits::Limit;
use crate::listing::Listing;

/// A call under way. Dropping it drops the instance.
pub(super) struct Session {
    pub(super) store: Store<State>,
    pub(super) deadline: Instant,
    shared: Arc<Shared>,
    call: Arc<Call>,
    _slot: OwnedSemaphorePermit,
}

/// What a call of a guest comes to, under its time limit.
pub(super) type Ended<R> = Result<wasmtime::Result<Result<R, types::Error>>, Elapsed>;

impl Session {
    pub(super) async fn begin(
        shared: &Arc<Shared>,
        function: &'static str,
        references: BTreeSet<String>,
        listing: Option<Arc<Mutex<dyn Listing>>>,
    ) -> Self {
        let runtime = &shared.connector.inner.runtime.inner;
        let slot = runtime.slots.clone().acquire_owned().await;
        let slot = slot.expect("the runtime never closes its slots");
        let number = shared.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let deadline = Instant::now() + shared.limits.wall();
        let call = Call::new(
            number,
            function,
            references,
            deadline,
            shared.limits.requests_max,
        );
        let call = Arc::new(call);
        let state = State::new(call.clone(), shared.clone(), listing);
        let store = state.into_store(&runtime.engine);
        Self {
            store,
            deadline,
            shared: shared.clone(),
            call,
            _slot: slot,
        }
    }

    /// The answer of the guest, or why there is none. The instance is gone afterwards.
    pub(super) fn end<R>(self, ended: Ended<R>) -> Result<R, CallError> {
        let failure = match ended {
            Ok(Ok(Ok(answer))) => return Ok(answer),
            Ok(Ok(Err(error))) => CallFailure::Refused(Box::new(types::Error {
                message: call::one_line(&error.message),
                ..error
            })),
            Ok(Err(trap)) => call::failure(&trap, self.store.data()),
            Err(Elapsed { .. }) => {
                CallFailure::Limit(Limit::Wall(self.shared.limits.wall_secs_max))
            }
        };
        Err(CallError {
            connector: self.shared.name.clone(),
            function: self.call.function,
            writes_sent: self.call.writes_sent.load(Ordering::Relaxed),
            denied: self.call.denied.load(Ordering::Relaxed),
            failure,
        })
    }
}

impl Shared {
    pub(super) fn guest(&self) -> &Guest {
        &self.connector.inner.guest
    }
}

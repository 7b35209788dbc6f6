//! What a sink implements, the types of its contract, and how a failure becomes an outcome.

use std::marker::PhantomData;

use crate::bindings::sink::exports::counterfoil::connector::billing;

pub use billing::{
    Customer, CustomersPage, Delivery, DocumentKind, Documents, Finalize, Line, Outcome, Pushed,
    Remote, RemoteCustomer, RemoteDocument, RemoteLine, RemoteState, SinkInfo, Window,
};

use crate::{Error, ErrorKind};

/// Puts documents into a CRM or an invoicing system and answers for them.
pub trait Sink {
    /// What the sink can do under these settings.
    fn describe() -> Result<SinkInfo, Error>;

    /// A cheap call which proves that settings and credential work. Answers a line for the admin.
    fn check() -> Result<String, Error>;

    /// Creates or updates one document. An error instead of an outcome means that nothing was sent; a failure after a
    /// request was sent is [`Pushed::failed`].
    fn push(delivery: &Delivery) -> Result<Pushed, Error>;

    /// Everything that the remote holds under these references, voided documents included.
    fn find(references: &[String]) -> Result<Vec<RemoteDocument>, Error>;

    /// What the remote holds in a window, ours or not.
    fn list(window: &Window, cursor: Option<&str>) -> Result<Documents, Error>;

    /// Withdraws a draft, if nobody has changed it since the version in `remote`. What is posted is refused.
    fn void(reference: &str, remote: &Remote) -> Result<Pushed, Error> {
        let _ = (reference, remote);
        Err(Error::unsupported("this sink cannot withdraw a document"))
    }

    /// The customers that the remote knows.
    fn customers(cursor: Option<&str>) -> Result<CustomersPage, Error> {
        let _ = cursor;
        Err(Error::unsupported("this sink does not list customers"))
    }
}

impl Pushed {
    /// The document was made; `lines` are pairs of our id of a line and the remote's.
    pub fn created(remote: Remote, lines: Vec<(String, String)>) -> Self {
        Self {
            outcome: Outcome::Created(remote),
            lines,
        }
    }

    /// The document was there and was changed.
    pub fn updated(remote: Remote, lines: Vec<(String, String)>) -> Self {
        Self {
            outcome: Outcome::Updated(remote),
            lines,
        }
    }

    /// The document was there with the same content.
    pub fn unchanged(remote: Remote, lines: Vec<(String, String)>) -> Self {
        Self {
            outcome: Outcome::Unchanged(remote),
            lines,
        }
    }

    /// The outcome that a failed request stands for.
    ///
    /// An answer that makes no sense (`internal`) is indeterminate: the remote may well have applied the request.
    pub fn failed(error: Error) -> Self {
        let outcome = match error.kind {
            ErrorKind::RateLimited | ErrorKind::Unavailable => Outcome::Deferred(error),
            ErrorKind::Indeterminate | ErrorKind::Internal => Outcome::Indeterminate(error),
            ErrorKind::Misconfigured
            | ErrorKind::Unauthorized
            | ErrorKind::Invalid
            | ErrorKind::Conflict
            | ErrorKind::NotFound
            | ErrorKind::Unsupported => Outcome::Rejected(error),
        };
        Self {
            outcome,
            lines: Vec::new(),
        }
    }
}

/// Carries the calls of the host to a [`Sink`].
#[doc(hidden)]
#[derive(Debug)]
pub struct Adapter<T>(PhantomData<T>);

impl<T: Sink> billing::Guest for Adapter<T> {
    fn describe() -> Result<SinkInfo, Error> {
        T::describe()
    }

    fn check() -> Result<String, Error> {
        T::check()
    }

    fn push(delivery: Delivery) -> Result<Pushed, Error> {
        T::push(&delivery)
    }

    fn find(references: Vec<String>) -> Result<Vec<RemoteDocument>, Error> {
        T::find(&references)
    }

    fn list(window: Window, cursor: Option<String>) -> Result<Documents, Error> {
        T::list(&window, cursor.as_deref())
    }

    fn void(reference: String, remote: Remote) -> Result<Pushed, Error> {
        T::void(&reference, &remote)
    }

    fn customers(cursor: Option<String>) -> Result<CustomersPage, Error> {
        T::customers(cursor.as_deref())
    }
}

/// Makes a type that implements [`Sink`] the sink of this component, and embeds the manifest and the JSON Schema of its
/// settings. The paths are relative to the file that calls the macro.
#[macro_export]
macro_rules! export_sink {
    ($type:ty, manifest = $manifest:literal, schema = $schema:literal $(,)?) => {
        const _: fn() = || {
            fn is_a_sink<T: $crate::Sink>() {}
            is_a_sink::<$type>();
        };
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::sink::Adapter<$type>;
            $crate::bindings::sink::export_sink_world!(
                Exported with_types_in $crate::bindings::sink
            );
        };
        #[cfg(target_arch = "wasm32")]
        $crate::__embed!("counterfoil:manifest", $manifest);
        #[cfg(target_arch = "wasm32")]
        $crate::__embed!("counterfoil:schema", $schema);
    };
}

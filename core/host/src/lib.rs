//! Runs connectors: sandbox, grants, the two doors, record and replay. It knows the contract and nothing of what the engine
//! does with the answers.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use counterfoil_host::{Connector, Grant, Memory, Runtime, Setup, SinkConnection, Traffic};
//!
//! let runtime = Runtime::new(None)?;
//! let connector = Connector::load(&runtime, "practice.wasm".as_ref(), None).await?;
//! let sink = SinkConnection::open(
//!     &connector,
//!     Setup {
//!         name: "billing".into(),
//!         config: serde_json::json!({ "url": "http://127.0.0.1:8099" }),
//!         grant: Grant { http: vec!["http://127.0.0.1:8099".parse()?], files: None },
//!         credentials: [].into(),
//!         recorder: std::sync::Arc::new(Memory::default()),
//!         traffic: Traffic::Live,
//!     },
//! )?;
//! println!("{}", sink.check().await?);
//! # Ok(())
//! # }
//! ```

mod bindings;
mod cache;
mod call;
mod cassette;
mod collector;
mod config;
mod connection;
mod connector;
mod credential;
mod digests;
mod doors;
mod egress;
mod exchange;
mod files;
mod grant;
mod limits;
mod listing;
mod manifest;
mod notification;
mod runtime;
mod sections;
pub mod wire;

pub use bindings::{ErrorKind, sink, source};
pub use call::{CallError, CallFailure};
pub use cassette::{Cassette, CassetteError, RecordedExchange};
pub use collector::{Collector, CollectorError};
pub use config::Problem;
pub use connection::{OpenError, Setup, SinkConnection, SourceConnection, Traffic};
pub use connector::{Connector, LoadError};
pub use credential::{Credential, Secret};
pub use exchange::{
    Answer, Answered, ExchangeIntent, ExchangeKey, ExchangeResult, FileRead, LogLevel, LogLine,
    Memory, RecordError, Recorder, Unanswered,
};
pub use grant::{Grant, Origin, OriginError};
pub use limits::Limit;
pub use listing::{Listing, ListingError};
pub use manifest::{ConnectorKind, CredentialDeclaration, CredentialKind, Manifest, ManifestError};
pub use notification::{
    Mail, MailSecurity, MailServer, NotificationError, Post, Webhook, is_address,
};
pub use runtime::{Runtime, RuntimeError};

/// The version of the contract that this host speaks.
pub const CONTRACT_VERSION: &str = "0.1";

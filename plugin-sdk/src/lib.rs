//! The connector contract (`wit/`) and the Rust SDK over it: traits to implement, a request builder, settings, logging,
//! files and the listing of a source in runs. It knows nothing of the engine behind the host.
//!
//! A connector is a library with `crate-type = ["cdylib", "rlib"]`, built by
//! `cargo build --target wasm32-wasip2`. Its manifest and the JSON Schema of its settings are embedded, so that the
//! component file alone is complete. On any other target the exports are left out, so that what is pure in a
//! connector is tested by a plain `cargo test`.
//!
//! # A source
//!
//! ```no_run
//! use counterfoil_sdk::source::{
//!     Completeness, Context, Coverage, KindDeclaration, Moment, Observation, Offer, SourceInfo,
//! };
//! use counterfoil_sdk::{Error, Listing, Request, Source, settings};
//!
//! #[derive(serde::Deserialize)]
//! struct Settings {
//!     url: String,
//! }
//!
//! #[derive(serde::Deserialize)]
//! struct Machine {
//!     id: String,
//!     name: String,
//! }
//!
//! struct Machines;
//!
//! fn machines() -> Result<Vec<Machine>, Error> {
//!     let url = format!("{}/machines", settings::<Settings>()?.url);
//!     Request::get(url).credential("api").send()?.error_for_status()?.json()
//! }
//!
//! impl Source for Machines {
//!     fn describe() -> Result<SourceInfo, Error> {
//!         let kind = KindDeclaration {
//!             name: "machine".into(),
//!             description: "A machine.".into(),
//!             attributes: vec![],
//!             correlation: vec![],
//!         };
//!         Ok(SourceInfo { kinds: vec![kind], extras: vec![] })
//!     }
//!
//!     fn check() -> Result<String, Error> {
//!         Ok(format!("{} machines", machines()?.len()))
//!     }
//!
//!     fn offers(_: &Context) -> Result<Vec<Offer>, Error> {
//!         Ok(vec![Offer {
//!             scope: "machines".into(),
//!             kinds: vec!["machine".into()],
//!             moment: Moment::Now,
//!             key: String::new(),
//!             fingerprint: String::new(),
//!         }])
//!     }
//!
//!     fn discover(_: &Context, _: &Offer) -> Result<Coverage, Error> {
//!         let mut listing = Listing::start();
//!         for (index, machine) in machines()?.into_iter().enumerate() {
//!             // Everything that makes the observation is in the raw row; length prefixes would do as well as the 0.
//!             let raw = format!("{}\0{}", machine.id, machine.name);
//!             listing.row(raw.as_bytes(), || Observation {
//!                 id: machine.id,
//!                 kind: "machine".into(),
//!                 name: machine.name,
//!                 parent: None,
//!                 attributes: vec![],
//!                 place: format!("item {}", index + 1),
//!                 hash: (0, 0), // filled in by the listing
//!             });
//!         }
//!         let totals = listing.finish();
//!         Ok(Coverage {
//!             completeness: Completeness::Complete,
//!             expected: Some(totals.rows()),
//!             reason: None,
//!             extras: vec![],
//!         })
//!     }
//! }
//!
//! # #[cfg(any())] // the two files are the connector's own
//! counterfoil_sdk::export_source!(Machines, manifest = "../connector.toml", schema = "../config.schema.json");
//! ```
//!
//! # A sink
//!
//! ```no_run
//! use counterfoil_sdk::sink::{Delivery, Documents, Pushed, Remote, RemoteDocument, SinkInfo, Window};
//! use counterfoil_sdk::{Error, Request, Sink};
//!
//! const URL: &str = "https://billing.example.net/invoices";
//!
//! struct Billing;
//!
//! #[derive(serde::Deserialize)]
//! struct Created {
//!     id: String,
//! }
//!
//! fn post(delivery: &Delivery) -> Result<Remote, Error> {
//!     let body = serde_json::json!({ "reference": delivery.reference, "net": delivery.net });
//!     let created: Created = Request::post(URL)
//!         .credential("api")
//!         .delivery(&delivery.reference)
//!         .idempotency_key(&delivery.content_digest)
//!         .json(&body)
//!         .send()?
//!         .error_for_status()?
//!         .json()?;
//!     Ok(Remote { id: created.id, number: None, url: None, version: None })
//! }
//!
//! impl Sink for Billing {
//!     fn describe() -> Result<SinkInfo, Error> {
//!         Ok(SinkInfo { abilities: vec![("post".into(), "yes".into())], extras: vec![] })
//!     }
//!
//!     fn check() -> Result<String, Error> {
//!         Request::get(URL).credential("api").send()?.error_for_status()?;
//!         Ok("the API answers".into())
//!     }
//!
//!     fn push(delivery: &Delivery) -> Result<Pushed, Error> {
//!         Ok(post(delivery).map_or_else(Pushed::failed, |remote| Pushed::created(remote, vec![])))
//!     }
//!
//!     fn find(_: &[String]) -> Result<Vec<RemoteDocument>, Error> {
//!         Err(Error::unsupported("this API has no look-up"))
//!     }
//!
//!     fn list(_: &Window, _: Option<&str>) -> Result<Documents, Error> {
//!         Ok(Documents { items: vec![], next: None })
//!     }
//! }
//!
//! # #[cfg(any())] // the two files are the connector's own
//! counterfoil_sdk::export_sink!(Billing, manifest = "../connector.toml", schema = "../config.schema.json");
//! ```

extern crate self as counterfoil_sdk;

#[doc(hidden)]
pub mod bindings;
pub mod decimal;
mod embed;
mod error;
pub mod files;
mod http;
mod listing;
pub mod log;
mod settings;
pub mod sink;
pub mod source;

#[doc(hidden)]
pub use wit_bindgen;

pub use bindings::types::{Error, ErrorKind};
pub use http::{Method, Request, Response, send_all};
pub use listing::{Imports, Listing, ListingHost, Totals};
pub use settings::settings;
pub use sink::Sink;
pub use source::Source;

//! What wasmtime makes of the contract. Only the records are for others; the calls go through a connection.

#[allow(
    clippy::pedantic,
    missing_debug_implementations,
    unreachable_pub,
    unsafe_code,
    reason = "generated"
)]
pub(crate) mod source_world {
    wasmtime::component::bindgen!({
        path: "../../plugin-sdk/wit",
        world: "source",
        imports: {
            "counterfoil:connector/http.send": async | trappable,
            "counterfoil:connector/http.send-all": async | trappable,
            "counterfoil:connector/files.list": async | trappable,
            "counterfoil:connector/files.read-chunk": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        additional_derives: [PartialEq, Eq, serde::Serialize, schemars::JsonSchema],
    });
}

#[allow(
    clippy::pedantic,
    missing_debug_implementations,
    unreachable_pub,
    unsafe_code,
    reason = "generated"
)]
pub(crate) mod sink_world {
    wasmtime::component::bindgen!({
        path: "../../plugin-sdk/wit",
        world: "sink",
        exports: { default: async },
        additional_derives: [PartialEq, Eq, serde::Serialize, schemars::JsonSchema],
        with: {
            "counterfoil:connector/types": super::source_world::counterfoil::connector::types,
            "counterfoil:connector/settings": super::source_world::counterfoil::connector::settings,
            "counterfoil:connector/log": super::source_world::counterfoil::connector::log,
            "counterfoil:connector/http": super::source_world::counterfoil::connector::http,
        },
    });
}

pub(crate) use source_world::counterfoil::connector::{files, http, listing, log, settings, types};

pub use types::ErrorKind;

/// The records of a source.
pub mod source {
    pub use super::listing::{BrokenRow, Observation, RowHash, Run};
    pub use super::source_world::exports::counterfoil::connector::discovery::{
        AttributeClass, AttributeDeclaration, Completeness, Context, Coverage, KindDeclaration,
        Moment, Offer, SourceInfo, ValueType,
    };
    pub use super::types::Error;
}

/// The records of a sink.
pub mod sink {
    pub use super::sink_world::exports::counterfoil::connector::billing::{
        Customer, CustomersPage, Delivery, DocumentKind, Documents, Finalize, Line, Outcome,
        Pushed, Remote, RemoteCustomer, RemoteDocument, RemoteLine, RemoteState, SinkInfo, Window,
    };
    pub use super::types::Error;
}

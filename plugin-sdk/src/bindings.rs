//! What wit-bindgen makes of the contract: the raw types and imports. Nothing is written by hand here.
//!
//! Both worlds live in one crate: `pub_export_macro` puts the description of a world's exports into the crate that
//! exports, so that a source does not claim to be a sink.

#![allow(
    clippy::all,
    clippy::pedantic,
    missing_debug_implementations,
    unreachable_pub,
    unsafe_code,
    reason = "generated"
)]

/// The world `source`.
pub mod source {
    wit_bindgen::generate!({
        path: "wit",
        world: "source",
        pub_export_macro: true,
        export_macro_name: "export_source_world",
        default_bindings_module: "::counterfoil_sdk::bindings::source",
        runtime_path: "::counterfoil_sdk::wit_bindgen::rt",
        additional_derives: [PartialEq, Eq],
        generate_unused_types: true,
    });
}

/// The world `sink`.
pub mod sink {
    wit_bindgen::generate!({
        path: "wit",
        world: "sink",
        pub_export_macro: true,
        export_macro_name: "export_sink_world",
        default_bindings_module: "::counterfoil_sdk::bindings::sink",
        runtime_path: "::counterfoil_sdk::wit_bindgen::rt",
        additional_derives: [PartialEq, Eq],
        generate_unused_types: true,
        with: {
            "counterfoil:connector/types@0.1.0": crate::bindings::source::counterfoil::connector::types,
            "counterfoil:connector/settings@0.1.0": crate::bindings::source::counterfoil::connector::settings,
            "counterfoil:connector/log@0.1.0": crate::bindings::source::counterfoil::connector::log,
            "counterfoil:connector/http@0.1.0": crate::bindings::source::counterfoil::connector::http,
        },
    });
}

pub use source::counterfoil::connector::{files, http, listing, log, settings, types};

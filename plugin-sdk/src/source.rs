//! What a source implements, and the types of its contract. How rows become runs is `Listing`'s.

use std::marker::PhantomData;

use crate::bindings::source::exports::counterfoil::connector::discovery;

pub use crate::bindings::listing::{BrokenRow, Observation, Run};
pub use discovery::{
    AttributeClass, AttributeDeclaration, Completeness, Context, Coverage, KindDeclaration, Moment,
    Offer, SourceInfo, ValueType,
};

use crate::Error;

/// Finds what a datacenter runs.
pub trait Source {
    /// What the source may report under these settings. Called before each discovery.
    fn describe() -> Result<SourceInfo, Error>;

    /// A cheap call which proves that settings, files and credential work. Answers a line for the admin.
    fn check() -> Result<String, Error>;

    /// The listings that can be had, oldest first within a scope.
    fn offers(context: &Context) -> Result<Vec<Offer>, Error>;

    /// Lists one offer and reports its rows through a [`crate::Listing`]. After an error nothing is known of what
    /// was not reported.
    fn discover(context: &Context, offer: &Offer) -> Result<Coverage, Error>;
}

/// A key of the remote's, such as a tag's, as a part of an attribute's name: lower-case, with "_" for what a name may not hold.
pub fn attribute_part(key: &str) -> String {
    let key = key.trim();
    let stays = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'_')
    };
    // As it is already, as most keys are.
    if key.bytes().all(stays) {
        return key.to_owned();
    }
    let lower = key.to_lowercase();
    lower
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || c == '-' || c == '.' {
                c
            } else {
                '_'
            }
        })
        .collect()
}

/// Carries the calls of the host to a [`Source`].
#[doc(hidden)]
#[derive(Debug)]
pub struct Adapter<T>(PhantomData<T>);

impl<T: Source> discovery::Guest for Adapter<T> {
    fn describe() -> Result<SourceInfo, Error> {
        T::describe()
    }

    fn check() -> Result<String, Error> {
        T::check()
    }

    fn offers(context: Context) -> Result<Vec<Offer>, Error> {
        T::offers(&context)
    }

    fn discover(context: Context, offer: Offer) -> Result<Coverage, Error> {
        T::discover(&context, &offer)
    }
}

/// Makes a type that implements [`Source`] the source of this component, and embeds the manifest and the JSON Schema of
/// its settings. The paths are relative to the file that calls the macro.
#[macro_export]
macro_rules! export_source {
    ($type:ty, manifest = $manifest:literal, schema = $schema:literal $(,)?) => {
        const _: fn() = || {
            fn is_a_source<T: $crate::Source>() {}
            is_a_source::<$type>();
        };
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::source::Adapter<$type>;
            $crate::bindings::source::export_source_world!(
                Exported with_types_in $crate::bindings::source
            );
        };
        #[cfg(target_arch = "wasm32")]
        $crate::__embed!("counterfoil:manifest", $manifest);
        #[cfg(target_arch = "wasm32")]
        $crate::__embed!("counterfoil:schema", $schema);
    };
}

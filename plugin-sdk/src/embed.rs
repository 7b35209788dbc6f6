//! Puts the manifest and the settings' schema into the component as custom sections. It does not read them.

/// Embeds a file as a custom section of the module that wasm-ld writes.
#[doc(hidden)]
#[macro_export]
macro_rules! __embed {
    ($section:literal, $path:literal) => {
        const _: () = {
            #[allow(
                unsafe_code,
                reason = "a custom section holds data and cannot break a rule of memory"
            )]
            #[unsafe(link_section = $section)]
            #[used]
            static EMBEDDED: [u8; include_bytes!($path).len()] = *include_bytes!($path);
        };
    };
}

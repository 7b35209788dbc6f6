//! Finds the custom sections that the SDK embeds, in whatever nested module they are. It does not judge their content.

use wasmparser::{Parser, Payload};

const MANIFEST: &str = "counterfoil:manifest";
const SCHEMA: &str = "counterfoil:schema";

/// The embedded files of a component.
#[derive(Debug, Default)]
pub(crate) struct Sections {
    pub(crate) manifest: Option<Vec<u8>>,
    pub(crate) schema: Option<Vec<u8>>,
}

/// What a file is that does not begin as a component does.
pub(crate) fn no_component(bytes: &[u8]) -> Option<&'static str> {
    let (magic, version) = bytes.split_at(bytes.len().min(4));
    match (magic, version.get(..4)) {
        ([], _) => Some("it is empty"),
        (b"\0asm", Some([0x0d, 0, 1, 0])) => None,
        (b"\0asm", Some(_)) => Some("it is a core module, or made for another version"),
        (b"\0asm", None) => Some("it ends after its first bytes"),
        _ if std::str::from_utf8(bytes).is_ok() => Some("it is a text"),
        _ => Some("it begins otherwise"),
    }
}

/// Reads the sections; `None` in place of one that is absent. The first one counts.
pub(crate) fn read(component: &[u8]) -> Result<Sections, wasmparser::Error> {
    let mut sections = Sections::default();
    for payload in Parser::new(0).parse_all(component) {
        let Payload::CustomSection(section) = payload? else {
            continue;
        };
        let slot = match section.name() {
            MANIFEST => &mut sections.manifest,
            SCHEMA => &mut sections.schema,
            _ => continue,
        };
        slot.get_or_insert_with(|| section.data().to_vec());
    }
    Ok(sections)
}

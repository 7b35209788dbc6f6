//! A tree of elements, and its bytes. Must not know what the elements mean.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// An element with a text or with elements.
#[derive(Debug, Clone)]
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: Option<String>,
    children: Vec<Element>,
}

impl Element {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            text: None,
            children: Vec::new(),
        }
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "a text, a day or a number, as it comes"
    )]
    pub(super) fn text(name: &'static str, text: impl ToString) -> Self {
        Self {
            text: Some(text.to_string()),
            ..Self::new(name)
        }
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "a text, a day or a number, as it comes"
    )]
    pub(super) fn with(mut self, attribute: &'static str, value: impl ToString) -> Self {
        self.attributes.push((attribute, value.to_string()));
        self
    }

    pub(super) fn of(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    fn is_empty(&self) -> bool {
        let has_text = self
            .text
            .as_ref()
            .is_some_and(|text| !text.trim().is_empty());
        !has_text && self.children.iter().all(Self::is_empty)
    }

    /// Empty elements are left out: no receiver takes them.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        let declaration = BytesDecl::new("1.0", Some("UTF-8"), None);
        write(&mut writer, Event::Decl(declaration));
        self.write(&mut writer);
        let mut bytes = writer.into_inner();
        bytes.push(b'\n');
        bytes
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) {
        if self.is_empty() {
            return;
        }
        let mut start = BytesStart::new(self.name);
        for (name, value) in &self.attributes {
            let value = clean(value);
            start.push_attribute((*name, value.as_str()));
        }
        write(writer, Event::Start(start));
        if let Some(text) = &self.text {
            let text = clean(text);
            write(writer, Event::Text(BytesText::new(&text)));
        }
        for child in &self.children {
            child.write(writer);
        }
        write(writer, Event::End(BytesEnd::new(self.name)));
    }
}

fn write(writer: &mut Writer<Vec<u8>>, event: Event<'_>) {
    writer
        .write_event(event)
        .expect("a list of bytes takes whatever is written");
}

/// XML 1.0 has no place for most control characters, not even escaped.
fn clean(text: &str) -> String {
    let is_allowed = |one: char| matches!(one, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.trim()
        .chars()
        .map(|one| if is_allowed(one) { one } else { '\u{fffd}' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_escaped_and_empty_elements_are_left_out() {
        let tree = Element::new("a").with("b", "1 < \"2\" & 3").of([
            Element::text("c", "x < y & z > \u{0}\u{1b}!"),
            Element::text("d", "  "),
            Element::new("e").of([Element::text("f", "")]),
        ]);
        assert_eq!(
            String::from_utf8(tree.to_bytes()).unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <a b=\"1 &lt; &quot;2&quot; &amp; 3\">\n  \
               <c>x &lt; y &amp; z &gt; \u{fffd}\u{fffd}!</c>\n\
             </a>\n"
        );
    }
}

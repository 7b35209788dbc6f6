//! JSON with the place of each value, and the digits of each number as they were written. It knows nothing of facts.

mod numbers;

use std::collections::BTreeSet;
use std::ops::Range;

use serde_json::{Map, Value};

use numbers::{bounded, ends_word, is_no_number, plain};

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    pub(super) held: Held,
}

#[derive(Debug)]
pub(super) enum Held {
    /// A decimal number is text here: its digits are kept.
    Plain(Value),
    /// What programs write for a number that is none: `NaN`, `Infinity`.
    NoNumber(String),
    List(Vec<Node>),
    /// In the order in which they were written. Keys may stand twice.
    Table(Vec<(String, Node)>),
}

/// What is wrong with a text that is no JSON.
#[derive(Debug)]
pub(super) struct NoJson {
    pub(super) at: usize,
    pub(super) message: String,
}

/// Reads a text that holds one value.
pub(super) fn read(text: &str) -> Result<Node, NoJson> {
    // The other parser knows what JSON is and how deep it may be; this one knows only where things stand.
    let parsed = serde_json::from_str::<Value>(text);
    let parsed = parsed.or_else(|_| serde_json::from_str(&bounded(text)));
    if let Err(error) = parsed {
        let lines = text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1));
        let begin: usize = lines.map(str::len).sum();
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        return Err(NoJson {
            at: begin + error.column().saturating_sub(1),
            message: message.to_owned(),
        });
    }
    let mut reader = Reader { text, at: 0 };
    Ok(reader.value())
}

impl Node {
    pub(super) fn value(&self) -> Value {
        match &self.held {
            Held::Plain(value) => value.clone(),
            Held::NoNumber(_) => Value::Null,
            Held::List(items) => Value::Array(items.iter().map(Self::value).collect()),
            Held::Table(fields) => {
                let fields = fields.iter().map(|(key, node)| (key.clone(), node.value()));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }

    /// The value that a path leads to, or the nearest one around it.
    pub(super) fn find(&self, path: &[String]) -> &Self {
        let Some((first, rest)) = path.split_first() else {
            return self;
        };
        let inner = match &self.held {
            Held::Plain(_) | Held::NoNumber(_) => None,
            Held::List(items) => first.parse::<usize>().ok().and_then(|at| items.get(at)),
            Held::Table(fields) => {
                let mut fields = fields.iter();
                fields.find_map(|(key, node)| (key == first).then_some(node))
            }
        };
        inner.map_or(self, |inner| inner.find(rest))
    }

    /// The numbers that are none, each with its path from here.
    pub(super) fn no_numbers(&self) -> Vec<(Vec<String>, &str)> {
        let mut found = Vec::new();
        self.gather_no_numbers(&mut Vec::new(), &mut found);
        found
    }

    fn gather_no_numbers<'a>(
        &'a self,
        path: &mut Vec<String>,
        found: &mut Vec<(Vec<String>, &'a str)>,
    ) {
        let mut inner = |key: String, node: &'a Self| {
            path.push(key);
            node.gather_no_numbers(path, found);
            path.pop();
        };
        match &self.held {
            Held::Plain(_) => {}
            Held::NoNumber(written) => found.push((path.clone(), written)),
            Held::List(items) => {
                for (index, node) in items.iter().enumerate() {
                    inner(index.to_string(), node);
                }
            }
            Held::Table(fields) => {
                for (key, node) in fields {
                    inner(key.clone(), node);
                }
            }
        }
    }

    /// Keys that stand twice in a table, with their second place, at any depth below this value.
    pub(super) fn repeated(&self) -> Vec<(&str, Range<usize>)> {
        match &self.held {
            Held::Plain(_) | Held::NoNumber(_) => Vec::new(),
            Held::List(items) => items.iter().flat_map(Self::repeated).collect(),
            Held::Table(fields) => {
                let mut seen = BTreeSet::new();
                let twice = fields
                    .iter()
                    .filter(|(key, _)| !seen.insert(key.as_str()))
                    .collect::<Vec<_>>();
                let own = twice
                    .into_iter()
                    .map(|(key, node)| (key.as_str(), node.span.clone()));
                let inner = fields.iter().flat_map(|(_, node)| node.repeated());
                own.chain(inner).collect()
            }
        }
    }
}

/// Goes through a text that is known to be JSON.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        bytes.get(self.at).copied().unwrap_or_default()
    }

    /// Passes a separator, and answers whether the list or table goes on.
    fn goes_on(&mut self, end: u8) -> bool {
        match self.next() {
            b',' => {
                self.at += 1;
                true
            }
            other => other != end && other != 0,
        }
    }

    fn value(&mut self) -> Node {
        let first = self.next();
        let begin = self.at;
        let held = match first {
            b'{' => {
                self.at += 1;
                let mut fields = Vec::new();
                while self.goes_on(b'}') {
                    let key = self.string();
                    // The colon.
                    self.next();
                    self.at += 1;
                    fields.push((key, self.value()));
                }
                self.at += 1;
                Held::Table(fields)
            }
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                while self.goes_on(b']') {
                    items.push(self.value());
                }
                self.at += 1;
                Held::List(items)
            }
            b'"' => Held::Plain(Value::String(self.string())),
            _ => self.word(),
        };
        Node {
            span: begin..self.at,
            held,
        }
    }

    fn string(&mut self) -> String {
        self.next();
        let begin = self.at;
        let bytes = self.text.as_bytes();
        self.at += 1;
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 2,
                b'"' => break,
                _ => self.at += 1,
            }
        }
        self.at = (self.at + 1).min(bytes.len());
        serde_json::from_str(&self.text[begin..self.at]).unwrap_or_default()
    }

    fn word(&mut self) -> Held {
        let begin = self.at;
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(|byte| !ends_word(*byte)) {
            self.at += 1;
        }
        let word = &self.text[begin..self.at];
        if is_no_number(word) {
            return Held::NoNumber(word.to_owned());
        }
        Held::Plain(match word {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => match word.parse::<i64>() {
                Ok(whole) => Value::from(whole),
                Err(_) => Value::String(plain(word)),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_digits_and_their_places() {
        let text = "{\n \"a\" : [1, 0.10000000000000000000001 , -2, 1e3],\n \"b\\\"\": {\"c\":null, \"d\" : true}\n}";
        let node = read(text).unwrap();
        assert_eq!(
            node.value(),
            serde_json::json!({ "a": [1, "0.10000000000000000000001", -2, "1000"], "b\"": { "c": null, "d": true } })
        );
        let path = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let found = node.find(&path(&["a", "1"]));
        assert_eq!(&text[found.span.clone()], "0.10000000000000000000001");
        let around = node.find(&path(&["b\"", "x", "y"]));
        assert_eq!(&text[around.span.clone()], "{\"c\":null, \"d\" : true}");
        assert!(matches!(read("[ ]").unwrap().held, Held::List(items) if items.is_empty()));
        assert!(matches!(read("{}").unwrap().held, Held::Table(fields) if fields.is_empty()));
    }

    #[test]
    fn keys_that_stand_twice_are_found() {
        let text = r#"[{"a": 1, "b": {"c": 1, "c": 2}, "a": 2}]"#;
        let node = read(text).unwrap();
        let twice = node.repeated();
        let twice: Vec<_> = twice.iter().map(|(key, span)| (*key, span.start)).collect();
        assert_eq!(twice, [("a", 38), ("c", 29)]);
    }

    #[test]
    fn numbers_that_are_none_are_told_where_they_stand() {
        let text = r#"{"a": [NaN, 1e400, "NaN"], "b": {"c": -Infinity, "ü\"": 1}}"#;
        let node = read(text).unwrap();
        assert_eq!(
            node.value(),
            serde_json::json!({ "a": [null, "1e400", "NaN"], "b": { "c": null, "ü\"": 1 } })
        );
        let told = node.no_numbers();
        let told: Vec<_> = told
            .iter()
            .map(|(path, written)| (path.join("."), *written))
            .collect();
        assert_eq!(
            told,
            [("a.0".to_owned(), "NaN"), ("b.c".to_owned(), "-Infinity")]
        );
        for broken in ["[Nan]", "[1e]", "[01]", "[Infinity1]", "{NaN: 1}", "[\"a]"] {
            assert!(read(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn lists_in_lists_have_a_limit() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(read(&deep).unwrap_err().message.contains("recursion"));
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        let error = read("[\n 1,\n x]").unwrap_err();
        assert_eq!((error.at, error.message.as_str()), (7, "expected value"));
        assert!(read("").is_err());
    }
}

//! Languages as BCP 47 tags, and texts that are there in several.

mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::AgreementKey;

pub use words::{LineWords, OwnWords, Words, WordsConfig, has_words, plain};

/// A language, with a script and a region where they are said: "sv", "sv-FI", "zh-Hant-TW", "es-419". As BCP 47 recommends to
/// write it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LanguageTag(String);

pub const TAG_HINT: &str = "a BCP 47 tag: a language such as sv, with a script or a region where it matters, as in sv-FI or zh-Hant-TW";

/// What [`LanguageTag`] reads, as a regular expression.
pub(crate) const TAG_PATTERN: &str = "^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$";

impl FromStr for LanguageTag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no language");
        let mut subtags = text.split('-').peekable();
        let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let language = subtags.next().unwrap_or_default();
        if !(letters(language) && (2..=3).contains(&language.len())) {
            return Err(wrong());
        }
        let mut tag = language.to_ascii_lowercase();
        if let Some(script) = subtags.next_if(|part| part.len() == 4 && letters(part)) {
            let (first, rest) = script.split_at(1);
            tag = format!(
                "{tag}-{}{}",
                first.to_ascii_uppercase(),
                rest.to_ascii_lowercase()
            );
        }
        let is_region = |part: &&str| {
            let is_area = part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.len() == 2 && letters(part) || is_area
        };
        if let Some(region) = subtags.next_if(is_region) {
            tag = format!("{tag}-{}", region.to_ascii_uppercase());
        }
        match subtags.next() {
            None => Ok(Self(tag)),
            Some(_) => Err(wrong()),
        }
    }
}

impl LanguageTag {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language itself: "sv" of "sv-FI".
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }

    /// What there is of several in this language: the tag itself, else without its region and script, else the first one of the
    /// same language.
    pub fn find<'t, T>(&self, several: &'t BTreeMap<Self, T>) -> Option<&'t T> {
        let mut wanted = self.0.as_str();
        loop {
            let exact = several.iter().find(|(tag, _)| tag.0 == wanted);
            if let Some((_, found)) = exact {
                return Some(found);
            }
            match wanted.rsplit_once('-') {
                Some((shorter, _)) => wanted = shorter,
                None => break,
            }
        }
        let alike = several.iter().find(|(tag, _)| tag.primary() == wanted);
        alike.map(|(_, found)| found)
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl Serialize for LanguageTag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for LanguageTag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|message| D::Error::custom(format!("{message}; {TAG_HINT}")))
    }
}

impl JsonSchema for LanguageTag {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LanguageTag".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A BCP 47 tag: sv, sv-FI, zh-Hant-TW.",
            "type": "string",
            "pattern": TAG_PATTERN,
        })
    }
}

/// The languages of an account: its own, and those of its agreements.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spoken {
    pub account: Option<LanguageTag>,
    pub agreements: BTreeMap<AgreementKey, LanguageTag>,
    /// Of what is added to the text of a line, where neither says one: texts without a language are taken for the issuer's.
    pub issuer: Option<LanguageTag>,
}

impl Spoken {
    /// The agreement's own, else the account's.
    pub fn of(&self, agreement: &AgreementKey) -> Option<&LanguageTag> {
        self.agreements.get(agreement).or(self.account.as_ref())
    }

    /// What is added to the text of a line of an agreement.
    pub fn words(&self, own: &OwnWords, agreement: &AgreementKey) -> LineWords {
        LineWords::of(own, self.of(agreement).or(self.issuer.as_ref()))
    }

    /// Of a document as a whole: the account's, else that which all agreements have that have one.
    pub fn of_document(&self) -> Option<&LanguageTag> {
        let mut agreements = self.agreements.values();
        let only = agreements
            .next()
            .filter(|first| agreements.all(|other| other == *first));
        self.account.as_ref().or(only)
    }
}

/// A text for every language, or one for each: { sv = "Tack!", en = "Thank you!" }.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Texts {
    Any(String),
    Each(BTreeMap<LanguageTag, String>),
}

impl Texts {
    /// In the first of the languages that there is a text in, else in the first one that there is, by its tag.
    pub fn spoken(&self, languages: &[&LanguageTag]) -> Option<&str> {
        match self {
            Self::Any(text) => Some(text),
            Self::Each(texts) => {
                let mut spoken = languages.iter().filter_map(|language| language.find(texts));
                let text = spoken.next().or_else(|| texts.values().next());
                text.map(String::as_str)
            }
        }
    }

    /// Is there a text in the language, or one for all of them?
    pub fn speaks(&self, language: &LanguageTag) -> bool {
        match self {
            Self::Any(_) => true,
            Self::Each(texts) => language.find(texts).is_some(),
        }
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any(text) => serializer.serialize_str(text),
            Self::Each(texts) => texts.serialize(serializer),
        }
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text, or a table of texts by language")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
        Ok(Texts::Any(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
        let mut texts = BTreeMap::new();
        while let Some((language, text)) = map.next_entry::<LanguageTag, String>()? {
            if texts.insert(language.clone(), text).is_some() {
                return Err(A::Error::custom(format!(
                    "there are two texts in {language}"
                )));
            }
        }
        if texts.is_empty() {
            return Err(A::Error::custom("there is no text in any language"));
        }
        Ok(Texts::Each(texts))
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

impl JsonSchema for Texts {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Texts".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A text, or one for each language: { sv = \"Tack!\", en = \"Thank you!\" }.",
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": { "pattern": TAG_PATTERN },
                    "additionalProperties": { "type": "string" },
                },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> LanguageTag {
        text.parse().unwrap()
    }

    #[test]
    fn tags_are_read_as_bcp_47_has_them() {
        for (text, written) in [
            ("sv", "sv"),
            ("SV-fi", "sv-FI"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("gsw", "gsw"),
        ] {
            assert_eq!(tag(text).as_str(), written);
        }
        for text in [
            "",
            "s",
            "swedish",
            "sv_FI",
            "sv-",
            "sv-FI-x",
            "sv-1",
            "sv-FI-Latn",
            "12",
            "så",
        ] {
            assert!(text.parse::<LanguageTag>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_nearest_language_is_found() {
        let texts = Texts::Each(BTreeMap::from([
            (tag("en"), "Thanks".to_owned()),
            (tag("sv"), "Tack".to_owned()),
            (tag("pt-BR"), "Obrigado".to_owned()),
        ]));
        let spoken = |languages: &[&str]| {
            let tags: Vec<LanguageTag> = languages.iter().map(|one| tag(one)).collect();
            let tags: Vec<&LanguageTag> = tags.iter().collect();
            texts.spoken(&tags).unwrap().to_owned()
        };
        assert_eq!(spoken(&["sv-FI"]), "Tack");
        assert_eq!(spoken(&["pt"]), "Obrigado");
        assert_eq!(spoken(&["fi", "sv"]), "Tack");
        assert_eq!(spoken(&["fi"]), "Thanks");
        assert!(!texts.speaks(&tag("fi")));
        assert_eq!(Texts::Any("Hej".to_owned()).spoken(&[]), Some("Hej"));
    }

    #[test]
    fn texts_are_written_as_they_were_read() {
        for json in ["\"Tack\"", "{\"en\":\"Thanks\",\"sv\":\"Tack\"}"] {
            let texts: Texts = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&texts).unwrap(), json);
        }
        for json in [
            "{}",
            "7",
            "{\"swedish\":\"Tack\"}",
            "{\"sv\":\"a\",\"SV\":\"b\"}",
        ] {
            assert!(serde_json::from_str::<Texts>(json).is_err(), "{json}");
        }
    }
}

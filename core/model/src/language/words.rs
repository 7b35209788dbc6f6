//! What is added to the text of a line, in the languages of buyers: that it takes something back, a discount, a minimum. English,
//! and what stands here, are built in; a price book may have its own.

mod built_in;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::LanguageTag;
use crate::money::Money;
use built_in::BUILT_IN;

type Word = Cow<'static, str>;

/// The words of one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    given_back: Word,
    taken_back: Word,
    corrected: Word,
    before: Word,
    now: Word,
    with: Word,
    discount: Word,
    maximum: Word,
    minimum: Word,
    above: Word,
    commitment: Word,
    already_billed: Word,
}

/// Words of one's own, instead of those that are built in; what is left out stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WordsConfig {
    /// Before what is given back of something that was billed in advance: "Given back: …".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_back: Option<String>,
    /// Before a line of a correction that undoes an earlier one: "Taken back: …".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_back: Option<String>,
    /// Before a line of a correction that replaces an earlier one: "Corrected: …".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected: Option<String>,
    /// Behind the amount that was, where a sink takes only the difference: "… 20.00 EUR before, 18.00 EUR now".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Behind the amount that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// Before the contents of a bundle: "… (with 4 vcpu)".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// Of a discount: "… (discount 10 %)".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<String>,
    /// Before the maximum of a price: "… (maximum 100)".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<String>,
    /// Before the minimum of a price: "… (up to the minimum 100)".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<String>,
    /// Before the bound of the last tier: "… (above 100)".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above: Option<String>,
    /// Before the name of a minimum commitment: "Up to the minimum commitment base".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commitment: Option<String>,
    /// Before what was billed elsewhere: "Already billed: rack".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub already_billed: Option<String>,
}

/// In the order of the fields.
const fn words(all: [&'static str; 12]) -> Words {
    let [
        given_back,
        taken_back,
        corrected,
        before,
        now,
        with,
        discount,
        maximum,
        minimum,
        above,
        commitment,
        already_billed,
    ] = all;
    Words {
        given_back: Cow::Borrowed(given_back),
        taken_back: Cow::Borrowed(taken_back),
        corrected: Cow::Borrowed(corrected),
        before: Cow::Borrowed(before),
        now: Cow::Borrowed(now),
        with: Cow::Borrowed(with),
        discount: Cow::Borrowed(discount),
        maximum: Cow::Borrowed(maximum),
        minimum: Cow::Borrowed(minimum),
        above: Cow::Borrowed(above),
        commitment: Cow::Borrowed(commitment),
        already_billed: Cow::Borrowed(already_billed),
    }
}

static EN: Words = built_in::ENGLISH;

/// Of a price book: what it has instead of what is built in.
pub type OwnWords = BTreeMap<LanguageTag, Arc<Words>>;

/// In which words a line says what is added to its text; English where nothing else is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineWords(Which);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Which {
    #[default]
    English,
    BuiltIn(&'static Words),
    Own(Arc<Words>),
}

impl LineWords {
    pub fn of(own: &OwnWords, language: Option<&LanguageTag>) -> Self {
        let Some(language) = language else {
            return Self::default();
        };
        Self(match language.find(own) {
            Some(words) => Which::Own(Arc::clone(words)),
            None => built_in(language).map_or(Which::English, Which::BuiltIn),
        })
    }
}

impl Deref for LineWords {
    type Target = Words;

    fn deref(&self) -> &Words {
        match &self.0 {
            Which::English => &EN,
            Which::BuiltIn(words) => words,
            Which::Own(words) => words,
        }
    }
}

fn built_in(language: &LanguageTag) -> Option<&'static Words> {
    let mut known = BUILT_IN.iter();
    let known = known.find(|(tag, _)| *tag == language.primary());
    known.map(|(_, words)| words)
}

/// Is there anything to say in the language?
pub fn has_words<T>(own: &BTreeMap<LanguageTag, T>, language: &LanguageTag) -> bool {
    language.find(own).is_some() || built_in(language).is_some()
}

impl WordsConfig {
    /// The first key that holds nothing, where there is one.
    pub fn blank(&self) -> Option<&'static str> {
        let mut blank = self.all().into_iter();
        let blank = blank.find(|(_, word)| word.is_some_and(|word| word.trim().is_empty()));
        blank.map(|(key, _)| key)
    }

    fn all(&self) -> [(&'static str, Option<&str>); 12] {
        [
            ("given_back", &self.given_back),
            ("taken_back", &self.taken_back),
            ("corrected", &self.corrected),
            ("before", &self.before),
            ("now", &self.now),
            ("with", &self.with),
            ("discount", &self.discount),
            ("maximum", &self.maximum),
            ("minimum", &self.minimum),
            ("above", &self.above),
            ("commitment", &self.commitment),
            ("already_billed", &self.already_billed),
        ]
        .map(|(key, word)| (key, word.as_deref()))
    }

    /// Over those that are built in for the language.
    pub fn resolve(&self, language: &LanguageTag) -> Words {
        let base = built_in(language).unwrap_or(&EN);
        let or = |own: &Option<String>, base: &Word| {
            own.clone().map_or_else(|| base.clone(), Cow::Owned)
        };
        Words {
            given_back: or(&self.given_back, &base.given_back),
            taken_back: or(&self.taken_back, &base.taken_back),
            corrected: or(&self.corrected, &base.corrected),
            before: or(&self.before, &base.before),
            now: or(&self.now, &base.now),
            with: or(&self.with, &base.with),
            discount: or(&self.discount, &base.discount),
            maximum: or(&self.maximum, &base.maximum),
            minimum: or(&self.minimum, &base.minimum),
            above: or(&self.above, &base.above),
            commitment: or(&self.commitment, &base.commitment),
            already_billed: or(&self.already_billed, &base.already_billed),
        }
    }
}

impl Words {
    pub fn given_back(&self, text: &str) -> String {
        format!("{}: {text}", self.given_back)
    }

    /// Of a line that may be a corrected one itself.
    pub fn taken_back(&self, text: &str) -> String {
        format!("{}: {}", self.taken_back, self.plain(text))
    }

    pub fn corrected(&self, text: &str) -> String {
        format!("{}: {text}", self.corrected)
    }

    pub fn difference(&self, text: &str, before: Money, now: Money) -> String {
        format!(
            "{}: {}: {before} {}, {now} {}",
            self.corrected,
            self.plain(text),
            self.before,
            self.now
        )
    }

    /// Without the marks of a correction, in these words and all that are built in: the line may have been written when other words
    /// were said.
    pub fn plain<'t>(&self, text: &'t str) -> &'t str {
        let mut text = text;
        loop {
            let built_in = BUILT_IN.iter().map(|(_, words)| words);
            let mut marks = [self]
                .into_iter()
                .chain(built_in)
                .flat_map(|words| [&words.taken_back, &words.corrected]);
            let rest = marks.find_map(|mark| text.strip_prefix(&**mark)?.strip_prefix(": "));
            match rest {
                Some(rest) => text = rest,
                None => return text,
            }
        }
    }

    pub fn with(&self, text: &str, contents: &str) -> String {
        format!("{text} ({} {contents})", self.with)
    }

    /// The name of a part of the arithmetic, which rating says in English.
    pub fn part<'t>(&self, name: &'t str) -> Cow<'t, str> {
        let known = [
            (&EN.discount, &self.discount),
            (&EN.maximum, &self.maximum),
            (&EN.minimum, &self.minimum),
            (&EN.above, &self.above),
        ];
        for (english, word) in known {
            match name.strip_prefix(&**english) {
                Some("") => return Cow::Owned(word.to_string()),
                Some(rest) if rest.starts_with(' ') => return Cow::Owned(format!("{word}{rest}")),
                Some(_) | None => {}
            }
        }
        Cow::Borrowed(name)
    }

    pub fn commitment(&self, name: &str) -> String {
        format!("{} {name}", self.commitment)
    }

    pub fn already_billed(&self) -> &str {
        &self.already_billed
    }
}

/// What a line says without the marks of a correction, in whatever language that is built in.
pub fn plain(text: &str) -> &str {
    EN.plain(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> LanguageTag {
        text.parse().unwrap()
    }

    #[test]
    fn a_line_says_what_is_added_in_the_language_of_its_buyer() {
        let own = OwnWords::new();
        let said = |language: &str| {
            let words = LineWords::of(&own, Some(&tag(language)));
            [
                words.taken_back("vCPU"),
                words.part("discount 10 %").into_owned(),
                words.part("up to the minimum 100").into_owned(),
                words.part("0–100").into_owned(),
            ]
        };
        assert_eq!(
            said("sv-FI"),
            [
                "Återtas: vCPU",
                "rabatt 10 %",
                "upp till minimibeloppet 100",
                "0–100"
            ]
        );
        assert_eq!(said("nn"), said("nb-NO"));
        let english = [
            "Taken back: vCPU",
            "discount 10 %",
            "up to the minimum 100",
            "0–100",
        ];
        assert_eq!(said("en-GB"), english);
        assert_eq!(said("pl"), english);
        assert_eq!(LineWords::of(&own, None), LineWords::default());
    }

    fn euros(minor: i64) -> Money {
        Money::from_minor(minor, "EUR".parse().unwrap())
    }

    #[test]
    fn words_of_ones_own_win_and_the_others_stay() {
        let config = WordsConfig {
            corrected: Some("Justerat".to_owned()),
            ..WordsConfig::default()
        };
        let own = OwnWords::from([(tag("sv"), Arc::new(config.resolve(&tag("sv"))))]);
        let words = LineWords::of(&own, Some(&tag("sv")));
        assert_eq!(words.corrected("vCPU"), "Justerat: vCPU");
        assert_eq!(words.part("discount"), "rabatt");
        assert_eq!(
            words.difference("Rättat: vCPU", euros(200), euros(100)),
            "Justerat: vCPU: 2.00 EUR tidigare, 1.00 EUR nu"
        );
        assert_eq!(config.blank(), None);
        let blank = WordsConfig {
            now: Some(" ".to_owned()),
            ..WordsConfig::default()
        };
        assert_eq!(blank.blank(), Some("now"));
    }

    #[test]
    fn marks_of_any_language_are_taken_off() {
        for text in [
            "Taken back: Corrected: vCPU",
            "Storniert: vCPU",
            "Rättat: vCPU",
            "vCPU",
        ] {
            assert_eq!(plain(text), "vCPU", "{text}");
        }
        assert_eq!(plain("Correctedness: a"), "Correctedness: a");
    }

    #[test]
    fn no_language_lacks_a_word() {
        for (language, words) in &BUILT_IN {
            let shown = format!("{words:?}");
            assert!(!shown.contains("\"\""), "{language}: {shown}");
        }
    }
}

//! Patterns of `*` (any run of characters) and `?` (any one character). Everything else stands for itself.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    AnyOne,
    AnyRun,
}

/// Where a literal stands in every value that the pattern matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Place {
    Whole,
    Start,
    End,
    Anywhere,
}

pub(super) fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

impl Glob {
    pub(super) fn new(text: &str) -> Self {
        let mut parts: Vec<Part> = Vec::new();
        for character in text.chars() {
            match (character, parts.last_mut()) {
                ('*', Some(Part::AnyRun)) => {}
                ('*', _) => parts.push(Part::AnyRun),
                ('?', _) => parts.push(Part::AnyOne),
                (_, Some(Part::Literal(literal))) => literal.push(character),
                (_, _) => parts.push(Part::Literal(character.to_string())),
            }
        }
        Self { parts }
    }

    /// Its longest literal; among equally long ones the one that tells most.
    pub(super) fn best_literal(&self) -> Option<(Place, &str)> {
        let last = self.parts.len().checked_sub(1)?;
        let literals = self.parts.iter().enumerate().filter_map(|(index, part)| {
            let Part::Literal(literal) = part else {
                return None;
            };
            let place = match index {
                0 if last == 0 => Place::Whole,
                0 => Place::Start,
                index if index == last => Place::End,
                _ => Place::Anywhere,
            };
            Some((place, literal.as_str()))
        });
        literals.min_by_key(|(place, literal)| (std::cmp::Reverse(literal.len()), *place))
    }

    /// It matches everything that is not empty.
    pub(super) fn is_universal(&self) -> bool {
        matches!(self.parts.as_slice(), [Part::AnyRun])
    }

    /// The place and the text, where it is nothing but a literal with anything before or behind it.
    pub(super) fn as_literal(&self) -> Option<(Place, &str)> {
        match self.parts.as_slice() {
            [Part::Literal(text)] => Some((Place::Whole, text)),
            [Part::Literal(text), Part::AnyRun] => Some((Place::Start, text)),
            [Part::AnyRun, Part::Literal(text)] => Some((Place::End, text)),
            [Part::AnyRun, Part::Literal(text), Part::AnyRun] => Some((Place::Anywhere, text)),
            _ => None,
        }
    }

    pub(super) fn literals(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(text) => Some(text.as_str()),
            Part::AnyOne | Part::AnyRun => None,
        })
    }

    /// What every match begins with.
    pub(super) fn prefix(&self) -> &str {
        match self.parts.first() {
            Some(Part::Literal(text)) => text,
            Some(Part::AnyOne | Part::AnyRun) | None => "",
        }
    }

    /// What every match ends with.
    pub(super) fn suffix(&self) -> &str {
        match self.parts.last() {
            Some(Part::Literal(text)) => text,
            Some(Part::AnyOne | Part::AnyRun) | None => "",
        }
    }

    /// A text that it matches.
    pub(super) fn sample(&self) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Literal(text) => text.as_str(),
            Part::AnyOne | Part::AnyRun => "x",
        });
        parts.collect()
    }

    pub(super) fn matches(&self, value: &str) -> bool {
        let (mut part, mut rest) = (0, value);
        // The latest run and what was left when it last took a character more: the only place to go back to.
        let mut run: Option<(usize, &str)> = None;
        loop {
            let stepped = match self.parts.get(part) {
                None if rest.is_empty() => return true,
                None => None,
                Some(Part::AnyRun) => {
                    run = Some((part, rest));
                    Some(rest)
                }
                Some(Part::AnyOne) => without_first(rest),
                Some(Part::Literal(literal)) => rest.strip_prefix(literal.as_str()),
            };
            match (stepped, run) {
                (Some(next), _) => (part, rest) = (part + 1, next),
                (None, Some((start, left))) => {
                    let Some(left) = without_first(left) else {
                        return false;
                    };
                    run = Some((start, left));
                    (part, rest) = (start + 1, left);
                }
                (None, None) => return false,
            }
        }
    }
}

impl std::fmt::Display for Glob {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Literal(text) => formatter.write_str(text),
            Part::AnyOne => formatter.write_str("?"),
            Part::AnyRun => formatter.write_str("*"),
        })
    }
}

fn without_first(text: &str) -> Option<&str> {
    let mut characters = text.chars();
    characters.next().map(|_| characters.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition, letter by letter.
    fn naive(pattern: &[char], value: &[char]) -> bool {
        match (pattern, value) {
            ([], []) => true,
            (['*', rest @ ..], _) => {
                naive(rest, value) || (!value.is_empty() && naive(pattern, &value[1..]))
            }
            (['?', rest @ ..], [_, left @ ..]) => naive(rest, left),
            ([one, rest @ ..], [other, left @ ..]) => one == other && naive(rest, left),
            _ => false,
        }
    }

    #[test]
    fn the_best_literal_is_the_longest() {
        let best = |text: &str| {
            Glob::new(text)
                .best_literal()
                .map(|(place, literal)| (place, literal.to_owned()))
        };
        assert_eq!(best("acme-*"), Some((Place::Start, "acme-".to_owned())));
        assert_eq!(best("a*-prod"), Some((Place::End, "-prod".to_owned())));
        assert_eq!(best("*db*"), Some((Place::Anywhere, "db".to_owned())));
        assert_eq!(best("ab*cd"), Some((Place::Start, "ab".to_owned())));
        assert_eq!(best("*?"), None);
    }

    proptest! {
        #[test]
        fn it_matches_by_definition(pattern in "[ab*?ö]{0,7}", value in "[abö]{0,8}") {
            let letters = |text: &str| text.chars().collect::<Vec<char>>();
            prop_assert_eq!(
                Glob::new(&pattern).matches(&value),
                naive(&letters(&pattern), &letters(&value))
            );
        }
    }
}

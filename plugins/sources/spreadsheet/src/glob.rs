//! Matches texts against globs: `*` (within a folder), `**` (across folders), `?` and `{a,b}`.
//! Knows nothing of files.

/// A pattern, ready to match. Braces are spread out, so that each alternative is matched alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob {
    alternatives: Vec<Alternative>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Alternative {
    /// What the text has to begin with: most texts are told apart by it alone.
    prefix: String,
    rest: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    One(char),
    AnyOne,
    AnyInFolder,
    Any,
}

impl Glob {
    pub(crate) fn new(pattern: &str) -> Self {
        let alternatives = spread(pattern)
            .iter()
            .map(|text| alternative(text))
            .collect();
        Self { alternatives }
    }

    /// False only if no text that begins so can match: a quick way to pass over most texts.
    pub(crate) fn may_begin_with(&self, initial: char) -> bool {
        let mut initials = self.alternatives.iter().map(|a| a.prefix.chars().next());
        initials.any(|known| known.is_none_or(|known| known == initial))
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.alternatives.iter().any(|alternative| {
            text.strip_prefix(alternative.prefix.as_str())
                .is_some_and(|rest| matches(&alternative.rest, rest))
        })
    }
}

fn alternative(pattern: &str) -> Alternative {
    let (prefix, rest) = pattern.split_at(pattern.find(['*', '?']).unwrap_or(pattern.len()));
    Alternative {
        prefix: prefix.to_owned(),
        rest: tokens(rest),
    }
}

/// Every text that the braces of a pattern stand for, and `**/` as "no folder" or "any folders".
fn spread(pattern: &str) -> Vec<String> {
    if let Some((before, after)) = pattern.split_once("**/") {
        let heads = spread_braces(before);
        let tails = spread(after);
        return join(&heads, &["", "**/"], &tails);
    }
    spread_braces(pattern)
}

fn spread_braces(pattern: &str) -> Vec<String> {
    let Some((before, rest)) = pattern.split_once('{') else {
        return vec![pattern.to_owned()];
    };
    let Some((inside, after)) = rest.split_once('}') else {
        return vec![pattern.to_owned()];
    };
    let choices: Vec<&str> = inside.split(',').collect();
    join(&[before.to_owned()], &choices, &spread_braces(after))
}

fn join(heads: &[String], middles: &[&str], tails: &[String]) -> Vec<String> {
    let mut all = Vec::with_capacity(heads.len() * middles.len() * tails.len());
    for head in heads {
        for middle in middles {
            for tail in tails {
                all.push(format!("{head}{middle}{tail}"));
            }
        }
    }
    all
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        tokens.push(match character {
            '*' if characters.next_if_eq(&'*').is_some() => Token::Any,
            '*' => Token::AnyInFolder,
            '?' => Token::AnyOne,
            other => Token::One(other),
        });
    }
    tokens
}

/// Keeps the set of positions in the pattern that the text read so far can have reached: the time is bounded by
/// the product of both lengths, whatever the pattern.
fn matches(tokens: &[Token], text: &str) -> bool {
    if tokens.is_empty() {
        return text.is_empty();
    }
    let mut reached = vec![false; tokens.len() + 1];
    reached[0] = true;
    skip_stars(tokens, &mut reached);
    for character in text.chars() {
        let mut next = vec![false; tokens.len() + 1];
        for (position, token) in tokens.iter().enumerate() {
            if !reached[position] {
                continue;
            }
            match token {
                Token::One(expected) => next[position + 1] |= *expected == character,
                Token::AnyOne => next[position + 1] |= character != '/',
                Token::AnyInFolder => next[position] |= character != '/',
                Token::Any => next[position] = true,
            }
        }
        skip_stars(tokens, &mut next);
        reached = next;
    }
    reached[tokens.len()]
}

fn skip_stars(tokens: &[Token], reached: &mut [bool]) {
    for (position, token) in tokens.iter().enumerate() {
        if reached[position] && matches!(token, Token::AnyInFolder | Token::Any) {
            reached[position + 1] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_stays_in_its_folder() {
        let glob = Glob::new("inventory-*.csv");
        assert!(glob.matches("inventory-2026-03-05.csv"));
        assert!(!glob.matches("old/inventory-2026-03-05.csv"));
        assert!(!glob.matches("inventory-a/b.csv"));
    }

    #[test]
    fn braces_and_double_stars() {
        let glob = Glob::new("**/export-?.{csv,xlsx}");
        assert!(glob.matches("export-1.csv"));
        assert!(glob.matches("a/b/export-2.xlsx"));
        assert!(!glob.matches("a/b/export-22.xlsx"));
        assert!(!glob.matches("export-1.txt"));
        assert!(Glob::new("a/**").matches("a/b/c"));
    }

    #[test]
    fn an_initial_rules_out_only_what_cannot_match() {
        let glob = Glob::new("{total,sum}*");
        assert!(glob.may_begin_with('t') && glob.may_begin_with('s'));
        assert!(!glob.may_begin_with('v'));
        assert!(Glob::new("*x").may_begin_with('v'));
    }

    #[test]
    fn many_stars_stay_quick() {
        let glob = Glob::new(&"*a".repeat(60));
        assert!(!glob.matches(&"a".repeat(59)));
        assert!(glob.matches(&"a".repeat(200)));
    }

    #[test]
    fn an_unclosed_brace_is_itself() {
        assert!(Glob::new("a{b").matches("a{b"));
    }
}

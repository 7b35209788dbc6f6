//! Which customer of a sink an account may be: the same id, the same name, or a similar one. A proposal for a person, never
//! a decision.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Instant;

/// What a person confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MappedCustomer {
    pub remote_id: String,
    /// What it was called when it was confirmed.
    pub remote_name: String,
    pub by: String,
    pub at: Instant,
}

/// A customer as a sink, or an export of it, holds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct RemoteCustomer {
    pub id: String,
    /// What the sink calls our key of it.
    pub reference: Option<String>,
    pub name: String,
}

/// Why two are taken for the same, the surest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// The account's key is the id or the reference there.
    Id,
    Name,
    /// The same but for case, accents, punctuation and the legal form.
    SameName,
    Similar,
}

/// A candidate for an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Candidate {
    pub remote: RemoteCustomer,
    pub how: How,
    /// 0 to 100.
    pub score: u8,
}

/// Less similar names are no candidates.
const SCORE_LEAST: u8 = 60;
/// Candidates so much below the best one are left out.
const SCORE_BELOW_BEST: u8 = 15;
const CANDIDATES_MAX: usize = 5;

/// Words that say how a company is constituted, and nothing of which one it is. Without accents and points.
const LEGAL_FORMS: [&str; 41] = [
    "ab",
    "publ",
    "hb",
    "kb",
    "ef",
    "as",
    "asa",
    "aps",
    "oy",
    "oyj",
    "ou",
    "sia",
    "uab",
    "gmbh",
    "mbh",
    "ag",
    "kg",
    "ug",
    "co",
    "company",
    "corp",
    "corporation",
    "inc",
    "incorporated",
    "llc",
    "llp",
    "lp",
    "ltd",
    "limited",
    "plc",
    "pty",
    "bv",
    "nv",
    "sa",
    "sas",
    "sarl",
    "srl",
    "spa",
    "sl",
    "spzoo",
    "doo",
];

/// The candidates of an account, the likeliest first; equal ones in the order of their ids.
pub fn candidates(account: &str, name: &str, remotes: &[RemoteCustomer]) -> Vec<Candidate> {
    let words = Words::of(name);
    let judged = remotes.iter().filter_map(|remote| {
        let (how, score) = judge(account, name, &words, remote)?;
        Some(Candidate {
            remote: remote.clone(),
            how,
            score,
        })
    });
    let mut candidates: Vec<Candidate> = judged.collect();
    candidates.sort_by(|a, b| {
        (std::cmp::Reverse(a.score), a.how, &a.remote).cmp(&(
            std::cmp::Reverse(b.score),
            b.how,
            &b.remote,
        ))
    });
    let best = candidates.first().map_or(0, |one| one.score);
    candidates.retain(|one| one.score + SCORE_BELOW_BEST >= best);
    candidates.truncate(CANDIDATES_MAX);
    candidates
}

fn judge(account: &str, name: &str, words: &Words, remote: &RemoteCustomer) -> Option<(How, u8)> {
    if remote.id == account || remote.reference.as_deref() == Some(account) {
        return Some((How::Id, 100));
    }
    if remote.name.trim() == name.trim() {
        return Some((How::Name, 98));
    }
    let theirs = Words::of(&remote.name);
    if !words.text.is_empty() && words.text == theirs.text {
        return Some((How::SameName, 95));
    }
    let score = words.similarity(&theirs).min(94);
    (score >= SCORE_LEAST).then_some((How::Similar, score))
}

/// A name without what tells no company from another.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    text: String,
    sorted: String,
}

impl Words {
    pub fn of(name: &str) -> Self {
        let plain = plain(name);
        let words: Vec<&str> = plain.split_whitespace().collect();
        let telling: Vec<&str> = words
            .iter()
            .copied()
            .filter(|word| !LEGAL_FORMS.contains(word))
            .collect();
        // A company that is called by nothing but legal forms is called by them.
        let telling = if telling.is_empty() { words } else { telling };
        let mut sorted = telling.clone();
        sorted.sort_unstable();
        Self {
            text: telling.join(" "),
            sorted: sorted.join(" "),
        }
    }

    /// The words in their order.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// 0 to 100: how few letters differ, whatever the order of the words; or how many words one has of the other.
    fn similarity(&self, other: &Self) -> u8 {
        let by_letters = letters(&self.text, &other.text).max(letters(&self.sorted, &other.sorted));
        by_letters.max(self.contained(other))
    }

    /// "Baltic" and "Baltic Logistics": all words of the shorter one are in the longer one.
    fn contained(&self, other: &Self) -> u8 {
        let (ours, theirs): (BTreeSet<&str>, BTreeSet<&str>) = (
            self.text.split_whitespace().collect(),
            other.text.split_whitespace().collect(),
        );
        let (short, long) = if ours.len() <= theirs.len() {
            (&ours, &theirs)
        } else {
            (&theirs, &ours)
        };
        let letters: usize = short.iter().map(|word| word.chars().count()).sum();
        // A word of one or two letters is in too many names.
        if letters < 3 || !short.is_subset(long) {
            return 0;
        }
        let share = 30 * short.len() / long.len();
        u8::try_from(60 + share).unwrap_or(60)
    }
}

fn letters(one: &str, other: &str) -> u8 {
    let longest = one.chars().count().max(other.chars().count());
    if longest == 0 {
        return 0;
    }
    let distance = strsim::osa_distance(one, other);
    let same = longest.saturating_sub(distance);
    u8::try_from(100 * same / longest).unwrap_or(0)
}

/// Lower case, without accents, punctuation as spaces; points within an abbreviation join: "S.A." is "sa".
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            '.' | '\'' | '’' => {}
            '&' | '+' => plain.push_str(" and "),
            letter if letter.is_alphanumeric() => without_accent(letter, &mut plain),
            // A combining accent stands behind its letter.
            '\u{300}'..='\u{36f}' => {}
            _ => plain.push(' '),
        }
    }
    plain
}

/// Letters of the Latin alphabets of Europe; others stay.
fn without_accent(letter: char, into: &mut String) {
    let plain = match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ğ' | 'ģ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => "i",
        'ķ' => "k",
        'ł' | 'ļ' | 'ľ' => "l",
        'ñ' | 'ń' | 'ň' | 'ņ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' | 'ō' => "o",
        'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'þ' => "th",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ų' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        other => return into.push(other),
    };
    into.push_str(plain);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote(id: &str, name: &str) -> RemoteCustomer {
        RemoteCustomer {
            id: id.to_owned(),
            reference: None,
            name: name.to_owned(),
        }
    }

    fn shown(account: &str, name: &str, remotes: &[RemoteCustomer]) -> Vec<String> {
        candidates(account, name, remotes)
            .iter()
            .map(|one| format!("{} {:?} {}", one.remote.id, one.how, one.score))
            .collect()
    }

    #[test]
    fn the_id_comes_before_names() {
        let mut by_reference = remote("9", "Something else");
        by_reference.reference = Some("acme".to_owned());
        let remotes = [remote("1", "Acme Retail AB"), by_reference];
        assert_eq!(
            shown("acme", "Acme Retail AB", &remotes),
            ["9 Id 100", "1 Name 98"]
        );
    }

    #[test]
    fn case_accents_and_legal_forms_do_not_count() {
        for (ours, theirs) in [
            ("Grönkulla Bryggeri AB", "GRONKULLA BRYGGERI"),
            ("Baltic Logistics OÜ", "Baltic Logistics Ltd."),
            ("Müller & Söhne GmbH & Co. KG", "Muller and Sohne"),
            ("Société Générale S.A.", "societe generale"),
            ("Acme, Inc.", "ACME GmbH"),
        ] {
            let shown = shown("x", ours, &[remote("1", theirs)]);
            let is_same = Words::of(ours).text == Words::of(theirs).text;
            assert!(
                is_same || shown[0].starts_with("1 Similar"),
                "{ours}: {shown:?}"
            );
        }
        assert_eq!(
            shown(
                "x",
                "Grönkulla Bryggeri AB",
                &[remote("1", "GRONKULLA BRYGGERI")]
            ),
            ["1 SameName 95"]
        );
        assert_eq!(Words::of("AB").text(), "ab");
    }

    #[test]
    fn names_that_are_almost_alike_are_all_told() {
        let remotes = [
            remote("1", "Nordic Data Center"),
            remote("2", "Nordic Data Centre AB"),
            remote("3", "Nordic Dairy"),
            remote("4", "Quite Another"),
        ];
        assert_eq!(
            shown("nordic", "Nordic Data Centers AB", &remotes),
            ["1 Similar 94", "2 Similar 89"]
        );
    }

    #[test]
    fn the_order_of_words_and_a_missing_word_count_little() {
        assert_eq!(
            shown("x", "Media Dagsverk", &[remote("1", "Dagsverk Media AB")]),
            ["1 Similar 94"]
        );
        assert_eq!(
            shown("x", "Baltic Logistics", &[remote("1", "Baltic")]),
            ["1 Similar 75"]
        );
        assert!(shown("x", "Helix Lab", &[remote("1", "Fjordbank ASA")]).is_empty());
    }
}

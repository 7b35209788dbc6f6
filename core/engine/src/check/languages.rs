//! Languages that accounts and agreements speak, and that something of their documents has no text in.

use std::collections::BTreeMap;

use counterfoil_model::language::{LanguageTag, Texts, has_words};
use counterfoil_model::problem::{Problem, Review};

use crate::config::{Draft, DraftPipeline, TermsBody};

/// Warnings alone: where a text lacks, another one stands, and the document is sent.
pub(super) fn review(draft: &Draft, pipeline: &DraftPipeline) -> Review {
    let mut review = Review::default();
    let (Some(terms), Some(config)) = (&pipeline.terms, &pipeline.config) else {
        return review;
    };
    let issuer = draft.issuers.get(config.issuer.as_str());
    let own = issuer
        .map(|issuer| issuer.language)
        .unwrap_or_default()
        .tag();
    let spoken = spoken(terms);
    review.warnings.extend(lines(terms, &own, &spoken));
    review.warnings.extend(words(terms, &spoken));
    let of_issuer = issuer.and_then(|issuer| issuer.document_text.as_ref());
    if let Some(texts) = of_issuer {
        let path = ["issuer", config.issuer.as_str(), "document_text"];
        let speakers = spoken
            .iter()
            .map(|(language, speakers)| (*language, speakers[0].as_str()));
        review
            .warnings
            .extend(speakers.filter_map(|of| text(texts, of, &path)));
    }
    for (key, account) in &terms.classify.account {
        let whose = format!("account {key}");
        let path = ["account", key.as_str(), "document_text"];
        if let (Some(texts), Some(language)) = (&account.document_text, &account.language) {
            review
                .warnings
                .extend(text(texts, (language, &whose), &path));
        }
        for (index, agreement) in account.agreement.iter().flatten().enumerate() {
            let index = index.to_string();
            let path = ["account", key, "agreement", &index, "document_text"];
            let language = agreement.language.as_ref().or(account.language.as_ref());
            if let (Some(texts), Some(language)) = (&agreement.document_text, language) {
                review
                    .warnings
                    .extend(text(texts, (language, &whose), &path));
            }
        }
    }
    review
}

/// Each language with those who speak it.
fn spoken(terms: &TermsBody) -> BTreeMap<&LanguageTag, Vec<String>> {
    let mut spoken: BTreeMap<&LanguageTag, Vec<String>> = BTreeMap::new();
    for (key, account) in &terms.classify.account {
        let agreements = account.agreement.iter().flatten();
        let own = account.language.iter();
        for language in own.chain(agreements.filter_map(|one| one.language.as_ref())) {
            let speakers = spoken.entry(language).or_default();
            let name = format!("account {key}");
            if speakers.last() != Some(&name) {
                speakers.push(name);
            }
        }
    }
    spoken
}

fn text(texts: &Texts, (language, who): (&LanguageTag, &str), path: &[&str]) -> Option<Problem> {
    if texts.speaks(language) {
        return None;
    }
    let message = format!("there is no text in {language}, which {who} speaks");
    let hint =
        format!("add it: {{ {language} = \"…\" }}; another language stands there until then");
    Some(Problem::new(path.iter().copied(), message).with_hint(hint))
}

/// What is added to the text of a line has no words in the language.
fn words(terms: &TermsBody, spoken: &BTreeMap<&LanguageTag, Vec<String>>) -> Vec<Problem> {
    let own = terms.price_book.words.iter();
    let own = own.filter_map(|(tag, words)| Some((tag.parse().ok()?, words)));
    let own: BTreeMap<LanguageTag, _> = own.collect();
    let lacking = spoken
        .iter()
        .filter(|(language, _)| !has_words(&own, language));
    let problem = |(language, speakers): (&&LanguageTag, &Vec<String>)| {
        let message = format!(
            "{} speaks {language}, in which there are no words for corrections, discounts and limits",
            speakers[0]
        );
        let hint = format!(
            "words = {{ {language} = {{ taken_back = \"…\" }} }} of the price book; English stands there until then"
        );
        let path = terms.in_price_book(&["words".to_owned()]);
        Problem::new(path, message).with_hint(hint)
    };
    lacking.map(problem).collect()
}

/// `description` is taken for the issuer's language, and stands where an item has no text.
fn lines(
    terms: &TermsBody,
    issuer: &LanguageTag,
    spoken: &BTreeMap<&LanguageTag, Vec<String>>,
) -> Vec<Problem> {
    let items = &terms.price_book.item;
    let mut problems = Vec::new();
    for (language, speakers) in spoken {
        let is_issuers = language.primary() == issuer.primary();
        // What is no language was told.
        let lacks = |text: &BTreeMap<String, String>| {
            let texts = text.iter();
            let texts = texts.filter_map(|(tag, text)| Some((tag.parse().ok()?, text)));
            language
                .find(&texts.collect::<BTreeMap<LanguageTag, &String>>())
                .is_none()
        };
        let lacking: Vec<usize> = (0..items.len())
            .filter(|index| lacks(&items[*index].text) && !is_issuers)
            .collect();
        let Some(first) = lacking.first() else {
            continue;
        };
        let keys = lacking.iter().map(|index| items[*index].name.as_str());
        let shown: Vec<&str> = keys.take(NAMED_MAX).collect();
        let more = lacking.len() - shown.len();
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let message = format!(
            "{} speaks {language}, and these items have no text in it: {}{more}",
            speakers[0],
            shown.join(", ")
        );
        let hint =
            format!("text = {{ {language} = \"…\" }}; their `description` stands there until then");
        let path = terms.in_price_book(&["item".to_owned(), first.to_string()]);
        problems.push(Problem::new(path, message).with_hint(hint));
    }
    problems
}

/// Items that a message names.
const NAMED_MAX: usize = 5;

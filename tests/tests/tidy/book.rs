//! The page of error messages quotes messages that the program really has.

/// Parts of a quoted message that are shorter say too little to be looked for.
const TELLING: usize = 8;

/// The messages that the page quotes in bold at the start of a paragraph.
fn quoted(page: &str) -> impl Iterator<Item = &str> {
    page.lines()
        .filter_map(|line| line.strip_prefix("**")?.split_once("** ·"))
        .map(|(message, _)| message)
}

/// Quotes that stand nowhere in the sources.
pub(crate) fn unknown_messages(page: &str, sources: &[&str]) -> Vec<String> {
    // A message in the source may be broken over lines, with values in braces.
    let plain = |text: &str| {
        text.replace("\\\n", " ")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let sources: Vec<String> = sources.iter().map(|text| plain(text)).collect();
    let stands_somewhere = |part: &str| {
        let part = part.trim_matches([' ', '`', ',', ':', '$', '{', '}']);
        part.len() < TELLING || sources.iter().any(|text| text.contains(part))
    };
    quoted(page)
        .filter(|message| {
            !message
                .split('…')
                .all(|part| part.split(['`', '{', '}']).all(stands_somewhere))
        })
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_gone_is_found() {
        let source = "#[error(\"there is no pipeline `{name}`\")] #[error(\"a message over \\\n    two lines\")]";
        let page = "# Page\n\n**there is no pipeline `…`** · Name one.\n\n**a message over two lines** · So.\n\n**it rains today** · No.\n";
        assert_eq!(quoted(page).count(), 3);
        assert_eq!(unknown_messages(page, &[source]), ["it rains today"]);
    }
}

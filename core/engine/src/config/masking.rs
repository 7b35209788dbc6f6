//! Takes secrets that were written into a file out of what is shown of it. Placeholders stay: they hold none.

/// Keys whose values are secret. Those of credentials, and what people call them elsewhere.
const SECRET_KEYS: [&str; 7] = [
    "token",
    "password",
    "passwd",
    "secret",
    "api_key",
    "apikey",
    "client_secret",
];
const MASK: &str = "•••";

/// A line of TOML without the texts that are assigned to secret keys, and without what addresses say behind their host.
pub(super) fn masked(line: &str) -> String {
    without_paths(&without_secrets(line))
}

/// The path of a webhook is its password, and an address may hold a user's.
fn without_paths(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(found) = rest.find("://") {
        let (head, address) = rest.split_at(found + 3);
        let is_end = |letter: char| letter.is_whitespace() || "\"',]}".contains(letter);
        let (address, behind) = address.split_at(address.find(is_end).unwrap_or(address.len()));
        let (authority, path) = address.split_at(address.find('/').unwrap_or(address.len()));
        shown.push_str(head);
        match authority.rsplit_once('@') {
            Some((_, host)) => shown.push_str(&format!("{MASK}@{host}")),
            None => shown.push_str(authority),
        }
        if path.len() > 1 && !path.contains("${") {
            shown.push('/');
            shown.push_str(MASK);
        } else {
            shown.push_str(path);
        }
        rest = behind;
    }
    shown.push_str(rest);
    shown
}

fn without_secrets(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((head, value)) = next_secret(rest) {
        shown.push_str(head);
        let length = literal_length(value);
        let literal = &value[..length];
        if literal.contains("${") || literal.is_empty() {
            shown.push_str(literal);
        } else {
            shown.push_str(MASK);
        }
        rest = &value[length..];
    }
    shown.push_str(rest);
    shown
}

/// Splits behind the next `token = `.
fn next_secret(text: &str) -> Option<(&str, &str)> {
    let mut from = 0;
    while let Some(found) = text[from..].find('=') {
        let equals = from + found;
        let key = text[..equals].trim_end().trim_end_matches(['"', '\'']);
        let is_secret = SECRET_KEYS.iter().any(|secret| {
            key.len() >= secret.len()
                && key.is_char_boundary(key.len() - secret.len())
                && key[key.len() - secret.len()..].eq_ignore_ascii_case(secret)
        });
        let value = equals + 1 + leading_blanks(&text[equals + 1..]);
        if is_secret {
            return Some((&text[..value], &text[value..]));
        }
        from = equals + 1;
    }
    None
}

fn leading_blanks(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// A quoted text with its quotes, or everything up to a comma or a closing brace. An unclosed quote reaches to the end.
fn literal_length(value: &str) -> usize {
    let Some(quote) = value
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\''))
    else {
        return value.find([',', '}', ' ']).unwrap_or(value.len());
    };
    let mut is_escaped = false;
    for (at, character) in value.char_indices().skip(1) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if quote == '"' => is_escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    value.len()
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn secrets_are_masked_and_placeholders_are_not() {
        for (line, shown) in [
            (
                r#"credential = { api = { token = "hunter2" } }"#,
                "credential = { api = { token = ••• } }",
            ),
            (
                r#"api = { username = "bot", password = 'a"b', x = 1 }"#,
                r#"api = { username = "bot", password = •••, x = 1 }"#,
            ),
            ("token = 12345, url = \"x\"", "token = •••, url = \"x\""),
            (r#"token = "${env:TOKEN}""#, r#"token = "${env:TOKEN}""#),
            (r#"Token = "unclosed"#, "Token = •••"),
            (r#"name = "token""#, r#"name = "token""#),
            (
                r#"to = ["https://hooks.example.net/T/SECRET", "anna"]"#,
                r#"to = ["https://hooks.example.net/•••", "anna"]"#,
            ),
            (
                r#"otlp = "http://me:pass@127.0.0.1:4318""#,
                r#"otlp = "http://•••@127.0.0.1:4318""#,
            ),
            (
                r#"url = "https://${env:HOST}/""#,
                r#"url = "https://${env:HOST}/""#,
            ),
            (r#"api.token="a\"b" # x"#, "api.token=••• # x"),
        ] {
            assert_eq!(masked(line), shown);
        }
    }
}

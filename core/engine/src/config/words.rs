//! Says in people's words what a deserializer says in those of Rust: what was expected, and what stands there instead.

/// "expected u32" and the like as a person would say it. None where it is said so already.
pub(super) fn human(message: &str, keys: &[&str], is_secret: bool) -> Option<String> {
    let (kind, rest) = message.split_once(": ")?;
    if kind != "invalid type" && kind != "invalid value" {
        return None;
    }
    let (found, expected) = rest.rsplit_once(", expected ")?;
    let there = match (is_secret, there(found)) {
        (true, there) if there.starts_with("the text ") => "a text".to_owned(),
        (true, there) if there.starts_with("the number ") => "a number".to_owned(),
        (_, there) => there,
    };
    Some(format!("expected {}, not {there}", wanted(expected, keys)))
}

/// Does it ask for a table, whose keys are worth naming?
pub(super) fn wants_table(message: &str) -> bool {
    message.starts_with("invalid type") && message.contains(", expected struct ")
}

fn wanted(expected: &str, keys: &[&str]) -> String {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" | "a nonzero u32" => {
            "a whole number that is not negative".to_owned()
        }
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" | "a borrowed string" | "path string" => "a text in quotes".to_owned(),
        "a map" => "a table".to_owned(),
        "a sequence" => "a list".to_owned(),
        _ if expected.starts_with("struct ") && !keys.is_empty() => {
            let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            format!("a table with keys such as {}", keys.join(", "))
        }
        _ if expected.starts_with("struct ") => "a table".to_owned(),
        _ if expected.starts_with("internally tagged enum ")
            || expected.starts_with("adjacently tagged enum ") =>
        {
            "a table".to_owned()
        }
        _ if expected.starts_with("enum ") => "one of its words in quotes".to_owned(),
        _ => expected.to_owned(),
    }
}

fn there(found: &str) -> String {
    let value = |prefix: &str| {
        let rest = found.strip_prefix(prefix)?;
        Some(rest.trim_matches('`').to_owned())
    };
    let text = found.strip_prefix("string ");
    let number = value("integer ").or_else(|| value("floating point "));
    match found {
        "map" => "a table".to_owned(),
        "sequence" => "a list".to_owned(),
        "null" | "unit value" => "nothing".to_owned(),
        _ => match (text, number, value("boolean ")) {
            (Some(text), _, _) => format!("the text {text}"),
            (_, Some(number), _) => format!("the number {number}"),
            (_, _, Some(truth)) => truth,
            (None, None, None) => found.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_names_that_people_know() {
        for (said, told) in [
            (
                "invalid type: string \"three\", expected u32",
                "expected a whole number that is not negative, not the text \"three\"",
            ),
            (
                "invalid value: integer `-1`, expected u32",
                "expected a whole number that is not negative, not the number -1",
            ),
            (
                "invalid type: integer `7`, expected a string",
                "expected a text in quotes, not the number 7",
            ),
            (
                "invalid type: map, expected a boolean",
                "expected true or false, not a table",
            ),
            (
                "invalid type: boolean `true`, expected a sequence",
                "expected a list, not true",
            ),
            (
                "invalid type: sequence, expected a recipient or a list of recipients",
                "expected a recipient or a list of recipients, not a list",
            ),
            (
                "invalid type: string \"a, b\", expected struct Meter",
                "expected a table with keys such as `gauge`, `attribute`, not the text \"a, b\"",
            ),
        ] {
            assert_eq!(
                human(said, &["gauge", "attribute"], false).as_deref(),
                Some(told)
            );
        }
        let secret = "invalid type: string \"s3cret\", expected a map";
        assert_eq!(
            human(secret, &[], true).as_deref(),
            Some("expected a table, not a text")
        );
        assert_eq!(human("`abc` is no amount", &[], false), None);
    }
}

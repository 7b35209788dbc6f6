//! The name that was probably meant where somebody asks for one that is not known.

/// Names that a hint lists in full.
const LISTED: usize = 12;

/// A hint: the nearest name, else the names that there are. None where there are none.
pub fn near_miss<'a>(asked: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    let lower = asked.to_lowercase();
    let nearest = known
        .iter()
        .map(|&name| {
            (
                strsim::damerau_levenshtein(&lower, &name.to_lowercase()),
                name,
            )
        })
        .min()?;
    let (distance, name) = nearest;
    if distance <= asked.chars().count().max(3) / 3 {
        return Some(format!("did you mean `{name}`?"));
    }
    let shown = known.len().min(LISTED);
    let more = match known.len() - shown {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!("there are {}{more}", known[..shown].join(", ")))
}

#[cfg(test)]
mod tests {
    use super::near_miss;

    #[test]
    fn a_typing_mistake_is_named_and_anything_else_gets_the_list() {
        let known = ["globex", "acme"];
        assert_eq!(
            near_miss("Acem", known).as_deref(),
            Some("did you mean `acme`?")
        );
        assert_eq!(
            near_miss("initech", known).as_deref(),
            Some("there are acme, globex")
        );
        assert_eq!(near_miss("acme", []), None);
        let many: Vec<String> = (0..20)
            .map(|number| format!("customer-{number:02}"))
            .collect();
        let hint = near_miss("x", many.iter().map(String::as_str)).unwrap();
        assert!(hint.ends_with("customer-11 and 8 more"), "{hint}");
    }
}

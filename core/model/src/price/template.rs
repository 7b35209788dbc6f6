//! The text of a line with places to fill in: "vCPU, {plan}".

/// Text with variables in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Variable(String),
}

/// What separates two words of a line and is left out with a word that is absent.
const SEPARATORS: [char; 9] = [' ', ',', ';', ':', '/', '-', '–', '·', '|'];

impl Template {
    /// Reads a template, or says what is wrong with it.
    pub(super) fn parse(text: &str, variables: &[&str]) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, behind)) = after.split_once('}') else {
                return Err("a `{` has no `}`".to_owned());
            };
            if !variables.contains(&name) {
                let known = variables.join("}, {");
                return Err(format!(
                    "`{{{name}}}` is not known here; there are {{{known}}}"
                ));
            }
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Variable(name.to_owned()));
            rest = behind;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self { pieces })
    }

    /// Fills in what there is. A variable without a value vanishes together with the separator before it.
    pub fn render<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> String {
        let mut line = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => line.push_str(text),
                Piece::Variable(name) => match value(name) {
                    Some(value) => line.push_str(value),
                    None => line.truncate(line.trim_end_matches(SEPARATORS).len()),
                },
            }
        }
        line.trim_start_matches(SEPARATORS).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str, values: &[(&str, &str)]) -> String {
        let value = |wanted: &str| {
            let mut values = values.iter();
            values.find_map(|(name, value)| (*name == wanted).then_some(*value))
        };
        Template::parse(text, &["plan", "service"])
            .unwrap()
            .render(value)
    }

    #[test]
    fn absent_values_leave_no_trace() {
        assert_eq!(render("vCPU, {plan}", &[("plan", "gold")]), "vCPU, gold");
        assert_eq!(render("vCPU, {plan}", &[]), "vCPU");
        assert_eq!(render("{service}: vCPU", &[]), "vCPU");
        assert_eq!(
            render("{service}: vCPU, {plan}", &[("service", "web")]),
            "web: vCPU"
        );
    }

    #[test]
    fn unknown_and_open_braces_are_told() {
        assert!(Template::parse("{tenant}", &["plan"]).is_err());
        assert!(Template::parse("vCPU {plan", &["plan"]).is_err());
    }
}

//! Checks what rules read against what the sources declare.

use super::hint_of;
use crate::attribute::{AttributeClass, KindDeclaration, ValueType};
use crate::classify::expression::{Expression, Literal};
use crate::classify::facts::Key;
use crate::classify::glob::has_wildcard;
use crate::classify::written::ConditionConfig;
use crate::nearest::nearest;
use crate::problem::Problem;

/// What a rule reads beside attributes. A misspelt one looks like an attribute.
const WORDS: [&str; 7] = ["kind", "name", "source", "parent", "id", "has", "tag"];

/// What sources say that there is to match. Where none says anything, everything passes.
#[derive(Clone, Copy)]
pub(super) struct Declared<'a>(pub(super) &'a [KindDeclaration]);

impl Declared<'_> {
    /// A key that no source declares, or whose values are not kept in the inventory, never matches.
    pub(super) fn check(self, key: &Key, path: &[&str], problems: &mut Vec<Problem>) {
        let Key::Attribute(name) = key else { return };
        if self.0.is_empty() {
            return;
        }
        let declarations = self.0.iter().filter_map(|kind| kind.attribute(name));
        let classes: Vec<AttributeClass> = declarations.map(|declared| declared.class).collect();
        let kept = |class: &AttributeClass| match class {
            AttributeClass::Identity | AttributeClass::Configuration => true,
            AttributeClass::Gauge | AttributeClass::Ignored => false,
        };
        let path = path.iter().copied();
        if classes.is_empty() {
            let names = self.0.iter().flat_map(|kind| &kind.attributes);
            let mut names: Vec<&str> = names.map(|declared| declared.name.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            let message = format!("no source declares the attribute `{name}`");
            let hint = match nearest(name, names.iter().copied().chain(WORDS)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => hint_of(name, "attributes", "check the sources", names.into_iter()),
            };
            problems.push(Problem::new(path, message).with_hint(hint));
        } else if !classes.iter().any(kept) {
            let message = format!("`{name}` is a gauge or ignored: no rule can read it");
            problems.push(Problem::new(path, message));
        }
    }

    /// A text never equals a number, and CEL says nothing of it.
    pub(super) fn check_comparisons(self, expression: &Expression, problems: &mut Vec<Problem>) {
        for (key, literal) in expression.compared() {
            let Key::Attribute(name) = key else { continue };
            let types: Vec<ValueType> = self
                .0
                .iter()
                .filter_map(|kind| kind.attribute(name))
                .map(|declared| declared.value_type)
                .collect();
            let fits = |value_type: &ValueType| match (value_type, literal) {
                (ValueType::Integer | ValueType::Decimal, Literal::Number)
                | (ValueType::Boolean, Literal::Boolean)
                | (ValueType::Text | ValueType::Date | ValueType::Timestamp, Literal::Text(_)) => {
                    true
                }
                (_, _) => false,
            };
            if let Some(first) = types.first()
                && !types.iter().any(fits)
            {
                let (shown, wanted) = match literal {
                    Literal::Text(text) => (format!("the text \"{text}\""), "without quotes"),
                    Literal::Number => ("a number".to_owned(), "in quotes"),
                    Literal::Boolean => ("true or false".to_owned(), "in quotes"),
                };
                let declared = match first {
                    ValueType::Integer => "a whole number",
                    ValueType::Decimal => "a decimal",
                    ValueType::Boolean => "true or false",
                    ValueType::Text | ValueType::Date | ValueType::Timestamp => "a text",
                };
                let message =
                    format!("`{name}` is declared as {declared}, and never equals {shown}");
                problems.push(
                    Problem::new([""; 0], message).with_hint(format!("write the value {wanted}")),
                );
            }
        }
    }

    pub(super) fn check_kinds(self, config: &ConditionConfig, problems: &mut Vec<Problem>) {
        let ConditionConfig::AnyOf(scalars) = config else {
            return;
        };
        let is_declared = |text: &str| self.0.iter().any(|kind| kind.kind.as_str() == text);
        for text in scalars.texts() {
            if !self.0.is_empty() && !has_wildcard(text) && !is_declared(text) {
                let names = self.0.iter().map(|kind| kind.kind.as_str());
                let hint = hint_of(text, "kinds", "check the sources", names);
                let message = format!("no source declares the kind `{text}`");
                problems.push(Problem::new([""; 0], message).with_hint(hint));
            }
        }
    }
}

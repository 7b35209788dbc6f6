//! Checks what rules read against what the sources declare.

use super::hint_of;
use crate::attribute::{AttributeClass, KindDeclaration};
use crate::classify::facts::Key;
use crate::classify::glob::has_wildcard;
use crate::classify::written::ConditionConfig;
use crate::problem::Problem;

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
            let hint = hint_of("attributes", "check the sources", names.into_iter());
            problems.push(Problem::new(path, message).with_hint(hint));
        } else if !classes.iter().any(kept) {
            let message = format!("`{name}` is a gauge or ignored: no rule can read it");
            problems.push(Problem::new(path, message));
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
                let hint = hint_of("kinds", "check the sources", names);
                let message = format!("no source declares the kind `{text}`");
                problems.push(Problem::new([""; 0], message).with_hint(hint));
            }
        }
    }
}

//! Prepares an expression's tree: what it reads of the resource becomes variables, constant regular expressions become
//! functions that are compiled once. What it could not know at run time is refused here.

use std::collections::BTreeMap;

use cel::IdedExpr;
use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, operators};
use regex::Regex;

use super::Literal;
use super::names::{FUNCTIONS, KEYS, ROOT, TYPES, is_operator};
use crate::classify::facts::Key;
use crate::problem::Problem;

#[derive(Default)]
pub(super) struct Rewriter {
    pub(super) reads: BTreeMap<String, Key>,
    pub(super) asks: BTreeMap<String, Key>,
    pub(super) regexes: Vec<(String, Regex)>,
    pub(super) compared: Vec<(Key, Literal)>,
    pub(super) problems: Vec<Problem>,
    /// Variables of the macros around.
    bound: Vec<String>,
}

/// An operator as it is written.
pub(super) fn operator(name: &str) -> String {
    let bare = name.trim_matches(['_', '@']);
    if name.starts_with('_') || name == operators::IN {
        format!("`{bare}`")
    } else {
        format!("`{name}`")
    }
}

impl Rewriter {
    fn refuse(&mut self, message: String, hint: &str) {
        self.problems
            .push(Problem::new([""; 0], message).with_hint(hint));
    }

    pub(super) fn rewrite(&mut self, node: &mut IdedExpr) {
        if let Expr::Call(call) = &node.expr {
            self.note_comparison(call);
        }
        if let Some(replaced) = self.replaced(node) {
            node.expr = replaced;
            return;
        }
        match &mut node.expr {
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => self.rewrite(&mut select.operand),
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(comprehension) => {
                self.rewrite(&mut comprehension.iter_range);
                self.rewrite(&mut comprehension.accu_init);
                let before = self.bound.len();
                self.bound.push(comprehension.iter_var.clone());
                self.bound.extend(comprehension.iter_var2.clone());
                self.bound.push(comprehension.accu_var.clone());
                self.rewrite(&mut comprehension.loop_cond);
                self.rewrite(&mut comprehension.loop_step);
                self.rewrite(&mut comprehension.result);
                self.bound.truncate(before);
            }
            Expr::List(list) => {
                for element in &mut list.elements {
                    self.rewrite(element);
                }
            }
            Expr::Map(map) => {
                for entry in &mut map.entries {
                    if let EntryExpr::MapEntry(entry) = &mut entry.expr {
                        self.rewrite(&mut entry.key);
                        self.rewrite(&mut entry.value);
                    }
                }
            }
            Expr::Struct(made) => {
                let message = format!("there is no type `{}`", made.type_name);
                self.refuse(message, "compare with texts, numbers, true and false");
            }
            Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    /// What takes the place of an expression that reads or asks for something of the resource.
    fn replaced(&mut self, node: &IdedExpr) -> Option<Expr> {
        // `"env" in resource.tags` asks for names that `has` cannot spell.
        if let Expr::Call(CallExpr {
            func_name, args, ..
        }) = &node.expr
            && func_name == operators::IN
            && let [asked, within] = args.as_slice()
            && let (Some(asked), Some(mut path)) = (text(asked), self.path(within))
        {
            path.push(asked.to_owned());
            return Some(self.variable(&path, true));
        }
        if let Expr::Select(select) = &node.expr
            && select.test
        {
            let mut path = self.path(&select.operand)?;
            path.push(select.field.clone());
            return Some(self.variable(&path, true));
        }
        let path = self.path(node)?;
        if path.is_empty() {
            self.refuse(
                "`resource` stands alone; an expression reads one attribute of it at a time"
                    .to_owned(),
                "resource.cpu, resource.tags.env or resource[\"a name with blanks\"]",
            );
            return Some(Expr::Literal(LiteralValue::Null));
        }
        Some(self.variable(&path, false))
    }

    fn variable(&mut self, path: &[String], is_asked: bool) -> Expr {
        let name = path.join(".");
        let key = Key::named(&name);
        if key == Key::Source {
            self.refuse(
                "an expression cannot read `source`: a source may have had several names"
                    .to_owned(),
                "when = { source = \"netbox\", cel = \"…\" }",
            );
        }
        let variable = if is_asked {
            format!("has:{name}")
        } else {
            format!("resource:{name}")
        };
        let variables = if is_asked {
            &mut self.asks
        } else {
            &mut self.reads
        };
        variables.insert(variable.clone(), key);
        Expr::Ident(variable)
    }

    /// The names below `resource`, if the expression is nothing but a way to one of its values.
    fn path(&self, node: &IdedExpr) -> Option<Vec<String>> {
        match &node.expr {
            Expr::Ident(name) if name == ROOT && !self.bound.contains(name) => Some(Vec::new()),
            Expr::Select(select) if !select.test => {
                let mut path = self.path(&select.operand)?;
                path.push(select.field.clone());
                Some(path)
            }
            Expr::Call(CallExpr {
                func_name, args, ..
            }) if func_name == operators::INDEX => {
                let [within, index] = args.as_slice() else {
                    return None;
                };
                let mut path = self.path(within)?;
                path.push(text(index)?.to_owned());
                Some(path)
            }
            _ => None,
        }
    }

    fn name(&mut self, name: &str) {
        let is_known = self.bound.iter().any(|bound| bound == name) || TYPES.contains(&name);
        if is_known || name.starts_with('@') {
            return;
        }
        let message = format!("there is no `{name}` in an expression");
        if KEYS.contains(&name) {
            self.refuse(message, &format!("write `resource.{name}`"));
        } else {
            self.refuse(
                message,
                &format!("an attribute is read as `resource.{name}`; texts stand in quotes"),
            );
        }
    }

    fn call(&mut self, call: &mut CallExpr) {
        let is_known = is_operator(&call.func_name) || FUNCTIONS.contains(&call.func_name.as_str());
        if !is_known {
            let message = format!("there is no function `{}`", call.func_name);
            self.refuse(message, &format!("functions: {}", FUNCTIONS.join(", ")));
        }
        self.hoist(call);
        if let Some(target) = &mut call.target {
            self.rewrite(target);
        }
        for argument in &mut call.args {
            self.rewrite(argument);
        }
    }

    /// `x.matches("…")` and `matches(x, "…")` become a call of a function that has the expression compiled.
    fn hoist(&mut self, call: &mut CallExpr) {
        if call.func_name != "matches" {
            return;
        }
        let pattern = match (&call.target, call.args.as_slice()) {
            (Some(_), [pattern]) | (None, [_, pattern]) => text(pattern),
            (_, _) => None,
        };
        let Some(pattern) = pattern.map(str::to_owned) else {
            self.refuse(
                "`matches` takes a text and a regular expression in quotes".to_owned(),
                "resource.name.matches(\"^acme-[0-9]+$\")",
            );
            return;
        };
        match Regex::new(&pattern) {
            Ok(regex) => {
                call.args.pop();
                call.args.extend(call.target.take().map(|target| *target));
                call.func_name = format!("matches:{}", self.regexes.len());
                self.regexes.push((call.func_name.clone(), regex));
            }
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default();
                let reason = reason.trim_start_matches("error: ");
                let message = format!("`{pattern}` is no regular expression: {reason}");
                self.refuse(
                    message,
                    "a backslash in a CEL text is written twice, or the text begins with r\"",
                );
            }
        }
    }

    /// Remembers which literals an attribute is compared with: CEL finds a text and a number different, and says nothing.
    fn note_comparison(&mut self, call: &CallExpr) {
        let [one, other] = call.args.as_slice() else {
            return;
        };
        match call.func_name.as_str() {
            operators::EQUALS | operators::NOT_EQUALS => {
                for (attribute, literal) in [(one, other), (other, one)] {
                    self.note(attribute, literal);
                }
            }
            operators::IN => {
                if let Expr::List(list) = &other.expr {
                    for literal in &list.elements {
                        self.note(one, literal);
                    }
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, attribute: &IdedExpr, literal: &IdedExpr) {
        let Some(path) = self.path(attribute).filter(|path| !path.is_empty()) else {
            return;
        };
        let Expr::Literal(literal) = &literal.expr else {
            return;
        };
        let literal = match literal {
            LiteralValue::String(text) => Literal::Text(text.inner().to_owned()),
            LiteralValue::Int(_) | LiteralValue::UInt(_) | LiteralValue::Double(_) => {
                Literal::Number
            }
            LiteralValue::Boolean(_) => Literal::Boolean,
            LiteralValue::Bytes(_) | LiteralValue::Null => return,
        };
        self.compared.push((Key::named(&path.join(".")), literal));
    }
}

fn text(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

//! CEL expressions of rules, compiled once: where the matchers do not reach.
//!
//! An expression reads a resource as `resource.kind`, `resource.name`, `resource.parent`, `resource.id` and
//! `resource.ATTRIBUTE`. Attributes are text, whole numbers, doubles (decimals of up to 15 digits, which a double holds
//! exactly enough to compare) or booleans, as their source declares them; what nobody declares is text. An absent one
//! makes the expression fail, unless it is asked for with `has(resource.ATTRIBUTE)` first. An expression that fails
//! decides nothing silently: what its rule would have set is in suspense. No money is computed here.

mod names;
mod rewrite;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use cel::parser::Parser;
use cel::{Context, Env, ExecutionError, IdedExpr, Value};
use regex::Regex;

use super::facts::{Facts, Key};
use crate::attribute::{KindDeclaration, ValueType};
use crate::problem::Problem;
use rewrite::Rewriter;
use value::value_of;

/// Bytes of an expression.
const BYTES_MAX: usize = 4_096;

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A compiled expression.
#[derive(Clone)]
pub(super) struct Expression {
    pub(super) text: String,
    inner: Arc<Compiled>,
}

struct Compiled {
    tree: IdedExpr,
    /// The functions that the constant regular expressions became.
    context: Context<'static, 'static>,
    /// What is read, by the name of its variable.
    reads: BTreeMap<String, Key>,
    /// What is only asked for, by the name of its variable.
    asks: BTreeMap<String, Key>,
    compared: Vec<(Key, Literal)>,
}

/// A literal that an attribute is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    Text(String),
    Number,
    Boolean,
}

impl fmt::Debug for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Expression")
            .field(&self.text)
            .finish()
    }
}

impl Expression {
    /// Everything that is wrong with it is told at once.
    pub(super) fn compile(text: &str) -> Result<Self, Vec<Problem>> {
        let problem = |message: String| Problem::new([""; 0], message);
        if text.trim().is_empty() {
            return Err(vec![
                problem("the expression is empty".to_owned())
                    .with_hint("resource.name.startsWith(\"acme-\")"),
            ]);
        }
        if text.len() > BYTES_MAX {
            let message = format!(
                "the expression has {} bytes; at most {BYTES_MAX} are read",
                text.len()
            );
            return Err(vec![
                problem(message).with_hint("split it over several rules"),
            ]);
        }
        let mut tree = Parser::new().parse(text).map_err(|errors| {
            let errors = errors.errors.iter();
            errors
                .map(|error| {
                    let message = error.msg.lines().next().unwrap_or_default();
                    let message = message.trim_start_matches("Syntax error: ");
                    problem(format!("no CEL at character {}: {message}", error.pos.1))
                        .with_hint("an expression such as resource.cpu > 8 && has(resource.owner)")
                })
                .collect::<Vec<_>>()
        })?;
        let mut rewriter = Rewriter::default();
        rewriter.rewrite(&mut tree);
        if !rewriter.problems.is_empty() {
            return Err(rewriter.problems);
        }
        let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
        for (name, regex) in rewriter.regexes {
            let regex: Regex = regex;
            let matches = move |text: Arc<String>| regex.is_match(&text);
            context
                .add_function(&name, matches)
                .expect("no function of the standard environment has such a name");
        }
        Ok(Self {
            text: text.to_owned(),
            inner: Arc::new(Compiled {
                tree,
                context,
                reads: rewriter.reads,
                asks: rewriter.asks,
                compared: rewriter.compared,
            }),
        })
    }

    /// Everything that decides it.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.inner.reads.values().chain(self.inner.asks.values())
    }

    pub(super) fn compared(&self) -> &[(Key, Literal)] {
        &self.inner.compared
    }

    /// Whether it holds, or why nobody can tell.
    pub(super) fn holds(&self, facts: &Facts<'_>) -> Result<bool, String> {
        let inner = &*self.inner;
        let mut scope = inner.context.new_inner_scope();
        for (variable, key) in &inner.reads {
            if let Some(text) = facts.values(key).next() {
                let value = value_of(text, value_type(facts.declared, key))
                    .map_err(|reason| format!("`{key}` {reason}"))?;
                scope.add_variable_from_value(variable.as_str(), value);
            }
        }
        for (variable, key) in &inner.asks {
            let is_there = facts.values(key).next().is_some();
            scope.add_variable_from_value(variable.as_str(), is_there);
        }
        match scope.resolve(&inner.tree) {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(other) => Err(format!(
                "it comes to {}, not to true or false",
                type_name(&other)
            )),
            Err(error) => Err(self.reason(&error)),
        }
    }

    fn reason(&self, error: &ExecutionError) -> String {
        if let ExecutionError::UndeclaredReference(name) = error
            && let Some(key) = self.inner.reads.get(name.as_str())
        {
            return format!(
                "`{key}` is absent, and the expression does not ask has(resource.{key})"
            );
        }
        if let ExecutionError::NoSuchOverload(overload) = error {
            let function = rewrite::operator(overload.function());
            return format!(
                "{function} cannot be applied to {}",
                overload.argument_types().join(" and ")
            );
        }
        error.to_string()
    }
}

/// As the source declares it; what nobody declares, and what is no attribute, is text.
pub(super) fn value_type(declared: Option<&KindDeclaration>, key: &Key) -> ValueType {
    let Key::Attribute(name) = key else {
        return ValueType::Text;
    };
    declared
        .and_then(|kind| kind.attribute(name))
        .map_or(ValueType::Text, |attribute| attribute.value_type)
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => "a number",
        Value::String(_) => "a text",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
        _ => "something else",
    }
}

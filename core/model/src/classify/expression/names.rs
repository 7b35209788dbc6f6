//! What an expression may call, and how operators are told to people.

/// Functions of the standard environment that rules may use.
pub(super) const FUNCTIONS: [&str; 12] = [
    "bool",
    "contains",
    "double",
    "dyn",
    "endsWith",
    "int",
    "matches",
    "size",
    "startsWith",
    "string",
    "type",
    "uint",
];

/// Operators and what macros are made of.
pub(super) fn is_operator(name: &str) -> bool {
    name.starts_with(['_', '!', '-', '@'])
}

/// Names of types, which an expression may compare with `type(…)`.
pub(super) const TYPES: [&str; 9] = [
    "bool",
    "bytes",
    "double",
    "int",
    "list",
    "map",
    "null_type",
    "string",
    "uint",
];

/// The root of everything that is known of a resource.
pub(super) const ROOT: &str = "resource";

/// Keys that rules have beside attributes: people write them without `resource.` first.
pub(super) const KEYS: [&str; 5] = ["kind", "name", "parent", "id", "tags"];

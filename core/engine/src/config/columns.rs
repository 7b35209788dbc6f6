//! What a table's columns mean: each has the name of a key in TOML, with points between the tables that lead to it. The
//! keys are read off the types' schemas, so that tables have every key that TOML has.

use serde_json::Value;

/// From a row's entry to a value in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    /// A position that the column's name gives.
    Index(usize),
    /// Into a list to which each row may add an element.
    Element,
}

/// How a cell is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CellType {
    Text,
    /// One value or several with `|` between them.
    Several,
    /// The same where one value is a list, too.
    List,
    Decimal,
    /// Of exchange.
    Rate,
    Integer,
    Boolean,
    Date,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) steps: Vec<Step>,
    pub(super) cell_type: CellType,
}

impl Column {
    /// The column of a name, if the schema has such a key.
    pub(super) fn of(schema: &Value, name: &str) -> Option<Self> {
        let segments: Vec<&str> = name.split('.').collect();
        let (steps, cell_type) = walk(schema, schema, &segments)?;
        let cell_type = match segments.last() {
            Some(&("min" | "max")) if segments.len() > 2 => CellType::Decimal,
            Some(&"rate") if segments.len() == 1 && cell_type == CellType::Decimal => {
                CellType::Rate
            }
            // What may hold `|` itself is one value.
            Some(&"regex") if matches!(cell_type, CellType::Several | CellType::List) => {
                CellType::Text
            }
            Some(&"cel") if segments.len() == 2 => CellType::Text,
            _ => cell_type,
        };
        Some(Self { steps, cell_type })
    }
}

/// The names that a schema spells out: for near misses.
pub(super) fn names(schema: &Value) -> Vec<String> {
    let mut names = Vec::new();
    collect(schema, schema, "", 0, &mut names);
    names.sort();
    names.dedup();
    names
}

const DEPTH_MAX: usize = 6;

fn collect(root: &Value, schema: &Value, prefix: &str, depth: usize, names: &mut Vec<String>) {
    if depth > DEPTH_MAX {
        return;
    }
    let schema = dereferenced(root, schema);
    if leaf(root, schema).is_some() && !prefix.is_empty() {
        names.push(prefix.to_owned());
    }
    for alternative in alternatives(root, schema) {
        if let Some(items) = alternative.get("items").filter(|_| !prefix.is_empty()) {
            collect(root, items, prefix, depth + 1, names);
        }
        let properties = alternative.get("properties").and_then(Value::as_object);
        for (key, inner) in properties.into_iter().flatten() {
            let name = if prefix.is_empty() {
                key.clone()
            } else {
                format!("{prefix}.{key}")
            };
            collect(root, inner, &name, depth + 1, names);
        }
    }
}

fn walk(root: &Value, schema: &Value, segments: &[&str]) -> Option<(Vec<Step>, CellType)> {
    let schema = dereferenced(root, schema);
    let Some((first, rest)) = segments.split_first() else {
        return leaf(root, schema).map(|cell_type| (Vec::new(), cell_type));
    };
    let below = |step: Step, inner: &Value, rest: &[&str]| {
        let (mut steps, cell_type) = walk(root, inner, rest)?;
        steps.insert(0, step);
        Some((steps, cell_type))
    };
    alternatives(root, schema).into_iter().find_map(|schema| {
        if let Some(items) = schema.get("items") {
            let position = first.parse::<usize>().ok().filter(|number| *number > 0);
            return match position {
                Some(number) => below(Step::Index(number - 1), items, rest),
                None => below(Step::Element, items, segments),
            };
        }
        let key = |key: &str| Step::Key(key.to_owned());
        if let Some(inner) = schema.get("properties").and_then(|all| all.get(*first)) {
            return below(key(first), inner, rest);
        }
        // Keys that people choose may have points: `when.tags.env`, `when.ram_gb.min`.
        let inner = schema
            .get("additionalProperties")
            .filter(|inner| inner.is_object())?;
        let whole = || below(key(&segments.join(".")), inner, &[]);
        let (last, before) = segments.split_last()?;
        if before.is_empty() {
            return whole();
        }
        below(key(&before.join(".")), inner, &[last]).or_else(whole)
    })
}

fn dereferenced<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    while let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let Some(found) = name.strip_prefix('#').and_then(|path| root.pointer(path)) else {
            return schema;
        };
        schema = found;
    }
    schema
}

/// The forms that a value may have, without `null`.
fn alternatives<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let any_of = schema.get("anyOf").or_else(|| schema.get("oneOf"));
    let Some(any_of) = any_of.and_then(Value::as_array) else {
        return vec![schema];
    };
    any_of
        .iter()
        .flat_map(|one| alternatives(root, dereferenced(root, one)))
        .filter(|one| one.get("type").is_none_or(|name| name != "null"))
        .collect()
}

fn leaf(root: &Value, schema: &Value) -> Option<CellType> {
    let forms = alternatives(root, schema);
    let names = |form: &Value| -> Vec<String> {
        match form.get("type") {
            Some(Value::String(name)) => vec![name.clone()],
            Some(Value::Array(names)) => names
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        }
    };
    if forms
        .iter()
        .any(|form| form.get("format").is_some_and(|format| format == "date"))
    {
        return Some(CellType::Date);
    }
    let of_array = forms
        .iter()
        .find(|form| names(form).iter().any(|name| name == "array"));
    let types: Vec<String> = forms.iter().flat_map(|form| names(form)).collect();
    let has = |name: &str| types.iter().any(|known| known == name);
    let is_plain_list = of_array.is_some_and(|form| {
        let items = form.get("items").map(|items| dereferenced(root, items));
        items.is_some_and(|items| names(items).iter().any(|name| name == "string"))
    });
    match (
        has("string"),
        has("integer") || has("number"),
        has("boolean"),
    ) {
        (false, _, _) if is_plain_list => Some(CellType::List),
        _ if is_plain_list => Some(CellType::Several),
        (true, true, false) => Some(CellType::Decimal),
        (true, _, _) => Some(CellType::Text),
        (false, true, _) => Some(CellType::Integer),
        (false, false, true) => Some(CellType::Boolean),
        // A closed list of words has no type of its own.
        (false, false, false)
            if forms
                .iter()
                .all(|form| form.get("const").is_some() || form.get("enum").is_some()) =>
        {
            Some(CellType::Text)
        }
        (false, false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use counterfoil_model::classify::{AccountConfig, RuleConfig};
    use counterfoil_model::price::ItemConfig;
    use schemars::schema_for;

    use super::*;

    fn column(schema: &schemars::Schema, name: &str) -> Option<(String, CellType)> {
        let column = Column::of(schema.as_value(), name)?;
        let steps = column.steps.iter().map(|step| match step {
            Step::Key(key) => format!("/{key}"),
            Step::Index(index) => format!("/{index}"),
            Step::Element => "/+".to_owned(),
        });
        Some((steps.collect(), column.cell_type))
    }

    #[test]
    fn columns_are_the_keys_of_the_types() {
        let rule = |name: &str| column(&schema_for!(RuleConfig), name);
        let found = |steps: &str, cell_type| Some((steps.to_owned(), cell_type));
        assert_eq!(rule("from"), found("/from", CellType::Date));
        assert_eq!(rule("when.kind"), found("/when/kind", CellType::Several));
        assert_eq!(
            rule("when.tags.env"),
            found("/when/tags.env", CellType::Several)
        );
        assert_eq!(
            rule("when.ram_gb.min"),
            found("/when/ram_gb/min", CellType::Decimal)
        );
        assert_eq!(
            rule("when.name.regex"),
            found("/when/name/regex", CellType::Text)
        );
        assert_eq!(
            rule("when.owner.present"),
            found("/when/owner/present", CellType::Boolean)
        );
        assert_eq!(rule("when.cel"), found("/when/cel", CellType::Text));
        assert_eq!(rule("set.customer"), found("/set/customer", CellType::Text));
        assert_eq!(
            rule("set.customer.from"),
            found("/set/customer/from", CellType::Text)
        );
        assert_eq!(
            rule("set.owners.share"),
            found("/set/owners/+/share", CellType::Text)
        );
        assert_eq!(
            rule("set.owners.2.share"),
            found("/set/owners/1/share", CellType::Text)
        );
        assert_eq!(
            rule("set.non_billable.until"),
            found("/set/non_billable/until", CellType::Date)
        );
        assert_eq!(rule("set.custmer"), None);
        assert_eq!(rule("place"), None);
        let account = |name: &str| column(&schema_for!(AccountConfig), name);
        assert_eq!(
            account("payment_terms_days"),
            found("/payment_terms_days", CellType::Integer)
        );
        assert_eq!(
            account("agreement.from"),
            found("/agreement/+/from", CellType::Date)
        );
        assert_eq!(account("remote.erp"), found("/remote/erp", CellType::Text));
        let item = |name: &str| column(&schema_for!(ItemConfig), name);
        assert_eq!(item("kind"), found("/kind", CellType::Several));
        assert_eq!(item("dimensions"), found("/dimensions", CellType::List));
        assert_eq!(
            item("price.amount"),
            found("/price/+/amount", CellType::Decimal)
        );
        assert_eq!(
            item("price.tiers.up_to"),
            found("/price/+/tiers/+/up_to", CellType::Decimal)
        );
        assert_eq!(
            item("meter.optional"),
            found("/meter/optional", CellType::Boolean)
        );
        assert_eq!(
            item("meter.count"),
            found("/meter/count", CellType::Integer)
        );
    }

    #[test]
    fn names_for_near_misses_are_spelled_out() {
        let schema = schema_for!(ItemConfig);
        let names = names(schema.as_value());
        for name in ["name", "price.currency", "price.tiers.up_to", "meter.gauge"] {
            assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
        }
    }
}

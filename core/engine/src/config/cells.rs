//! Reads one cell of a table as the value that its column asks for.

use serde_json::Value;

use super::columns::CellType;
use super::table::{Cell, DecimalMark, decimal, rate};

/// The value, nothing where the cell is blank, or what is wrong and what helps.
pub(super) fn read_cell(
    cell: &Cell,
    cell_type: CellType,
    mark: Option<DecimalMark>,
) -> Result<Option<Value>, (String, &'static str)> {
    let text = match cell {
        Cell::Empty => return Ok(None),
        Cell::Error(error) => {
            let message = format!("the cell holds the error {error}");
            return Err((message, "mend the formula, or leave the cell blank"));
        }
        Cell::Text(_) | Cell::Number(_) | Cell::Boolean(_) | Cell::Moment(_) => cell.shown(),
    };
    let value = match cell_type {
        CellType::Several => match several(text)?.as_slice() {
            [one] => Value::String((*one).to_owned()),
            many => Value::from(many.to_vec()),
        },
        CellType::List => Value::from(several(text)?),
        CellType::Decimal | CellType::Rate => Value::String(match (cell, cell_type) {
            (Cell::Number(digits), _) => digits.clone(),
            (_, CellType::Rate) => rate(text, mark)?,
            (_, _) => decimal(text, mark)?,
        }),
        CellType::Integer => match text.parse::<i64>() {
            Ok(number) => Value::from(number),
            Err(_) => return Err((format!("`{text}` is no whole number"), "digits, such as 30")),
        },
        CellType::Boolean => Value::Bool(truth(text)?),
        // Another way of writing a date is told with the other mistakes of the rules.
        CellType::Text | CellType::Date => Value::String(text.to_owned()),
    };
    Ok(Some(value))
}

fn several(text: &str) -> Result<Vec<&str>, (String, &'static str)> {
    let parts: Vec<&str> = text.split('|').map(str::trim).collect();
    if parts.iter().any(|part| part.is_empty()) {
        let message = format!("`{text}` has an empty value between its `|`");
        return Err((message, "several values stand as: prod1 | prod2"));
    }
    Ok(parts)
}

fn truth(text: &str) -> Result<bool, (String, &'static str)> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err((
            format!("`{text}` is neither true nor false"),
            "true, false, yes or no",
        )),
    }
}

//! Cells of each type, read as each type of value.

use super::*;
use crate::number::DecimalMark;
use jiff::civil::date as day;

fn notation() -> Notation {
    Notation {
        style: NumberStyle::Marked(DecimalMark::Comma),
        date_order: DateOrder::Year,
        timezone: TimeZone::get("Europe/Stockholm").unwrap(),
    }
}

fn read(cell: CellRef<'_>, value_type: ValueType) -> Result<String, ValueError> {
    canonical(cell, value_type, &notation()).map(Option::unwrap)
}

fn text(text: &str, value_type: ValueType) -> Result<String, ValueError> {
    read(CellRef::Text(text), value_type)
}

#[test]
fn numbers_of_a_workbook_need_no_mark() {
    let cell = CellRef::Number("12.5");
    assert_eq!(read(cell, ValueType::Decimal).as_deref(), Ok("12.5"));
    assert_eq!(read(cell, ValueType::Integer), Err(ValueError::Fraction));
    assert_eq!(read(cell, ValueType::Text).as_deref(), Ok("12.5"));
    assert_eq!(text("12,0", ValueType::Integer).as_deref(), Ok("12"));
}

#[test]
fn dates_in_their_ways_of_writing() {
    for written in [
        "2026-03-05",
        "2026/3/5",
        "20260305",
        "5.3.2026",
        "2026-03-05T10:00:00",
    ] {
        assert_eq!(
            text(written, ValueType::Date).as_deref(),
            Ok("2026-03-05"),
            "{written}"
        );
    }
    assert_eq!(
        text("5/3/2026", ValueType::Date),
        Err(ValueError::DateOrder)
    );
    assert_eq!(text("2026-02-30", ValueType::Date), Err(ValueError::Date));
    let month_first = Notation {
        date_order: DateOrder::Month,
        ..notation()
    };
    let read = canonical(CellRef::Text("5/3/2026"), ValueType::Date, &month_first);
    assert_eq!(read, Ok(Some("2026-05-03".to_owned())));
}

#[test]
fn times_without_a_zone_are_local() {
    for (written, expected) in [
        ("2026-03-05T12:00:00+01:00", "2026-03-05T11:00:00Z"),
        ("2026-03-05T12:00:00.75Z", "2026-03-05T12:00:00Z"),
        ("2026-03-05 12:00", "2026-03-05T11:00:00Z"),
        ("2026-07-05 12:00:00", "2026-07-05T10:00:00Z"),
        ("5.7.2026 12:00", "2026-07-05T10:00:00Z"),
        ("2026-07-05", "2026-07-04T22:00:00Z"),
    ] {
        assert_eq!(
            text(written, ValueType::Timestamp).as_deref(),
            Ok(expected),
            "{written}"
        );
    }
    let cell = CellRef::Moment(day(2026, 3, 5).at(12, 0, 0, 0));
    assert_eq!(
        read(cell, ValueType::Timestamp).as_deref(),
        Ok("2026-03-05T11:00:00Z")
    );
    assert_eq!(
        text("noon", ValueType::Timestamp),
        Err(ValueError::Timestamp)
    );
}

#[test]
fn yes_and_no_in_their_languages() {
    for word in ["TRUE", "Ja", "1", "wahr"] {
        assert_eq!(
            text(word, ValueType::Boolean).as_deref(),
            Ok("true"),
            "{word}"
        );
    }
    assert_eq!(text("nej", ValueType::Boolean).as_deref(), Ok("false"));
    assert_eq!(text("maybe", ValueType::Boolean), Err(ValueError::Boolean));
}

#[test]
fn what_is_no_value_says_why() {
    assert_eq!(
        read(CellRef::Error("#N/A"), ValueType::Text),
        Err(ValueError::Error)
    );
    assert_eq!(
        text("Malm\u{fffd}", ValueType::Text),
        Err(ValueError::Undecodable)
    );
    let cell = CellRef::Moment(day(2026, 3, 5).at(0, 0, 0, 0));
    assert_eq!(
        read(cell, ValueType::Decimal),
        Err(ValueError::DateForNumber)
    );
    assert_eq!(read(cell, ValueType::Text).as_deref(), Ok("2026-03-05"));
    assert_eq!(
        canonical(CellRef::Empty, ValueType::Integer, &notation()),
        Ok(None)
    );
}

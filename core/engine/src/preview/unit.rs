//! Names of the units that a price book uses most: UN/ECE Recommendation 20, "Codes for units of measure used in
//! international trade". A code that is not here is shown as it is.

use super::Language;

/// Code, and its name in English, Swedish and German.
const NAMES: [(&str, [&str; 3]); 24] = [
    ("2P", ["kilobyte", "kilobyte", "Kilobyte"]),
    ("4L", ["megabyte", "megabyte", "Megabyte"]),
    ("AD", ["byte", "byte", "Byte"]),
    ("ANN", ["year", "år", "Jahr"]),
    ("C62", ["each", "st", "Stück"]),
    ("DAY", ["day", "dygn", "Tag"]),
    ("E34", ["gigabyte", "gigabyte", "Gigabyte"]),
    ("E35", ["terabyte", "terabyte", "Terabyte"]),
    ("E36", ["petabyte", "petabyte", "Petabyte"]),
    ("E48", ["service unit", "tjänst", "Leistungseinheit"]),
    ("E61", ["tebibyte", "tebibyte", "Tebibyte"]),
    ("E62", ["gibibyte", "gibibyte", "Gibibyte"]),
    ("E63", ["mebibyte", "mebibyte", "Mebibyte"]),
    ("H87", ["piece", "st", "Stück"]),
    ("HUR", ["hour", "timme", "Stunde"]),
    ("KWH", ["kilowatt hour", "kilowattimme", "Kilowattstunde"]),
    ("KWT", ["kilowatt", "kilowatt", "Kilowatt"]),
    ("LS", ["lump sum", "klumpsumma", "Pauschale"]),
    ("MIN", ["minute", "minut", "Minute"]),
    ("MON", ["month", "månad", "Monat"]),
    ("MTK", ["square metre", "kvadratmeter", "Quadratmeter"]),
    ("SEC", ["second", "sekund", "Sekunde"]),
    ("WEE", ["week", "vecka", "Woche"]),
    ("WTT", ["watt", "watt", "Watt"]),
];

pub(super) fn name(code: &str, language: Language) -> Option<&'static str> {
    let (_, names) = NAMES.iter().find(|(known, _)| *known == code)?;
    Some(match language {
        Language::En | Language::Iso => names[0],
        Language::Sv => names[1],
        Language::De => names[2],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_an_unknown_one_has_no_name() {
        for (index, (code, _)) in NAMES.iter().enumerate() {
            assert!(
                NAMES[..index].iter().all(|(other, _)| other < code),
                "{code}"
            );
        }
        assert_eq!(name("C62", Language::De), Some("Stück"));
        assert_eq!(name("XYZ", Language::En), None);
    }
}

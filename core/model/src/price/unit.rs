//! The units of measure that a price item may have: the part of UN/ECE Recommendation 20 that a datacenter meets.

use crate::decimal::Rational;

/// A unit with its code, the name that Recommendation 20 gives it, and what people call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    pub code: &'static str,
    pub name: &'static str,
    words: &'static [&'static str],
}

const fn row(code: &'static str, name: &'static str, words: &'static [&'static str]) -> Unit {
    Unit { code, name, words }
}

/// Decimal and binary units are different ones: a gigabyte is 10^9 bytes, a gibibyte 2^30 (rule R15).
const UNITS: &[Unit] = &[
    row("C62", "one", &["unit", "units", "1", "vcpu", "core"]),
    row("H87", "piece", &["pcs", "pieces"]),
    row("EA", "each", &[]),
    row("CEN", "hundred", &[]),
    row("MIL", "thousand", &[]),
    row("SET", "set", &[]),
    row("PR", "pair", &[]),
    row("IE", "person", &["user", "users", "seat"]),
    row("EB", "electronic mail box", &["mailbox"]),
    row("E48", "service unit", &["service"]),
    row("E50", "accounting unit", &[]),
    row("E51", "job", &[]),
    row("E55", "use", &[]),
    row("C0", "call", &["request"]),
    row("LS", "lump sum", &["flat"]),
    row("P1", "percent", &["%"]),
    row("H80", "rack unit", &["u", "ru"]),
    row("SEC", "second", &["s", "seconds"]),
    row("MIN", "minute", &["minutes"]),
    row("HUR", "hour", &["h", "hours"]),
    row("DAY", "day", &["days", "d"]),
    row("E49", "working day", &[]),
    row("WEE", "week", &["weeks"]),
    row("MON", "month", &["months"]),
    row("ANN", "year", &["years"]),
    row("AD", "byte", &["b", "bytes"]),
    row("2P", "kilobyte", &["kb"]),
    row("4L", "megabyte", &["mb"]),
    row("E34", "gigabyte", &["gb"]),
    row("E35", "terabyte", &["tb"]),
    row("E36", "petabyte", &["pb"]),
    row("E64", "kibibyte", &["kib"]),
    row("E63", "mebibyte", &["mib"]),
    row("E62", "gibibyte", &["gib"]),
    row("E61", "tebibyte", &["tib"]),
    row("E60", "pebibyte", &["pib"]),
    row("A99", "bit", &[]),
    row("C37", "kilobit", &["kbit"]),
    row("D36", "megabit", &["mbit"]),
    row("B68", "gigabit", &["gbit"]),
    row("E83", "terabit", &["tbit"]),
    row("B10", "bit per second", &["bit/s", "bps"]),
    row("C74", "kilobit per second", &["kbit/s", "kbps"]),
    row("E20", "megabit per second", &["mbit/s", "mbps"]),
    row("B80", "gigabit per second", &["gbit/s", "gbps"]),
    row("E84", "terabit per second", &["tbit/s", "tbps"]),
    row("P93", "byte per second", &["b/s"]),
    row("P94", "kilobyte per second", &["kb/s"]),
    row("P95", "megabyte per second", &["mb/s"]),
    row("E68", "gigabyte per second", &["gb/s"]),
    row("WTT", "watt", &["w"]),
    row("KWT", "kilowatt", &["kw"]),
    row("WHR", "watt hour", &["wh"]),
    row("KWH", "kilowatt hour", &["kwh"]),
    row("MWH", "megawatt hour (1000 kW.h)", &["mwh"]),
    row("KVA", "kilovolt - ampere", &["kva"]),
    row("AMP", "ampere", &["a"]),
    row("VLT", "volt", &["v"]),
    row("HTZ", "hertz", &["hz"]),
    row("MHZ", "megahertz", &["mhz"]),
    row("A86", "gigahertz", &["ghz"]),
    row("MTR", "metre", &["m"]),
    row("KMT", "kilometre", &["km"]),
    row("MTK", "square metre", &["m2"]),
    row("MTQ", "cubic metre", &["m3"]),
    row("LTR", "litre", &["l"]),
    row("KGM", "kilogram", &["kg"]),
];

/// What a unit is so many of, exactly: (code, what it measures, numerator, denominator).
const SIZES: &[(&str, Measure, u64, u64)] = &[
    ("A99", Measure::Bytes, 1, 8),
    ("C37", Measure::Bytes, 1_000, 8),
    ("D36", Measure::Bytes, 1_000_000, 8),
    ("B68", Measure::Bytes, 1_000_000_000, 8),
    ("E83", Measure::Bytes, 1_000_000_000_000, 8),
    ("AD", Measure::Bytes, 1, 1),
    ("2P", Measure::Bytes, 1_000, 1),
    ("4L", Measure::Bytes, 1_000_000, 1),
    ("E34", Measure::Bytes, 1_000_000_000, 1),
    ("E35", Measure::Bytes, 1_000_000_000_000, 1),
    ("E36", Measure::Bytes, 1_000_000_000_000_000, 1),
    ("E64", Measure::Bytes, 1 << 10, 1),
    ("E63", Measure::Bytes, 1 << 20, 1),
    ("E62", Measure::Bytes, 1 << 30, 1),
    ("E61", Measure::Bytes, 1 << 40, 1),
    ("E60", Measure::Bytes, 1 << 50, 1),
    ("B10", Measure::BytesPerSecond, 1, 8),
    ("C74", Measure::BytesPerSecond, 1_000, 8),
    ("E20", Measure::BytesPerSecond, 1_000_000, 8),
    ("B80", Measure::BytesPerSecond, 1_000_000_000, 8),
    ("E84", Measure::BytesPerSecond, 1_000_000_000_000, 8),
    ("P93", Measure::BytesPerSecond, 1, 1),
    ("P94", Measure::BytesPerSecond, 1_000, 1),
    ("P95", Measure::BytesPerSecond, 1_000_000, 1),
    ("E68", Measure::BytesPerSecond, 1_000_000_000, 1),
    ("SEC", Measure::Seconds, 1, 1),
    ("MIN", Measure::Seconds, 60, 1),
    ("HUR", Measure::Seconds, 3_600, 1),
    ("WTT", Measure::Watts, 1, 1),
    ("KWT", Measure::Watts, 1_000, 1),
    ("WHR", Measure::WattHours, 1, 1),
    ("KWH", Measure::WattHours, 1_000, 1),
    ("MWH", Measure::WattHours, 1_000_000, 1),
    ("HTZ", Measure::Hertz, 1, 1),
    ("MHZ", Measure::Hertz, 1_000_000, 1),
    ("A86", Measure::Hertz, 1_000_000_000, 1),
    ("MTR", Measure::Metres, 1, 1),
    ("KMT", Measure::Metres, 1_000, 1),
    ("C62", Measure::Pieces, 1, 1),
    ("H87", Measure::Pieces, 1, 1),
    ("EA", Measure::Pieces, 1, 1),
    ("CEN", Measure::Pieces, 100, 1),
    ("MIL", Measure::Pieces, 1_000, 1),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Bytes,
    BytesPerSecond,
    Seconds,
    Watts,
    WattHours,
    Hertz,
    Metres,
    Pieces,
}

/// What is called alike, in powers of 1000 and of 1024.
const BINARY: [(&str, &str); 5] = [
    ("2P", "E64"),
    ("4L", "E63"),
    ("E34", "E62"),
    ("E35", "E61"),
    ("E36", "E60"),
];

impl Unit {
    /// The binary unit that a decimal one is mistaken for: the gibibyte of the gigabyte.
    pub(super) fn binary(&self) -> Option<&'static Self> {
        let (_, binary) = BINARY.iter().find(|(decimal, _)| *decimal == self.code)?;
        unit(binary)
    }

    /// How many of another unit one of this one is. `None` where they do not measure the same: days, months and years have
    /// no fixed length.
    pub fn in_units_of(&self, other: &Self) -> Option<Rational> {
        let size = |unit: &Self| {
            let row = SIZES.iter().find(|(code, ..)| *code == unit.code);
            row.map(|(_, measure, over, under)| {
                (*measure, Rational::new((*over).into(), (*under).into()))
            })
        };
        let ((measure, own), (others, one)) = (size(self)?, size(other)?);
        (measure == others).then(|| own / one)
    }
}

/// The unit with this code.
pub fn unit(code: &str) -> Option<&'static Unit> {
    UNITS.iter().find(|unit| unit.code == code)
}

/// The unit that a person may have meant by something that is no code.
pub(super) fn meant_by(text: &str) -> Option<&'static Unit> {
    let text = text.to_lowercase();
    UNITS.iter().find(|unit| {
        unit.name == text || unit.code.to_lowercase() == text || unit.words.contains(&text.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_and_binary_units_are_converted_exactly() {
        let of = |one: &str, other: &str| {
            let factor = unit(one).unwrap().in_units_of(unit(other).unwrap());
            factor.map(|factor| factor.to_string())
        };
        assert_eq!(of("E62", "E34").unwrap(), "2097152/1953125");
        assert_eq!(of("E34", "E34").unwrap(), "1");
        assert_eq!(of("E20", "P95").unwrap(), "1/8");
        assert_eq!(of("MIN", "HUR").unwrap(), "1/60");
        assert_eq!(of("E34", "HUR"), None);
        assert_eq!(of("MON", "DAY"), None);
    }

    #[test]
    fn every_size_is_that_of_a_unit() {
        for (code, ..) in SIZES {
            assert!(unit(code).is_some(), "{code}");
        }
    }
}

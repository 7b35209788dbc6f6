//! The units of measure that a price item may have: the part of UN/ECE Recommendation 20 that a datacenter meets.

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

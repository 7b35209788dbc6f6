//! Turns the bytes of a text file into text, finding out the encoding where it is not told.
//! Knows nothing of rows.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How many bytes are looked at to tell UTF-16 without a byte order mark.
const SNIFFED_BYTES: usize = 4096;

/// The encoding of a file, as settings give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EncodingChoice {
    Auto,
    Fixed(&'static Encoding),
}

impl EncodingChoice {
    /// "auto", or a label of the WHATWG Encoding Standard: "utf-8", "windows-1252", "iso-8859-1", "utf-16le".
    pub(crate) fn new(label: &str) -> Option<Self> {
        if label == "auto" {
            return Some(Self::Auto);
        }
        Encoding::for_label(label.as_bytes()).map(Self::Fixed)
    }
}

/// A byte order mark always wins. Bytes that the encoding does not have become U+FFFD.
pub(crate) fn decode(bytes: Vec<u8>, choice: EncodingChoice) -> String {
    if let Some((encoding, length)) = Encoding::for_bom(&bytes) {
        return encoding
            .decode_without_bom_handling(&bytes[length..])
            .0
            .into_owned();
    }
    let encoding = match choice {
        EncodingChoice::Auto => sniff(&bytes),
        EncodingChoice::Fixed(encoding) => encoding,
    };
    if encoding == UTF_8 {
        // Valid UTF-8 is taken over without a copy.
        return String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    }
    encoding.decode_without_bom_handling(&bytes).0.into_owned()
}

/// Where the text begins in the first bytes of a file, if it may be UTF-8 all through. Whether it is, its bytes tell.
pub(crate) fn utf8_start(first: &[u8], choice: EncodingChoice) -> Option<usize> {
    if let Some((encoding, length)) = Encoding::for_bom(first) {
        return (encoding == UTF_8).then_some(length);
    }
    let may_be = match choice {
        EncodingChoice::Auto => sniff_utf16(&first[..first.len().min(SNIFFED_BYTES)]).is_none(),
        EncodingChoice::Fixed(encoding) => encoding == UTF_8,
    };
    may_be.then_some(0)
}

fn sniff(bytes: &[u8]) -> &'static Encoding {
    if let Some(encoding) = sniff_utf16(&bytes[..bytes.len().min(SNIFFED_BYTES)]) {
        return encoding;
    }
    let mut faults = 0_usize;
    let mut sequences = 0_usize;
    let mut read = 0_usize;
    for chunk in bytes.utf8_chunks() {
        read += chunk.valid().len() + chunk.invalid().len();
        sequences += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        // A character that is cut off at the end of a half-written file does not make it Latin-1.
        let cut_off = read == bytes.len()
            && std::str::from_utf8(chunk.invalid()).is_err_and(|error| error.error_len().is_none());
        if !chunk.invalid().is_empty() && !cut_off {
            faults += 1;
        }
    }
    // Latin-1 text hardly ever has valid UTF-8 sequences by chance: where they outnumber the faults, the faults are
    // damage, and their rows are reported as broken.
    if faults > sequences {
        WINDOWS_1252
    } else {
        UTF_8
    }
}

/// Text of Latin letters has a zero in every other byte when it is UTF-16.
fn sniff_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let zeros = |offset: usize| {
        let every_other = bytes.iter().skip(offset).step_by(2);
        every_other.filter(|byte| **byte == 0).count()
    };
    let (first, second) = (zeros(0), zeros(1));
    let enough = bytes.len() / 4;
    if enough == 0 || first.max(second) <= enough {
        return None;
    }
    Some(if second > first { UTF_16LE } else { UTF_16BE })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "id;name\n1;Malmö\n2;Göteborg é\n";

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        let units = text.encode_utf16();
        units
            .flat_map(|unit| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            })
            .collect()
    }

    #[test]
    fn finds_out_the_encoding() {
        let latin = WINDOWS_1252.encode(TEXT).0.into_owned();
        let mut with_bom = vec![0xEF, 0xBB, 0xBF];
        with_bom.extend_from_slice(TEXT.as_bytes());
        let mut utf16_bom = vec![0xFF, 0xFE];
        utf16_bom.extend(utf16(TEXT, true));
        for bytes in [
            TEXT.as_bytes().to_vec(),
            latin,
            with_bom,
            utf16_bom,
            utf16(TEXT, true),
            utf16(TEXT, false),
        ] {
            assert_eq!(decode(bytes, EncodingChoice::Auto), TEXT);
        }
    }

    #[test]
    fn a_cut_character_does_not_make_it_latin() {
        let mut bytes = "id;name\n1;Malm".as_bytes().to_vec();
        bytes.push("ö".as_bytes()[0]);
        assert!(decode(bytes, EncodingChoice::Auto).ends_with("Malm\u{FFFD}"));
    }

    #[test]
    fn one_damaged_row_does_not_spoil_the_others() {
        let mut bytes = "1;Malmö\n2;Göteborg\n3;".as_bytes().to_vec();
        bytes.extend_from_slice(&[0xE9, b'\n']);
        assert_eq!(
            decode(bytes, EncodingChoice::Auto),
            "1;Malmö\n2;Göteborg\n3;\u{FFFD}\n"
        );
    }

    #[test]
    fn a_given_encoding_is_used() {
        let choice = EncodingChoice::new("iso-8859-1").unwrap();
        assert_eq!(decode(vec![b'a', 0xF6], choice), "aö");
        assert_eq!(EncodingChoice::new("klingon"), None);
    }
}

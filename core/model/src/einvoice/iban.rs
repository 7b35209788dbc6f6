//! The numbers of bank accounts (ISO 13616).

/// A country, two digits that check, and the account: 15 to 34 letters and digits, in groups or not, of which 1 is left modulo 97
/// when the first four stand last and letters count from 10.
pub fn is_iban(text: &str) -> bool {
    let text: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    let is_country = |country: &[u8]| country.iter().all(u8::is_ascii_uppercase);
    let is_checked = |digits: &[u8]| digits.iter().all(u8::is_ascii_digit);
    if !(15..=34).contains(&text.len()) || !is_country(&text[..2]) || !is_checked(&text[2..4]) {
        return false;
    }
    let turned = text[4..].iter().chain(&text[..4]);
    let left = turned.copied().try_fold(0_u32, |left, byte| {
        let value = char::from(byte).to_digit(36);
        let value = value.filter(|_| !byte.is_ascii_lowercase())?;
        let shift = if value < 10 { 10 } else { 100 };
        Some((left * shift + value) % 97)
    });
    left == Some(1)
}

/// As machines read it: without the groups that people write (BT-84).
pub(super) fn electronic(iban: &str) -> String {
    let letters = iban.chars().filter(|letter| !letter.is_whitespace());
    letters.map(|letter| letter.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::is_iban;

    #[test]
    fn one_mistyped_or_exchanged_digit_is_found() {
        for good in [
            "SE4550000000058398257466",
            "SE45 5000 0000 0583 9825 7466",
            "GB82WEST12345698765432",
            "DE89370400440532013000",
            "NO9386011117947",
            "MT84MALT011000012345MTLCAST001S",
        ] {
            assert!(is_iban(good), "{good}");
        }
        for bad in [
            "",
            "SE4550000000058398257467",
            "SE4550000000053898257466",
            "SE45500000000583982574660",
            "4550000000058398257466SE",
            "se4550000000058398257466",
            "GB82west12345698765432",
            "GB82WEST1234569876543é",
            "SE45",
        ] {
            assert!(!is_iban(bad), "{bad}");
        }
    }
}

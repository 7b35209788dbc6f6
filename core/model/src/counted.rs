//! How many of something, in words for people.

use std::fmt::Display;

/// "1 listing", "2 listings".
pub fn counted<C: Count>(count: C, thing: &str) -> String {
    counted_as(count, thing, &format!("{thing}s"))
}

/// "1 delivery", "2 deliveries".
pub fn counted_as<C: Count>(count: C, one: &str, several: &str) -> String {
    let is_one = count == C::from(1);
    format!("{count} {}", if is_one { one } else { several })
}

/// A whole number of any size.
pub trait Count: Copy + Display + PartialEq + From<u8> {}

impl<C: Copy + Display + PartialEq + From<u8>> Count for C {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_no_more_than_one() {
        let things = [0_u64, 1, 2].map(|count| counted(count, "listing"));
        assert_eq!(things, ["0 listings", "1 listing", "2 listings"]);
        assert_eq!(
            counted_as(2_usize, "delivery", "deliveries"),
            "2 deliveries"
        );
    }
}

//! How many of something, in words for people.

/// "1 listing", "2 listings".
pub fn counted(count: usize, thing: &str) -> String {
    counted_as(count, thing, &format!("{thing}s"))
}

/// "1 delivery", "2 deliveries".
pub fn counted_as(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_no_more_than_one() {
        let things = [0, 1, 2].map(|count| counted(count, "listing"));
        assert_eq!(things, ["0 listings", "1 listing", "2 listings"]);
        assert_eq!(counted_as(2, "delivery", "deliveries"), "2 deliveries");
    }
}

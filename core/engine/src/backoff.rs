//! How long something that failed is left alone: longer each time, bounded, and not the same for all.

use counterfoil_model::digest::Digest;
use counterfoil_model::time::Instant;

const FIRST_SECS: i64 = 60;
/// A source that comes back is not missed for longer than this.
const LONGEST_SECS: i64 = 3600;
/// So many parts of a hundred are taken off at most.
const JITTER_PERCENT: i64 = 25;

/// When it is tried again after so many failures in a row. What fails together does not come back together: up to a
/// quarter is taken off, by the name and the number, so that a replay waits the same.
pub(crate) fn retry_at(name: &str, failures: u32, now: Instant) -> Instant {
    let doublings = failures.saturating_sub(1).min(16);
    let whole = (FIRST_SECS << doublings).min(LONGEST_SECS);
    let digest = Digest::of_json(&(name, failures)).to_string();
    let drawn = i64::from_str_radix(&digest[..6], 16).unwrap_or_default();
    let taken_off = whole * (drawn % (JITTER_PERCENT + 1)) / 100;
    Instant::from_seconds(now.seconds().saturating_add(whole - taken_off)).unwrap_or(now)
}

/// Is it not to be tried yet? A clock that was set back does not make the wait longer than it can be.
pub(crate) fn is_left_alone(retry_at: Instant, now: Instant) -> bool {
    let longest = now.seconds().saturating_add(LONGEST_SECS);
    retry_at > now && retry_at.seconds() <= longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(name: &str) -> Vec<i64> {
        let now: Instant = "2026-03-01T00:00:00Z".parse().unwrap();
        (1..=40)
            .map(|failures| retry_at(name, failures, now).seconds() - now.seconds())
            .collect()
    }

    #[test]
    fn it_doubles_up_to_an_hour_and_takes_off_a_quarter_at_most() {
        for (index, wait) in waits("netbox").into_iter().enumerate() {
            let whole = (60_i64 << index.min(16)).min(3600);
            assert!((whole * 3 / 4..=whole).contains(&wait), "{index}: {wait}");
        }
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_lengthen_the_wait() {
        let now: Instant = "2026-03-01T00:00:00Z".parse().unwrap();
        let at = |seconds: i64| Instant::from_seconds(now.seconds() + seconds).unwrap();
        assert!(is_left_alone(at(60), now) && is_left_alone(at(LONGEST_SECS), now));
        assert!(!is_left_alone(at(0), now) && !is_left_alone(at(LONGEST_SECS + 1), now));
    }

    #[test]
    fn it_is_the_same_each_time_and_another_for_another_name() {
        assert_eq!(waits("netbox"), waits("netbox"));
        assert_ne!(waits("netbox"), waits("vcenter"));
    }
}

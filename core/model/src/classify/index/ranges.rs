//! Rules by the range that they demand of a number: those that hold it are found without trying the others.

use super::RuleNumber;
use crate::classify::condition::Range;
use crate::decimal::Decimal;

/// Sorted by lower bound, under a tree of the greatest upper bounds.
#[derive(Debug)]
pub(super) struct Ranges {
    filed: Vec<(Range, RuleNumber)>,
    /// The root is at 1, the children of n at 2n and 2n + 1, the leaves last.
    reach: Vec<Reach>,
    leaves: usize,
}

/// The greatest upper bound below a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Nothing,
    UpTo(Decimal),
    Unbounded,
}

impl Ranges {
    pub(super) fn new(mut filed: Vec<(Range, RuleNumber)>) -> Self {
        filed.sort_by_key(|(range, number)| (range.min, *number));
        let leaves = filed.len().next_power_of_two();
        let mut reach = vec![Reach::Nothing; 2 * leaves];
        for (index, (range, _)) in filed.iter().enumerate() {
            reach[leaves + index] = range.max.map_or(Reach::Unbounded, Reach::UpTo);
        }
        for node in (1..leaves).rev() {
            reach[node] = reach[2 * node].max(reach[2 * node + 1]);
        }
        Self {
            filed,
            reach,
            leaves,
        }
    }

    pub(super) fn look_up(&self, number: Decimal, candidates: &mut Vec<RuleNumber>) {
        // No lower bound sorts first.
        let begun = self
            .filed
            .partition_point(|(range, _)| range.min.is_none_or(|min| min <= number));
        self.descend(1, 0, self.leaves, begun, number, candidates);
    }

    /// Collects from the leaves below a node, which are `first..first + width`, those before `begun` that reach the number.
    fn descend(
        &self,
        node: usize,
        first: usize,
        width: usize,
        begun: usize,
        number: Decimal,
        candidates: &mut Vec<RuleNumber>,
    ) {
        if first >= begun || self.reach[node] < Reach::UpTo(number) {
            return;
        }
        if width == 1 {
            candidates.push(self.filed[first].1);
            return;
        }
        let half = width / 2;
        self.descend(2 * node, first, half, begun, number, candidates);
        self.descend(2 * node + 1, first + half, half, begun, number, candidates);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn exactly_the_ranges_that_hold_a_number_are_found(
            bounds in prop::collection::vec((prop::option::of(-9..9_i64), prop::option::of(-9..9_i64)), 0..20),
            number in -12..12_i64,
        ) {
            let range = |(min, max): &(Option<i64>, Option<i64>)| Range {
                min: min.map(Decimal::from),
                max: max.map(Decimal::from),
            };
            let ranges: Vec<Range> = bounds.iter().map(range).collect();
            let number = Decimal::from(number);
            let numbered = ranges.iter().copied().enumerate().map(|(index, range)| (range, index));
            let mut found = Vec::new();
            Ranges::new(numbered.collect()).look_up(number, &mut found);
            found.sort_unstable();
            let naive: Vec<usize> = (0..ranges.len()).filter(|index| ranges[*index].contains(number)).collect();
            prop_assert_eq!(found, naive);
        }
    }
}

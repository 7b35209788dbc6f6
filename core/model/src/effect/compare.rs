//! Is what stands at the sink what was sent? Line by line: nets first, then quantities and texts, under the rounding
//! that the sink declares.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::observed::{ObservedDocument, ObservedLine};
use super::state::LookUp;
use super::under::Under;
use crate::counterfoil::Counterfoil;
use crate::decimal::Decimal;
use crate::document::{Delivery, Line};
use crate::money::{Currency, Money, Rounding, round_decimals};
use crate::plan::{Abilities, RemoteState};

/// Fewer digits do not tell contents apart.
const DIGEST_DIGITS_LEAST: usize = 16;

/// What a difference means.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Words or quantities.
    Words,
    Money,
}

/// One difference, in a few words: "line 3 `vCPU gold`: net 120.00 → 95.00".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    pub weight: Weight,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    pub changes: Vec<Change>,
}

impl Comparison {
    pub fn is_same(&self) -> bool {
        self.changes.is_empty()
    }

    pub fn weight(&self) -> Option<Weight> {
        self.changes.iter().map(|change| change.weight).max()
    }

    fn add(&mut self, weight: Weight, text: String) {
        self.changes.push(Change { weight, text });
    }
}

/// What stands under a reference, seen from the delivery that is intended and what was confirmed before.
///
/// A digest that the remote keeps tells contents apart; it does not vouch for lines that were edited afterwards, so
/// that these are compared all the same. What was edited and set back is as it was, whatever its version says.
pub fn look_up(
    delivery: &Delivery,
    older: Option<&Counterfoil>,
    found: &[ObservedDocument],
    abilities: &Abilities,
) -> LookUp {
    let document = match Under::of(found) {
        Under::Nothing => return LookUp::NotFound,
        Under::Void(_) => return LookUp::Void,
        Under::One(document) => document,
        Under::Several => return LookUp::Duplicate,
    };
    let is = |delivery: &Delivery| {
        let digest = document.content_digest.as_ref();
        digest.is_none_or(|digest| is_digest_of(digest, delivery))
            && compare(delivery, document, abilities).is_same()
    };
    let is_posted = document.state == RemoteState::Posted;
    let as_before = if is_posted {
        LookUp::Issued
    } else {
        LookUp::Older
    };
    let (fits_older, fits) = (older.is_some_and(|older| is(&older.delivery)), is(delivery));
    match (fits_older, fits) {
        (true, true) if delivery.post && is_posted => LookUp::Same,
        // Where the remote keeps no digest and both fit, the change is taken as not applied: sending it again does no
        // harm.
        (true, _) => as_before,
        (false, true) if delivery.post && !is_posted => LookUp::Unfinished,
        (false, true) => LookUp::Same,
        (false, false) => match older {
            Some(older) if is_half_replaced(delivery, &older.delivery, document, abilities) => {
                LookUp::Unfinished
            }
            Some(older) if is_untouched(older, document) => as_before,
            Some(_) | None => LookUp::Other,
        },
    }
}

/// A sink may take two steps to replace a draft: what is new stands there, and beside it, as they were sent, lines that
/// are to be removed. A digest that is ours and no other difference tell it from what a person did.
fn is_half_replaced(
    delivery: &Delivery,
    older: &Delivery,
    document: &ObservedDocument,
    abilities: &Abilities,
) -> bool {
    let digest = document.content_digest.as_ref();
    if document.state != RemoteState::Draft
        || !digest.is_some_and(|digest| is_digest_of(digest, delivery))
    {
        return false;
    }
    let has = |delivery: &Delivery, id: &str| delivery.lines.iter().any(|line| line.id == id);
    let is_left_over = |observed: &ObservedLine| {
        older.lines.iter().any(|line| {
            let mut comparison = Comparison::default();
            compare_line("", line, observed, abilities, &mut comparison);
            observed.line.as_ref() == Some(&line.id)
                && !has(delivery, &line.id)
                && comparison.is_same()
        })
    };
    let (left_over, lines): (Vec<_>, Vec<_>) =
        document.lines.iter().cloned().partition(is_left_over);
    let net = left_over
        .iter()
        .fold(document.net.to_rational(), |net, line| {
            net - line.net.to_rational()
        });
    let Some(net) = Decimal::from_rational(&net) else {
        return false;
    };
    let replaced = ObservedDocument {
        net,
        lines,
        ..document.clone()
    };
    compare(delivery, &replaced, abilities).is_same()
}

/// Nobody has touched it since it was confirmed.
fn is_untouched(older: &Counterfoil, document: &ObservedDocument) -> bool {
    let version = &older.remote.version;
    version.is_some() && *version == document.version && older.remote.id == document.id
}

/// A remote may keep only the first digits.
fn is_digest_of(digest: &str, delivery: &Delivery) -> bool {
    let whole = delivery.content_digest().to_string();
    digest.len() >= DIGEST_DIGITS_LEAST && whole.starts_with(digest)
}

/// Everything that a customer would see differently. The state is not part of it.
pub fn compare(
    delivery: &Delivery,
    document: &ObservedDocument,
    abilities: &Abilities,
) -> Comparison {
    let mut comparison = Comparison::default();
    if document.kind != delivery.kind {
        let text = format!("kind {} → {}", delivery.kind.word(), document.kind.word());
        comparison.add(Weight::Money, text);
    }
    if document.currency != delivery.slot.currency {
        let text = format!(
            "currency {} → {}",
            delivery.slot.currency, document.currency
        );
        comparison.add(Weight::Money, text);
    }
    let pairs = pair(&delivery.lines, &document.lines);
    let mut seen = BTreeSet::new();
    for (number, (line, observed)) in delivery.lines.iter().zip(pairs).enumerate() {
        let name = format!("line {} `{}`", number + 1, line.description);
        match observed {
            None => comparison.add(
                Weight::Money,
                format!("{name}: net {} → removed", line.net.amount()),
            ),
            Some(index) => {
                seen.insert(index);
                compare_line(
                    &name,
                    line,
                    &document.lines[index],
                    abilities,
                    &mut comparison,
                );
            }
        }
    }
    for (index, line) in document.lines.iter().enumerate() {
        if !seen.contains(&index) {
            let net = amount(line.net, delivery.slot.currency);
            let text = format!("added line `{}`: net {net}", line.description);
            comparison.add(Weight::Money, text);
        }
    }
    if document.net.to_rational() != delivery.net.to_rational() {
        let net = amount(document.net, delivery.slot.currency);
        let text = format!("total net {} → {net}", delivery.net.amount());
        comparison.add(Weight::Money, text);
    }
    if let Some(date) = document.issue_date
        && date != delivery.issue_date
    {
        let text = format!("issue date {} → {date}", delivery.issue_date);
        comparison.add(Weight::Words, text);
    }
    if let (Some(sent), Some(observed)) = (&delivery.buyer.remote_id, &document.customer)
        && sent != observed
    {
        comparison.add(Weight::Money, format!("customer {sent} → {observed}"));
    }
    comparison
}

fn compare_line(
    name: &str,
    line: &Line,
    observed: &ObservedLine,
    abilities: &Abilities,
    comparison: &mut Comparison,
) {
    if observed.net.to_rational() != line.net.to_rational() {
        let net = amount(observed.net, line.net.currency());
        let text = format!("{name}: net {} → {net}", line.net.amount());
        comparison.add(Weight::Money, text);
    }
    if let Some(quantity) = observed.quantity
        && !fits(line.quantity, quantity, abilities.quantity_decimals)
    {
        let text = format!("{name}: quantity {} → {quantity}", line.quantity);
        comparison.add(Weight::Words, text);
    }
    if let Some(price) = observed.unit_price
        && !fits(line.unit_price, price, abilities.price_decimals)
    {
        let text = format!("{name}: unit price {} → {price}", line.unit_price);
        comparison.add(Weight::Words, text);
    }
    if observed.description.trim() != line.description.trim() {
        let text = format!("{name}: text → `{}`", observed.description.trim());
        comparison.add(Weight::Words, text);
    }
}

/// With all decimals of the currency, and more where the remote has more.
fn amount(observed: Decimal, currency: Currency) -> String {
    let text = observed.to_string();
    Money::parse(&text, currency).map_or(text, Money::amount)
}

fn fits(sent: Decimal, observed: Decimal, decimals: Option<u32>) -> bool {
    let (sent, observed) = (sent.to_rational(), observed.to_rational());
    sent == observed
        || decimals
            .is_some_and(|decimals| round_decimals(&sent, decimals, Rounding::HalfUp) == observed)
}

/// For each of our lines the one at the sink: by our id where it is kept, else by text and net, else by text, else
/// by place.
fn pair(lines: &[Line], observed: &[ObservedLine]) -> Vec<Option<usize>> {
    let mut free: BTreeSet<usize> = (0..observed.len()).collect();
    let mut pairs = vec![None; lines.len()];
    let by_id = |line: &Line, other: &ObservedLine| other.line.as_ref() == Some(&line.id);
    let nameless = |other: &ObservedLine| other.line.is_none();
    let same_text = |line: &Line, other: &ObservedLine| {
        nameless(other) && other.description.trim() == line.description.trim()
    };
    let same = |line: &Line, other: &ObservedLine| {
        same_text(line, other) && other.net.to_rational() == line.net.to_rational()
    };
    for fits in [
        &by_id as &dyn Fn(&Line, &ObservedLine) -> bool,
        &same,
        &same_text,
    ] {
        for (line, pair) in lines.iter().zip(&mut pairs) {
            if pair.is_none() {
                *pair = free
                    .iter()
                    .copied()
                    .find(|&index| fits(line, &observed[index]));
                if let Some(index) = pair {
                    free.remove(&*index);
                }
            }
        }
    }
    for (index, pair) in pairs.iter_mut().enumerate() {
        if pair.is_none() && free.contains(&index) && nameless(&observed[index]) {
            free.remove(&index);
            *pair = Some(index);
        }
    }
    pairs
}

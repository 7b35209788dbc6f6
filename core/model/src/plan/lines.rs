//! Lines from charges: one for each tier, with nets that sum to the charge's net. Amounts are in the sign of an invoice.

use num_traits::Zero;

use super::Abilities;
use super::fit::{Factors, fit, fit_amount};
use crate::charge::{Charge, ChargeKey};
use crate::decimal::{Decimal, Rational};
use crate::digest::Digest;
use crate::document::{DocumentKind, Line};
use crate::language::{LineWords, plain};
use crate::money::{Money, MoneyError, round_to_total};

/// UN/ECE Rec 20: one.
const ONE: &str = "C62";
const BACK_SUFFIX: &str = "-back";
/// Behind the stem of a line that is only a difference.
pub(super) const DIFFERENCE: &str = "net";

/// The lines of one charge key, which stay together in one document.
#[derive(Debug, Clone)]
pub(super) struct Bundle {
    pub(super) lines: Vec<Line>,
    /// How many of them are 1 × the amount.
    pub(super) as_amount: usize,
    /// Only the difference is sent.
    pub(super) net_only: bool,
}

impl Bundle {
    pub(super) fn has_negative_line(&self) -> bool {
        self.lines.iter().any(|line| line.billed.is_negative())
    }
}

/// The sum, `None` where there is no line.
pub(super) fn sum_billed<'a>(
    lines: impl IntoIterator<Item = &'a Line>,
) -> Result<Option<Money>, MoneyError> {
    lines
        .into_iter()
        .try_fold(None, |sum: Option<Money>, line| match sum {
            None => Ok(Some(line.billed)),
            Some(sum) => sum.checked_add(line.billed).map(Some),
        })
}

/// Does a line of a correction undo an earlier one?
pub fn is_taken_back(line: &Line) -> bool {
    line.id.ends_with(BACK_SUFFIX)
}

/// Is a line of a correction only what its charge comes to more or less than was billed before?
pub fn is_difference(line: &Line) -> bool {
    line.id
        .strip_suffix(DIFFERENCE)
        .is_some_and(|rest| rest.ends_with('-'))
}

/// The lines of a charge; `None` where the sink cannot carry its amount.
pub(super) fn of_charge(charge: &Charge, abilities: &Abilities) -> Option<Bundle> {
    let parts = tier_parts(charge).unwrap_or_else(|| vec![whole(charge)]);
    let most = abilities.lines_max.unwrap_or(u32::MAX);
    if u32::try_from(parts.len()).is_ok_and(|count| count <= most) {
        bundle(charge, &parts, abilities)
    } else {
        bundle(charge, &[whole(charge)], abilities)
    }
}

/// Marks the lines of a charge that replace earlier ones.
pub(super) fn corrected(mut bundle: Bundle, words: &LineWords) -> Bundle {
    for line in &mut bundle.lines {
        line.description = words.corrected(&line.description);
    }
    bundle
}

/// The line that undoes one that was billed; both in the sign of an invoice.
pub(super) fn taken_back(line: &Line, words: &LineWords) -> Result<Line, MoneyError> {
    Ok(Line {
        id: format!("{}{BACK_SUFFIX}", line.id),
        description: words.taken_back(&line.description),
        quantity: negated(line.quantity),
        net: line.billed.checked_neg()?,
        billed: line.billed.checked_neg()?,
        ..line.clone()
    })
}

/// A single line of an amount for a charge key that was billed like `pattern`.
pub(super) fn amount_line(
    pattern: &Line,
    suffix: &str,
    description: String,
    amount: Money,
    abilities: &Abilities,
) -> Option<Line> {
    let Factors {
        quantity,
        unit_price,
    } = fit_amount(amount, abilities)?;
    Some(Line {
        id: format!("{}-{suffix}", stem(&pattern.charge)),
        description,
        quantity,
        unit: ONE.to_owned(),
        unit_price,
        net: amount,
        billed: amount,
        ..pattern.clone()
    })
}

pub(super) fn take_back_amount(
    pattern: &Line,
    amount: Money,
    (abilities, words): (&Abilities, &LineWords),
) -> Option<Line> {
    let description = words.taken_back(&pattern.description);
    amount_line(pattern, "amount-back", description, amount, abilities)
}

/// What a line says without the marks of a correction.
pub fn plain_description(line: &Line) -> &str {
    plain(&line.description)
}

/// The line as it stands in a document of this kind: a credit note turns the sign.
pub(super) fn for_kind(line: &Line, kind: DocumentKind) -> Result<Line, MoneyError> {
    match kind {
        DocumentKind::Invoice => Ok(line.clone()),
        DocumentKind::CreditNote => Ok(Line {
            quantity: negated(line.quantity),
            net: line.billed.checked_neg()?,
            ..line.clone()
        }),
    }
}

/// The line in the sign of an invoice, whatever document it was read from.
pub(super) fn upright(line: &Line) -> Line {
    if line.net == line.billed {
        return line.clone();
    }
    Line {
        quantity: negated(line.quantity),
        net: line.billed,
        ..line.clone()
    }
}

struct Part {
    tier: Option<String>,
    quantity: Rational,
    unit: String,
    unit_price: Decimal,
    net: Money,
}

fn whole(charge: &Charge) -> Part {
    let exact = charge.explanation.quantity_exact.parse();
    Part {
        tier: None,
        quantity: exact.unwrap_or_else(|_| charge.quantity.to_rational()),
        unit: charge.unit.clone(),
        unit_price: charge.unit_price,
        net: charge.net,
    }
}

/// Tiers, discounts and the like, if their amounts are what the net is made of.
fn tier_parts(charge: &Charge) -> Option<Vec<Part>> {
    let parts = &charge.explanation.parts;
    if parts.len() < 2 {
        return None;
    }
    let fraction = |text: &str| text.parse::<Rational>().ok();
    let amounts: Vec<Rational> = parts
        .iter()
        .map(|part| fraction(&part.amount))
        .collect::<Option<_>>()?;
    let nets = round_to_total(charge.net, &amounts)?;
    let lines: Option<Vec<Part>> = parts
        .iter()
        .zip(nets)
        .filter(|(_, net)| !net.is_zero())
        .map(|(part, net)| {
            Some(Part {
                tier: part.tier.clone(),
                quantity: fraction(&part.quantity)?,
                unit: part.unit.as_ref().unwrap_or(&charge.unit).clone(),
                unit_price: part.unit_price,
                net,
            })
        })
        .collect();
    lines.filter(|lines| !lines.is_empty())
}

fn bundle(charge: &Charge, parts: &[Part], abilities: &Abilities) -> Option<Bundle> {
    let stem = stem(&charge.key);
    let mut bundle = Bundle {
        lines: Vec::with_capacity(parts.len()),
        as_amount: 0,
        net_only: false,
    };
    for (index, part) in parts.iter().enumerate() {
        let mut description = charge.description.clone();
        if let Some(tier) = &part.tier {
            description = format!("{description} ({})", charge.words.part(tier));
        }
        let mut unit = part.unit.as_str();
        let fitting = fit(&part.quantity, part.unit_price, part.net, abilities)
            .filter(|factors| !factors.quantity.to_rational().is_zero());
        let factors = if let Some(factors) = fitting {
            factors
        } else {
            description = format!(
                "{description}: {} {unit} × {} = {}",
                part.quantity, part.unit_price, part.net
            );
            unit = ONE;
            bundle.as_amount += 1;
            fit_amount(part.net, abilities)?
        };
        bundle.lines.push(Line {
            id: format!("{stem}-{}", index + 1),
            item: charge.key.item.clone(),
            description,
            quantity: factors.quantity,
            unit: unit.to_owned(),
            unit_price: factors.unit_price,
            net: part.net,
            first_day: charge.first_day,
            last_day: charge.last_day,
            tax_category: charge.tax_category.clone(),
            account_code: charge.account_code.clone(),
            charge: charge.key.clone(),
            billed: part.net,
        });
    }
    Some(bundle)
}

/// Sixteen digits tell the lines of a document apart.
fn stem(key: &ChargeKey) -> String {
    Digest::of_json(key).to_string()[..16].to_owned()
}

fn negated(value: Decimal) -> Decimal {
    Decimal::from_rational(&-value.to_rational()).expect("a turned sign needs no more digits")
}

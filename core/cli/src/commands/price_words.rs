//! Which version of a price won, in words: the policy, what it was chosen by, and how it was converted.

use counterfoil_model::charge::PriceChoice;
use counterfoil_model::price::PriceAt;

/// "list from 2026-03-11, the version of the period's start (prices.toml:9)".
pub(crate) fn won(price: &PriceChoice) -> String {
    let mut text = price.level.clone();
    if let Some(from) = &price.from {
        text.push_str(&format!(" from {from}"));
    }
    if let Some(before) = price.signed_before {
        text.push_str(&format!(", for what was signed before {before}"));
    }
    let signed = price.signed.map(|day| format!("signed {day}"));
    match (price.policy, signed) {
        (PriceAt::Usage, None) => {}
        (PriceAt::Usage, Some(signed)) => text.push_str(&format!(" ({signed})")),
        (PriceAt::PeriodStart, _) => text.push_str(", the version of the period's start"),
        (PriceAt::AgreementSigning, signed) => {
            let signed = signed.map_or(String::new(), |signed| format!(" ({signed})"));
            text.push_str(&format!(", the version of the signing{signed}"));
        }
    }
    format!("{text} ({})", price.place)
}

/// Versions that hold at usage and do not count.
pub(crate) fn passed_over(price: &PriceChoice) -> String {
    if price.passed_over.is_empty() {
        return String::new();
    }
    format!("; passed over: {}", price.passed_over.join(", "))
}

/// The line that says by which rate it was converted, if it was.
pub(crate) fn exchange(price: &PriceChoice, indent: &str) -> String {
    let Some(exchange) = &price.exchange else {
        return String::new();
    };
    format!(
        "\n{indent}exchange: 1 {} = {} {}, {} of {}, for {} ({})",
        exchange.from,
        exchange.rate,
        exchange.to,
        exchange.source,
        exchange.date,
        exchange.on,
        exchange.place
    )
}

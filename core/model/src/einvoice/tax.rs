//! What the tax categories of items are for value added tax.

use std::collections::BTreeMap;

use num_traits::{Signed, Zero};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;
use crate::price::WrittenDecimal;
use crate::problem::Problem;

/// A code of UNCL 5305, as EN 16931 restricts it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum VatCategory {
    /// Standard rate, or a reduced one: above zero.
    S,
    /// Zero rated.
    Z,
    /// Exempt.
    E,
    /// Reverse charge.
    AE,
    /// Intra-community supply.
    K,
    /// Export outside of the EU.
    G,
    /// Not subject to VAT. A document with it has no other category.
    O,
    /// Canary Islands (IGIC).
    L,
    /// Ceuta and Melilla (IPSI).
    M,
}

/// What a tax category of items is: `[tax.standard]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxConfig {
    /// `S` standard or reduced rate, `Z` zero rated, `E` exempt, `AE` reverse charge, `K` intra-community supply, `G` export,
    /// `O` not subject to VAT, `L` IGIC, `M` IPSI.
    pub category: VatCategory,
    /// The rate in percent; none where no tax is charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<WrittenDecimal>,
    /// Why no tax is charged, as the buyer reads it. AE, K, G and O have words of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The same as a code of the list VATEX, such as `VATEX-EU-132`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<String>,
}

/// The same, checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Tax {
    pub category: VatCategory,
    /// Zero where no tax is charged.
    pub percent: Decimal,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<String>,
}

impl VatCategory {
    pub fn code(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::Z => "Z",
            Self::E => "E",
            Self::AE => "AE",
            Self::K => "K",
            Self::G => "G",
            Self::O => "O",
            Self::L => "L",
            Self::M => "M",
        }
    }

    /// As the rules of EN 16931 are numbered: BR-IC-02.
    pub(super) fn of_rules(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::Z => "Z",
            Self::E => "E",
            Self::AE => "AE",
            Self::K => "IC",
            Self::G => "G",
            Self::O => "O",
            Self::L => "AF",
            Self::M => "AG",
        }
    }

    /// Is there tax to pay?
    pub(super) fn is_taxed(self) -> bool {
        match self {
            Self::S | Self::L | Self::M => true,
            Self::Z | Self::E | Self::AE | Self::K | Self::G | Self::O => false,
        }
    }

    /// Does it need a reason why there is none?
    pub(super) fn needs_reason(self) -> bool {
        match self {
            Self::E | Self::AE | Self::K | Self::G | Self::O => true,
            Self::S | Self::Z | Self::L | Self::M => false,
        }
    }

    /// Code and words of the reason, where there is one alone.
    fn own_reason(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::AE => Some(("VATEX-EU-AE", "Reverse charge")),
            Self::K => Some(("VATEX-EU-IC", "Intra-community supply")),
            Self::G => Some(("VATEX-EU-G", "Export outside the EU")),
            Self::O => Some(("VATEX-EU-O", "Not subject to VAT")),
            Self::S | Self::Z | Self::E | Self::L | Self::M => None,
        }
    }
}

/// Every mistake, with its path from the root of the configuration.
pub fn resolve_taxes(
    configs: &BTreeMap<String, TaxConfig>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, Tax> {
    let mut taxes = BTreeMap::new();
    for (name, config) in configs {
        let mut own = Vec::new();
        let tax = resolve(config, &mut own);
        problems.extend(
            own.into_iter()
                .map(|problem| problem.below(["tax", name.as_str()])),
        );
        taxes.insert(name.clone(), tax);
    }
    taxes
}

fn resolve(config: &TaxConfig, problems: &mut Vec<Problem>) -> Tax {
    let category = config.category;
    let code = category.code();
    let percent = match config
        .percent
        .as_ref()
        .map(|text| text.0.parse::<Decimal>())
    {
        None => Decimal::ZERO,
        Some(Ok(percent)) => percent,
        Some(Err(error)) => {
            problems.push(Problem::new(["percent"], error.to_string()));
            Decimal::ONE
        }
    };
    let rate = percent.to_rational();
    if rate.is_negative() || rate > crate::decimal::Rational::from_integer(100.into()) {
        problems.push(Problem::new(["percent"], "a rate is between 0 and 100"));
    }
    match category {
        VatCategory::S if rate.is_zero() => problems.push(
            Problem::new(["percent"], "the category S has a rate above zero")
                .with_hint("a rate of zero is the category Z, E, AE, K, G or O"),
        ),
        VatCategory::Z
        | VatCategory::E
        | VatCategory::AE
        | VatCategory::K
        | VatCategory::G
        | VatCategory::O
            if !rate.is_zero() =>
        {
            problems.push(
                Problem::new(["percent"], format!("the category {code} charges no tax"))
                    .with_hint("leave `percent` out, or use the category S"),
            );
        }
        _ => {}
    }
    let is_said = config.reason.is_some() || config.reason_code.is_some();
    if is_said && !category.needs_reason() {
        problems.push(Problem::new(
            ["reason"],
            format!("the category {code} has no reason"),
        ));
    }
    if !is_said && category.needs_reason() && category.own_reason().is_none() {
        problems.push(
            Problem::new(Vec::<String>::new(), "an exemption says why: `reason` is missing")
                .with_hint("reason = \"Article 132 of the VAT directive\", or a `reason_code` such as VATEX-EU-132"),
        );
    }
    let own = category.own_reason().filter(|_| !is_said);
    Tax {
        category,
        percent,
        reason: config
            .reason
            .clone()
            .or_else(|| own.map(|(_, words)| words.to_owned())),
        reason_code: config
            .reason_code
            .clone()
            .or_else(|| own.map(|(code, _)| code.to_owned())),
    }
}

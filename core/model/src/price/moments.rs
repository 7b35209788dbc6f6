//! Whether tiers can see what is there at each moment: only of what has a level then.

use super::aggregate::{Aggregate, Merge};
use super::config::ItemConfig;
use super::proration::Proration;
use super::tariff::TiersSee;
use crate::problem::Problem;

/// What tiers see at each moment is a level, which weighs by its time.
pub(super) fn check_moments(
    config: &ItemConfig,
    proration: Option<Proration>,
    problems: &mut Vec<Problem>,
) {
    if config.tiers_see == TiersSee::Average {
        return;
    }
    let mut refuse = |message: &str, hint: &str| {
        problems.push(Problem::new(["tiers_see"], message).with_hint(hint));
    };
    if config.meter.aggregate != Aggregate::Average {
        let message = "the meter has one quantity for the whole period, and none at each moment";
        refuse(
            message,
            "leave `tiers_see` out, or `aggregate` of the meter",
        );
    }
    if config.meter.gauges.is_some() && config.meter.merge == Merge::Each {
        let message = "which of two gauges is the greater one is known at the end of the period";
        refuse(message, "merge = \"sample\"");
    }
    let by_time = [
        Proration::Second,
        Proration::ActualDay,
        Proration::Strict30360,
        Proration::Hour,
    ];
    if proration.is_some_and(|proration| !by_time.contains(&proration)) {
        let message = format!(
            "with the proration `{}` a moment has no weight of its own",
            config.proration
        );
        let hint = format!(
            "the prorations that weigh each moment are {}",
            by_time.map(Proration::name).join(", ")
        );
        refuse(&message, &hint);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::book;

    #[test]
    fn tiers_see_no_moment_of_what_has_none() {
        let complaint = |meter: &str, proration: &str| {
            let book = book(&format!(
                "[[item]]\nname = \"disk\"\ndescription = \"Disk\"\nunit = \"E34\"\nkind = \"disk\"\n\
                 model = \"volume\"\ntiers_see = \"each-moment\"\nmeter = {{ {meter} }}\n\
                 proration = \"{proration}\"\nprice = [{{ currency = \"EUR\", tiers = [{{ amount = 1 }}] }}]"
            ));
            let problem = book
                .err()
                .and_then(|problems| problems.into_iter().next())?;
            Some((problem.path.join("."), problem.message))
        };
        let told = |message: &str| Some(("item.0.tiers_see".to_owned(), message.to_owned()));
        for proration in ["second", "actual-day", "strict-30-360", "hour"] {
            assert_eq!(complaint("attribute = \"gb\"", proration), None);
        }
        for proration in ["actual-360", "none", "full-unit", "hour-730"] {
            let message =
                format!("with the proration `{proration}` a moment has no weight of its own");
            assert_eq!(complaint("attribute = \"gb\"", proration), told(&message));
        }
        assert_eq!(
            complaint("attribute = \"gb\", aggregate = \"maximum\"", "second"),
            told("the meter has one quantity for the whole period, and none at each moment")
        );
        let gauges = "gauges = [\"in\", \"out\"]";
        assert_eq!(
            complaint(gauges, "second"),
            told("which of two gauges is the greater one is known at the end of the period")
        );
        let merged = format!("{gauges}, merge = \"sample\"");
        assert_eq!(complaint(&merged, "second"), None);
    }
}

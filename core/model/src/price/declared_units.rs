//! Holds the units that items meter in against those that the sources declare: decimal and binary units are different ones.

use super::config::ItemConfig;
use super::unit::{Unit, unit};
use crate::attribute::KindDeclaration;
use crate::problem::{Problem, Review};

/// "One": a number of whatever the attribute is of.
const PIECES: &str = "C62";

/// A gibibyte that is billed as a gigabyte is a mistake; a gigabyte that is billed as a piece is told. Paths are relative to the
/// item.
pub(super) fn declared_units(item: &ItemConfig, declared: &[KindDeclaration], review: &mut Review) {
    // What is divided or counted has another unit on purpose.
    let meter = &item.meter;
    let Some(metered) = unit(meter.unit.as_ref().unwrap_or(&item.unit)) else {
        return;
    };
    if meter.divide.is_some() {
        return;
    }
    let attribute = meter.attribute.iter().map(|name| (name, "attribute"));
    let gauge = meter.gauge.iter().map(|name| (name, "gauge"));
    let gauges = meter.gauges.iter().flatten();
    let gauges = gauges.map(|name| (name, "gauges"));
    for (name, key) in attribute.chain(gauge).chain(gauges) {
        let Some((kind, source)) = source_unit(item, name, declared) else {
            continue;
        };
        // A source that only counts does not say in what its pieces are priced.
        if source.code == metered.code || source.code == PIECES {
            continue;
        }
        let shown = |unit: &Unit| format!("{} ({})", unit.code, unit.name);
        let message = format!(
            "its source declares `{name}` of `{kind}` in {}, and it is metered in {}",
            shown(source),
            shown(metered)
        );
        let converts = unit(&item.unit)
            .and_then(|priced| source.in_units_of(priced))
            .is_some();
        let hint = if converts {
            format!(
                "say the source's unit, and it is converted: unit = \"{}\" in the meter",
                source.code
            )
        } else {
            format!(
                "`{}` is converted into no `{}`: price another unit, or correct the source's declaration",
                source.code, item.unit
            )
        };
        let problem = Problem::new(["meter", key], message).with_hint(hint);
        if source.in_units_of(metered).is_some() {
            review.errors.push(problem);
        } else {
            review.warnings.push(problem);
        }
    }
}

/// The unit that a source declares for an attribute of one of the item's kinds, where it is a known one.
fn source_unit<'a>(
    item: &'a ItemConfig,
    name: &str,
    declared: &[KindDeclaration],
) -> Option<(&'a str, &'static Unit)> {
    item.kind.0.iter().find_map(|kind| {
        let declared = declared.iter().filter(|known| known.kind == *kind);
        let mut declared = declared.filter_map(|known| known.attribute(name));
        let code = declared.find_map(|attribute| attribute.unit.as_deref())?;
        Some((kind.as_str(), unit(code)?))
    })
}

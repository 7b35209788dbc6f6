//! What takes the place of other items: a bundle, and what it lists of a resource.

use super::payers::Payer;
use super::{Meterer, Stretch};
use crate::price::PriceItem;
use crate::rate::group::fits;
use crate::rate::quantity::read;
use crate::time::Period;

impl<'a> Meterer<'a, '_> {
    /// The time of a stretch in which no bundle that charges this customer takes the place of the item.
    pub(super) fn left_by(
        &mut self,
        (item, bundles): (usize, &[usize]),
        (owner, payer): (usize, Option<Payer>),
        stretch: Stretch<'a>,
    ) -> Vec<Period> {
        let table = self.table;
        let customer = &stretch.owners[owner].customer;
        let mut taken = Vec::new();
        for &bundle in bundles {
            let definition = table.item(bundle);
            let takes_its_place = bundle != item
                && definition.buyers.include(Some(customer))
                && definition.contains.contains(&table.item(item).key);
            if !takes_its_place {
                continue;
            }
            if !table.reaches_back(bundle) {
                return Vec::new();
            }
            // One that was thought of only later is there since its price is.
            let Some(payer) = payer else {
                continue;
            };
            let charged = self.charged_periods(payer.plain, bundle);
            let priced = self.charged[charged].iter();
            let priced = priced.filter(|charged| charged.selection.is_ok());
            taken.extend(priced.map(|charged| charged.period));
        }
        stretch.period.without(taken)
    }

    /// What a bundle contains of a resource, to be listed on its line.
    pub(super) fn note_contents(
        &mut self,
        group: usize,
        bundle: &'a PriceItem,
        stretch: Stretch<'a>,
        period: Period,
    ) {
        for key in &bundle.contains {
            let Some(item) = self.table.position(key) else {
                continue;
            };
            let definition = self.table.item(item);
            if !definition.kinds.contains(&stretch.interval.kind)
                || !fits(definition, stretch.interval)
            {
                continue;
            }
            let reading = read(definition, stretch.interval, period, self.gauges);
            let weights = self.table.weights(item);
            let contents = self.groups[group].contents.entry(item).or_default();
            for (part, quantity) in reading.levels {
                contents.add(quantity, weights.units(part));
            }
        }
    }
}

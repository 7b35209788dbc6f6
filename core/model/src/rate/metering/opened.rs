//! What makes a charge one of its own, and opens a group for it.

use std::collections::BTreeMap;

use super::{GroupKey, Meterer, Part, Stretch};
use crate::inventory::Interval;
use crate::price::{Dimension, Model};
use crate::rate::cut::priced;
use crate::rate::group::{Group, dimensions, has_own, kept_apart};

impl<'a> Meterer<'a, '_> {
    /// With the interval that says by what it is kept apart.
    pub(super) fn group_key(
        &mut self,
        part: Part,
        charged_position: usize,
        stretch: Stretch<'a>,
    ) -> (GroupKey<'a>, &'a Interval) {
        let definition = self.table.item(part.item);
        let by_service = definition.dimensions.contains(&Dimension::Service);
        let payer = if by_service {
            part.payer.buyer
        } else {
            part.payer.plain
        };
        let named = if has_own(definition) {
            self.named(part, stretch)
        } else {
            stretch.interval
        };
        let apart = kept_apart(definition, named).collect();
        ((payer, part.item, charged_position, apart), named)
    }

    pub(super) fn opened(
        &mut self,
        part: Part,
        key: &GroupKey<'a>,
        named: &'a Interval,
    ) -> Group<'a> {
        let &(payer, item, charged_position, _) = key;
        let buyer = self.buyers[payer];
        let charged = self.charged_periods(part.payer.plain, item);
        let all = &self.charged[charged];
        let charged = all[charged_position].clone();
        Group {
            buyer,
            item,
            within: priced(all).unwrap_or(charged.period),
            charged,
            dimensions: dimensions(self.table.item(item), &buyer, named),
            portions: Vec::new(),
            contents: BTreeMap::new(),
            manual: Vec::new(),
        }
    }

    /// It matters to those who share a total with it.
    pub(super) fn note_unread(
        &mut self,
        part: Part,
        charged_position: usize,
        stretch: Stretch<'a>,
    ) {
        let charged = self.charged_to_payer(part);
        let charged = &self.charged[charged][charged_position];
        let selection = charged.selection.as_ref();
        let is_split = selection.is_ok_and(|one| matches!(one.tariff().model, Model::Split(_)));
        if !is_split || charged.period.intersect(stretch.period).is_none() {
            return;
        }
        let (key, named) = self.group_key(part, charged_position, stretch);
        if !self.unread.contains_key(&key) {
            let opened = self.opened(part, &key, named);
            self.unread.insert(key, opened);
        }
    }
}

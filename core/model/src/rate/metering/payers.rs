//! Who pays for which items under an ownership: found once for all that are owned alike.

use super::{Meterer, Part, Stretch};
use crate::ids::{PlanKey, ServiceKey};
use crate::ownership::Owner;
use crate::rate::due::meters;
use crate::rate::group::Buyer;

/// An item of a kind, and the owners whom it charges.
pub(super) struct ItemPayers {
    pub(super) item: usize,
    pub(super) owners: Vec<Paying>,
}

pub(super) struct Paying {
    pub(super) owner: usize,
    /// Absent where the account is not known.
    pub(super) payer: Option<Payer>,
    /// Where his charged periods are, once something was metered.
    charged: Option<usize>,
    /// By charged period, where resources have no lines of their own.
    groups: Vec<Option<usize>>,
}

/// The buyer, and the same one without a service: what pays for items that do not keep services apart.
#[derive(Clone, Copy)]
pub(super) struct Payer {
    pub(super) buyer: usize,
    pub(super) plain: usize,
}

impl<'a> Meterer<'a, '_> {
    /// Where the payers of a stretch are.
    pub(super) fn payers(
        &mut self,
        (kind, items): (usize, &[usize]),
        stretch: Stretch<'a>,
    ) -> usize {
        let alike = (stretch.address, kind);
        if let Some((_, known)) = self.last_payers.filter(|(last, _)| *last == alike) {
            return known;
        }
        let payers = self.payers_of(alike, items, stretch);
        self.last_payers = Some((alike, payers));
        payers
    }

    fn payers_of(&mut self, alike: (usize, usize), items: &[usize], stretch: Stretch<'a>) -> usize {
        if let Some(known) = self.payers_positions.get(&alike) {
            return *known;
        }
        let payers: Vec<Option<Payer>> = stretch
            .owners
            .iter()
            .map(|owner| self.payer(owner, stretch))
            .collect();
        let (table, scopes) = (self.table, self.scopes);
        let of_item = |&item: &usize| {
            let definition = table.item(item);
            let charges = |owner: &Owner| {
                definition.buyers.include(Some(&owner.customer))
                    && meters(scopes, &definition.key, owner.account)
            };
            let owners = stretch.owners.iter().enumerate();
            let owners = owners.filter(|(_, owner)| charges(owner));
            let owners = owners.map(|(owner, _)| Paying {
                owner,
                payer: payers[owner],
                charged: None,
                groups: Vec::new(),
            });
            let owners: Vec<Paying> = owners.collect();
            (!owners.is_empty()).then_some(ItemPayers { item, owners })
        };
        let payers = items.iter().filter_map(of_item).collect();
        self.payers.push(payers);
        let position = self.payers.len() - 1;
        self.payers_positions.insert(alike, position);
        position
    }

    fn payer(&mut self, owner: &'a Owner, stretch: Stretch<'a>) -> Option<Payer> {
        let terms = self.accounts.get(&owner.account)?;
        let mut position_of = |service: Option<&'a ServiceKey>| {
            let key = (
                owner.account,
                owner.agreement.as_str(),
                stretch.plan.map(PlanKey::as_str),
                service.map(ServiceKey::as_str),
            );
            *self.buyer_positions.entry(key).or_insert_with(|| {
                self.buyers.push(Buyer {
                    account: owner.account,
                    terms,
                    agreement: &owner.agreement,
                    plan: stretch.plan,
                    service,
                });
                self.buyers.len() - 1
            })
        };
        Some(Payer {
            buyer: position_of(stretch.service),
            plain: position_of(None),
        })
    }

    /// Where the charged periods of a part are.
    pub(super) fn charged_to_payer(&mut self, part: Part) -> usize {
        if let Some(known) = self.paying(part).charged {
            return known;
        }
        let charged = self.charged_periods(part.payer.plain, part.item);
        let periods = self.charged[charged].len();
        let paying = self.paying(part);
        paying.charged = Some(charged);
        paying.groups = vec![None; periods];
        charged
    }

    pub(super) fn known_group(&mut self, part: Part, charged_position: usize) -> Option<usize> {
        self.paying(part).groups[charged_position]
    }

    pub(super) fn note_group(&mut self, part: Part, charged_position: usize, group: usize) {
        self.paying(part).groups[charged_position] = Some(group);
    }

    fn paying(&mut self, part: Part) -> &mut Paying {
        let (payers, place, owner) = part.at;
        &mut self.payers[payers][place].owners[owner]
    }
}

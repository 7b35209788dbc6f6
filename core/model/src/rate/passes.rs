//! Rates the charge periods that are due beside those of the billing period itself, each in its own zone.

use std::borrow::Cow;
use std::cell::{LazyCell, RefCell};
use std::collections::{BTreeSet, HashMap};

use super::advance::{Book, changes, in_advance, state};
use super::charged_period::{Frame, PriceTable};
use super::contributed::PresumedOf;
use super::counted::{Spreads, spreads};
use super::due::{Due, Pass};
use super::findings::{Findings, Told};
use super::issued::{Part, parts};
use super::manual::{StandIns, meter_manual};
use super::metering::meter;
use super::observed::Observed;
use super::settling::settle;
use super::zones::Moved;
use super::{Detail, RateInput};
use crate::charge::Charge;
use crate::ids::AccountId;
use crate::ownership::{OwnedInterval, Ownership};
use crate::price::PriceBook;
use crate::time::{Instant, Period, TimeZone};

/// The charges of all passes, and what they could not charge.
pub(super) fn rate_passes(
    input: &RateInput<'_>,
    observed: &Observed<'_>,
    due: &Due,
    (spreads, presumed): (&mut Spreads, &mut PresumedOf),
) -> (Vec<Charge>, Vec<Told>) {
    let mut charges = Vec::new();
    let mut findings = Vec::new();
    let owners = LazyCell::new(|| Owners::of(input.owned));
    let mut moved: Vec<(&TimeZone, Moved)> = Vec::new();
    for pass in &due.passes {
        let zone = pass.billing_period.zone();
        if !moved.iter().any(|(known, _)| *known == zone) {
            moved.push((zone, Moved::of(input, zone)));
        }
        let Some((_, terms)) = moved.iter().find(|(known, _)| *known == zone) else {
            continue;
        };
        let versions = terms.price_book();
        let of_zone = RateInput {
            billing_period: &pass.billing_period,
            price_book: &versions,
            accounts: &terms.accounts,
            agreed: &terms.agreed,
            ..*input
        };
        let owned = owners.of_pass(pass, input.owned);
        let rater = Rater {
            input: &of_zone,
            observed,
            pass,
            parts: parts(pass, &of_zone, &owned, &observed.intervals),
            spreads: RefCell::default(),
            presumed: RefCell::default(),
        };
        let (more, told) = match &pass.advance {
            None => rater.rate(&owned, input.detail),
            Some(advance) => rater.advance(advance, &owned),
        };
        charges.extend(more);
        findings.extend(told);
        spreads.extend(rater.spreads.into_inner());
        presumed.extend(rater.presumed.into_inner());
    }
    (charges, findings)
}

/// What each account owns, by position.
struct Owners(HashMap<AccountId, Vec<usize>>);

impl Owners {
    fn of(owned: &[OwnedInterval]) -> Self {
        let mut positions: HashMap<AccountId, Vec<usize>> = HashMap::new();
        for (position, one) in owned.iter().enumerate() {
            if let Ownership::Owned { owners, .. } = &*one.ownership {
                for owner in owners {
                    positions.entry(owner.account).or_default().push(position);
                }
            }
        }
        Self(positions)
    }

    /// What the charges of a pass are made of: with a pass for each anchor nothing is looked at for all of them.
    fn of_pass<'a>(&self, pass: &Pass, owned: &'a [OwnedInterval]) -> Cow<'a, [OwnedInterval]> {
        let Some(accounts) = pass.accounts() else {
            return Cow::Borrowed(owned);
        };
        let positions = accounts.iter().filter_map(|account| self.0.get(account));
        let positions: BTreeSet<usize> = positions.flatten().copied().collect();
        if positions.len() == owned.len() {
            return Cow::Borrowed(owned);
        }
        Cow::Owned(positions.into_iter().map(|at| owned[at].clone()).collect())
    }
}

struct Rater<'a> {
    input: &'a RateInput<'a>,
    observed: &'a Observed<'a>,
    pass: &'a Pass,
    parts: Vec<Part<'a>>,
    /// Of what was rated, for the commitments.
    spreads: RefCell<Spreads>,
    /// Nothing of what is billed in advance is.
    presumed: RefCell<PresumedOf>,
}

impl Rater<'_> {
    /// What the owned intervals come to in the charge period.
    fn rate(&self, owned: &[OwnedInterval], detail: Detail) -> (Vec<Charge>, Vec<Told>) {
        let mut all = (Vec::new(), Vec::new());
        for part in &self.parts {
            let (charges, findings) = self.rate_part(part, owned, detail);
            all.0.extend(charges);
            all.1.extend(findings);
        }
        all
    }

    fn rate_part(
        &self,
        part: &Part<'_>,
        owned: &[OwnedInterval],
        detail: Detail,
    ) -> (Vec<Charge>, Vec<Told>) {
        let empty = PriceBook::default();
        let pass = self.pass;
        let input = &RateInput {
            price_book: &part.price_book,
            ..*self.input
        };
        let book = PriceBook::in_force(input.price_book, pass.served.from()).unwrap_or(&empty);
        let frame = Frame {
            billing_period: &pass.billing_period,
            charged: pass.served,
            own_cycles: false,
            billed_with: pass.advance.as_ref().map(|advance| advance.billed_with),
        };
        let table = PriceTable::new(book, input, &frame);
        let input = RateInput { owned, ..*input };
        let mut findings = Findings::default();
        let stand_ins = StandIns::of(input.agreed);
        let scoped = (&table, Some(part.scopes.as_slice()));
        let mut metered = meter(&input, self.observed, scoped, &mut findings);
        let groups = &mut metered.groups;
        meter_manual(&input, &stand_ins, scoped, groups, &mut findings);
        let settled = settle(&metered, &table, detail, &mut findings);
        let mut charges = settled.charges;
        if pass.advance.is_none() {
            self.presumed.borrow_mut().extend(settled.presumed);
        }
        self.spreads
            .borrow_mut()
            .extend(spreads(&metered, &table, input.agreed));
        charges.retain(|charge| part.scopes.iter().any(|scope| scope.keeps(charge)));
        (charges, findings.into_sorted(&input))
    }

    /// Rule R31: what is there when the period begins, as if it stayed so; and then what each change gives back or adds for
    /// the rest of it.
    fn advance(
        &self,
        advance: &super::due::Advance,
        owned: &[OwnedInterval],
    ) -> (Vec<Charge>, Vec<Told>) {
        let served = self.pass.served;
        let mut charges = Vec::new();
        let mut findings = Vec::new();
        let rated_until = |until: Instant| {
            let owned = state(owned, served, until);
            let (mut charges, told) = self.rate(&owned, Detail::Resources);
            for charge in &mut charges {
                in_advance(charge);
            }
            (charges, told)
        };
        if advance.is_begun {
            let (begun, told) = rated_until(served.from());
            charges.extend(begun);
            findings.extend(told);
        }
        let book = Book::of(self.input.price_book, &self.pass.billing_period);
        for stretch in &advance.changes {
            if !self.has_changes(*stretch, owned) {
                continue;
            }
            let (before, _) = rated_until(stretch.from());
            let (after, told) = rated_until(stretch.to());
            charges.extend(changes(&before, &after, *stretch, &book));
            findings.extend(told);
        }
        if self.input.detail != Detail::Resources {
            for charge in &mut charges {
                charge.contributions = Vec::new();
            }
        }
        (charges, findings)
    }

    fn has_changes(&self, stretch: Period, owned: &[OwnedInterval]) -> bool {
        let changes = |at: Instant| at > self.pass.served.from() && stretch.contains(at);
        let mut owned = owned.iter();
        owned.any(|owned| changes(owned.period.from()) || changes(owned.period.to()))
    }
}

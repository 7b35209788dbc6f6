//! From the stretches of each resource to intervals with owners: cut where an owner comes or goes, with shares that sum to 1.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use counterfoil_model::decimal::Rational;
use counterfoil_model::ids::{
    AccountId, AgreementKey, IntervalId, ListingId, PlanKey, ResourceId, Scope, ServiceKey,
    SourceId,
};
use counterfoil_model::inventory::{Between, Configuration, Evidence, Interval, Uncertain};
use counterfoil_model::ownership::{OwnedInterval, Owner, Ownership, Suspense};
use counterfoil_model::time::{Instant, Period, TimeZone, Validity};

use super::accounts::Accounts;
use super::moment::shown;
use super::stretch::{Stretch, Whose};
use crate::config::ConfigProblem;

/// What rating takes, once its uncertain edges are placed.
#[derive(Debug, Clone, Default)]
pub(super) struct Rateable {
    pub(super) intervals: Vec<Interval>,
    /// By interval.
    ownerships: HashMap<IntervalId, Arc<Ownership>>,
}

impl Rateable {
    /// Whose an interval is, in a part of it.
    pub(super) fn owned(&self, interval: &Interval, period: Period) -> Option<OwnedInterval> {
        Some(OwnedInterval {
            interval: interval.id,
            resource: interval.resource,
            kind: interval.kind.clone(),
            period,
            ownership: Arc::clone(self.ownerships.get(&interval.id)?),
            because: Arc::default(),
        })
    }

    /// Whose each interval is within a period.
    pub(super) fn owned_in(&self, whole: Period) -> Vec<OwnedInterval> {
        let own = |interval: &Interval| self.owned(interval, interval.valid.clip(whole)?);
        self.intervals.iter().filter_map(own).collect()
    }
}

/// While the same rows speak of a resource.
struct Piece {
    period: Period,
    /// Positions in the rows of the resource.
    rows: Vec<usize>,
}

/// Tells what is wrong with the rows of a resource taken together.
pub(super) fn contradictions(rows: &[Stretch], zone: &TimeZone, broken: &mut Vec<ConfigProblem>) {
    let first = &rows[0];
    for row in &rows[1..] {
        if row.like.kind != first.like.kind {
            let message = format!(
                "`{}` is of the kind `{}` here and `{}` in {}",
                row.resource,
                row.like.kind,
                first.like.kind,
                first.place.label()
            );
            let hint = "a resource is of one kind";
            broken.push(row.place.problem("kind", &message, hint));
        }
    }
    disagreements(rows, zone, broken);
    let mut told = BTreeSet::new();
    for piece in pieces(rows) {
        if let [alone] = piece.rows.as_slice()
            && shares(rows, &piece) == Some(one())
        {
            debug_assert!(*alone < rows.len(), "it is a row");
            continue;
        }
        contradiction(rows, (&piece, zone), &mut told, broken);
    }
}

fn one() -> Rational {
    Rational::from_integer(1.into())
}

/// The sum of the shares, where all rows have owners.
fn shares(rows: &[Stretch], piece: &Piece) -> Option<Rational> {
    let shares = piece.rows.iter().map(|row| match &rows[*row].whose {
        Whose::Owned { share, .. } => Some(share),
        Whose::NonBillable(..) | Whose::Suspended => None,
    });
    shares.sum()
}

/// Each pair of rows, and each set of owners, is told once.
fn contradiction(
    rows: &[Stretch],
    (piece, zone): (&Piece, &TimeZone),
    told: &mut BTreeSet<Vec<usize>>,
    broken: &mut Vec<ConfigProblem>,
) {
    let last = &rows[piece.rows[piece.rows.len() - 1]];
    let labels = |rows_of: &[usize]| {
        let labels: Vec<String> = rows_of.iter().map(|row| rows[*row].place.label()).collect();
        labels.join(", ")
    };
    let during = format!(
        "from {} to {}",
        shown(piece.period.from(), zone),
        shown(piece.period.to(), zone)
    );
    let mut by_account: BTreeMap<&str, usize> = BTreeMap::new();
    let mut is_twice = false;
    for row in &piece.rows {
        let account = match &rows[*row].whose {
            Whose::Owned { account, .. } => account.as_str(),
            Whose::NonBillable(..) | Whose::Suspended => continue,
        };
        if let Some(other) = by_account.insert(account, *row) {
            is_twice = true;
            if told.insert(vec![other, *row]) {
                let (resource, place) = (&rows[*row].resource, rows[other].place.label());
                let message = format!(
                    "`{resource}` of the account {account} overlaps with {place}, {during}"
                );
                let hint = "end the earlier stretch where the later one begins";
                broken.push(rows[*row].place.problem("from", &message, hint));
            }
        }
    }
    if is_twice || !told.insert(piece.rows.clone()) {
        return;
    }
    let resource = &last.resource;
    let Some(sum) = shares(rows, piece) else {
        if piece.rows.len() > 1 {
            let message = format!(
                "`{resource}` is not billable or suspended, and something else too, {during}: {}",
                labels(&piece.rows)
            );
            broken.push(last.place.problem("", &message, "say one of them"));
        }
        return;
    };
    let unlike = piece
        .rows
        .iter()
        .find(|row| rows[**row].like != rows[piece.rows[0]].like);
    if let Some(unlike) = unlike {
        let other = rows[piece.rows[0]].place.label();
        let message = format!(
            "`{resource}` is something else here than in {other}, {during}: its owners agree on kind, name, service, plan \
             and attributes"
        );
        let hint = "write the same in the rows of all owners";
        broken.push(rows[*unlike].place.problem("", &message, hint));
    }
    if sum != one() {
        let others = match piece.rows.as_slice() {
            [_] => String::new(),
            rows => format!(": {}", labels(rows)),
        };
        let message =
            format!("the shares of `{resource}` sum to {sum} and not to 1, {during}{others}");
        let hint = "each moment of a resource belongs to its owners whole";
        broken.push(last.place.problem("share", &message, hint));
    }
}

/// Cuts the rows of a resource where one begins or ends, or is billed again. They come sorted by their beginning.
fn pieces(rows: &[Stretch]) -> Vec<Piece> {
    let mut bounds: Vec<Instant> = rows
        .iter()
        .flat_map(|row| [row.period.from(), row.period.to()])
        .chain(rows.iter().filter_map(billed_again))
        .collect();
    bounds.sort_unstable();
    bounds.dedup();
    let mut pieces = Vec::new();
    let mut active: Vec<usize> = Vec::new();
    let mut next = 0;
    for bound in bounds.windows(2) {
        active.retain(|row| rows[*row].period.to() > bound[0]);
        while next < rows.len() && rows[next].period.from() <= bound[0] {
            active.push(next);
            next += 1;
        }
        if let (Some(period), false) = (Period::new(bound[0], bound[1]), active.is_empty()) {
            pieces.push(Piece {
                period,
                rows: active.clone(),
            });
        }
    }
    pieces
}

/// Within its stretch.
fn billed_again(row: &Stretch) -> Option<Instant> {
    match row.whose {
        Whose::NonBillable(_, ends) => {
            ends.filter(|ends| row.period.from() < *ends && *ends < row.period.to())
        }
        Whose::Owned { .. } | Whose::Suspended => None,
    }
}

/// What a row says of an edge counts for all that meets there.
fn uncertain(rows: &[Stretch], period: Period) -> Option<Uncertain> {
    let at = |edge: Instant| {
        let begun = rows.iter().filter(|row| row.period.from() == edge);
        let ended = rows.iter().filter(|row| row.period.to() == edge);
        let earliest = begun.map(|row| row.earliest.from);
        let mut earliest = earliest.chain(ended.map(|row| row.earliest.to)).flatten();
        let earliest = earliest.next().filter(|earliest| *earliest < edge)?;
        Some(Between {
            earliest,
            latest: edge,
        })
    };
    let uncertain = Uncertain {
        from: at(period.from()),
        to: at(period.to()),
    };
    (uncertain != Uncertain::default()).then_some(uncertain)
}

/// Where stretches meet they changed at one moment.
fn disagreements(rows: &[Stretch], zone: &TimeZone, broken: &mut Vec<ConfigProblem>) {
    let mut said: BTreeMap<Instant, (Instant, usize)> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        let of_row = [
            ("from_earliest", row.period.from(), row.earliest.from),
            ("to_earliest", row.period.to(), row.earliest.to),
        ];
        for (key, edge, earliest) in of_row {
            let Some(earliest) = earliest else { continue };
            let (known, by) = *said.entry(edge).or_insert((earliest, index));
            if known != earliest {
                let message = format!(
                    "`{}` may have changed since {} here, and since {} in {}",
                    row.resource,
                    shown(earliest, zone),
                    shown(known, zone),
                    rows[by].place.label()
                );
                let hint = "what ends and what begins at a moment changed at one time: say it once, or alike";
                broken.push(row.place.problem(key, &message, hint));
            }
        }
    }
}

/// Builds intervals and whose they are. Rows that are owned alike share one ownership, as classification has it.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    pub(super) accounts: &'a Accounts,
    pub(super) ids: HashMap<String, AccountId>,
    pub(super) rateable: Rateable,
    ownerships: HashMap<OwnershipKey, Arc<Ownership>>,
}

type OwnershipKey = (
    Vec<(AccountId, String, Rational)>,
    Option<String>,
    Option<String>,
);

impl<'a> Builder<'a> {
    pub(super) fn new(accounts: &'a Accounts, ids: HashMap<String, AccountId>) -> Self {
        Self {
            accounts,
            ids,
            rateable: Rateable::default(),
            ownerships: HashMap::new(),
        }
    }

    /// The rows of a resource, which do not contradict one another.
    pub(super) fn add(&mut self, resource: ResourceId, rows: &[Stretch]) {
        for piece in pieces(rows) {
            let first = &rows[piece.rows[0]];
            let id =
                IntervalId(i64::try_from(self.rateable.intervals.len()).unwrap_or(i64::MAX) + 1);
            let covered = piece.rows.iter().filter_map(|row| rows[*row].covered_until);
            let end = piece.period.to();
            self.rateable.intervals.push(Interval {
                id,
                resource,
                kind: first.like.kind.clone(),
                source: SourceId(1),
                scope: Scope::from("facts"),
                external_id: first.resource.clone(),
                valid: Validity {
                    from: Some(piece.period.from()),
                    to: Some(end),
                },
                covered_until: covered.min().map_or(end, |until| until.min(end)),
                configuration: Arc::new(Configuration {
                    name: first.like.name.clone(),
                    parent: None,
                    attributes: first.like.attributes.clone(),
                }),
                evidence: Evidence {
                    listing: ListingId(1),
                    place: first.place.label(),
                },
                uncertain: uncertain(rows, piece.period).map(Box::new),
            });
            let ownership = self.ownership(rows, &piece);
            self.rateable.ownerships.insert(id, ownership);
        }
    }

    fn ownership(&mut self, rows: &[Stretch], piece: &Piece) -> Arc<Ownership> {
        let like = &rows[piece.rows[0]].like;
        let mut owners = Vec::with_capacity(piece.rows.len());
        for row in &piece.rows {
            match &rows[*row].whose {
                Whose::Owned {
                    account,
                    agreement,
                    share,
                } => {
                    let id = self.ids.get(account).copied();
                    owners.push((id.unwrap_or(AccountId(0)), account, agreement, share));
                }
                Whose::NonBillable(because, ends)
                    if ends.is_none_or(|ends| piece.period.from() < ends) =>
                {
                    return Arc::new(Ownership::NonBillable(because.clone()));
                }
                Whose::NonBillable(..) | Whose::Suspended => {
                    return Arc::new(Ownership::Suspended(Suspense::NoCustomer));
                }
            }
        }
        owners.sort();
        let key: OwnershipKey = (
            owners
                .iter()
                .map(|(id, _, agreement, share)| (*id, (*agreement).clone(), (*share).clone()))
                .collect(),
            like.service.clone(),
            like.plan.clone(),
        );
        let accounts = self.accounts;
        let made = self.ownerships.entry(key).or_insert_with(|| {
            let owners = owners.iter().map(|(id, account, agreement, share)| Owner {
                customer: accounts.customer(account),
                account: *id,
                agreement: AgreementKey((*agreement).clone()),
                share: (*share).clone(),
            });
            Arc::new(Ownership::Owned {
                owners: owners.collect(),
                service: like.service.clone().map(ServiceKey),
                plan: like.plan.clone().map(PlanKey),
            })
        });
        Arc::clone(made)
    }
}

//! The versions of a pipeline's terms: what was in force when, as far as the store knows and the files say now.

mod error;
pub(crate) mod fixed;
pub(crate) mod names;

use std::collections::BTreeMap;

use counterfoil_model::charge::ChargeKey;
use counterfoil_model::classify::{AccountConfig, Directory, Renamed};
use counterfoil_model::counterfoil::Counterfoil;
use counterfoil_model::digest::Digest;
use counterfoil_model::document::Delivery;
use counterfoil_model::ids::{AccountKey, ItemKey, RecordingId, SinkId};
use counterfoil_model::opening::OpeningEntry;
use counterfoil_model::plan::Confirmed;
use counterfoil_model::price::PriceBook;
use counterfoil_model::problem::Problem;
use counterfoil_model::time::{BillingPeriod, Instant};
use counterfoil_model::validity::ConfigVersion;
use counterfoil_store::MappedCustomers;

use crate::config::{Terms, TermsBody};
use crate::session::{Known, Session, Wired};
pub use error::TermsError;
use names::Names;

/// Whether the files' present content becomes a version of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// For stages whose outcome is kept.
    Stored,
    /// For looking.
    Transient,
}

#[derive(Debug)]
pub struct Versions {
    pub versions: Vec<ConfigVersion<Terms>>,
    /// What was billed elsewhere.
    pub openings: Vec<OpeningEntry>,
    /// What was confirmed of the sinks' customers.
    pub mapped: MappedCustomers,
    /// Since when an edit without a date holds that is made now; from the beginning where absent, or not known.
    pub open_from: Option<Instant>,
    names: Names,
    digest: Digest,
}

/// What people gave besides the configuration: it decides money too, and its knowledge has a cutoff.
struct Given {
    openings: Vec<OpeningEntry>,
    mapped: MappedCustomers,
}

async fn given(
    session: &Session,
    wired: &Wired<'_>,
    cutoff: Option<RecordingId>,
) -> Result<Given, TermsError> {
    let store_error = |source| TermsError::Store { source };
    let openings = session.store.openings(wired.id, cutoff).await;
    let mut mapped = session
        .store
        .mapped_customers(cutoff)
        .await
        .map_err(store_error)?;
    let own = |sink: &SinkId| wired.sinks.iter().any(|(id, _)| id == sink);
    mapped.retain(|(sink, _), _| own(sink));
    Ok(Given {
        openings: openings.map_err(store_error)?,
        mapped,
    })
}

impl Versions {
    /// Of everything that decides money, over all versions.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The terms that were in force at an instant; before the first there is nothing else to go by.
    pub fn in_force(&self, at: Instant) -> &Terms {
        let begun =
            |version: &&ConfigVersion<Terms>| version.effective_from.is_none_or(|from| from <= at);
        let version = self.versions.iter().rfind(begun);
        version.map_or_else(|| self.current(), |version| &version.terms)
    }

    /// The terms as the files have them now.
    pub fn current(&self) -> &Terms {
        &self
            .versions
            .last()
            .expect("there is always the version of the files")
            .terms
    }

    /// The newest counterfoil of each document, read under the names of now.
    pub(crate) fn confirmed<'a>(
        &self,
        wired: &Wired<'_>,
        counterfoils: impl IntoIterator<Item = &'a Counterfoil>,
    ) -> Vec<Confirmed> {
        let mut confirmed = Confirmed::latest(counterfoils);
        for one in &mut confirmed {
            self.read_all(wired, &mut one.delivery);
        }
        confirmed
    }

    /// Gives the lines of a document the keys under which their charges are rated now.
    pub(crate) fn read_all(&self, wired: &Wired<'_>, delivery: &mut Delivery) {
        for line in &mut delivery.lines {
            self.read(wired, &mut line.charge);
        }
    }

    /// All keys that are read as this one.
    pub(crate) fn written(&self, wired: &Wired<'_>, key: &ChargeKey) -> Vec<ChargeKey> {
        match wired.known.accounts.get(&key.account) {
            Some(account) => self.names.written(account, key),
            None => vec![key.clone()],
        }
    }

    /// The item as it is called now.
    pub(crate) fn item(&self, item: &ItemKey) -> ItemKey {
        self.names.item(item).unwrap_or_else(|| item.clone())
    }

    /// The key under which a charge that was billed is rated now.
    pub(crate) fn read(&self, wired: &Wired<'_>, key: &mut ChargeKey) {
        if let Some(account) = wired.known.accounts.get(&key.account) {
            self.names.read(account, key);
        }
    }

    /// The same history, with other terms in each version.
    pub(crate) fn with(&self, other: impl Fn(&Terms) -> Terms) -> Self {
        let versions = self.versions.iter().map(|version| ConfigVersion {
            effective_from: version.effective_from,
            terms: other(&version.terms),
        });
        self.replaced(versions.collect())
    }

    /// One version, as if it had always been in force.
    pub(crate) fn always(&self, terms: Terms) -> Self {
        let only = ConfigVersion {
            effective_from: None,
            terms,
        };
        self.replaced(vec![only])
    }

    fn replaced(&self, versions: Vec<ConfigVersion<Terms>>) -> Self {
        Self {
            versions,
            openings: self.openings.clone(),
            mapped: self.mapped.clone(),
            open_from: None,
            names: self.names.clone(),
            digest: self.digest,
        }
    }
}

/// The versions up to now. A changed configuration is in force from the first period that is still open.
pub async fn versions(
    session: &Session,
    wired: &Wired<'_>,
    keep: Keep,
) -> Result<Versions, TermsError> {
    let store_error = |source| TermsError::Store { source };
    let stored = stored(session, wired).await?.into_iter();
    let mut bodies: Vec<(Option<Instant>, TermsBody)> =
        stored.map(|(_, from, body)| (from, body)).collect();
    let present = &wired.pipeline.terms;
    let open = first_open(session, wired).await?;
    if open.is_some() {
        unmoved(session, wired, &bodies).await?;
    }
    let is_known = bodies
        .last()
        .is_some_and(|(_, body)| body.digest() == present.digest());
    if is_known {
        // The same words may stand elsewhere by now: places are told as they are.
        if let Some((_, last)) = bodies.last_mut() {
            last.clone_from(present);
        }
    } else {
        let effective_from = open.filter(|_| !bodies.is_empty());
        bodies.push((effective_from, present.clone()));
    }
    let effective_from = bodies.last().and_then(|(from, _)| *from);
    let given = given(session, wired, None).await?;
    let known = bodies.len();
    let versions = Versions {
        open_from: open,
        ..resolved(wired, bodies, known, given)?
    };
    if !is_known && keep == Keep::Stored {
        let body = serde_json::to_string(present).map_err(|source| TermsError::Body { source })?;
        let digest = present.digest();
        let added =
            session
                .store
                .add_config_version(wired.id, digest, &body, effective_from, session.now);
        added.await.map_err(store_error)?;
    }
    Ok(versions)
}

/// What decides issued documents, and has no `from` of its own, is as it was.
async fn unmoved(
    session: &Session,
    wired: &Wired<'_>,
    bodies: &[(Option<Instant>, TermsBody)],
) -> Result<(), TermsError> {
    let present = &wired.pipeline.terms;
    let last = bodies.last();
    let fixed = last.and_then(|(_, last)| fixed::of_pipeline(&wired.pipeline.name, last, present));
    if let Some(fixed) = fixed {
        return Err(TermsError::Fixed(Box::new(fixed)));
    }
    let before = bodies.iter().map(|(_, body)| body);
    let changed = fixed::redenominated(before, present, &directory(wired).accounts);
    if changed.is_empty() {
        return Ok(());
    }
    let issued = session.store.issued_accounts(wired.id).await;
    let issued = issued.map_err(|source| TermsError::Store { source })?;
    match fixed::of_issued(changed, &issued) {
        Some(fixed) => Err(TermsError::Fixed(Box::new(fixed))),
        None => Ok(()),
    }
}

/// The versions that were known at a cutoff: what an earlier plan was made from. Names are those of now.
pub async fn versions_at(
    session: &Session,
    wired: &Wired<'_>,
    cutoff: RecordingId,
) -> Result<Versions, TermsError> {
    let mut bodies = Vec::new();
    let mut known = 0;
    for (recording, effective_from, body) in stored(session, wired).await? {
        known += usize::from(recording <= cutoff);
        bodies.push((effective_from, body));
    }
    bodies.push((None, wired.pipeline.terms.clone()));
    let given = given(session, wired, Some(cutoff)).await?;
    resolved(wired, bodies, known, given)
}

/// All versions that the store has, the oldest first.
async fn stored(
    session: &Session,
    wired: &Wired<'_>,
) -> Result<Vec<(RecordingId, Option<Instant>, TermsBody)>, TermsError> {
    let versions = session.store.config_versions(wired.id, None).await;
    let versions = versions.map_err(|source| TermsError::Store { source })?;
    let versions = versions.into_iter().map(|stored| {
        let body = serde_json::from_str(&stored.body);
        let body = body.map_err(|source| TermsError::Body { source })?;
        Ok((stored.recording, stored.effective_from, body))
    });
    versions.collect()
}

/// Those that were known, of all: the names of the last one count.
fn resolved(
    wired: &Wired<'_>,
    bodies: Vec<(Option<Instant>, TermsBody)>,
    known: usize,
    given: Given,
) -> Result<Versions, TermsError> {
    let marks: Vec<_> = bodies
        .iter()
        .take(known)
        .map(|(from, body)| (from, body.digest()))
        .collect();
    let mut digest = Digest::of_json(&marks);
    let Given {
        mut openings,
        mapped,
    } = given;
    if !openings.is_empty() || !mapped.is_empty() {
        let mapped: Vec<_> = mapped.iter().collect();
        digest = Digest::of_json(&(digest, &openings, &mapped));
    }
    let (starts, mut bodies): (Vec<_>, Vec<_>) = bodies.into_iter().unzip();
    let (renamed, names) = under_last_names(&mut bodies, |key| last_key(&wired.known, key))
        .map_err(|problem| TermsError::Name(Box::new(problem)))?;
    let mut versions = Vec::with_capacity(known);
    let bodies = starts.into_iter().zip(bodies).zip(renamed);
    for ((effective_from, body), renamed) in bodies.take(known) {
        let mut terms =
            body.resolve(&wired.pipeline.zone)
                .map_err(|problems| TermsError::Stored {
                    since: effective_from
                        .map_or_else(|| "the beginning".to_owned(), |from| from.to_string()),
                    problems,
                })?;
        terms.classification.renamed = renamed;
        versions.push(ConfigVersion {
            effective_from,
            terms,
        });
    }
    for item in openings.iter_mut().filter_map(|entry| entry.item.as_mut()) {
        if let Some(last) = names.item(item) {
            *item = last;
        }
    }
    Ok(Versions {
        versions,
        openings,
        mapped,
        open_from: None,
        names,
        digest,
    })
}

/// Gives all versions, the oldest first, the names that the last one has. What accounts were called in each comes back with that.
pub(crate) fn under_last_names(
    bodies: &mut [TermsBody],
    last_key: impl Fn(&str) -> Option<AccountKey>,
) -> Result<(Vec<Renamed>, Names), Problem> {
    let present: BTreeMap<String, AccountConfig> = bodies
        .last()
        .map(|body| body.classify.account.clone())
        .unwrap_or_default();
    let renamed = bodies
        .iter_mut()
        .map(|body| body.rename(&present, &last_key))
        .collect();
    Ok((renamed, Names::unite(bodies)?))
}

fn last_key(known: &Known, key: &str) -> Option<AccountKey> {
    let id = known.directory.accounts.get(&AccountKey::from(key))?;
    known.accounts.get(id).cloned()
}

/// A price of an account is its price under whatever key the account has now.
pub(crate) fn under_last_keys(known: &Known, book: &mut PriceBook) {
    for price in &mut book.prices {
        if let Some(key) = price.level.account_mut()
            && let Some(last) = last_key(known, key.as_str())
        {
            *key = last;
        }
    }
}

/// The start of the period after the last one in which something was issued; none where nothing was.
async fn first_open(session: &Session, wired: &Wired<'_>) -> Result<Option<Instant>, TermsError> {
    let issued = session
        .store
        .issued_periods(wired.id)
        .await
        .map_err(|source| TermsError::Store { source })?;
    let Some(last) = issued.iter().max() else {
        return Ok(None);
    };
    let period =
        BillingPeriod::parse(last, wired.pipeline.zone.clone()).and_then(|period| period.next());
    let period = period.map_err(|source| TermsError::Period { source })?;
    Ok(Some(period.period().from()))
}

/// The ids of accounts and sources under every name that they have or had.
pub fn directory<'w>(wired: &'w Wired<'_>) -> &'w Directory {
    &wired.known.directory
}

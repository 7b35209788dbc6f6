//! The documents that bill a change: as each stands now, with what it bills of the change and from which knowledge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use counterfoil_model::charge::ChargeKey;
use counterfoil_model::counterfoil::{Action, Counterfoil};
use counterfoil_model::document::Reference;
use counterfoil_model::ids::{AccountId, SinkId};
use counterfoil_model::plan::{Confirmed, RemoteState};
use counterfoil_model::time::BillingPeriod;

use super::delivery::{Asked, Delivered, DeliveredLine, Edge, NotYet, Way};
use super::edges::{is_part, is_same, keys_of};
use super::lines::lines;
use super::tracks::Tracks;
use super::{ReportError, store_error};

/// What was confirmed under one reference of a sink, oldest first; never empty.
pub(super) struct Document {
    pub(super) versions: Vec<Arc<Counterfoil>>,
}

impl Document {
    /// Under which references some counterfoils are, each once.
    pub(super) fn places(counterfoils: &[Arc<Counterfoil>]) -> BTreeSet<(SinkId, Reference)> {
        let deliveries = counterfoils.iter().map(|one| &one.delivery);
        deliveries
            .map(|delivery| (delivery.slot.sink, delivery.reference.clone()))
            .collect()
    }

    pub(super) fn first(&self) -> &Arc<Counterfoil> {
        &self.versions[0]
    }

    fn newest(&self) -> &Arc<Counterfoil> {
        &self.versions[self.versions.len() - 1]
    }

    /// What it says, as it was sent last. That it was accepted as void, or that this was retracted, has changed nothing of
    /// that.
    fn content(&self) -> &Arc<Counterfoil> {
        let last = self.versions.iter().rfind(|one| one.action.is_sent());
        last.unwrap_or(self.first())
    }

    fn is_void(&self) -> bool {
        self.newest().action == Action::Voided
    }

    /// Did it count as billed when another counterfoil was written?
    fn stood_before(&self, number: i64) -> bool {
        let last = self.versions.iter().rfind(|one| one.number < number);
        last.is_some_and(|one| one.action != Action::Voided)
    }

    fn bills(&self, key: &ChargeKey) -> bool {
        let mut lines = self.content().delivery.lines.iter();
        lines.any(|line| line.charge == *key)
    }
}

/// What a document bills of a change.
struct Billing {
    lines: Vec<DeliveredLine>,
    /// What was known then of the change is what is known now.
    as_known: bool,
}

impl Billing {
    /// Does the resource have anything of it, as far as that is known?
    fn has_part(&self) -> bool {
        let mut lines = self.lines.iter();
        lines.any(|line| line.share.is_none_or(|share| !share.is_zero()))
    }
}

impl Tracks<'_> {
    /// The deliveries that bill a change, or why none does.
    pub(super) async fn deliveries(
        &mut self,
        asked: &Asked,
        period: &BillingPeriod,
    ) -> Result<Way, ReportError> {
        let now = self.parts_at(period, None).await?;
        let charged_now: BTreeSet<ChargeKey> = keys_of(&now, asked).into_iter().collect();
        let mut keys = charged_now.clone();
        for cutoff in self.cutoffs_of(period).await? {
            let then = self.parts_at(period, Some(cutoff)).await?;
            keys.extend(keys_of(&then, asked));
        }
        let documents = self.documents_of(&keys).await?;
        let mut way = Way::default();
        let mut told: BTreeSet<(SinkId, AccountId)> = BTreeSet::new();
        let mut otherwise: BTreeMap<AccountId, &Document> = BTreeMap::new();
        for (place, document) in documents.iter().enumerate() {
            let earlier = &documents[..place];
            let billing = self.billing((asked, period), &keys, earlier, document);
            let Some(billing) = billing.await? else {
                continue;
            };
            let slot = &document.content().delivery.slot;
            let ledger = (slot.sink, slot.account);
            let is_told = told.contains(&ledger);
            let is_shown = match (billing.as_known, &self.shares) {
                (true, Some(_)) => !is_told || (asked.edge == Edge::Start && billing.has_part()),
                (true, None) => !is_told,
                (false, shares) => shares.is_some(),
            };
            // What is void bills nothing: the next one does, if there is one.
            if !document.is_void() {
                if billing.as_known {
                    told.insert(ledger);
                    otherwise.remove(&slot.account);
                } else {
                    told.remove(&ledger);
                    otherwise.insert(slot.account, document);
                }
            }
            if is_shown {
                way.delivered
                    .push(self.delivered((asked, period), document, billing).await?);
            }
        }
        let is_told = |account: AccountId| told.iter().any(|(_, of)| *of == account);
        let mut waiting = charged_now;
        waiting.retain(|key| !is_told(key.account));
        otherwise.retain(|account, _| !is_told(*account));
        if !waiting.is_empty() || !otherwise.is_empty() {
            let before = otherwise.into_values().last();
            way.not_yet = Some(self.not_yet(period, &waiting, (before, &documents)).await?);
        } else if told.is_empty() {
            way.not_yet = Some(NotYet::NothingCharged);
        }
        Ok(way)
    }

    /// None where a document has nothing of the change.
    async fn billing(
        &mut self,
        (asked, period): (&Asked, &BillingPeriod),
        keys: &BTreeSet<ChargeKey>,
        earlier: &[Document],
        document: &Document,
    ) -> Result<Option<Billing>, ReportError> {
        let content = document.content();
        let sink = content.delivery.slot.sink;
        let Some(cutoff) = self.cutoff_of(&content.plan).await? else {
            return Ok(None);
        };
        let then = self.parts_at(period, Some(cutoff)).await?;
        let mut own = Vec::new();
        for (key, mut line) in lines(content, keys)? {
            let before = earlier.iter().rfind(|one| {
                one.content().delivery.slot.sink == sink
                    && one.bills(key)
                    && one.stood_before(content.number)
            });
            let before = match before {
                Some(before) => self.cutoff_of(&before.content().plan).await?,
                None => None,
            };
            let mut is_own = is_part(&then, key, asked);
            if let Some(before) = before {
                let parts = self.parts_at(period, Some(before)).await?;
                is_own |= is_part(&parts, key, asked);
            }
            if is_own {
                self.share(period, (cutoff, before), (key, asked), &mut line)
                    .await?;
                own.push(line);
            }
        }
        if own.is_empty() {
            return Ok(None);
        }
        let now = self.parts_at(period, None).await?;
        Ok(Some(Billing {
            lines: own,
            as_known: is_same(&then, &now, asked, content.delivery.slot.account),
        }))
    }

    async fn delivered(
        &mut self,
        (asked, period): (&Asked, &BillingPeriod),
        document: &Document,
        billing: Billing,
    ) -> Result<Delivered, ReportError> {
        // A draft may have been sent before the change was known.
        let mut sent = document.first().confirmed;
        let now = self.parts_at(period, None).await?;
        let versions = document.versions.iter().filter(|_| billing.as_known);
        for version in versions {
            let Some(cutoff) = self.cutoff_of(&version.plan).await? else {
                continue;
            };
            let then = self.parts_at(period, Some(cutoff)).await?;
            if is_same(&then, &now, asked, version.delivery.slot.account) {
                sent = version.confirmed;
                break;
            }
        }
        let (session, delivery) = (self.session, &document.content().delivery);
        let sink = delivery.slot.sink;
        let named = self.wired.sinks.iter().find(|(id, _)| *id == sink);
        let Confirmed { remote, state, .. } = Confirmed::of(document.newest());
        let former = self.wired.known.former_key_of(delivery);
        let read_back = session.store.read_back_at(sink, &delivery.reference).await;
        Ok(Delivered {
            sink: named.map_or_else(|| sink.to_string(), |(_, config)| config.name.clone()),
            reference: delivery.reference.to_string(),
            account: self.wired.known.key_of(delivery).to_string(),
            buyer_account: former.map(|key| key.to_string()),
            billing_period: delivery.slot.billing_period.clone(),
            sent,
            number: remote.number,
            state,
            posted: state == RemoteState::Posted,
            read_back: read_back.map_err(store_error)?,
            corrects: delivery.corrects.as_ref().map(ToString::to_string),
            as_known: billing.as_known,
            lines: billing.lines,
        })
    }

    /// Why what is charged now is billed by no document; `before` bills it from other knowledge.
    async fn not_yet(
        &mut self,
        period: &BillingPeriod,
        keys: &BTreeSet<ChargeKey>,
        (before, documents): (Option<&Document>, &[Document]),
    ) -> Result<NotYet, ReportError> {
        let billing_period = period.id();
        let mut standing = documents.iter().rev().filter(|one| !one.is_void());
        let standing = standing.find(|one| keys.iter().any(|key| one.bills(key)));
        if let Some(issued) = before.or(standing) {
            return Ok(NotYet::LearnedLater {
                billing_period,
                reference: issued.content().delivery.reference.to_string(),
            });
        }
        if period.period().to() > self.session.now {
            return Ok(NotYet::OpenPeriod {
                billing_period,
                ends: period.period().to(),
            });
        }
        let store = &self.session.store;
        let mut is_planned = false;
        for (sink, _) in &self.wired.sinks {
            let plan = store.newest_plan(self.wired.id, *sink, &billing_period);
            let Some(mut plan) = plan.await.map_err(store_error)? else {
                continue;
            };
            is_planned = true;
            for planned in &mut plan.plan.deliveries {
                self.now.read_all(self.wired, &mut planned.delivery);
            }
            let holds = plan.plan.deliveries.iter().find(|planned| {
                let mut lines = planned.delivery.lines.iter();
                lines.any(|line| keys.contains(&line.charge))
            });
            if let Some(planned) = holds {
                let reference = &planned.delivery.reference;
                let effect = store.effect(*sink, reference).await.map_err(store_error)?;
                return Ok(NotYet::NotSent {
                    billing_period,
                    reference: Some(reference.to_string()),
                    state: effect.map(|stored| stored.effect.state),
                });
            }
        }
        Ok(if !is_planned {
            NotYet::NotSent {
                billing_period,
                reference: None,
                state: None,
            }
        } else if self.come_to_nothing(period, keys).await? {
            NotYet::ComesToNothing { billing_period }
        } else {
            NotYet::NotPlanned { billing_period }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn version(number: i64, action: Action) -> Arc<Counterfoil> {
        let money = json!({ "amount": "1.00", "currency": "EUR" });
        let buyer = json!({ "account": "acme", "name": "Acme" });
        let slot = json!({
            "store": "s", "tenant": 1, "pipeline": 1, "sink": 1, "account": 1, "currency": "EUR",
            "invoice_group": "default", "billing_period": "2026-03", "part": 1, "correction": 0,
        });
        let delivery = json!({
            "slot": slot, "reference": "CF-A", "kind": "invoice", "buyer": buyer, "issue_date": "2026-04-01",
            "first_day": "2026-03-01", "last_day": "2026-03-31", "lines": [], "net": money, "parts": 1, "post": true,
        });
        let counterfoil = json!({
            "number": number, "action": action, "delivery": delivery,
            "content_digest": counterfoil_model::digest::Digest::of_bytes(b""),
            "remote": { "id": "1", "lines": [] }, "posted": true, "plan": "p", "confirmed": "2026-04-01T06:00:00Z",
        });
        Arc::new(serde_json::from_value(counterfoil).unwrap())
    }

    fn document(versions: &[(i64, Action)]) -> Document {
        let versions = versions.iter();
        Document {
            versions: versions
                .map(|(number, action)| version(*number, *action))
                .collect(),
        }
    }

    #[test]
    fn a_correction_stands_on_its_original_in_whichever_order_both_were_reinstated() {
        use Action::{Created, Reinstated, Voided};
        for (of_invoice, of_credit) in [((3, 5), (4, 6)), ((4, 6), (3, 5))] {
            let of = |sent, (void, again)| {
                document(&[(sent, Created), (void, Voided), (again, Reinstated)])
            };
            let (invoice, credit) = (of(1, of_invoice), of(2, of_credit));
            assert_eq!(credit.content().number, 2);
            assert!(invoice.stood_before(credit.content().number));
            assert!(!invoice.is_void());
        }
        // It was void before its arrival was recorded: that is all there is of what it says.
        let only = document(&[(7, Voided), (8, Reinstated)]);
        assert_eq!(only.content().number, 7);
    }
}

//! Money that adds up or does not, findings that are accepted as they are, and certificates that somebody tampers with.

use std::collections::BTreeMap;

use super::*;
use crate::counterfoil::Link;
use crate::digest::Digest;
use crate::finding::{Finding, FindingCode, Severity};
use crate::ids::{RecordingId, TenantId};
use crate::money::Money;
use crate::plan::sample::{apply_all, charge, input};
use crate::plan::{Confirmed, plan};
use crate::rate::SuspenseEstimate;
use crate::time::{BillingPeriod, Instant, TimeZone};
use crate::verify::Anchor;

fn eur(text: &str) -> Money {
    Money::parse(text, "EUR".parse().unwrap()).unwrap()
}

fn at(second: i64) -> Instant {
    Instant::from_seconds(second).unwrap()
}

fn rows(
    charges: &[crate::charge::Charge],
    confirmed: &[Confirmed],
    planned: bool,
) -> Vec<AccountMoney> {
    let mut asked = input(charges.to_vec());
    asked.confirmed = confirmed.to_vec();
    let made = plan(asked).unwrap();
    balance(&MoneyInput {
        sink: "books",
        billing_period: "2026-03",
        charges,
        confirmed,
        planned: if planned { &made.deliveries } else { &[] },
        keys: &BTreeMap::new(),
    })
    .unwrap()
}

#[test]
fn what_is_rated_is_confirmed_or_known_not_to_be_sent() {
    let charges = [charge("disk", "10", "2.00"), charge("vcpu", "3", "5.00")];
    let before = rows(&charges, &[], true);
    assert_eq!(before.len(), 1);
    let amounts = before[0].amounts;
    assert_eq!(
        (amounts.rated, amounts.not_sent),
        (eur("35.00"), eur("35.00"))
    );
    assert!(unbalanced(&before).is_empty());

    let mut confirmed = Vec::new();
    apply_all(&mut confirmed, &plan(input(charges.to_vec())).unwrap());
    let after = rows(&charges, &confirmed, true);
    let amounts = after[0].amounts;
    assert_eq!(
        (amounts.confirmed, amounts.not_sent),
        (eur("35.00"), eur("0.00"))
    );
    assert_eq!(totals(&after).unwrap()[0].amounts, amounts);

    // What is confirmed and not rated any more, and what is rated and nobody would send, are remainders.
    let lost = rows(&charges[..1], &confirmed, false);
    assert_eq!(lost[0].amounts.remainder, eur("-15.00"));
    let finding = &unbalanced(&lost)[0];
    assert_eq!(
        (finding.code, finding.value),
        (FindingCode::Unbalanced, Some(eur("-15.00")))
    );
    assert_eq!(
        rows(&charges, &[], false)[0].amounts.remainder,
        eur("35.00")
    );
}

#[test]
fn what_is_billed_with_a_period_counts_whatever_its_charge_period_is() {
    let month = charge("disk", "10", "2.00");
    let next = crate::plan::sample::charge_in("2026-04", "licence", "1", "30.00");
    let charges = [month, next];
    let mut confirmed = Vec::new();
    apply_all(&mut confirmed, &plan(input(charges.to_vec())).unwrap());
    let amounts = rows(&charges, &confirmed, true)[0].amounts;
    assert_eq!(
        (amounts.rated, amounts.confirmed, amounts.remainder),
        (eur("50.00"), eur("50.00"), eur("0.00"))
    );
}

fn finding(code: FindingCode, severity: Severity, value: &str) -> Finding {
    Finding {
        code,
        severity,
        subject: "erp".to_owned(),
        message: "something is so".to_owned(),
        next_step: "mend it".to_owned(),
        value: Some(eur(value)),
        since: None,
    }
}

fn judged(findings: Vec<Finding>, accepted: &BTreeMap<Digest, Acceptance>) -> Vec<Reason> {
    let basis = Basis {
        billing_period: "2026-03",
        kinds: &BTreeMap::new(),
        suspense: &SuspenseEstimate::default(),
    };
    reasons(findings.into_iter().map(Found::from), basis, accepted)
}

#[test]
fn an_acceptance_is_of_the_finding_as_it_was() {
    let anna = Acceptance {
        by: "anna".to_owned(),
        login: None,
        reason: "agreed with acme".to_owned(),
        at: at(1),
    };
    let drift = finding(FindingCode::Drift, Severity::Warning, "1.00");
    let first = judged(vec![drift.clone(), drift.clone()], &BTreeMap::new());
    assert_eq!(first.len(), 1);
    assert!(first[0].is_open());
    let accepted = BTreeMap::from([(first[0].digest, anna)]);
    assert!(!judged(vec![drift.clone()], &accepted)[0].is_open());
    let later = Finding {
        since: Some(at(2)),
        ..drift.clone()
    };
    assert!(!judged(vec![later], &accepted)[0].is_open());
    let grown = Finding {
        value: Some(eur("2.00")),
        ..drift
    };
    assert!(judged(vec![grown], &accepted)[0].is_open());
}

#[test]
fn what_nobody_can_know_cannot_be_accepted_and_notes_need_no_acceptance() {
    let unknown = finding(FindingCode::UnknownEffect, Severity::Blocking, "1.00");
    let digest = judged(vec![unknown.clone()], &BTreeMap::new())[0].digest;
    let accepted = BTreeMap::from([(
        digest,
        Acceptance {
            by: "anna".to_owned(),
            login: None,
            reason: "so what".to_owned(),
            at: at(1),
        },
    )]);
    let told = judged(
        vec![
            unknown,
            finding(FindingCode::Adapted, Severity::Note, "0.00"),
            finding(FindingCode::HoldsLater, Severity::Warning, "0.00"),
        ],
        &accepted,
    );
    assert_eq!(told.len(), 1);
    assert!(told[0].is_open() && !told[0].can_be_accepted);
}

fn certificate(number: i64, previous: Option<Digest>, chain: Option<Anchor>) -> Sealed {
    let period = BillingPeriod::parse("2026-03", TimeZone::UTC).unwrap();
    Sealed::new(Certificate {
        number,
        previous,
        store: "store".to_owned(),
        tenant: TenantId(1),
        pipeline: "main".to_owned(),
        billing_period: period.id(),
        period: period.period(),
        timezone: "UTC".to_owned(),
        supplements: (number > 1).then_some(number - 1),
        closed: at(10),
        by: "anna".to_owned(),
        login: None,
        cutoff: RecordingId(number),
        config: Digest::of_bytes(b"config"),
        chain,
        statement: Statement::default(),
    })
}

fn written(sealed: &Sealed) -> Written {
    Written {
        number: sealed.certificate.number,
        billing_period: sealed.certificate.billing_period.clone(),
        digest: sealed.digest,
        body: serde_json::to_string(&sealed.certificate).unwrap(),
    }
}

#[test]
fn a_certificate_that_was_edited_replaced_removed_or_cut_off_is_named() {
    let link = Link::after(None, Digest::of_bytes(b"one"));
    let first = certificate(1, None, Some(Anchor::from(&link)));
    let second = certificate(2, Some(first.digest), Some(Anchor::from(&link)));
    let all = [written(&first), written(&second)];
    let head = Anchor {
        number: 2,
        digest: second.digest,
    };
    let whole = anchored(&all, Some(&head)).unwrap();
    assert_eq!(whole.len(), 2);
    assert!(whole[0].meets(&link).is_ok() && whole[0].reaches(1).is_ok());

    let other = Link::after(None, Digest::of_bytes(b"another"));
    assert!(matches!(
        whole[0].meets(&other),
        Err(CertificateError::OtherChain {
            number: 1,
            counterfoil: 1,
            ..
        })
    ));
    assert!(matches!(
        whole[0].reaches(0),
        Err(CertificateError::ChainShrank {
            counterfoils: 1,
            found: 0,
            ..
        })
    ));

    let mut edited = all.clone();
    edited[0].body = edited[0].body.replace("anna", "otto");
    assert!(matches!(
        anchored(&edited, Some(&head)),
        Err(CertificateError::Edited { number: 1, .. })
    ));
    // Sealed anew, the one after it tells.
    edited[0].digest =
        Digest::of_json(&serde_json::from_str::<serde_json::Value>(&edited[0].body).unwrap());
    assert!(matches!(
        anchored(&edited, Some(&head)),
        Err(CertificateError::Replaced { number: 1, .. })
    ));
    assert_eq!(
        anchored(&all[1..], Some(&head)),
        Err(CertificateError::Removed { number: 1 })
    );
    assert_eq!(
        anchored(&all[..1], Some(&head)),
        Err(CertificateError::CutOff { number: 2, last: 2 })
    );
    assert!(anchored(&all, None).is_err());
}

#[test]
fn names_are_not_the_substance_of_a_statement() {
    let charges = [charge("disk", "10", "2.00")];
    let mut statement = Statement {
        money: rows(&charges, &[], true),
        ..Statement::default()
    };
    let before = statement.substance();
    statement.money[0].sink = "erp".to_owned();
    statement.money[0].key = Some("acme-ab".into());
    assert_eq!(statement.substance(), before);
    statement.money[0].amounts.rated = eur("21.00");
    assert_ne!(statement.substance(), before);
}

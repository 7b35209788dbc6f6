//! A document and both of its sides, for the tests of this module.

use std::collections::BTreeMap;

use super::*;
use crate::decimal::Decimal;
use crate::document::{Delivery, DocumentKind};
use crate::money::Money;
use crate::plan::sample::{charge, input};

pub(crate) fn tax(category: VatCategory, percent: &str) -> Tax {
    let config = TaxConfig {
        category,
        percent: Some(crate::price::WrittenDecimal(percent.to_owned())),
        reason: (category == VatCategory::E).then(|| "Article 132".to_owned()),
        reason_code: None,
    };
    let mut problems = Vec::new();
    let taxes = resolve_taxes(&BTreeMap::from([("one".to_owned(), config)]), &mut problems);
    assert_eq!(problems, []);
    taxes["one"].clone()
}

pub(crate) fn party(name: &str, number: &str) -> Party {
    Party {
        name: name.to_owned(),
        legal_id: Some(number.to_owned()),
        legal_id_scheme: Some("0007".to_owned()),
        vat_id: Some(format!("SE{number}01")),
        address: Some(Address {
            street: Some("Hallvägen 1".to_owned()),
            city: Some("Luleå".to_owned()),
            postal_code: Some("972 38".to_owned()),
            country: Some("SE".to_owned()),
            ..Address::default()
        }),
        endpoint: Some(Endpoint {
            scheme: "0007".to_owned(),
            id: number.to_owned(),
        }),
        contact: Some(Contact {
            email: Some("billing@example.net".to_owned()),
            ..Contact::default()
        }),
        ..Party::default()
    }
}

pub(crate) fn invoicing() -> Invoicing {
    Invoicing {
        seller: party("Hosting AB", "5566778899"),
        buyer: party("Acme AB", "5560001231"),
        order_reference: Some("PO-7".to_owned()),
        payment: Payment {
            iban: Some("SE4550000000058398257466".to_owned()),
            bic: Some("ESSESESS".to_owned()),
            invoice_terms: Some("30 days".to_owned()),
            credit_terms: Some("Nothing is to be paid.".to_owned()),
        },
        taxes: BTreeMap::from([("standard".to_owned(), tax(VatCategory::S, "25"))]),
        payable_step: None,
        texts: Vec::new(),
        agreement_texts: BTreeMap::new(),
    }
}

/// Of lines with a quantity, a price and a net, in the sign of their document.
pub(crate) fn delivery(
    kind: DocumentKind,
    currency: &str,
    lines: &[(&str, &str, &str)],
) -> Delivery {
    let mut plan = crate::plan::plan(input(vec![charge("ram", "1", "1")])).unwrap();
    let mut delivery = plan.deliveries.remove(0).delivery;
    let pattern = delivery.lines.remove(0);
    delivery.kind = kind;
    delivery.slot.currency = currency.parse().unwrap();
    for (quantity, price, net) in lines {
        let net = Money::parse(net, delivery.slot.currency).unwrap();
        let mut line = pattern.clone();
        line.quantity = quantity.parse::<Decimal>().unwrap();
        line.unit_price = price.parse().unwrap();
        line.net = net;
        line.billed = match kind {
            DocumentKind::Invoice => net,
            DocumentKind::CreditNote => net.checked_neg().unwrap(),
        };
        delivery.lines.push(line);
    }
    let nets = delivery.lines.iter().map(|line| line.net);
    delivery.net = Money::sum(nets, delivery.slot.currency).unwrap();
    delivery
}

pub(crate) fn invoice(lines: &[(&str, &str, &str)]) -> EInvoice {
    let delivery = delivery(DocumentKind::Invoice, "EUR", lines);
    build(&delivery, &invoicing(), Calls::default()).unwrap()
}

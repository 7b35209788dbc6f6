//! Translates between the contract and the practice API. Pure: it sends nothing and decides nothing.

use counterfoil_sdk::sink::{
    Delivery, DocumentKind, Remote, RemoteCustomer, RemoteDocument, RemoteLine, RemoteState,
};

use crate::wire::{Customer, Document, DocumentInput, DocumentLine, Info, Kind, LineInput, State};

/// The document that a delivery asks for, under the API's id of the customer.
pub(crate) fn document_input<'delivery>(
    delivery: &'delivery Delivery,
    customer: &'delivery str,
) -> DocumentInput<'delivery> {
    DocumentInput {
        kind: match delivery.kind {
            DocumentKind::Invoice => Kind::Invoice,
            DocumentKind::CreditNote => Kind::CreditNote,
        },
        reference: &delivery.reference,
        slot_digest: &delivery.slot_digest,
        content_digest: &delivery.content_digest,
        customer,
        currency: &delivery.currency,
        issue_date: &delivery.issue_date,
        due_date: delivery.due_date.as_deref(),
        first_day: &delivery.first_day,
        last_day: &delivery.last_day,
        buyer_reference: delivery.customer.buyer_reference.as_deref(),
        corrects: delivery
            .corrects
            .as_ref()
            .map(|(_, remote_id)| remote_id.as_str()),
        net: &delivery.net,
        lines: delivery
            .lines
            .iter()
            .map(|line| LineInput {
                line_reference: &line.id,
                item: &line.item,
                description: &line.description,
                quantity: &line.quantity,
                unit: &line.unit,
                unit_price: &line.unit_price,
                net: &line.net,
                first_day: &line.first_day,
                last_day: &line.last_day,
                tax_category: line.tax_category.as_deref(),
                account_code: line.account_code.as_deref(),
            })
            .collect(),
    }
}

/// The document as a thing at the remote.
pub(crate) fn remote(document: &Document, url: &str) -> Remote {
    Remote {
        id: document.id.clone(),
        number: document.number.clone(),
        url: Some(format!("{url}/api/v1/documents/{}", document.id)),
        version: Some(document.version.to_string()),
    }
}

/// Our id of each line that has one, and the API's.
pub(crate) fn line_ids(document: &Document) -> Vec<(String, String)> {
    let pair = |line: &DocumentLine| Some((line.line_reference.clone()?, line.id.clone()));
    document.lines.iter().filter_map(pair).collect()
}

/// The document as the contract reads it back.
pub(crate) fn remote_document(document: Document, url: &str) -> RemoteDocument {
    RemoteDocument {
        remote: remote(&document, url),
        reference: document.reference,
        slot_digest: document.slot_digest,
        content_digest: document.content_digest,
        kind: match document.kind {
            Kind::Invoice => DocumentKind::Invoice,
            Kind::CreditNote => DocumentKind::CreditNote,
        },
        state: match document.state {
            State::Draft => RemoteState::Draft,
            State::Posted => RemoteState::Posted,
            State::Void => RemoteState::Void,
        },
        customer: Some(document.customer),
        currency: document.currency,
        issue_date: Some(document.issue_date),
        net: document.net,
        lines: document.lines.into_iter().map(remote_line).collect(),
        changed: Some(document.changed),
    }
}

fn remote_line(line: DocumentLine) -> RemoteLine {
    RemoteLine {
        id: line.id,
        line: line.line_reference,
        description: line.description,
        quantity: Some(line.quantity),
        unit_price: Some(line.unit_price),
        net: line.net,
    }
}

pub(crate) fn remote_customer(customer: Customer) -> RemoteCustomer {
    RemoteCustomer {
        id: customer.id,
        reference: Some(customer.reference),
        name: customer.name,
    }
}

/// What the API can do, as its information tells.
pub(crate) fn abilities(info: &Info, find_lag_ms: u32) -> Vec<(String, String)> {
    let able = [
        "draft",
        "post",
        "update",
        "void",
        "credit-note",
        "negative-lines",
        "customers",
        "find",
    ];
    let limits = [
        ("lines-max", info.lines_max),
        ("quantity-decimals", info.quantity_decimals),
        ("price-decimals", info.price_decimals),
        ("reference-length", info.reference_length_max),
        ("find-lag-ms", find_lag_ms),
    ];
    able.iter()
        .map(|key| ((*key).to_owned(), "yes".to_owned()))
        .chain(limits.map(|(key, value)| (key.to_owned(), value.to_string())))
        .chain([("tax".to_owned(), "ledger".to_owned())])
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use counterfoil_sdk::sink;
    use serde_json::json;

    use super::*;

    /// A credit note with two lines of both signs.
    pub(crate) fn delivery() -> Delivery {
        let line = |id: &str, net: &str| sink::Line {
            id: id.into(),
            item: "rack-unit".into(),
            description: "Rack units".into(),
            quantity: "2.50".into(),
            unit: "C62".into(),
            unit_price: "4".into(),
            net: net.into(),
            first_day: "2026-03-01".into(),
            last_day: "2026-03-31".into(),
            tax_category: Some("standard".into()),
            account_code: None,
            extras: vec![],
        };
        Delivery {
            reference: "CF-ABC".into(),
            slot_digest: "slot".into(),
            content_digest: "content-1".into(),
            kind: DocumentKind::CreditNote,
            corrects: Some(("CF-OLD".into(), "doc_7".into())),
            customer: sink::Customer {
                account: "acme".into(),
                name: "Acme".into(),
                remote_id: None,
                buyer_reference: Some("PO 7".into()),
                extras: vec![],
            },
            currency: "EUR".into(),
            issue_date: "2026-04-01".into(),
            due_date: None,
            first_day: "2026-03-01".into(),
            last_day: "2026-03-31".into(),
            lines: vec![line("a", "10.00"), line("b", "-9.50")],
            net: "0.50".into(),
            part: 1,
            parts: 1,
            finalize: sink::Finalize::Post,
            known: None,
            extras: vec![],
        }
    }

    /// The draft that `delivery` leaves behind, as the API answers it.
    pub(crate) fn draft() -> Document {
        serde_json::from_value(json!({
            "id": "doc_9", "kind": "credit-note", "state": "draft", "number": null, "reference": "CF-ABC",
            "slot_digest": "slot", "content_digest": "content-1", "customer": "cus_1", "currency": "EUR",
            "issue_date": "2026-04-01", "due_date": null, "net": "0.50", "version": 1,
            "lines": [
                { "id": "lin_1", "line_reference": "a", "description": "Rack units", "quantity": "2.5",
                  "unit_price": "4", "net": "10.00", "item": null },
                { "id": "lin_2", "line_reference": null, "description": "By hand", "quantity": "1",
                  "unit_price": "-9.5", "net": "-9.50" },
            ],
            "created": "2026-04-01T00:00:00Z", "changed": "2026-04-01T00:00:05Z",
        }))
        .unwrap()
    }

    #[test]
    fn a_delivery_is_sent_with_its_amounts_as_text() {
        let sent = serde_json::to_value(document_input(&delivery(), "cus_1")).unwrap();
        assert_eq!(sent["kind"], "credit-note");
        assert_eq!(sent["corrects"], "doc_7");
        assert_eq!(sent["buyer_reference"], "PO 7");
        assert_eq!(sent["customer"], "cus_1");
        assert_eq!(sent["due_date"], json!(null));
        assert_eq!(
            sent["lines"][1],
            json!({
                "line_reference": "b", "item": "rack-unit", "description": "Rack units", "quantity": "2.50",
                "unit": "C62", "unit_price": "4", "net": "-9.50", "first_day": "2026-03-01",
                "last_day": "2026-03-31", "tax_category": "standard", "account_code": null,
            })
        );
    }

    #[test]
    fn a_document_is_read_back_line_by_line() {
        let read = remote_document(draft(), "http://x.example");
        assert_eq!(
            read.remote.url.as_deref(),
            Some("http://x.example/api/v1/documents/doc_9")
        );
        assert_eq!(
            (read.remote.number, read.remote.version.as_deref()),
            (None, Some("1"))
        );
        assert_eq!(
            (read.kind, read.state),
            (DocumentKind::CreditNote, RemoteState::Draft)
        );
        assert_eq!(read.changed.as_deref(), Some("2026-04-01T00:00:05Z"));
        assert_eq!(
            (read.lines[0].line.as_deref(), read.lines[1].line.as_deref()),
            (Some("a"), None)
        );
        assert_eq!(
            (read.lines[1].net.as_str(), read.net.as_str()),
            ("-9.50", "0.50")
        );
    }

    #[test]
    fn lines_that_others_added_have_no_id_of_ours() {
        assert_eq!(line_ids(&draft()), [("a".to_owned(), "lin_1".to_owned())]);
    }

    #[test]
    fn abilities_carry_the_limits_that_the_service_states() {
        let info = Info {
            name: "practice".into(),
            version: "0.1.0".into(),
            quantity_decimals: 2,
            price_decimals: 4,
            lines_max: 250,
            reference_length_max: 64,
        };
        let abilities = abilities(&info, 1500);
        let value = |key: &str| {
            abilities
                .iter()
                .find(|(found, _)| found == key)
                .map(|(_, value)| value.as_str())
        };
        for (key, expected) in [
            ("quantity-decimals", Some("2")),
            ("price-decimals", Some("4")),
            ("lines-max", Some("250")),
            ("find-lag-ms", Some("1500")),
            ("negative-lines", Some("yes")),
            ("tax", Some("ledger")),
            ("upsert", None),
        ] {
            assert_eq!(value(key), expected, "{key}");
        }
    }
}

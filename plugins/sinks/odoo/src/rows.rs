//! The table that the import API takes for a delivery. Pure.

use counterfoil_sdk::Error;
use counterfoil_sdk::sink::{Delivery, DocumentKind, Line};

use crate::resolve::Resolved;
use crate::settings::Settings;

/// The module of our external ids.
pub(crate) const MODULE: &str = "counterfoil";
/// So many digits of the content's digest are kept.
const DIGEST_DIGITS: usize = 16;

const LINE_FIELDS: [&str; 7] = [
    "invoice_line_ids/id",
    "invoice_line_ids/sequence",
    "invoice_line_ids/name",
    "invoice_line_ids/quantity",
    "invoice_line_ids/price_unit",
    "invoice_line_ids/tax_ids/.id",
    "invoice_line_ids/account_id/.id",
];

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) fields: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// One row for each line; the first one carries the document.
pub(crate) fn table(
    delivery: &Delivery,
    resolved: &Resolved,
    settings: &Settings,
) -> Result<Table, Error> {
    if delivery.lines.is_empty() {
        return Err(Error::unsupported(
            "a document without lines is withdrawn, not sent",
        ));
    }
    let head = head(delivery, resolved, settings);
    let mut fields: Vec<String> = head.iter().map(|(field, _)| field.clone()).collect();
    fields.extend(LINE_FIELDS.map(str::to_owned));
    let mut rows = Vec::with_capacity(delivery.lines.len());
    for (index, line) in delivery.lines.iter().enumerate() {
        let mut row: Vec<String> = if index == 0 {
            head.iter().map(|(_, value)| value.clone()).collect()
        } else {
            vec![String::new(); head.len()]
        };
        row.extend(line_values(delivery, line, index, resolved));
        rows.push(row);
    }
    Ok(Table { fields, rows })
}

fn head(delivery: &Delivery, resolved: &Resolved, settings: &Settings) -> Vec<(String, String)> {
    let move_type = match delivery.kind {
        DocumentKind::Invoice => "out_invoice",
        DocumentKind::CreditNote => "out_refund",
    };
    let due_date = delivery.due_date.as_ref().unwrap_or(&delivery.issue_date);
    let mut head = vec![
        ("id", format!("{MODULE}.{}", delivery.reference)),
        ("move_type", move_type.to_owned()),
        ("partner_id/.id", resolved.partner.to_string()),
        ("journal_id/.id", resolved.journal.to_string()),
        ("currency_id/.id", resolved.currency.to_string()),
        ("invoice_date", delivery.issue_date.clone()),
        ("invoice_date_due", due_date.clone()),
        (
            settings.reference_field.as_str(),
            delivery.reference.clone(),
        ),
        ("narration", narration(delivery, settings)),
    ];
    if let Some(field) = settings.digest_field() {
        head.push((field, stored_digest(delivery)));
    }
    if let (Some(field), Some(text)) = (settings.buyer_field(), &delivery.customer.buyer_reference)
    {
        head.push((field, text.clone()));
    }
    // Odoo links only a credit note to what it corrects; a supplement says it in words.
    if let (DocumentKind::CreditNote, Some((_, id))) = (delivery.kind, &delivery.corrects) {
        head.push(("reversed_entry_id/.id", id.clone()));
    }
    head.into_iter()
        .map(|(field, value)| (field.to_owned(), value))
        .collect()
}

fn narration(delivery: &Delivery, settings: &Settings) -> String {
    let mut sentences = Vec::new();
    if let (None, Some(text)) = (settings.buyer_field(), &delivery.customer.buyer_reference) {
        sentences.push(format!("Your reference: {}", escaped(text)));
    }
    if let Some((reference, _)) = &delivery.corrects {
        sentences.push(format!("Corrects {}", escaped(reference)));
    }
    if delivery.parts > 1 {
        sentences.push(format!("Part {} of {}", delivery.part, delivery.parts));
    }
    sentences.join("<br/>")
}

fn line_values(delivery: &Delivery, line: &Line, index: usize, resolved: &Resolved) -> [String; 7] {
    let id_or_none = |id: Option<u32>| id.map(|id| id.to_string()).unwrap_or_default();
    [
        format!("{MODULE}.{}", line_name(&delivery.reference, &line.id)),
        ((index + 1) * 10).to_string(),
        described(line),
        line.quantity.clone(),
        line.unit_price.clone(),
        id_or_none(resolved.tax(line)),
        id_or_none(resolved.account(line)),
    ]
}

/// The external id of a line, without its module.
fn line_name(reference: &str, line: &str) -> String {
    format!("{reference}_{line}")
}

/// Our id of a line, from its external id.
pub(crate) fn line_of_name<'name>(reference: &str, name: &'name str) -> Option<&'name str> {
    name.strip_prefix(reference)?.strip_prefix('_')
}

/// Odoo's lines have no period of their own: it stands in the last line of the text.
fn described(line: &Line) -> String {
    format!(
        "{}\n{} – {}",
        line.description, line.first_day, line.last_day
    )
}

/// The text without the period that [`described`] added.
pub(crate) fn plain_description(text: &str) -> &str {
    match text.rsplit_once('\n') {
        Some((description, period)) if is_period(period) => description,
        _ => text,
    }
}

fn is_period(text: &str) -> bool {
    let is_date = |text: &str| {
        text.len() == 10
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'-')
    };
    text.split_once(" – ")
        .is_some_and(|(first, last)| is_date(first) && is_date(last))
}

/// Reference and digest: as the source of an invoice it is printed, and short enough to be read out.
fn stored_digest(delivery: &Delivery) -> String {
    let digits: String = delivery
        .content_digest
        .chars()
        .take(DIGEST_DIGITS)
        .collect();
    format!("{}/{digits}", delivery.reference)
}

/// The first digits of the digest that a document was stored with.
pub(crate) fn digest_of_stored<'text>(reference: &str, text: &'text str) -> Option<&'text str> {
    text.strip_prefix(reference)?.strip_prefix('/')
}

/// Is this the content of the delivery?
pub(crate) fn has_digest(delivery: &Delivery, digest: &str) -> bool {
    digest.len() >= DIGEST_DIGITS && delivery.content_digest.starts_with(digest)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
pub(crate) mod tests {
    use counterfoil_sdk::sink::{Customer, Finalize};

    use super::*;
    use crate::settings::tests::settings;

    pub(crate) fn line(id: &str, description: &str, net: &str) -> Line {
        Line {
            id: id.into(),
            item: "vcpu".into(),
            description: description.into(),
            quantity: "1".into(),
            unit: "C62".into(),
            unit_price: net.into(),
            net: net.into(),
            first_day: "2026-03-01".into(),
            last_day: "2026-03-31".into(),
            tax_category: None,
            account_code: None,
            extras: vec![],
        }
    }

    pub(crate) fn delivery() -> Delivery {
        Delivery {
            reference: "CF-X".into(),
            slot_digest: "slot".into(),
            content_digest: "0123456789abcdef0123".into(),
            kind: DocumentKind::Invoice,
            corrects: None,
            customer: Customer {
                account: "acme".into(),
                name: "Acme".into(),
                remote_id: None,
                buyer_reference: Some("PO <7>".into()),
                extras: vec![],
            },
            currency: "EUR".into(),
            issue_date: "2026-04-01".into(),
            due_date: None,
            first_day: "2026-03-01".into(),
            last_day: "2026-03-31".into(),
            lines: vec![line("a-1", "one", "12.34"), line("b-1", "two", "-1")],
            net: "11.34".into(),
            part: 1,
            parts: 1,
            finalize: Finalize::Post,
            known: None,
            extras: vec![],
        }
    }

    fn resolved() -> Resolved {
        Resolved {
            partner: 6,
            journal: 1,
            currency: 126,
            taxes: [("default".to_owned(), 1)].into(),
            accounts: [("default".to_owned(), 26)].into(),
        }
    }

    fn value<'table>(table: &'table Table, row: usize, field: &str) -> Option<&'table str> {
        let column = table.fields.iter().position(|one| one == field)?;
        Some(&table.rows[row][column])
    }

    #[test]
    fn the_first_row_carries_the_document_and_each_row_a_line() {
        let table = table(
            &delivery(),
            &resolved(),
            &settings(r#"{"url":"https://x.example"}"#),
        )
        .unwrap();
        assert_eq!(value(&table, 0, "id"), Some("counterfoil.CF-X"));
        assert_eq!(value(&table, 1, "id"), Some(""));
        assert_eq!(value(&table, 0, "ref"), Some("CF-X"));
        assert_eq!(
            value(&table, 0, "invoice_origin"),
            Some("CF-X/0123456789abcdef")
        );
        assert_eq!(
            value(&table, 0, "narration"),
            Some("Your reference: PO &lt;7&gt;")
        );
        assert_eq!(
            value(&table, 1, "invoice_line_ids/id"),
            Some("counterfoil.CF-X_b-1")
        );
        assert_eq!(
            value(&table, 1, "invoice_line_ids/name"),
            Some("two\n2026-03-01 – 2026-03-31")
        );
        assert_eq!(value(&table, 0, "reversed_entry_id/.id"), None);
    }

    #[test]
    fn a_credit_note_is_linked_and_a_supplement_says_so() {
        let config = settings(
            r#"{"url":"https://x.example","reference_field":"x_cf_ref","digest_field":""}"#,
        );
        let mut correction = delivery();
        correction.corrects = Some(("CF-ORIGINAL".into(), "7".into()));
        let supplement = table(&correction, &resolved(), &config).unwrap();
        assert_eq!(
            value(&supplement, 0, "narration"),
            Some("Corrects CF-ORIGINAL")
        );
        assert_eq!(value(&supplement, 0, "reversed_entry_id/.id"), None);
        correction.kind = DocumentKind::CreditNote;
        let credit = table(&correction, &resolved(), &config).unwrap();
        assert_eq!(value(&credit, 0, "reversed_entry_id/.id"), Some("7"));
        assert_eq!(value(&credit, 0, "move_type"), Some("out_refund"));
        assert_eq!(value(&credit, 0, "x_cf_ref"), Some("CF-X"));
        assert_eq!(value(&credit, 0, "ref"), Some("PO <7>"));
        assert_eq!(value(&credit, 0, "invoice_origin"), None);
    }

    #[test]
    fn what_was_stored_is_read_again() {
        let delivery = delivery();
        let stored = stored_digest(&delivery);
        let digest = digest_of_stored("CF-X", &stored).unwrap();
        assert!(has_digest(&delivery, digest));
        assert!(!has_digest(&delivery, "0123"));
        assert_eq!(digest_of_stored("CF-X", "SO0042"), None);
        assert_eq!(line_of_name("CF-X", "CF-X_a-1"), Some("a-1"));
        assert_eq!(line_of_name("CF-X", "CF-Y_a-1"), None);
        assert_eq!(plain_description(&described(&delivery.lines[0])), "one");
        assert_eq!(plain_description("by\nhand"), "by\nhand");
    }
}

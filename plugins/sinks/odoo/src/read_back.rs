//! Reads documents with their lines, and tells them in the contract's words.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_sdk::Error;
use counterfoil_sdk::sink::{DocumentKind, Remote, RemoteDocument, RemoteLine, RemoteState};
use serde_json::{Map, Value, json};

use crate::api::Api;
use crate::rows::{MODULE, digest_of_stored, line_of_name, plain_description};
use crate::wire::{ExternalId, Head, Move, MoveLine, MoveType, State};

const HEAD_FIELDS: [&str; 9] = [
    "id",
    "move_type",
    "state",
    "name",
    "partner_id",
    "currency_id",
    "invoice_date",
    "amount_untaxed",
    "write_date",
];

/// Under our references: by the field that holds them, and by external id where somebody changed the field.
pub(crate) fn by_references(api: &Api, references: &[String]) -> Result<Vec<Move>, Error> {
    let named = external_ids(api, "account.move", &json!(["name", "in", references]))?;
    let ids: Vec<u32> = named.iter().map(|named| named.res_id).collect();
    let field = &api.settings.reference_field;
    let domain = json!(["|", [field, "in", references], ["id", "in", ids]]);
    let mut moves = moves(api, domain, None)?;
    for found in &mut moves {
        let name = named.iter().find(|named| named.res_id == found.head.id);
        if let Some(name) = name {
            found.reference = Some(name.name.clone());
        }
    }
    with_lines(api, moves)
}

pub(crate) fn by_id(api: &Api, reference: &str, id: u32) -> Result<Move, Error> {
    let mut found = with_lines(api, moves(api, json!([["id", "=", id]]), Some(1))?)?;
    match found.pop() {
        Some(found) => Ok(found),
        None => Err(Error::not_found(format!(
            "{reference} has no document {id} in Odoo any more"
        ))),
    }
}

/// Documents of a window after an id, in the order of their ids.
pub(crate) fn page(
    api: &Api,
    first_day: &str,
    last_day: &str,
    after: u32,
    limit: u32,
) -> Result<Vec<Move>, Error> {
    let domain = json!([
        ["id", ">", after],
        ["invoice_date", ">=", first_day],
        ["invoice_date", "<=", last_day]
    ]);
    with_lines(api, moves(api, domain, Some(limit))?)
}

fn moves(api: &Api, domain: Value, limit: Option<u32>) -> Result<Vec<Move>, Error> {
    let mut full = vec![json!(["move_type", "in", ["out_invoice", "out_refund"]])];
    if let Value::Array(conditions) = domain {
        full.extend(conditions);
    }
    let reference = api.settings.reference_field.as_str();
    let mut fields = HEAD_FIELDS.to_vec();
    fields.push(reference);
    fields.extend(api.settings.digest_field());
    // The amount keeps its digits only where it is read straight into its type: the texts are read apart.
    let arguments = json!({ "domain": full, "fields": fields, "order": "id", "limit": limit });
    let found: Vec<Box<serde_json::value::RawValue>> =
        api.read("account.move", "search_read", arguments)?;
    found.iter().map(|raw| read_move(api, raw.get())).collect()
}

fn read_move(api: &Api, json: &str) -> Result<Move, Error> {
    let unreadable = |error: serde_json::Error| {
        Error::internal(format!(
            "account.move/search_read: the answer does not fit: {error}"
        ))
    };
    let head: Head = serde_json::from_str(json).map_err(unreadable)?;
    let texts: Map<String, Value> = serde_json::from_str(json).map_err(unreadable)?;
    let text = |field: &str| texts.get(field).and_then(Value::as_str).map(str::to_owned);
    Ok(Move {
        head,
        reference: text(&api.settings.reference_field),
        digest: api.settings.digest_field().and_then(text),
        lines: Vec::new(),
    })
}

fn with_lines(api: &Api, mut moves: Vec<Move>) -> Result<Vec<Move>, Error> {
    if moves.is_empty() {
        return Ok(moves);
    }
    let ids: Vec<u32> = moves.iter().map(|one| one.head.id).collect();
    let domain = json!([["move_id", "in", ids], ["display_type", "=", "product"]]);
    let fields = [
        "move_id",
        "name",
        "quantity",
        "price_unit",
        "price_subtotal",
    ];
    let order = "move_id, sequence, id";
    let lines: Vec<MoveLine> = api.search("account.move.line", &domain, &fields, order, None)?;
    let line_ids: Vec<u32> = lines.iter().map(|line| line.id).collect();
    let condition = json!(["res_id", "in", line_ids]);
    let names: BTreeMap<u32, String> = external_ids(api, "account.move.line", &condition)?
        .into_iter()
        .map(|external| (external.res_id, external.name))
        .collect();
    let mut by_move: BTreeMap<u32, Vec<MoveLine>> = BTreeMap::new();
    for line in lines {
        by_move.entry(line.move_id.0).or_default().push(line);
    }
    for found in &mut moves {
        let mut lines = by_move.remove(&found.head.id).unwrap_or_default();
        if let Some(reference) = &found.reference {
            for line in &mut lines {
                let name = names.get(&line.id);
                let ours = name.and_then(|name| line_of_name(reference, name));
                line.line = ours.map(str::to_owned);
            }
        }
        found.lines = lines;
    }
    Ok(moves)
}

fn external_ids(api: &Api, model: &str, condition: &Value) -> Result<Vec<ExternalId>, Error> {
    let domain = json!([["module", "=", MODULE], ["model", "=", model], condition]);
    api.search("ir.model.data", &domain, &["name", "res_id"], "id", None)
}

impl Move {
    pub(crate) fn remote(&self, url: &str) -> Remote {
        let id = self.head.id;
        Remote {
            id: id.to_string(),
            // A draft is called "/" or nothing.
            number: self.head.name.clone().filter(|name| name != "/"),
            url: Some(format!(
                "{url}/web#id={id}&model=account.move&view_type=form"
            )),
            version: self.head.write_date.clone(),
        }
    }

    /// Our id of each line that has one, and Odoo's.
    pub(crate) fn line_ids(&self) -> Vec<(String, String)> {
        let pair = |line: &MoveLine| Some((line.line.clone()?, line.id.to_string()));
        self.lines.iter().filter_map(pair).collect()
    }

    /// Lines that are not among ours.
    pub(crate) fn lines_besides(&self, ours: &BTreeSet<&str>) -> Vec<u32> {
        let is_ours = |line: &MoveLine| line.line.as_deref().is_some_and(|id| ours.contains(id));
        let others = self.lines.iter().filter(|line| !is_ours(line));
        others.map(|line| line.id).collect()
    }

    /// The first digits of the digest that it was stored with.
    pub(crate) fn digest(&self) -> Option<&str> {
        digest_of_stored(self.reference.as_deref()?, self.digest.as_deref()?)
    }

    pub(crate) fn into_remote_document(self, url: &str) -> RemoteDocument {
        RemoteDocument {
            remote: self.remote(url),
            slot_digest: None,
            content_digest: self.digest().map(str::to_owned),
            kind: match self.head.move_type {
                MoveType::OutInvoice => DocumentKind::Invoice,
                MoveType::OutRefund => DocumentKind::CreditNote,
            },
            state: match self.head.state {
                State::Draft => RemoteState::Draft,
                State::Posted => RemoteState::Posted,
                State::Cancel => RemoteState::Void,
            },
            customer: self.head.partner_id.map(|partner| partner.0.to_string()),
            currency: self.head.currency_id.1,
            issue_date: self.head.invoice_date,
            net: self.head.amount_untaxed.0,
            changed: self.head.write_date.as_deref().map(timestamp),
            reference: self.reference,
            lines: self.lines.into_iter().map(remote_line).collect(),
        }
    }
}

fn remote_line(line: MoveLine) -> RemoteLine {
    let name = line.name.unwrap_or_default();
    RemoteLine {
        id: line.id.to_string(),
        line: line.line,
        description: plain_description(&name).to_owned(),
        quantity: Some(line.quantity.0),
        unit_price: Some(line.price_unit.0),
        net: line.price_subtotal.0,
    }
}

/// "2026-11-22 20:18:24" is UTC.
fn timestamp(text: &str) -> String {
    format!("{}Z", text.replacen(' ', "T", 1))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::settings::tests::settings;

    pub(crate) fn held(state: &str) -> Move {
        let api = Api {
            settings: settings(r#"{"url":"https://x.example"}"#),
        };
        let json = format!(
            r#"{{"id": 7, "move_type": "out_invoice", "state": "{state}", "name": false, "partner_id": [6, "ACME"],
            "currency_id": [126, "EUR"], "invoice_date": "2026-04-01", "amount_untaxed": 11.34, "ref": "CF-X",
            "invoice_origin": "CF-X/0123456789abcdef", "write_date": "2026-04-01 06:00:00"}}"#
        );
        let line = |id: u32, ours: Option<&str>, name: &str, net: &str| {
            MoveLine {
            line: ours.map(str::to_owned),
            ..serde_json::from_str(&format!(
                r#"{{"id": {id}, "move_id": [7, "x"], "name": "{name}\n2026-03-01 – 2026-03-31", "quantity": 1.0,
                "price_unit": {net}, "price_subtotal": {net}}}"#
            ))
            .unwrap()
        }
        };
        Move {
            lines: vec![
                line(5, Some("a-1"), "one", "12.34"),
                line(6, Some("b-1"), "two", "-1.0"),
            ],
            ..read_move(&api, &json).unwrap()
        }
    }

    #[test]
    fn a_document_is_told_in_the_words_of_the_contract() {
        let document = held("cancel").into_remote_document("https://x.example");
        assert_eq!(document.state, RemoteState::Void);
        assert_eq!(document.net, "11.34");
        assert_eq!(document.content_digest.as_deref(), Some("0123456789abcdef"));
        assert_eq!(document.changed.as_deref(), Some("2026-04-01T06:00:00Z"));
        assert_eq!(document.lines[0].description, "one");
        assert_eq!(document.lines[1].net, "-1");
        assert_eq!(document.remote.number, None);
        assert_eq!(document.customer.as_deref(), Some("6"));
    }

    #[test]
    fn lines_that_are_not_ours_are_told_apart() {
        let mut held = held("draft");
        held.lines[1].line = None;
        assert_eq!(held.line_ids(), [("a-1".to_owned(), "5".to_owned())]);
        assert_eq!(held.lines_besides(&["a-1"].into()), [6]);
        assert_eq!(held.lines_besides(&["other"].into()), [5, 6]);
    }
}

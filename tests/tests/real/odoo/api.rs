//! Odoo's own account of what it holds, through its JSON-2 API. It knows nothing of the connector's.

use anyhow::{Context, Result, bail};
use counterfoil_tests::rest::Rest;
use serde_json::{Value, json};

pub(super) struct Odoo(Rest);

/// A customer invoice or credit note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) id: i64,
    pub(super) reference: String,
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) partner: String,
    pub(super) net_cents: i64,
    /// The invoice that a credit note is linked to.
    pub(super) reverses: Option<i64>,
    pub(super) written: String,
    pub(super) lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) quantity: String,
    pub(super) unit_price: String,
    pub(super) net_cents: i64,
}

impl Odoo {
    pub(super) fn new(url: &str, key: &str) -> Self {
        Self(Rest::new(url, format!("bearer {key}")))
    }

    pub(super) fn call(&self, model: &str, method: &str, arguments: &Value) -> Result<Value> {
        self.0.post(&format!("/json/2/{model}/{method}"), arguments)
    }

    pub(super) fn search(
        &self,
        model: &str,
        domain: &Value,
        fields: &[&str],
    ) -> Result<Vec<Value>> {
        let arguments = json!({ "domain": domain, "fields": fields, "order": "id" });
        let found = self.call(model, "search_read", &arguments)?;
        Ok(found.as_array().context("a search gives a list")?.clone())
    }

    pub(super) fn create(&self, model: &str, values: &Value) -> Result<i64> {
        let made = self.call(model, "create", &json!({ "vals_list": [values] }))?;
        made[0].as_i64().context("a record has an id")
    }

    pub(super) fn write(&self, model: &str, id: i64, values: &Value) -> Result<()> {
        self.call(model, "write", &json!({ "ids": [id], "vals": values }))?;
        Ok(())
    }

    /// How its company adds up: "`round_globally`" is the default of a new one.
    pub(super) fn round_per_line(&self) -> Result<()> {
        let method = json!({ "tax_calculation_rounding_method": "round_per_line" });
        for company in self.search("res.company", &json!([]), &["id"])? {
            self.write("res.company", id_of(&company)?, &method)?;
        }
        Ok(())
    }

    /// Every customer invoice and credit note, whoever made it, in the order of the ids.
    pub(super) fn documents(&self) -> Result<Vec<Document>> {
        let domain = json!([["move_type", "in", ["out_invoice", "out_refund"]]]);
        let fields = [
            "ref",
            "move_type",
            "state",
            "partner_id",
            "amount_untaxed",
            "reversed_entry_id",
            "write_date",
        ];
        let heads = self.search("account.move", &domain, &fields)?;
        let domain = json!([
            ["move_id.move_type", "in", ["out_invoice", "out_refund"]],
            ["display_type", "=", "product"]
        ]);
        let fields = [
            "move_id",
            "name",
            "quantity",
            "price_unit",
            "price_subtotal",
        ];
        let lines = self.search("account.move.line", &domain, &fields)?;
        heads.iter().map(|head| document(head, &lines)).collect()
    }

    /// The only one of a partner and a kind.
    pub(super) fn document(&self, partner: &str, kind: &str) -> Result<Document> {
        let mut found = self.documents()?;
        found.retain(|document| document.partner == partner && document.kind == kind);
        match <[Document; 1]>::try_from(found) {
            Ok([document]) => Ok(document),
            Err(found) => bail!(
                "{} of {partner} instead of one {kind}: {found:#?}",
                found.len()
            ),
        }
    }
}

impl Document {
    /// The only line whose text begins like this.
    pub(super) fn line(&self, beginning: &str) -> Result<&Line> {
        let mut found = self
            .lines
            .iter()
            .filter(|line| line.name.starts_with(beginning));
        match (found.next(), found.next()) {
            (Some(line), None) => Ok(line),
            _ => bail!("there is not one line {beginning:?}: {self:#?}"),
        }
    }
}

fn document(head: &Value, lines: &[Value]) -> Result<Document> {
    let id = id_of(head)?;
    let own = lines.iter().filter(|line| line["move_id"][0] == id);
    Ok(Document {
        id,
        reference: text(&head["ref"]),
        kind: text(&head["move_type"]),
        state: text(&head["state"]),
        partner: text(&head["partner_id"][1]),
        net_cents: cents(&head["amount_untaxed"])?,
        reverses: head["reversed_entry_id"][0].as_i64(),
        written: text(&head["write_date"]),
        lines: own.map(line).collect::<Result<_>>()?,
    })
}

fn line(line: &Value) -> Result<Line> {
    Ok(Line {
        id: id_of(line)?,
        name: text(&line["name"]),
        quantity: line["quantity"].to_string(),
        unit_price: line["price_unit"].to_string(),
        net_cents: cents(&line["price_subtotal"])?,
    })
}

fn id_of(record: &Value) -> Result<i64> {
    record["id"].as_i64().context("a record has an id")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// From the digits of the number: more than two behind the point are an error here.
fn cents(value: &Value) -> Result<i64> {
    let digits = value.to_string();
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, "0"));
    if fraction.len() > 2 {
        bail!("{digits} is no amount to the cent");
    }
    Ok(format!("{whole}{fraction:0<2}").parse()?)
}

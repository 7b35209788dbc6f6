//! Rules about seller and buyer.

use super::super::build::{EInvoice, Profile};
use super::super::codes::{is_country, is_endpoint_scheme, is_register, is_vat_prefix};
use super::super::party::filled;
use super::super::{Endpoint, Party};
use super::{Fault, Side, fault, numbers};

pub(super) fn check(invoice: &EInvoice, faults: &mut Vec<Fault>) {
    check_seller(&invoice.seller, faults);
    check_buyer(&invoice.seller, &invoice.buyer, faults);
    if invoice.profile == Profile::Peppol && invoice.seller.endpoint.is_none() {
        faults.push(no_endpoint("PEPPOL-EN16931-R020", &seller(&invoice.seller)));
    }
    let account = invoice.payment.iban.as_ref();
    if account.is_some() && filled(account).is_none() {
        faults.push(fault(
            "BR-61",
            "The account to pay to is empty.",
            "Set iban of the issuer, or leave it out.",
        ));
    }
}

fn seller(party: &Party) -> Side<'_> {
    Side {
        word: "seller",
        table: "issuer",
        party,
    }
}

pub(super) fn check_seller(party: &Party, faults: &mut Vec<Fault>) {
    let seller = seller(party);
    side(&seller, ["BR-06", "BR-08", "BR-09"], faults);
    if let Some(end) = &party.endpoint {
        endpoint(&seller, "BR-62", end, faults);
        numbers::check(&seller, faults);
        numbers::check_swedish(&seller, faults);
    }
    let known_by = [&party.legal_id, &party.vat_id];
    if known_by.into_iter().all(|id| filled(id.as_ref()).is_none()) {
        faults.push(fault(
            "BR-CO-26",
            "The seller has neither a legal id nor a VAT id that goes onto the document.",
            "Set legal_id of the issuer.",
        ));
    }
}

pub(super) fn check_buyer(seller: &Party, party: &Party, faults: &mut Vec<Fault>) {
    let buyer = Side {
        word: "buyer",
        table: "account",
        party,
    };
    side(&buyer, ["BR-07", "BR-10", "BR-11"], faults);
    if seller.endpoint.is_some() {
        numbers::check(&buyer, faults);
    }
    match &party.endpoint {
        Some(end) => endpoint(&buyer, "BR-63", end, faults),
        None if seller.endpoint.is_some() => {
            faults.push(no_endpoint("PEPPOL-EN16931-R010", &buyer));
        }
        None => {}
    }
}

fn no_endpoint(rule: &str, side: &Side<'_>) -> Fault {
    fault(
        rule,
        format!("The {} has no electronic address.", side.word),
        format!(
            "Set endpoint of the {}; without one of the issuer documents are not for Peppol.",
            side.table
        ),
    )
}

fn endpoint(side: &Side<'_>, rule: &str, end: &Endpoint, faults: &mut Vec<Fault>) {
    let Side { word, table, .. } = side;
    let next = format!("Set endpoint = {{ scheme = \"0007\", id = \"…\" }} of the {table}.");
    if end.scheme.trim().is_empty() {
        let message = format!("The electronic address of the {word} has no scheme.");
        faults.push(fault(rule, message, next));
    } else if !is_endpoint_scheme(&end.scheme) {
        let message = format!("`{}` is no scheme of electronic addresses.", end.scheme);
        faults.push(fault("BR-CL-25", message, next));
    } else if end.id.trim().is_empty() {
        let message = format!("The electronic address of the {word} is empty.");
        faults.push(fault("PEPPOL-EN16931-R008", message, next));
    }
}

fn side(side: &Side<'_>, [name, address, country]: [&str; 3], faults: &mut Vec<Fault>) {
    let Side { word, table, party } = side;
    if party.name.trim().is_empty() {
        faults.push(fault(
            name,
            format!("The {word} has no name."),
            format!("Set name of the {table}."),
        ));
    }
    let set_country = format!("Set address = {{ country = \"SE\" }} and the rest of the {table}.");
    match &party.address {
        None => faults.push(fault(
            address,
            format!("The {word} has no address."),
            format!("Set address of the {table}: street, postal_code, city and country."),
        )),
        Some(_) => match party.country() {
            None => faults.push(fault(
                country,
                format!("The address of the {word} has no country."),
                set_country,
            )),
            Some(code) if !is_country(code) => {
                let message = format!("`{code}` is no code of a country in ISO 3166-1.");
                faults.push(fault("BR-CL-14", message, set_country).of("address"));
            }
            Some(_) => {}
        },
    }
    if let Some(vat_id) = filled(party.vat_id.as_ref())
        && !is_vat_prefix(vat_id)
    {
        let wrong = fault(
            "BR-CO-09",
            format!("The VAT id {vat_id} does not begin with the code of a country."),
            format!("Set vat_id of the {table} with its prefix: SE556677889901."),
        );
        faults.push(wrong.of("vat_id"));
    }
    if let Some(scheme) = filled(party.legal_id_scheme.as_ref())
        && !is_register(scheme)
    {
        let wrong = fault(
            "BR-CL-11",
            format!("`{scheme}` is no register of ISO 6523."),
            format!("Set legal_id_scheme of the {table}, such as 0007, or leave it out."),
        );
        faults.push(wrong.of("legal_id_scheme"));
    }
}

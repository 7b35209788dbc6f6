//! The aggregates of UBL that an e-invoice is made of.

use super::super::build::{EInvoice, Kind};
use super::super::check::decimals;
use super::super::iban::electronic;
use super::super::party::filled;
use super::super::xml::Element;
use super::super::{EInvoiceLine, Party, Tax, VatCategory};
use crate::decimal::Decimal;
use crate::money::Money;
use crate::time::Date;

/// UNCL 4461: credit transfer.
const CREDIT_TRANSFER: &str = "30";

pub(super) fn optional(name: &'static str, text: Option<&String>) -> Option<Element> {
    filled(text).map(|text| Element::text(name, text))
}

/// With the decimals of its currency, two at most where more are zero.
pub(super) fn amount(name: &'static str, amount: Money) -> Element {
    let text = amount.amount();
    let unused = u32::from(amount.currency().exponent()) - decimals(amount);
    let kept = text.len() - unused as usize;
    Element::text(name, &text[..kept]).with("currencyID", amount.currency())
}

/// Both days are charged.
pub(super) fn period(first: Date, last: Date) -> Element {
    Element::new("cac:InvoicePeriod").of([
        Element::text("cbc:StartDate", first),
        Element::text("cbc:EndDate", last),
    ])
}

pub(super) fn party(party: &Party) -> Element {
    let endpoint = party.endpoint.as_ref().map(|endpoint| {
        Element::text("cbc:EndpointID", &endpoint.id).with("schemeID", &endpoint.scheme)
    });
    let trading = optional("cbc:Name", party.trading_name.as_ref());
    let legal_id = optional("cbc:CompanyID", party.legal_id.as_ref()).map(|id| {
        match filled(party.legal_id_scheme.as_ref()) {
            Some(scheme) => id.with("schemeID", scheme),
            None => id,
        }
    });
    let contact = party.contact.as_ref().map(|contact| {
        Element::new("cac:Contact")
            .of(optional("cbc:Name", contact.name.as_ref()))
            .of(optional("cbc:Telephone", contact.phone.as_ref()))
            .of(optional("cbc:ElectronicMail", contact.email.as_ref()))
    });
    let own = Element::new("cac:Party")
        .of(endpoint)
        .of(trading.map(|name| Element::new("cac:PartyName").of([name])))
        .of(address(party))
        .of(tax_scheme(party.vat_id.as_ref(), "VAT"))
        .of(tax_scheme(party.tax_registration.as_ref(), "TAX"))
        .of([Element::new("cac:PartyLegalEntity")
            .of([Element::text("cbc:RegistrationName", &party.name)])
            .of(legal_id)]);
    own.of(contact)
}

fn address(party: &Party) -> Option<Element> {
    let address = party.address.as_ref()?;
    let country = optional("cbc:IdentificationCode", address.country.as_ref());
    Some(
        Element::new("cac:PostalAddress")
            .of(optional("cbc:StreetName", address.street.as_ref()))
            .of(optional(
                "cbc:AdditionalStreetName",
                address.additional_street.as_ref(),
            ))
            .of(optional("cbc:CityName", address.city.as_ref()))
            .of(optional("cbc:PostalZone", address.postal_code.as_ref()))
            .of(optional("cbc:CountrySubentity", address.region.as_ref()))
            .of([Element::new("cac:Country").of(country)]),
    )
}

fn tax_scheme(id: Option<&String>, scheme: &str) -> Option<Element> {
    let id = optional("cbc:CompanyID", id)?;
    Some(
        Element::new("cac:PartyTaxScheme")
            .of([id])
            .of([of_scheme(scheme)]),
    )
}

fn of_scheme(scheme: &str) -> Element {
    Element::new("cac:TaxScheme").of([Element::text("cbc:ID", scheme)])
}

/// An intra-community supply says where it went (BR-IC-12): to the buyer.
pub(super) fn delivery(invoice: &EInvoice) -> Option<Element> {
    let is_intra = invoice
        .breakdown
        .iter()
        .any(|group| group.tax.category == VatCategory::K);
    let country = is_intra.then(|| invoice.buyer.country())??;
    let country =
        Element::new("cac:Country").of([Element::text("cbc:IdentificationCode", country)]);
    let location =
        Element::new("cac:DeliveryLocation").of([Element::new("cac:Address").of([country])]);
    Some(Element::new("cac:Delivery").of([location]))
}

pub(super) fn payment_means(invoice: &EInvoice) -> Option<Element> {
    let iban = filled(invoice.payment.iban.as_ref())?;
    let iban = Element::text("cbc:ID", electronic(iban));
    let branch = optional("cbc:ID", invoice.payment.bic.as_ref())
        .map(|bic| Element::new("cac:FinancialInstitutionBranch").of([bic]));
    let account = Element::new("cac:PayeeFinancialAccount")
        .of([iban])
        .of(branch);
    Some(Element::new("cac:PaymentMeans").of([
        Element::text("cbc:PaymentMeansCode", CREDIT_TRANSFER),
        Element::text("cbc:PaymentID", &invoice.number),
        account,
    ]))
}

pub(super) fn tax_total(invoice: &EInvoice) -> Element {
    let groups = invoice.breakdown.iter().map(|group| {
        let reason_code = optional("cbc:TaxExemptionReasonCode", group.tax.reason_code.as_ref());
        let reason = optional("cbc:TaxExemptionReason", group.tax.reason.as_ref());
        let reasons = reason_code.into_iter().chain(reason);
        Element::new("cac:TaxSubtotal").of([
            amount("cbc:TaxableAmount", group.taxable),
            amount("cbc:TaxAmount", group.amount),
            category("cac:TaxCategory", &group.tax, reasons),
        ])
    });
    Element::new("cac:TaxTotal")
        .of([amount("cbc:TaxAmount", invoice.totals.tax)])
        .of(groups)
}

fn category(name: &'static str, tax: &Tax, reasons: impl IntoIterator<Item = Element>) -> Element {
    // What is not subject to VAT has no rate of it (BR-O-05).
    let percent =
        (tax.category != VatCategory::O).then(|| Element::text("cbc:Percent", tax.percent));
    Element::new(name)
        .of([Element::text("cbc:ID", tax.category.code())])
        .of(percent)
        .of(reasons)
        .of([of_scheme("VAT")])
}

pub(super) fn line(invoice: &EInvoice, line: &EInvoiceLine) -> Element {
    let (name, quantity) = match invoice.kind {
        Kind::Invoice => ("cac:InvoiceLine", "cbc:InvoicedQuantity"),
        Kind::CreditNote => ("cac:CreditNoteLine", "cbc:CreditedQuantity"),
    };
    let unit = line.unit.trim();
    let with_unit = |element: Element| match unit {
        "" => element,
        unit => element.with("unitCode", unit),
    };
    let tax = line
        .tax
        .as_ref()
        .map(|tax| category("cac:ClassifiedTaxCategory", tax, None));
    let seller_id =
        Element::new("cac:SellersItemIdentification").of([Element::text("cbc:ID", &line.item)]);
    let item = Element::new("cac:Item")
        .of(optional("cbc:Description", line.description.as_ref()))
        .of([Element::text("cbc:Name", &line.name), seller_id])
        .of(tax);
    let base = (line.base_quantity != Decimal::ONE)
        .then(|| with_unit(Element::text("cbc:BaseQuantity", line.base_quantity)));
    let price = Element::new("cac:Price")
        .of([Element::text("cbc:PriceAmount", line.price).with("currencyID", invoice.currency)])
        .of(base);
    Element::new(name).of([
        Element::text("cbc:ID", &line.id),
        with_unit(Element::text(quantity, line.quantity)),
        amount("cbc:LineExtensionAmount", line.net),
        period(line.first_day, line.last_day),
        item,
        price,
    ])
}

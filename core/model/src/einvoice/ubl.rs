//! An e-invoice as UBL 2.1 has it: `Invoice` and `CreditNote`, whose elements come in the order of its schemas.

mod parts;

use super::build::{EInvoice, Kind, Profile, Totals};
use super::xml::Element;
use parts::{amount, line, optional, party, payment_means, tax_total};

const EN_16931: &str = "urn:cen.eu:en16931:2017";
const PEPPOL: &str = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0";
const PEPPOL_PROCESS: &str = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0";
const NAMESPACE: &str = "urn:oasis:names:specification:ubl:schema:xsd:";

/// The bytes of the file, UTF-8.
pub fn to_xml(invoice: &EInvoice) -> Vec<u8> {
    let (root, type_code, code) = match invoice.kind {
        Kind::Invoice => ("Invoice", "cbc:InvoiceTypeCode", "380"),
        Kind::CreditNote => ("CreditNote", "cbc:CreditNoteTypeCode", "381"),
    };
    let (specification, process) = match invoice.profile {
        Profile::En16931 => (EN_16931, None),
        Profile::Peppol => (PEPPOL, Some(PEPPOL_PROCESS)),
    };
    let terms = match invoice.kind {
        Kind::Invoice => &invoice.payment.invoice_terms,
        Kind::CreditNote => &invoice.payment.credit_terms,
    };
    let head = [
        Some(Element::text("cbc:CustomizationID", specification)),
        process.map(|process| Element::text("cbc:ProfileID", process)),
        Some(Element::text("cbc:ID", &invoice.number)),
        Some(Element::text("cbc:IssueDate", invoice.issue_date)),
        invoice
            .due_date
            .map(|due| Element::text("cbc:DueDate", due)),
        Some(Element::text(type_code, code)),
        // One note: more of them are refused by the network.
        Some(Element::text("cbc:Note", invoice.texts.join("\n"))),
        Some(Element::text("cbc:DocumentCurrencyCode", invoice.currency)),
        optional("cbc:BuyerReference", invoice.buyer_reference.as_ref()),
        Some(parts::period(invoice.first_day, invoice.last_day)),
        invoice
            .order_reference
            .as_ref()
            .map(|order| Element::new("cac:OrderReference").of([Element::text("cbc:ID", order)])),
        preceding(invoice),
        Some(Element::new("cac:AccountingSupplierParty").of([party(&invoice.seller)])),
        Some(Element::new("cac:AccountingCustomerParty").of([party(&invoice.buyer)])),
        parts::delivery(invoice),
        payment_means(invoice),
        Some(Element::new("cac:PaymentTerms").of(optional("cbc:Note", terms.as_ref()))),
        Some(tax_total(invoice)),
        Some(totals(invoice)),
    ];
    let lines = invoice.lines.iter().map(|one| line(invoice, one));
    Element::new(root)
        .with("xmlns", format!("{NAMESPACE}{root}-2"))
        .with(
            "xmlns:cac",
            format!("{NAMESPACE}CommonAggregateComponents-2"),
        )
        .with("xmlns:cbc", format!("{NAMESPACE}CommonBasicComponents-2"))
        .of(head.into_iter().flatten())
        .of(lines)
        .to_bytes()
}

fn preceding(invoice: &EInvoice) -> Option<Element> {
    let preceding = invoice.preceding.as_ref()?;
    let date = preceding
        .issue_date
        .map(|day| Element::text("cbc:IssueDate", day));
    let document = Element::new("cac:InvoiceDocumentReference")
        .of([Element::text("cbc:ID", &preceding.number)])
        .of(date);
    Some(Element::new("cac:BillingReference").of([document]))
}

fn totals(invoice: &EInvoice) -> Element {
    let Totals {
        lines,
        without_tax,
        tax: _,
        with_tax,
        rounding,
        payable,
    } = invoice.totals;
    let rounded = (!rounding.is_zero()).then(|| amount("cbc:PayableRoundingAmount", rounding));
    Element::new("cac:LegalMonetaryTotal")
        .of([
            amount("cbc:LineExtensionAmount", lines),
            amount("cbc:TaxExclusiveAmount", without_tax),
            amount("cbc:TaxInclusiveAmount", with_tax),
        ])
        .of(rounded)
        .of([amount("cbc:PayableAmount", payable)])
}

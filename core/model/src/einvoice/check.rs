//! The pre-flight: what the official validator would find wrong with an e-invoice, by the numbers of its rules. Nothing is
//! mended here.

mod lines;
mod numbers;
mod parties;
mod taxes;
mod totals;

pub(super) use totals::decimals;

use super::build::{EInvoice, Kind, Profile};
use super::codes::is_currency;
use super::party::filled;
use super::{Invoicing, Party, Tax};

/// A rule that a document does not follow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// As EN 16931 and Peppol number it: `BR-27`.
    pub rule: String,
    /// One sentence.
    pub message: String,
    /// What a person does about it.
    pub next_step: String,
    /// The key in the table of the issuer or the account, where its value is what is wrong.
    pub key: Option<&'static str>,
}

impl Fault {
    fn of(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }
}

pub(super) fn fault(
    rule: impl Into<String>,
    message: impl Into<String>,
    next_step: impl Into<String>,
) -> Fault {
    Fault {
        rule: rule.into(),
        message: message.into(),
        next_step: next_step.into(),
        key: None,
    }
}

/// All of them.
pub fn check(invoice: &EInvoice) -> Vec<Fault> {
    let mut faults = Vec::new();
    document(invoice, &mut faults);
    parties::check(invoice, &mut faults);
    for line in &invoice.lines {
        lines::check(invoice, line, &mut faults);
    }
    taxes::check(invoice, &mut faults);
    totals::check(invoice, &mut faults);
    faults
}

/// What is wrong with the seller, whatever is invoiced: for who looks over a configuration.
pub fn check_seller(invoicing: &Invoicing) -> Vec<Fault> {
    let mut faults = Vec::new();
    parties::check_seller(&invoicing.seller, &mut faults);
    faults
}

/// The same of the buyer, who wants to read `reference`.
pub fn check_buyer(invoicing: &Invoicing, reference: Option<&String>) -> Vec<Fault> {
    let mut faults = Vec::new();
    parties::check_buyer(&invoicing.seller, &invoicing.buyer, &mut faults);
    let order = invoicing.order_reference.as_ref();
    let profile = if invoicing.seller.endpoint.is_some() {
        Profile::Peppol
    } else {
        Profile::En16931
    };
    peppol_reference(profile, reference, order, &mut faults);
    faults
}

/// The same of a tax; what else can be wrong with one is refused when it is read.
pub fn check_tax(tax: &Tax) -> Vec<Fault> {
    let mut faults = Vec::new();
    taxes::reason_code(tax, &mut faults);
    faults
}

/// What the lines of a tax ask of the seller, and is not there.
pub fn check_seller_tax(invoicing: &Invoicing, tax: &Tax) -> Option<Fault> {
    taxes::of_seller(&invoicing.seller, tax.category)
}

/// The same of the buyer.
pub fn check_buyer_tax(invoicing: &Invoicing, tax: &Tax) -> Option<Fault> {
    taxes::of_buyer(&invoicing.buyer, tax.category)
}

fn document(invoice: &EInvoice, faults: &mut Vec<Fault>) {
    if invoice.number.trim().is_empty() {
        faults.push(fault(
            "BR-02",
            "The document has no number.",
            "Look at what the sink answered as its number.",
        ));
    }
    if !is_currency(invoice.currency.code()) {
        faults.push(fault(
            "BR-CL-04",
            format!("{} is no currency of ISO 4217.", invoice.currency),
            "Send this account no e-invoices, or bill it in another currency.",
        ));
    }
    if invoice.lines.is_empty() {
        faults.push(fault(
            "BR-16",
            "The document has no lines.",
            "Withdraw the empty document at the sink.",
        ));
    }
    let terms = match invoice.kind {
        Kind::Invoice => &invoice.payment.invoice_terms,
        Kind::CreditNote => &invoice.payment.credit_terms,
    };
    let payable = invoice.totals.payable;
    let is_due = payable.minor() > 0;
    if is_due && invoice.due_date.is_none() && filled(terms.as_ref()).is_none() {
        faults.push(fault(
            "BR-CO-25",
            format!("{payable} are to be paid, and the document has neither a due date nor terms."),
            "Set payment_terms_days of the account or of the sink.",
        ));
    }
    if invoice.due_date.is_some_and(|due| due < invoice.issue_date) {
        faults.push(fault(
            "DUE-DATE",
            "The due date is before the issue date.",
            "Look at payment_terms_days.",
        ));
    }
    if invoice.last_day < invoice.first_day {
        faults.push(fault(
            "BR-29",
            format!(
                "The period of the document ends on {}, before it begins on {}.",
                invoice.last_day, invoice.first_day
            ),
            "Look at the period that was billed.",
        ));
    }
    let preceding = invoice.preceding.as_ref();
    let names_none = preceding.is_none_or(|preceding| preceding.number.trim().is_empty());
    if names_none && (invoice.kind == Kind::CreditNote || preceding.is_some()) {
        faults.push(fault(
            "BR-55",
            "It names no invoice that it credits.",
            "Look at what the sink answered as the number of the original.",
        ));
    }
    peppol_reference(
        invoice.profile,
        invoice.buyer_reference.as_ref(),
        invoice.order_reference.as_ref(),
        faults,
    );
}

fn peppol_reference(
    profile: Profile,
    buyer: Option<&String>,
    order: Option<&String>,
    faults: &mut Vec<Fault>,
) {
    let is_missing = filled(buyer).is_none() && filled(order).is_none();
    if profile == Profile::Peppol && is_missing {
        faults.push(fault(
            "PEPPOL-EN16931-R003",
            "Neither a buyer reference nor an order reference is given.",
            "Set buyer_reference or order_reference of the account.",
        ));
    }
}

/// "The seller", "The buyer".
#[derive(Debug, Clone, Copy)]
struct Side<'a> {
    word: &'static str,
    /// Where it is configured.
    table: &'static str,
    party: &'a Party,
}

//! Every rule of the pre-flight, broken once.

use super::{date, decimal, invoice, money, rules};
use crate::decimal::Decimal;
use crate::einvoice::{EInvoice, Kind};

/// Breaks one thing, and names the rules against which that is.
type Case = (&'static str, fn(&mut EInvoice));

fn number(it: &mut EInvoice, scheme: &str, id: &str) {
    let endpoint = it.buyer.endpoint.as_mut().unwrap();
    (endpoint.scheme, endpoint.id) = (scheme.to_owned(), id.to_owned());
}

const CASES: [Case; 57] = [
    ("BR-02", |it| it.number.clear()),
    ("BR-06", |it| it.seller.name.clear()),
    ("BR-07", |it| it.buyer.name = " ".to_owned()),
    ("BR-08", |it| it.seller.address = None),
    ("BR-09", |it| {
        it.seller.address.as_mut().unwrap().country = None;
    }),
    ("BR-10", |it| it.buyer.address = None),
    ("BR-11", |it| {
        it.buyer.address.as_mut().unwrap().country = None;
    }),
    ("BR-CL-14", |it| {
        it.buyer.address.as_mut().unwrap().country = Some("Sweden".to_owned());
    }),
    ("BR-CO-09", |it| {
        it.buyer.vat_id = Some("5560001234".to_owned());
    }),
    ("BR-CL-11", |it| {
        it.buyer.legal_id_scheme = Some("orgnr".to_owned());
    }),
    ("BR-62", |it| {
        it.seller.endpoint.as_mut().unwrap().scheme.clear();
    }),
    ("BR-63", |it| {
        it.buyer.endpoint.as_mut().unwrap().scheme.clear();
    }),
    ("BR-CL-25", |it| {
        it.buyer.endpoint.as_mut().unwrap().scheme = "mail".to_owned();
    }),
    ("PEPPOL-EN16931-R008", |it| {
        it.buyer.endpoint.as_mut().unwrap().id.clear();
    }),
    ("PEPPOL-EN16931-R010", |it| it.buyer.endpoint = None),
    ("PEPPOL-EN16931-R020", |it| it.seller.endpoint = None),
    ("PEPPOL-EN16931-R003", |it| it.order_reference = None),
    ("BR-61", |it| it.payment.iban = Some(String::new())),
    ("BR-CO-25", |it| {
        it.payment.invoice_terms = None;
        it.due_date = None;
    }),
    ("DUE-DATE", |it| it.due_date = Some(date(1))),
    ("BR-55", |it| it.kind = Kind::CreditNote),
    ("BR-CL-04", |it| it.currency = "XTK/2".parse().unwrap()),
    ("BR-CL-22", |it| {
        let tax = it.lines[0].tax.as_mut().unwrap();
        tax.reason_code = Some("VATEX-EU".to_owned());
    }),
    ("PEPPOL-COMMON-R040", |it| number(it, "0088", "124")),
    ("PEPPOL-COMMON-R041", |it| number(it, "0192", "123")),
    ("PEPPOL-COMMON-R042", |it| number(it, "0184", "123")),
    ("PEPPOL-COMMON-R043", |it| number(it, "0208", "123")),
    ("PEPPOL-COMMON-R049", |it| number(it, "0007", "123")),
    ("PEPPOL-COMMON-R050", |it| number(it, "0151", "123")),
    ("SE-R-001", |it| it.seller.vat_id = Some("SE1".to_owned())),
    ("SE-R-002", |it| {
        it.seller.vat_id = Some("SE55667788990X".to_owned());
    }),
    ("SE-R-003", |it| {
        it.seller.legal_id = Some("556677-8899".to_owned());
    }),
    ("SE-R-004", |it| it.seller.legal_id = Some("123".to_owned())),
    ("SE-R-005", |it| {
        it.seller.tax_registration = Some("Approved".to_owned());
    }),
    ("SE-R-006", |it| {
        it.lines[0].tax.as_mut().unwrap().percent = decimal("24");
    }),
    ("SE-R-013", |it| {
        it.seller.legal_id = Some("5566778890".to_owned());
    }),
    ("BR-21", |it| it.lines[0].id.clear()),
    ("BR-23", |it| it.lines[0].unit.clear()),
    ("BR-CL-23", |it| it.lines[0].unit = "gigabytes".to_owned()),
    ("BR-25", |it| it.lines[0].name.clear()),
    ("BR-27", |it| {
        it.lines[0].price = decimal("-5");
        it.lines[0].quantity = decimal("-2");
    }),
    ("PEPPOL-EN16931-R121", |it| {
        it.lines[0].base_quantity = Decimal::ZERO;
    }),
    ("PEPPOL-EN16931-R120", |it| {
        it.lines[0].price = decimal("5.01");
    }),
    ("BR-30", |it| {
        (it.lines[0].first_day, it.lines[0].last_day) = (date(9), date(8));
    }),
    ("PEPPOL-EN16931-R110", |it| it.first_day = date(2)),
    ("PEPPOL-EN16931-R111", |it| it.last_day = date(30)),
    ("BR-CO-04", |it| it.lines[0].tax = None),
    ("BR-S-01", |it| it.breakdown.clear()),
    ("BR-S-02", |it| it.seller.vat_id = None),
    ("BR-S-08", |it| it.breakdown[0].taxable = money("9.00")),
    ("BR-CO-17", |it| it.breakdown[0].amount = money("9.00")),
    ("BR-CO-18", |it| it.breakdown.clear()),
    ("BR-CO-10", |it| it.totals.lines = money("11.00")),
    ("BR-CO-13", |it| it.totals.without_tax = money("11.00")),
    ("BR-CO-14", |it| it.totals.tax = money("11.00")),
    ("BR-CO-15", |it| it.totals.with_tax = money("11.00")),
    ("BR-CO-16", |it| it.totals.payable = money("11.00")),
];

#[test]
fn every_rule_is_broken_once() {
    for (rule, breaks) in CASES {
        let mut broken = invoice(&[("2", "5", "10.00")]);
        assert_eq!(rules(&broken), [""; 0]);
        breaks(&mut broken);
        let found = rules(&broken);
        assert!(found.iter().any(|found| found == rule), "{rule}: {found:?}");
    }
}

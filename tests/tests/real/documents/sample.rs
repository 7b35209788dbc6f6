//! An e-invoice that is valid, to be broken.

use counterfoil_model::einvoice::{
    Address, Breakdown, EInvoice, EInvoiceLine, Endpoint, Kind, Party, Payment, Profile, Tax,
    Totals, VatCategory,
};
use counterfoil_model::money::Money;
use counterfoil_model::time::Date;

pub(super) fn money(text: &str) -> Money {
    in_currency(text, "EUR")
}

pub(super) fn in_currency(text: &str, currency: &str) -> Money {
    let currency = currency.parse().expect("a currency");
    Money::parse(text, currency).expect("an amount")
}

pub(super) fn decimal(text: &str) -> counterfoil_model::decimal::Decimal {
    text.parse().expect("a decimal")
}

pub(super) fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn party(name: &str, number: &str) -> Party {
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
        ..Party::default()
    }
}

fn tax(category: VatCategory) -> Tax {
    let (percent, reason) = match category {
        VatCategory::S => ("25", None),
        VatCategory::L => ("7", None),
        VatCategory::M => ("4", None),
        VatCategory::Z => ("0", None),
        VatCategory::E | VatCategory::AE | VatCategory::K | VatCategory::G | VatCategory::O => {
            ("0", Some("As the law says"))
        }
    };
    Tax {
        category,
        percent: decimal(percent),
        reason: reason.map(str::to_owned),
        reason_code: None,
    }
}

fn line(id: &str, tax: &Tax) -> EInvoiceLine {
    EInvoiceLine {
        id: id.to_owned(),
        name: "RAM".to_owned(),
        description: None,
        item: "ram".to_owned(),
        quantity: decimal("20"),
        unit: "E62".to_owned(),
        price: decimal("2.5"),
        base_quantity: decimal("1"),
        net: money("50.00"),
        tax_category: Some("standard".to_owned()),
        tax: Some(tax.clone()),
        first_day: day("2026-03-01"),
        last_day: day("2026-03-31"),
    }
}

/// Two lines of one category, 100.00 together.
pub(super) fn invoice(category: VatCategory) -> EInvoice {
    let tax = tax(category);
    let of_tax = match category {
        VatCategory::S => "25.00",
        VatCategory::L => "7.00",
        VatCategory::M => "4.00",
        VatCategory::Z
        | VatCategory::E
        | VatCategory::AE
        | VatCategory::K
        | VatCategory::G
        | VatCategory::O => "0.00",
    };
    let (net, of_tax) = (money("100.00"), money(of_tax));
    let with_tax = net.checked_add(of_tax).expect("a sum");
    let (mut seller, mut buyer) = (
        party("Hosting AB", "5566778899"),
        party("Acme AB", "5560001231"),
    );
    if category == VatCategory::O {
        (seller.vat_id, buyer.vat_id) = (None, None);
    }
    EInvoice {
        profile: Profile::Peppol,
        kind: Kind::Invoice,
        number: "INV-1".to_owned(),
        issue_date: day("2026-04-01"),
        due_date: Some(day("2026-05-01")),
        texts: Vec::new(),
        currency: net.currency(),
        buyer_reference: None,
        order_reference: Some("PO-7".to_owned()),
        first_day: day("2026-03-01"),
        last_day: day("2026-03-31"),
        preceding: None,
        seller,
        buyer,
        payment: Payment {
            iban: Some("SE4550000000058398257466".to_owned()),
            bic: None,
            invoice_terms: Some("30 days".to_owned()),
            credit_terms: Some("Nothing is to be paid.".to_owned()),
        },
        lines: vec![line("1", &tax), line("2", &tax)],
        breakdown: vec![Breakdown {
            tax,
            taxable: net,
            amount: of_tax,
        }],
        totals: Totals {
            lines: net,
            without_tax: net,
            tax: of_tax,
            with_tax,
            rounding: money("0.00"),
            payable: with_tax,
        },
    }
}

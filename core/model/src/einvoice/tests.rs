//! Documents as they become e-invoices: their arithmetic, their categories of tax, and their XML.

mod broken;

use super::sample::{delivery, invoice, invoicing, tax};
use super::*;
use crate::decimal::Decimal;
use crate::document::{DocumentKind, Reference};
use crate::money::Money;
use crate::time::Date;

fn money(text: &str) -> Money {
    Money::parse(text, "EUR".parse().unwrap()).unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn date(day: i8) -> Date {
    jiff::civil::date(2026, 3, day)
}

fn rules(invoice: &EInvoice) -> Vec<String> {
    let faults = check::check(invoice).into_iter();
    faults.map(|fault| fault.rule).collect()
}

fn xml(invoice: &EInvoice) -> String {
    String::from_utf8(to_xml(invoice)).unwrap()
}

#[test]
fn tv_75_tax_is_of_the_category_and_not_of_the_lines() {
    let invoice = invoice(&[("1", "9.99", "9.99"); 3]);
    assert_eq!(invoice.totals.tax, money("7.49"));
    assert_eq!(invoice.totals.with_tax, money("37.46"));
    assert_eq!(rules(&invoice), [""; 0]);
}

#[test]
fn tv_79_what_is_to_be_paid_is_rounded_and_the_difference_shown() {
    let mut invoicing = invoicing();
    invoicing.payable_step = Some(Decimal::ONE);
    for (net, payable, rounding) in [
        ("799.85", "1000.00", "0.19"),
        ("800.40", "1001.00", "0.50"),
        ("800.32", "1000.00", "-0.40"),
        ("-799.85", "-1000.00", "-0.19"),
        ("-800.40", "-1001.00", "-0.50"),
    ] {
        let quantity = if net.starts_with('-') { "-1" } else { "1" };
        let price = net.trim_start_matches('-');
        let delivery = delivery(DocumentKind::Invoice, "EUR", &[(quantity, price, net)]);
        let invoice = build(&delivery, &invoicing, Calls::default()).unwrap();
        assert_eq!(invoice.totals.payable, money(payable), "{net}");
        assert_eq!(invoice.totals.rounding, money(rounding), "{net}");
        assert_eq!(rules(&invoice), [""; 0]);
    }
    assert!(
        xml(&invoice(&[("1", "1", "1.00")]))
            .matches("Rounding")
            .next()
            .is_none()
    );
}

#[test]
fn tv_80_periods_are_both_days_that_are_charged() {
    let xml = xml(&invoice(&[("1", "1", "1.00")]));
    let period =
        "<cbc:StartDate>2026-03-01</cbc:StartDate>\n      <cbc:EndDate>2026-03-31</cbc:EndDate>";
    assert!(xml.contains(period), "{xml}");
}

#[test]
fn a_price_is_never_negative_and_has_few_decimals() {
    let invoice = invoice(&[("2", "-3", "-6.00"), ("1500000", "0.0000125", "18.75")]);
    let shown = |line: &EInvoiceLine| {
        format!(
            "{} × {} / {}",
            line.quantity, line.price, line.base_quantity
        )
    };
    assert_eq!(shown(&invoice.lines[0]), "-2 × 3 / 1");
    assert_eq!(shown(&invoice.lines[1]), "1500000 × 0.0125 / 1000");
    assert_eq!(rules(&invoice), [""; 0]);
}

#[test]
fn a_net_that_is_no_product_is_one_amount_with_its_computation() {
    let invoice = invoice(&[("0.33", "1000", "333.33"), ("0.33", "1000", "-333.33")]);
    for (line, quantity) in invoice.lines.iter().zip(["1", "-1"]) {
        assert_eq!(line.quantity, decimal(quantity));
        assert_eq!(line.price, decimal("333.33"));
        assert_eq!(line.unit, "C62");
    }
    let description = invoice.lines[0].description.as_deref();
    assert_eq!(description, Some("0.33 E34 × 1000 = 333.33 EUR"));
    assert_eq!(rules(&invoice), [""; 0]);
}

#[test]
fn a_product_that_a_currency_without_decimals_rounds_far_is_one_amount() {
    for (line, sent) in [
        (("6", "503.347", "3020"), "1 C62 × 3020"),
        (("23", "0.125", "3"), "1 C62 × 3"),
        (("3", "-0.51", "-2"), "-1 C62 × 2"),
        (("3", "1.006", "3"), "3 E34 × 1.006"),
        (("4", "250.255", "1001"), "4 E34 × 250.255"),
    ] {
        let delivery = delivery(DocumentKind::Invoice, "JPY", &[line]);
        let mut invoice = build(&delivery, &invoicing(), Calls::default()).unwrap();
        let built = &invoice.lines[0];
        let shown = format!("{} {} × {}", built.quantity, built.unit, built.price);
        assert_eq!(shown, sent);
        assert_eq!(rules(&invoice), [""; 0]);

        let (quantity, price, _) = line;
        let turned = price.starts_with('-').then(|| format!("-{quantity}"));
        let raw = &mut invoice.lines[0];
        raw.quantity = decimal(turned.as_deref().unwrap_or(quantity));
        raw.price = decimal(price.trim_start_matches('-'));
        let is_same = sent.contains("E34");
        let told = if is_same {
            vec![]
        } else {
            vec!["PEPPOL-EN16931-R120"]
        };
        assert_eq!(rules(&invoice), told, "{line:?}");
    }
}

#[test]
fn a_credit_note_names_what_it_credits_and_one_that_cannot_is_an_invoice() {
    let mut credit = delivery(DocumentKind::CreditNote, "EUR", &[("2", "5", "10.00")]);
    let alone = build(&credit, &invoicing(), Calls::default()).unwrap();
    assert_eq!(alone.kind, Kind::Invoice);
    assert_eq!(alone.totals.lines, money("-10.00"));
    assert_eq!(alone.lines[0].quantity, decimal("-2"));
    assert_eq!(rules(&alone), [""; 0]);

    credit.corrects = Some(Reference("CF-ORIGINAL".to_owned()));
    let credit = build(&credit, &invoicing(), Calls::default()).unwrap();
    assert_eq!(credit.kind, Kind::CreditNote);
    assert_eq!(credit.totals.lines, money("10.00"));
    assert_eq!(rules(&credit), [""; 0]);
    let xml = xml(&credit);
    for part in [
        "<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>",
        "<cac:BillingReference>",
        "<cbc:ID>CF-ORIGINAL</cbc:ID>",
        "<cbc:CreditedQuantity unitCode=\"E34\">2</cbc:CreditedQuantity>",
    ] {
        assert!(xml.contains(part), "{xml}");
    }
}

#[test]
fn amounts_have_the_decimals_of_their_currency_and_two_at_most() {
    let of = |currency: &str, line: (&str, &str, &str), percent: &str| {
        let mut invoicing = invoicing();
        let tax = tax(VatCategory::S, percent);
        invoicing.taxes.insert("standard".to_owned(), tax);
        let delivery = delivery(DocumentKind::Invoice, currency, &[line]);
        build(&delivery, &invoicing, Calls::default()).unwrap()
    };
    let yen = of("JPY", ("3", "333", "999"), "12");
    assert_eq!(yen.totals.tax.amount(), "120");
    assert!(xml(&yen).contains("<cbc:PayableAmount currencyID=\"JPY\">1119</cbc:PayableAmount>"));
    assert_eq!(rules(&yen), [""; 0]);
    let dinar = of("KWD", ("1", "10.08", "10.080"), "25");
    assert!(
        xml(&dinar).contains("<cbc:PayableAmount currencyID=\"KWD\">12.60</cbc:PayableAmount>")
    );
    assert_eq!(rules(&dinar), [""; 0]);
    let fine = of("KWD", ("1", "10.105", "10.105"), "25");
    let expected = [
        "BR-DEC-23",
        "BR-DEC-09",
        "BR-DEC-12",
        "BR-DEC-13",
        "BR-DEC-14",
        "BR-DEC-18",
        "BR-DEC-19",
        "BR-DEC-20",
    ];
    assert_eq!(rules(&fine), expected);
}

#[test]
fn categories_without_tax_say_why() {
    for (category, code) in [
        (VatCategory::AE, "VATEX-EU-AE"),
        (VatCategory::K, "VATEX-EU-IC"),
        (VatCategory::G, "VATEX-EU-G"),
        (VatCategory::O, "VATEX-EU-O"),
        (VatCategory::E, "Article 132"),
    ] {
        let mut invoicing = invoicing();
        invoicing
            .taxes
            .insert("standard".to_owned(), tax(category, "0"));
        let delivery = delivery(DocumentKind::Invoice, "EUR", &[("1", "80", "80.00")]);
        let invoice = build(&delivery, &invoicing, Calls::default()).unwrap();
        assert_eq!(invoice.totals.payable, money("80.00"));
        assert_eq!(rules(&invoice), [""; 0], "{category:?}");
        let xml = xml(&invoice);
        assert!(xml.contains(code), "{xml}");
        assert_eq!(xml.contains("<cbc:Percent>"), category != VatCategory::O);
        let vat_ids = xml.matches("<cac:PartyTaxScheme>").count();
        assert_eq!(vat_ids, if category == VatCategory::O { 0 } else { 2 });
    }
}

#[test]
fn what_is_exempt_for_several_reasons_is_one_group_with_all_of_them() {
    let exempt = |reason: Option<&str>, code: Option<&str>| Tax {
        reason: reason.map(str::to_owned),
        reason_code: code.map(str::to_owned),
        ..tax(VatCategory::E, "0")
    };
    let of = |taxes: [Tax; 2]| {
        let mut invoicing = invoicing();
        let mut delivery = delivery(DocumentKind::Invoice, "EUR", &[("1", "8", "8.00"); 2]);
        for (index, tax) in taxes.into_iter().enumerate() {
            invoicing.taxes.insert(index.to_string(), tax);
            delivery.lines[index].tax_category = Some(index.to_string());
        }
        let invoice = build(&delivery, &invoicing, Calls::default()).unwrap();
        assert_eq!(rules(&invoice), [""; 0]);
        let [group] = &invoice.breakdown[..] else {
            panic!("{:?}", invoice.breakdown);
        };
        assert_eq!(group.taxable, money("16.00"));
        (group.tax.reason.clone(), group.tax.reason_code.clone())
    };
    let some = |text: &str| Some(text.to_owned());
    let (care, school) = (Some("VATEX-EU-132-1B"), Some("VATEX-EU-132-1I"));
    let cases = [
        (
            [exempt(Some("care"), care), exempt(Some("care"), care)],
            (some("care"), some("VATEX-EU-132-1B")),
        ),
        (
            [exempt(Some("school"), school), exempt(Some("care"), care)],
            (some("care; school"), None),
        ),
        (
            [exempt(None, school), exempt(Some("care"), care)],
            (some("VATEX-EU-132-1I; care"), None),
        ),
        (
            [exempt(None, care), exempt(None, care)],
            (None, some("VATEX-EU-132-1B")),
        ),
        (
            [exempt(Some("school"), None), exempt(Some("care"), None)],
            (some("care; school"), None),
        ),
    ];
    for (taxes, expected) in cases {
        assert_eq!(of(taxes), expected);
    }
}

#[test]
fn numbers_are_asked_for_by_the_categories_that_need_them() {
    let broken = |category: VatCategory, breaks: fn(&mut Invoicing)| {
        let mut invoicing = invoicing();
        invoicing
            .taxes
            .insert("standard".to_owned(), tax(category, "0"));
        breaks(&mut invoicing);
        let delivery = delivery(DocumentKind::Invoice, "EUR", &[("1", "80", "80.00")]);
        rules(&build(&delivery, &invoicing, Calls::default()).unwrap())
    };
    assert_eq!(
        broken(VatCategory::K, |it| it.buyer.vat_id = None),
        ["BR-IC-02"]
    );
    assert_eq!(
        broken(VatCategory::G, |it| it.seller.vat_id = None),
        ["BR-G-02"]
    );
    assert_eq!(
        broken(VatCategory::AE, |it| it.buyer.vat_id = None),
        [""; 0]
    );
    let unknown = broken(VatCategory::AE, |it| {
        (it.buyer.vat_id, it.buyer.legal_id) = (None, None);
    });
    assert_eq!(unknown, ["BR-AE-02"]);
    let nameless = broken(VatCategory::O, |it| it.seller.legal_id = None);
    assert_eq!(nameless, ["BR-CO-26"]);
}

#[test]
fn what_is_not_subject_to_vat_stands_alone() {
    let mut invoicing = invoicing();
    invoicing
        .taxes
        .insert("none".to_owned(), tax(VatCategory::O, "0"));
    let mut delivery = delivery(DocumentKind::Invoice, "EUR", &[("1", "8", "8.00"); 2]);
    delivery.lines[1].tax_category = Some("none".to_owned());
    let mixed = build(&delivery, &invoicing, Calls::default()).unwrap();
    assert_eq!(rules(&mixed), ["BR-O-02", "BR-O-12"]);
    for fault in check::check(&mixed) {
        let step = "bill them to an account of their own";
        assert!(fault.next_step.contains(step), "{}", fault.next_step);
    }
}

#[test]
fn mistakes_in_taxes_are_told_with_their_places() {
    let toml = r#"
        a = { category = "S" }
        b = { category = "AE", percent = 25 }
        c = { category = "E" }
        d = { category = "S", percent = 25, reason = "why" }
        e = { category = "S", percent = 101 }
    "#;
    let configs = toml::from_str(toml).unwrap();
    let mut problems = Vec::new();
    resolve_taxes(&configs, &mut problems);
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "tax.a.percent: the category S has a rate above zero (hint: a rate of zero is the category Z, E, AE, K, G or O)",
            "tax.b.percent: the category AE charges no tax (hint: leave `percent` out, or use the category S)",
            "tax.c: an exemption says why: `reason` is missing (hint: reason = \"Article 132 of the VAT directive\", or a \
             `reason_code` such as VATEX-EU-132)",
            "tax.d.reason: the category S has no reason",
            "tax.e.percent: a rate is between 0 and 100",
        ]
    );
}

#[test]
fn an_account_has_categories_of_its_own() {
    let terms = TaxTerms {
        default: Some("standard".to_owned()),
        instead: [("standard".to_owned(), "reverse".to_owned())].into(),
    };
    assert_eq!(terms.category(None), Some("reverse"));
    assert_eq!(terms.category(Some("standard")), Some("reverse"));
    assert_eq!(terms.category(Some("exempt")), Some("exempt"));
    assert_eq!(TaxTerms::default().category(None), None);
}

//! Lines of two invoices, and what is said of them.

use super::*;

fn money(text: &str) -> Money {
    Money::parse(text, "EUR".parse().unwrap()).unwrap()
}

fn ours(item: &str, description: &str, quantity: &str, price: &str, net: &str) -> OurLine {
    OurLine {
        account: AccountId(1),
        item: ItemKey::from(item),
        description: description.to_owned(),
        tiers: description.split_once(" (").map(|(all, _)| all.to_owned()),
        quantity: quantity.parse().unwrap(),
        unit_price: price.parse().unwrap(),
        net: money(net),
    }
}

fn theirs(item: Option<&str>, description: &str, quantity: Option<&str>, net: &str) -> TheirLine {
    TheirLine {
        account: AccountId(1),
        item: item.map(str::to_owned),
        description: description.to_owned(),
        quantity: quantity.map(|text| text.parse().unwrap()),
        unit_price: None,
        net: money(net),
        place: "row".to_owned(),
    }
}

fn shown(ours: &[OurLine], theirs: &[TheirLine], tolerance: &str) -> Vec<String> {
    let shadow = compare(ours, theirs, tolerance.parse().unwrap()).unwrap();
    let sum = Money::sum(
        shadow.lines.iter().map(|line| line.difference),
        "EUR".parse().unwrap(),
    );
    assert_eq!(sum.unwrap(), shadow.accounts[0].difference);
    let parts = |line: &Compared| {
        line.parts.map_or(String::new(), |parts| {
            format!(
                " = {} by quantity, {} by price",
                parts.quantity.amount(),
                parts.price.amount()
            )
        })
    };
    let rows = shadow.lines.iter().map(|line| {
        format!(
            "{} {:?} {:?} {}{}",
            label(line),
            line.verdict,
            line.by,
            line.difference.amount(),
            parts(line)
        )
    });
    rows.collect()
}

#[test]
fn lines_are_matched_by_description_item_words_and_amount() {
    let rows = shown(
        &[
            ours("vcpu", "hosting: vCPU, silver", "10", "9.00", "90.00"),
            ours("ram", "hosting: memory, silver", "4", "2.00", "8.00"),
            ours("disk", "hosting: disk, silver", "100", "0.10", "10.00"),
            ours("rack", "housing: rack unit", "2", "40.00", "80.00"),
        ],
        &[
            theirs(None, "hosting: vCPU, silver", None, "90.00"),
            theirs(Some("RAM"), "Arbeitsspeicher", None, "8.00"),
            theirs(None, "Silver hosting – DISK", None, "10.00"),
            theirs(None, "Kolokation", None, "80.00"),
        ],
        "0",
    );
    assert_eq!(
        rows,
        [
            "hosting: disk, silver Matched Some(Words) 0.00",
            "hosting: memory, silver Matched Some(Item) 0.00",
            "hosting: vCPU, silver Matched Some(Description) 0.00",
            "housing: rack unit Matched Some(Amount) 0.00",
        ]
    );
}

#[test]
fn a_line_for_each_machine_is_compared_with_the_sum() {
    let rows = shown(
        &[ours("vcpu", "vCPU", "6", "10.00", "60.00")],
        &[
            theirs(Some("vcpu"), "web-01", Some("2"), "20.00"),
            theirs(Some("vcpu"), "web-02", Some("3"), "30.00"),
        ],
        "0",
    );
    assert_eq!(
        rows,
        ["vCPU Differing Some(Item) 10.00 = 10.00 by quantity, 0.00 by price"]
    );
}

#[test]
fn the_tiers_of_ours_may_be_one_line_of_theirs() {
    let tiers = [
        ours("disk", "disk, gold (0–1000)", "1000", "0.10", "100.00"),
        ours("disk", "disk, gold (1000–)", "500", "0.05", "25.00"),
    ];
    let one = shown(
        &tiers,
        &[theirs(None, "Disk, Gold", Some("1500"), "125.00")],
        "0",
    );
    assert_eq!(one, ["disk, gold (0–1000) Matched Some(Words) 0.00"]);
    let each = [
        theirs(None, "disk, gold (0–1000)", None, "100.00"),
        theirs(None, "disk, gold (1000–)", None, "25.00"),
    ];
    assert_eq!(shown(&tiers, &each, "0").len(), 2);
}

#[test]
fn a_difference_is_parted_into_quantity_and_price() {
    let of = |quantity, net| {
        shown(
            &[ours("vcpu", "vCPU", "10", "9.00", "90.00")],
            &[theirs(None, "vcpu", Some(quantity), net)],
            "0",
        )
    };
    assert_eq!(
        of("10", "80.00"),
        ["vCPU Differing Some(Words) 10.00 = 0.00 by quantity, 10.00 by price"]
    );
    // Two more at 8.00, and all ten 1.00 dearer.
    assert_eq!(
        of("8", "64.00"),
        ["vCPU Differing Some(Words) 26.00 = 16.00 by quantity, 10.00 by price"]
    );
    assert_eq!(of("0", "0.00"), ["vCPU Differing Some(Words) 90.00"]);
}

#[test]
fn what_one_side_has_alone_is_told_and_what_is_within_the_tolerance_is_not() {
    let rows = shown(
        &[
            ours("vcpu", "vCPU", "1", "10.00", "10.00"),
            ours("ram", "Memory", "1", "5.02", "5.02"),
        ],
        &[
            theirs(None, "memory", None, "5.00"),
            theirs(None, "Setup fee", None, "99.00"),
        ],
        "0.02",
    );
    assert_eq!(
        rows,
        [
            "Setup fee OnlyTheirs None -99.00",
            "vCPU OnlyOurs None 10.00",
            "Memory Matched Some(Words) 0.02",
        ]
    );
}

#[test]
fn the_order_of_the_lines_does_not_matter() {
    let mine = vec![
        ours("a", "A", "1", "5.00", "5.00"),
        ours("b", "B", "1", "5.00", "5.00"),
        ours("c", "C", "1", "7.00", "7.00"),
    ];
    let sent = vec![
        theirs(None, "x", None, "5.00"),
        theirs(None, "y", None, "7.00"),
        theirs(None, "z", None, "5.00"),
    ];
    let (mut turned, mut sent_turned) = (mine.clone(), sent.clone());
    turned.reverse();
    sent_turned.reverse();
    let one = compare(&mine, &sent, "0".parse().unwrap()).unwrap();
    assert_eq!(
        one,
        compare(&turned, &sent_turned, "0".parse().unwrap()).unwrap()
    );
    assert!(one.is_clean());
}

#[test]
fn currencies_are_never_mixed() {
    let mut other = theirs(None, "vCPU", None, "10.00");
    other.net = Money::parse("10.00", "SEK".parse().unwrap()).unwrap();
    let shadow = compare(
        &[ours("vcpu", "vCPU", "1", "10.00", "10.00")],
        &[other],
        "0".parse().unwrap(),
    )
    .unwrap();
    assert_eq!(shadow.lines.len(), 2);
    assert_eq!(shadow.totals.len(), 2);
    assert!(!shadow.is_clean());
}

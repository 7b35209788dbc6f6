//! Totals of an account, and totals that do not add up.

use super::*;
use crate::charge::Contribution;
use crate::ids::IntervalId;
use crate::plan::plan;
use crate::plan::sample::{apply_all, charge, input};

const ACCOUNT: AccountId = AccountId(7);

fn of(charges: &[Charge], documents: &[Confirmed]) -> Total {
    let totals = totals(ACCOUNT, charges, documents).unwrap();
    let [total] = totals.try_into().unwrap();
    total
}

/// What the ledger holds after these were rated, one after the other.
fn billed(rated: &[&[Charge]]) -> Vec<Confirmed> {
    let mut confirmed = Vec::new();
    for charges in rated {
        let mut input = input(charges.to_vec());
        input.confirmed.clone_from(&confirmed);
        apply_all(&mut confirmed, &plan(input).unwrap());
    }
    confirmed
}

fn amounts(total: &Total) -> Vec<String> {
    let lines = total.lines.iter();
    let lines = lines.map(|line| {
        let percent = line
            .percent
            .map_or_else(String::new, |one| format!(" {one} %"));
        format!(
            "{} {:?} {} {} {}{percent}",
            line.charge.item,
            line.sort,
            line.rated.amount(),
            line.billed.amount(),
            line.open.amount()
        )
    });
    lines.collect()
}

#[test]
fn lines_and_documents_sum_to_the_total() {
    let first = [charge("cpu", "2", "10"), charge("ram", "3", "10")];
    let second = [charge("cpu", "5", "10"), charge("disk", "1", "20")];
    let documents = billed(&[&first, &second]);
    let total = of(&second, &documents);
    assert_eq!(total.rated.amount(), "70.00");
    assert_eq!(total.billed.amount(), "70.00");
    assert!(total.open.is_zero());
    assert_eq!(
        amounts(&total),
        [
            "cpu Resources 50.00 50.00 0.00 71.43 %",
            "disk Resources 20.00 20.00 0.00 28.57 %",
            "ram NoLongerRated 0.00 0.00 0.00"
        ]
    );
    let nets: Vec<String> = total.documents.iter().map(|one| one.net.amount()).collect();
    assert_eq!(nets, ["50.00", "20.00"]);
    let by: Vec<String> = total.lines[0]
        .billed_by
        .iter()
        .map(|one| one.billed.amount())
        .collect();
    assert_eq!(by, ["20.00", "30.00"]);
    assert_eq!(total.lines[2].description, "ram gold");
}

#[test]
fn what_is_not_billed_yet_is_open_and_a_void_document_bills_nothing() {
    let rated = [charge("cpu", "5", "10")];
    let mut documents = billed(&[&[charge("cpu", "2", "10")]]);
    let total = of(&rated, &documents);
    assert_eq!(amounts(&total), ["cpu Resources 50.00 20.00 30.00 100 %"]);
    documents[0].state = RemoteState::Void;
    let total = of(&rated, &documents);
    assert_eq!(total.open.amount(), "50.00");
    assert_eq!(total.documents, []);
}

#[test]
fn other_accounts_and_currencies_are_kept_apart() {
    let mut other = charge("cpu", "5", "10");
    other.key.account = AccountId(8);
    let mut foreign = charge("ram", "5", "10");
    foreign.net = Money::parse("3.00", "SEK".parse().unwrap()).unwrap();
    let totals = totals(ACCOUNT, &[charge("cpu", "1", "10"), other, foreign], &[]).unwrap();
    let rated: Vec<String> = totals.iter().map(|one| one.rated.to_string()).collect();
    assert_eq!(rated, ["10.00 EUR", "3.00 SEK"]);
}

fn contribution(resource: i64, share: &str, allocated: &str) -> Contribution {
    let charge = charge("cpu", "1", "10");
    Contribution {
        resource: ResourceId(resource),
        interval: IntervalId(resource),
        name: format!("VM-{resource}"),
        period: charge.key.period,
        share: share.to_owned(),
        quantity: Decimal::from(1),
        weighted: "1".to_owned(),
        allocated: Money::parse(allocated, charge.net.currency()).unwrap(),
        presumed_seconds: 0,
    }
}

#[test]
fn resources_add_the_line_with_their_shares() {
    let mut rated = charge("cpu", "3", "10");
    rated.contributions = vec![
        contribution(1, "1", "4.00"),
        contribution(2, "1/3", "10.00"),
        contribution(2, "1/2", "11.00"),
        contribution(1, "1", "5.00"),
    ];
    let total = of(&[rated], &[]);
    let parts: Vec<String> = total.lines[0]
        .resources
        .iter()
        .map(|one| format!("{} {:?} {}", one.name, one.shares, one.allocated.amount()))
        .collect();
    assert_eq!(
        parts,
        [r#"VM-2 ["1/3", "1/2"] 21.00"#, r#"VM-1 ["1"] 9.00"#]
    );
}

#[test]
fn what_does_not_add_up_is_an_error() {
    let mut rated = charge("cpu", "3", "10");
    rated.contributions = vec![contribution(1, "1", "29.99")];
    let error = totals(ACCOUNT, &[rated], &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the resources of `cpu gold` add 29.99 EUR, and it comes to 30.00 EUR"
    );
    let rated = [charge("cpu", "2", "10")];
    let mut documents = billed(&[&rated]);
    documents[0].delivery.net = Money::parse("20.01", "EUR".parse().unwrap()).unwrap();
    let error = totals(ACCOUNT, &rated, &documents).unwrap_err();
    let text = error.to_string();
    assert!(
        text.ends_with("is over 20.01 EUR, and its lines bill 20.00 EUR"),
        "{text}"
    );
}

#[test]
fn a_charge_that_is_there_twice_is_an_error_and_not_left_out() {
    let twice = [charge("cpu", "2", "10"), charge("cpu", "2", "10")];
    let error = totals(ACCOUNT, &twice, &[]).unwrap_err();
    let text = error.to_string();
    assert_eq!(
        text,
        "the lines sum to 20.00 EUR, and the whole is 40.00 EUR"
    );
}

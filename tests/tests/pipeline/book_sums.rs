//! The arithmetic on the pages of price models and policies: each sum is right, what it comes to is what the page's commands
//! print, and every model and policy that there is has a page.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use counterfoil_tests::binary::repository;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

use crate::book_prices::known;
use crate::oracle::exact::{Exact, amount, rounded, whole};

/// `4 × 15/30 × 7.90 = 15.80`, as a page has it.
#[derive(Debug)]
struct Sum {
    left: String,
    right: String,
}

fn pages(folder: &str) -> Result<Vec<(PathBuf, String)>> {
    let folder = repository().join("docs/src/finance").join(folder);
    let mut pages = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)?;
        pages.push((path, text));
    }
    pages.sort();
    Ok(pages)
}

/// The pages with worked examples.
fn worked() -> Result<Vec<(PathBuf, String)>> {
    let mut worked = pages("models")?;
    worked.extend(pages("policies")?);
    for name in ["periods", "price-versions", "uncertainty", "hand-overs"] {
        let path = repository().join(format!("docs/src/finance/{name}.md"));
        let text = std::fs::read_to_string(&path)?;
        worked.push((path, text));
    }
    Ok(worked)
}

/// What stands between the fences, and what does not.
fn parted(page: &str) -> (String, String) {
    let (mut inside, mut outside) = (String::new(), String::new());
    let mut fenced = false;
    for line in page.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let part = if fenced { &mut inside } else { &mut outside };
        part.push_str(line);
        part.push('\n');
    }
    (inside, outside)
}

fn outputs(page: &str) -> String {
    let blocks = page.split("\n```text\n").skip(1);
    let block = |rest: &str| {
        rest.split("\n```")
            .next()
            .map(|text| format!("{text}\n"))
            .unwrap_or_default()
    };
    blocks.map(block).collect()
}

/// The sums in the text of a page: what begins as one has to be one.
fn sums(page: &str) -> Result<Vec<Sum>> {
    let (_, text) = parted(page);
    let mut sums = Vec::new();
    for code in text.split('`').skip(1).step_by(2) {
        let Some((left, right)) = code.split_once(" = ") else {
            continue;
        };
        if left.starts_with(|first: char| first.is_ascii_digit() || first == '(') {
            ensure!(is_number(right), "`{code}` comes to no number");
            sums.push(Sum {
                left: left.to_owned(),
                right: right.to_owned(),
            });
        }
    }
    Ok(sums)
}

fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('.') {
        Some((before, behind)) => digits(before) && digits(behind),
        None => digits(text),
    }
}

fn number(text: &str) -> Result<Exact> {
    ensure!(is_number(text), "`{text}` is no number");
    let places = text.split_once('.').map_or(0, |(_, behind)| behind.len());
    let digits: BigInt = text.replace('.', "").parse()?;
    Ok(BigRational::new(
        digits,
        BigInt::from(10).pow(u32::try_from(places)?),
    ))
}

/// A sum's parts: numbers, signs and brackets.
fn signs(left: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for sign in left.chars() {
        let is_digit = |sign: char| sign.is_ascii_digit() || sign == '.';
        match parts.last_mut() {
            Some(last) if is_digit(sign) && last.chars().all(is_digit) => last.push(sign),
            _ => parts.push(sign.to_string()),
        }
    }
    parts.retain(|part| part != " ");
    parts
}

/// Terms, whose factors go before, from left to right.
fn terms(parts: &mut std::slice::Iter<'_, String>) -> Result<Exact> {
    let mut total = Exact::zero();
    let mut sign = whole(1);
    let mut product = factor(parts)?;
    while let Some(part) = parts.next() {
        match part.as_str() {
            "×" => product *= factor(parts)?,
            "÷" | "/" => {
                let divisor = factor(parts)?;
                ensure!(!divisor.is_zero(), "a division by zero");
                product /= divisor;
            }
            "+" | "−" => {
                total += sign * product;
                sign = whole(if part == "+" { 1 } else { -1 });
                product = factor(parts)?;
            }
            ")" => break,
            other => anyhow::bail!("`{other}` is no sign of a sum"),
        }
    }
    Ok(total + sign * product)
}

fn factor(parts: &mut std::slice::Iter<'_, String>) -> Result<Exact> {
    let part = parts.next().context("a sum ends too early")?;
    if part == "(" {
        return terms(parts);
    }
    number(part)
}

/// What a sum comes to, with as many decimals as the page writes, a half away from zero.
fn comes_to(sum: &Sum) -> Result<String> {
    let parts = signs(&sum.left);
    let mut rest = parts.iter();
    let exact = terms(&mut rest)?;
    ensure!(rest.next().is_none(), "a bracket is closed too early");
    let places = sum.right.split_once('.');
    let places = u32::try_from(places.map_or(0, |(_, behind)| behind.len()))?;
    Ok(amount(&rounded(&exact, places, false), places))
}

/// Amounts of money in a text: numbers with two decimals.
fn amounts(text: &str) -> BTreeSet<&str> {
    let words = text.split(|sign: char| !(sign.is_ascii_digit() || sign == '.'));
    let is_amount = |word: &&str| {
        is_number(word)
            && word
                .split_once('.')
                .is_some_and(|(_, behind)| behind.len() == 2)
    };
    words.filter(is_amount).collect()
}

#[test]
fn every_sum_is_right_and_is_what_the_page_prints() -> Result<()> {
    let mut problems = Vec::new();
    for (path, page) in worked()? {
        let name = path.display();
        let outputs = outputs(&page);
        let printed = amounts(&outputs);
        let sums = sums(&page).with_context(|| name.to_string())?;
        let used: BTreeSet<&str> = sums.iter().flat_map(|sum| amounts(&sum.left)).collect();
        for sum in &sums {
            let told = format!("{name}: {} = {}", sum.left, sum.right);
            let exact = comes_to(sum).with_context(|| told.clone())?;
            if exact != sum.right {
                problems.push(format!("{told}, and not {exact}"));
            }
            let parts = amounts(&sum.left);
            let is_shown = printed.contains(sum.right.as_str())
                || used.contains(sum.right.as_str())
                || (!parts.is_empty() && parts.is_subset(&printed));
            if !amounts(&sum.right).is_empty() && !is_shown && !path.ends_with("overview.md") {
                problems.push(format!("{told} is printed by no command of the page"));
            }
        }
        if page.contains("\n```sh\n") && sums.is_empty() {
            problems.push(format!("{name}: there is no arithmetic"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

#[test]
fn every_model_and_policy_has_an_example() -> Result<()> {
    let mut lacking = Vec::new();
    for (folder, key, definition) in [
        ("models", "model", "/$defs/ItemConfig/properties/model/enum"),
        (
            "policies",
            "proration",
            "/$defs/ItemConfig/properties/proration/enum",
        ),
        ("policies", "aggregate", "/$defs/Aggregate/oneOf"),
    ] {
        let mut examples = String::new();
        for (_, page) in pages(folder)? {
            let (run, _) = parted(&page);
            examples.extend(run.chars().filter(|sign| *sign != ' '));
        }
        for value in known(definition)? {
            let usual = ["unit", "average"].contains(&value.as_str());
            if !usual && !examples.contains(&format!("{key}=\"{value}\"")) {
                lacking.push(format!("{key} = \"{value}\" in {folder}"));
            }
        }
    }
    assert!(lacking.is_empty(), "no page has {}", lacking.join(", "));
    Ok(())
}

#[test]
fn a_wrong_sum_is_seen() -> Result<()> {
    let page = "Text `a = \"b\"`.\n\n```toml\nx = 1\n```\n\n`4 × 15/30 × 7.90 = 15.80` and `(2 + 1) ÷ 8 − 0.1 = 0.28`\n";
    let sums = sums(page)?;
    let left: Vec<&str> = sums.iter().map(|sum| sum.left.as_str()).collect();
    assert_eq!(left, ["4 × 15/30 × 7.90", "(2 + 1) ÷ 8 − 0.1"]);
    assert_eq!(comes_to(&sums[0])?, "15.80");
    // 0.275: a half goes up.
    assert_eq!(comes_to(&sums[1])?, "0.28");
    let wrong = Sum {
        left: "0.1 + 0.2".to_owned(),
        right: "0.31".to_owned(),
    };
    assert_eq!(comes_to(&wrong)?, "0.30");
    let broken = Sum {
        left: "2 × x".to_owned(),
        right: "2".to_owned(),
    };
    assert!(comes_to(&broken).is_err());
    Ok(())
}

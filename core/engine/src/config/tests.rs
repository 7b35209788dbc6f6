//! Configurations in files and tables: what they come to, and every mistake in them at once.

use std::path::Path;

use tempfile::TempDir;

use super::*;

/// A folder with these files; `counterfoil.toml` is the main one.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

const HEAD: &str = r#"
[store]
url = "sqlite:counterfoil.db"
[pipeline.north]
issuer = "Test"
timezone = "UTC"
price_book = "standard"
"#;

fn told(folder: &Path) -> Vec<String> {
    let problems = match Config::read(&folder.join("counterfoil.toml")) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems,
    };
    let place = format!("{}/", folder.display());
    let heads = problems.iter().map(|problem| {
        let text = problem.to_string().replace(&place, "");
        text.lines().next().unwrap_or_default().to_owned()
    });
    heads.collect()
}

#[test]
fn tables_come_to_what_toml_says() {
    let rules = r#"
[[pipeline.north.rule]]
name = "by-column"
from = 2026-03-01
when = { kind = ["vm", "disk"], ram_gb = { min = 1.5 } }
set = { customer = { from = "owner", map = { "Acme AB" = "acme" } }, plan = "gold" }
[[pipeline.north.rule]]
when = { name = "shared-*" }
set = { owners = [{ customer = "acme", share = "1/3" }, { customer = "blue", share = "2/3" }] }
"#;
    let rest = r#"
[account.acme]
name = "Acme"
currency = "SEK"
payment_terms_days = 45
agreement = [{ plan = "gold", to = 2026-03-16 }, { plan = "silver", from = 2026-03-16 }]
[account.blue]
name = "Blue"
currency = "EUR"
[[price_book.standard.item]]
name = "ram"
description = "Memory"
unit = "E34"
kind = ["vm"]
model = "graduated"
meter = { attribute = "ram_gb" }
price = [
  { currency = "SEK", tiers = [{ up_to = 100, amount = 1.25 }, { amount = 0.80 }] },
  { currency = "EUR", from = 2026-01-01, tiers = [{ amount = 0.10 }] },
]
"#;
    let whole = format!("{HEAD}{rules}{rest}");
    let toml = folder(&[("counterfoil.toml", &whole)]);
    let head = format!(
        "account_table = \"accounts.csv\"\n{HEAD}rule_table = \"rules.csv\"\n[price_book.standard]\ntable = \"money/prices.csv\"\n"
    );
    let tables = folder(&[
        ("counterfoil.toml", &head),
        (
            "rules.csv",
            "name;from;when.kind;when.ram_gb.min;when.name;set.customer.from;set.customer.map;set.plan;set.owners.customer;set.owners.share\n\
             by-column;2026-03-01;vm | disk;1,5;;owner;owners.csv;gold;;\n\
             ;;;;shared-*;;;;acme;1/3\n;;;;;;;;blue;2/3\n",
        ),
        ("owners.csv", "value,to\nAcme AB,acme\n"),
        (
            "accounts.csv",
            "key,name,currency,payment_terms_days,agreement.plan,agreement.from,agreement.to\n\
             acme,Acme,SEK,45,gold,,2026-03-16\nacme,,,,silver,2026-03-16,\nblue,Blue,EUR,,,,\n",
        ),
        (
            "money/prices.csv",
            "name;description;unit;kind;model;meter.attribute;price.currency;price.from;price.tiers.up_to;price.tiers.amount\n\
             ram;Memory;E34;vm;graduated;ram_gb;SEK;;100;1,25\n;;;;;;SEK;;;0,80\nram;;;;;;EUR;2026-01-01;;0,10\n",
        ),
    ]);
    assert_eq!(told(tables.path()), Vec::<String>::new());
    let read = |folder: &TempDir| {
        let config = Config::read(&folder.path().join("counterfoil.toml")).unwrap();
        config.pipelines["north"].terms.clone()
    };
    let (mut from_toml, from_tables) = (read(&toml), read(&tables));
    assert_eq!(from_tables.classify.account, from_toml.classify.account);
    let rule = &from_tables.classify.rule[1];
    assert_eq!(
        (rule.place.as_str(), rule.from.is_none()),
        ("rules.csv row 3", true)
    );
    let item = &from_tables.price_book.item[0];
    assert_eq!(item.price[1].place.as_deref(), Some("prices.csv row 4"));
    // A kind alone and a list of one kind are the same; so is everything else, and the digest says so.
    assert_eq!(from_toml.digest(), from_tables.digest());
    from_toml.classify.rule.pop();
    assert_ne!(from_toml.digest(), from_tables.digest());
}

#[test]
fn mistakes_in_cells_are_told_with_row_and_column() {
    let head = format!(
        "{HEAD}rule_table = [\"rules.csv\", \"none.csv\"]\n[account.acme]\nname = \"Acme\"\ncurrency = \"SEK\"\n[price_book.standard]\ntable = \"prices.csv\"\n"
    );
    let folder = folder(&[
        ("counterfoil.toml", &head),
        (
            "rules.csv",
            "name,when.kind,set.custmer,set.customer,when.cpu.min,set.non_billable.until\n\
             a,vm,,nobody,,\nb,,,acme,,\nc,vm,,acme,many,\nd,vm,,acme,,soon\n",
        ),
        (
            "prices.csv",
            "name;description;unit;kind;meter.count;price.currency;price.amount\n\
             rack;Rack;C62;rack;1;SEK;1,234\nrack;Racks;;;;SEK;10,00\n;;;;;EUR;12 kr\npower;Power;KWH;rack;one;SEK;#N/A\n",
        ),
    ]);
    assert_eq!(
        told(folder.path()),
        [
            "counterfoil.toml:8: there is no file none.csv",
            "prices.csv, row 3, column description: `description` is `Rack` at prices.csv row 2, and `Racks` here",
            "prices.csv, row 3: it holds at the same time as price 1 of the item, for the same buyers (list) in SEK",
            "prices.csv, row 4, column price.amount: `12 kr` is no number",
            "prices.csv, row 5, column meter.count: `one` is no whole number",
            "prices.csv, row 5, column price.amount: the cell holds the error #N/A",
            "rules.csv, row 1, column set.custmer: unknown column `set.custmer`",
            "rules.csv, row 3: the rule has no condition, and would match everything",
            "rules.csv, row 4, column when.cpu.min: `many` is no number",
            "rules.csv, row 5: the key `reason` is missing",
            "rules.csv, row 5: the key `owner` is missing",
        ]
    );
}

#[test]
fn a_mistake_in_one_file_does_not_hide_those_of_another() {
    let main = format!(
        "include = [\"broken.toml\", \"sub/rules.toml\", \"sub/../sub/rules.toml\", \"none.toml\"]\n{HEAD}"
    );
    let folder = folder(&[
        ("counterfoil.toml", &main),
        ("broken.toml", "[account.acme\nname = \"Acme\"\n"),
        (
            "sub/rules.toml",
            "include = [\"../counterfoil.toml\"]\n[[pipeline.north.rule]]\nwhen = {}\nset = { custmer = \"acme\" }\n\
             [[pipeline.north.rule]]\nwhen = { name = \"web(\", x = { regex = \"(\" } }\nset = { customer = \"acme\" }\n",
        ),
    ]);
    assert_eq!(
        told(folder.path()),
        [
            "counterfoil.toml:1: sub/../sub/rules.toml is included already, by counterfoil.toml:1",
            "counterfoil.toml:1: there is no file none.toml",
            "broken.toml:1: unclosed table, expected `]`",
            "sub/rules.toml:1: the files include one another in a circle: counterfoil.toml → rules.toml → counterfoil.toml",
            "sub/rules.toml:4: unknown key `custmer`",
            "sub/rules.toml:6: `(` is no regular expression: unclosed group",
        ]
    );
}

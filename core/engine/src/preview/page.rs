//! From a document to its page. The template decides how it looks; what stands in it is decided here.

use std::collections::BTreeMap;

use counterfoil_model::document::{Delivery, DocumentKind};
use counterfoil_model::ids::AccountKey;
use counterfoil_model::money::Money;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;
use serde_json::{Value, json};

use super::language::{Language, Words};
use super::{Page, PreviewError, Shown, Standing, number, unit};

const DOCUMENT: &str = include_str!("document.html");
const INDEX: &str = include_str!("index.html");
pub(super) const INDEX_FILE: &str = "index.html";
/// With what the template of the index says of which period it is.
const PERIOD_MARK: &str = "<meta name=\"billing-period\" content=\"";
/// Longer parts of a file's name are cut.
const NAME_LENGTH_MAX: usize = 60;

/// Who sells, as far as the configuration says.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Seller {
    pub name: String,
    /// Address, numbers and whatever else stands below the name.
    pub lines: Vec<String>,
}

/// Makes pages from one template. The index is in one language, and each document in its account's.
#[derive(Debug)]
pub struct Pages {
    environment: Environment<'static>,
    language: Language,
}

impl Pages {
    /// With the template that comes along, or another one for the documents.
    pub fn new(language: Language, template: Option<String>) -> Result<Self, PreviewError> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        // A misspelt name in a template of one's own is a mistake, not an empty place.
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let document = template.unwrap_or_else(|| DOCUMENT.to_owned());
        environment
            .add_template_owned("document.html", document)
            .map_err(|error| render_error(&error))?;
        environment
            .add_template("index.html", INDEX)
            .map_err(|error| render_error(&error))?;
        Ok(Self {
            environment,
            language,
        })
    }

    /// The pages of all documents and their index, which is the first. Accounts whose language is not given have that of the
    /// index.
    pub fn render(
        &self,
        seller: &Seller,
        (period, languages): (&str, &BTreeMap<AccountKey, Language>),
        shown: &[Shown],
    ) -> Result<Vec<Page>, PreviewError> {
        let mut pages = Vec::with_capacity(shown.len() + 1);
        let mut rows = Vec::with_capacity(shown.len());
        for one in shown {
            let own = languages.get(&one.account).copied();
            let voice = Voice {
                language: own.unwrap_or(self.language),
            };
            let page = Page {
                file: file_name(&one.delivery),
                html: self.fill("document.html", &voice.document(seller, one))?,
            };
            let index = Voice {
                language: self.language,
            };
            rows.push(index.row(one, &page.file));
            pages.push(page);
        }
        let index = json!({
            "words": self.language.words(), "seller": seller, "period": period, "rows": rows,
        });
        pages.insert(
            0,
            Page {
                file: INDEX_FILE.to_owned(),
                html: self.fill("index.html", &index)?,
            },
        );
        Ok(pages)
    }

    fn fill(&self, template: &str, content: &Value) -> Result<String, PreviewError> {
        let template = self
            .environment
            .get_template(template)
            .map_err(|error| render_error(&error))?;
        template
            .render(minijinja::value::Serde(content))
            .map_err(|error| render_error(&error))
    }
}

/// What is said of documents, in one language.
struct Voice {
    language: Language,
}

impl Voice {
    fn row(&self, shown: &Shown, file: &str) -> Value {
        let delivery = &shown.delivery;
        json!({
            "file": file,
            "account": delivery.buyer.account,
            "name": delivery.buyer.name,
            "title": self.title(delivery),
            "reference": delivery.reference,
            "sink": shown.sink,
            "lines": delivery.lines.len(),
            "net": self.money(delivery.net),
            "standing": self.language.standing(shown.standing),
            "is_draft": is_draft(shown.standing),
        })
    }

    fn document(&self, seller: &Seller, shown: &Shown) -> Value {
        let (delivery, words) = (&shown.delivery, self.language.words());
        let day = |date| number::day(date, self.language);
        let lines: Vec<Value> = delivery
            .lines
            .iter()
            .map(|line| {
                let unit = unit::name(&line.unit, self.language);
                json!({
                    "description": line.description,
                    "period": format!("{} – {}", day(line.first_day), day(line.last_day)),
                    "is_whole_period": line.first_day == delivery.first_day && line.last_day == delivery.last_day,
                    "quantity": number::decimal(&line.quantity.to_string(), self.language),
                    "unit": unit.map_or_else(|| line.unit.clone(), str::to_owned),
                    "unit_code": line.unit,
                    "unit_price": number::decimal(&line.unit_price.to_string(), self.language),
                    "net": number::decimal(&line.net.amount(), self.language),
                    "is_negative": line.net.is_negative(),
                    "tax_category": line.tax_category,
                })
            })
            .collect();
        json!({
            "words": words,
            "seller": seller,
            "title": self.title(delivery),
            "is_credit_note": delivery.kind == DocumentKind::CreditNote,
            "standing": self.language.standing(shown.standing),
            "is_draft": is_draft(shown.standing),
            "buyer": delivery.buyer,
            "reference": delivery.reference,
            "number": shown.remote.as_ref().and_then(|remote| remote.number.clone()),
            "corrects": delivery.corrects,
            "corrects_number": shown.corrects_number,
            "period": format!("{} – {}", day(delivery.first_day), day(delivery.last_day)),
            "issue_date": day(delivery.issue_date),
            "due_date": delivery.due_date.map(day),
            "part": (delivery.parts > 1).then(|| format!("{} / {}", delivery.slot.part, delivery.parts)),
            "currency": delivery.net.currency(),
            "lines": lines,
            "totals": self.totals(delivery, words),
            "net": number::decimal(&delivery.net.amount(), self.language),
            "sink": shown.sink,
            "texts": delivery.invoicing.as_ref().map_or(&[][..], |own| own.texts.as_slice()),
        })
    }

    /// Net by tax category. The finance system knows the rates.
    fn totals(&self, delivery: &Delivery, words: &Words) -> Vec<Value> {
        let mut totals: BTreeMap<&str, Option<Money>> = BTreeMap::new();
        for line in &delivery.lines {
            let category = line
                .tax_category
                .as_deref()
                .unwrap_or(words.no_tax_category);
            let total = totals
                .entry(category)
                .or_insert(Some(Money::zero(line.net.currency())));
            *total = total.and_then(|total| total.checked_add(line.net).ok());
        }
        let rows = totals.into_iter().filter_map(|(category, total)| {
            let amount = number::decimal(&total?.amount(), self.language);
            Some(json!({ "category": category, "net": amount }))
        });
        rows.collect()
    }

    fn title(&self, delivery: &Delivery) -> &'static str {
        match delivery.kind {
            DocumentKind::Invoice => self.language.words().invoice,
            DocumentKind::CreditNote => self.language.words().credit_note,
        }
    }

    fn money(&self, money: Money) -> String {
        let amount = number::decimal(&money.amount(), self.language);
        format!("{amount} {}", money.currency())
    }
}

fn render_error(error: &minijinja::Error) -> PreviewError {
    let place = error.line().map(|line| format!(" (line {line})"));
    PreviewError::Render {
        message: format!("{}{}", crate::chain(error), place.unwrap_or_default()),
    }
}

/// Not what the customer has now.
fn is_draft(standing: Standing) -> bool {
    match standing {
        Standing::Planned | Standing::Changed | Standing::ToBeWithdrawn => true,
        Standing::Draft | Standing::Issued | Standing::Withdrawn => false,
    }
}

/// The pages that an index leads to, if it is one that [`Pages::render`] made of the period.
pub(super) fn listed(index: &str, period: &str) -> Vec<String> {
    let is_of_period = index.lines().any(|line| {
        line.strip_prefix(PERIOD_MARK)
            .is_some_and(|rest| rest == format!("{period}\">"))
    });
    if !is_of_period {
        return Vec::new();
    }
    let links = index.split("<td><a href=\"").skip(1);
    let files = links.filter_map(|rest| rest.split_once('"').map(|(file, _)| file));
    // A name of ours has nothing that leads out of the folder.
    let is_plain = |file: &&str| {
        file.strip_suffix(".html").is_some_and(|name| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|one| one.is_ascii_alphanumeric() || "-_".contains(one))
        })
    };
    files.filter(is_plain).map(str::to_owned).collect()
}

/// Account and reference, of characters that every file system and web server takes.
fn file_name(delivery: &Delivery) -> String {
    let plain = |text: &str| -> String {
        let kept = text.chars().map(|one| {
            if one.is_ascii_alphanumeric() || "-_".contains(one) {
                one
            } else {
                '_'
            }
        });
        kept.take(NAME_LENGTH_MAX).collect()
    };
    format!(
        "{}-{}.html",
        plain(delivery.buyer.account.as_str()),
        plain(&delivery.reference.0)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_lists_its_pages_and_only_for_its_own_period() {
        let mark = format!("{PERIOD_MARK}2026-03\">");
        let link = |file: &str| format!("  <td><a href=\"{file}\">CF-X</a> · books</td>\n");
        let links = [
            link("acme-CF-X.html"),
            link("../etc/passwd.html"),
            link("acme-CF-X.pdf"),
        ];
        let index = format!("{mark}\n{}", links.concat());
        assert_eq!(listed(&index, "2026-03"), ["acme-CF-X.html"]);
        assert!(listed(&index, "2026-0").is_empty());
        assert!(listed(&index, "2026-04").is_empty());
        assert!(listed(&links.concat(), "2026-03").is_empty());
    }

    #[test]
    fn the_index_that_is_rendered_says_its_period() {
        let seller = Seller::default();
        let pages = Pages::new(Language::En, None).unwrap();
        let of = ("2026-03", &BTreeMap::new());
        let pages = pages.render(&seller, of, &[]).unwrap();
        assert!(pages[0].html.contains(&format!("{PERIOD_MARK}2026-03\">")));
    }
}

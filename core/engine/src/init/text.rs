//! The starter's files as text, and the commands that come next. Nothing is written here.

use counterfoil_model::time::{BillingPeriod, Date};

use super::{InitError, NextStep, SCHEMAS, Starter, StarterSink, StarterSource};
use crate::config::Approval;
use crate::schema::{Settings, published};

const INVENTORY: &str = include_str!("inventory.csv");

impl Starter {
    /// By their paths within the folder, in the order in which they are written and told.
    pub(super) fn files(&self, settings: &[Settings]) -> Result<Vec<(String, String)>, InitError> {
        let first_day = self.bill_from()?;
        let mut files = vec![
            ("counterfoil.toml".to_owned(), self.main_file()),
            ("rules.toml".to_owned(), self.by_source("rules").to_owned()),
            ("accounts.toml".to_owned(), self.accounts().to_owned()),
            (
                "price-book.toml".to_owned(),
                self.by_source("price-book").to_owned(),
            ),
        ];
        for (_, text) in &mut files {
            *text = self.filled(text, first_day);
        }
        if self.source == StarterSource::Spreadsheet {
            for day in [first_day, first_day.last_of_month()] {
                files.push((
                    format!("inventory/inventory-{day}.csv"),
                    INVENTORY.to_owned(),
                ));
            }
        }
        for name in SCHEMAS {
            let schema = published(name).expect("the starter names schemas that there are");
            files.push((
                format!("schemas/{}", schema.file_name()),
                schema.text_with(settings),
            ));
        }
        Ok(files)
    }

    /// The sample data shows the month that has ended; a system that only knows today is billed from this month on.
    fn bill_from(&self) -> Result<Date, InitError> {
        let month = |source| InitError::Month {
            now: self.now,
            source,
        };
        let current = BillingPeriod::containing(self.now, self.zone.clone()).map_err(month)?;
        match self.source {
            StarterSource::Nautobot { .. } => Ok(current.first_day()),
            StarterSource::Spreadsheet => Ok(current.previous().map_err(month)?.first_day()),
        }
    }

    fn main_file(&self) -> String {
        let source = match self.source {
            StarterSource::Spreadsheet => include_str!("source-spreadsheet.toml"),
            StarterSource::Nautobot { .. } => include_str!("source-nautobot.toml"),
        };
        let sink = match self.sink {
            StarterSink::Practice { .. } => include_str!("sink-practice.toml"),
            StarterSink::Odoo { .. } => include_str!("sink-odoo.toml"),
        };
        [include_str!("counterfoil.toml"), source, sink].concat()
    }

    fn by_source(&self, file: &str) -> &'static str {
        match (&self.source, file) {
            (StarterSource::Spreadsheet, "rules") => include_str!("rules-spreadsheet.toml"),
            (StarterSource::Nautobot { .. }, "rules") => include_str!("rules-nautobot.toml"),
            (StarterSource::Spreadsheet, _) => include_str!("price-book-spreadsheet.toml"),
            (StarterSource::Nautobot { .. }, _) => include_str!("price-book-nautobot.toml"),
        }
    }

    fn accounts(&self) -> &'static str {
        match self.sink {
            StarterSink::Practice { .. } => include_str!("accounts-practice.toml"),
            StarterSink::Odoo { .. } => include_str!("accounts-odoo.toml"),
        }
    }

    /// The text with what was asked for in its places.
    fn filled(&self, text: &str, first_day: Date) -> String {
        let (StarterSink::Practice { url: sink } | StarterSink::Odoo { url: sink }) = &self.sink;
        let source = match &self.source {
            StarterSource::Spreadsheet => "",
            StarterSource::Nautobot { url } => url,
        };
        let approval = match self.approval {
            Approval::Manual => {
                "approval          = \"manual\" # a person approves; \"automatic\" lets go what nothing blocks"
            }
            Approval::AutomaticWithinTolerance => {
                "approval          = \"automatic-within-tolerance\" # what comes to almost what it came to last goes\n\
                 tolerance         = { percent = 10 }"
            }
            Approval::Automatic => {
                "approval          = \"automatic\" # what nothing blocks goes; \"manual\" waits for a person"
            }
        };
        text.replace("@STORY@", &self.story())
            .replace("@COMPANY_TEXT@", &one_line(&self.company))
            .replace("@COMPANY@", &quoted(&self.company))
            .replace("@TIMEZONE@", &quoted(&self.timezone))
            .replace("@CURRENCY@", self.currency.code())
            .replace("@BILL_FROM@", &first_day.to_string())
            .replace("@FIRST_DAY@", &first_day.to_string())
            .replace("@APPROVAL@", approval)
            .replace("@SOURCE_URL@", &quoted(source))
            .replace("@SOURCE_ORIGIN@", &quoted(&origin(source)))
            .replace("@SINK_URL@", &quoted(sink))
            .replace("@SINK_ORIGIN@", &quoted(&origin(sink)))
            .replace("@SINK_ADDRESS@", address(sink))
    }

    fn story(&self) -> String {
        let source = match self.source {
            StarterSource::Spreadsheet => "a folder of daily exports",
            StarterSource::Nautobot { .. } => "what Nautobot holds",
        };
        let sink = match self.sink {
            StarterSink::Practice { .. } => "sent to the practice invoicing API",
            StarterSink::Odoo { .. } => "made customer invoices in Odoo",
        };
        format!("{source}, priced, and {sink}")
    }

    /// What to type after the starter was written, inside its folder. Each works as it stands, once the systems that it
    /// names are there.
    pub fn next_steps(&self) -> Vec<NextStep> {
        let mut steps = Vec::new();
        let mut add = |command: &str, what_it_does: &str| {
            steps.push(NextStep {
                command: command.to_owned(),
                what_it_does: what_it_does.to_owned(),
            });
        };
        let is_nautobot = matches!(self.source, StarterSource::Nautobot { .. });
        if is_nautobot {
            add(
                "export NAUTOBOT_TOKEN=…",
                "a token that may view what is listed",
            );
        }
        match &self.sink {
            StarterSink::Odoo { .. } => {
                add(
                    "export ODOO_API_KEY=…",
                    "an API key of the user that makes invoices",
                );
            }
            StarterSink::Practice { url } => {
                let address = address(url);
                let serve =
                    format!("counterfoil practice --listen {address} --database practice.db &");
                add(&serve, "the other side, for trying");
            }
        }
        add("counterfoil check", "every mistake in these files at once");
        add(
            "counterfoil check --connect",
            "does each connector reach its system?",
        );
        add("counterfoil discover", "the listings become history");
        add(
            "counterfoil classify",
            "whose is what, and what is in suspense",
        );
        if is_nautobot {
            add(
                "counterfoil inventory list",
                "what is there; discover every hour from now on",
            );
        } else {
            add(
                "counterfoil plan",
                "what would be sent for the month that has ended",
            );
            if self.approval == Approval::Manual {
                add("counterfoil approve --all --by you", "let it go");
            }
            add("counterfoil apply", "send it, at most once");
            add(
                "counterfoil reconcile",
                "read it back and compare it to the cent",
            );
        }
        steps
    }
}

/// The URL without its path.
fn origin(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            format!("{scheme}://{host}")
        }
        None => url.to_owned(),
    }
}

/// Host and port of a URL.
fn address(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// As a TOML string, whatever is in it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use counterfoil_model::time::TimeZone;

    use super::*;

    fn starter(company: &str) -> Starter {
        Starter {
            company: company.to_owned(),
            zone: TimeZone::get("Europe/Stockholm").unwrap(),
            timezone: "Europe/Stockholm".to_owned(),
            currency: "SEK".parse().unwrap(),
            source: StarterSource::Spreadsheet,
            sink: StarterSink::Odoo {
                url: "https://erp.example.net:8069/odoo?db=a".to_owned(),
            },
            approval: Approval::Manual,
            now: "2026-03-31T22:30:00Z".parse().unwrap(),
        }
    }

    fn file(starter: &Starter, name: &str) -> String {
        let files = starter.files(&[]).unwrap();
        let found = files.into_iter().find(|(path, _)| path == name);
        found.unwrap_or_else(|| panic!("{name} is written")).1
    }

    #[test]
    fn any_name_of_a_company_is_written_as_toml() {
        let name = "Ström \"Data\" \\ Söner\n= 1";
        let text = file(&starter(name), "counterfoil.toml");
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["pipeline"]["main"]["issuer"].as_str(), Some(name));
    }

    #[test]
    fn the_month_is_the_zone_s_and_nothing_is_left_unfilled() {
        // In Stockholm April has begun.
        let files = starter("Example").files(&[]).unwrap();
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names[4..6],
            [
                "inventory/inventory-2026-03-01.csv",
                "inventory/inventory-2026-03-31.csv"
            ]
        );
        for (name, text) in &files[..4] {
            assert!(!text.contains('@'), "{name}: {text}");
        }
    }

    #[test]
    fn the_grant_is_the_origin_of_the_address() {
        let text = file(&starter("Example"), "counterfoil.toml");
        assert!(
            text.contains("{ http = [\"https://erp.example.net:8069\"] }"),
            "{text}"
        );
        assert!(
            text.contains("url = \"https://erp.example.net:8069/odoo?db=a\""),
            "{text}"
        );
    }
}

//! Asks at a terminal for what no flag has said. It reads lines and writes nothing but questions.

use std::io::{BufRead, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::{
    ApprovalKind, Init, NAUTOBOT_URL, ODOO_URL, PRACTICE_URL, SinkKind, SourceKind, currency, url,
    zones,
};

/// A wrong answer is asked again so often; then something else than a person is answering.
const TRIES: usize = 5;

struct Questions<'a, R, W> {
    input: &'a mut R,
    output: &'a mut W,
}

/// Fills in what is missing. Enter takes what stands in brackets.
pub(super) fn ask<R: BufRead, W: Write>(
    input: &mut R,
    output: &mut W,
    what: &mut Init,
) -> Result<()> {
    let mut questions = Questions { input, output };
    questions.say("Enter takes what stands in brackets; Ctrl-C writes nothing.\n")?;
    if what.folder.is_none() {
        let folder = |text: &str| Ok(PathBuf::from(text));
        what.folder = Some(questions.ask("Folder to write to", ".", folder)?);
    }
    if what.company.is_none() {
        let company = |text: &str| Ok(text.to_owned());
        what.company = Some(questions.ask(
            "Your company, as it stands on invoices",
            "Your company",
            company,
        )?);
    }
    if what.timezone.is_none() {
        let here = zones::of_this_machine().unwrap_or_else(|| zones::DEFAULT.to_owned());
        what.timezone =
            Some(questions.ask("Time zone of days and months", &here, zones::checked)?);
    }
    if what.currency.is_none() {
        what.currency = Some(questions.ask("Currency", "EUR", currency)?);
    }
    if what.source.is_none() {
        let choices = [
            (
                "spreadsheet",
                "a folder of CSV or Excel exports",
                SourceKind::Spreadsheet,
            ),
            ("nautobot", "Nautobot", SourceKind::Nautobot),
        ];
        what.source = Some(questions.choose("Where do resources come from?", &choices)?);
    }
    if what.source == Some(SourceKind::Nautobot) && what.source_url.is_none() {
        what.source_url = Some(questions.ask("Address of Nautobot", NAUTOBOT_URL, url)?);
    }
    if what.sink.is_none() {
        let choices = [
            (
                "practice",
                "the practice invoicing API, for trying",
                SinkKind::Practice,
            ),
            ("odoo", "Odoo", SinkKind::Odoo),
        ];
        what.sink = Some(questions.choose("Where do invoices go?", &choices)?);
    }
    if what.sink_url.is_none() {
        let (question, default) = match what.sink {
            Some(SinkKind::Odoo) => ("Address of Odoo", ODOO_URL),
            Some(SinkKind::Practice) | None => ("Address of the practice API", PRACTICE_URL),
        };
        what.sink_url = Some(questions.ask(question, default, url)?);
    }
    if what.approval.is_none() {
        let choices = [
            ("manual", "a person, for each bill", ApprovalKind::Manual),
            (
                "automatic",
                "nobody, where nothing blocks",
                ApprovalKind::Automatic,
            ),
        ];
        what.approval = Some(questions.choose("Who lets invoices go?", &choices)?);
    }
    questions.say("\n")
}

impl<R: BufRead, W: Write> Questions<'_, R, W> {
    fn say(&mut self, text: &str) -> Result<()> {
        self.output
            .write_all(text.as_bytes())
            .and_then(|()| self.output.flush())
            .context("ask")
    }

    /// Asks until the answer can be read.
    fn ask<T>(
        &mut self,
        question: &str,
        default: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T> {
        for _ in 0..TRIES {
            self.say(&format!("{question} [{default}]: "))?;
            let mut line = String::new();
            let length = self.input.read_line(&mut line).context("read the answer")?;
            if length == 0 {
                bail!("the answers ended before the questions; nothing was written");
            }
            let answer = line.trim();
            match read(if answer.is_empty() { default } else { answer }) {
                Ok(value) => return Ok(value),
                Err(mistake) => self.say(&format!("  {mistake}\n"))?,
            }
        }
        bail!("no answer to `{question}` could be read; nothing was written")
    }

    /// By number or by name; the first one is the default.
    fn choose<T: Copy>(&mut self, question: &str, choices: &[(&str, &str, T)]) -> Result<T> {
        self.say(&format!("{question}\n"))?;
        for (index, (name, meaning, _)) in choices.iter().enumerate() {
            self.say(&format!("  {}. {name}: {meaning}\n", index + 1))?;
        }
        let default = choices.first().map_or("", |(name, _, _)| *name);
        self.ask("Number or name", default, |answer| {
            let by_name = choices
                .iter()
                .find(|(name, _, _)| name.eq_ignore_ascii_case(answer));
            let by_number = || {
                let index = answer.parse::<usize>().ok()?.checked_sub(1)?;
                choices.get(index)
            };
            let chosen = by_name.or_else(by_number).map(|(_, _, value)| *value);
            chosen.ok_or_else(|| format!("`{answer}` is none of them"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(answers: &str, mut what: Init) -> (Result<()>, Init, String) {
        let mut output = Vec::new();
        let result = ask(&mut answers.as_bytes(), &mut output, &mut what);
        (result, what, String::from_utf8(output).unwrap())
    }

    #[test]
    fn answers_are_taken_and_wrong_ones_asked_again() {
        let answers = "billing\nHosting AB\nStockholm\nEurope/Stockholm\nsek\nxyz\n2\nnautobot.net\n\
            https://nautobot.net/\nodoo\n\nautomatic\n";
        let (result, what, output) = asked(answers, Init::default());
        result.unwrap();
        assert_eq!(what.folder, Some(PathBuf::from("billing")));
        assert_eq!(what.company.as_deref(), Some("Hosting AB"));
        assert_eq!(what.timezone.as_deref(), Some("Europe/Stockholm"));
        assert_eq!(what.currency.unwrap().code(), "SEK");
        assert_eq!(what.source, Some(SourceKind::Nautobot));
        assert_eq!(what.source_url.as_deref(), Some("https://nautobot.net"));
        assert_eq!(what.sink, Some(SinkKind::Odoo));
        assert_eq!(what.sink_url.as_deref(), Some(ODOO_URL));
        assert_eq!(what.approval, Some(ApprovalKind::Automatic));
        assert!(
            output.contains("did you mean `Europe/Stockholm`?"),
            "{output}"
        );
        assert!(output.contains("`xyz` is none of them"), "{output}");
        assert!(output.contains("`nautobot.net` is no address"), "{output}");
    }

    #[test]
    fn what_a_flag_says_is_not_asked() {
        let what = Init {
            folder: Some("here".into()),
            company: Some("A".to_owned()),
            timezone: Some("UTC".to_owned()),
            currency: currency("EUR").ok(),
            source: Some(SourceKind::Spreadsheet),
            sink: Some(SinkKind::Practice),
            sink_url: Some(PRACTICE_URL.to_owned()),
            ..Init::default()
        };
        let (result, what, output) = asked("\n", what);
        result.unwrap();
        assert_eq!(what.approval, Some(ApprovalKind::Manual));
        assert_eq!(output.matches('?').count(), 1, "{output}");
    }

    #[test]
    fn answers_that_end_or_make_no_sense_end_it() {
        let (result, _, _) = asked("billing\n", Init::default());
        assert!(
            result
                .unwrap_err()
                .to_string()
                .contains("nothing was written")
        );
        let wrong = format!("billing\nA\n{}", "Mars\n".repeat(9));
        let (result, _, _) = asked(&wrong, Init::default());
        assert!(
            result
                .unwrap_err()
                .to_string()
                .contains("no answer to `Time zone")
        );
    }
}

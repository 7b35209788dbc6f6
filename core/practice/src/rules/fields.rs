//! Fields and sums of a request, judged by themselves; all problems at once. Knows no database.

use counterfoil_store::practice::{
    CustomerContent, CustomerId, DocumentId, DocumentKind, Header, LineContent,
};
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::amounts::{AmountError, exponent, line_net, parse, parse_minor, render_minor, shorten};
use crate::app::{REFERENCE_LENGTH_MAX, TEXT_LENGTH_MAX};
use crate::faults::{Behaviour, QuantityRounding, ShortenPolicy};
use crate::problem::Refusal;
use crate::wire::{CustomerInput, DocumentInput, FieldProblem, Kind, LineInput};

/// How far a line's net may be from quantity × unit price, in minor units.
const NET_TOLERANCE_MINOR: u64 = 1;

/// A document whose fields are in order.
#[derive(Debug)]
pub(crate) struct CheckedDocument {
    pub(crate) header: Header,
    pub(crate) lines: Vec<LineContent>,
}

/// Collects what is wrong with a request.
#[derive(Debug, Default)]
struct Problems(Vec<FieldProblem>);

impl Problems {
    fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldProblem {
            field: field.into(),
            message: message.into(),
        });
    }

    fn text(&mut self, field: &str, text: &str, length_max: usize) {
        if text.trim().is_empty() {
            self.add(field, "must not be empty");
        } else if text.chars().count() > length_max {
            self.add(
                field,
                format!("must not have more than {length_max} characters"),
            );
        }
    }

    fn optional_text(&mut self, field: &str, text: Option<&String>, length_max: usize) {
        if let Some(text) = text {
            self.text(field, text, length_max);
        }
    }

    fn date(&mut self, field: &str, text: Option<&String>) -> Option<Date> {
        let text = text?;
        // Only the plain form: jiff also reads times and compact dates, which would be stored as they are.
        let date = text
            .parse::<Date>()
            .ok()
            .filter(|date| date.to_string() == *text);
        if date.is_none() {
            self.add(field, "must be a date like \"2026-03-31\"");
        }
        date
    }

    fn days(&mut self, prefix: &str, first_day: Option<&String>, last_day: Option<&String>) {
        let first = self.date(&format!("{prefix}first_day"), first_day);
        let last = self.date(&format!("{prefix}last_day"), last_day);
        if let (Some(first), Some(last)) = (first, last)
            && last < first
        {
            self.add(format!("{prefix}last_day"), "must not be before first_day");
        }
    }

    fn amount(&mut self, field: &str, text: &str) -> Option<Decimal> {
        parse(text)
            .map_err(|error| self.add(field, error.to_string()))
            .ok()
    }

    fn finish<T>(self, checked: T) -> Result<T, Refusal> {
        if self.0.is_empty() {
            Ok(checked)
        } else {
            Err(Refusal::invalid(self.0))
        }
    }
}

/// Judges a customer.
pub(crate) fn check_customer(input: CustomerInput) -> Result<CustomerContent, Refusal> {
    let mut problems = Problems::default();
    problems.text("reference", &input.reference, REFERENCE_LENGTH_MAX);
    problems.text("name", &input.name, TEXT_LENGTH_MAX);
    problems.optional_text("email", input.email.as_ref(), TEXT_LENGTH_MAX);
    problems.finish(CustomerContent {
        reference: input.reference,
        name: input.name,
        email: input.email,
    })
}

/// Judges a document and shortens its amounts as the behaviour, or a fault, has it.
pub(crate) fn check_document(
    input: DocumentInput,
    behaviour: &Behaviour,
    rounding: Option<QuantityRounding>,
) -> Result<CheckedDocument, Refusal> {
    let mut problems = Problems::default();
    check_header(&mut problems, &input);
    let customer: Option<CustomerId> = input.customer.parse().ok();
    if customer.is_none() {
        problems.add("customer", "must be the id of a customer");
    }
    let corrects: Option<Option<DocumentId>> =
        input.corrects.as_deref().map(str::parse).transpose().ok();
    if corrects.is_none() {
        problems.add("corrects", "must be the id of a document");
    }
    let exponent = exponent(&input.currency);
    if exponent.is_none() {
        problems.add("currency", "must be an ISO 4217 code like \"EUR\"");
    }
    match input.lines.len() {
        0 => problems.add("lines", "must have at least one line"),
        count if count > behaviour.lines_max => {
            problems.add(
                "lines",
                format!("must not have more than {} lines", behaviour.lines_max),
            );
        }
        _ => {}
    }
    let (Some(exponent), Some(customer), Some(corrects)) = (exponent, customer, corrects) else {
        return Err(Refusal::invalid(problems.0));
    };
    let mut sent_net_minor = 0_i64;
    let mut lines = Vec::with_capacity(input.lines.len());
    for (index, line) in input.lines.into_iter().enumerate() {
        let check = LineCheck {
            prefix: format!("lines[{index}]."),
            exponent,
            behaviour,
            rounding,
        };
        if let Some((line, net_minor)) = check.run(&mut problems, line) {
            sent_net_minor = sent_net_minor.saturating_add(net_minor);
            lines.push(line);
        }
    }
    if problems.0.is_empty() {
        check_sums(&mut problems, input.net.as_ref(), sent_net_minor, exponent);
    }
    let header = Header {
        kind: match input.kind {
            Kind::Invoice => DocumentKind::Invoice,
            Kind::CreditNote => DocumentKind::CreditNote,
        },
        reference: input.reference,
        slot_digest: input.slot_digest,
        content_digest: input.content_digest,
        customer,
        currency: input.currency,
        issue_date: input.issue_date,
        due_date: input.due_date,
        first_day: input.first_day,
        last_day: input.last_day,
        buyer_reference: input.buyer_reference,
        corrects,
    };
    problems.finish(CheckedDocument { header, lines })
}

fn check_header(problems: &mut Problems, input: &DocumentInput) {
    problems.optional_text("reference", input.reference.as_ref(), REFERENCE_LENGTH_MAX);
    problems.optional_text("slot_digest", input.slot_digest.as_ref(), TEXT_LENGTH_MAX);
    problems.optional_text(
        "content_digest",
        input.content_digest.as_ref(),
        TEXT_LENGTH_MAX,
    );
    problems.optional_text(
        "buyer_reference",
        input.buyer_reference.as_ref(),
        TEXT_LENGTH_MAX,
    );
    let issue_date = problems.date("issue_date", Some(&input.issue_date));
    let due_date = problems.date("due_date", input.due_date.as_ref());
    if let (Some(issue_date), Some(due_date)) = (issue_date, due_date)
        && due_date < issue_date
    {
        problems.add("due_date", "must not be before issue_date");
    }
    problems.days("", input.first_day.as_ref(), input.last_day.as_ref());
    if input.kind == Kind::CreditNote && input.corrects.is_none() {
        problems.add(
            "corrects",
            "must name the invoice that the credit note corrects",
        );
    }
}

fn check_sums(problems: &mut Problems, net: Option<&String>, sum_minor: i64, exponent: u32) {
    if sum_minor < 0 {
        problems.add("lines", "must not come to less than zero");
    }
    if let Some(net) = net {
        match parse_minor(net, exponent) {
            Ok(net_minor) if net_minor == sum_minor => {}
            Ok(_) => {
                problems.add(
                    "net",
                    format!(
                        "must be the sum of the lines, {}",
                        render_minor(sum_minor, exponent)
                    ),
                );
            }
            Err(error) => problems.add("net", error.to_string()),
        }
    }
}

/// What a line is judged by.
struct LineCheck<'behaviour> {
    prefix: String,
    exponent: u32,
    behaviour: &'behaviour Behaviour,
    rounding: Option<QuantityRounding>,
}

impl LineCheck<'_> {
    /// The line as it is stored, and its net as it was sent.
    fn run(&self, problems: &mut Problems, input: LineInput) -> Option<(LineContent, i64)> {
        let name = |field: &str| format!("{}{field}", self.prefix);
        problems.text(&name("description"), &input.description, TEXT_LENGTH_MAX);
        for (field, text) in [
            ("line_reference", &input.line_reference),
            ("item", &input.item),
            ("unit", &input.unit),
            ("tax_category", &input.tax_category),
            ("account_code", &input.account_code),
        ] {
            problems.optional_text(&name(field), text.as_ref(), TEXT_LENGTH_MAX);
        }
        problems.days(
            &self.prefix,
            input.first_day.as_ref(),
            input.last_day.as_ref(),
        );
        let quantity = problems.amount(&name("quantity"), &input.quantity);
        let unit_price = problems.amount(&name("unit_price"), &input.unit_price);
        let sent_minor = parse_minor(&input.net, self.exponent)
            .map_err(|error| problems.add(name("net"), error.to_string()))
            .ok();
        let (quantity, unit_price, sent_minor) = (quantity?, unit_price?, sent_minor?);
        let expected = line_net(quantity, unit_price, self.exponent)
            .map_err(|error| problems.add(name("net"), error.to_string()))
            .ok()?;
        if quantity != Decimal::ONE && sent_minor.abs_diff(expected) > NET_TOLERANCE_MINOR {
            let expected = render_minor(expected, self.exponent);
            problems.add(
                name("net"),
                format!("must be quantity × unit_price, {expected}"),
            );
        }
        let kept_quantity = self.keep(quantity, self.behaviour.quantity_decimals);
        let kept_unit_price = self.keep(unit_price, self.behaviour.price_decimals);
        for (field, kept) in [
            ("quantity", &kept_quantity),
            ("unit_price", &kept_unit_price),
        ] {
            if let Err(error) = kept {
                problems.add(name(field), error.to_string());
            }
        }
        let (mut kept_quantity, kept_unit_price) = (kept_quantity.ok()?, kept_unit_price.ok()?);
        if let Some(rounding) = self.rounding {
            kept_quantity = shorten(kept_quantity, rounding.decimals, rounding.mode);
        }
        // A real system computes the amount from what it kept, not from what it was sent.
        let net_minor = if kept_quantity == quantity && kept_unit_price == unit_price {
            sent_minor
        } else {
            line_net(kept_quantity, kept_unit_price, self.exponent).ok()?
        };
        let content = LineContent {
            line_reference: input.line_reference,
            item: input.item,
            description: input.description,
            quantity: kept_quantity.to_string(),
            unit: input.unit,
            unit_price: kept_unit_price.to_string(),
            net_minor,
            first_day: input.first_day,
            last_day: input.last_day,
            tax_category: input.tax_category,
            account_code: input.account_code,
        };
        Some((content, sent_minor))
    }

    fn keep(&self, value: Decimal, decimals_max: u32) -> Result<Decimal, AmountError> {
        match self.behaviour.shorten {
            ShortenPolicy::Refuse if value.scale() > decimals_max => {
                Err(AmountError::TooManyDecimals { decimals_max })
            }
            ShortenPolicy::Refuse => Ok(value),
            ShortenPolicy::Round => Ok(shorten(
                value,
                decimals_max,
                crate::amounts::Shortening::Round,
            )),
            ShortenPolicy::Truncate => Ok(shorten(
                value,
                decimals_max,
                crate::amounts::Shortening::Truncate,
            )),
        }
    }
}
